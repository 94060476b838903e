#ifndef BLOCK_H
#define BLOCK_H

/*
 * block: builds, checks and walks blocks of the record stream (rec-stream(5)) in memory. No
 * descriptors here. This header is the one place that holds the format's constants and layout.
 *
 * A block is a header of 40 bytes, the payload padded with zeros to a multiple of 8 bytes, and the
 * index (ends, and with BLOCK_POSITIONS positions), padded in the same way. All integers are
 * little-endian; on a big-endian host block_check and block_put convert them.
 */

#include <stddef.h>
#include <stdint.h>

enum block_kind {
	BLOCK_DATA = 1,
	BLOCK_END = 2,
	BLOCK_LOSS = 3,
	BLOCK_OFFER = 4, /* 4 to 6: for the hop through shared memory */
	BLOCK_SWITCH = 5,
	BLOCK_WAKE = 6,
	BLOCK_TABLE = 7 /* says what the fields of the records are, and their names (table.h) */
};

enum {
	BLOCK_VERSION = 1,
	BLOCK_HEAD = 40,          /* bytes of the header */
	BLOCK_SUMMED = 1,         /* flag: the checksum covers the payload too */
	BLOCK_POSITIONS = 2,      /* flag: positions present */
	BLOCK_TABLED = 4,         /* flag of data, loss and end blocks: a table is the first block of their segment */
	BLOCK_RECORDS = 65536,    /* records in a block, at most */
	BLOCK_USUAL = 256 * 1024, /* bytes that a usual block fits into, with header and index */
	BLOCK_REASON = 1024,      /* bytes of an end mark's reason, at most */
	BLOCK_HOP = 256,          /* payload bytes of an offer, a switch or a wake, at most */
	BLOCK_TABLE_MAX = 1024 * 1024 /* payload bytes of a table, at most */
};

#define BLOCK_MAGIC "\xABrec"
#define BLOCK_LOST_UNKNOWN UINT32_MAX /* a loss block's count: the number is not known */

/*
 * The greatest limit that a record's length may be given, in bytes: block sizes are 32 bits, and a
 * block with its index must fit in memory.
 */
#if SIZE_MAX > UINT32_MAX
#define BLOCK_RECORD_MAX (UINT64_C(4294967296) - 256)
#else
#define BLOCK_RECORD_MAX (UINT64_C(1) << 30)
#endif

/*
 * A view of a block in memory: payload, ends and positions are borrowed. Record i is payload[start,
 * ends[i]); its start is 0 for the first record, and ends[i-1] + gap for the others.
 */
struct block {
	enum block_kind kind;
	uint8_t flags;      /* BLOCK_SUMMED, BLOCK_POSITIONS, BLOCK_TABLED */
	uint8_t gap;        /* data: bytes between one record and the next that belong to neither */
	uint32_t count;     /* data: records; loss: records lost, or BLOCK_LOST_UNKNOWN */
	uint32_t size;      /* bytes of payload */
	/*
	 * Data, loss: the first record's position, or, without records, a lower bound. End: the
	 * number of records.
	 */
	uint64_t base;
	/*
	 * The watermark: no later record has a position below this, and no record below it was
	 * given up or is kept back.
	 */
	uint64_t next;
	uint32_t status;    /* end: the producer's exit status; data: the value of the gap byte if gap is 1 */
	uint32_t sum;       /* the checksum that the header has */
	char *payload;
	uint32_t *ends;      /* count entries, host order */
	uint32_t *positions; /* count entries relative to base, host order; NULL: record i has base + i */
};

/* Returns the number of bytes from n to the next multiple of 8. */
static inline size_t
block_pad(size_t n)
{
	return -n & 7;
}

/* Returns the number of bytes that follow the header: payload, index and their padding. */
size_t block_body(const struct block *);

/* Returns the number of bytes of the index with its padding. */
size_t block_index(const struct block *);

/* Returns the offset at which record i begins in the payload. */
static inline uint32_t
block_start(const struct block *b, uint32_t i)
{
	return i == 0 ? 0 : b->ends[i - 1] + b->gap;
}

/* Returns the position of record i. */
static inline uint64_t
block_position(const struct block *b, uint32_t i)
{
	return b->base + (b->positions != NULL ? b->positions[i] : i);
}

/*
 * Returns 1 if no gap follows the last record of a data block whose other records have one, or 0.
 */
static inline int
block_lacks_gap(const struct block *b)
{
	return b->kind == BLOCK_DATA && b->count > 0 && b->gap > 0 && b->size == b->ends[b->count - 1];
}

/*
 * Returns the most bytes that the records of a data block and the gaps between them may have. The
 * last gap is not counted.
 */
static inline uint64_t
block_payload_max(uint64_t record_max)
{
	return record_max > BLOCK_USUAL ? record_max : BLOCK_USUAL;
}

/*
 * Reads a header into the view, and checks every rule that a header can break by itself; no record
 * may be longer than record_max bytes. Returns NULL, or the rule that is broken, a static string
 * such as "the version is not 1". The pointers of the view are NULL afterwards.
 */
const char *block_head(struct block *, const unsigned char head[BLOCK_HEAD], uint64_t record_max);

/*
 * Completes a view that block_head accepted: body is its block_body bytes, at an address that is a
 * multiple of 8. Checks the index, the padding, the checksum and each record's length. Returns
 * NULL, or the rule that is broken. The view borrows body, which is converted in place on a
 * big-endian host.
 */
const char *block_check(struct block *, const unsigned char head[BLOCK_HEAD], char *body, uint64_t record_max);

/*
 * As block_check, if the payload with its padding and the index with its padding are in two places.
 */
const char *block_check_apart(
    struct block *, const unsigned char head[BLOCK_HEAD], char *payload, char *index, uint64_t record_max);

/*
 * What the blocks of a stream so far say about the next one. A struct of zeros is the beginning of
 * a stream.
 */
struct block_order {
	/*
	 * No later record has a position below this: that of the last record, or the base of a
	 * block without records or of a loss.
	 */
	uint64_t position;
	uint64_t next;     /* the last watermark */
	uint64_t records;  /* in data blocks so far */
	int lacks_gap;     /* 1: the last data block lacked its last gap, so only an end mark may follow */
	int tabled;        /* 1: a table has come */
	int begun;         /* 1: a data, loss or table block has come, so no table may follow */
};

/*
 * Checks a data, loss, end or table block against those before it, and takes it into account.
 * Returns NULL, or the rule that is broken.
 */
const char *block_follow(struct block_order *, const struct block *);

/*
 * Writes to head the header of a block whose index is at index already, in the order of bytes of
 * the format; its padding need not be there. index may be NULL if the block has none. Reads payload
 * only with BLOCK_SUMMED. Returns the checksum.
 */
uint32_t block_seal(const struct block *, unsigned char head[BLOCK_HEAD], const char *index);

/*
 * Writes to head the header of a block, and to index its index with padding: block_index bytes at
 * an address that is a multiple of 4. If positions is not NULL, flags must have BLOCK_POSITIONS.
 * Reads payload only with BLOCK_SUMMED. ends may be at index already, and positions right after it.
 * Returns the checksum.
 */
uint32_t block_put(const struct block *, unsigned char head[BLOCK_HEAD], char *index);

#endif
