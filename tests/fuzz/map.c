/*
 * map: the verbs of rec-map, over any records. The input's first two bytes choose the table
 * (tables.h) and the verb; its operands follow up to a newline, in one word of the shell, then
 * the header, if the table has one, and a record. What must hold: - operands are taken, or
 * refused with a reason; so is the table; - a record is made, or there is a reason; it is made
 * the same a second time, also among others; - what is made without a table by verbs for JSON,
 * and by to json, is JSON; what is made for a table
 *   of CSV or TSV has as many fields as its table has columns, if the record was no longer;
 * - compact after pretty is compact; flatten after unflatten after flatten makes JSON;
 * - a column that was set to a string is read as that string.
 * Each record is in memory of its exact size, so that a sanitizer sees reads beyond it.
 */
#include <string.h>

#include "base/bom.h"
#include "change/map_private.h"
#include "fuzz/main.h"
#include "fuzz/tables.h"
#include "match/columns.h"
#include "match/json.h"

static const struct map_verb *const verbs[] = { &map_cut, &map_set, &map_print, &map_rename, &map_to, &map_compact,
	&map_pretty, &map_flatten, &map_unflatten };
static const char *const formats[] = { "csv", "tsv", "json", "lines" };
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* Makes a record ready to be read: in memory of its size. */
static char *
exact(const char *data, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	MUST(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

/*
 * Applies the verb to the record. Returns 1 with what was made appended to out, or 0. map->job
 * may be used again.
 */
static int
apply(struct map *m, const char *data, size_t len, struct buf *out)
{
	char *copy = exact(data, len);
	struct rec r = { copy, len, 7 };
	const char *why;
	uint32_t before = m->made.count;

	made_next(&m->made);
	why = m->verb->apply(m, &r);
	MUST(why == NULL || *why != '\0');
	if (why != NULL) {
		(void)made_undo(&m->made);
		MUST(m->made.count == before);
	} else {
		MUST(m->made.count == before + 1);
		MUST(buf_add(out, m->made.payload.data, m->made.begun - m->made.gap) == 0);
		made_put(&m->made, 8);
	}
	free(copy);
	return why == NULL;
}

/* Begins with a verb. Returns 1, or 0 if the operands or the table are refused. */
static int
begin(struct map *m, const struct map_verb *verb, char *words[], size_t count, struct table *t)
{
	struct buf error = { 0 };
	int result = 0;

	m->verb = verb;
	MUST(made_init(&m->made, NULL) == 0);
	if (verb->compile(m, words, count, &error) == 0)
		result = verb->bind(m, t, &error) == 0;
	MUST(result == (error.len == 0));
	buf_free(&error);
	return result;
}

static void
end(struct map *m)
{
	m->verb->free(m);
	made_free(&m->made);
	table_drop(m->declared);
	m->declared = NULL;
}

/*
 * Applies another verb, without operands and table, to a record. Returns 1 if it makes one, else
 * 0.
 */
static int
once(const struct map_verb *verb, const struct buf *record, struct buf *out)
{
	struct map m = { 0 };
	int result;

	MUST(begin(&m, verb, NULL, 0, NULL));
	result = apply(&m, record->data, record->len, out);
	end(&m);
	return result;
}

static int
is_json(const struct buf *b)
{
	struct buf levels = { 0 };
	size_t mark = bom_utf8(b->data, b->len);
	int valid = b->len > 0 && json_valid(b->data + mark, b->len - mark, &levels) > 0;

	buf_free(&levels);
	return valid;
}

static void
check_json(const struct map *m, const struct buf *made)
{
	struct buf a = { 0 }, b = { 0 }, c = { 0 };

	MUST(is_json(made));
	MUST(once(&map_compact, made, &a) && once(&map_pretty, made, &b) && once(&map_compact, &b, &c));
	MUST(a.len == c.len && memcmp(a.data, c.data, a.len) == 0);
	b.len = c.len = 0;
	if (m->verb == &map_flatten && once(&map_unflatten, made, &b)) {
		MUST(is_json(&b) && once(&map_flatten, &b, &c));
		MUST(is_json(&c));
	}
	buf_free(&a);
	buf_free(&b);
	buf_free(&c);
}

/* Sets the first column to a string of the record's bytes, and reads it again. */
static void
check_set(struct table *t, const char *data, size_t len)
{
	struct map m = { 0 }, n = { 0 };
	struct buf made = { 0 }, got = { 0 }, want = { 0 };
	char text[] = "c=$0 \",\" $2", name[] = ".c";
	char *set[] = { text }, *print[] = { name }, *value[] = { text + 2 };

	if (begin(&m, &map_set, set, 1, t) && apply(&m, data, len, &made)) {
		struct map v = { 0 };

		MUST(begin(&v, &map_print, value, 1, t) && apply(&v, data, len, &want));
		end(&v);
		MUST(begin(&n, &map_print, print, 1, m.has_declared ? m.declared : t));
		MUST(apply(&n, made.data, made.len, &got));
		MUST(got.len == want.len && memcmp(got.data, want.data, got.len) == 0);
		end(&n);
	}
	end(&m);
	buf_free(&made);
	buf_free(&got);
	buf_free(&want);
}

/* What the verb makes of the record. */
static void
check_made(struct map *m, struct table *t, const struct buf *made, const char *data, size_t len)
{
	const struct table *after = m->has_declared ? m->declared : t;
	struct buf twice = { 0 };

	MUST(apply(m, data, len, &twice));
	MUST(twice.len == made->len && (made->len == 0 || memcmp(twice.data, made->data, made->len) == 0));
	buf_free(&twice);
	if (m->verb->bind == map_bind_json || (t == NULL && (m->verb == &map_set || m->verb == &map_rename)))
		check_json(m, made);
	if ((m->verb == &map_cut || m->verb == &map_to) && !m->invert && after != NULL && after->named &&
	    (after->format == TABLE_CSV || after->format == TABLE_PLAIN))
		MUST(columns_count(after, made->len > 0 ? made->data : "", made->len, SIZE_MAX) == after->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data + 2, *newline;
	struct map m = { 0 };
	struct buf made = { 0 };
	struct table *t;
	size_t n, rest, header, count = 0;
	char *words[2], *operands;

	if (len < 3 || (newline = memchr(text, '\n', len - 2)) == NULL)
		return 0;
	n = (size_t)(newline - text);
	rest = len - 3 - n;
	operands = exact(text, n + 1);
	operands[n] = '\0';
	t = some_table(data[0] & 15, newline + 1, rest, &header);
	text = newline + 1 + header;
	rest -= header;
	m.verb = verbs[data[1] % VERBS];
	m.invert = (data[0] & 16) != 0 && m.verb == &map_cut;
	m.strings = (data[0] & 32) != 0 && m.verb == &map_to;
	m.separator = (data[0] & 64) != 0 && (m.verb->options & MAP_F) != 0 ? "," : NULL;
	m.need = (data[0] & 128) != 0 && (m.verb->options & MAP_NEED) != 0 && !m.invert;
	if (m.verb == &map_to)
		words[count++] = (char *)(uintptr_t)formats[data[1] / VERBS % 4];
	if (*operands != '\0' || m.verb == &map_print || m.verb == &map_set)
		words[count++] = operands;
	if (m.strings && strcmp(words[0], "json") != 0)
		m.strings = 0;
	if (begin(&m, m.verb, words, count, t) && apply(&m, text, rest, &made))
		check_made(&m, t, &made, text, rest);
	end(&m);
	if (t != NULL && t->named && (t->format == TABLE_CSV || t->format == TABLE_PLAIN))
		check_set(t, text, rest);
	buf_free(&made);
	free(operands);
	table_drop(t);
	return 0;
}
