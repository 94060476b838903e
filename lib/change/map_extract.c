/*
 * map_extract: the verb extract, which makes a record of each match of a regular expression: the
 * match itself, or what its parentheses matched. If some of these have names, they are the columns
 * or members, and the others only hold the expression together.
 */

#include <stdlib.h>
#include <string.h>

#include "base/delimited.h"
#include "base/status.h"
#include "change/map_private.h"
#include "match/ere.h"
#include "match/ere_groups.h"

struct extract {
	struct range range; /* where it looks: one part, or none */
	struct ere ere;
	struct ere_groups groups;
	struct range_view *names; /* of the parts of a record; data is NULL: none */
	size_t *parts;            /* which parentheses they are */
	size_t count;
	struct row row;
	struct buf join; /* -O */
	int named;
};

static void
extract_free(struct map *m)
{
	struct extract *e = m->job;

	if (e == NULL)
		return;
	range_free(&e->range);
	ere_free(&e->ere);
	ere_groups_free(&e->groups);
	free(e->names);
	free(e->parts);
	row_free(&e->row);
	buf_free(&e->join);
	free(e);
	m->job = NULL;
}

/* Decides which parentheses are parts of the records. Returns 0, or -1 without memory. */
static int
choose_parts(struct extract *e)
{
	e->names = calloc(e->groups.count + 1, sizeof *e->names);
	e->parts = calloc(e->groups.count + 1, sizeof *e->parts);
	if (e->names == NULL || e->parts == NULL)
		return -1;
	for (size_t i = 0; i < e->groups.count; i++)
		e->named |= *ere_groups_name(&e->groups, i) != '\0';
	for (size_t i = 0; i < e->groups.count; i++) {
		const char *name = ere_groups_name(&e->groups, i);

		if (e->named && *name == '\0')
			continue;
		if (e->named)
			e->names[e->count] = (struct range_view){ name, strlen(name) };
		e->parts[e->count++] = i;
	}
	return 0;
}

static int
extract_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct extract *e = calloc(1, sizeof *e);
	int flags = ere_locale_flags() | ERE_NAMED | (m->ignore_case ? ERE_IGNORE_CASE : 0), result;
	struct buf pattern = { 0 };
	size_t used = 0;

	m->job = e;
	if (e == NULL)
		return map_no_memory(error);
	if (map_ranges(m, &e->range, words, count, &used, error) < 0)
		return -1;
	if (used + 1 != count || e->range.count > 1) {
		(void)buf_addf(error,
		    used + 1 != count ? "one expression is expected, such as '/([a-z]+)=([0-9]+)/'" :
					"at most one part of the record is expected before the expression");
		return -1;
	}
	if (m->join != NULL && map_join(m, &e->join, error) < 0)
		return -1;
	result = delimited_parse(words[used], &pattern, error);
	if (result == 0)
		result = ere_compile(&e->ere, pattern.data != NULL ? pattern.data : "", pattern.len, flags, error);
	if (result == 0)
		result =
		    ere_groups_compile(&e->groups, pattern.data != NULL ? pattern.data : "", pattern.len, flags, error);
	buf_free(&pattern);
	return result < 0 ? -1 : choose_parts(e) < 0 ? map_no_memory(error) : 0;
}

static int
extract_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct extract *e = m->job;
	struct row_shape shape = { .names = e->names,
		.count = e->count,
		.between = "\t",
		.between_len = 1,
		.separator = m->join != NULL ? e->join.data : NULL,
		.separator_len = e->join.len };
	int status;

	if (range_table(&e->range, in, error) < 0)
		return EX_DATAERR;
	if (e->count > 0 && (status = row_bind(&e->row, &shape, e->named ? in : NULL, error)) != 0)
		return status;
	if (e->row.table != in)
		map_declare(m, e->row.table);
	return 0;
}

/* Makes a record of the match data[start, end). */
static const char *
make(
    struct map *m, struct extract *e, const struct rec *r, const struct range_view *v, const struct byteset_span *match)
{
	struct row *row = &e->row;
	const char *why;

	if (e->count == 0)
		return buf_add(map_bytes(m), v->data + match->start, match->end - match->start) < 0 ? "" :
												      map_record(m, r);
	if (ere_groups_find(&e->groups, v->data, v->len, match->start, match->end, e->groups.spans) < 0)
		return "";
	row_begin(row, map_bytes(m));
	for (size_t i = 0; i < e->count; i++) {
		const struct byteset_span *span = &e->groups.spans[e->parts[i]];

		if (span->start == SIZE_MAX)
			row_absent(row);
		else if (row->form == ROW_JSON && !m->strings)
			row_field(row, v->data + span->start, span->end - span->start);
		else
			row_string(row, v->data + span->start, span->end - span->start);
	}
	if ((why = row_end(row)) != NULL)
		return row->wrong_part < e->count && e->named ?
		    map_wrong(m, why, e->names[row->wrong_part].data, e->names[row->wrong_part].len) :
		    why;
	return map_record(m, r);
}

static const char *
extract_apply(struct map *m, const struct rec *r)
{
	struct extract *e = m->job;
	struct byteset_span spans[ERE_SPANS];
	struct range_view v = { r->data != NULL ? r->data : "", r->len };
	struct ere_walk walk = { 0 };
	const char *why = NULL;
	int any = 0, n, there = 1;

	if (e->range.count > 0 && (there = range_view(&e->range, 0, v.data, v.len, &v)) < 0)
		return "";
	while (there > 0 && (n = ere_spans(&e->ere, v.data, v.len, &walk, spans)) != 0) {
		if (n < 0)
			return "";
		for (int i = 0; i < n; i++) {
			/* As grep -o has it, a match of no bytes is none. */
			if (spans[i].start == spans[i].end)
				continue;
			any = 1;
			if ((why = make(m, e, r, &v, &spans[i])) != NULL)
				return why;
		}
	}
	return !any && m->need ? map_lacks : NULL;
}

/* Without memory the line is not worth an error. */
static void
extract_lacking(const struct map *m, uint64_t records, struct buf *out)
{
	const struct extract *e = m->job;

	(void)range_lacking(&e->range, records, out);
}

const struct map_verb map_extract = {
	.name = "extract",
	.operands = "[RANGE] /ERE/",
	.summary = "a record of each match of a regular expression, or of what its parentheses match",
	.help = "  extract '/[0-9]+/'                          each number\n"
		"  extract '/([a-z]+)=([0-9]+)/'               two fields, with a tab or -O SEP between them\n"
		"  extract .path ',^/(?<app>[^/]+)/(?<id>.*),'   columns app and id, or members of JSON\n"
		"A record without a match gives none; with --need it goes to --else.\n",
	.options = MAP_F | MAP_O | MAP_IGNORE_CASE | MAP_NEED | MAP_STRINGS,
	.compile = extract_compile,
	.bind = extract_bind,
	.apply = extract_apply,
	.lacking = extract_lacking,
	.free = extract_free,
};
