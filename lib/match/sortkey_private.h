#ifndef SORTKEY_PRIVATE_H
#define SORTKEY_PRIVATE_H

/*
 * sortkey_private: private to sortkey*.c. A key of several parts, or of one that is no plain bytes,
 * is the encodings of its parts, one after another. No encoding is the beginning of another one of
 * the same kind, so the first byte that differs decides, and a reversed part is one whose bytes are
 * all complemented. Each begins with a byte that is 0 only if the part is not there.
 *
 * Each function appends one to the buffer, and returns 0, or -1 with errno ENOMEM.
 */

#include "match/sortkey.h"

enum {
	SORTKEY_NUMERIC = 1,
	SORTKEY_REVERSED = 2,
	SORTKEY_FOLDED = 4,
	SORTKEY_VERSION = 8,
	SORTKEY_TIME = 16,
	SORTKEY_HUMAN = 32
};

struct sortkey_part {
	unsigned letters;
	enum range_way way; /* how the part is found; RANGE_FIELD ... */
	char separator;
	uint32_t n;
	int json;  /* 1: it is a value of JSON */
	int whole; /* 1: it is the record */
};

/* A member of an object. */
struct sortkey_member {
	size_t name, name_len; /* in sortkey.names */
	const char *value;     /* as it is written */
	size_t order;          /* its place in the object */
};

/* A string: its bytes, with letters folded or not, and an end. */
int sortkey_put_string(struct buf *, const char *data, size_t len, unsigned letters);

/*
 * The decimal number at the beginning of the text, or 0. All exponents beyond 10^18 count as one.
 */
int sortkey_put_number(struct buf *, const char *data, size_t len);

/* The unit, of which K is 1, and then the number; a unit of 0 counts for nothing. */
int sortkey_put_human(struct buf *, const char *data, size_t len);

int sortkey_put_version(struct buf *, const char *data, size_t len);
/* Returns 1 if the text is no time. */
int sortkey_put_time(struct buf *, const char *data, size_t len);

/* A value of JSON, other than a string and null. */
int sortkey_put_json(struct sortkey *, struct buf *, const char *data, size_t len, unsigned letters);

/* The tag before a string of JSON; the others are in sortkey_json.c. */
enum { SORTKEY_JSON_STRING = 5 };

#endif
