/*
 * table: any bytes as the payload of a table block. What is no table has a rule. What is one makes
 * an equal table again by its parts and by its names, written in another way; finds each name; and
 * shows nothing to a terminal that could drive it.
 */
#include <locale.h>
#include <string.h>

#include "fuzz/main.h"
#include "match/table.h"
#include "record/block.h"

enum { LOOKED_UP = 100 };

static struct table *
again(const struct table_parts *parts)
{
	const char *rule;
	struct table *t = table_make(parts, &rule);

	/* What was written with escapes, or in quotes, may be longer now. */
	MUST(t != NULL || strcmp(rule, "the table is larger than 1 MiB") == 0);
	return t;
}

static void
same(const struct table *t, struct table *made)
{
	if (made == NULL)
		return;
	MUST(table_equal(t, made) && table_equal(made, t));
	MUST(made->format == t->format && made->count == t->count && made->named == t->named);
	table_drop(made);
}

static void
add(struct buf *b, const char *p, size_t n)
{
	MUST(buf_add(b, p, n) == 0);
}

/* The names as another header: after a mark, in quotes if the format has them, before CR LF. */
static void
header_again(const struct table *t)
{
	struct buf header = { 0 };
	size_t names;

	add(&header, "\xEF\xBB\xBF", 3);
	names = header.len;
	for (size_t i = 0; i < t->count; i++) {
		const char *p = t->names[i].data;

		if (i > 0 && t->format == TABLE_WORDS)
			add(&header, " \t", 2);
		else if (i > 0)
			add(&header, t->between, t->between_len);
		if (t->format != TABLE_CSV) {
			add(&header, p, t->names[i].len);
			continue;
		}
		add(&header, "\"", 1);
		for (size_t k = 0; k < t->names[i].len; k++)
			add(&header, p[k] == '"' ? "\"\"" : &p[k], p[k] == '"' ? 2 : 1);
		add(&header, "\"", 1);
	}
	if (header.len > names) {
		add(&header, "\r\n", 2);
		same(t, again(&(struct table_parts){ .framing = t->framing, .separator = t->separator,
			    .header = header.data, .header_len = header.len }));
	}
	buf_free(&header);
}

static void
harmless(struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		MUST((unsigned char)text->data[i] >= ' ' && text->data[i] != 0x7F);
	MUST(memmem(buf_string(text), text->len, "\xC2\x9B", 2) == NULL);
	MUST(text->len < 2000);
	text->len = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct table *other;
	static int started;
	struct buf text = { 0 };
	const char *rule;
	struct table *t;

	if (!started) {
		started = 1;
		MUST(setlocale(LC_ALL, "C.UTF-8") != NULL);
		other = again(&(struct table_parts){ .framing = "csv", .header = "id,price", .header_len = 8 });
	}
	if ((t = table_parse((const char *)data, len, &rule)) == NULL) {
		MUST(rule != NULL && *rule != '\0');
		return 0;
	}
	MUST(rule == NULL && len <= BLOCK_TABLE_MAX && t->len == len && memcmp(t->payload, data, len) == 0);
	MUST(t->count <= TABLE_COLUMNS_MAX && (t->count > 0) == t->named);
	MUST(t->framing != NULL && (t->between_len == 0 || t->between != NULL));
	for (const char *p = table_kind(t); *p != '\0'; p++)
		MUST(*p > ' ' && *p < 0x7F);
	same(t, table_share(t));

	if (t->named && t->header_len == 0)
		same(t, again(&(struct table_parts){ .framing = t->framing, .separator = t->separator,
			    .names = t->names, .count = t->count }));
	else if (t->format != TABLE_OTHER)
		same(t, again(&(struct table_parts){ .framing = t->framing, .separator = t->separator,
			    .header = t->header, .header_len = t->header_len }));
	if (t->format == TABLE_CSV && t->named)
		header_again(t);
	else if (t->named && t->header_len > 0 &&
	    (strcmp(t->framing, "lines") == 0 || strcmp(t->framing, "tsv") == 0))
		header_again(t);

	for (size_t i = 0; i < t->count && i < LOOKED_UP; i++) {
		int64_t column = table_column(t, t->names[i].data, t->names[i].len);

		MUST(column == (int64_t)i || column == TABLE_TWICE);
	}
	MUST(table_names(t, &text) == 0);
	harmless(&text);
	if (!table_equal(t, other)) {
		MUST(!table_equal(other, t) && table_difference(t, other, &text) == 0 && text.len > 0);
		harmless(&text);
		MUST(table_difference(other, t, &text) == 0 && text.len > 0);
		harmless(&text);
	}
	buf_free(&text);
	table_drop(t);
	return 0;
}
