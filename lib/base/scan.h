#ifndef SCAN_H
#define SCAN_H

/*
 * scan: find bytes and strings in memory, fast.
 *
 * Every function has an AVX2, an SSE2 and a plain C way, chosen once at run time by what the processor has
 * (scan_choose forces one: REC_SCAN, see env.h). No function reads a byte outside of the
 * memory that it is given, allocates (but scan_text_init), or fails.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Chooses the way anew and returns its name: wish ("avx2", "sse2" or "plain") if the processor has it, else the best. The first call of
 * any other function chooses the best by itself.
 */
const char *scan_choose(const char *wish);

/* The name of the way. */
const char *scan_way(void);

/*
 * Finds each byte c in data[0, len) and stores base + its offset in at[], in order, at most max of them.
 * Returns how many it stored, and in *used how many bytes of data it is done with: len if all were found, else the
 * offset behind the last byte stored (so that a caller whose array was full goes on from there; 0 where max is 0).
 * base + len must fit 32 bits. Behind those stored, the rest of at[0, max) holds nothing of use afterwards.
 */
size_t scan_bytes(const char *data, size_t len, char c, uint32_t base, uint32_t *at, size_t max, size_t *used);

/* How many bytes of data[0, len) equal c. */
size_t scan_count(const char *data, size_t len, char c);

/* The offset of the first byte c in data[from, len), or len if there is none (or from is beyond len). */
size_t scan_byte(const char *data, size_t len, size_t from, char c);

/* A text made ready for searching. */
struct scan_text {
	char *text;           /* owned copy; in lower case where ignore_case is set */
	size_t len;
	size_t rare1, rare2;  /* offsets in text of the two bytes that are tried first: the rarest by a table of usual frequencies */
	int ignore_case;      /* ASCII letters match either case; other bytes only themselves */
};

/* Copies text[0, len). Returns 0, or -1 with errno ENOMEM. scan_text_free gives the memory back. */
int scan_text_init(struct scan_text *, const char *text, size_t len, int ignore_case);
void scan_text_free(struct scan_text *);

/*
 * The offset of the first occurrence that lies wholly within data[from, len), or SIZE_MAX if there is none.
 * A text of no bytes occurs at from, unless that is beyond len. Method: W. Mula, "SIMD-friendly algorithms for substring searching" (2016): two
 * bytes of the text are compared at every offset of a vector at once, the rest only where both agree; here the two are
 * the rarest ones instead of the first and the last. Time is linear in len for usual data; at worst len times text length.
 */
size_t scan_text(const struct scan_text *, const char *data, size_t len, size_t from);

/* How rare the byte is in usual text, by a table: 0 the most usual. */
size_t scan_rarity(char c);

/*
 * Which record of a block a find belongs to: the first i in [from, count) for which ends[i], never decreasing, is end or more; count
 * if there is none. Near ones are found in few steps.
 */
static inline size_t
scan_ends(const uint32_t *ends, size_t from, size_t count, size_t end)
{
	size_t low = from, high, step = 1;

	/* What is before low ends before end; high, where it exists, does not. */
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
