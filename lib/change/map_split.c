/*
 * map_split: the verb split, which makes several records of one: text between separators, words,
 * text that begins before or ends after a string; map_split_each.c has the elements of an array of
 * JSON.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytemask.h"
#include "base/delimited.h"
#include "change/map_private.h"
#include "change/map_split.h"
#include "match/spell.h"

static void
split_free(struct map *m)
{
	struct split *s = m->job;

	if (s == NULL)
		return;
	map_split_free(s);
	buf_free(&s->text);
	free(s);
	m->job = NULL;
}

/* Takes BEFORE /text/ or AFTER /text/. */
static int
take_text(struct split *s, char *const words[], size_t count, struct buf *error)
{
	if (count != 2) {
		(void)buf_addf(error, "%s: one string is expected after it, such as /;/", words[0]);
		return -1;
	}
	if (delimited_parse(words[1], &s->text, error) < 0)
		return -1;
	if (s->text.len == 0) {
		(void)buf_addf(error, "%s: the string is empty", words[1]);
		return -1;
	}
	return 0;
}

static int
split_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct split *s = calloc(1, sizeof *s);
	size_t len = count > 0 ? strlen(words[0]) : 0;

	m->job = s;
	if (s == NULL)
		return map_no_memory(error);
	s->before = count > 0 && strcasecmp(words[0], "before") == 0;
	s->after = count > 0 && strcasecmp(words[0], "after") == 0;
	if (m->with != NULL && !(len > 2 && words[0][0] == '.' && strcmp(words[0] + len - 2, "[]") == 0)) {
		(void)buf_adds(error, "--with: it goes with elements of an array, such as .items[]");
		return -1;
	}
	if (s->before || s->after)
		return take_text(s, words, count, error);
	if (count != 1) {
		(void)buf_adds(
		    error, "a separator is expected, such as , or TAB; or words, .items[], BEFORE /;/, AFTER /;/");
		return -1;
	}
	if (strcasecmp(words[0], "words") == 0) {
		s->words = 1;
		return 0;
	}
	if (len > 2 && words[0][0] == '.' && strcmp(words[0] + len - 2, "[]") == 0)
		return map_split_compile(m, s, words[0], error);
	if (len > 1 && words[0][0] == '.' && spell_plain(words[0] + 1, len - 1)) {
		(void)buf_addf(error, "%s: the elements of that array are '%s[]'", words[0], words[0]);
		return -1;
	}
	if (range_separator(&s->text, words[0], len, error) < 0)
		return -1;
	if (s->text.len == 0) {
		(void)buf_addf(error, "%s: the separator is empty", words[0]);
		return -1;
	}
	return 0;
}

static int
split_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct split *s = m->job;

	if (s->each)
		return map_split_bind(m, s, in, error);
	if (in != NULL)
		map_declare(m, NULL);
	return 0;
}

/* Makes a record of [from, to). */
static const char *
make(struct map *m, const struct rec *r, const char *from, const char *to)
{
	return to > from && buf_add(map_bytes(m), from, (size_t)(to - from)) < 0 ? "" : map_record(m, r);
}

static const char *
make_words(struct map *m, const struct rec *r)
{
	const char *p = r->data, *end = p + r->len, *why = NULL;

	while (why == NULL && p < end) {
		const char *from;

		while (p < end && bytemask_white(*p))
			p++;
		for (from = p; p < end && !bytemask_white(*p);)
			p++;
		if (p > from)
			why = make(m, r, from, p);
	}
	return why;
}

static const char *
make_parts(struct map *m, const struct split *s, const struct rec *r)
{
	const char *p = r->data, *end = p + r->len, *from = p, *why = NULL;
	size_t n = s->text.len;

	while (why == NULL && p < end) {
		const char *found = n == 1 ? memchr(p, *s->text.data, (size_t)(end - p)) :
					     memmem(p, (size_t)(end - p), s->text.data, n);

		if (found == NULL)
			break;
		p = found + n;
		/* A part that would have no bytes is none, but between separators. */
		if (!s->before || found > from)
			why = make(m, r, from, s->after ? p : found);
		from = s->before ? found : p;
	}
	/* What is after the last one; a record of no bytes is a part, too. */
	if (why == NULL && (from < end || !s->after || r->len == 0))
		why = make(m, r, from, end);
	return why;
}

static const char *
split_apply(struct map *m, const struct rec *record)
{
	const struct rec r = { record->data != NULL ? record->data : "", record->len, record->pos };
	struct split *s = m->job;

	return s->each ? map_split_apply(m, s, &r) : s->words ? make_words(m, &r) : make_parts(m, s, &r);
}

/* Without memory the line is not worth an error. */
static void
split_lacking(const struct map *m, uint64_t records, struct buf *out)
{
	const struct split *s = m->job;

	(void)range_lacking(&s->array.range, records, out);
}

const struct map_verb map_split = {
	.name = "split",
	.operands = "SEP | words | .NAME[] | BEFORE /TEXT/ | AFTER /TEXT/",
	.summary = "several records of one: between separators, words, elements of an array",
	.help = "  split ,          split /::/       split words\n"
		"  split AFTER /;/  each record ends after a semicolon; BEFORE: begins before one\n"
		"  split --with .id .items[]   elements of JSON, each with that member of the record\n",
	.options = MAP_NEED | MAP_WITH,
	.compile = split_compile,
	.bind = split_bind,
	.apply = split_apply,
	.lacking = split_lacking,
	.free = split_free,
};
