/*
 * each_task: see each_private.h. Moves records from the input's block into tasks, and the tasks'
 * outputs or records to the outputs, without waiting for one: a block must stay as it is until the
 * output is idle.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "work/each_private.h"

void
each_no_memory(struct each *e)
{
	if (e->fault->status == 0)
		command_fail(e->fault, EX_OSERR, "out of memory");
}

/* ---- tasks ---- */

void
each_task_drop_records(struct task *t)
{
	struct held *h;

	while ((h = t->records) != NULL) {
		t->records = h->next;
		held_drop(h);
	}
	t->last = NULL;
}

void
each_task_free(struct task *t)
{
	if (t == NULL)
		return;
	each_task_drop_records(t);
	spool_free(&t->output);
	free(t);
}

static void
append(struct each *e, struct task *t)
{
	*e->tail = t;
	e->tail = &t->next;
	e->tasks++;
}

/*
 * Puts a loss on the list. With order it has its position; else it gets the one that is next when
 * it goes out.
 */
static void
take_loss(struct each *e, const struct block *b)
{
	struct task *t = calloc(1, sizeof *t);

	if (t == NULL || (t->records = held_records(b, 0, 0)) == NULL) {
		free(t);
		each_no_memory(e);
		return;
	}
	t->state = TASK_LOSS;
	t->begin = b->base;
	t->end = b->next;
	append(e, t);
}

/*
 * Gives records of the block to the task that is being filled. Returns 1 if it has all that it can
 * have, else 0.
 */
static int
give(struct each *e)
{
	struct task *t = e->filling;
	uint32_t count = e->block.count - e->at;
	struct held *h;

	if (t == NULL && (t = e->filling = calloc(1, sizeof *t)) == NULL) {
		each_no_memory(e);
		return 0;
	}
	if (count > e->batch - t->count)
		count = (uint32_t)(e->batch - t->count);
	if ((h = held_records(&e->block, e->at, e->at + count)) == NULL) {
		each_no_memory(e);
		return 0;
	}
	if (t->last == NULL)
		t->records = h;
	else
		t->last->next = h;
	t->last = h;
	if (t->count == 0)
		t->begin = h->block.base;
	t->end = block_position(&h->block, count - 1);
	t->count += count;
	e->at += count;
	return t->count == e->batch;
}

/* Puts the task that is being filled on the list, and returns it; or NULL if there is none. */
static struct task *
filled(struct each *e)
{
	struct task *t = e->filling;

	e->filling = NULL;
	if (t != NULL)
		append(e, t);
	return t;
}

struct task *
each_next(struct each *e)
{
	int got;

	while (e->fault->status == 0) {
		if (e->at < e->block.count) {
			if (give(e))
				return filled(e);
			continue;
		}
		e->block.count = e->at = 0;
		if (e->in->end != REC_IN_OPEN || (got = rec_in_try(e->in, &e->block)) < 0) {
			e->block.count = 0;
			return filled(e);
		}
		if (got == 0)
			return NULL;
		if (e->block.kind == BLOCK_LOSS) {
			struct task *t = filled(e);

			take_loss(e, &e->block);
			e->block.count = 0;
			if (t != NULL)
				return t;
		}
	}
	return NULL;
}

uint64_t
each_low(const struct each *e)
{
	if (e->head != NULL)
		return e->head->begin;
	if (e->filling != NULL)
		return e->filling->begin;
	return e->at < e->block.count ? block_position(&e->block, e->at) : e->in->next;
}

/* ---- what goes out ---- */

void
each_waits(struct each *e, struct task *t)
{
	t->held = t->output.memory;
	if (t->state == TASK_FAILED)
		for (struct held *h = t->records; h != NULL; h = h->next)
			t->held += held_bytes(h);
	t->filed = t->output.file_bytes > 0;
	e->held += t->held;
	e->files += (size_t)t->filed;
}

void
each_over(struct each *e, struct task *t)
{
	e->held -= t->held;
	e->files -= (size_t)t->filed;
	t->held = 0;
	t->filed = 0;
	each_task_drop_records(t);
	spool_free(&t->output);
	t->state = TASK_OVER;
}

void
each_lost(struct each *e, struct task *t)
{
	rec_out_give_up(t->begin);
	each_over(e, t);
}

/*
 * Puts out the output of a good task. Returns 1 after all of it, or 0 if the output takes no more
 * now.
 */
static int
put_output(struct each *e, struct task *t)
{
	struct held *h;

	for (;;) {
		if (e->under_way != NULL) {
			if (!rec_out_push(e->out))
				return 0;
			spool_shift(&t->output);
			t->placed = 0;
			e->under_way = NULL;
		}
		if ((h = spool_first(&t->output)) == NULL) {
			if (errno != 0 && e->fault->status == 0)
				command_fail(e->fault, EX_IOERR, "a temporary file: %s", strerror(errno));
			return 1;
		}
		if (!t->placed) {
			t->placed = 1;
			h->block.base = h->block.next = e->order ? t->end : e->records;
			e->records += h->block.count;
			if (!e->order)
				h->block.next = e->records;
		}
		if (!rec_out_begin(e->out, &h->block))
			return 0;
		e->under_way = t;
	}
}

/* Puts the records of a failed task, or a loss, to rejected. Returns as put_output. */
static int
put_rejected(struct each *e, struct task *t)
{
	for (;;) {
		if (e->rejecting != NULL) {
			struct held *h = t->records;

			if (!rec_out_push(e->rejected))
				return 0;
			t->records = h->next;
			held_drop(h);
			e->rejecting = NULL;
		}
		if (t->records == NULL)
			return 1;
		if (!rec_out_begin(e->rejected, &t->records->block))
			return 0;
		e->rejecting = t;
	}
}

/* Puts a loss to both outputs. Returns as put_output. */
static int
put_loss(struct each *e, struct task *t)
{
	/* The records stay until both outputs have the loss. */
	if (!t->told) {
		struct block b = t->records->block;

		if (!e->order)
			b.base = b.next = e->records;
		if (!rec_out_begin(e->out, &b))
			return 0;
		t->told = 1;
	}
	return e->rejected == NULL || put_rejected(e, t);
}

/* Puts out what the task at the head of the list has to give. Returns 1 if the task is over. */
static int
put_head(struct each *e, struct task *t)
{
	if (t->state == TASK_GOOD && e->order) {
		if (!put_output(e, t))
			return 0;
		each_over(e, t);
	}
	if (t->state == TASK_FAILED) {
		if (!put_rejected(e, t))
			return 0;
		each_over(e, t);
	}
	if (t->state == TASK_LOSS) {
		if (e->under_way != NULL || !put_loss(e, t))
			return 0;
		each_over(e, t);
	}
	return t->state == TASK_OVER;
}

void
each_release(struct each *e)
{
	struct task *t;

	while ((t = e->ready) != NULL && put_output(e, t)) {
		if ((e->ready = t->ready) == NULL)
			e->ready_tail = &e->ready;
		each_over(e, t);
	}
	while ((t = e->head) != NULL && put_head(e, t)) {
		if ((e->head = t->next) == NULL)
			e->tail = &e->head;
		e->tasks--;
		each_task_free(t);
	}
	/* The first task's header goes out first, even if the input began after position 0. */
	if (!e->headed || e->declared != NULL)
		rec_out_mark(e->out, e->order ? each_low(e) : e->records, 0);
	if (e->rejected != NULL)
		rec_out_mark(e->rejected, each_low(e), 0);
}
