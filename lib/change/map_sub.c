/*
 * map_sub: the verbs sub and gsub, which replace matches of a regular expression. If they look in
 * all of the record, the records of a block are first searched together, and those without a match
 * are copied as they lie.
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
	uint64_t hits[BLOCK_RECORDS / 64];
};

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

static uint32_t
sub_run(struct map *m, const struct block *b, uint32_t from)
{
	struct sub *s = m->job;

	if (s->zones.range.count > 0)
		return from;
	if (from == 0) {
		memset(s->hits, 0, ((size_t)b->count + 63) / 64 * sizeof s->hits[0]);
		ere_match_all(&s->ere, b->payload, b->size, b->ends, b->count, b->gap, s->hits);
	}
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
