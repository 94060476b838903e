#ifndef JSON_H
#define JSON_H

/*
 * json: checks JSON texts (RFC 8259) and finds where each ends, incrementally, without building anything; writes strings.
 *
 * Strict: the grammar of RFC 8259 with strings in valid UTF-8 (RFC 3629), no control bytes in strings, no leading zeros, no
 * byte order mark. Escapes of lone surrogates (\uD800) are grammatical and pass. Depth is bounded only by the length of the
 * text: one bit a level.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
	struct buf stack;  /* private: one bit a level, object or array */
	size_t depth;      /* private */
	int state;         /* private */
	uint32_t sub;      /* private: progress within an escape, a literal or a UTF-8 character */
	int name;          /* private: the open string is a member's name */
	int not_utf8;      /* after JSON_WRONG: a string is not UTF-8 there; the fault is the character that begins ... */
	unsigned back;     /* ... so many bytes before *used. 0 before, and private until then */
	const char *wrong; /* after JSON_WRONG: what was expected, a static string such as "a ':' after a member's name" */
};

enum json_verdict {
	JSON_MORE,  /* the value is not complete at the end of the bytes */
	JSON_DONE,  /* the value is complete */
	JSON_WRONG, /* not JSON at byte *used */
	JSON_NOMEM
};

/* Makes ready for the next value; keeps allocated memory. A struct of zeros is ready. */
void json_reset(struct json *);
void json_free(struct json *);

/*
 * Goes on over data[0, len), the bytes that follow those of earlier calls; the first byte of a value is its first byte
 * (white space before it is the caller's). *used: bytes of data that belong to the value (JSON_DONE), or the offset of the
 * wrong byte. A number, true, false or null that stands alone ends before the byte that cannot belong to it, which must be
 * white space, '{', '[' or '"', else JSON_WRONG ("12true"); while such a value stands at the end of data the verdict is
 * JSON_MORE. Any byte may follow an object, an array or a string: it is the next value's. Not to be called again after
 * another verdict than JSON_MORE, without json_reset.
 */
enum json_verdict json_scan(struct json *, const char *data, size_t len, size_t *used);

/* At the end of the input: JSON_DONE where the value is complete as it stands (a number, for instance), else JSON_WRONG. */
enum json_verdict json_end(struct json *);

/*
 * Whether data[0, len) is one JSON text, with white space around it or not: 1 or 0; -1 with ENOMEM. levels is memory to be used again.
 * The grammar is json_scan's, but bytes above 0x7F in strings may be any, valid UTF-8 or not: they do not change what else is there.
 */
int json_valid(const char *data, size_t len, struct buf *levels);

/*
 * Appends data[0, len) as a JSON string with its quotes. JSON has only characters: each byte that is not part of valid UTF-8
 * becomes U+FFFD. Returns 0, or -1 with errno ENOMEM.
 */
int json_quote(struct buf *, const char *data, size_t len);

#endif
