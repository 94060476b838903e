/*
 * reduce_spill: records whose groups memory has no room for wait in temporary files without names,
 * and are taken later: those of one group are in the same file of 16, chosen by bits of their key's
 * hash. Each file is read by itself; if memory has no room for all its groups either, the others
 * wait in 16 more, chosen by the next bits (Grace hash join: Kitsuregawa, Tanaka, Moto-oka, 1983).
 * So a record is written and read as often as the number of groups has digits, in effect.
 *
 * The groups of the files come out in the order of their first records: see reduce_runs.c.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "change/reduce_private.h"
#include "os/io.h"
#include "os/tempfile.h"
#include "record/position.h"

enum { BITS = 4, FILES = 1 << BITS, AT_ONCE = 64 * 1024, AT_LEAST = 1024 };

/* What is before each record. */
struct head {
	uint64_t position, order, len; /* order: of the records that wait, as they came */
};

struct reduce_waiting {
	struct {
		int fd, open;
		struct buf bytes; /* not written yet */
	} files[FILES];
};

void
reduce_no_memory(struct reduce *r)
{
	if (r->fault->status == 0)
		command_fail(r->fault, EX_OSERR, "out of memory");
}

int
reduce_spill_fail(struct reduce *r)
{
	const char *folder = getenv("TMPDIR");

	if (r->fault->status == 0)
		command_fail(r->fault, EX_IOERR, "a temporary file in %s: %s",
		    folder != NULL && *folder != '\0' ? folder : REDUCE_TEMP, strerror(errno));
	return -1;
}

/*
 * Returns how many bytes are written at once: all buffers together take half of the memory at most.
 */
static size_t
at_once(const struct reduce *r)
{
	uint64_t n = r->memory / (2 * FILES);

	return n < AT_LEAST ? AT_LEAST : n < AT_ONCE ? (size_t)n : AT_ONCE;
}

static int
flush(struct reduce *r, size_t i)
{
	struct reduce_waiting *w = r->waiting;

	if (!w->files[i].open) {
		if ((w->files[i].fd = tempfile_open(REDUCE_TEMP)) < 0)
			return reduce_spill_fail(r);
		w->files[i].open = 1;
	}
	if (io_write(w->files[i].fd, w->files[i].bytes.data, w->files[i].bytes.len) < 0)
		return reduce_spill_fail(r);
	w->files[i].bytes.len = 0;
	return 0;
}

int
reduce_spill(struct reduce *r, const struct rec *of, uint64_t hash)
{
	struct head head = { of->pos, r->depth == 0 ? r->spilled++ : r->order, of->len };
	unsigned used = BITS * (r->depth + 1);
	size_t i = used < 64 ? hash >> (64 - used) & (FILES - 1) : 0;
	struct buf *bytes;

	if (r->waiting == NULL && (r->waiting = calloc(1, sizeof *r->waiting)) == NULL) {
		reduce_no_memory(r);
		return -1;
	}
	bytes = &r->waiting->files[i].bytes;
	if (buf_add(bytes, &head, sizeof head) < 0 || (of->len > 0 && buf_add(bytes, of->data, of->len) < 0)) {
		reduce_no_memory(r);
		return -1;
	}
	return bytes->len >= at_once(r) ? flush(r, i) : 0;
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
		r->order = head.order;
		/* It was accepted before, but its group was not known. */
		why = reduce_record(r, &of);
		if (why != NULL && *why == '\0')
			reduce_no_memory(r);
		else if (why != NULL && why != reduce_failed)
			command_fail(r->fault, EX_DATAERR, "record %" PRIu64 ": %s: %s", position_source(of.pos),
			    r->part != NULL ? r->part : "", why);
		at += sizeof head + (size_t)head.len;
	}
	return at;
}

/* Reads a file in pieces that end anywhere. */
static int
read_all(struct reduce *r, int fd)
{
	struct buf piece = { 0 };
	int result = 0;

	for (;;) {
		size_t used;
		ssize_t n;

		if (buf_reserve(&piece, at_once(r)) < 0) {
			reduce_no_memory(r);
			result = -1;
			break;
		}
		if ((n = io_read(fd, piece.data + piece.len, at_once(r))) <= 0) {
			result = n < 0 ? reduce_spill_fail(r) : 0;
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

static void
free_waiting(struct reduce_waiting *w)
{
	for (size_t i = 0; w != NULL && i < FILES; i++) {
		if (w->files[i].open)
			(void)close(w->files[i].fd);
		buf_free(&w->files[i].bytes);
	}
	free(w);
}

/* Takes the records of all files, and of those that these are divided into. */
static int
take_files(struct reduce *r)
{
	struct reduce_waiting *w = r->waiting;
	int result = 0;

	for (size_t i = 0; i < FILES && result == 0; i++)
		if (w->files[i].bytes.len > 0)
			result = flush(r, i);
	r->waiting = NULL;
	r->depth++;
	for (size_t i = 0; i < FILES && result == 0; i++) {
		buf_free(&w->files[i].bytes);
		if (!w->files[i].open)
			continue;
		r->full = 0;
		r->firsts.len = 0;
		result = lseek(w->files[i].fd, 0, SEEK_SET) < 0 ? reduce_spill_fail(r) : read_all(r, w->files[i].fd);
		w->files[i].open = 0;
		(void)close(w->files[i].fd);
		if (result == 0)
			reduce_rows(r, r->last);
		if (result == 0 && r->waiting != NULL)
			result = take_files(r);
	}
	r->depth--;
	free_waiting(w);
	return result;
}

int
reduce_spill_rest(struct reduce *r)
{
	int result = r->waiting != NULL ? take_files(r) : 0;

	r->full = 0;
	r->spilled = 0;
	return result == 0 && r->fault->status == 0 ? reduce_runs_merge(r) : -1;
}

void
reduce_spill_free(struct reduce *r)
{
	free_waiting(r->waiting);
	r->waiting = NULL;
	buf_free(&r->firsts);
	reduce_runs_free(r);
}
