/*
 * framed_in: see framed_in.h. It is a transport (transport.h) that makes blocks of what
 * framing_read finds: the table, the records, and an end mark at the end of the bytes.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "framing/framed_in.h"
#include "framing/framing_read.h"
#include "framing/framing_table.h"
#include "os/io.h"
#include "record/env.h"
#include "stream/transport.h"

enum step { HEADER, RECORDS, END, OVER };

struct framed_in {
	struct framing framing;
	struct framing_table columns;
	struct framing_read read;
	struct buf header;
	struct table *table;
	enum step step;
	uint64_t position;  /* of the next record; all are numbered from 0 */
	size_t given;       /* records of the batch that have been handed out */
	size_t target;      /* payload bytes of a usual block */
	struct buf payload; /* records that had to be copied */
	uint32_t *ends;
	size_t room;        /* of ends */
};

/* Ends the input, because the bytes are not as they should be. Returns 0. */
static int
fault(struct rec_in *in, struct framed_in *f)
{
	struct framing_read *r = &f->read;
	const char *why = buf_string(&r->error);
	size_t name = strlen(in->name);

	if (r->status == 0)
		return rec_in_finish(in, REC_IN_UNWANTED, 0, NULL);
	/* framing_read puts the name before the reason, too. */
	if (strncmp(why, in->name, name) == 0 && strncmp(why + name, ": ", 2) == 0)
		why += name + 2;
	in->error = errno;
	return rec_in_finish(in, r->status == EX_DATAERR ? REC_IN_DAMAGED : REC_IN_ERROR, r->status, "%s", why);
}

/* Makes a block of the table. Returns 1, or 0 if the input has ended. */
static int
give_table(struct rec_in *in, struct framed_in *f, struct block *b)
{
	struct buf why = { 0 };

	f->step = RECORDS;
	if ((f->table = framing_table_make(&f->columns, &f->framing, &f->header, &why)) == NULL) {
		rec_in_finish(in, why.len > 0 ? REC_IN_DAMAGED : REC_IN_ERROR, why.len > 0 ? EX_DATAERR : EX_OSERR,
		    "%s", why.len > 0 ? buf_string(&why) : "out of memory");
		buf_free(&why);
		return 0;
	}
	b->kind = BLOCK_TABLE;
	b->flags = BLOCK_SUMMED;
	b->payload = (char *)(uintptr_t)f->table->payload;
	b->size = (uint32_t)f->table->len;
	return 1;
}

/*
 * Copies records of the batch to a block, as many as a usual block takes. Returns 1, or 0 as next.
 */
static int
copy_records(struct rec_in *in, struct framed_in *f, struct block *b)
{
	const struct framing_found *found = &f->read.found;

	f->payload.len = 0;
	if (f->room < found->max) {
		free(f->ends);
		f->room = found->max;
		if ((f->ends = calloc(f->room, sizeof *f->ends)) == NULL) {
			f->room = 0;
			return rec_in_finish(in, REC_IN_ERROR, EX_OSERR, "out of memory");
		}
	}
	for (b->count = 0; f->given < found->count && b->count < BLOCK_RECORDS; f->given++) {
		size_t start = found->starts[f->given], len = found->ends[f->given] - start;

		if (b->count > 0 && f->payload.len + len > f->target)
			break;
		if (buf_add(&f->payload, f->read.data + start, len) < 0 || buf_addc(&f->payload, '\n') < 0)
			return rec_in_finish(in, REC_IN_ERROR, EX_OSERR, "out of memory");
		f->ends[b->count++] = (uint32_t)f->payload.len - 1;
	}
	b->gap = 1;
	b->status = '\n';
	b->size = (uint32_t)f->payload.len;
	b->base = f->position;
	b->next = f->position + b->count;
	b->payload = f->payload.data;
	b->ends = f->ends;
	return 1;
}

/* Makes a block of records that have been found. Returns 1, or 0 as next. */
static int
give_records(struct rec_in *in, struct framed_in *f, struct block *b)
{
	const struct framing_found *found = &f->read.found;

	b->kind = BLOCK_DATA;
	if (found->lost > 0 && found->count == f->given) {
		b->kind = BLOCK_LOSS;
		b->count = found->lost;
		b->base = f->position;
		b->next = f->position + found->lost;
		f->given++; /* the batch is done */
	} else if (!framing_read_block(&f->read, found->count, f->position, b)) {
		if (!copy_records(in, f, b))
			return 0;
	} else {
		f->given = found->count;
	}
	f->position = b->next;
	if (f->table != NULL)
		b->flags |= BLOCK_TABLED;
	return 1;
}

/* Returns 1 if the batch has something that has not been handed out, else 0. */
static int
is_left(const struct framed_in *f)
{
	const struct framing_found *found = &f->read.found;

	return f->given < found->count || (f->given == found->count && found->lost > 0);
}

static int
next(struct rec_in *in, struct block *b)
{
	struct framed_in *f = in->port;
	int got = 1;

	if (!rec_in_arrived(in))
		return 0;
	memset(b, 0, sizeof *b);
	rec_in_lends(in);
	f->read.nowait = rec_in_hurries(in);
	if (f->step == HEADER) {
		if (!framing_table_declares(&f->columns))
			f->step = RECORDS;
		else if ((got = framing_read_header(&f->read, &f->header)) == 1)
			return give_table(in, f, b);
		else if (got == 0)
			f->step = END;
	}
	if (f->step == RECORDS) {
		if (is_left(f))
			return give_records(in, f, b);
		if ((got = framing_read_batch(&f->read)) == 1) {
			f->given = 0;
			return give_records(in, f, b);
		}
		if (got == 0)
			f->step = END;
	}
	if (got == FRAMING_READ_DRY) {
		in->dry = 1;
		return 0;
	}
	if (got < 0)
		return fault(in, f);
	if (f->step == OVER) {
		in->over = 1;
		return rec_in_finish(in, REC_IN_GOOD, 0, NULL);
	}
	f->step = OVER;
	b->kind = BLOCK_END;
	b->flags = f->table != NULL ? BLOCK_TABLED : 0;
	b->base = in->records;
	b->next = f->position;
	return 1;
}

static int
sleeps(struct rec_in *in, struct pollfd p[2])
{
	p[0] = (struct pollfd){ .fd = in->fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = -1 };
	return 1;
}

static int
unmet(const struct rec_in *in)
{
	return in->arrived != NULL && io_forlorn(in->fd);
}

static const struct transport_in framed_in = {
	.next = next,
	.sleeps = sleeps,
	.close = rec_in_pipe_close,
	.unmet = unmet,
};

int
framed_in_open(struct rec_in *in, struct framed_in **framed, int fd, const char *name, const char *framing)
{
	struct framed_in *f = *framed = calloc(1, sizeof *f);
	struct buf error = { 0 };
	const char *wrong = NULL;
	int result = -1;

	if (f == NULL)
		return -1;
	errno = ENOMEM;
	if (framing_init(&f->framing, framing, &error) == 0) {
		f->columns.header = framing_table_usual(&f->framing);
		result = framing_table_init(&f->columns, &f->framing, &error);
	}
	buf_free(&error);
	f->read.named = 1;
	f->read.instead = "it is a record stream already: leave the framing before its name out";
	if (result < 0 || framing_read_init(&f->read, &f->framing) < 0 ||
	    rec_in_open_by(in, &framed_in, f, fd, name) < 0)
		return -1;
	f->target = env_get(&wrong)->block;
	framing_read_input(&f->read, fd, name);
	return 0;
}

void
framed_in_free(struct framed_in *f)
{
	if (f == NULL)
		return;
	framing_read_free(&f->read);
	framing_table_free(&f->columns);
	framing_free(&f->framing);
	table_drop(f->table);
	buf_free(&f->header);
	buf_free(&f->payload);
	free(f->ends);
	free(f);
}
