/*
 * rec_in: see rec_in.h.
 *
 * A transport receives a block; each block is checked by the rules of block.h, also against the one
 * before. Any fault ends the input with one of the ends of rec_in.h and a reason of one line.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "os/io.h"
#include "record/env.h"
#include "record/held.h"
#include "stream/rec_group.h"
#include "stream/rec_in_private.h"

/* Bytes of input after which a command looks whether its readers are still there. */
enum { LOOK = 8 * 1024 * 1024 };

int
rec_in_open_by(struct rec_in *in, const struct transport_in *via, void *port, int fd, const char *name)
{
	const char *wrong;
	const struct env *env = env_get(&wrong);

	if (env == NULL) {
		errno = EINVAL;
		return -1;
	}
	memset(in, 0, sizeof *in);
	in->via = via != NULL ? via : &rec_in_pipe;
	in->port = port;
	in->fd = fd;
	in->name = name;
	in->record_max = env->record_max;
	in->file = io_kind(fd) == IO_FILE;
	in->declared = &rec_group_default.declared;
	return 0;
}

int
rec_in_open(struct rec_in *in, int fd, const char *name)
{
	return rec_in_open_by(in, NULL, NULL, fd, name);
}

int
rec_in_hurries(const struct rec_in *in)
{
	return in->nowait;
}

void
rec_in_lends(struct rec_in *in)
{
	in->slotted = in->whole = 1;
}

int
rec_in_is_file(const struct rec_in *in)
{
	return in->file;
}

/* ---- how it ends ---- */

static void __attribute__((format(printf, 4, 0)))
finish(struct rec_in *in, enum rec_in_end end, int status, const char *format, va_list args)
{
	in->end = end;
	in->status = status;
	/* If there is no memory for the reason, the status alone must do. */
	(void)buf_adds(&in->reason, in->name);
	(void)buf_adds(&in->reason, ": ");
	(void)buf_addv(&in->reason, format, args);
}

int
rec_in_finish(struct rec_in *in, enum rec_in_end end, int status, const char *format, ...)
{
	va_list args;

	in->end = end;
	in->status = status;
	if (format != NULL) {
		va_start(args, format);
		finish(in, end, status, format, args);
		va_end(args);
	}
	return 0;
}

int
rec_in_damaged(struct rec_in *in, const char *rule)
{
	return rec_in_finish(in, REC_IN_DAMAGED, EX_DATAERR, "block %" PRIu64 " at byte %" PRIu64 ": %s",
	    in->blocks + 1, in->offset, rule);
}

int
rec_in_cut(struct rec_in *in)
{
	if (rec_in_mute(in))
		return rec_in_finish(in, REC_IN_CUT, EX_DATAERR,
		    "no bytes at all: not even the end mark of an empty stream; "
		    "what should have written it was not run or was killed");
	return rec_in_finish(in, REC_IN_CUT, EX_DATAERR, "cut off after %" PRIu64 " whole records, %s", in->records,
	    in->have_head > 0 ? "in the middle of a block" : "without an end mark");
}

/* ---- one block ---- */

int
rec_in_grow(struct rec_in *in, size_t want)
{
	size_t cap = in->cap == 0 ? BLOCK_USUAL : in->cap * 2;
	char *body;

	if (in->cap > 0 && cap > want)
		cap = want + block_pad(want);
	if ((body = realloc(in->body, cap)) == NULL) {
		rec_in_finish(in, REC_IN_ERROR, EX_OSERR, "out of memory for a block of %zu bytes", want);
		return -1;
	}
	in->body = body;
	in->cap = cap;
	return 1;
}

/* Header and index are copied before they are checked, because the memory is the writer's too. */
int
rec_in_adopt(struct rec_in *in, struct block *b, char *data, size_t len)
{
	const char *rule;
	size_t index;

	in->slotted = in->whole = 1;
	if (len < BLOCK_HEAD)
		return rec_in_damaged(in, "it is shorter than a header");
	memcpy(in->head, data, BLOCK_HEAD);
	if ((rule = block_head(b, in->head, in->record_max)) != NULL)
		return rec_in_damaged(in, rule);
	if (BLOCK_HEAD + block_body(b) != len)
		return rec_in_damaged(in, "its length is not what its header says");
	index = block_index(b);
	while (index > in->cap)
		if (rec_in_grow(in, index) < 0)
			return 0;
	if (index > 0)
		memcpy(in->body, data + len - index, index);
	if ((rule = block_check_apart(b, in->head, data + BLOCK_HEAD, in->body, in->record_max)) != NULL)
		return rec_in_damaged(in, rule);
	return 1;
}

/* ---- blocks ---- */

/*
 * Sets the input's watermark. If it is lower than its positions are by now, the outputs' watermarks
 * must not pass it.
 */
static void
set_watermark(struct rec_in *in, uint64_t watermark)
{
	in->watermark = watermark;
	if (in->next < watermark)
		in->next = watermark;
	in->bounds |= !in->apart && in->watermark < in->next;
	if (in->bounds)
		rec_out_bound(in->watermark);
}

/*
 * An end mark has come. A failure ends the input: returns 0. After a good end mark another stream
 * may come, whose positions count from the mark's watermark: returns 1.
 */
static int
end_mark(struct rec_in *in, const struct block *b)
{
	set_watermark(in, in->origin + b->next);
	if (b->status != 0) {
		in->end = REC_IN_FAILED;
		in->status = (int)b->status;
		/* A stream from elsewhere could have a reason that drives the terminal. */
		if (vis_bytes(&in->reason, b->payload, b->size, 0, 0, NULL) == SIZE_MAX ||
		    (b->size == 0 && buf_adds(&in->reason, "no reason given") < 0))
			in->reason.len = 0;
		return 0;
	}
	in->origin = in->watermark;
	rec_in_segment(in);
	in->after_end = 1;
	/* The blocks after this mark may be another writer's. */
	if (in->via->segment != NULL)
		in->via->segment(in);
	return 1;
}

void
rec_in_segment(struct rec_in *in)
{
	in->order = (struct block_order){ 0 };
	table_drop(in->table);
	in->table = NULL;
}

static struct declared *
declared_of(struct rec_in *in)
{
	return in->declared != NULL ? in->declared : &in->own;
}

/* The block is against the rules, for the reason in why. Returns 0. */
static int
refuse(struct rec_in *in, struct buf *why)
{
	in->misfit = 1;
	rec_in_damaged(in, buf_string(why));
	buf_free(why);
	return 0;
}

/* A table has come. Returns 1, or 0 if the input has ended. */
static int
take_table(struct rec_in *in, const struct block *b)
{
	struct buf why = { 0 };
	const char *rule;
	int news;

	in->after_end = 0; /* another segment has begun, which must have an end mark of its own */
	if ((in->table = table_parse(b->payload, b->size, &rule)) == NULL)
		return rule != NULL ? rec_in_damaged(in, rule) :
				      rec_in_finish(in, REC_IN_ERROR, EX_OSERR, "out of memory for the table");
	if (in->bare)
		return 1;
	if ((news = declared_table(declared_of(in), in->table, in->name, &why)) < 0)
		return refuse(in, &why);
	if (news == 0 || in->tabled == NULL || in->tabled(in, declared_of(in)->table) == 0)
		return 1;
	/* Else the next command would print a header before it hears of the failure. */
	declared_refused(declared_of(in));
	rec_in_enough(in, in->next);
	return 0;
}

/*
 * Records have come: checks that they have the table that all others have. Returns 1, or 0 if the
 * input has ended.
 */
static int
take_records(struct rec_in *in)
{
	struct buf why = { 0 };

	in->bare |= in->table == NULL;
	return declared_records(declared_of(in), in->table, in->name, &why) == 0 || refuse(in, &why);
}

/*
 * Receives a block of any kind, and takes a table or an end mark. Returns 1, or 0 if the input has
 * ended.
 */
static int
any_block(struct rec_in *in, struct block *b)
{
	const char *rule;

	if (in->whole)
		in->have_head = in->have = 0;
	in->whole = in->slotted = 0;
	if (!in->via->next(in, b))
		return 0;
	if (b->kind == BLOCK_DATA || b->kind == BLOCK_LOSS || b->kind == BLOCK_END || b->kind == BLOCK_TABLE) {
		if ((rule = block_follow(&in->order, b)) != NULL)
			return rec_in_damaged(in, rule);
		if (b->next > UINT64_MAX - in->origin || in->order.position > UINT64_MAX - in->origin ||
		    (b->kind != BLOCK_END && b->base > UINT64_MAX - in->origin))
			return rec_in_damaged(in, "its positions pass 64 bits");
	}
	if (in->made_up)
		in->made_up = in->order.begun = 0;
	if (b->kind == BLOCK_TABLE && !take_table(in, b))
		return 0;
	if (b->kind == BLOCK_DATA && b->count > 0 && !take_records(in))
		return 0;
	in->offset += BLOCK_HEAD + block_body(b);
	in->blocks++;
	if (b->kind != BLOCK_END)
		return 1;
	in->ends++;
	return end_mark(in, b);
}

static int
next_block(struct rec_in *in, struct block *b)
{
	if (in->end != REC_IN_OPEN)
		return 0;
	do {
		if (!any_block(in, b))
			return 0;
	} while (b->kind != BLOCK_DATA && b->kind != BLOCK_LOSS);
	in->after_end = 0;
	b->base += in->origin;
	in->next = in->origin + in->order.position;
	set_watermark(in, in->origin + b->next);
	b->next = in->next;
	if (b->kind == BLOCK_LOSS && b->count == BLOCK_LOST_UNKNOWN) {
		in->lost_unknown = 1;
	} else if (b->kind == BLOCK_LOSS) {
		in->lost += b->count;
	} else {
		in->records += b->count;
		in->bytes += b->size;
	}
	return 1;
}

/*
 * A command that writes nothing before its input ends, as a sort, learns from its waits that its
 * reader has gone. It must learn it also if the input is so fast that it never waits. Returns 1 if
 * nobody wants more, else 0.
 */
static int
unwanted(struct rec_in *in)
{
	if (in->nowait || in->end != REC_IN_OPEN || in->offset - in->looked < LOOK)
		return 0;
	in->looked = in->offset;
	(void)rec_out_poll(NULL, 0, 0);
	return rec_out_stop();
}

int
rec_in_block(struct rec_in *in, struct block *b)
{
	int got = unwanted(in) ? rec_in_finish(in, REC_IN_UNWANTED, 0, NULL) : next_block(in, b);
	/*
	 * An input that has ended takes nothing more. Its writer must not wait until this process
	 * closes it.
	 */
	if (!got && in->end != REC_IN_OPEN && in->via->leave != NULL)
		in->via->leave(in);
	return got;
}

void
rec_in_begin(struct rec_in *in)
{
	struct block b;
	int more = in->blocks == 0 && in->via->peek != NULL;

	while (more && in->end == REC_IN_OPEN)
		switch (in->via->peek(in)) {
		case BLOCK_DATA:
			(void)next_block(in, &b); /* a watermark: its segment has no table */
			return;
		case BLOCK_END:
			more = any_block(in, &b);
			break;
		case BLOCK_TABLE:
			(void)any_block(in, &b);
			return;
		default:
			return;
		}
}

int
rec_in_sleeps(struct rec_in *in, struct pollfd p[REC_IN_POLLS])
{
	return in->via->sleeps(in, p);
}

int
rec_in_try(struct rec_in *in, struct block *b)
{
	struct block next; /* *b must stay as it is if only a header has come */
	int got;

	in->nowait = 1;
	in->dry = 0;
	got = rec_in_block(in, &next);
	in->nowait = 0;
	if (got) {
		*b = next;
		return 1;
	}
	return in->end == REC_IN_OPEN ? 0 : -1;
}

struct held *
rec_in_hold(struct rec_in *in, const struct block *b)
{
	struct block copied = *b;
	struct held *h;

	/* Small blocks, of which many may be held, must not each keep the memory of a large one. */
	if (BLOCK_HEAD + block_body(b) >= BLOCK_USUAL / 4 && b->kind == BLOCK_DATA && !in->slotted)
		return held_adopt(b, &in->body, &in->cap);
	if (b->count > 0 && b->kind == BLOCK_DATA) {
		if ((h = held_records(b, 0, b->count)) != NULL)
			h->block.next = b->next;
		return h;
	}
	copied.payload = NULL;
	copied.ends = copied.positions = NULL;
	return held_records(&copied, 0, 0);
}

void
rec_in_enough(struct rec_in *in, uint64_t next)
{
	if (in->end == REC_IN_OPEN)
		in->end = REC_IN_GOOD;
	in->next = next;
}

void
rec_in_own_table(struct rec_in *in)
{
	in->declared = NULL;
}

void
rec_in_share_table(struct rec_in *in, struct declared *declared)
{
	in->declared = declared;
}

void
rec_in_together(struct rec_in *in)
{
	declared_of(in)->together = 1;
}

struct table *
rec_in_table(const struct rec_in *in)
{
	return in->declared != NULL ? in->declared->table : in->own.table;
}

int
rec_in_unmet(const struct rec_in *in)
{
	return in->end == REC_IN_OPEN && in->via->unmet != NULL && in->via->unmet(in);
}

void
rec_in_give_up(struct rec_in *in, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finish(in, REC_IN_CUT, status, format, args);
	va_end(args);
	if (in->arrived != NULL)
		in->arrived(in);
	in->arrived = NULL;
}

int
rec_in_close(struct rec_in *in, const char **why)
{
	*why = NULL;
	if (in->fd < 0)
		return 0;
	if (in->via->leave != NULL)
		in->via->leave(in);
	in->via->close(in);
	in->fd = -1;
	return in->closed != NULL ? in->closed(in, why) : 0;
}

void
rec_in_free(struct rec_in *in)
{
	free(in->body);
	buf_free(&in->reason);
	table_drop(in->table);
	in->table = NULL;
	declared_free(&in->own);
}
