/* env: see env.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "record/block.h"
#include "record/env.h"

/*
 * Payload bytes of a usual block. Measured over pipes of 1 MiB, on a machine with 1 MiB of
 * second-level cache for each core: a process reads what the one before it has just written while
 * that is still in the cache. Larger and smaller blocks were slower.
 */
#define USUAL (128 * 1024)

/*
 * Bytes of a stream before a ring is made: small streams do not pay for one (about 1 ms, on both
 * sides together).
 */
#define HOP_AFTER (4 * 1024 * 1024)

static int
size_from(const char *name, uint64_t least, uint64_t most, uint64_t *value, const char **wrong)
{
	static char line[256];
	const char *text = getenv(name);

	if (text == NULL || *text == '\0')
		return 0;
	if (num_size(text, most, value) == 0 && *value >= least)
		return 0;
	snprintf(line, sizeof line, "%s: %.100s: not a size from %llu to %llu, such as %s", name, text,
	    (unsigned long long)least, (unsigned long long)most, most > 65536 ? "64K" : "8");
	*wrong = line;
	return -1;
}

const struct env *
env_get(const char **wrong)
{
	static struct env env;
	static int known;
	uint64_t block = USUAL, record = UINT64_C(64) << 20, hop = HOP_AFTER, ring = 8;
	const char *sum = getenv("REC_CHECKSUM"), *scan = getenv("REC_SCAN");

	if (known)
		return &env;
	env.checksum = -1;
	if (sum != NULL && *sum != '\0') {
		if ((*sum != '0' && *sum != '1') || sum[1] != '\0') {
			*wrong = "REC_CHECKSUM: 0 or 1 is expected";
			return NULL;
		}
		env.checksum = *sum - '0';
	}
	env.scan = NULL;
	if (scan != NULL && *scan != '\0') {
		if (strcmp(scan, "avx2") != 0 && strcmp(scan, "sse2") != 0 && strcmp(scan, "plain") != 0) {
			*wrong = "REC_SCAN: avx2, sse2 or plain is expected";
			return NULL;
		}
		env.scan = scan;
	}
	if (size_from("REC_MAX", 1, BLOCK_RECORD_MAX, &record, wrong) < 0 ||
	    size_from("REC_BLOCK", 1, BLOCK_USUAL - 64, &block, wrong) < 0 ||
	    size_from("REC_HOP", 0, UINT64_MAX / 4, &hop, wrong) < 0 ||
	    size_from("REC_RING", 1, 1024, &ring, wrong) < 0)
		return NULL;
	env.record_max = record;
	env.block = (size_t)block;
	env.hop = hop;
	env.ring = (size_t)ring;
	/* Small blocks get small slots, so that tests see blocks that do not fit. */
	env.slot = block < USUAL ? BLOCK_HEAD + 2 * ((size_t)block + block_pad((size_t)block)) : BLOCK_USUAL;
	known = 1;
	return &env;
}
