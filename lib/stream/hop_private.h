#ifndef HOP_PRIVATE_H
#define HOP_PRIVATE_H

/*
 * hop_private: private to hop_*.c: the blocks by which the two sides of a hop speak through the
 * pipe (rec-stream(5)). Integers are little-endian, as in all blocks.
 *
 *   offer    pid, number of the ring's memfd, number of the back pipe's write end, 0 (4 bytes
 *            each); the token (16); device and inode of the pipe (8 each)
 *   switch   the token (16); 0 into the ring, 1 back to the pipe (1 byte); zeros (7)
 *   wake     nothing
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "record/block.h"
#include "shm/ring.h"

enum {
	HOP_OFFER_SIZE = 48,
	HOP_SWITCH_SIZE = 24,
	HOP_CONTROL = BLOCK_HEAD + HOP_OFFER_SIZE /* bytes of the longest such block */
};

/* Writes a whole block into `to`. Returns its length. */
static inline size_t
hop_wire_block(unsigned char *to, enum block_kind kind, const unsigned char *payload, size_t size)
{
	struct block b = { .kind = kind, .flags = BLOCK_SUMMED, .size = (uint32_t)size,
		.payload = (char *)(uintptr_t)payload };

	if (size > 0)
		memcpy(to + BLOCK_HEAD, payload, size); /* each size is a multiple of 8: no padding */
	block_put(&b, to, NULL);
	return BLOCK_HEAD + size;
}

static inline void
hop_wire_put(unsigned char *to, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (unsigned char)(n >> (8 * i));
}

static inline uint64_t
hop_wire_get(const unsigned char *from, int bytes)
{
	uint64_t n = 0;

	for (int i = 0; i < bytes; i++)
		n |= (uint64_t)from[i] << (8 * i);
	return n;
}

static inline void
hop_wire_offer(unsigned char to[HOP_OFFER_SIZE], uint32_t pid, uint32_t memory, uint32_t back,
    const unsigned char *token, uint64_t device, uint64_t inode)
{
	hop_wire_put(to, pid, 4);
	hop_wire_put(to + 4, memory, 4);
	hop_wire_put(to + 8, back, 4);
	memcpy(to + 16, token, RING_TOKEN);
	hop_wire_put(to + 32, device, 8);
	hop_wire_put(to + 40, inode, 8);
}

#endif
