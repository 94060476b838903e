/*
 * queue_frame: heads of segments and frames; see queue_frame.h.
 */

#include <assert.h>
#include <string.h>

#include "base/crc32c.h"
#include "queue/queue_frame.h"

static_assert(sizeof(struct queue_segment_head) == QUEUE_HEAD, "a segment's head has 64 bytes");
static_assert(sizeof(struct queue_frame) == QUEUE_HEAD, "a frame's head has 64 bytes");
static_assert(offsetof(struct queue_frame, lsn) == 8, "members lie alike on all machines");
static_assert(offsetof(struct queue_frame, sum) == 60, "members lie alike on all machines");

static uint32_t
frame_sum(const struct queue_frame *f, uint64_t random)
{
	return crc32c(crc32c(0, &random, sizeof random), f, offsetof(struct queue_frame, sum));
}

void
queue_frame_seal(struct queue_frame *f, uint64_t random)
{
	f->zero = 0;
	f->sum = frame_sum(f, random);
}

int
queue_frame_valid(const struct queue_frame *f, uint64_t random, uint64_t lsn, uint64_t left)
{
	return left >= QUEUE_HEAD && f->lsn == lsn && f->zero == 0 && f->kind > 0 && f->kind < QUEUE_KINDS &&
	    f->size <= left - QUEUE_HEAD && queue_frame_bytes(f->size) <= left && f->sum == frame_sum(f, random);
}

void
queue_frame_seal_segment(struct queue_segment_head *h)
{
	memcpy(h->magic, QUEUE_SEGMENT_MAGIC, sizeof h->magic);
	h->version = QUEUE_VERSION;
	h->zero = h->zeros = 0;
	h->sum = crc32c(0, h, offsetof(struct queue_segment_head, sum));
}

int
queue_frame_valid_segment(const struct queue_segment_head *h)
{
	return memcmp(h->magic, QUEUE_SEGMENT_MAGIC, sizeof h->magic) == 0 && h->version == QUEUE_VERSION &&
	    h->sum == crc32c(0, h, offsetof(struct queue_segment_head, sum));
}
