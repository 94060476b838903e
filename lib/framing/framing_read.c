/* framing_read: see framing_read.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bom.h"
#include "base/scan.h"
#include "base/status.h"
#include "framing/framing_private.h"
#include "framing/framing_read.h"
#include "os/io.h"
#include "record/block.h"
#include "record/env.h"
#include "stream/rec_out.h"

/*
 * A read goes to the beginning of a page, after the open bytes. If the two sides of a kernel's copy
 * are a few bytes apart within a page, it takes three times as long as from page to page (4K
 * aliasing; 1 GB of a file in memory: 0.40 s and 0.12 s).
 */
enum { PAGE = 4096 };

int
framing_read_init(struct framing_read *s, const struct framing *framing)
{
	const char *wrong;
	const struct env *env = env_get(&wrong);

	if (env == NULL) {
		errno = EINVAL;
		return -1;
	}
	s->framing = s->cutter.framing = framing;
	s->gap = framing->rows ? -1 : framing_gap(framing, &s->gap_byte);
	s->in_place = framing->rows || s->gap >= 0;
	s->record_max = env->record_max;
	s->chunk = env->block;
	/* As many records as fit a usual block with chunk bytes of payload. */
	s->most = s->found.max = (BLOCK_USUAL - BLOCK_HEAD - 16 - s->chunk) / 4;
	s->found.ends = calloc(s->most, sizeof *s->found.ends);
	s->found.starts = !s->in_place ? calloc(s->most, sizeof *s->found.starts) : NULL;
	return s->found.ends == NULL || (!s->in_place && s->found.starts == NULL) ? -1 : 0;
}

void
framing_read_input(struct framing_read *s, int fd, const char *name)
{
	if (s->name != NULL)
		framing_split_next(&s->cutter);
	s->fd = fd;
	s->name = name;
	s->file = io_kind(fd) == IO_FILE;
	s->read = 0;
	s->begun = s->raw;
	s->eof = s->ended = s->look = s->silent = 0;
	s->start = s->len = s->done = s->mark = 0;
	s->placed = NULL;
	s->status = 0;
	s->error.len = 0;
}

void
framing_read_number(struct framing_read *s, uint64_t record)
{
	s->cutter.record = record;
}

/*
 * Notes a fault. The records of the batch are still given out; then framing_read_batch returns -1.
 */
static int
refuse(struct framing_read *s, int status, const char *why)
{
	s->status = status;
	s->ended = 1;
	(void)buf_addf(&s->error, "%s: %s", s->name, why);
	return -1;
}

/*
 * Makes a buffer of cap bytes, with the open bytes at offset start. Returns 0, or -1 with errno
 * ENOMEM.
 */
static int
move_open(struct framing_read *s, size_t cap, size_t start)
{
	size_t open = s->len - s->start;
	void *bytes = s->bytes;

	if (cap > s->cap) {
		if (posix_memalign(&bytes, PAGE, cap) != 0)
			return refuse(s, EX_OSERR, "out of memory for a large record");
		if (open > 0)
			memcpy((char *)bytes + start, s->bytes + s->start, open);
		free(s->bytes);
		s->bytes = bytes;
		s->cap = cap;
	} else if (open > 0) {
		memmove(s->bytes + start, s->bytes + s->start, open);
	}
	s->start = start;
	s->len = start + open;
	return 0;
}

/*
 * Makes room after the open bytes: half a chunk at least. A large record moves only when its memory
 * grows, and that doubles. Returns 0, or -1 with errno ENOMEM.
 */
static int
make_room(struct framing_read *s)
{
	size_t open = s->len - s->start, end = (open + PAGE) / PAGE * PAGE,
	       cap = end + (open > s->chunk ? open : s->chunk);

	if (open > PAGE && s->cap - s->len >= (s->chunk + 1) / 2)
		return 0;
	return move_open(s, cap > s->cap ? cap : s->cap, end - open);
}

/*
 * Returns a place for the next bytes, after the open ones, with its size in *room; or NULL if there
 * is no memory.
 */
static char *
place(struct framing_read *s, size_t *room)
{
	size_t open = s->len - s->start, all;
	char *to;

	/*
	 * The open bytes are copied into each place, so there must not be many. All that is in a
	 * place goes out as one block.
	 */
	if (s->in_place && s->out != NULL && !s->heading && open <= s->chunk / 8 &&
	    open + s->chunk <= block_payload_max(s->record_max) &&
	    rec_out_place(s->out, open, s->chunk + s->chunk / 4, &to, &all)) {
		s->placed = to - open;
		s->placed_len = open;
		if (open > 0)
			memcpy(s->placed, s->bytes + s->start, open);
		*room = s->chunk;
		s->found.max = (all - s->chunk - 8) / sizeof *s->found.ends - 1;
		if (s->found.max > s->most)
			s->found.max = s->most;
		return to;
	}
	s->placed = NULL;
	s->found.max = s->most;
	if (make_room(s) < 0)
		return NULL;
	*room = s->cap - s->len < s->chunk ? s->cap - s->len : s->chunk;
	return s->bytes + s->len;
}

/*
 * Copies the bytes that are not used yet from the output's memory to the buffer, because the output
 * goes on with its memory. Returns 0, or -1 with errno ENOMEM.
 */
static int
take_back(struct framing_read *s, size_t used)
{
	size_t left = s->placed_len - used;

	s->start = s->len = 0;
	if (left > s->cap && move_open(s, left > s->chunk ? left : s->chunk, 0) < 0)
		return -1;
	if (left > 0)
		memcpy(s->bytes, s->placed + used, left);
	s->len = left;
	s->placed = NULL;
	return 0;
}

/* Sets s->data and *len to the bytes that have been read and not used. */
static void
look_at(struct framing_read *s, size_t *len)
{
	s->data = s->placed != NULL ? s->placed : s->bytes + s->start;
	*len = s->placed != NULL ? s->placed_len : s->len - s->start;
}

/*
 * Returns for how many milliseconds to wait for more: -1, for ever, if a silence would change
 * nothing.
 */
static int
patience(struct framing_read *s)
{
	size_t open = s->len - s->start;

	if (s->idle > 0 && !s->silent && framing_split_idle(&s->cutter, s->bytes + s->start, open, NULL))
		return s->idle;
	return -1;
}

/*
 * Reads once, into a place from place(). Waits if nothing has come yet. Returns as io_read, or -1
 * with ETIMEDOUT, ECANCELED or ENOMEM.
 */
static ssize_t
read_some(struct framing_read *s, char **to, size_t *room)
{
	for (int waited = 0;;) {
		ssize_t n;
		int ready;

		errno = ECANCELED;
		if (rec_out_stop())
			return -1;
		if ((*to = place(s, room)) == NULL) {
			errno = ENOMEM;
			return -1;
		}
		if (s->file || waited)
			return io_read(s->fd, *to, *room);
		if ((n = io_read_nowait(s->fd, *to, *room)) >= 0 || errno != EAGAIN)
			return n;
		/* What the output writes meanwhile could overwrite the place. */
		s->placed = NULL;
		if (s->nowait && !io_readable(s->fd)) {
			errno = EAGAIN;
			return -1;
		}
		if (s->nowait) {
			waited = 1;
			continue;
		}
		if ((ready = rec_out_wait(s->fd, patience(s))) <= 0) {
			if (ready == 0)
				errno = ECANCELED;
			return -1;
		}
		waited = 1;
	}
}

/*
 * Reads what is there, up to a chunk; waits only for the first of it. Returns 1; 0 when the input
 * is silent; FRAMING_READ_DRY; or -1.
 */
static int
fill(struct framing_read *s)
{
	size_t got = 0, room, len;
	char *to;
	ssize_t n = read_some(s, &to, &room);

	if (n < 0 && errno == ETIMEDOUT)
		return 0;
	if (n < 0 && errno == EAGAIN && s->nowait)
		return FRAMING_READ_DRY;
	s->silent = 0;
	if (n < 0 && errno == ECANCELED) {
		s->ended = 1;
		return -1;
	}
	/* If input comes in small pieces, those that are there already are taken together. */
	while (n > 0 && (got += (size_t)n) < s->chunk / 2 && got < room && !s->file) {
		ssize_t more = io_read_nowait(s->fd, to + got, room - got);

		if (more < 0 && errno == EAGAIN)
			break;
		n = more;
	}
	if (s->placed != NULL)
		s->placed_len += got;
	else
		s->len += got;
	if (n < 0)
		return s->status != 0 ? -1 : refuse(s, errno == EISDIR ? EX_NOINPUT : EX_IOERR, strerror(errno));
	s->eof = n == 0;
	s->look = 1;
	(void)io_widen_late(s->fd, &s->read, got);
	look_at(s, &len);
	if (!s->begun && len > 0) {
		size_t known = len < 4 ? len : 4;
		int same = memcmp(s->data, BLOCK_MAGIC, known) == 0;

		if (same && known == 4)
			return refuse(s, EX_DATAERR, s->instead != NULL ? s->instead :
				"already a record stream: leave rec-split out, or give --raw to split it as bytes");
		s->begun = !same;
		s->look = !same || s->eof;
	}
	return s->look || s->placed == NULL || take_back(s, 0) == 0 ? 1 : -1;
}

/* Closes the open record, if that can be done. */
static void
close_idle(struct framing_read *s)
{
	s->data = s->bytes + s->start;
	if (framing_split_idle(&s->cutter, s->data, s->len - s->start, &s->found) < 0)
		(void)refuse(s, EX_DATAERR, buf_string(&s->cutter.error));
	s->done = s->found.used;
	s->silent = s->done == 0;
}

/*
 * Returns the offset in data at which record i of the batch begins, or what follows the last one.
 */
static size_t
begins(const struct framing_read *s, size_t i)
{
	const struct framing_found *f = &s->found;
	size_t gap = s->framing->rows ? f->gap : (size_t)(s->gap > 0 ? s->gap : 0);
	size_t first = s->framing->rows ? f->first : 0;

	if (i == f->count)
		return f->used;
	if (!s->in_place)
		return f->starts[i];
	return first + (i > 0 ? f->ends[i - 1] + gap : 0);
}

/*
 * Notes a fault of record i of the batch, which the input's last call may have left open. `at` is
 * 1 to name its byte, too.
 */
static void
blame(struct framing_read *s, size_t i, int at, const char *why)
{
	size_t start = begins(s, i);
	struct buf text = { 0 };
	int bad = buf_addf(&text, "record %" PRIu64, s->cutter.record - s->found.count + i);

	if (at)
		bad |= buf_addf(&text, " at byte %" PRIu64, s->cutter.offset - s->found.used + start);
	if (s->framing->rows || (at && framing_numbers_lines(s->framing)))
		bad |= buf_addf(&text, " (line %" PRIu64 ")",
		    s->cutter.line - scan_count(s->data + start, s->found.used - start, '\n') + 1);
	bad |= buf_addf(&text, ": %s", why);
	(void)refuse(s, EX_DATAERR, bad == 0 ? buf_string(&text) : why);
	buf_free(&text);
}

void
framing_read_record(const struct framing_read *s, size_t i, struct range_view *v)
{
	size_t start = begins(s, i), first = s->framing->rows ? s->found.first : 0;

	*v = (struct range_view){ s->data + start, first + s->found.ends[i] - start };
}

void
framing_read_refuse(struct framing_read *s, size_t i, const char *why)
{
	if (s->status == 0)
		blame(s, i, 1, why);
}

/*
 * Cuts what was found before the first record that is larger than allowed, which is a fault. That
 * may also be the open record after them.
 */
static void
limit(struct framing_read *s, size_t len)
{
	struct framing_found *f = &s->found;
	char why[96];
	uint32_t before = 0, gap = s->gap > 0 ? (uint32_t)s->gap : s->framing->rows ? f->gap : 0;
	size_t i = 0;

	/* The usual case first: all that is held is smaller. */
	if (len > s->record_max)
		for (; i < f->count; i++) {
			if (f->ends[i] - (!s->in_place ? f->starts[i] : before) > s->record_max)
				break;
			before = f->ends[i] + gap;
		}
	else
		i = f->count;
	/*
	 * What follows the records found is one open record only if nothing more can be found in
	 * it.
	 */
	if (i == f->count && (f->count > 0 || f->used > 0 ||
	                         framing_open_length(&s->cutter, s->data, len) <= s->record_max))
		return;
	snprintf(why, sizeof why, "larger than REC_MAX, %" PRIu64 " bytes (is it the right framing?)", s->record_max);
	blame(s, i, 0, why);
	f->count = i;
	f->lacks_gap = 0;
	f->lost = 0;
}

/*
 * Cuts what has been read. If that is more than one block may hold, because a record is nearly as
 * large as allowed, the first record is cut alone. Returns as framing_split does.
 */
static int
cut(struct framing_read *s, size_t len)
{
	struct framing_found *f = &s->found;
	size_t max = f->max;
	int result;

	if (s->heading || (s->in_place && len > block_payload_max(s->record_max)))
		f->max = 1;
	result = framing_split(&s->cutter, s->data, len, s->eof, f);
	s->look = f->used > 0 || f->count == f->max;
	f->max = max;
	return result;
}

/*
 * Looks for the header in what has been read. Returns 1 if it has come, 0 if not, -1 after a fault.
 */
static int
look_for_header(struct framing_read *s, struct buf *header)
{
	struct framing_found *f = &s->found;
	size_t len, from;

	look_at(s, &len);
	if (cut(s, len) < 0)
		return refuse(s, EX_DATAERR, buf_string(&s->cutter.error));
	s->done = f->used;
	if (f->count == 0 && f->used > 0 && s->cutter.offset == f->used)
		s->mark = bom_utf8(s->data, f->used);
	if (f->count == 0 && len - f->used <= BLOCK_TABLE_MAX)
		return 0;
	from = s->framing->rows ? f->first : 0;
	if (f->count > 0 && f->ends[0] == 0)
		return refuse(s, EX_DATAERR, "its first record is empty, and no header");
	if (f->count == 0 || f->used - from > BLOCK_TABLE_MAX)
		return refuse(s, EX_DATAERR, "its header is larger than 1 MiB (is it the right framing?)");
	if (buf_add(header, "\xEF\xBB\xBF", s->mark) < 0 || buf_add(header, s->data + from, f->used - from) < 0)
		return refuse(s, EX_OSERR, "out of memory for the header");
	s->cutter.record--;
	return 1;
}

int
framing_read_header(struct framing_read *s, struct buf *header)
{
	int got = 0;

	s->heading = 1;
	while (got == 0) {
		s->start += s->done;
		s->done = 0;
		if (s->look)
			got = look_for_header(s, header);
		else if (s->eof)
			break;
		else if ((got = fill(s)) == FRAMING_READ_DRY) {
			s->heading = 0;
			return got;
		} else if (got >= 0) {
			/* Silence does not end a header. */
			s->silent = got == 0;
			got = 0;
		}
	}
	s->heading = 0;
	s->found.count = 0;
	if (got == 0 && s->cutter.offset > 0)
		return refuse(s, EX_DATAERR, "its first record is empty, and no header");
	s->ended |= got == 0;
	return got;
}

int
framing_read_any(struct framing_read *s)
{
	int got = 0;

	s->heading = 1;
	while (got >= 0 && got != FRAMING_READ_DRY && s->len == s->start && !s->eof)
		if ((got = fill(s)) == 0)
			s->silent = 1;
	s->heading = 0;
	return got < 0 || got == FRAMING_READ_DRY ? got : s->len > s->start;
}

int
framing_read_block(const struct framing_read *s, size_t count, uint64_t position, struct block *b)
{
	const struct framing_found *f = &s->found;
	int rows = s->framing->rows;

	if (!s->in_place)
		return 0;
	*b = (struct block){ .kind = BLOCK_DATA,
		.gap = rows ? f->gap : (uint8_t)s->gap,
		.count = (uint32_t)count,
		.base = position,
		.next = position + count,
		.payload = s->data + (rows ? f->first : 0),
		.ends = f->ends };
	if (b->gap == 1)
		b->status = rows ? '\n' : s->gap_byte;
	b->size = f->ends[count - 1] + (f->lacks_gap && count == f->count ? 0 : b->gap);
	return 1;
}

int
framing_read_batch(struct framing_read *s)
{
	struct framing_found *f = &s->found;
	size_t len;
	int got = 1;

	s->start += s->done;
	s->done = f->used = f->count = 0;
	while (!s->ended) {
		if (!s->look) {
			if (s->eof)
				s->ended = 1;
			else if ((got = fill(s)) < 0 || got == FRAMING_READ_DRY)
				return got;
			if (got == 0)
				close_idle(s);
			if (f->count > 0)
				return 1;
			continue;
		}
		look_at(s, &len);
		if (cut(s, len) < 0)
			(void)refuse(s, EX_DATAERR, buf_string(&s->cutter.error));
		else
			limit(s, len);
		if (s->placed == NULL)
			s->done = f->used;
		else if (take_back(s, f->used) < 0)
			return -1;
		if (f->count > 0 || f->lost > 0)
			return 1;
		s->start += s->done;
		s->done = f->used = 0;
	}
	return s->status != 0 || !s->eof ? -1 : 0;
}

void
framing_read_free(struct framing_read *s)
{
	framing_split_free(&s->cutter);
	free(s->found.ends);
	free(s->found.starts);
	free(s->bytes);
	buf_free(&s->error);
}
