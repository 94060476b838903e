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
#include "framing/framing_read_private.h"
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
	framing_read_leave(s);
	s->fd = fd;
	s->name = name;
	s->file = io_kind(fd) == IO_FILE;
	s->read = 0;
	s->text = s->named || framing_is_text(s->framing);
	s->begun = s->raw && !s->text && !s->decompress;
	s->eof = s->ended = s->look = s->silent = 0;
	s->start = s->len = s->done = s->mark = 0;
	s->placed = NULL;
	s->cutter.strict = 0;
	s->wary = 0;
	s->status = s->torn = s->apart = 0;
	s->error.len = s->torn_why.len = 0;
}

void
framing_read_number(struct framing_read *s, uint64_t record)
{
	s->cutter.record = record;
}

void
framing_read_strict(struct framing_read *s, size_t columns)
{
	s->cutter.strict = 1;
	s->cutter.columns = columns;
}

int
framing_read_stop(struct framing_read *s, int status, const char *why)
{
	s->status = status;
	s->ended = 1;
	s->error.len = 0;
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
			return framing_read_stop(s, EX_OSERR, "out of memory for a large record");
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
	if (s->in_place && s->out != NULL && !s->heading && s->wary == 0 && open <= s->chunk / 8 &&
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

/* Reads once, without waiting. Returns as io_read_nowait does. */
static ssize_t
read_now(struct framing_read *s, char *to, size_t n)
{
	return s->unpacked.format != NULL ? unpack_take(&s->unpacked, to, n) : io_read_nowait(s->fd, to, n);
}

/*
 * Reads once, into a place from place(). Waits if nothing has come yet. Returns as io_read, or -1
 * with ETIMEDOUT, ECANCELED or ENOMEM.
 */
static ssize_t
read_some(struct framing_read *s, char **to, size_t *room)
{
	int unpacks = s->unpacked.format != NULL;

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
		if ((n = read_now(s, *to, *room)) >= 0 || errno != EAGAIN)
			return n;
		/* What the output writes meanwhile could overwrite the place. */
		s->placed = NULL;
		if (unpacks) {
			if ((ready = unpack_wait(&s->unpacked, patience(s))) > 0)
				continue;
			if (ready == 0)
				errno = ECANCELED;
			return -1;
		}
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
	int started;
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
		ssize_t more = read_now(s, to + got, room - got);

		if (more < 0 && errno == EAGAIN)
			break;
		n = more;
	}
	if (s->placed != NULL)
		s->placed_len += got;
	else
		s->len += got;
	if (n < 0)
		return s->status != 0 ? -1 :
		    framing_read_stop(s, errno == EISDIR ? EX_NOINPUT : EX_IOERR, strerror(errno));
	s->look = 1;
	if (s->unpacked.format == NULL)
		(void)io_widen_late(s->fd, &s->read, got);
	/* What a program has written goes out before its end is waited for. */
	if (n == 0 && (got == 0 || s->unpacked.format == NULL) && framing_read_eof(s) < 0) {
		s->ended = 1;
		return -1;
	}
	look_at(s, &len);
	if (!s->begun && len > 0) {
		if ((started = framing_read_begin(s, len)) <= 0)
			return started < 0 ? -1 : 1;
		s->look = s->begun || s->eof;
	}
	return s->look || s->placed == NULL || take_back(s, 0) == 0 ? 1 : -1;
}

/* Closes the open record, if that can be done. */
static void
close_idle(struct framing_read *s)
{
	s->data = s->bytes + s->start;
	if (framing_split_idle(&s->cutter, s->data, s->len - s->start, &s->found) < 0)
		(void)framing_read_stop(s, EX_DATAERR, buf_string(&s->cutter.error));
	s->done = s->found.used;
	s->silent = s->done == 0;
}

/*
 * Bytes were set aside, and a call ends after such. Others may follow soon, so a call looks at few
 * bytes, and at twice as many each time that none came: not at all that has been read again and
 * again.
 */
static void
be_wary(struct framing_read *s)
{
	enum { FEW = 1024 };

	s->wary = s->found.bad ? FEW : s->wary * 2 < s->chunk ? s->wary * 2 : 0;
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
	framing_read_blame(s, i, 0, why);
	f->count = i;
	f->lacks_gap = f->bad = 0;
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
	size_t max = f->max, fresh = s->wary > 0 ? s->wary : len, part;
	int result;

	if (s->heading || (s->in_place && len > block_payload_max(s->record_max)))
		f->max = 1;
	s->cutter.aside = s->aside && !s->heading;
	s->cutter.longest = s->record_max;
	for (;; fresh = fresh < len / 2 ? fresh * 2 : len) {
		size_t seen = s->cutter.seen;

		part = fresh < len - seen ? seen + fresh : len;
		/* If a program failed, what is open may be the beginning of a record only. */
		result = framing_split(&s->cutter, s->data, part, part == len && s->eof && s->torn == 0, f);
		s->look = f->used > 0 || f->count == f->max;
		if (result < 0 || s->look || part == len)
			break;
	}
	s->small = s->wary > 0;
	if (s->wary > 0 || f->bad)
		be_wary(s);
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
		return framing_read_stop(s, EX_DATAERR, buf_string(&s->cutter.error));
	s->done = f->used;
	if (f->count == 0 && f->used > 0 && s->cutter.offset == f->used)
		s->mark = bom_utf8(s->data, f->used);
	if (f->count == 0 && len - f->used <= BLOCK_TABLE_MAX)
		return 0;
	from = s->framing->rows ? f->first : 0;
	if (f->count > 0 && f->ends[0] == 0)
		return framing_read_stop(s, EX_DATAERR, "its first record is empty, and no header");
	if (f->count == 0 || f->used - from > BLOCK_TABLE_MAX)
		return framing_read_stop(s, EX_DATAERR, "its header is larger than 1 MiB (is it the right framing?)");
	if (buf_add(header, "\xEF\xBB\xBF", s->mark) < 0 || buf_add(header, s->data + from, f->used - from) < 0)
		return framing_read_stop(s, EX_OSERR, "out of memory for the header");
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
	if (got == 0 && s->torn != 0) {
		framing_read_over(s);
		return -1;
	}
	if (got == 0 && s->cutter.offset > 0)
		return framing_read_stop(s, EX_DATAERR, "its first record is empty, and no header");
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
	if (got >= 0 && s->len == s->start && s->torn != 0) {
		framing_read_over(s);
		return -1;
	}
	return got < 0 || got == FRAMING_READ_DRY ? got : s->len > s->start;
}

int
framing_read_batch(struct framing_read *s)
{
	struct framing_found *f = &s->found;
	size_t len;
	int got = 1;

	s->start += s->done;
	s->done = f->used = f->count = 0;
	f->bad = 0;
	while (!s->ended) {
		if (!s->look) {
			if (s->eof)
				framing_read_over(s);
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
			(void)framing_read_stop(s, EX_DATAERR, buf_string(&s->cutter.error));
		else
			limit(s, len);
		if (s->placed == NULL)
			s->done = f->used;
		else if (take_back(s, f->used) < 0)
			return -1;
		if (f->count > 0 || f->lost > 0 || f->bad)
			return 1;
		s->start += s->done;
		s->done = f->used = 0;
	}
	return s->status != 0 || !s->eof ? -1 : 0;
}

const char *
framing_read_unmatched(struct framing_read *s)
{
	return s->packed.len > 0 ? buf_string(&s->packed) : framing_split_unmatched(&s->cutter);
}

void
framing_read_free(struct framing_read *s)
{
	framing_read_leave(s);
	framing_split_free(&s->cutter);
	free(s->found.ends);
	free(s->found.starts);
	free(s->bytes);
	buf_free(&s->error);
	buf_free(&s->torn_why);
	buf_free(&s->packed);
}
