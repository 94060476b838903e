/* keyfiles_write: see keyfiles.h and keyfiles_private.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "choose/keyfiles_private.h"
#include "os/io.h"

enum {
	BYTES = 128 * 1024, /* of one file, that are written at once */
	RECORDS = 8192,     /* the same in records */
	FIRST_BYTES = 256,
	FIRST_RECORDS = 8
};

static void flush(struct keyfiles *, struct keyfile *);

/* ---- gathering ---- */

static void
no_memory(struct keyfiles *k)
{
	keyfiles_fail(k, NULL, EX_OSERR, "out of memory");
}

/* Adds the gap that the file's last record lacks. There is room for it. */
static void
fill(struct keyfile *f)
{
	if (f->gap == 2)
		memcpy(f->payload + f->len, "\r\n", 2);
	else
		memset(f->payload + f->len, f->gap_byte, f->gap);
	f->len += f->gap;
}

void
keyfiles_fill(struct keyfiles *k)
{
	if (k->open_gap != KEYMAP_NONE)
		fill(&k->files[k->open_gap]);
	k->open_gap = KEYMAP_NONE;
}

/* Makes room for a record of n bytes with its gap. Returns 0, or -1 without memory. */
static int
reserve(struct keyfiles *k, struct keyfile *f, size_t n)
{
	if (n > f->cap - f->len) {
		size_t cap = f->cap > 0 ? f->cap : FIRST_BYTES;
		char *payload;

		while (cap - f->len < n)
			cap *= 2;
		if (cap > UINT32_MAX)
			cap = UINT32_MAX;
		if ((payload = realloc(f->payload, cap)) == NULL)
			return -1;
		k->held += cap - f->cap;
		f->payload = payload;
		f->cap = (uint32_t)cap;
	}
	if (f->count == f->room) {
		uint32_t room = f->room > 0 ? f->room * 2 : FIRST_RECORDS;
		uint32_t *index = reallocarray(f->index, room, 2 * sizeof *index);

		if (index == NULL)
			return -1;
		k->held += (room - f->room) * 2 * sizeof *index;
		f->index = index;
		f->room = room;
	}
	return 0;
}

static void
release(struct keyfiles *k, struct keyfile *f)
{
	k->held -= f->cap + f->room * 2 * sizeof *f->index;
	free(f->payload);
	free(f->index);
	f->payload = NULL;
	f->index = NULL;
	f->cap = f->room = 0;
}

static size_t
used(const struct keyfile *f)
{
	return f->len + f->count * 2 * sizeof *f->index;
}

/*
 * Writes the files that have most: all that have at least half as much as they have on average. So
 * at least half of all is written, and small amounts wait until they are larger.
 */
static void
relieve(struct keyfiles *k)
{
	size_t sum = 0, some = 0;

	for (size_t i = 0; i < k->count; i++) {
		sum += used(&k->files[i]);
		some += k->files[i].count > 0;
	}
	for (size_t i = 0; i < k->count && k->status == 0; i++) {
		struct keyfile *f = &k->files[i];

		if (f->cap > 0 && used(f) * 2 * some >= sum) {
			flush(k, f);
			release(k, f);
		}
	}
}

void
keyfiles_gather(struct keyfiles *k, struct keyfile *f, const struct block *b, uint32_t i)
{
	const char *data = b->payload + block_start(b, i);
	size_t len = b->ends[i] - block_start(b, i), gap = b->gap;
	unsigned char gap_byte = gap == 1 ? (unsigned char)b->status : 0;
	uint64_t pos = block_position(b, i);
	int lacks = i == b->count - 1 && block_lacks_gap(b);

	if (k->held > k->memory)
		relieve(k);
	if (f->count > 0 &&
	    (f->gap != gap || f->gap_byte != gap_byte || pos - f->base > UINT32_MAX || f->len + len > BYTES ||
		f->count == RECORDS))
		flush(k, f);
	if (k->status != 0)
		return;
	if (reserve(k, f, len + gap) < 0) {
		no_memory(k);
		return;
	}
	if (f->count == 0)
		f->base = pos;
	f->gap = (uint8_t)gap;
	f->gap_byte = gap_byte;
	memcpy(f->payload + f->len, data, len + (lacks ? 0 : gap));
	f->index[2 * f->count] = f->len + (uint32_t)len;
	f->index[2 * f->count + 1] = (uint32_t)(pos - f->base);
	f->len += (uint32_t)(len + (lacks ? 0 : gap));
	f->count++;
	if (lacks)
		k->open_gap = (uint32_t)(f - k->files);
	k->dirty = 1;
}

/* ---- writing ---- */

/* Writes to the present file. */
static void
put(struct keyfiles *k, const struct keyfile *f, const void *bytes, size_t n)
{
	if (k->status == 0 && io_write(k->fd, bytes, n) < 0)
		keyfiles_fail(k, f, EX_IOERR, strerror(errno));
}

/* Writes a block of a record stream. */
static void
put_block(struct keyfiles *k, const struct keyfile *f, struct block *b)
{
	static const char zeros[8];
	unsigned char head[BLOCK_HEAD];
	size_t pad = block_pad(b->size);

	b->flags = BLOCK_SUMMED;
	if (b->kind != BLOCK_TABLE && k->table != NULL)
		b->flags |= BLOCK_TABLED;
	if (b->positions != NULL)
		b->flags |= BLOCK_POSITIONS;
	k->bytes.len = 0;
	if (buf_reserve(&k->bytes, block_index(b) + 8) < 0) {
		no_memory(k);
		return;
	}
	(void)block_put(b, head, k->bytes.data);
	put(k, f, head, sizeof head);
	put(k, f, b->payload, b->size);
	/* One write for the padding and the index. */
	memmove(k->bytes.data + pad, k->bytes.data, block_index(b));
	memcpy(k->bytes.data, zeros, pad);
	put(k, f, k->bytes.data, pad + block_index(b));
}

static void
put_loss(struct keyfiles *k, const struct keyfile *f)
{
	uint32_t count = k->lost < BLOCK_LOST_UNKNOWN ? (uint32_t)k->lost : BLOCK_LOST_UNKNOWN;
	struct block loss = { .kind = BLOCK_LOSS, .count = count, .base = k->lost_base, .next = k->lost_next };

	put_block(k, f, &loss);
}

/* The framing refuses a record or a table, or it cannot be written. */
static void
cannot_write(struct keyfiles *k, const struct keyfile *f, int status)
{
	const char *why = strerror(errno);

	keyfiles_fail(k, f, status, k->write.error.len > 0 ? buf_string(&k->write.error) : why);
}

/* Writes what is before the records: the table, and what was lost before the first one. */
static void
begin(struct keyfiles *k, struct keyfile *f)
{
	f->begun = 1;
	if (k->framing != NULL) {
		int status = framing_write_table(&k->write, k->table);

		if (status != 0)
			cannot_write(k, f, status);
		return;
	}
	if (k->table != NULL) {
		struct block table = { .kind = BLOCK_TABLE, .size = (uint32_t)k->table->len };

		table.payload = (char *)(uintptr_t)k->table->payload; /* it is only read */
		put_block(k, f, &table);
	}
	if (k->losses)
		put_loss(k, f);
}

/* Opens the file, and begins it. Returns 0, or -1 with a failure noted. */
static int
ready(struct keyfiles *k, struct keyfile *f)
{
	if (keyfiles_descriptor(k, f) < 0)
		return -1;
	if (!f->begun)
		begin(k, f);
	return k->status != 0 ? -1 : 0;
}

/* Writes what is gathered of one file. */
static void
flush(struct keyfiles *k, struct keyfile *f)
{
	static uint32_t ends[RECORDS], positions[RECORDS];
	struct block b = { .kind = BLOCK_DATA,
		.gap = f->gap,
		.count = f->count,
		.size = f->len,
		.base = f->base,
		.next = k->next,
		.status = f->gap == 1 ? f->gap_byte : 0,
		.payload = f->payload,
		.ends = ends,
		.positions = positions };
	int status;

	if (f->count == 0 || k->status != 0 || ready(k, f) < 0)
		return;
	for (uint32_t i = 0; i < f->count; i++) {
		ends[i] = f->index[2 * i];
		positions[i] = f->index[2 * i + 1];
	}
	f->records += f->count;
	f->count = f->len = 0;
	if (k->framing == NULL) {
		put_block(k, f, &b);
		return;
	}
	if ((status = framing_write_block(&k->write, &b)) != 0)
		cannot_write(k, f, status);
}

/*
 * The one whose last record lacks its gap is last: the framing owes it the end of that record, and
 * would write that before the next one's.
 */
void
keyfiles_flush_all(struct keyfiles *k)
{
	for (size_t i = 0; i < k->count; i++)
		if (i != k->open_gap)
			flush(k, &k->files[i]);
	if (k->open_gap != KEYMAP_NONE)
		flush(k, &k->files[k->open_gap]);
	k->dirty = 0;
}

void
keyfiles_loss(struct keyfiles *k, const struct block *loss)
{
	uint64_t lost = k->lost, base = k->losses ? k->lost_base : loss->base;

	/* A file that begins says by that what was lost before. */
	keyfiles_fill(k);
	keyfiles_flush_all(k);
	k->lost_base = loss->base;
	k->lost_next = loss->next;
	k->lost = loss->count;
	for (size_t i = 0; i < k->count && k->status == 0; i++)
		if (keyfiles_descriptor(k, &k->files[i]) == 0)
			put_loss(k, &k->files[i]);
	k->lost_base = base;
	k->lost =
	    lost >= BLOCK_LOST_UNKNOWN || loss->count == BLOCK_LOST_UNKNOWN ? BLOCK_LOST_UNKNOWN : lost + loss->count;
	k->losses = 1;
}

void
keyfiles_end(struct keyfiles *k, const struct block *end)
{
	keyfiles_flush_all(k);
	for (size_t i = 0; k->framing == NULL && i < k->count; i++) {
		struct keyfile *f = &k->files[i];
		struct block b = *end;

		/* After a failure the other streams end, too, so that their readers know. */
		if ((k->status != 0 && !f->begun) || keyfiles_descriptor(k, f) < 0)
			continue;
		b.base = f->records;
		put_block(k, f, &b);
	}
}
