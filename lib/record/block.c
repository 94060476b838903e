/*
 * block: see block.h and rec-stream(5).
 *
 * No byte is trusted. A header is checked by itself before its sizes are used, and the body once it
 * has come whole. All arithmetic on sizes is in 64 bits, or shown not to wrap.
 */

#include <string.h>

#include "base/crc32c.h"
#include "base/utf8.h"
#include "record/block.h"

/* Offsets in the header. */
enum {
	AT_VERSION = 4,
	AT_KIND = 5,
	AT_FLAGS = 6,
	AT_GAP = 7,
	AT_COUNT = 8,
	AT_SIZE = 12,
	AT_BASE = 16,
	AT_NEXT = 24,
	AT_STATUS = 32,
	AT_SUM = 36
};

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t
get64(const unsigned char *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static void
put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
	p[2] = (unsigned char)(v >> 16);
	p[3] = (unsigned char)(v >> 24);
}

static void
put64(unsigned char *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

/* Converts between host order and little-endian, in place. On most hosts there is nothing to do. */
static void
swap_index(uint32_t *words, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (size_t i = 0; i < n; i++)
		words[i] = __builtin_bswap32(words[i]);
#else
	(void)words;
	(void)n;
#endif
}

static size_t
index_words(const struct block *b)
{
	if (b->kind != BLOCK_DATA)
		return 0;
	return (size_t)b->count * (b->flags & BLOCK_POSITIONS ? 2 : 1);
}

size_t
block_index(const struct block *b)
{
	size_t n = index_words(b) * 4;

	return n + block_pad(n);
}

size_t
block_body(const struct block *b)
{
	return b->size + block_pad(b->size) + block_index(b);
}

const char *
block_head(struct block *b, const unsigned char head[BLOCK_HEAD], uint64_t record_max)
{
	memset(b, 0, sizeof *b);
	if (memcmp(head, BLOCK_MAGIC, 4) != 0)
		return "no block begins there (the magic is missing)";
	if (head[AT_VERSION] != BLOCK_VERSION)
		return "the version is not 1";
	if (head[AT_KIND] < BLOCK_DATA || head[AT_KIND] > BLOCK_TABLE)
		return "the kind of block is unknown";
	if (head[AT_FLAGS] & ~(BLOCK_SUMMED | BLOCK_POSITIONS | BLOCK_TABLED))
		return "a flag is unknown";
	b->kind = (enum block_kind)head[AT_KIND];
	b->flags = head[AT_FLAGS];
	b->gap = head[AT_GAP];
	b->count = get32(head + AT_COUNT);
	b->size = get32(head + AT_SIZE);
	b->base = get64(head + AT_BASE);
	b->next = get64(head + AT_NEXT);
	b->status = get32(head + AT_STATUS);
	b->sum = get32(head + AT_SUM);

	if (b->kind != BLOCK_DATA && (b->flags & BLOCK_POSITIONS || b->gap != 0))
		return "an unused field is not 0";
	if (b->kind != BLOCK_DATA && b->kind != BLOCK_LOSS && b->count != 0)
		return "an unused field is not 0";
	if (b->kind >= BLOCK_OFFER && b->flags & BLOCK_TABLED)
		return "an unused field is not 0";
	if (b->kind != BLOCK_END && b->status != 0 && !(b->kind == BLOCK_DATA && b->gap == 1))
		return "an unused field is not 0";
	if (b->kind >= BLOCK_OFFER && (b->base != 0 || b->next != 0))
		return "an unused field is not 0";
	switch (b->kind) {
	case BLOCK_DATA:
		if (b->count > BLOCK_RECORDS)
			return "it counts more than 65536 records";
		if (b->size > block_payload_max(record_max) + b->gap)
			return "its payload is larger than REC_MAX allows";
		if (b->gap == 1 && b->status > 255)
			return "the gap's value is not a byte";
		if (b->count == 0 && (b->size != 0 || b->gap != 0 || b->flags & BLOCK_POSITIONS))
			return "it has a payload but no records";
		if (b->count > 0 && !(b->flags & BLOCK_POSITIONS) && b->base > UINT64_MAX - (b->count - 1))
			return "its positions pass 64 bits";
		break;
	case BLOCK_LOSS:
		if (b->size != 0)
			return "an unused field is not 0";
		break;
	case BLOCK_END:
		if (b->status > 255)
			return "the status is not an exit status";
		if (b->size > (b->status == 0 ? 0 : BLOCK_REASON))
			return "the reason is too long";
		break;
	case BLOCK_OFFER:
	case BLOCK_SWITCH:
	case BLOCK_WAKE:
		if (b->size > BLOCK_HOP)
			return "its payload is too long";
		break;
	case BLOCK_TABLE:
		if (!(b->flags & BLOCK_SUMMED))
			return "the checksum of a table does not cover it";
		if (b->size > BLOCK_TABLE_MAX)
			return "the table is larger than 1 MiB";
		break;
	}
	return NULL;
}

/*
 * Returns the checksum over a header and its body as they are in the stream. All padding is 0, so
 * it is not read.
 */
static uint32_t
checksum(const struct block *b, const unsigned char head[BLOCK_HEAD], const char *payload, const char *index)
{
	static const unsigned char zeros[8];
	uint32_t sum = crc32c(0, head, AT_SUM);
	size_t n = index_words(b) * 4;

	sum = crc32c(sum, zeros, 4);
	if (b->flags & BLOCK_SUMMED) {
		sum = crc32c(sum, payload, b->size);
		sum = crc32c(sum, zeros, block_pad(b->size));
	}
	sum = crc32c(sum, index, n);
	return crc32c(sum, zeros, block_pad(n));
}

static int
all_zero(const char *p, size_t n)
{
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	return n == 0;
}

/*
 * Checks that the ends of records are in order, each within the payload, and no record longer than
 * longest. Returns NULL, or the rule that is broken. The distances are taken in 32 bits. If an end
 * is before the one that it should follow, the distance wraps. Then the sum of all distances, which
 * is kept in 64 bits, is not the last end, as it is otherwise.
 */
static const char *
check_ends(const struct block *b, uint64_t longest)
{
	uint32_t end = 0, widest = b->ends[0], gap = b->gap;
	uint64_t sum = b->ends[0];

	for (uint32_t i = 1; i < b->count; i++) {
		uint32_t len;

		end = b->ends[i - 1];
		len = b->ends[i] - end - gap;
		sum += (uint64_t)len + gap;
		if (len > widest)
			widest = len;
	}
	end = b->ends[b->count - 1];
	if (sum != end)
		return "the ends of its records are out of order";
	if (end != b->size && (uint64_t)end + gap != b->size)
		return "its last record does not end where its payload does";
	if (widest > longest)
		return "a record is longer than REC_MAX allows";
	return NULL;
}

const char *
block_check(struct block *b, const unsigned char head[BLOCK_HEAD], char *body, uint64_t record_max)
{
	return block_check_apart(b, head, body, body + b->size + block_pad(b->size), record_max);
}

const char *
block_check_apart(struct block *b, const unsigned char head[BLOCK_HEAD], char *body, char *index, uint64_t record_max)
{
	size_t words = index_words(b);
	const char *rule;

	/*
	 * A block without an index may have none in memory: index may be NULL, to which not even 0
	 * may be added.
	 */
	if (!all_zero(body + b->size, block_pad(b->size)) || (words % 2 != 0 && !all_zero(index + words * 4, 4)))
		return "its padding is not 0";
	if (checksum(b, head, body, index) != b->sum)
		return "the checksum does not match";
	b->payload = body;
	if (b->kind == BLOCK_END && b->size > 0) {
		for (size_t i = 0, n; i < b->size; i += n)
			if ((n = utf8_decode(body + i, b->size - i, NULL)) == 0)
				return "the reason is not UTF-8";
	}
	if (words == 0)
		return NULL;
	b->ends = (uint32_t *)(void *)index;
	swap_index(b->ends, words);
	if ((rule = check_ends(b, record_max)) != NULL)
		return rule;
	if (b->flags & BLOCK_POSITIONS) {
		b->positions = b->ends + b->count;
		if (b->positions[0] != 0)
			return "its first position is not its base";
		for (uint32_t i = 1; i < b->count; i++)
			if (b->positions[i] < b->positions[i - 1])
				return "its positions are out of order";
		if (b->base > UINT64_MAX - b->positions[b->count - 1])
			return "its positions pass 64 bits";
	}
	return NULL;
}

const char *
block_follow(struct block_order *o, const struct block *b)
{
	if (b->kind == BLOCK_TABLE) {
		if (o->begun)
			return o->tabled ? "a second table in one stream" : "a table that is not the stream's first block";
		o->tabled = o->begun = 1;
		return NULL;
	}
	if (b->flags & BLOCK_TABLED && !o->tabled)
		return "the stream's table is missing (has another command read it?)";
	if (o->tabled && !(b->flags & BLOCK_TABLED))
		return "it does not belong to the table before it";
	if (b->next < o->next)
		return "the watermark goes back";
	if (b->kind == BLOCK_END) {
		if (b->base != o->records)
			return "the end mark counts other records than came";
		/*
		 * After a failure no stream follows whose positions count from it, and records
		 * below it may have been given up.
		 */
		if (b->status == 0 && b->next < o->position)
			return "the watermark is below a record that came";
	} else {
		if (b->base < o->position || b->base < o->next)
			return "its positions are below those that came before";
		if (o->lacks_gap && b->kind == BLOCK_DATA && b->count > 0)
			return "the block before it lacks its last gap";
	}
	if (b->kind == BLOCK_DATA && b->count > 0) {
		o->records += b->count;
		o->position = block_position(b, b->count - 1);
		o->lacks_gap = block_lacks_gap(b);
	} else if (b->kind != BLOCK_END) {
		o->position = b->base;
	}
	o->next = b->next;
	o->begun = 1;
	return NULL;
}

uint32_t
block_seal(const struct block *b, unsigned char head[BLOCK_HEAD], const char *index)
{
	uint32_t sum;

	memcpy(head, BLOCK_MAGIC, 4);
	head[AT_VERSION] = BLOCK_VERSION;
	head[AT_KIND] = (unsigned char)b->kind;
	head[AT_FLAGS] = b->flags;
	head[AT_GAP] = b->gap;
	put32(head + AT_COUNT, b->count);
	put32(head + AT_SIZE, b->size);
	put64(head + AT_BASE, b->base);
	put64(head + AT_NEXT, b->next);
	put32(head + AT_STATUS, b->status);
	sum = checksum(b, head, b->payload, index);
	put32(head + AT_SUM, sum);
	return sum;
}

uint32_t
block_put(const struct block *b, unsigned char head[BLOCK_HEAD], char *index)
{
	size_t words = index_words(b), ends = words > 0 ? (size_t)b->count * 4 : 0;

	if (words > 0) {
		memmove(index, b->ends, ends);
		if (b->flags & BLOCK_POSITIONS)
			memmove(index + ends, b->positions, ends);
		memset(index + words * 4, 0, block_index(b) - words * 4);
		swap_index((uint32_t *)(void *)index, words);
	}
	return block_seal(b, head, index);
}
