/* ere_set: see ere_set.h. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "match/ere_set.h"

enum {
	LAST = 0x10FFFF,
	CASED = 0x1FFFF, /* no letters above this have two cases */
	SURROGATES = 0xD800,
	SURROGATES_END = 0xDFFF
};

static const struct {
	const char *name;
	int (*byte)(int);
	int (*wide)(wint_t);
} classes[ERE_CLASSES] = {
	{ "alnum", isalnum, iswalnum },
	{ "alpha", isalpha, iswalpha },
	{ "blank", isblank, iswblank },
	{ "cntrl", iscntrl, iswcntrl },
	{ "digit", isdigit, iswdigit },
	{ "graph", isgraph, iswgraph },
	{ "lower", islower, iswlower },
	{ "print", isprint, iswprint },
	{ "punct", ispunct, iswpunct },
	{ "space", isspace, iswspace },
	{ "upper", isupper, iswupper },
	{ "xdigit", isxdigit, iswxdigit },
};

int
ere_set_add(struct ere_set *set, uint32_t lo, uint32_t hi)
{
	struct ere_range *last = set->count > 0 ? &set->ranges[set->count - 1] : NULL;

	/* Characters that are added one after another share a range. */
	if (last != NULL && lo == last->hi + 1) {
		last->hi = hi;
		return 0;
	}
	if (set->count == set->cap) {
		size_t cap = set->cap > 0 ? 2 * set->cap : 4;
		struct ere_range *more = reallocarray(set->ranges, cap, sizeof *more);

		if (more == NULL)
			return -1;
		set->ranges = more;
		set->cap = cap;
	}
	set->ranges[set->count++] = (struct ere_range){ lo, hi };
	return 0;
}

int
ere_set_join(struct ere_set *set, const struct ere_set *other)
{
	for (size_t i = 0; i < other->count; i++)
		if (ere_set_add(set, other->ranges[i].lo, other->ranges[i].hi) < 0)
			return -1;
	return 0;
}

static int
by_lo(const void *a, const void *b)
{
	uint32_t x = ((const struct ere_range *)a)->lo, y = ((const struct ere_range *)b)->lo;

	return (x > y) - (x < y);
}

void
ere_set_order(struct ere_set *set)
{
	size_t n = 0;

	if (set->count < 2)
		return;
	qsort(set->ranges, set->count, sizeof set->ranges[0], by_lo);
	for (size_t i = 1; i < set->count; i++) {
		struct ere_range r = set->ranges[i];

		if (r.lo > set->ranges[n].hi + 1)
			set->ranges[++n] = r;
		else if (r.hi > set->ranges[n].hi)
			set->ranges[n].hi = r.hi;
	}
	set->count = n + 1;
}

static uint32_t
lower(uint32_t c, int utf8)
{
	return utf8 ? (uint32_t)towlower((wint_t)c) : (uint32_t)tolower((int)c);
}

static uint32_t
upper(uint32_t c, int utf8)
{
	return utf8 ? (uint32_t)towupper((wint_t)c) : (uint32_t)toupper((int)c);
}

/*
 * Letters that share their counterpart with another letter: the final sigma has that of the sigma,
 * the micro sign that of mu. All letters that belong together match each other. Letters that share
 * an ASCII letter's counterpart (the long s, the sign of Kelvin, the i of Turkish) are left out: so
 * an expression of ASCII matches only ASCII, and its literals can be searched for as bytes.
 */
static const uint32_t shared[] = { 0xB5, 0x1C5, 0x1C8, 0x1CB, 0x1F2, 0x345, 0x3C2, 0x3D0, 0x3D1, 0x3D5, 0x3D6, 0x3F0,
	0x3F1, 0x3F4, 0x3F5, 0x1C80, 0x1C81, 0x1C82, 0x1C83, 0x1C84, 0x1C85, 0x1C86, 0x1C87, 0x1C88, 0x1E9B, 0x1E9E,
	0x1FBE, 0x2126, 0x212B };

size_t
ere_set_find(const struct ere_set *set, uint32_t c)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->ranges[middle].hi < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Returns 1 if the character is in the set, which is in order; else 0. */
static int
holds(const struct ere_set *set, uint32_t c)
{
	size_t at = ere_set_find(set, c);

	return at < set->count && c >= set->ranges[at].lo;
}

/*
 * Adds to `more` the letters of `shared` that belong to one in the set, and the counterparts that
 * they share.
 */
static int
fold_shared(const struct ere_set *set, struct ere_set *more)
{
	for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
		uint32_t one = shared[i], up = upper(one, 1), low = lower(one, 1);
		uint32_t all[] = { one, up, low, upper(low, 1), lower(up, 1) };
		enum { ALL = sizeof all / sizeof all[0] };
		int found = 0;

		for (int k = 0; k < ALL; k++)
			found |= holds(set, all[k]);
		for (int k = 0; k < ALL && found; k++)
			if (ere_set_add(more, all[k], all[k]) < 0)
				return -1;
	}
	return 0;
}

int
ere_set_fold(struct ere_set *set, int utf8)
{
	struct ere_set more = { 0 };
	int result = 0;

	/* One case after the other, so that what is added forms ranges. */
	for (int way = 0; way < 2; way++)
		for (size_t i = 0; i < set->count; i++)
			for (uint32_t c = set->ranges[i].lo; c <= set->ranges[i].hi && c <= CASED && result == 0; c++) {
				uint32_t other = way == 0 ? lower(c, utf8) : upper(c, utf8);

				if (other != c && other <= LAST)
					result = ere_set_add(&more, other, other);
			}
	/* Most sets are of ASCII alone. */
	if (result == 0 && utf8 && set->count > 0 && set->ranges[set->count - 1].hi >= shared[0])
		result = fold_shared(set, &more);
	if (result == 0)
		result = ere_set_join(set, &more);
	ere_set_free(&more);
	ere_set_order(set);
	return result;
}

int
ere_set_invert(struct ere_set *set, int utf8)
{
	struct ere_set other = { 0 };
	uint32_t next = 0, last = utf8 ? LAST : 255;
	int result;

	if (utf8) {
		if (ere_set_add(set, SURROGATES, SURROGATES_END) < 0)
			return -1;
		ere_set_order(set);
	}
	for (size_t i = 0; i < set->count; i++) {
		if (set->ranges[i].lo > next && ere_set_add(&other, next, set->ranges[i].lo - 1) < 0) {
			ere_set_free(&other);
			return -1;
		}
		next = set->ranges[i].hi + 1;
	}
	result = next <= last ? ere_set_add(&other, next, last) : 0;
	if (result < 0) {
		ere_set_free(&other);
		return -1;
	}
	ere_set_free(set);
	*set = other;
	return 0;
}

int
ere_set_class(const char *name, size_t len)
{
	for (int i = 0; i < ERE_CLASSES; i++)
		if (strlen(classes[i].name) == len && memcmp(classes[i].name, name, len) == 0)
			return i;
	return -1;
}

/*
 * Parts of Unicode, so that not all of its million places are asked for. Nothing is assigned
 * between the third plane and the fourteenth; all private characters are alike, so one of them is
 * asked for a whole plane.
 */
static const struct {
	uint32_t lo, hi;
	int alike;
} parts[] = {
	{ 0, SURROGATES - 1, 0 },
	{ SURROGATES_END + 1, 0x33FFF, 0 },
	{ 0xE0000, 0xE0FFF, 0 },
	{ 0xF0000, 0xFFFFD, 1 },
	{ 0x100000, 0x10FFFD, 1 },
};

int
ere_set_add_class(struct ere_set *set, int index, int utf8)
{
	if (!utf8) {
		for (uint32_t c = 0; c < 256; c++)
			if (classes[index].byte((int)c) && ere_set_add(set, c, c) < 0)
				return -1;
		return 0;
	}
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		for (uint32_t c = parts[i].lo; c <= parts[i].hi; c++) {
			uint32_t last = parts[i].alike ? parts[i].hi : c;

			if (classes[index].wide((wint_t)c) && ere_set_add(set, c, last) < 0)
				return -1;
			c = last;
		}
	return 0;
}

int
ere_set_word(uint32_t c, int utf8)
{
	/* ASCII has the same letters in all locales, and this is asked for each search. */
	if (c < 0x80)
		return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
	return (utf8 ? iswalnum((wint_t)c) : isalnum((int)c)) != 0;
}

void
ere_set_free(struct ere_set *set)
{
	free(set->ranges);
	*set = (struct ere_set){ 0 };
}
