/* split: see split.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "block.h"
#include "env.h"
#include "io.h"
#include "rec_out.h"
#include "split.h"

int
split_init(struct split *s, const struct framing *framing)
{
	const char *wrong;
	const struct env *env = env_get(&wrong);
	unsigned char byte;

	if (env == NULL) {
		errno = EINVAL;
		return -1;
	}
	s->framing = s->cutter.framing = framing;
	s->gap = framing_gap(framing, &byte);
	s->record_max = env->record_max;
	s->chunk = env->block;
	/* As many records as fit a usual block with chunk bytes of payload; one word more, which the index is padded with. */
	s->found.max = (BLOCK_USUAL - BLOCK_HEAD - 16 - s->chunk) / 4;
	s->found.ends = calloc(s->found.max + 1, sizeof *s->found.ends);
	s->found.starts = s->gap < 0 ? calloc(s->found.max, sizeof *s->found.starts) : NULL;
	return s->found.ends == NULL || (s->gap < 0 && s->found.starts == NULL) ? -1 : 0;
}

void
split_input(struct split *s, int fd, const char *name)
{
	if (s->name != NULL)
		framing_split_next(&s->cutter);
	s->fd = fd;
	s->name = name;
	s->file = io_kind(fd) == IO_FILE;
	s->begun = s->raw;
	s->eof = s->ended = s->look = s->silent = 0;
	s->start = s->len = 0;
	s->found.used = 0;
	s->status = 0;
	s->error.len = 0;
}

/* A fault: what the batch holds is still given out, then -1. */
static int
refuse(struct split *s, int status, const char *why)
{
	s->status = status;
	s->ended = 1;
	(void)buf_addf(&s->error, "%s: %s", s->name, why);
	return -1;
}

/* Makes room for a chunk behind the bytes that wait for more. */
static int
make_room(struct split *s)
{
	size_t open = s->len - s->start, cap = open + (open > s->chunk ? open : s->chunk);
	char *bytes;

	if (open > 0 && s->start > 0)
		memmove(s->bytes, s->bytes + s->start, open);
	s->start = 0;
	s->len = open;
	if (s->cap - open >= s->chunk)
		return 0;
	if ((bytes = realloc(s->bytes, cap)) == NULL)
		return refuse(s, EX_OSERR, "out of memory for a large record");
	s->bytes = bytes;
	s->cap = cap;
	return 0;
}

/* How long to wait for more: for ever where the end of waiting would change nothing. */
static int
patience(struct split *s)
{
	size_t open = s->len - s->start;

	return s->idle > 0 && !s->silent && framing_split_idle(&s->cutter, s->bytes + s->start, open, NULL) ? s->idle : -1;
}

/* Reads what is there, up to a chunk; waits only for the first of it. Returns 1; 0 when the input is silent; -1. */
static int
fill(struct split *s)
{
	size_t had;
	ssize_t n;

	if (make_room(s) < 0)
		return -1;
	had = s->len;
	n = rec_out_read(s->fd, s->file, s->bytes + had, s->chunk, patience(s));
	if (n < 0 && errno == ETIMEDOUT)
		return 0;
	s->silent = 0;
	if (n < 0 && errno == ECANCELED) {
		s->ended = 1;
		return -1;
	}
	/* What comes in small pieces goes on together, as far as it is there already. */
	while (n > 0 && (s->len += (size_t)n) - had < s->chunk / 2 && !s->file) {
		ssize_t more = io_read_nowait(s->fd, s->bytes + s->len, s->chunk - (s->len - had));

		if (more < 0 && errno == EAGAIN)
			break;
		n = more;
	}
	if (n < 0)
		return refuse(s, errno == EISDIR ? EX_NOINPUT : EX_IOERR, strerror(errno));
	s->eof = n == 0;
	s->look = 1;
	if (!s->begun && s->len > 0) {
		size_t known = s->len < 4 ? s->len : 4;
		int same = memcmp(s->bytes, BLOCK_MAGIC, known) == 0;

		if (same && known == 4)
			return refuse(s, EX_DATAERR, "already a record stream: leave rec-split out, or give --raw to split it as bytes");
		s->begun = !same;
		s->look = !same || s->eof;
	}
	return 1;
}

/* Closes what is open, as far as that goes. */
static void
close_idle(struct split *s)
{
	s->data = s->bytes + s->start;
	if (framing_split_idle(&s->cutter, s->data, s->len - s->start, &s->found) < 0)
		(void)refuse(s, EX_DATAERR, buf_string(&s->cutter.error));
	s->silent = s->found.used == 0;
}

/* How many of the records found are no larger than allowed; where one is, or the open one behind them, that is a fault. */
static void
limit(struct split *s)
{
	struct framing_found *f = &s->found;
	char why[96];
	uint32_t before = 0;
	size_t i = 0;

	/* The usual case at once: all that is held is smaller. */
	if (s->len - s->start > s->record_max)
		for (; i < f->count; i++) {
			if (f->ends[i] - (s->gap < 0 ? f->starts[i] : before) > s->record_max)
				break;
			before = f->ends[i] + (uint32_t)(s->gap > 0 ? s->gap : 0);
		}
	else
		i = f->count;
	/* What is behind the records found is one open record only when nothing more can be found in it. */
	if (i == f->count && (f->count > 0 || f->used > 0 ||
	                         framing_open_length(&s->cutter, s->data, s->len - s->start) <= s->record_max))
		return;
	snprintf(why, sizeof why, "record %" PRIu64 ": larger than REC_MAX, %" PRIu64 " bytes (is it the right framing?)",
	    s->cutter.record - f->count + i, s->record_max);
	f->count = i;
	f->lacks_gap = 0;
	f->lost = 0;
	(void)refuse(s, EX_DATAERR, why);
}

int
split_batch(struct split *s)
{
	struct framing_found *f = &s->found;
	int got = 1;

	s->start += f->used;
	f->used = f->count = 0;
	while (!s->ended) {
		if (!s->look) {
			if (s->eof)
				s->ended = 1;
			else if ((got = fill(s)) < 0)
				return -1;
			if (got == 0)
				close_idle(s);
			if (f->count > 0)
				return 1;
			continue;
		}
		s->data = s->bytes + s->start;
		if (framing_split(&s->cutter, s->data, s->len - s->start, s->eof, f) < 0)
			(void)refuse(s, EX_DATAERR, buf_string(&s->cutter.error));
		else
			limit(s);
		s->look = f->used > 0 || f->count == f->max;
		if (f->count > 0 || f->lost > 0)
			return 1;
		s->start += f->used;
		f->used = 0;
	}
	return s->status != 0 || !s->eof ? -1 : 0;
}

void
split_free(struct split *s)
{
	framing_split_free(&s->cutter);
	free(s->found.ends);
	free(s->found.starts);
	free(s->bytes);
	buf_free(&s->error);
}
