/* map_json: the verbs compact and pretty, which write JSON without white space, or for people. */

#include <stdlib.h>
#include <string.h>

#include "base/bom.h"
#include "base/jsonstring.h"
#include "base/status.h"
#include "change/map_private.h"
#include "match/json.h"

struct shape {
	struct buf levels;
};

static void
shape_free(struct map *m)
{
	struct shape *s = m->job;

	if (s == NULL)
		return;
	buf_free(&s->levels);
	free(s);
	m->job = NULL;
}

static int
shape_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	if (count > 0) {
		(void)buf_addf(error, "%s: it takes no operands: the record is the JSON", words[0]);
		return -1;
	}
	m->job = calloc(1, sizeof(struct shape));
	return m->job != NULL ? 0 : map_no_memory(error);
}

int
map_bind_json(struct map *m, const struct table *in, struct buf *error)
{
	(void)m;
	if (in == NULL || in->format == TABLE_JSON)
		return 0;
	(void)buf_addf(error, "the records are %s: put rec-map to json before it", table_kind(in));
	return EX_DATAERR;
}

/*
 * Sets *r to the record without a byte order mark. Returns NULL, or why it is no JSON text; ""
 * without memory.
 */
static const char *
check(struct shape *s, struct rec *r)
{
	size_t mark = bom_utf8(r->data, r->len);
	int valid;

	r->data += mark;
	r->len -= mark;
	valid = r->len > 0 ? json_valid(r->data, r->len, &s->levels) : 0;
	return valid < 0 ? "" : valid == 0 ? "it is not JSON (for CSV: rec-split -f csv -H)" : NULL;
}

static const char *
compact_apply(struct map *m, const struct rec *record)
{
	struct rec r = *record;
	const char *why = check(m->job, &r);

	if (why != NULL)
		return why;
	return json_compact(map_bytes(m), r.data, r.len) < 0 ? "" : map_record(m, record);
}

/* Begins a new line, with two spaces for each level. Returns 0, or -1 with errno ENOMEM. */
static int
new_line(struct buf *out, size_t depth)
{
	if (buf_reserve(out, 2 * depth + 1) < 0)
		return -1;
	out->data[out->len++] = '\n';
	memset(out->data + out->len, ' ', 2 * depth);
	out->len += 2 * depth;
	return 0;
}

/*
 * Appends JSON without white space on lines of its own: what is in an object or an array two
 * columns further to the right, an empty one as {} or []. `most` bounds what is appended: deep
 * nesting makes much of little. Returns 0; 1 if it is more; -1 with errno ENOMEM.
 */
static int
write_pretty(struct buf *out, const char *p, const char *end, size_t most)
{
	size_t depth = 0, before = out->len;

	while (p < end) {
		const char *from = p++;

		if (*from == '"')
			p = jsonstring_end(p, end, NULL) + 1;
		if ((*from == '}' || *from == ']') && new_line(out, --depth) < 0)
			return -1;
		if (buf_add(out, from, (size_t)(p - from)) < 0)
			return -1;
		if (*from == ':' && buf_addc(out, ' ') < 0)
			return -1;
		if ((*from == '{' || *from == '[') && p < end && (*p == '}' || *p == ']')) {
			if (buf_addc(out, *p++) < 0)
				return -1;
		} else if ((*from == '{' || *from == '[' || *from == ',') &&
		    new_line(out, *from == ',' ? depth : ++depth) < 0) {
			return -1;
		}
		if (out->len - before > most)
			return 1;
	}
	return 0;
}

static const char *
pretty_apply(struct map *m, const struct rec *record)
{
	struct shape *s = m->job;
	struct rec r = *record;
	const char *why = check(s, &r);
	int result;

	if (why != NULL)
		return why;
	/* The levels are not needed any more. */
	s->levels.len = 0;
	if (json_compact(&s->levels, r.data, r.len) < 0)
		return "";
	result = write_pretty(map_bytes(m), s->levels.data, s->levels.data + s->levels.len, m->made.most);
	return result < 0 ? "" : map_record(m, record);
}

const struct map_verb map_compact = {
	.name = "compact",
	.operands = "",
	.summary = "JSON without white space outside of strings",
	.help = "",
	.options = 0,
	.compile = shape_compile,
	.bind = map_bind_json,
	.apply = compact_apply,
	.free = shape_free,
};

const struct map_verb map_pretty = {
	.name = "pretty",
	.operands = "",
	.summary = "JSON for people: each value on a line of its own",
	.help = "  A record has several lines then: rec-join -f json, or -f escaped, keeps them apart.\n",
	.options = 0,
	.compile = shape_compile,
	.bind = map_bind_json,
	.apply = pretty_apply,
	.free = shape_free,
};
