/*
 * json: a state machine over bytes. All state is in struct json, so a text may be cut between any
 * two bytes. The stack has one bit for each level (1: object, 0: array). After the end of a value,
 * the level below decides what may follow.
 *
 * A number, true, false and null do not have a last byte of their own: the byte after them ends
 * them. Within an object or array that byte is then judged like any other. At the top it must be
 * white space, or begin a value that cannot be taken for a continuation of this one ('{', '[' or
 * '"'): so two values without space between them are an error ("12true", "1-2").
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/num.h"
#include "base/utf8.h"
#include "match/json.h"

enum {
	VALUE,       /* a value must begin here; 0, so that zeros are ready */
	FIRST_VALUE, /* after '[': a value or ']' */
	FIRST_NAME,  /* after '{': a name or '}' */
	NAME,        /* after ',' in an object */
	COLON,
	AFTER, /* after a value in an object or array */
	STRING,
	ESCAPE,
	HEX,  /* sub: digits still to come */
	UTF8, /* sub: bytes still to come, then the limits of the next one */
	LITERAL_TRUE,
	LITERAL_FALSE,
	LITERAL_NULL, /* sub: bytes matched */
	NUMBER_MINUS,
	NUMBER_DOT,
	NUMBER_E,
	NUMBER_SIGN,
	/*
	 * In this state and the next ones the scalar may end: json_end and json_scan rely on the
	 * order.
	 */
	SCALAR_ENDED, /* after true, false, null */
	NUMBER_ZERO,
	NUMBER_DIGITS,
	NUMBER_FRACTION,
	NUMBER_EXPONENT
};

static const char *const literals[] = { "true", "false", "null" };

/* What is expected in each state, for messages. */
static const char *const expected[] = { [VALUE] = "a value",
	[FIRST_VALUE] = "a value or ']'",
	[FIRST_NAME] = "a member's name or '}'",
	[NAME] = "a member's name",
	[COLON] = "a ':' after a member's name",
	[AFTER] = "',' or the end of an array or object",
	[STRING] = "a character of a string (control bytes are escaped)",
	[ESCAPE] = "one of \"\\/bfnrtu after a backslash",
	[HEX] = "four hexadecimal digits after \\u",
	[UTF8] = "valid UTF-8",
	[LITERAL_TRUE] = "\"true\"",
	[LITERAL_FALSE] = "\"false\"",
	[LITERAL_NULL] = "\"null\"",
	[NUMBER_MINUS] = "a digit after '-'",
	[NUMBER_DOT] = "a digit after '.'",
	[NUMBER_E] = "an exponent",
	[NUMBER_SIGN] = "a digit of an exponent",
	[SCALAR_ENDED] = "white space after a value",
	[NUMBER_ZERO] = "white space after a number (zeros do not lead)",
	[NUMBER_DIGITS] = "a digit, or white space after a number",
	[NUMBER_FRACTION] = "a digit, or white space after a number",
	[NUMBER_EXPONENT] = "a digit, or white space after a number" };

static int
is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static int
push(struct json *j, int object)
{
	size_t byte = j->depth / 8;
	unsigned bit = 1u << j->depth % 8;

	if (byte == j->stack.len && buf_addc(&j->stack, 0) == -1)
		return -1;
	j->stack.data[byte] = (char)((j->stack.data[byte] & ~bit) | (object ? bit : 0));
	j->depth++;
	return 0;
}

static int
in_object(const struct json *j)
{
	size_t level = j->depth - 1;

	return (unsigned char)j->stack.data[level / 8] >> level % 8 & 1;
}

/* Begins a value with c. Returns 1; 0 if c begins none; -1 without memory. */
static int
begin(struct json *j, unsigned char c)
{
	j->sub = 1;
	j->name = 0;
	switch (c) {
	case '{':
		j->state = FIRST_NAME;
		return push(j, 1) == -1 ? -1 : 1;
	case '[':
		j->state = FIRST_VALUE;
		return push(j, 0) == -1 ? -1 : 1;
	case '"':
		j->state = STRING;
		return 1;
	case 't':
		j->state = LITERAL_TRUE;
		return 1;
	case 'f':
		j->state = LITERAL_FALSE;
		return 1;
	case 'n':
		j->state = LITERAL_NULL;
		return 1;
	case '-':
		j->state = NUMBER_MINUS;
		return 1;
	case '0':
		j->state = NUMBER_ZERO;
		return 1;
	default:
		if (!is_digit(c))
			return 0;
		j->state = NUMBER_DIGITS;
		return 1;
	}
}

/*
 * Takes the first byte of a character of two to four bytes (RFC 3629, section 4). Returns 1, or 0
 * if c is none.
 */
static int
utf8_begin(struct json *j, unsigned char c)
{
	unsigned more, low = 0x80, high = 0xBF;

	if (c >= 0xC2 && c <= 0xDF) {
		more = 1;
	} else if (c >= 0xE0 && c <= 0xEF) {
		more = 2;
		if (c == 0xE0)
			low = 0xA0;
		if (c == 0xED)
			high = 0x9F;
	} else if (c >= 0xF0 && c <= 0xF4) {
		more = 3;
		if (c == 0xF0)
			low = 0x90;
		if (c == 0xF4)
			high = 0x8F;
	} else {
		return 0;
	}
	j->state = UTF8;
	j->sub = more | low << 8 | high << 16;
	j->back = 1;
	return 1;
}

static int
utf8_next(struct json *j, unsigned char c)
{
	unsigned more = j->sub & 0xFF;

	if (c < (j->sub >> 8 & 0xFF) || c > (j->sub >> 16))
		return 0;
	j->sub = (more - 1) | 0x80u << 8 | 0xBFu << 16;
	j->back = more > 1 ? j->back + 1 : 0;
	if (more == 1)
		j->state = STRING;
	return 1;
}

/*
 * Takes a byte after the first one of a number. Returns 1 if the byte belongs to the number, or 0.
 */
static int
number(struct json *j, unsigned char c)
{
	switch (j->state) {
	case NUMBER_MINUS:
		if (!is_digit(c))
			return 0;
		j->state = c == '0' ? NUMBER_ZERO : NUMBER_DIGITS;
		return 1;
	case NUMBER_DIGITS:
		if (is_digit(c))
			return 1;
		/* FALLTHROUGH */
	case NUMBER_ZERO:
		if (c == '.') {
			j->state = NUMBER_DOT;
			return 1;
		}
		break;
	case NUMBER_DOT:
		if (!is_digit(c))
			return 0;
		j->state = NUMBER_FRACTION;
		return 1;
	case NUMBER_FRACTION:
		if (is_digit(c))
			return 1;
		break;
	case NUMBER_E:
		if (c == '+' || c == '-') {
			j->state = NUMBER_SIGN;
			return 1;
		}
		/* FALLTHROUGH */
	case NUMBER_SIGN:
	case NUMBER_EXPONENT:
		if (!is_digit(c))
			return 0;
		j->state = NUMBER_EXPONENT;
		return 1;
	default:
		return 0;
	}
	if (c == 'e' || c == 'E') {
		j->state = NUMBER_E;
		return 1;
	}
	return 0;
}

/*
 * Returns how many bytes of p[0, n) come before the first that is not a plain character of a
 * string: a quote, a backslash, a control byte or a byte above 0x7F.
 */
static size_t
plain(const unsigned char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; n - i >= 16; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		/* As signed numbers, bytes above 0x7F are below 0x20. */
		__m128i stop = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
		    _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
		        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
		unsigned found = (unsigned)_mm_movemask_epi8(stop);

		if (found != 0)
			return i + (size_t)__builtin_ctz(found);
	}
#endif
	for (; i < n; i++)
		if (p[i] < 0x20 || p[i] == '"' || p[i] == '\\' || p[i] > 0x7F)
			break;
	return i;
}

/*
 * Takes one byte of a string, after its opening quote. Returns 1; 2 if the string is complete; 0 if
 * the byte is wrong.
 */
static int
string(struct json *j, unsigned char c)
{
	switch (j->state) {
	case ESCAPE:
		j->state = c == 'u' ? HEX : STRING;
		j->sub = 4;
		return c != '\0' && strchr("\"\\/bfnrtu", c) != NULL;
	case HEX:
		if (--j->sub == 0)
			j->state = STRING;
		return num_hex((char)c) >= 0;
	case UTF8:
		return utf8_next(j, c);
	default:
		if (c == '"')
			return 2;
		if (c == '\\') {
			j->state = ESCAPE;
			return 1;
		}
		return c > 0x7F ? utf8_begin(j, c) : c >= 0x20;
	}
}

/*
 * Takes one byte of what is between values. Returns 1; 2 if an object or array is complete; 0 if
 * the byte is wrong; -1 without memory.
 */
static int
between(struct json *j, unsigned char c)
{
	switch (j->state) {
	case FIRST_VALUE:
		if (c == ']')
			break;
		/* FALLTHROUGH */
	case VALUE:
		return begin(j, c);
	case FIRST_NAME:
		if (c == '}')
			break;
		/* FALLTHROUGH */
	case NAME:
		if (c != '"')
			return 0;
		j->state = STRING;
		j->name = 1;
		return 1;
	case COLON:
		j->state = VALUE;
		return c == ':';
	default: /* AFTER */
		if (c == ',') {
			j->state = in_object(j) ? NAME : VALUE;
			return 1;
		}
		if (c != (in_object(j) ? '}' : ']'))
			return 0;
	}
	j->depth--;
	return 2;
}

/* Notes what was expected in the state instead of the byte that came, or of the end. */
static enum json_verdict
wrong(struct json *j, int state)
{
	if (state >= SCALAR_ENDED && (j->depth > 0 || j->inside))
		state = AFTER;
	j->wrong = expected[state];
	j->not_utf8 = state == UTF8;
	return JSON_WRONG;
}

void
json_reset(struct json *j)
{
	j->stack.len = 0;
	j->depth = 0;
	j->state = VALUE;
	j->sub = 0;
	j->name = 0;
	j->not_utf8 = 0;
	j->back = 0;
	j->wrong = NULL;
}

void
json_free(struct json *j)
{
	buf_free(&j->stack);
	json_reset(j);
}

enum json_verdict
json_scan(struct json *j, const char *data, size_t len, size_t *used)
{
	const unsigned char *p = (const unsigned char *)data;
	size_t i = 0;

	while (i < len) {
		unsigned char c = p[i];
		int was = j->state, got;

		*used = i;
		if (was >= STRING && was <= UTF8) {
			if (was == STRING && (i += plain(p + i, len - i)) == len)
				break;
			*used = i;
			if (was == STRING && p[i] > 0x7F)
				was = UTF8; /* what a message should name */
			got = string(j, p[i]);
			if (got == 2 && j->name) {
				j->state = COLON;
				got = 1;
			}
		} else if (was >= LITERAL_TRUE && was <= LITERAL_NULL) {
			const char *text = literals[was - LITERAL_TRUE];

			got = c == (unsigned char)text[j->sub++];
			if (got && text[j->sub] == '\0')
				j->state = j->depth > 0 ? AFTER : SCALAR_ENDED;
		} else if (was >= NUMBER_MINUS) {
			got = number(j, c);
			if (!got && was >= SCALAR_ENDED) {
				if (j->depth > 0) {
					j->state = AFTER;
					continue; /* now c is judged by the object or array around the scalar */
				}
				if (is_space(c) || c == '{' || c == '[' || c == '"')
					return JSON_DONE;
				if (j->inside && (c == ',' || c == ']' || c == '}'))
					return JSON_DONE;
			}
		} else if (is_space(c) && (was != VALUE || j->depth > 0)) {
			got = 1;
		} else {
			got = between(j, c);
		}
		i++;
		if (got == 0)
			return wrong(j, was);
		if (got == -1)
			return JSON_NOMEM;
		if (got == 2) {
			if (j->depth == 0) {
				*used = i;
				return JSON_DONE;
			}
			j->state = AFTER;
		}
	}
	*used = len;
	return JSON_MORE;
}

enum json_verdict
json_end(struct json *j)
{
	if (j->depth == 0 && j->state >= SCALAR_ENDED)
		return JSON_DONE;
	return wrong(j, j->state);
}

int
json_quote(struct buf *out, const char *data, size_t len)
{
	int bad = buf_addc(out, '"');

	for (size_t i = 0, n; i < len && bad == 0; i += n) {
		uint32_t c;

		if ((n = utf8_decode(data + i, len - i, &c)) == 0) {
			bad = buf_adds(out, "\xEF\xBF\xBD");
			n = 1;
		} else if (c == '"' || c == '\\') {
			bad = buf_addf(out, "\\%c", (char)c);
		} else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
			bad = buf_addf(out, "\\u%04x", (unsigned)c);
		} else {
			bad = buf_add(out, data + i, n);
		}
	}
	return bad != 0 ? -1 : buf_addc(out, '"');
}
