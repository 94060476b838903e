/* capture: see capture.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framing/capture.h"

enum {
	LEAST = 4096,       /* bytes of a read; more if much comes */
	MOST = 64 * 1024,
	CUT = 64 * 1024,    /* number of bytes that are cut before the end */
	FOUND = 8192        /* records of one block */
};

/*
 * The arrays for what is found are made when a process has written something: most write little,
 * and many run at once.
 */
static int
make_room(struct capture *c)
{
	struct framing_found *f = &c->found;
	unsigned char byte;

	if (f->ends != NULL)
		return 0;
	f->max = FOUND;
	f->ends = calloc(FOUND + 1, sizeof *f->ends);
	if (framing_gap(c->framing, &byte) < 0)
		f->starts = calloc(FOUND, sizeof *f->starts);
	return f->ends == NULL || (framing_gap(c->framing, &byte) < 0 && f->starts == NULL) ? -1 : 0;
}

/*
 * Returns the number of bytes after each of the records found, and if it is 1 that byte; or -1 if
 * they must be copied.
 */
static int
gap_of(const struct capture *c, unsigned char *byte)
{
	*byte = '\n';
	return c->framing->rows ? c->found.gap : framing_gap(c->framing, byte);
}

/* Puts the records found, which are in data, into the spool. */
static int
keep(struct capture *c, char *data)
{
	struct framing_found *f = &c->found;
	unsigned char byte;
	int gap = gap_of(c, &byte);
	struct block b = { .kind = BLOCK_DATA,
		.gap = (uint8_t)(gap < 0 ? 1 : gap),
		.count = (uint32_t)f->count,
		.ends = f->ends,
		.payload = data,
		.base = c->together ? 0 : c->records };
	struct held *h;

	if (f->count == 0)
		return 0;
	b.status = b.gap == 1 ? byte : 0;
	if (gap < 0) {
		c->placed.len = 0;
		for (size_t i = 0; i < f->count; i++) {
			size_t len = f->ends[i] - f->starts[i];

			if (buf_add(&c->placed, data + f->starts[i], len) < 0 || buf_addc(&c->placed, '\n') < 0)
				return -1;
			f->ends[i] = (uint32_t)c->placed.len - 1;
		}
		b.payload = c->placed.data;
	}
	b.size = f->ends[f->count - 1] + b.gap;
	if (c->together && f->count > 1) {
		if (c->zeros.len < f->count * sizeof *b.positions) {
			if (buf_reserve(&c->zeros, FOUND * sizeof *b.positions) < 0)
				return -1;
			c->zeros.len = FOUND * sizeof *b.positions;
			memset(c->zeros.data, 0, c->zeros.len);
		}
		b.positions = (uint32_t *)(void *)c->zeros.data;
	}
	if ((h = held_records(&b, 0, b.count)) == NULL)
		return -1;
	h->block.next = h->block.base;
	if (spool_put(&c->kept, h) < 0) {
		int saved = errno;

		held_drop(h);
		errno = saved;
		return -1;
	}
	c->records += f->count;
	return 0;
}

static int
refuse(struct capture *c, const char *why)
{
	(void)buf_addf(&c->error, "its output: %s", why);
	return -1;
}

/*
 * Takes the only record found as the header: data[0, used) has it. Returns 0, or -1 with an error,
 * or errno.
 */
static int
take_header(struct capture *c, const char *data)
{
	struct framing_found *f = &c->found;

	if (f->ends[0] == 0)
		return refuse(c, "its first record is empty, and no header");
	if (f->used - f->first > BLOCK_TABLE_MAX)
		return refuse(c, "its header is larger than 1 MiB");
	if (buf_add(&c->header, data + f->first, f->used - f->first) < 0)
		return -1;
	c->headed = 1;
	c->cutter.record--;
	f->count = 0;
	return 0;
}

/* Cuts what can be cut. */
static int
cut(struct capture *c, int eof)
{
	struct framing_found *f = &c->found;
	size_t done = 0;
	int result = 0;

	if (make_room(c) < 0)
		return -1;
	c->cutter.framing = c->framing;
	do {
		uint32_t before = 0;
		unsigned char byte;
		int gap;

		/*
		 * If the records, with a newline after each that has no gap, may be more than one
		 * block can hold, each gets a block of its own.
		 */
		f->max = c->bytes.len - done + FOUND > block_payload_max(c->record_max) ? 1 : FOUND;
		if (c->heads && !c->headed)
			f->max = 1;
		f->count = f->used = f->first = 0;
		f->lacks_gap = 0;
		f->lost = 0;
		if (framing_split(&c->cutter, c->bytes.data + done, c->bytes.len - done, eof, f) < 0)
			return refuse(c, buf_terminate(&c->cutter.error) == 0 ? c->cutter.error.data : "out of memory");
		if (f->lost > 0)
			return refuse(c, "a record is truncated or malformed");
		gap = gap_of(c, &byte);
		for (size_t i = 0; i < f->count; i++) {
			if (f->ends[i] - (gap < 0 ? f->starts[i] : before) > c->record_max)
				return refuse(c, "a record is larger than REC_MAX");
			before = f->ends[i] + (uint32_t)(gap > 0 ? gap : 0);
		}
		/*
		 * A record is complete whether its last byte ends it or not: other records follow
		 * it.
		 */
		if (f->lacks_gap && gap > 0) {
			const char *end;
			size_t len = 0, at = done + f->first + f->ends[f->count - 1];

			if (c->framing->rows)
				end = gap == 2 ? "\r\n" : "\n";
			else if (!framing_terminator(c->framing, &end, &len) || len != (size_t)gap)
				end = "\n";
			c->bytes.len = at;
			if (buf_add(&c->bytes, end, (size_t)gap) < 0)
				return -1;
			f->used = c->bytes.len - done;
		}
		if (c->heads && !c->headed && f->count > 0 && take_header(c, c->bytes.data + done) < 0)
			return -1;
		if ((result = keep(c, c->bytes.data + done + f->first)) < 0)
			return -1;
		done += f->used;
	} while (f->used > 0 || f->count == f->max);
	if (c->bytes.len > done &&
	    framing_open_length(&c->cutter, c->bytes.data + done, c->bytes.len - done) > c->record_max)
		return refuse(c, "a record is larger than REC_MAX");
	c->bytes.len -= done;
	if (c->bytes.len > 0 && done > 0)
		memmove(c->bytes.data, c->bytes.data + done, c->bytes.len);
	return 0;
}

int
capture_read(struct capture *c, int fd)
{
	for (;;) {
		size_t want = c->bytes.len < LEAST ? LEAST : MOST;
		ssize_t n;

		if (buf_reserve(&c->bytes, want) < 0)
			return -1;
		if ((n = read(fd, c->bytes.data + c->bytes.len, want)) < 0)
			return errno == EAGAIN || errno == EINTR ? 1 : -1;
		if (n == 0)
			return 0;
		c->bytes.len += (size_t)n;
		if (c->bytes.len >= CUT && cut(c, 0) < 0)
			return -1;
		if ((size_t)n < want)
			return 1;
	}
}

int
capture_end(struct capture *c)
{
	return c->bytes.len > 0 ? cut(c, 1) : 0;
}

void
capture_drop(struct capture *c)
{
	uint64_t file_max = c->kept.file_max;
	size_t memory_max = c->kept.memory_max;

	spool_free(&c->kept);
	c->kept = (struct spool){ .memory_max = memory_max, .file_max = file_max };
	framing_split_free(&c->cutter);
	c->cutter = (struct framing_split){ 0 };
	c->records = 0;
	c->bytes.len = c->error.len = c->header.len = 0;
	c->headed = 0;
}

void
capture_free(struct capture *c)
{
	spool_free(&c->kept);
	framing_split_free(&c->cutter);
	free(c->found.ends);
	free(c->found.starts);
	buf_free(&c->bytes);
	buf_free(&c->header);
	buf_free(&c->placed);
	buf_free(&c->zeros);
	buf_free(&c->error);
}
