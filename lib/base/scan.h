#ifndef SCAN_H
#define SCAN_H

/*
 * scan: finds bytes and strings in memory, fast.
 *
 * Every function has three ways, AVX2, SSE2 and plain C. The best one that the processor has is
 * chosen once, at run time; scan_choose forces another (REC_SCAN, see env.h). No function reads a
 * byte outside of the memory that it is given. Only scan_text_init allocates or fails.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Chooses the way: wish ("avx2", "sse2" or "plain"), or the best if the processor does not have
 * that or wish is NULL. Returns the name of the way, a static string. If no way has been chosen,
 * the first call of any other function chooses the best.
 */
const char *scan_choose(const char *wish);

/* Returns the name of the way in use, a static string. */
const char *scan_way(void);

/*
 * Finds the bytes c in data[0, len) and stores base + the offset of each in at[0, max), in order,
 * until the array is full. Returns the number that it stored. Sets *used to the number of bytes of
 * data that it is done with: len if all were found, else the offset after the last one stored (0 if
 * max is 0), from which a caller whose array was full goes on. base + len must fit 32 bits. The
 * entries of at[0, max) that were not stored hold nothing of use afterwards.
 */
size_t scan_bytes(const char *data, size_t len, char c, uint32_t base, uint32_t *at, size_t max, size_t *used);

/* Returns the number of bytes of data[0, len) that equal c. */
size_t scan_count(const char *data, size_t len, char c);

/*
 * Returns the offset of the first byte c in data[from, len), or len if there is none or from is
 * above len.
 */
size_t scan_byte(const char *data, size_t len, size_t from, char c);

/* A text made ready to be searched for. */
struct scan_text {
	char *text;           /* owned copy; in lower case if ignore_case is set */
	size_t len;
	size_t rare1, rare2;  /* offsets in text of the two bytes that are tried first: the rarest by a table */
	int ignore_case;      /* ASCII letters match either case; other bytes only themselves */
};

/*
 * Makes text[0, len) ready to be searched for; the text is copied. Returns 0, or -1 with errno
 * ENOMEM. scan_text_free frees the memory.
 */
int scan_text_init(struct scan_text *, const char *text, size_t len, int ignore_case);
void scan_text_free(struct scan_text *);

/*
 * Returns the offset of the first occurrence of the text that is wholly within data[from, len), or
 * SIZE_MAX if there is none. A text of no bytes occurs at from, unless from is above len. Method:
 * W. Mula, "SIMD-friendly algorithms for substring searching" (2016): two bytes of the text are
 * compared at every offset of a vector at once, and the rest is compared only at offsets at which
 * both agree; here the two are the rarest bytes, not the first and the last. The time is linear in
 * len for usual data, and at worst len times the length of the text.
 */
size_t scan_text(const struct scan_text *, const char *data, size_t len, size_t from);

/* Returns how rare the byte is in usual text, by a table: 0 for the most usual one. */
size_t scan_rarity(char c);

/*
 * Returns the first i in [from, count) with ends[i] >= end, or count if there is none: the record
 * of a block in which something that ends at end was found. ends[] never decreases. An i near from
 * is found in few steps.
 */
static inline size_t
scan_ends(const uint32_t *ends, size_t from, size_t count, size_t end)
{
	size_t low = from, high, step = 1;

	/* Entries below low end before end; entry high, if there is one, does not. */
	for (high = from; high < count && ends[high] < end; step *= 2) {
		low = high + 1;
		high = count - high > step ? high + step : count;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ends[middle] < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
