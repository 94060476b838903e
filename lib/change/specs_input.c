/*
 * specs_input: reads what is put into a record: a range, a text, a number or the clock. A part of
 * specs.h.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/delimited.h"
#include "base/num.h"
#include "change/specs_private.h"

int
specs_read_separator(struct specs_reader *r, const char *keyword, struct buf *setting)
{
	struct buf value = { 0 };
	int result = specs_take_operand(r, keyword, setting);

	if (result == 0)
		result = range_separator(&value, setting->data, setting->len, r->error);
	buf_free(&value);
	for (int i = 0; i < SPECS_STREAMS; i++)
		r->stale[i] = 1;
	return result;
}

static int
add_text(struct specs_reader *r, struct specs_item *item, const char *bytes, size_t n)
{
	item->input = SPECS_TEXT;
	item->first = r->specs->texts.len;
	item->length = n;
	return buf_add(&r->specs->texts, bytes, n) < 0 ? specs_no_memory(r) : 0;
}

/*
 * Takes a text between two of the punctuation character at r->p. Returns 0, or -1 with a message.
 */
static int
read_delimited(struct specs_reader *r, struct specs_item *item)
{
	const char *begin = r->p + 1, *end = strchr(begin, *r->p);

	if (end == NULL)
		return specs_wrong(r,
		    "%s: the text is not closed by a second %c within the word: spaces need quotes of the shell", r->p,
		    *r->p);
	if (specs_token(end + 1) > 0)
		return specs_wrong(r, "%s: there is more after the closing %c", r->p, *r->p);
	r->p = end + 1;
	return add_text(r, item, begin, (size_t)(end - begin));
}

/* Takes xHEX, hHEX or bBITS, by their n bytes. Returns 0, or -1 with a message. */
static int
read_bytes(struct specs_reader *r, struct specs_item *item, size_t n)
{
	struct specs_conversion c = { (*r->p | 32) == 'b' ? 'B' : 'X', 'C', 0 };
	struct buf bytes = { 0 };
	const char *why;
	int result = specs_convert(&c, r->p + 1, n - 1, SIZE_MAX, &bytes, NULL, &why);

	if (result < 0)
		result = specs_no_memory(r);
	else if (result > 0)
		result = specs_wrong(r, "%.*s: %s", (int)n, r->p,
		    c.from == 'X' ? "bytes are written as pairs of hexadecimal digits" :
				    "bytes are written as groups of eight bits");
	else
		result = add_text(r, item, bytes.data, bytes.len);
	r->p += n;
	buf_free(&bytes);
	return result;
}

/* Takes the number of FROM or BY. Returns 0, or -1 with a message. */
static int
read_number(struct specs_reader *r, const char *keyword, int64_t *value)
{
	uint64_t n;
	char digits[12];
	size_t len;
	int minus;

	if (!specs_more(r))
		return specs_wrong(r, "%s: a number is expected after it", keyword);
	len = specs_token(r->p);
	minus = *r->p == '-';
	if (len - (size_t)minus >= sizeof digits)
		return specs_wrong(r, "%s %.*s: a number of at most 32 bits is expected", keyword, (int)len, r->p);
	memcpy(digits, r->p + minus, len - (size_t)minus);
	digits[len - (size_t)minus] = '\0';
	if (num_digits(digits, INT32_MAX, &n) < 0)
		return specs_wrong(r, "%s %.*s: a number is expected, at most 2147483647", keyword, (int)len, r->p);
	*value = minus ? -(int64_t)n : (int64_t)n;
	r->p += len;
	return 0;
}

static int
read_counter(struct specs_reader *r, struct specs_item *item)
{
	int from = 0, by = 0;

	item->input = SPECS_NUMBER;
	item->from = item->by = 1;
	for (;;) {
		if (!from && specs_take(r, "FROM", 4)) {
			from = 1;
			if (read_number(r, "FROM", &item->from) < 0)
				return -1;
		} else if (!by && specs_take(r, "BY", 2)) {
			by = 1;
			if (read_number(r, "BY", &item->by) < 0)
				return -1;
		} else {
			return 0;
		}
	}
}

/* Adds a word of n bytes, and a NUL, to the words of a range. Returns 0, or -1 with a message. */
static int
add_word(struct specs_reader *r, struct buf *words, const char *p, size_t n)
{
	return buf_add(words, p, n) < 0 || buf_addc(words, '\0') < 0 ? specs_no_memory(r) : 0;
}

/* Moves the token at r->p to the words of a range. Returns 0, or -1 with a message. */
static int
move_word(struct specs_reader *r, struct buf *words)
{
	size_t n = specs_token(r->p);

	if (add_word(r, words, r->p, n) < 0)
		return -1;
	r->p += n;
	return 0;
}

static int
is_unit(const char *p, size_t n)
{
	return specs_is_keyword(p, n, "WORDS", 4) || specs_is_keyword(p, n, "FIELDS", 5) ||
	    specs_is_keyword(p, n, "CSV", 3) || specs_is_keyword(p, n, "W", 1) || specs_is_keyword(p, n, "F", 1);
}

/*
 * Moves a setting before a part of a part, "substr fs / f2 of w1". Returns 1 if there is one, 0, or
 * -1.
 */
static int
move_setting(struct specs_reader *r, struct buf *words)
{
	int ws = specs_take(r, "WS", 2) || specs_take(r, "WORDSEPARATOR", 7);
	struct buf *setting = ws ? &r->ws : &r->fs;
	const char *name = ws ? "ws" : "fs";

	if (!ws && !specs_take(r, "FS", 2) && !specs_take(r, "FIELDSEPARATOR", 8))
		return 0;
	if (specs_read_separator(r, name, setting) < 0 || add_word(r, words, name, 2) < 0 ||
	    add_word(r, words, setting->data, setting->len) < 0)
		return -1;
	return 1;
}

/*
 * Moves the tokens of one part to the words of a range: those of "substr 1-3 of word 2" are five.
 * What they mean is left to the range. Returns 0, or -1 with a message.
 */
static int
move_part(struct specs_reader *r, struct buf *words)
{
	int within = 0, inner = 0, result; /* 1: there was a substr; it is the part before its "of" */

	for (;;) {
		while ((result = move_setting(r, words)) > 0)
			;
		if (result < 0)
			return -1;
		if (specs_take(r, "SUBSTRING", 6)) {
			within = inner = 1;
			if (add_word(r, words, "substr", 6) < 0)
				return -1;
			continue;
		}
		if (!specs_more(r))
			break;
		if (is_unit(r->p, specs_token(r->p)) && (move_word(r, words) < 0 || !specs_more(r)))
			return specs_wrong(r, "%s: a number is expected after it", r->words[r->count - 1]);
		if (move_word(r, words) < 0)
			return -1;
		if (!inner)
			return 0;
		inner = 0;
		if (!specs_more(r))
			break;
		if (move_word(r, words) < 0) /* "of", as the range will see */
			return -1;
	}
	return specs_wrong(r, "%s%s: a range is expected after it%s", within ? "substr: " : "", r->words[r->count - 1],
	    within ? ", as in substr 1-3 of w2" : ", such as w2");
}

/* Adds the part that words name, each with a NUL after it, to the stream's range. */
static int
add_part(struct specs_reader *r, struct specs_item *item, const struct buf *words)
{
	struct specs_stream *stream = &r->specs->streams[r->stream];
	size_t count = 0;
	char **list = calloc(words->len, sizeof *list);
	int result;

	if (list == NULL)
		return specs_no_memory(r);
	for (size_t i = 0; i < words->len; i += strlen(words->data + i) + 1)
		list[count++] = words->data + i;
	item->input = SPECS_PART;
	item->part = stream->range.count;
	result = range_all(&stream->range, list, count, r->error);
	if (result == 0 && stream->range.count != item->part + 1)
		result = specs_wrong(r, "%s: one part is expected before each output", list[count - 1]);
	free(list);
	return result;
}

static int
read_part(struct specs_reader *r, struct specs_item *item)
{
	struct buf words = { 0 };
	int result = 0;

	r->specs->streams[r->stream].used = 1;
	if (r->stale[r->stream] && r->ws.len > 0 &&
	    (add_word(r, &words, "ws", 2) < 0 || add_word(r, &words, r->ws.data, r->ws.len) < 0))
		result = -1;
	if (result == 0 && r->stale[r->stream] && r->fs.len > 0 &&
	    (add_word(r, &words, "fs", 2) < 0 || add_word(r, &words, r->fs.data, r->fs.len) < 0))
		result = -1;
	r->stale[r->stream] = 0;
	if (result == 0)
		result = move_part(r, &words);
	if (result == 0)
		result = add_part(r, item, &words);
	buf_free(&words);
	return result;
}

int
specs_read_input(struct specs_reader *r, struct specs_item *item)
{
	size_t n = specs_token(r->p);
	char first = (char)(*r->p | 32);

	item->stream = (unsigned char)r->stream;
	if (r->p == r->words[r->at] && delimited_is(r->p) && ispunct((unsigned char)*r->p)) {
		const char *text = r->p + 1;

		r->p += strlen(r->p);
		return add_text(r, item, text, (size_t)(r->p - text - 1));
	}
	if (ispunct((unsigned char)*r->p) && strchr("-.*(", *r->p) == NULL)
		return read_delimited(r, item);
	if (n > 1 &&
	    (((first == 'x' || first == 'h') && strspn(r->p + 1, "0123456789abcdefABCDEF") == n - 1) ||
		(first == 'b' && strspn(r->p + 1, "01") == n - 1)))
		return read_bytes(r, item, n);
	if (specs_take(r, "RECNO", 5) || specs_take(r, "NUMBER", 6))
		return read_counter(r, item);
	if (specs_take(r, "TODCLOCK", 3)) {
		item->input = SPECS_CLOCK;
		r->specs->clocked = 1;
		return 0;
	}
	return read_part(r, item);
}
