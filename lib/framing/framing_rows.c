/*
 * framing_rows: rows of text that keep their ends: csv, csv-crlf, tsv, jsonl and lines, if the
 * caller sets `rows`. As framing_split.c. Rows are not copied: a run of rows with equal ends, LF or
 * CR LF, is one block as it is in the bytes.
 *
 * As long as no quote comes, rows end at newlines, and many are found by one search. Only a row
 * with a quote is read by the grammar of CSV.
 */
#include <string.h>

#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

/* Which lines are no rows. */
enum skipped { NONE, EMPTY, BLANK };

static enum skipped
skipped(const struct framing_kind *k)
{
	return k->split == framing_split_csv ? EMPTY : k->split == framing_split_jsonl ? BLANK : NONE;
}

/* Returns 1 if the line [start, end) is no row, else 0. */
static inline int
is_skipped(const char *data, size_t start, size_t end, enum skipped skip)
{
	return skip == BLANK ? framing_is_json_blank(data, start, end) : skip == EMPTY && start == end;
}

/*
 * Counts the fields of the row data[start, end). Returns their number; or 0 if something follows a
 * closing quote, at *at.
 */
static size_t
count_fields(const struct framing_split *s, const char *data, size_t start, size_t end, size_t *at)
{
	int csv = framing_kind(s->framing)->split == framing_split_csv;
	char separator = csv ? s->framing->separator : '\t';
	size_t fields = 1;

	if (!csv || scan_byte(data, end, start, '"') == end)
		return scan_count(data + start, end - start, separator) + 1;
	for (size_t p = start;; p++, fields++) {
		if (p < end && data[p] == '"') {
			while ((p = scan_byte(data, end, p + 1, '"')) + 1 < end && data[p + 1] == '"')
				p++;
			*at = ++p;
			if (p < end && data[p] != separator)
				return 0;
		} else {
			p = scan_byte(data, end, p, separator);
		}
		if (p >= end)
			return fields;
	}
}

/*
 * Returns 1 if the row data[f->used, end), after which the next one begins at next, is strict; else
 * 0 with the error, and its length in s->row.
 */
static int
is_strict(struct framing_split *s, const struct framing_found *f, const char *data, size_t end, size_t next)
{
	size_t start = f->used, at = start, fields = count_fields(s, data, start, end, &at);
	char shown[16];

	if (s->columns == 0)
		s->columns = fields;
	if (fields > 0 && fields == s->columns)
		return 1;
	s->row = next - start;
	if (fields == 0)
		(void)framing_fault(s, f, at, "%s follows the quote that closes a field",
		    framing_byte_name(shown, data[at]));
	else
		(void)framing_fault(s, f, start, "%zu field%s instead of %zu", fields, fields == 1 ? "" : "s", s->columns);
	return 0;
}

/*
 * Returns 1 if the row data[f->used, end), after which the next one begins at next, is all that it
 * must be; else 0 with the error, and its length in s->row.
 */
static int
is_good(struct framing_split *s, const struct framing_found *f, const char *data, size_t end, size_t next,
    enum skipped skip)
{
	if (s->strict && !is_strict(s, f, data, end, next))
		return 0;
	if (skip != BLANK || framing_jsonl_line(s, f, data, f->used, end) == 0)
		return 1;
	s->row = next - f->used;
	return 0;
}

/*
 * Adds the row [f->used, end), which a newline follows. Returns 1; or 0 if the run of rows is over:
 * before this row, because its end is another one, or it is not good; or after a line that is no
 * row.
 */
static int
add_row(struct framing_split *s, struct framing_found *f, const char *data, size_t end, enum skipped skip)
{
	size_t start = f->used;
	uint8_t gap = end > start && data[end - 1] == '\r' ? 2 : 1;

	if (is_skipped(data, start, end + 1 - gap, skip)) {
		f->used = end + 1;
		return f->count == 0;
	}
	if (f->count == 0) {
		f->first = (uint32_t)start;
		f->gap = gap;
	} else if (f->gap != gap) {
		return 0;
	}
	if (!is_good(s, f, data, end + 1 - gap, end + 1, skip))
		return 0;
	f->ends[f->count++] = (uint32_t)(end + 1 - gap - f->first);
	f->used = end + 1;
	return 1;
}

/*
 * At the end of the input: adds the last row if it has no end. Its gap is that of the row before
 * it, which tells what it gets if other rows follow it after all. Returns 0, or -1 if it is not
 * good.
 */
static int
add_last(struct framing_split *s, struct framing_found *f, const char *data, size_t len, enum skipped skip)
{
	s->seen = len - f->used;
	if (s->seen == 0 || f->count == f->max)
		return 0;
	if (skip == BLANK && framing_is_json_blank(data, f->used, len)) {
		f->used = len;
		s->seen = 0;
		return 0;
	}
	if (!is_good(s, f, data, len, len, skip))
		return -1;
	if (f->count == 0) {
		f->first = (uint32_t)f->used;
		f->gap = s->row_gap > 0 ? s->row_gap : 1;
	}
	f->ends[f->count++] = (uint32_t)(len - f->first);
	f->lacks_gap = 1;
	f->used = len;
	s->seen = 0;
	return 0;
}

/*
 * Adds rows that end at newlines in [*at, end), where there is no quote. Returns 1 if all were
 * added, and *at is end, or as many as there is room for; or 0 if the run is over.
 */
static int
add_plain(struct framing_split *s, struct framing_found *f, const char *data, size_t *at, size_t end, enum skipped skip)
{
	size_t looked, n;
	uint32_t *ends = f->ends + f->count;

	n = scan_bytes(data + *at, end - *at, '\n', (uint32_t)*at, ends, f->max - f->count, &looked);
	*at += looked;
	for (size_t i = 0; i < n; i++) {
		/* add_row writes into the same array, but never ahead of i. */
		if (!add_row(s, f, data, ends[i], skip)) {
			*at = f->used;
			return 0;
		}
	}
	return 1;
}

/* Private numbers: state: within quotes; mark: where they opened, counted from used. */
int
framing_split_rows(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	enum skipped skip = skipped(framing_kind(s->framing));
	int known = skip != EMPTY, more = 1;
	size_t at = s->seen, quote = len; /* the first quote from at on, once that is known */

	while (more && f->count < f->max && (at < len || s->state)) {
		size_t open = f->used + (size_t)s->mark, end;

		if (!s->state) {
			if (!known || quote < at)
				quote = scan_byte(data, len, at, '"');
			known = 1;
			more = add_plain(s, f, data, &at, quote, skip);
			if (!more || f->count == f->max || at < quote || quote == len)
				continue;
		}
		end = framing_csv_row(data, f->used, len, eof, s->framing->separator, &at, &s->state, &open);
		if (end == len) {
			if (eof && s->state)
				return framing_fault(s, f, open, "the quote that opens here is never closed");
			s->mark = open - f->used;
			break;
		}
		s->state = 0;
		s->mark = 0;
		more = add_row(s, f, data, end, skip);
		at = f->used;
	}
	if (f->count > 0)
		s->row_gap = f->gap;
	if (s->row > 0)
		return -1;
	if (more && eof && f->count < f->max) {
		if (add_last(s, f, data, len, skip) < 0)
			return -1;
	} else {
		s->seen = more && at > f->used ? at - f->used : 0;
	}
	return 0;
}

/* tsv for callers that copy records: their row ends are dropped. */
int
framing_split_tsv(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen;

	while (f->count < f->max) {
		size_t end = scan_byte(data, len, at, '\n');

		if (end == len)
			break;
		framing_add(f, f->used, end > f->used && data[end - 1] == '\r' ? end - 1 : end);
		f->used = at = end + 1;
	}
	if (f->count < f->max)
		framing_last(s, len, eof, f);
	else
		s->seen = 0;
	return 0;
}
