#ifndef SCAN_MANY_H
#define SCAN_MANY_H

/*
 * scan_many: finds the records that contain at least one of several texts, at about the cost of
 * searching for one text.
 *
 * There are two methods. For some dozens of texts, if the processor has SSSE3 or AVX2 (scan_choose
 * forces, as for scan): from each text the three bytes in a row that are likely to be rarest are
 * looked for at every offset of a vector at once, by tables of their nibbles for eight groups of
 * texts; what may be one is compared. That is "Teddy" of Hyperscan (X. Wang et al., "Hyperscan: a
 * fast multi-pattern regex matcher for modern CPUs", NSDI 2019), but for the choice of the three
 * bytes. For more texts, on other processors, and if too much has to be compared: the automaton of
 * A. V. Aho and M. J. Corasick, "Efficient string matching: an aid to bibliographic search" (1975).
 *
 * Time is linear in the data, whatever the texts are and hold. Memory: 256 KiB, and 17 bytes for
 * each byte of the texts while they are made ready, 9 afterwards.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/scan.h"
#include "match/scan_automaton.h"

enum { SCAN_MANY_FRAGMENT = 3, SCAN_MANY_GROUPS = 8 };

struct scan_many {
	const struct scan_text *texts; /* borrowed */
	size_t count;

	/*
	 * private. find, unless it is NULL, goes from window to window, as long as it can without
	 * reading after the data, to the first that may contain something. It returns the place of
	 * that window; mask has the offsets in it at which something may be, groups the groups that
	 * may be there.
	 */
	size_t (*find)(const struct scan_many *, const char *data, size_t size, size_t at, uint64_t *mask,
	    unsigned char groups[64]);
	unsigned char low[SCAN_MANY_FRAGMENT][16];  /* by a low nibble: the groups with such a byte here, as bits */
	unsigned char high[SCAN_MANY_FRAGMENT][16]; /* by its high nibble */
	struct scan_many_text *order;               /* the texts, group by group */
	size_t first[SCAN_MANY_GROUPS + 1];         /* the index at which each group begins */

	struct scan_automaton automaton;
};

/*
 * Makes the struct ready for the texts: at least one, none of them empty, all with the same
 * ignore_case. They are borrowed until scan_many_free. sample[0, len), which may be empty, is some
 * of the data that is going to be searched: bytes that are frequent in it are not used to find a
 * text. Returns 0, or -1 with errno ENOMEM (EOVERFLOW if the texts have more than 2^32 - 2 bytes).
 * The caller frees the struct in either case.
 */
int scan_many_init(struct scan_many *, const struct scan_text *texts, size_t count, const char *sample, size_t len);
void scan_many_free(struct scan_many *);

/*
 * Sets bit i of hits (bits.h) if record i contains one of the texts, and leaves the other bits as
 * they are. Record i is data[start, ends[i]), start 0 for the first and ends[i-1] + gap for the
 * others; all of them lie in data[0, size).
 */
void scan_many_records(const struct scan_many *, const char *data, size_t size, const uint32_t *ends, size_t count,
    size_t gap, uint64_t *hits);

/* Returns 1 if data[0, len), less than 4 GiB, contains one of the texts, or 0. */
int scan_many(const struct scan_many *, const char *data, size_t len);

#endif
