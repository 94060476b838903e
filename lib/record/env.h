#ifndef ENV_H
#define ENV_H

/*
 * env: the environment variables that every command obeys (rec(7), ENVIRONMENT).
 */

#include <stddef.h>
#include <stdint.h>

struct env {
	uint64_t record_max; /* REC_MAX: bytes of a record, at most. 64 MiB unless set; at most BLOCK_RECORD_MAX */
	size_t block;        /* REC_BLOCK: payload bytes of a usual block, 1 to 262,080, for tests and tuning */
	uint64_t hop;        /* REC_HOP: bytes through a pipe before a ring is offered; 0: never. 4 MiB unless set */
	size_t ring;         /* REC_RING: slots of a ring, 1 to 1,024, for tests and tuning. 8 unless set */
	size_t slot;         /* bytes of a slot: what a usual block takes */
	const char *scan;    /* REC_SCAN: "avx2", "sse2" or "plain", for scan_choose; NULL unless set */
	int checksum;        /* REC_CHECKSUM: 1 or 0 for all streams; -1 unless set: only outside of pipes */
};

/*
 * Returns the settings, which are read from the environment at the first call. If a variable's
 * value is wrong, returns NULL and sets *wrong to a line that names it ("REC_MAX: 12x: not a size
 * such as 64M"). Both are static.
 */
const struct env *env_get(const char **wrong);

#endif
