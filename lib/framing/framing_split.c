/*
 * framing_split: bytes to records, one function per framing. Those of csv and JSON are in
 * framing_grammar.c and framing_elements.c, lines that are checked in framing_checked.c, fields in
 * framing_fields.c, rows that keep their ends in framing_rows.c, lines by their number in
 * framing_groups.c, those by lengths in framing_length.c, those by regular expressions in
 * framing_regex.c.
 *
 * A call begins with data[0] at the open record's first byte. The first `seen` bytes of that need
 * not be looked at again. Each function moves found->used past every record that it finds (and past
 * what belongs to none) and leaves in `seen` how far beyond used it has looked. So a record that
 * arrives in many pieces costs its length once. The functions keep no offsets that would have to
 * move when the caller moves its buffer: what they keep is relative to used.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bom.h"
#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

enum { BLANK_SHORT = 4096 };

/*
 * Returns the number of newlines of the input in data[0, at). In escaped, unescaping may have made
 * newlines that were none.
 */
static size_t
newlines(const struct framing_split *s, const struct framing_found *f, size_t at)
{
	if (framing_kind(s->framing)->lines == 2)
		return f->count + (size_t)(f->bad && at > f->bad_from);
	return scan_count(s->data, at, '\n');
}

int
framing_numbers_lines(const struct framing *f)
{
	return framing_kind(f)->lines > 0 || f->rows;
}

int
framing_fault(struct framing_split *s, const struct framing_found *f, size_t at, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	s->error.len = 0;
	s->fault = at - f->used;
	s->fatal = 0;
	/* If there is no memory, the message is lost, but the verdict is not. */
	(void)buf_addf(&s->error, "record %llu at byte %llu", (unsigned long long)(s->record + f->count),
	    (unsigned long long)(s->offset + at));
	if (framing_numbers_lines(s->framing))
		(void)buf_addf(&s->error, " (line %llu)", (unsigned long long)(s->line + newlines(s, f, at) + 1));
	(void)buf_adds(&s->error, ": ");
	s->why = s->error.len;
	(void)buf_adds(&s->error, text);
	return -1;
}

int
framing_fault_memory(struct framing_split *s, const struct framing_found *f, size_t at)
{
	(void)framing_fault(s, f, at, "%s", framing_no_memory);
	s->fatal = 1;
	return -1;
}

const char *
framing_byte_name(char name[16], char c)
{
	snprintf(name, 16, c > ' ' && c < 0x7F ? "'%c'" : "the byte 0x%02X", (unsigned char)c);
	return name;
}

void
framing_last(struct framing_split *s, size_t len, int eof, struct framing_found *f)
{
	s->seen = len - f->used;
	if (!eof || s->seen == 0 || f->count == f->max)
		return;
	framing_add(f, f->used, len);
	f->used = len;
	f->lacks_gap = 1;
	s->seen = 0;
}

/* ---- records that a delimiter ends ---- */

int
framing_split_byte(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	const char *end = "\n";
	size_t looked, width;

	framing_terminator(s->framing, &end, &width);
	f->count = scan_bytes(data + s->seen, len - s->seen, *end, (uint32_t)s->seen, f->ends, f->max, &looked);
	if (f->count > 0)
		f->used = f->ends[f->count - 1] + (size_t)1;
	if (f->count < f->max)
		framing_last(s, len, eof, f);
	else
		s->seen = 0;
	return 0;
}

/*
 * As lines; then those newlines are kept that follow a CR: a search for two bytes would be several
 * times slower.
 */
int
framing_split_crlf(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t from = s->seen;

	while (f->count < f->max && from < len) {
		uint32_t *ends = f->ends + f->count;
		size_t looked, i,
		    n = scan_bytes(data + from, len - from, '\n', (uint32_t)from, ends, f->max - f->count, &looked);

		for (i = 0; i < n; i++)
			if (ends[i] > f->used && data[ends[i] - 1] == '\r') {
				f->used = ends[i] + (size_t)1;
				f->ends[f->count++] = ends[i] - 1; /* never ahead of i */
			}
		from += looked;
	}
	s->seen = from - f->used;
	if (f->count < f->max)
		framing_last(s, len, eof, f);
	return 0;
}

int
framing_split_delim(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	const struct buf *delim = &s->framing->delim;
	size_t from = s->seen, width = delim->len;
	const char *p;

	if (width == 1)
		return framing_split_byte(s, data, len, eof, f);
	while (f->count < f->max && (p = memmem(data + from, len - from, delim->data, width)) != NULL) {
		framing_add(f, f->used, (size_t)(p - data));
		f->used = from = (size_t)(p - data) + width;
	}
	if (f->count == f->max) {
		s->seen = 0;
		return 0;
	}
	framing_last(s, len, eof, f);
	/* The end may hold the first bytes of a delimiter. */
	s->seen = s->seen > width - 1 ? s->seen - (width - 1) : 0;
	return 0;
}

/*
 * A paragraph is complete with its empty line; newlines after that are skipped when they come.
 * Private number: mark: after the last newline of the open record, counted from used.
 */
int
framing_split_paragraphs(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen, line = (size_t)s->mark;

	while (f->count < f->max) {
		if (at == f->used) {
			while (at < len && data[at] == '\n')
				at++;
			f->used = line = at;
		}
		at = scan_byte(data, len, at, '\n');
		if (at + 1 < len && data[at + 1] != '\n') {
			line = ++at;
		} else if (at + 1 < len) {
			framing_add(f, f->used, at);
			f->used = line = at = at + 2;
		} else if (eof && f->used < len) {
			framing_add(f, f->used, at);
			f->used = line = at = len;
		} else {
			if (at < len)
				line = len;
			break; /* before a newline that may be the first of two */
		}
	}
	s->seen = at - f->used;
	s->mark = line - f->used;
	return 0;
}

/*
 * A record is complete when the byte after a newline has come and is neither a space nor a tab.
 * Private number: mark: after the last newline of the open record, counted from used.
 */
int
framing_split_indented(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen, line = (size_t)s->mark;

	/* The input's first line, or the next one after a silence that has closed a record. */
	if (len > 0 && (data[0] == ' ' || data[0] == '\t'))
		s->matched = 1;
	while (f->count < f->max) {
		at = scan_byte(data, len, at, '\n');
		if (at == len) {
			s->mark = line - f->used;
			framing_last(s, len, eof, f);
			return 0;
		}
		if (at + 1 == len && !eof) {
			line = len;
			break;
		}
		line = ++at;
		if (at < len && (data[at] == ' ' || data[at] == '\t')) {
			s->matched = 1;
			continue;
		}
		framing_add(f, f->used, at - 1);
		f->used = at;
	}
	s->seen = at - f->used;
	s->mark = line - f->used;
	return 0;
}

int
framing_idle_lines(struct framing_split *s, char *data, size_t len, struct framing_found *f)
{
	size_t line = (size_t)s->mark;

	(void)data;
	(void)len;
	if (line == 0 || f == NULL)
		return line > 0;
	framing_add(f, 0, line - 1);
	f->used = line;
	s->seen = s->seen > line ? s->seen - line : 0;
	s->mark = 0;
	return 1;
}

int
framing_split_words(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen;

	while (f->count < f->max) {
		if (at == f->used) {
			while (at < len && framing_is_space(data[at]))
				at++;
			f->used = at;
		}
		while (at < len && !framing_is_space(data[at]))
			at++;
		if (at == f->used || (at == len && !eof))
			break;
		framing_add(f, f->used, at);
		f->used = at;
	}
	s->seen = at - f->used;
	return 0;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Replaces the escapes of data[in, *end), which begins with a backslash and ends with its line, in
 * place and moves *end; or, with look, only looks. Returns 0, or -1 with the error.
 */
static int
unescape(struct framing_split *s, const struct framing_found *f, char *data, size_t in, size_t *end, int look)
{
	static const char names[] = "\\nrt0", values[] = "\\\n\r\t";
	size_t out = in;
	const char *name;

	while (in < *end) {
		char c = data[in];

		if (c != '\\') {
			in++;
		} else if (in + 1 == *end) {
			return framing_fault(s, f, in, "a backslash ends the line; one backslash is written as two");
		} else if (data[in + 1] == 'x' && *end - in >= 4 && hex(data[in + 2]) >= 0 && hex(data[in + 3]) >= 0) {
			c = (char)(hex(data[in + 2]) << 4 | hex(data[in + 3]));
			in += 4;
		} else if (data[in + 1] != '\0' && (name = strchr(names, data[in + 1])) != NULL) {
			c = values[name - names];
			in += 2;
		} else {
			char shown[16];

			return framing_fault(s, f, in,
			    "a backslash and %s is no escape: \\\\ \\n \\r \\t \\0 \\xHH are",
			    framing_byte_name(shown, data[in + 1]));
		}
		if (!look)
			data[out++] = c;
	}
	*end = look ? *end : out;
	return 0;
}

int
framing_split_escaped(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen;

	while (f->count < f->max) {
		size_t end, start = f->used, escape;

		at = scan_byte(data, len, at, '\n');
		if (at == len && (!eof || start == len))
			break;
		end = at;
		escape = scan_byte(data, end, start, '\\');
		if (escape == start && end - start == 1)
			end = start; /* an empty record */
		/* A line that is set aside must stay as it is. */
		else if (escape < end && ((s->aside && unescape(s, f, data, escape, &end, 1) == -1) ||
		                             unescape(s, f, data, escape, &end, 0) == -1))
			return -1;
		framing_add(f, start, end);
		f->used = at = at < len ? at + 1 : len;
	}
	s->seen = at - f->used;
	return 0;
}

size_t
framing_resume_line(const struct framing_split *s, const char *data, size_t start, size_t from, size_t len, int eof)
{
	size_t at = scan_byte(data, len, start, '\n');

	(void)s;
	(void)from;
	return at < len ? at + 1 : eof ? len : 0;
}

/* ---- all of them ---- */

/*
 * Skips a byte order mark at the input's beginning. Returns 1; 0 while it may be incomplete; -1
 * with the error if it is that of UTF-16.
 */
static int
take_mark(struct framing_split *s, const char *data, size_t len, int eof, struct framing_found *f)
{
	static const char *const marks[] = { "\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0] && !eof; i++)
		if (len < strlen(marks[i]) && memcmp(data, marks[i], len) == 0)
			return 0;
	s->begun = 1;
	if (bom_utf16(data, len))
		return framing_fault(s, f, 0, "this is UTF-16, and what is needed is UTF-8: " FRAMING_UTF16_HINT);
	f->used = bom_utf8(data, len);
	return 1;
}

/*
 * Returns the end of data[start, end) without what ends its last line, or in json without the white
 * space after it. A CR is part of a line of escaped.
 */
static size_t
without_end(const struct framing_split *s, size_t start, size_t end)
{
	const struct framing_kind *k = framing_kind(s->framing);
	const char *data = s->data;

	if (k->split == framing_split_json) {
		while (end > start && framing_is_json_space(data[end - 1]))
			end--;
		return end;
	}
	if (end == start || data[end - 1] != '\n')
		return end;
	end--;
	return end > start && data[end - 1] == '\r' && k->lines < 2 ? end - 1 : end;
}

/*
 * Sets the bytes from used on aside, up to where reading goes on, if that has come. `from` is as in
 * framing_resume_fn. Returns 0.
 */
static int
set_aside(struct framing_split *s, size_t len, int eof, size_t from, struct framing_found *f)
{
	size_t start = f->used, next = framing_kind(s->framing)->resume(s, s->data, start, from, len, eof);

	s->skipping = next == 0;
	if (s->skipping) {
		s->seen = len - start;
		return 0;
	}
	f->bad = 1;
	f->bad_from = f->bad_to = (uint32_t)start;
	s->bad_line = s->line + newlines(s, f, start) + 1;
	f->used = next;
	f->bad_to = (uint32_t)without_end(s, start, next);
	s->seen = s->row = 0;
	s->mark = 0;
	s->state = 0;
	json_reset(&s->json);
	return 0;
}

int
framing_split(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	static char nothing[1]; /* memchr and its like may not be given NULL, even for no bytes */
	const struct framing_kind *k = framing_kind(s->framing);
	int status = 0;

	if (data == NULL)
		data = nothing;
	s->data = data;
	f->count = f->used = 0;
	f->lacks_gap = f->bad = 0;
	f->lost = 0;
	if (k->marked && !s->begun && (status = take_mark(s, data, len, eof, f)) <= 0)
		return status;
	if (s->skipping)
		status = set_aside(s, len, eof, s->seen, f);
	else if (f->used == 0)
		status = (s->framing->rows ? framing_split_rows : k->split)(s, data, len, eof, f);
	if (status < 0 && s->aside && k->resume != NULL && !s->fatal)
		status = set_aside(s, len, eof, f->used + s->fault, f);
	s->offset += f->used;
	s->record += f->count + (size_t)f->bad;
	s->cut |= f->count > 0;
	if (framing_numbers_lines(s->framing))
		s->line += newlines(s, f, f->used);
	return status < 0 ? -1 : 0;
}

int
framing_split_idle(struct framing_split *s, char *data, size_t len, struct framing_found *f)
{
	const struct framing_kind *k = framing_kind(s->framing);
	int got;

	if (f != NULL) {
		f->count = f->used = 0;
		f->lacks_gap = f->bad = 0;
		f->lost = 0;
	}
	if (k->idle == NULL || len == 0)
		return 0;
	s->data = data;
	got = k->idle(s, data, len, f);
	if (f != NULL) {
		s->offset += f->used;
		s->record += f->count;
		s->cut |= f->count > 0;
		s->idled |= f->count > 0;
		if (framing_numbers_lines(s->framing))
			s->line += newlines(s, f, f->used);
	}
	return got;
}

const char *
framing_split_unmatched(struct framing_split *s)
{
	const struct framing_kind *k = framing_kind(s->framing);
	int lines = k->split == framing_split_indented;

	if (s->matched || !s->cut || !(lines || k->split == framing_split_start || k->split == framing_split_end))
		return NULL;
	s->error.len = 0;
	if (lines ? buf_adds(&s->error, "no line begins with a space or a tab: each line is a record by itself") < 0 :
		    buf_addf(&s->error, "no line matches %s: %s", framing_name(s->framing),
			s->idled ? "only silence has ended records" : "each input is one record") < 0)
		return NULL;
	return buf_terminate(&s->error) == 0 ? s->error.data : NULL;
}

uint64_t
framing_open_length(const struct framing_split *s, const char *data, size_t len)
{
	const struct framing_kind *k = framing_kind(s->framing);
	size_t slack = s->framing->delim.len > 0 ? s->framing->delim.len - 1 : s->framing->rows ? 1 : k->slack;
	struct framing_head h;

	if (len == 0)
		return 0;
	if (k->head != NULL)
		return k->head(k, (const unsigned char *)data, len, &h) == 1 ? h.length : 0;
	if (s->framing->width > 0)
		return s->framing->width;
	if (k->split == framing_split_v || k->split == framing_split_json_seq)
		return s->size;
	if (k->split == framing_split_elements)
		return framing_elements_open(s, len);
	if (k->split == framing_split_fields)
		return framing_fields_open(s, data, len);
	/* Such a line may be no record. A long one is looked at only when it is complete. */
	if (k->line != NULL && len <= BLANK_SHORT && framing_is_json_blank(data, 0, len))
		return 0;
	if (k->split == framing_split_escaped)
		return len / 4; /* all may be \xHH */
	if (k->split == framing_split_regex)
		return s->seek.clear > len / 2 ? s->seek.clear : len / 2;
	if (k->split == framing_split_start && s->mark > 0)
		return s->mark > len - s->mark ? s->mark - 1 : len - s->mark;
	return len > slack ? len - slack : 0;
}

void
framing_split_next(struct framing_split *s)
{
	json_reset(&s->json);
	ere_seek_reset(&s->seek);
	s->offset = s->line = s->mark = s->left = s->size = s->open_to = 0;
	s->seen = 0;
	s->row = 0;
	s->descent = (struct framing_descent){ 0 };
	s->state = s->begun = s->skipping = 0;
	s->error.len = 0;
}

void
framing_split_free(struct framing_split *s)
{
	json_free(&s->json);
	buf_free(&s->levels);
	ere_seek_free(&s->seek);
	buf_free(&s->error);
	*s = (struct framing_split){ 0 };
}
