#ifndef JSON_H
#define JSON_H

/*
 * json: checks JSON texts (RFC 8259) and finds the end of each, incrementally and without building
 * anything; writes strings, and texts without white space.
 *
 * Strict: the grammar of RFC 8259 with strings in valid UTF-8 (RFC 3629), no control bytes in
 * strings, no leading zeros, no byte order mark. Escapes of lone surrogates (\uD800) are
 * grammatical and pass. Depth is bounded only by the length of the text: one bit a level.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json {
	/*
	 * Set by the caller, and kept by json_reset: 1: the value is an element or a member's
	 * value, so ',', ']' and '}' end a number too.
	 */
	int inside;
	struct buf stack;  /* private: one bit a level, object or array */
	size_t depth;      /* private */
	int state;         /* private */
	uint32_t sub;      /* private: progress within an escape, a literal or a UTF-8 character */
	int name;          /* private: the open string is a member's name */
	int not_utf8;      /* after JSON_WRONG, 1: a string is not UTF-8; the fault is the character that begins ... */
	unsigned back;     /* ... this number of bytes before *used. Else 0; private before JSON_WRONG */
	const char *wrong; /* after JSON_WRONG: what was expected ("a ':' after a member's name"), static */
};

enum json_verdict {
	JSON_MORE,  /* the value is not complete at the end of the bytes */
	JSON_DONE,  /* the value is complete */
	JSON_WRONG, /* not JSON at byte *used */
	JSON_NOMEM  /* no memory for the depth */
};

/* Makes the struct ready for the next value; keeps its memory. A struct of zeros is ready. */
void json_reset(struct json *);
void json_free(struct json *);

/*
 * Goes on over data[0, len), the bytes that follow those of earlier calls. A value begins with its
 * first byte: the caller skips white space before it. Returns the verdict, and sets *used: after
 * JSON_DONE to the number of bytes of data that belong to the value, after JSON_WRONG to the offset
 * of the wrong byte.
 *
 * A number, true, false or null that is not within another value ends before the first byte that
 * cannot belong to it. That byte must be white space, '{', '[' or '"' (with `inside` it may be ',',
 * ']' or '}', too), else the verdict is JSON_WRONG ("12true"). If such a value reaches the end of
 * data, the verdict is JSON_MORE. Any byte may follow an object, an array or a string: it belongs
 * to the next value. After a verdict other than JSON_MORE, json_reset must be called before the
 * next call.
 */
enum json_verdict json_scan(struct json *, const char *data, size_t len, size_t *used);

/*
 * Must be called when the input has ended. Returns JSON_DONE if the value is complete as it is (a
 * number, for instance), else JSON_WRONG.
 */
enum json_verdict json_end(struct json *);

/*
 * Returns 1 if data[0, len) is one JSON text, with or without white space around it; 0 if not; -1
 * with errno ENOMEM. levels is memory that the function uses; the caller gives the same buffer to
 * each call, so that it is allocated only once. The grammar is json_scan's, but bytes above 0x7F in
 * strings need not be valid UTF-8.
 */
int json_valid(const char *data, size_t len, struct buf *levels);

/*
 * Looks for a value that is whole in data[0, len), len > 0, and begins with its first byte. Returns
 * 1, and sets *used to its length, if it is JSON as json_scan has it; 0 if it is not, or is not
 * known to be whole (only json_scan tells which, and goes on over more bytes); -1 with errno
 * ENOMEM. A number, true, false or null counts only if white space, ',', ']' or '}' follows.
 * levels: as of json_valid. It is several times faster than json_scan.
 */
int json_value(const char *data, size_t len, struct buf *levels, size_t *used);

/*
 * Appends the JSON text data[0, len) without the white space that is outside of its strings.
 * Returns 0, or -1 with errno ENOMEM. Bytes that are not JSON lose white space, too.
 */
int json_compact(struct buf *out, const char *data, size_t len);

/*
 * Appends data[0, len) as a JSON string with its quotes. JSON has only characters: each byte that
 * is not part of valid UTF-8 becomes U+FFFD. Returns 0, or -1 with errno ENOMEM.
 */
int json_quote(struct buf *, const char *data, size_t len);

#endif
