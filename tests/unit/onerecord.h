#ifndef UNIT_ONERECORD_H
#define UNIT_ONERECORD_H

/*
 * onerecord: a data block of one record, for tests of what judges or checks whole blocks.
 */

#include "record/block.h"

/* Returns the block. It borrows data and *end, which becomes the record's length. */
static inline struct block
onerecord(const char *data, size_t len, uint64_t position, uint32_t *end)
{
	*end = (uint32_t)len;
	return (struct block){ .kind = BLOCK_DATA,
		.count = 1,
		.base = position,
		.size = *end,
		.payload = (char *)(uintptr_t)data,
		.ends = end };
}

#endif
