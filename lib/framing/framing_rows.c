/*
 * framing_rows: rows of text that keep their ends: csv, csv-crlf, tsv, jsonl, logfmt and lines, if
 * the caller sets `rows`. As framing_split.c. Rows are not copied: a run of rows with equal ends,
 * LF or CR LF, is one block as it is in the bytes.
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
	return k->split == framing_split_csv ? EMPTY : k->line != NULL ? BLANK : NONE;
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
	if (skip != BLANK || framing_kind(s->framing)->line(s, f, data, f->used, end) == 0)
		return 1;
	s->row = next - f->used;
	return 0;
}

/*
 * Adds the row [f->used, end), which a newline follows. Returns 1; or 0 if the run of rows is over:
 * before this row, because its end is another one, or it is not good; or after a line that is no
 * row.
 */
static inline int
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
 * As add_row, for the rows that end at the newlines ends[0, n), if nothing but their ends must be
 * looked at. Returns how many were added: all, or those before one that add_row must judge.
 */
static inline size_t
add_usual(struct framing_found *f, const char *data, const uint32_t *ends, size_t n, enum skipped skip)
{
	size_t start = f->used, gap = f->gap, shift = gap + f->first - 1, i;
	uint32_t *to = f->ends + f->count;

	for (i = 0; i < n; i++) {
		size_t end = ends[i];

		if ((end > start && data[end - 1] == '\r') != (gap == 2) ||
		    is_skipped(data, start, end + 1 - gap, skip))
			break;
		to[i] = (uint32_t)(end - shift); /* perhaps into the same array, but never ahead of i */
		start = end + 1;
	}
	f->used = start;
	f->count += i;
	return i;
}

/*
 * Adds rows that end at newlines in [*at, end), where there is no quote. Returns 1 if all were
 * added, and *at is end, or as many as there is room for; or 0 if the run is over.
 */
static int
add_plain(struct framing_split *s, struct framing_found *f, const char *data, size_t *at, size_t end, enum skipped skip)
{
	size_t looked, n, i = 0;
	uint32_t *ends = f->ends + f->count;

	n = scan_bytes(data + *at, end - *at, '\n', (uint32_t)*at, ends, f->max - f->count, &looked);
	*at += looked;
	while (i < n) {
		if (!add_row(s, f, data, ends[i++], skip)) {
			*at = f->used;
			return 0;
		}
		if (!s->strict && skip != BLANK && f->count > 0)
			i += add_usual(f, data, ends + i, n - i, skip);
	}
	return 1;
}

/* ---- rows with quotes ---- */

/* What the open row is: without quotes so far; within quotes; outside of quotes again. */
enum { PLAIN, QUOTED, CLOSED };

/*
 * Sets the error of the row of csv that begins at used and goes on beyond its first line, because a
 * quote of that line is one too many. *at is how far is known that it does. The same quote takes
 * the lines after it, too: any of them that ends within quotes, if it is the first line of a row,
 * begins one that is open at *at as this one is. So only their first lines need be looked at, and
 * the cost is linear, however many rows are wrong. Returns -1.
 */
static int
blame_quote(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t at,
    const char *why)
{
	size_t line = scan_byte(data, len, f->used, '\n'), from = f->used, open = from;
	int quoted = 0;

	(void)framing_csv_row(data, f->used, line, 1, s->framing->separator, &from, &quoted, &open);
	s->open_to = s->offset + at;
	s->open_state = s->state;
	return framing_fault(s, f, open, "a quote opens here, and the row does not end%s", why);
}

/*
 * Goes on over the first line of a row in the lines that blame_quote knows, from *at on, and if
 * that line ends within quotes, to where the row is known to be open, which may be beyond len.
 */
static void
pass_known(
    struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t *at, size_t *open)
{
	size_t line = scan_byte(data, len, f->used, '\n');
	int quoted = s->state == QUOTED;

	if (line == len || *at > line || s->offset + line >= s->open_to)
		return;
	(void)framing_csv_row(data, f->used, line, 1, s->framing->separator, at, &quoted, open);
	s->state = quoted ? s->open_state : CLOSED;
	if (quoted)
		*at = (size_t)(s->open_to - s->offset);
}

/*
 * Returns 1 if the row of csv that begins at used, of which there are n bytes, is to be set aside
 * because it has several lines, and is longer than a record may be; else 0. A single line of that
 * length has no quote too many.
 */
static int
is_too_long(const struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t n)
{
	return s->aside && s->longest > 0 && n > s->longest && scan_byte(data, len, f->used, '\n') < len;
}

/*
 * Reads on in the row at used, which has a quote, from *at on. Returns 1 if the row ends, at *end;
 * 0 if more bytes must come; or -1 with the error.
 */
static int
read_row(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, int eof, size_t *at,
    size_t *end)
{
	size_t open = f->used + (size_t)s->mark;
	int quoted;

	if (s->offset + f->used < s->open_to)
		pass_known(s, f, data, len, at, &open);
	quoted = s->state == QUOTED;
	*end = len;
	if (*at <= len)
		*end = framing_csv_row(data, f->used, len, eof, s->framing->separator, at, &quoted, &open);
	s->state = quoted ? QUOTED : CLOSED;
	s->mark = open - f->used;
	if (*end < len) {
		size_t gap = data[*end - 1] == '\r' ? 2 : 1;

		if (is_too_long(s, f, data, *end, *end + 1 - gap - f->used))
			return blame_quote(s, f, data, len, *at, " within REC_MAX bytes");
		s->state = PLAIN;
		s->mark = 0;
		return 1;
	}
	/* A CR may belong to its end. */
	if (is_too_long(s, f, data, len, (*at > len ? *at : len) - f->used - !eof))
		return blame_quote(s, f, data, len, *at, " within REC_MAX bytes");
	if (!eof || !quoted)
		return 0;
	return s->aside ? blame_quote(s, f, data, len, *at, "") :
	                  framing_fault(s, f, open, "the quote that opens here is never closed");
}

/* Private numbers: state: see above; mark: where the last quotes opened, counted from used. */
int
framing_split_rows(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	enum skipped skip = skipped(framing_kind(s->framing));
	int known = skip != EMPTY, more = 1, got = 1;
	size_t at = s->seen, quote = len, end; /* quote: the first one from at on, once that is known */

	while (more && f->count < f->max && (at < len || s->state)) {
		if (!s->state) {
			if (!known || quote < at)
				quote = scan_byte(data, len, at, '"');
			known = 1;
			more = add_plain(s, f, data, &at, quote, skip);
			if (!more || f->count == f->max || at < quote || quote == len)
				continue;
		}
		if ((got = read_row(s, f, data, len, eof, &at, &end)) <= 0)
			break;
		more = add_row(s, f, data, end, skip);
		at = f->used;
	}
	if (f->count > 0)
		s->row_gap = f->gap;
	if (s->row > 0 || got < 0)
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
