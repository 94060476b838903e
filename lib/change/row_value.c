/* row_value: writes a value as each form of records has it. */

#include <errno.h>
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/base64.h"
#include "base/decimal.h"
#include "base/jsonstring.h"
#include "change/row_private.h"
#include "match/columns.h"
#include "match/csvfield.h"
#include "match/json.h"
#include "match/logfmt.h"

static const char no_memory[] = "", not_utf8[] = "JSON cannot hold it: it is not UTF-8",
		  has_separator[] = "it has the separator of the table, or a line's end, in it",
		  at_edge[] = "it ends with a part of the table's separator",
		  is_blank[] = "fields between blanks cannot be empty or have a blank in them, but for the last one",
		  no_field[] = "a field of the table's format cannot hold it";

/* ---- columns ---- */

/*
 * Returns 1 if a value has the separator, a quote or the end of a line in it, else 0. A separator
 * of several bytes counts by its first.
 */
static int
is_odd(const char *p, size_t len, char separator)
{
	const char *end = p + len;

#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i odd = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(separator)),
					       _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'))),
		    _mm_or_si128(
			_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r'))));

		if (_mm_movemask_epi8(odd) != 0)
			return 1;
	}
#endif
	for (; p < end; p++)
		if (*p == separator || *p == '"' || *p == '\n' || *p == '\r')
			return 1;
	return 0;
}

static const char *
put_bytes(const char *data, size_t len, struct buf *out)
{
	return len > 0 && buf_add(out, data, len) < 0 ? no_memory : NULL;
}

/* Appends a value in quotes. */
static const char *
put_quoted(const char *p, size_t len, struct buf *out)
{
	const char *end = p + len, *quote;

	if (buf_reserve(out, len + 2) < 0 || buf_addc(out, '"') < 0)
		return no_memory;
	for (; p < end; p = quote) {
		quote = memchr(p, '"', (size_t)(end - p));
		quote = quote != NULL ? quote + 1 : end;
		if (buf_add(out, p, (size_t)(quote - p)) < 0 || (quote[-1] == '"' && buf_addc(out, '"') < 0))
			return no_memory;
	}
	return buf_addc(out, '"') < 0 ? no_memory : NULL;
}

/* Appends a value as a field of CSV, or between the separators of another table. */
static const char *
put_column(struct row *r, const char *data, size_t len, int last, struct buf *out)
{
	size_t n = r->between.len;

	if (len == 0)
		return NULL;
	if (!is_odd(data, len, n > 0 ? r->between.data[0] : '\n'))
		return put_bytes(data, len, out);
	if (r->quotes)
		return put_quoted(data, len, out);
	if ((n > 0 && memmem(data, len, r->between.data, n) != NULL) || memchr(data, '\n', len) != NULL ||
	    memchr(data, '\r', len) != NULL)
		return has_separator;
	if (!last && r->table != NULL && columns_last(r->table, data, len) != NULL)
		return at_edge;
	return put_bytes(data, len, out);
}

/* Appends a field as it stands in a row. Only one whose quote is not closed is written anew. */
static const char *
put_raw_column(struct row *r, const char *data, size_t len, int last, struct buf *out)
{
	if (last || len == 0)
		return put_bytes(data, len, out);
	if (r->quotes && *data == '"' && !csvfield_closed(data, data + len))
		return put_quoted(data + 1, len - 1, out);
	if (r->between.len > 1 && !r->quotes && r->table != NULL && columns_last(r->table, data, len) != NULL)
		return at_edge;
	return put_bytes(data, len, out);
}

static const char *
put_word(const char *data, size_t len, int last, struct buf *out)
{
	if (!last && len == 0)
		return is_blank;
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\n' || (!last && (data[i] == ' ' || data[i] == '\t')))
			return data[i] == '\n' ? no_field : is_blank;
	if (len > 0 && (data[0] == ' ' || data[0] == '\t'))
		return no_field; /* the blank would not be part of it */
	return put_bytes(data, len, out);
}

/* ---- JSON ---- */

/* Returns 1 if a field is a number of RFC 8259, section 6; else 0. */
static int
is_json_number(const char *p, size_t len)
{
	const char *end = p + len, *digits;

	p += p < end && *p == '-';
	for (digits = p; p < end && *p >= '0' && *p <= '9';)
		p++;
	if (p == digits || (*digits == '0' && p - digits > 1))
		return 0;
	if (p < end && *p == '.') {
		for (digits = ++p; p < end && *p >= '0' && *p <= '9';)
			p++;
		if (p == digits)
			return 0;
	}
	if (p < end && (*p | 32) == 'e') {
		p++;
		p += p < end && (*p == '-' || *p == '+');
		for (digits = p; p < end && *p >= '0' && *p <= '9';)
			p++;
		if (p == digits)
			return 0;
	}
	return p == end;
}

static const char *
put_json_string(const char *data, size_t len, struct buf *out)
{
	int result = jsonstring_encode(out, data, len);

	return result > 0 ? NULL : result == 0 ? not_utf8 : no_memory;
}

/* ---- records with names of their own ---- */

/* Appends a value of logfmt, in quotes unless no reader could misread it. */
static const char *
put_logfmt(struct row *r, const char *data, size_t len, struct buf *out)
{
	struct logfmt_pair pair = { .escapes = 1 };
	struct range_view read;
	size_t from = out->len;
	int plain = len > 0, result;

	for (size_t i = 0; i < len && plain; i++)
		plain = (unsigned char)data[i] > ' ' && data[i] != '"' && data[i] != '=' && data[i] != '\\' &&
		    data[i] != 0x7F;
	if (plain)
		return put_bytes(data, len, out);
	if ((result = jsonstring_encode(out, data, len)) <= 0)
		return result < 0 ? no_memory : "logfmt cannot hold it: it is not UTF-8, and needs quotes";
	pair.value = (struct range_view){ out->data + from + 1, out->len - from - 2 };
	if ((result = logfmt_value(&pair, &read, &r->scratch)) < 0)
		return no_memory;
	return result > 0 && read.len == len && (len == 0 || memcmp(read.data, data, len) == 0) ? NULL : no_field;
}

/* Returns 1 if a line after the first one has nothing but blanks: it would end the record. */
static int
has_blank_line(const char *p, const char *end)
{
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		for (p++; p < end && (*p == ' ' || *p == '\t');)
			p++;
		if (p == end || *p == '\n')
			return 1;
	}
	return 0;
}

/* Returns 1 if a value is a SAFE-STRING of LDIF, and does not end with a space; else 0. */
static int
is_safe(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] == '\0' || data[i] == '\n' || data[i] == '\r' || (data[i] & 0x80))
			return 0;
	return len == 0 || (strchr(" :<", data[0]) == NULL && data[len - 1] != ' ');
}

/*
 * Returns 1 if the value, written after a colon and a space, is read as it is; 0 if not, or -1 with
 * errno ENOMEM.
 */
static int
reads_back(struct row *r, const char *data, size_t len)
{
	struct fields_field field;
	struct range_view read;
	const char *p, *end;

	if (len > 0 && (memchr(data, '\r', len) != NULL || has_blank_line(data, data + len)))
		return 0;
	r->line.len = 0;
	if (buf_adds(&r->line, "a: ") < 0 || (len > 0 && buf_add(&r->line, data, len) < 0))
		return -1;
	p = r->line.data;
	end = p + r->line.len;
	if (!fields_next(r->fields, &p, end, &field) || p != end)
		return 0;
	if (fields_value(r->fields, &field, &read, &r->scratch) < 0)
		return -1;
	return read.len == len && (len == 0 || memcmp(read.data, data, len) == 0);
}

/* Appends what follows the colon of a field. What would be read as another value is refused. */
static const char *
put_field(struct row *r, const char *data, size_t len, struct buf *out)
{
	int good;

	if (r->fields == FIELDS_LDIF && !is_safe(data, len))
		return buf_adds(out, ": ") < 0 || base64_encode(out, data, len) < 0 ? no_memory : NULL;
	if ((good = reads_back(r, data, len)) <= 0)
		return good < 0 ? no_memory : no_field;
	if (len == 0)
		return NULL;
	return buf_addc(out, ' ') < 0 || buf_add(out, data, len) < 0 ? no_memory : NULL;
}

/* ---- all of them ---- */

/* Appends a string as the form has it. */
static const char *
put_string(struct row *r, const char *data, size_t len, int last, struct buf *out)
{
	switch (r->form) {
	case ROW_TEXT:
		return r->quotes ? put_column(r, data, len, last, out) : put_bytes(data, len, out);
	case ROW_COLUMNS:
		return put_column(r, data, len, last, out);
	case ROW_WORDS:
		return put_word(data, len, last, out);
	case ROW_JSON:
		return put_json_string(data, len, out);
	case ROW_LOGFMT:
		return put_logfmt(r, data, len, out);
	default:
		return put_field(r, data, len, out);
	}
}

/* Appends a value of JSON to a record that is no object. */
static const char *
put_as_text(struct row *r, const char *data, size_t len, int last, struct buf *out)
{
	if (len > 1 && *data == '"') {
		if (memchr(data, '\\', len) == NULL)
			return put_string(r, data + 1, len - 2, last, out);
		if (jsonstring_decode(&r->decoded, data + 1, data + len - 1) < 0)
			return no_memory;
	} else if (len > 0 && (*data == '{' || *data == '[')) {
		r->decoded.len = 0;
		if (json_compact(&r->decoded, data, len) < 0)
			return no_memory;
	} else {
		return put_string(r, data, len == 4 && memcmp(data, "null", 4) == 0 ? 0 : len, last, out);
	}
	return put_string(r, r->decoded.data, r->decoded.len, last, out);
}

static const char *
put_json(const char *data, size_t len, struct buf *out)
{
	if (len > 0 && (*data == '{' || *data == '['))
		return json_compact(out, data, len) < 0 ? no_memory : NULL;
	return put_bytes(data, len, out);
}

const char *
row_put(struct row *r, enum row_kind kind, const char *data, size_t len, int last, struct buf *out)
{
	switch (kind) {
	case ROW_IS_FIELD:
		if (r->form == ROW_JSON && is_json_number(data, len))
			return put_bytes(data, len, out);
		return put_string(r, data, len, last, out);
	case ROW_IS_JSON:
		return r->form == ROW_JSON ? put_json(data, len, out) : put_as_text(r, data, len, last, out);
	case ROW_IS_RAW:
		if (r->form == ROW_COLUMNS || (r->form == ROW_TEXT && r->quotes))
			return put_raw_column(r, data, len, last, out);
		if (r->form == ROW_WORDS)
			return put_word(data, len, last, out);
		return r->form == ROW_JSON ? put_json(data, len, out) : put_bytes(data, len, out);
	default:
		return put_string(r, data, len, last, out);
	}
}

const char *
row_put_result(struct row *r, const struct expr_result *result, int last, int *absent, struct buf *out)
{
	char digits[DECIMAL_MAX];
	const char *text = result->text;
	size_t len = result->len;

	*absent = 0;
	switch (result->gives) {
	case EXPR_GIVES_NOTHING:
		*absent = 1;
		return NULL;
	case EXPR_GIVES_NULL:
		return row_put(r, ROW_IS_JSON, "null", 4, last, out);
	case EXPR_GIVES_JSON:
		return row_put(r, ROW_IS_JSON, text, len, last, out);
	case EXPR_GIVES_FIELD:
		return row_put(r, ROW_IS_FIELD, text, len, last, out);
	case EXPR_GIVES_BOOL:
		if (r->form == ROW_JSON)
			return put_bytes(result->number != 0 ? "true" : "false", result->number != 0 ? 4 : 5, out);
		break;
	case EXPR_GIVES_NUMBER:
		if (text == NULL) {
			len = decimal_write(result->number, digits);
			text = digits;
			if (r->form == ROW_JSON && !isfinite(result->number))
				return "it is no number that JSON has";
		}
		if (r->form == ROW_JSON)
			return put_bytes(text, len, out);
		break;
	default:
		break;
	}
	return row_put(r, ROW_IS_STRING, text, len, last, out);
}
