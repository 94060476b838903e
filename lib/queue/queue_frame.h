#ifndef QUEUE_FRAME_H
#define QUEUE_FRAME_H

/*
 * queue_frame: the heads of what a queue's log is made of: segments, and the frames in them
 * (rec-queue-format(5)). Memory only. All integers are little-endian; a host with another order of
 * bytes does not open a queue, so heads are structs as they lie in the file.
 *
 * A place in the log is an lsn: the number of bytes of all segments before it, with their heads.
 * A segment begins where the frames of the one before it end.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	QUEUE_VERSION = 1,
	QUEUE_HEAD = 64 /* bytes of either head */
};

#define QUEUE_SEGMENT_MAGIC "recqueue"

/* The head of a segment's file. */
struct queue_segment_head {
	char magic[8];
	uint64_t random;      /* seeds the checksums of its frames, so frames of another file are none of this one */
	uint64_t base;        /* lsn of the head itself */
	uint64_t number;      /* of the segment; its file is called so */
	unsigned char id[16]; /* the queue's */
	uint32_t version;
	uint32_t zero;
	uint32_t zeros;
	uint32_t sum; /* CRC-32C of the bytes before */
};

/* The kinds of frames. queue_body.h has what is in them. */
enum queue_kind {
	QUEUE_CHECKPOINT = 1, /* the whole state, right after a segment's head */
	QUEUE_MESSAGES,       /* messages */
	QUEUE_LARGE,          /* room for the bytes of a large message, written later; not checksummed */
	QUEUE_COPY,           /* messages of an old segment, once more */
	QUEUE_RECEIVE,        /* messages were received */
	QUEUE_REMOVE,         /* messages are done */
	QUEUE_VISIBILITY,     /* messages become visible at another time */
	QUEUE_DROP,           /* all messages below a number are gone: expired, or purged */
	QUEUE_ATTRIBUTES,
	QUEUE_TABLE, /* the table of all messages */
	QUEUE_SESSION,
	QUEUE_CURSOR,
	QUEUE_BOOT, /* the clocks have begun anew */
	QUEUE_KINDS
};

enum {
	QUEUE_MORE = 1 /* flag of MESSAGES: counts only if the next frame is whole, too */
};

struct queue_frame {
	/*
	 * The sum of the frame before it in the segment; 0: it is the first. What a crash has left
	 * after the end of the log never follows a frame that is written there later.
	 */
	uint32_t previous;
	uint8_t kind;
	uint8_t flags;
	uint16_t zero;
	uint64_t lsn;    /* of the frame itself */
	uint64_t size;   /* bytes of the body, without its padding */
	uint64_t number; /* of the first message that comes after the frames before this one */
	int64_t age;     /* when it was written, by the queue's three clocks (queue_clock.h), milliseconds */
	int64_t lease;
	int64_t wall;
	uint32_t body; /* CRC-32C of the body; 0: it is not checked (QUEUE_LARGE) */
	uint32_t sum;  /* CRC-32C of the bytes before, that of the segment's `random` being before them */
};

/*
 * Returns the bytes of a frame with a body of that size: head, body, zeros up to a multiple of 8.
 */
static inline uint64_t
queue_frame_bytes(uint64_t size)
{
	return QUEUE_HEAD + size + (-size & 7);
}

/* Sets the sum of a head whose other members are set. random: the segment's. */
void queue_frame_seal(struct queue_frame *, uint64_t random);

/*
 * Returns 1 if the bytes are the head of a frame at that lsn, of a segment with that `random` and
 * of `left` bytes from the frame on; else 0.
 */
int queue_frame_valid(const struct queue_frame *, uint64_t random, uint64_t lsn, uint64_t left);

/* The same for a segment's head. It is not valid if the version is another one. */
void queue_frame_seal_segment(struct queue_segment_head *);
int queue_frame_valid_segment(const struct queue_segment_head *);

#endif
