/*
 * reduce_runs: the rows of groups whose records waited in temporary files (reduce_spill.c). The
 * rows of each file are a run, in the order of the groups' first records. The runs are in one
 * temporary file, and are merged, up to 64 at a time, until there is one.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "change/reduce_private.h"
#include "os/io.h"
#include "os/tempfile.h"

enum { FAN = 64, AT_ONCE = 64 * 1024, AT_LEAST = 1024 };

/* What is before each row. */
struct head {
	uint64_t order, len;
};

struct run {
	uint64_t from, to; /* its place in the file */
};

struct reduce_runs {
	int fd; /* the file */
	uint64_t size;
	struct buf bytes; /* of the run that is written, not written yet */
	struct run *runs;
	size_t count, room;
};

/* A run that is merged. */
struct reader {
	int fd;
	uint64_t from, to; /* what is to be read */
	struct buf bytes;
	size_t at; /* in them: the head of the next row */
	struct head next;
	size_t number; /* of the run */
};

static size_t
at_once(const struct reduce *r)
{
	uint64_t n = r->memory / (2 * FAN);

	return n < AT_LEAST ? AT_LEAST : n < AT_ONCE ? (size_t)n : AT_ONCE;
}

/* ---- writing ---- */

static struct reduce_runs *
open_runs(struct reduce *r)
{
	struct reduce_runs *s = calloc(1, sizeof *s);

	if (s == NULL) {
		reduce_no_memory(r);
		return NULL;
	}
	if ((s->fd = tempfile_open(REDUCE_TEMP)) < 0) {
		(void)reduce_spill_fail(r);
		free(s);
		return NULL;
	}
	return s;
}

static void
close_runs(struct reduce_runs *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd);
	buf_free(&s->bytes);
	free(s->runs);
	free(s);
}

static int
flush(struct reduce *r, struct reduce_runs *s)
{
	if (s->bytes.len > 0 && io_write(s->fd, s->bytes.data, s->bytes.len) < 0)
		return reduce_spill_fail(r);
	s->bytes.len = 0;
	return 0;
}

static int
write_row(struct reduce *r, struct reduce_runs *s, uint64_t order, const char *row, size_t len)
{
	struct head head = { order, len };

	if (buf_add(&s->bytes, &head, sizeof head) < 0 || (len > 0 && buf_add(&s->bytes, row, len) < 0)) {
		reduce_no_memory(r);
		return -1;
	}
	s->size += sizeof head + len;
	return s->bytes.len >= at_once(r) ? flush(r, s) : 0;
}

/* Notes that the bytes since the last run are one, unless there are none. */
static int
end_run(struct reduce *r, struct reduce_runs *s)
{
	uint64_t from = s->count > 0 ? s->runs[s->count - 1].to : 0;

	if (from == s->size)
		return 0;
	if (s->count == s->room) {
		struct run *more = reallocarray(s->runs, s->room + 64, sizeof *more);

		if (more == NULL) {
			reduce_no_memory(r);
			return -1;
		}
		s->runs = more;
		s->room += 64;
	}
	s->runs[s->count++] = (struct run){ from, s->size };
	return 0;
}

int
reduce_runs_row(struct reduce *r, uint64_t order, const char *row, size_t len)
{
	if (r->runs == NULL && (r->runs = open_runs(r)) == NULL)
		return -1;
	return write_row(r, r->runs, order, row, len);
}

int
reduce_runs_end(struct reduce *r)
{
	return r->runs != NULL ? end_run(r, r->runs) : 0;
}

/* ---- reading ---- */

/* Makes n bytes of the run, from its next row on, be in memory. Returns 0, or -1. */
static int
need(struct reduce *r, struct reader *d, uint64_t n)
{
	while (d->bytes.len - d->at < n) {
		uint64_t left = d->to - d->from;
		size_t want = at_once(r);
		ssize_t got;

		if (d->at > 0) {
			memmove(d->bytes.data, d->bytes.data + d->at, d->bytes.len - d->at);
			d->bytes.len -= d->at;
			d->at = 0;
		}
		if (want < n - d->bytes.len)
			want = (size_t)(n - d->bytes.len);
		if (want > left)
			want = (size_t)left;
		if (buf_reserve(&d->bytes, want) < 0) {
			reduce_no_memory(r);
			return -1;
		}
		if ((got = pread(d->fd, d->bytes.data + d->bytes.len, want, (off_t)d->from)) <= 0) {
			if (got < 0 && errno == EINTR)
				continue;
			errno = got == 0 ? EIO : errno; /* nobody else can shorten it */
			return reduce_spill_fail(r);
		}
		d->bytes.len += (size_t)got;
		d->from += (uint64_t)got;
	}
	return 0;
}

/* Reads the next row. Returns 1, 0 at the end of the run, or -1. */
static int
read_row(struct reduce *r, struct reader *d)
{
	if (d->from == d->to && d->at == d->bytes.len)
		return 0;
	if (need(r, d, sizeof d->next) < 0)
		return -1;
	memcpy(&d->next, d->bytes.data + d->at, sizeof d->next);
	return need(r, d, sizeof d->next + d->next.len) < 0 ? -1 : 1;
}

static int
before(const void *context, const void *a, const void *b)
{
	const struct reader *x = a, *y = b;

	(void)context;
	return x->next.order != y->next.order ? x->next.order < y->next.order : x->number < y->number;
}

/* Merges the readers' runs into `to`, or, if that is NULL, into the stream. Returns 0, or -1. */
static int
merge(struct reduce *r, struct heap *heap, struct reduce_runs *to)
{
	while (heap->count > 0 && r->fault->status == 0 && !rec_out_stop()) {
		struct reader *d = heap->at[0];
		const char *row = d->bytes.data + d->at + sizeof d->next;
		int more;

		if (to != NULL ? write_row(r, to, d->next.order, row, (size_t)d->next.len) < 0 :
				 reduce_rows_put(r, row, (size_t)d->next.len) < 0)
			return -1;
		d->at += sizeof d->next + (size_t)d->next.len;
		if ((more = read_row(r, d)) < 0)
			return -1;
		if (more > 0)
			heap_changed(heap, before, NULL);
		else
			heap_drop(heap, before, NULL);
	}
	return r->fault->status == 0 && !rec_out_stop() ? 0 : -1;
}

/* Merges runs [first, first + count) of s. */
static int
merge_some(struct reduce *r, const struct reduce_runs *s, size_t first, size_t count, struct reduce_runs *to)
{
	struct reader *readers = calloc(count, sizeof *readers);
	struct heap heap;
	int result = 0;

	if (readers == NULL || heap_init(&heap, count) < 0) {
		free(readers);
		reduce_no_memory(r);
		return -1;
	}
	for (size_t i = 0; i < count && result == 0; i++) {
		const struct run *run = &s->runs[first + i];

		readers[i] = (struct reader){ .fd = s->fd, .from = run->from, .to = run->to, .number = i };
		result = read_row(r, &readers[i]) < 0 ? -1 : 0;
		if (result == 0)
			heap_add(&heap, &readers[i], before, NULL);
	}
	if (result == 0)
		result = merge(r, &heap, to);
	for (size_t i = 0; i < count; i++)
		buf_free(&readers[i].bytes);
	free(readers);
	heap_free(&heap);
	return result;
}

int
reduce_runs_merge(struct reduce *r)
{
	int result = 0;

	if (r->runs == NULL)
		return 0;
	result = flush(r, r->runs);
	while (result == 0 && r->runs->count > FAN) {
		struct reduce_runs *to = open_runs(r), *from = r->runs;

		result = to == NULL ? -1 : 0;
		for (size_t i = 0; i < from->count && result == 0; i += FAN) {
			result = merge_some(r, from, i, from->count - i < FAN ? from->count - i : FAN, to);
			if (result == 0)
				result = end_run(r, to);
		}
		if (result == 0)
			result = flush(r, to);
		if (to != NULL) {
			close_runs(from);
			r->runs = to;
		}
	}
	if (result == 0)
		result = merge_some(r, r->runs, 0, r->runs->count, NULL);
	reduce_runs_free(r);
	return result;
}

void
reduce_runs_free(struct reduce *r)
{
	close_runs(r->runs);
	r->runs = NULL;
}
