/*
 * framing_grammar: bytes to records if a grammar says how far a record reaches: csv and csv-crlf,
 * json, json-seq. As framing_split.c.
 */
#include "base/scan.h"
#include "framing/framing.h"
#include "framing/framing_private.h"

/*
 * RFC 4180, lenient: a quote that is not a field's first byte is content, and so is text after a
 * closing quote.
 */
size_t
framing_csv_row(
    const char *data, size_t start, size_t len, int eof, char separator, size_t *at, int *quoted, size_t *open)
{
	size_t end = start, quote; /* end: the first newline from at on, once it has been looked for */
	int known = 0;

	for (;;) {
		if (*quoted) {
			*at = scan_byte(data, len, *at, '"');
			if (*at == len || (*at + 1 == len && !eof))
				return len;
			if (*at + 1 < len && data[*at + 1] == '"') {
				*at += 2;
			} else {
				++*at;
				*quoted = 0;
			}
			continue;
		}
		if (!known || end < *at)
			end = scan_byte(data, len, *at, '\n');
		known = 1;
		quote = scan_byte(data, end, *at, '"');
		if (quote == end) {
			*at = end;
			return end;
		}
		*at = quote + 1;
		if (quote == start || data[quote - 1] == separator) {
			*quoted = 1;
			*open = quote;
		}
	}
}

/* Private numbers: state: within quotes; mark: where they opened, counted from used. */
int
framing_split_csv(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen;

	while (f->count < f->max) {
		size_t start = f->used, open = start + (size_t)s->mark, end;

		end = framing_csv_row(data, start, len, eof, s->framing->separator, &at, &s->state, &open);
		s->mark = open - start;
		if (end == len && eof && s->state)
			return framing_fault(s, f, open, "the quote that opens here is never closed");
		if (end == len && (!eof || start == len))
			break;
		f->used = at = end < len ? end + 1 : len;
		if (end < len && end > start && data[end - 1] == '\r')
			end--;
		if (end > start) /* an empty line is no row */
			framing_add(f, start, end);
		s->state = 0;
		s->mark = 0;
	}
	s->seen = at - f->used;
	return 0;
}

/* Also for tsv. A quote that is never closed may be in the row's first line, or in any other. */
size_t
framing_resume_row(const struct framing_split *s, const char *data, size_t start, size_t from, size_t len, int eof)
{
	return s->row > 0 ? start + s->row : framing_resume_line(s, data, start, from, len, eof);
}

/*
 * A newline is between two tokens, but it may be within a value whose lines are indented. A line
 * that is not indented, and does not close or continue anything, begins a value.
 */
static int
begins_value(char c)
{
	return !framing_is_json_space(c) && c != ']' && c != '}' && c != ',' && c != ':';
}

size_t
framing_resume_json(const struct framing_split *s, const char *data, size_t start, size_t from, size_t len, int eof)
{
	(void)s;
	/* The newline before it may be the last byte that an earlier call has seen. */
	for (size_t at = from > start ? from - 1 : start; (at = scan_byte(data, len, at, '\n')) + 1 < len; at++)
		if (begins_value(data[at + 1]))
			return at + 1;
	return eof ? len : 0;
}

int
framing_json_fault(struct framing_split *s, const struct framing_found *f, const char *data, size_t len, size_t at,
    const char *end)
{
	char shown[16];

	if (at == len)
		return framing_fault(s, f, at, "%s ends before %s", end, s->json.wrong);
	if (s->json.not_utf8)
		return framing_fault(s, f, at - s->json.back, "not JSON: the byte 0x%02X begins no valid UTF-8",
		    (unsigned char)data[at - s->json.back]);
	/* A NUL as the first or second byte is half of a character of two bytes. */
	return framing_fault(s, f, at, "not JSON: %s instead of %s%s", framing_byte_name(shown, data[at]),
	    s->json.wrong, s->offset + at < 2 && data[at] == '\0' ? " (is it UTF-16? " FRAMING_UTF16_HINT ")" : "");
}

int
framing_split_json(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen, n;

	while (f->count < f->max) {
		enum json_verdict verdict;

		if (at == f->used) {
			while (at < len && framing_is_json_space(data[at]))
				at++;
			f->used = at;
		}
		if (f->used == len)
			break;
		/* Most values are whole; what ends another than these is seen by json_scan. */
		if (at == f->used && (data[at] == '{' || data[at] == '[')) {
			int got = json_value(data + at, len - at, &s->levels, &n);

			if (got < 0)
				return framing_fault_memory(s, f, at);
			if (got == 1) {
				framing_add(f, at, at + n);
				f->used = at += n;
				continue;
			}
		}
		verdict = json_scan(&s->json, data + at, len - at, &n);
		at += n;
		if (verdict == JSON_MORE) {
			if (!eof)
				break;
			verdict = json_end(&s->json);
		}
		if (verdict == JSON_NOMEM)
			return framing_fault_memory(s, f, at);
		if (verdict == JSON_WRONG)
			return framing_json_fault(s, f, data, len, at, "the input");
		framing_add(f, f->used, at);
		f->used = at;
		json_reset(&s->json);
	}
	s->seen = at - f->used;
	return 0;
}

enum sequence {
	BEGIN, /* no RS yet */
	LEAD,  /* after an RS, which is at used */
	TEXT,
	TAIL, /* after a complete text, before its line end: other bytes may still show that it is malformed */
	REST, /* after that line end */
	SKIP  /* after the place where a text was malformed */
};

/*
 * The input ends within what begins at used. A text that ends there was truncated, even if only its
 * RS has come, unless it is in TAIL: then it is complete.
 */
static void
last_text(struct framing_split *s, struct framing_found *f, size_t at)
{
	if (s->state == TAIL)
		framing_add(f, f->used + (size_t)s->mark, f->used + (size_t)s->left);
	else
		f->lost = 1;
	f->used = at;
	s->state = SKIP;
}

/*
 * A text is a record at its line end or the next RS, whichever comes first. It could not be put out
 * earlier, because what follows it may make it malformed (RFC 7464, section 2.3), and should not be
 * later. Private numbers: mark, left: where the text begins and ends, counted from used; size: its
 * bytes so far.
 */
int
framing_split_json_seq(struct framing_split *s, char *data, size_t len, int eof, struct framing_found *f)
{
	size_t at = s->seen, n;
	enum json_verdict verdict;

	while (f->count < f->max && at < len) {
		char c = data[at];
		int space = framing_is_json_space(c), wrong = 0;

		switch ((enum sequence)s->state) {
		case BEGIN:
			if (c != FRAMING_RS)
				return framing_fault(s, f, at, "a sequence of JSON texts begins with RS (0x1E)");
			break;
		case LEAD:
			if (space || (c == FRAMING_RS && at == f->used + 1))
				break;
			s->mark = at - f->used;
			s->state = TEXT;
			json_reset(&s->json);
			/* FALLTHROUGH */
		case TEXT:
			verdict = json_scan(&s->json, data + at, len - at, &n);
			if (verdict == JSON_NOMEM)
				return framing_fault_memory(s, f, at);
			at += n;
			wrong = verdict == JSON_WRONG;
			if (verdict == JSON_DONE) {
				s->left = at - f->used;
				s->state = TAIL;
			}
			if (!wrong)
				continue;
			c = data[at];
			break;
		case TAIL:
			wrong = !space && c != FRAMING_RS;
			if (c == '\n' || c == FRAMING_RS) {
				framing_add(f, f->used + (size_t)s->mark, f->used + (size_t)s->left);
				f->used = at;
				s->state = REST;
			}
			break;
		case REST:
			wrong = !space && c != FRAMING_RS;
			break;
		case SKIP:
			at = scan_byte(data, len, at, FRAMING_RS);
			f->used = at;
			if (at == len)
				continue;
			c = FRAMING_RS;
			break;
		}
		if (c == FRAMING_RS) {
			f->used = at;
			s->state = LEAD;
		}
		at++;
		if (s->state == REST)
			f->used = at;
		if (wrong) {
			f->lost = 1;
			if (c != FRAMING_RS) {
				f->used = at;
				s->state = SKIP;
			}
			break;
		}
	}
	if (eof && !f->lost && at == len && f->used < len && f->count < f->max)
		last_text(s, f, at);
	s->seen = at - f->used;
	s->size = s->state == TAIL ? s->left - s->mark : s->state == TEXT ? s->seen - s->mark : 0;
	return 0;
}
