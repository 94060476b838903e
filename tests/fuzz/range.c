/*
 * range: ranges and records of any bytes. The input is the words of the ranges, each ended by a
 * newline, an empty line, a text and a newline, then records with a newline between them, or two if
 * the table is one of fields. If its first byte is below 10, or above 0xF0, there is a table of
 * that kind (tables.h), whose header is the first record. What must hold: - each view lies in the
 * record, or in memory of the range's own, and a second look sees the same; - what range_begins
 * says of a word agrees with what range_take makes of it; - field N of a table is what table_field
 * finds, and so is the column of its name, if it is the
 *   only one;
 * - what a record of logfmt or fields has by a name is what reading it from the front finds;
 * - after a table the range is as it was before;
 * - locate keeps exactly the records in which a view holds the text, however it searches.
 */
#include <string.h>
#include <strings.h>

#include "fuzz/main.h"
#include "fuzz/tables.h"
#include "match/logfmt.h"
#include "match/verb.h"

enum { WORDS = 16, RECORDS = 4096 };

static struct verb s;

/* Takes words to strings of their own. Returns the place after the empty line. */
static const uint8_t *
read_words(const uint8_t *p, const uint8_t *end, char **words, size_t *count)
{
	*count = 0;
	while (p < end && *p != '\n' && *count < WORDS) {
		const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((stop != NULL ? stop : end) - p);

		MUST((words[*count] = calloc(1, n + 1)) != NULL);
		memcpy(words[(*count)++], p, n);
		p = stop != NULL ? stop + 1 : end;
	}
	return p < end && *p == '\n' ? p + 1 : p;
}

/*
 * Returns 1 if a view of the record, in memory of its exact size, holds the text (text NULL: if
 * there is a view at all), else 0.
 */
static int
holds(struct range *range, const char *data, size_t len, const char *text, size_t n)
{
	char *copy = malloc(len + (len == 0));
	int there, result = 0;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	MUST((there = range_views(range, copy, len)) >= 0);
	for (size_t i = 0; i < range->count; i++) {
		struct range_view v = range->views[i], again;

		MUST(range_view(range, i, copy, len, &again) == (v.data != NULL));
		MUST(again.data == v.data && again.len == v.len);
		there -= v.data != NULL;
		if (v.data == NULL)
			continue;
		MUST(range->escapes != 0 || (v.data >= copy && v.data + v.len <= copy + len));
		/* Every byte is read, so that a sanitizer sees a view that is wrong. */
		for (size_t k = 0; k < v.len; k++)
			result |= (v.data[k] == 1) & 0;
		result |= text == NULL || n == 0 || memmem(v.data, v.len, text, n) != NULL;
	}
	MUST(there == 0);
	free(copy);
	return result;
}

/* Appends a part: the column of that name. */
static void
add_path(struct buf *out, const struct range_view *name)
{
	MUST(buf_adds(out, ".\"") == 0);
	for (size_t i = 0; i < name->len; i++) {
		unsigned char c = (unsigned char)name->data[i];

		if (c < ' ' || c == '"' || c == '\\')
			MUST(buf_addf(out, "\\u%04x", c) == 0);
		else
			MUST(buf_addc(out, (char)c) == 0);
	}
	MUST(buf_addc(out, '"') == 0);
}

/* Checks one part, a column, against the value that it must have. */
static void
check_part(const struct table *t, char *word, const char *data, size_t len, const struct range_view *want)
{
	struct range range = { 0 };
	struct buf error = { 0 };
	struct range_view v;
	int there;

	MUST(range_all(&range, &word, 1, &error) == 0 && range_table(&range, t, &error) == 0 && error.len == 0);
	there = range_view(&range, 0, data, len, &v);
	MUST(there == (want != NULL));
	MUST(there == 0 || (v.len == want->len && (v.len == 0 || memcmp(v.data, want->data, v.len) == 0)));
	range_free(&range);
}

/* Checks all columns of a record against those that table_field finds. */
static void
check_columns(const struct table *t, const char *data, size_t len)
{
	const char *p = len > 0 ? data : NULL, *end = data + len;
	struct buf scratch = { 0 }, path = { 0 };

	for (size_t i = 0; i < t->count + 3 && i < 40; i++) {
		struct range_view v = { NULL, 0 };
		char word[32];
		int there = p != NULL;

		if (there)
			MUST(table_field(t, i, &p, end, &v, &scratch) == 0);
		/* Blanks alone are no field. */
		there &= t->format != TABLE_WORDS || v.len > 0;
		(void)snprintf(word, sizeof word, "f%zu", i + 1);
		check_part(t, word, data, len, there ? &v : NULL);
		if (i >= t->count || table_column(t, t->names[i].data, t->names[i].len) != (int64_t)i)
			continue;
		path.len = 0;
		add_path(&path, &t->names[i]);
		MUST(buf_terminate(&path) == 0);
		check_part(t, path.data, data, len, there ? &v : NULL);
	}
	buf_free(&scratch);
	buf_free(&path);
}

/* Checks what a record of logfmt has by the key of each pair, up to the first one that is none. */
static void
check_pairs(const struct table *t, const char *data, size_t len)
{
	const char *end = data + len, *at;
	struct logfmt_pair pair, other;
	struct buf scratch = { 0 }, path = { 0 };
	struct range_view v;

	if (logfmt_check(data, end, &at) != NULL)
		return;
	for (const char *p = data; logfmt_next(&p, end, &pair);) {
		int last = 1;

		for (const char *q = p; last && logfmt_next(&q, end, &other);)
			last = other.key.len != pair.key.len ||
			    memcmp(other.key.data, pair.key.data, pair.key.len) != 0;
		if (!last)
			continue;
		MUST(logfmt_value(&pair, &v, &scratch) == 1);
		path.len = 0;
		add_path(&path, &pair.key);
		MUST(buf_terminate(&path) == 0);
		check_part(t, path.data, data, len, &v);
	}
	buf_free(&scratch);
	buf_free(&path);
}

/* The same for each field, which is the n-th of its name. */
static void
check_fields(const struct table *t, const char *data, size_t len)
{
	const char *end = data + len;
	struct fields_field field, other;
	struct buf scratch = { 0 }, path = { 0 };
	struct range_view v;

	for (const char *p = data; fields_next(t->fields, &p, end, &field);) {
		int got = fields_value(t->fields, &field, &v, &scratch);
		size_t n = 0;

		MUST(got >= 0 && fields_is_name(t->fields, field.name.data, field.name.len));
		for (const char *q = data;
		     fields_next(t->fields, &q, end, &other) && other.name.data < field.name.data;)
			n += other.name.len == field.name.len &&
			    strncasecmp(other.name.data, field.name.data, field.name.len) == 0;
		path.len = 0;
		add_path(&path, &field.name);
		MUST(buf_addf(&path, "[%zu]", n) == 0);
		check_part(t, path.data, data, len, got == 1 ? &v : NULL);
	}
	buf_free(&scratch);
	buf_free(&path);
}

static void
check_record(const struct table *t, const char *data, size_t len)
{
	if (t->format == TABLE_LOGFMT)
		check_pairs(t, data, len);
	else if (t->format == TABLE_FIELDS)
		check_fields(t, data, len);
	else
		check_columns(t, data, len);
}

static void
judge(char *const words[], size_t count, unsigned kind, const uint8_t *p, const uint8_t *end)
{
	static uint32_t ends[RECORDS];
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .ends = ends };
	struct buf error = { 0 }, payload = { 0 };
	char text[64];
	struct table *t;
	size_t n = 0, header;
	int bound;

	while (p < end && *p != '\n' && n < sizeof text - 1)
		text[n++] = (char)*p++;
	text[n] = '\0';
	if (p < end && *p == '\n')
		p++;
	t = some_table(kind, (const char *)p, (size_t)(end - p), &header);
	p += header;
	MUST(buf_add(&payload, p, (size_t)(end - p)) == 0 && buf_addc(&payload, '\n') == 0);
	b.payload = payload.data;
	for (uint32_t i = 0; i < payload.len && b.count < RECORDS; i++)
		if (payload.data[i] == '\n' && (t == NULL || t->format != TABLE_FIELDS || i + 1 == payload.len ||
		                                      payload.data[i + 1] == '\n')) {
			ends[b.count++] = i;
			b.size = i + 1;
		}
	memset(&s, 0, sizeof s);
	MUST(verb_choose(&s, "locate", "locate", &error) == 0);
	if (n > 0)
		MUST(verb_text(&s, text) == 0);
	MUST(verb_operands(&s, words, count, &error) == 0);
	bound = verb_table(&s, t, &error);
	MUST(bound == 0 ? error.len == 0 : t != NULL && error.len > 0);
	for (uint32_t i = 0; t != NULL && i < b.count && i < 20; i++)
		check_record(t, b.payload + block_start(&b, i), ends[i] - block_start(&b, i));
	if (s.range.count > 0) {
		verb_judge(&s, &b);
		MUST(!s.failed);
		for (uint32_t i = 0; i < b.count; i++) {
			uint32_t start = block_start(&b, i);
			int kept = holds(&s.range, b.payload + start, ends[i] - start, n > 0 ? s.texts[0].text : NULL,
			    n > 0 ? s.texts[0].len : 0);

			MUST(kept == (int)(s.hits[i / 64] >> i % 64 & 1));
		}
	}
	error.len = 0;
	MUST(verb_table(&s, NULL, &error) == 0 && error.len == 0);
	verb_free(&s);
	table_drop(t);
	buf_free(&error);
	buf_free(&payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end, *p;
	struct buf error = { 0 };
	struct range range = { 0 };
	char *words[WORDS];
	size_t count, used = 0;
	unsigned kind = 0;
	int result;

	if (len > 0 && (data[0] < 10 || data[0] > 0xF0)) {
		kind = *data & 15;
		data++;
		len--;
	}
	end = data + len;
	p = read_words(data, end, words, &count);
	result = range_take(&range, words, count, &used, &error);
	MUST(result == 0 ? error.len == 0 && used <= count : error.len > 0);
	if (result == 0 && count > 0)
		MUST((used > 0) == range_begins(words[0]) && (range.count > 0) == (used > 0));
	range_free(&range);
	if (result == 0 && used == count)
		judge(words, count, kind, p, end);
	/* The same words if no texts follow. */
	error.len = 0;
	result = range_all(&range, words, count, &error);
	MUST(result == 0 ? error.len == 0 : error.len > 0);
	range_free(&range);
	buf_free(&error);
	while (count > 0)
		free(words[--count]);
	return 0;
}
