/*
 * map_sub: the verbs sub and gsub, which replace matches of a regular expression. If they look in
 * all of the record, the records of a block are first searched together, and those without a match
 * are copied as they lie; unless so many match that it is faster to look for all matches at once.
 */

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "change/map_private.h"
#include "change/zones.h"
#include "match/replace.h"

struct sub {
	struct zones zones;
	struct ere ere;
	struct ere_groups groups;
	struct replace with;
	struct replace_how how;
	struct map_text text; /* if the expression is one text and the replacement, too; else from is NULL */
	uint64_t hits[BLOCK_RECORDS / 64]; /* records that match, or may match */
	unsigned often;                    /* so many blocks to come are not searched first */
};

enum { OFTEN = 15 };

static const char too_long[] = "it would be longer than REC_MAX allows";

static void
sub_free(struct map *m)
{
	struct sub *s = m->job;

	if (s == NULL)
		return;
	zones_free(&s->zones);
	ere_free(&s->ere);
	ere_groups_free(&s->groups);
	replace_free(&s->with);
	free(s);
	m->job = NULL;
}

static int
compile_pair(struct map *m, struct sub *s, const struct map_pair *pair, struct buf *error)
{
	int flags = ere_locale_flags() | (m->ignore_case ? ERE_IGNORE_CASE : 0);

	if (ere_compile(&s->ere, pair->from.data, pair->from.len, flags, error) < 0 ||
	    replace_text(&s->with, pair->to.data, pair->to.len, error) < 0)
		return -1;
	if (s->with.highest > 0) {
		if (ere_groups_compile(&s->groups, pair->from.data, pair->from.len, flags, error) < 0)
			return -1;
		if ((size_t)s->with.highest > s->groups.count) {
			(void)buf_addf(
			    error, "\\%d: the expression has %zu parentheses", s->with.highest, s->groups.count);
			return -1;
		}
		s->how.groups = &s->groups;
	}
	s->how.ere = &s->ere;
	s->how.with = &s->with;
	s->how.all = strcmp(m->verb->name, "gsub") == 0;
	if ((s->text.to = replace_plain(&s->with, &s->text.to_len)) != NULL)
		s->text.from = ere_text(&s->ere);
	s->text.most = s->how.all ? UINT64_MAX : 1;
	return 0;
}

static int
sub_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct sub *s = calloc(1, sizeof *s);
	struct map_pair pair;

	m->job = s;
	if (s == NULL)
		return map_no_memory(error);
	if (map_pair(m, &s->zones.range, words, count, &pair, "'/EXPRESSION/REPLACEMENT/'", error) < 0)
		return -1;
	return compile_pair(m, s, &pair, error);
}

static int
sub_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct sub *s = m->job;

	s->how.most = m->made.most + 1;
	return zones_bind(&s->zones, in, error);
}

static const char *
change(void *arg, const char *data, size_t len, struct buf *out, int *changed)
{
	const struct sub *s = arg;
	int result = replace_run(&s->how, data, len, out);

	*changed = result > 0;
	return result < 0 ? "" : result == REPLACE_TOO_LONG ? too_long : NULL;
}

static const char *
sub_apply(struct map *m, const struct rec *r)
{
	struct sub *s = m->job;
	int lacks = 0;
	const char *why = zones_apply(&s->zones, r, change, s, map_bytes(m), &lacks);

	if (why != NULL)
		return why;
	return lacks && m->need ? map_lacks : map_record(m, r);
}

/* Finds the records that match. After a block of which most do, all may match for a while. */
static void
search(struct sub *s, const struct block *b)
{
	size_t words = BITS_WORDS((size_t)b->count), n = 0;

	memset(s->hits, 0, words * sizeof s->hits[0]);
	if (s->often > 0) {
		s->often--;
		bits_fill(s->hits, 0, b->count);
		return;
	}
	ere_match_all(&s->ere, b->payload, b->size, b->ends, b->count, b->gap, s->hits);
	for (size_t i = 0; i < words; i++)
		n += (size_t)__builtin_popcountll(s->hits[i]);
	s->often = n > b->count / 2 ? OFTEN : 0;
}

static uint32_t
sub_run(struct map *m, const struct block *b, uint32_t from)
{
	struct sub *s = m->job;

	if (s->zones.range.count > 0)
		return from;
	if (s->text.from != NULL && map_text_can(m, b))
		return map_text(m, b, from, &s->text);
	if (from == 0)
		search(s, b);
	return map_copy(m, b, from, s->hits);
}

const struct map_verb map_sub = {
	.name = "sub",
	.operands = "[RANGE ...] /ERE/REPLACEMENT/",
	.summary = "the first match of a regular expression is replaced",
	.help = "  sub '/[0-9]+$/#/'    sub -i .name '/^the //'\n"
		"In the replacement & is the match, \\1 what the first parenthesis matched.\n",
	.options = MAP_F | MAP_IGNORE_CASE | MAP_NEED,
	.compile = sub_compile,
	.bind = sub_bind,
	.apply = sub_apply,
	.run = sub_run,
	.free = sub_free,
};

const struct map_verb map_gsub = {
	.name = "gsub",
	.operands = "[RANGE ...] /ERE/REPLACEMENT/",
	.summary = "all matches of a regular expression are replaced",
	.help = "  gsub '/[0-9]+/#/'    gsub .name '/([a-z]+)@([a-z.]+)/\\2: \\1/'\n"
		"In the replacement & is the match, \\1 what the first parenthesis matched.\n",
	.options = MAP_F | MAP_IGNORE_CASE | MAP_NEED,
	.compile = sub_compile,
	.bind = sub_bind,
	.apply = sub_apply,
	.run = sub_run,
	.free = sub_free,
};
