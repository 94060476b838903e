/*
 * reduce_spill: records whose groups memory has no room for wait in a temporary file without a
 * name, each after its length and its position.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "change/reduce_private.h"
#include "os/io.h"
#include "os/tempfile.h"

enum { AT_ONCE = 256 * 1024 };

struct head {
	uint64_t position, len;
};

void
reduce_no_memory(struct reduce *r)
{
	if (r->fault->status == 0)
		command_fail(r->fault, EX_OSERR, "out of memory");
}

static int
fail(struct reduce *r, int error)
{
	if (r->fault->status == 0)
		command_fail(r->fault, EX_IOERR, "a temporary file, in TMPDIR or /tmp: %s", strerror(error));
	return -1;
}

static int
flush(struct reduce *r)
{
	if (!r->spill_used) {
		if ((r->spill = tempfile_open("/tmp")) < 0)
			return fail(r, errno);
		r->spill_used = 1;
	}
	if (r->spilled.len > 0 && io_write(r->spill, r->spilled.data, r->spilled.len) < 0)
		return fail(r, errno);
	r->spilled.len = 0;
	return 0;
}

int
reduce_spill(struct reduce *r, const struct rec *of)
{
	struct head head = { of->pos, of->len };

	if (buf_add(&r->spilled, &head, sizeof head) < 0 ||
	    (of->len > 0 && buf_add(&r->spilled, of->data, of->len) < 0)) {
		reduce_no_memory(r);
		return -1;
	}
	return r->spilled.len >= AT_ONCE ? flush(r) : 0;
}

/* Takes the whole records of a piece of the file. Returns the number of bytes that they have. */
static size_t
take_records(struct reduce *r, const struct buf *piece)
{
	size_t at = 0;

	while (piece->len - at >= sizeof(struct head) && r->fault->status == 0) {
		struct head head;
		struct rec of;
		const char *why;

		memcpy(&head, piece->data + at, sizeof head);
		if (head.len > piece->len - at - sizeof head)
			break;
		of = (struct rec){ piece->data + at + sizeof head, (size_t)head.len, head.position };
		if ((why = reduce_record(r, &of)) != NULL && why != reduce_failed)
			reduce_no_memory(r); /* it was accepted before */
		at += sizeof head + (size_t)head.len;
	}
	return at;
}

/* Reads the file in pieces that end anywhere. */
static int
read_all(struct reduce *r, int fd)
{
	struct buf piece = { 0 };
	int result = 0;

	for (;;) {
		size_t used;
		ssize_t n;

		if (buf_reserve(&piece, AT_ONCE) < 0) {
			reduce_no_memory(r);
			result = -1;
			break;
		}
		if ((n = io_read(fd, piece.data + piece.len, AT_ONCE)) <= 0) {
			result = n < 0 ? fail(r, errno) : 0;
			break;
		}
		piece.len += (size_t)n;
		used = take_records(r, &piece);
		if (used > 0)
			memmove(piece.data, piece.data + used, piece.len - used);
		piece.len -= used;
		if (r->fault->status != 0 || rec_out_stop()) {
			result = -1;
			break;
		}
	}
	buf_free(&piece);
	return result;
}

int
reduce_spill_again(struct reduce *r)
{
	int fd, result;

	if (flush(r) < 0)
		return -1;
	fd = r->spill;
	r->spill_used = 0;
	r->full = 0;
	if (lseek(fd, 0, SEEK_SET) < 0)
		result = fail(r, errno);
	else
		result = read_all(r, fd);
	(void)close(fd);
	return result;
}
