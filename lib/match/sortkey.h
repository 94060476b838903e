#ifndef SORTKEY_H
#define SORTKEY_H

/*
 * sortkey: what records are sorted by: parts of a record (range.h), each with letters after a colon
 * that say how it is compared, as those of sort(1): ".customer .price:nr".
 *
 *   no letter  values of JSON as jq(1) compares them: null, false, true, numbers, strings, arrays,
 *              objects; any other part byte by byte
 *   n          a decimal number, exact whatever its length: blanks, a sign, digits, a point and
 *              digits, an exponent; what follows is ignored, and 0 is the value of what is none
 *   h          a size: a number without an exponent, and perhaps a unit: K (or k), M, G, T, P, E,
 *              Z, Y, R, Q. A larger unit is more, whatever the numbers
 *   V          a version, as "sort -V" of GNU compares them
 *   t          a time of ISO 8601 (timestamp.h); a text that is none is before all times
 *   f          the letters a to z count as A to Z
 *   r          reversed
 *
 * Numbers of JSON are exact, too. A part that a record does not have is before an empty one; null
 * is a value of JSON that is not there. Without parts the whole record is the key. The whole
 * record, *, is always there, also with no bytes.
 *
 * A record's key is made into bytes: the order of the keys is the order of their bytes, whatever
 * the letters. So a sort reads each record once, and compares memory.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "match/range.h"

struct sortkey_part;
struct sortkey_member;

/* A struct of zeros has no parts. */
struct sortkey {
	struct range range;
	int plain; /* to be read, 1: the key is a view of the record, or one part of it, whose bytes are the key */
	int flip;  /* to be read, 1: keys are in the reversed order of their bytes; only if plain */

	uint64_t untimed; /* to be read: of how many parts with the letter t that are not empty none is a time */

	/* private */
	struct sortkey_part *parts; /* of each part of the range */
	struct buf scratch;         /* a string of JSON that was decoded */
	struct buf names;           /* of members */
	struct sortkey_member *members;
	size_t members_count, members_room;
};

/*
 * Takes the words of the keys: those of a range, each part with its letters or without, and commas
 * between them or not. separator: of fields (range_fields); NULL: the usual one. Returns 0, or -1
 * with a line in error. To be called once.
 */
int sortkey_parse(struct sortkey *, const char *separator, char *const words[], size_t count, struct buf *error);

/* Binds the keys to the table of the records that follow, as range_table does. */
int sortkey_table(struct sortkey *, const struct table *, struct buf *error);

/* Returns 1 if a part is a path that begins with a name, such as .price, or 0. */
int sortkey_names(const struct sortkey *);

/*
 * Sets key to the key of the record data[0, len): if plain, bytes within the record, or NULL if the
 * part is not there; else, and also if a plain part had to be unescaped, bytes in made, whose
 * former ones are dropped. Valid as long as both are. Returns 0, or -1 with errno ENOMEM.
 */
int sortkey_make(struct sortkey *, const char *data, size_t len, struct buf *made, struct range_view *key);

/* Frees all memory; the struct is one of zeros again. */
void sortkey_free(struct sortkey *);

/*
 * Returns 8 bytes of the key from `from` on as a number: keys that are equal before that, and have
 * different numbers, are in the order of these.
 */
static inline uint64_t
sortkey_prefix(const struct sortkey *k, const char *data, size_t len, size_t from)
{
	uint64_t word = 0;

	if (len >= from + sizeof word)
		memcpy(&word, data + from, sizeof word);
	else if (len > from)
		memcpy(&word, data + from, len - from);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return k->flip ? ~word : word;
}

/*
 * Returns 0 if the number of sortkey_prefix from `from` on says all about the key after that: of
 * two such keys with one number, the bytes are the same. Else returns 1. data NULL: the part is not
 * there.
 */
static inline int
sortkey_more(const struct sortkey *k, const char *data, size_t len, size_t from)
{
	if (data == NULL || len > from + sizeof(uint64_t))
		return 1;
	/* Zeros at the end are not seen in the number. Made keys tell their ends. */
	return k->plain && len > from && data[len - 1] == '\0';
}

/*
 * Compares two keys that are equal up to `from`. Returns a number below 0, 0, or above. data NULL:
 * the part is not there.
 */
static inline int
sortkey_compare(const struct sortkey *k, const struct range_view *a, const struct range_view *b, size_t from)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int order = n > from ? memcmp(a->data + from, b->data + from, n - from) : 0;

	if (order == 0)
		order = (a->len > b->len) - (a->len < b->len);
	if (order == 0)
		order = (a->data != NULL) - (b->data != NULL);
	return k->flip ? -order : order;
}

#endif
