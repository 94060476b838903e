/*
 * table: see table.h. A table is parsed from its payload, also the one that table_make has just put
 * together: so there is one way to come to what a table says.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bom.h"
#include "base/bytemask.h"
#include "base/escape.h"
#include "base/jsonstring.h"
#include "base/utf8.h"
#include "match/columns.h"
#include "match/csvfield.h"
#include "match/fields.h"
#include "match/json.h"
#include "match/table.h"
#include "record/block.h"

enum { NAME_MAX_LEN = 32 }; /* bytes of a framing's name */

static const char no_memory[] = "";

/* ---- fields ---- */

int
table_field(const struct table *t, size_t column, const char **at, const char *end, struct range_view *v,
    struct buf *scratch)
{
	const char *p = *at, *stop = end;

	*at = NULL;
	if (t->format != TABLE_WORDS) {
		stop = columns_end(t, p, end, at);
		*v = (struct range_view){ p, (size_t)(stop - p) };
		return t->format == TABLE_CSV && csvfield_value(v, scratch) < 0 ? -1 : 0;
	}
	while (p < end && bytemask_white(*p))
		p++;
	if (!t->named || column + 1 < t->count) {
		for (stop = p; stop < end && !bytemask_white(*stop);)
			stop++;
		for (const char *next = stop; next < end; next++)
			if (!bytemask_white(*next)) {
				*at = next;
				break;
			}
	}
	*v = (struct range_view){ p, (size_t)(stop - p) };
	return 0;
}

/* ---- names ---- */

/* Adds a name, which is copied. Returns NULL, or the rule that is broken. */
static const char *
add_name(struct table *t, const char *name, size_t len)
{
	struct range_view v;

	if (t->count == TABLE_COLUMNS_MAX)
		return "the table has more than 65536 columns";
	if ((t->count & (t->count - 1)) == 0) {
		struct range_view *names = realloc(t->names, (t->count * 2 + 1) * sizeof v);

		if (names == NULL)
			return no_memory;
		t->names = names;
	}
	v = (struct range_view){ t->arena.data + t->arena.len, len };
	/* arena has room for all names: they are not longer than the payload. */
	if (buf_add(&t->arena, name, len) < 0)
		return no_memory;
	t->names[t->count++] = v;
	return NULL;
}

/*
 * Sets end to where the header's fields end: before the end of the row. Returns NULL, or the rule.
 */
static const char *
cut_row_end(struct table *t, const char **end)
{
	const char *parameter = strchr(t->framing, ':');
	struct buf delimiter = { 0 };
	size_t n = 0, len = t->header_len;
	const char *last = t->header + len;

	if (strncmp(t->framing, "nul", 4) == 0) {
		n = last[-1] == '\0';
	} else if (strncmp(t->framing, "delim:", 6) == 0) {
		const char *wrong = escape_decode(&delimiter, parameter + 1);

		if (wrong != NULL || delimiter.len == 0) {
			buf_free(&delimiter);
			return wrong != NULL && *wrong == '\0' ? no_memory : "the delimiter of the table's framing is none";
		}
		if (len >= delimiter.len && memcmp(last - delimiter.len, delimiter.data, delimiter.len) == 0)
			n = delimiter.len;
		buf_free(&delimiter);
	} else if (strncmp(t->framing, "fixed:", 6) != 0 && last[-1] == '\n') {
		n = len > 1 && last[-2] == '\r' ? 2 : 1;
	}
	*end = t->row_end = last - n;
	t->row_end_len = n;
	return NULL;
}

/* Returns 1 if the header's fields in [p, end) are one row, else 0. */
static int
is_row(const struct table *t, const char *p, const char *end)
{
	size_t len = (size_t)(end - p);

	if (t->format == TABLE_CSV)
		return csvfield_row(p, end, t->between, t->between_len);
	if (strcmp(t->framing, "crlf") == 0)
		return memmem(p, len, "\r\n", 2) == NULL;
	if (strcmp(t->framing, "nul") == 0)
		return memchr(p, '\0', len) == NULL;
	if (strcmp(t->framing, "lines") == 0 || strcmp(t->framing, "tsv") == 0)
		return memchr(p, '\n', len) == NULL;
	return 1;
}

/* Takes the names out of the header. Returns NULL, or the rule that is broken. */
static const char *
read_header(struct table *t)
{
	const char *p = t->header + bom_utf8(t->header, t->header_len), *end, *rule;
	struct buf scratch = { 0 };

	if ((rule = cut_row_end(t, &end)) != NULL)
		return rule;
	if (p >= end)
		return "the table's header is empty";
	if (!is_row(t, p, end))
		return "the table's header is not one row";
	while (p != NULL && rule == NULL) {
		struct range_view v;

		if (table_field(t, 0, &p, end, &v, &scratch) < 0)
			rule = no_memory;
		else
			rule = add_name(t, v.data, v.len);
	}
	buf_free(&scratch);
	t->named = 1;
	return rule;
}

/* ---- the line of JSON ---- */

/*
 * Copies the string at p, with its opening quote, into the arena, and a NUL after it; moves *p past
 * its closing quote. Returns it, or NULL if it is none.
 */
static const char *
take_string(struct table *t, const char **p, const char *end, size_t *len)
{
	struct buf text = { 0 };
	const char *quote, *result = NULL;

	if (*p == end || *(*p)++ != '"' || (quote = jsonstring_end(*p, end, NULL)) == NULL)
		return NULL;
	if (jsonstring_decode(&text, *p, quote) == 1) {
		result = t->arena.data + t->arena.len;
		*len = text.len;
		(void)buf_add(&t->arena, text.data, text.len);
		(void)buf_addc(&t->arena, '\0');
	}
	*p = quote + 1;
	buf_free(&text);
	return result;
}

static const char *
take_columns(struct table *t, const char **p, const char *end)
{
	static const char rule[] = "the table's columns are no array of strings";
	struct buf text = { 0 };
	const char *wrong = NULL;

	if (*p == end || *(*p)++ != '[')
		return rule;
	t->count = 0;
	t->named = 1;
	if (*p < end && **p == ']') {
		++*p;
		return "the table has no columns";
	}
	while (wrong == NULL) {
		const char *quote;

		if (*p == end || *(*p)++ != '"' || (quote = jsonstring_end(*p, end, NULL)) == NULL ||
		    jsonstring_decode(&text, *p, quote) != 1) {
			wrong = rule;
		} else {
			wrong = add_name(t, text.len > 0 ? text.data : "", text.len);
			*p = quote + 1;
			if (wrong == NULL && (*p == end || (**p != ',' && **p != ']')))
				wrong = rule;
			else if (wrong == NULL && *(*p)++ == ']')
				break;
		}
	}
	buf_free(&text);
	return wrong;
}

/* Moves *p past a value that has no meaning here. */
static const char *
skip_member(const char **p, const char *end)
{
	struct json json = { 0 };
	size_t used = 0;
	enum json_verdict verdict = json_scan(&json, *p, (size_t)(end - *p), &used);

	/*
	 * A number, true, false and null end at a comma or a brace, which json_scan does not
	 * expect.
	 */
	if (verdict == JSON_WRONG && used > 0 && ((*p)[used] == ',' || (*p)[used] == '}'))
		verdict = JSON_DONE;
	json_free(&json);
	*p += used;
	return verdict == JSON_DONE ? NULL : "the table's first line is no JSON object";
}

/* Returns 1 if JSON in [p, end) has a blank outside of strings, else 0. */
static int
has_blanks(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == ' ' || *p == '\t' || *p == '\r')
			return 1;
		if (*p == '"' && (p = jsonstring_end(p + 1, end, NULL)) == NULL)
			return 1;
	}
	return 0;
}

static int
is_json(const char *p, size_t len)
{
	struct json json = { 0 };
	size_t used;
	int good = len > 0 && *p == '{' && json_scan(&json, p, len, &used) == JSON_DONE && used == len;

	json_free(&json);
	return good;
}

/* Returns 1 if a string has come that is not empty and has no NUL byte, else 0. */
static int
is_text(const char *text, size_t len)
{
	return text != NULL && len > 0 && strlen(text) == len;
}

static const char *
read_line(struct table *t, const char *p, const char *end)
{
	static const char broken[] = "the table's first line is no JSON object",
			  twice[] = "the table says the same thing twice";
	const char *rule = NULL;

	if (!is_json(p, (size_t)(end - p)))
		return broken;
	if (has_blanks(p, end))
		return "the table's first line has blanks";
	for (p++; *p != '}' && rule == NULL; p += *p == ',') {
		const char *name, *text;
		size_t len, text_len = 0;

		if ((name = take_string(t, &p, end, &len)) == NULL || *p++ != ':')
			return broken;
		if (len == 7 && memcmp(name, "columns", len) == 0) {
			rule = t->named ? twice : take_columns(t, &p, end);
		} else if (len == 7 && memcmp(name, "framing", len) == 0) {
			text = take_string(t, &p, end, &text_len);
			rule = t->framing != NULL ? twice : is_text(text, text_len) ? NULL : "the table's framing is no text";
			t->framing = text;
		} else if (len == 9 && memcmp(name, "separator", len) == 0) {
			text = take_string(t, &p, end, &text_len);
			rule = t->separator != NULL ? twice : is_text(text, text_len) ? NULL : "the table's separator is no text";
			t->separator = text;
		} else {
			rule = skip_member(&p, end);
		}
	}
	return rule;
}

/* ---- what it says ---- */

/* The framings whose fields are found by a separator. */
static int
is_plain(const char *framing)
{
	static const char *const names[] = { "lines", "crlf", "nul", "delim", "paragraphs", "indented", "fixed", "words",
		"escaped", "netstring", "u8", "u16be", "u16le", "u32be", "u32le", "u64be", "u64le", "varint", "v", "vb",
		"start", "end" };
	size_t len = strcspn(framing, ":");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == len && memcmp(names[i], framing, len) == 0)
			return 1;
	return 0;
}

/* Returns 1 if a framing is csv or csv-crlf, and sets its parameter or NULL; else 0. */
static int
is_csv(const char *framing, const char **parameter)
{
	size_t len = strcspn(framing, ":");

	*parameter = framing[len] == ':' ? framing + len + 1 : NULL;
	return (len == 3 && memcmp(framing, "csv", 3) == 0) || (len == 8 && memcmp(framing, "csv-crlf", 8) == 0);
}

/*
 * Says what the records are called in a message: a name that any terminal and any line can take.
 * Returns NULL, or the rule that is broken.
 */
static const char *
choose_kind(struct table *t)
{
	size_t len = strcspn(t->framing, ":");

	for (const char *p = t->framing; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			return "the table's framing has a control byte";
	for (size_t i = 0; i < len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", t->framing[i]) == NULL)
			return "the table's framing has no name";
	if (len == 0 || len > NAME_MAX_LEN)
		return "the table's framing has no name";
	t->kind = t->arena.data + t->arena.len;
	(void)buf_add(&t->arena, t->framing, len);
	(void)buf_addc(&t->arena, '\0');
	return NULL;
}

/* Says how fields are found. Returns NULL, or the rule that is broken. */
static const char *
choose_format(struct table *t)
{
	struct buf separator = { 0 };
	const char *parameter;

	t->between = t->separator;
	if (is_csv(t->framing, &parameter)) {
		t->format = TABLE_CSV;
		t->between = ",";
		if (parameter != NULL) {
			const char *wrong = escape_decode(&separator, parameter);
			int good = wrong == NULL && separator.len == 1 && strchr("\"\r\n", *separator.data) == NULL;

			t->between = t->arena.data + t->arena.len;
			if (good)
				(void)buf_add(&t->arena, (char[]){ *separator.data, '\0' }, 2);
			buf_free(&separator);
			if (!good)
				return wrong != NULL && *wrong == '\0' ? no_memory :
									 "the separator of the table's framing is none";
		}
	} else if (strcmp(t->framing, "tsv") == 0) {
		t->format = TABLE_PLAIN;
		t->between = "\t";
	} else if (strcmp(t->framing, "json") == 0) {
		t->format = TABLE_JSON;
	} else if (strcmp(t->framing, "logfmt") == 0) {
		t->format = TABLE_LOGFMT;
	} else if (fields_kind(t->framing, &t->fields)) {
		t->format = TABLE_FIELDS;
	} else {
		t->format = !is_plain(t->framing)                                    ? TABLE_OTHER :
		    t->separator != NULL && strcmp(t->separator, "WORDS") == 0 ? TABLE_WORDS :
										     TABLE_PLAIN;
		t->between_len = t->separator != NULL ? strlen(t->separator) : 0;
		return NULL;
	}
	t->between_len = t->between != NULL ? strlen(t->between) : 0;
	return t->separator != NULL ? "the table has a separator besides that of its framing" : NULL;
}

static const char *
read_table(struct table *t)
{
	const char *newline = memchr(t->payload, '\n', t->len), *rule;

	if (newline == NULL)
		return "the table has no line of JSON";
	t->header = newline + 1;
	t->header_len = t->len - (size_t)(t->header - t->payload);
	if ((rule = read_line(t, t->payload, newline)) != NULL)
		return rule;
	if (t->framing == NULL)
		return "the table names no framing";
	if ((rule = choose_kind(t)) != NULL || (rule = choose_format(t)) != NULL)
		return rule;
	if (t->named && t->header_len > 0)
		return "the table has columns and a header";
	if (t->format == TABLE_JSON && !t->named)
		return "the table of JSON has no columns";
	if (table_has_names(t) && (t->named || t->header_len > 0))
		return "the table has columns, and its records have names of their own";
	return t->header_len > 0 && t->format != TABLE_OTHER ? read_header(t) : NULL;
}

struct table *
table_parse(const char *payload, size_t len, const char **rule)
{
	struct table *t = calloc(1, sizeof *t);

	*rule = NULL;
	if (t == NULL)
		return NULL;
	t->shares = 1;
	/*
	 * Nothing of the arena may move: a decoded string is at most as long as it was, and each
	 * has a NUL, for which there were its quotes. Besides there are the framing's name and
	 * separator.
	 */
	if (buf_add(&t->memory, payload, len) < 0 || buf_reserve(&t->arena, len + NAME_MAX_LEN + 16) < 0) {
		table_drop(t);
		return NULL;
	}
	t->payload = t->memory.data;
	t->len = len;
	*rule = len == 0 ? "the table is empty" : len > BLOCK_TABLE_MAX ? "the table is larger than 1 MiB" : read_table(t);
	if (*rule == NULL)
		return t;
	if (*rule == no_memory) {
		*rule = NULL;
		errno = ENOMEM;
	}
	table_drop(t);
	return NULL;
}

struct table *
table_make(const struct table_parts *parts, const char **rule)
{
	struct buf out = { 0 };
	struct table *t = NULL;
	int bad = 0;

	bad |= buf_adds(&out, "{\"framing\":") | json_quote(&out, parts->framing, strlen(parts->framing));
	if (parts->separator != NULL)
		bad |= buf_adds(&out, ",\"separator\":") | json_quote(&out, parts->separator, strlen(parts->separator));
	for (size_t i = 0; parts->names != NULL && i < parts->count; i++)
		bad |= buf_adds(&out, i == 0 ? ",\"columns\":[" : ",") |
		    json_quote(&out, parts->names[i].data, parts->names[i].len);
	bad |= buf_adds(&out, parts->names != NULL && parts->count > 0 ? "]}\n" : "}\n");
	bad |= buf_add(&out, parts->header, parts->header_len);
	*rule = NULL;
	if (bad == 0)
		t = table_parse(out.data, out.len, rule);
	buf_free(&out);
	return t;
}

struct table *
table_share(struct table *t)
{
	if (t != NULL)
		t->shares++;
	return t;
}

void
table_drop(struct table *t)
{
	if (t == NULL || --t->shares > 0)
		return;
	buf_free(&t->memory);
	buf_free(&t->arena);
	free(t->names);
	free(t);
}
