#ifndef BLOCK_H
#define BLOCK_H

/*
 * block: the format of the record stream (rec-stream(5)) over memory: build, check, walk. No descriptors here.
 * This header is the one place that holds the format's constants and layout.
 *
 * A block is a 40-byte header, the payload padded with zeros to a multiple of 8, then the index (ends, and positions
 * with BLOCK_POSITIONS) padded likewise. All integers are little-endian; on a big-endian host block_check and block_put
 * convert.
 */

#include <stddef.h>
#include <stdint.h>

enum block_kind {
	BLOCK_DATA = 1,
	BLOCK_END = 2,
	BLOCK_LOSS = 3,
	BLOCK_OFFER = 4, /* 4 to 6: of the hop through shared memory */
	BLOCK_SWITCH = 5,
	BLOCK_WAKE = 6
};

enum {
	BLOCK_VERSION = 1,
	BLOCK_HEAD = 40,          /* bytes of the header */
	BLOCK_SUMMED = 1,         /* flag: the checksum covers the payload too */
	BLOCK_POSITIONS = 2,      /* flag: positions present */
	BLOCK_RECORDS = 65536,    /* records in a block, at most */
	BLOCK_USUAL = 256 * 1024, /* bytes that a usual block fits into, with header and index */
	BLOCK_REASON = 1024,      /* bytes of an end mark's reason, at most */
	BLOCK_HOP = 256           /* payload bytes of an offer, a switch or a wake, at most */
};

#define BLOCK_MAGIC "\xABrec"
#define BLOCK_LOST_UNKNOWN UINT32_MAX /* a loss block's count: nobody knows how many */

/* The most that one record may be allowed to have: block sizes are 32 bits, and with its index a block must fit the memory. */
#if SIZE_MAX > UINT32_MAX
#define BLOCK_RECORD_MAX (UINT64_C(4294967296) - 256)
#else
#define BLOCK_RECORD_MAX (UINT64_C(1) << 30)
#endif

/*
 * A block as it lies in memory. payload, ends and positions are borrowed from whoever made the view.
 * Record i is payload[start, ends[i]), start 0 for the first and ends[i-1] + gap for the others.
 */
struct block {
	enum block_kind kind;
	uint8_t flags;      /* BLOCK_SUMMED, BLOCK_POSITIONS */
	uint8_t gap;        /* data: bytes between one record and the next that belong to neither */
	uint32_t count;     /* data: records; loss: records lost, or BLOCK_LOST_UNKNOWN */
	uint32_t size;      /* bytes of payload */
	uint64_t base;      /* data, loss: position of the first record, or, of no records, how far positions have come; end: records in the stream */
	uint64_t next;      /* the watermark: no later record has a position below this, and none below it was given up or is held */
	uint32_t status;    /* end: the producer's exit status; data: the gap byte's value where gap is 1 */
	uint32_t sum;       /* the checksum as it stands in the header */
	char *payload;
	uint32_t *ends;      /* count entries, host order */
	uint32_t *positions; /* count entries relative to base, host order; NULL: record i has base + i */
};

/* Bytes to the next multiple of 8. */
static inline size_t
block_pad(size_t n)
{
	return -n & 7;
}

/* Bytes that follow the header: payload, index and padding. */
size_t block_body(const struct block *);

/* Bytes of the index with its padding. */
size_t block_index(const struct block *);

/* Where record i begins in the payload. */
static inline uint32_t
block_start(const struct block *b, uint32_t i)
{
	return i == 0 ? 0 : b->ends[i - 1] + b->gap;
}

/* The position of record i. */
static inline uint64_t
block_position(const struct block *b, uint32_t i)
{
	return b->base + (b->positions != NULL ? b->positions[i] : i);
}

/* Whether a data block's last record stands without the gap behind it. */
static inline int
block_lacks_gap(const struct block *b)
{
	return b->kind == BLOCK_DATA && b->count > 0 && b->gap > 0 && b->size == b->ends[b->count - 1];
}

/*
 * Reads a header into the view and checks every rule that it can break by itself; no record may be longer than record_max
 * bytes. Returns NULL, or the rule that is broken (a static string such as "the version is not 1"). The pointers in the
 * view are NULL afterwards.
 */
const char *block_head(struct block *, const unsigned char head[BLOCK_HEAD], uint64_t record_max);

/*
 * Completes a view that block_head accepted by its body, block_body bytes at an address that is a multiple of 8, and checks
 * the index, the padding, the checksum and each record's length. Returns NULL or the rule that is broken. The view borrows
 * body, which is converted in place on a big-endian host.
 */
const char *block_check(struct block *, const unsigned char head[BLOCK_HEAD], char *body, uint64_t record_max);

/* The same where payload with its padding, and index with its padding lie apart. */
const char *block_check_apart(
    struct block *, const unsigned char head[BLOCK_HEAD], char *payload, char *index, uint64_t record_max);

/* What must hold from one block of a stream to the next. A struct of zeros is the beginning of a stream. */
struct block_order {
	uint64_t position; /* no later record has one below this: of the last record, or the base of a block of no records */
	uint64_t next;     /* the last watermark */
	uint64_t records;  /* in data blocks so far */
	int lacks_gap;     /* the last data block lacked its gap: only an end mark may follow */
};

/* Checks a data, loss or end block against those before it and takes it into account. NULL, or the rule that is broken. */
const char *block_follow(struct block_order *, const struct block *);

/*
 * Writes the header of a block whose index is at index just as it goes out, but for its padding, which need not be there. Nothing
 * but head is written. index may be NULL if the block has none. payload is looked at only with BLOCK_SUMMED. Returns the checksum.
 */
uint32_t block_seal(const struct block *, unsigned char head[BLOCK_HEAD], const char *index);

/*
 * Writes the header of a block, and its index with padding to index, block_index bytes at an address that is a multiple of 4.
 * flags must have BLOCK_POSITIONS where positions is not NULL. payload is looked at only with BLOCK_SUMMED. ends may lie at
 * index already, with the positions right behind. Returns the checksum.
 */
uint32_t block_put(const struct block *, unsigned char head[BLOCK_HEAD], char *index);

#endif
