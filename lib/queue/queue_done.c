/*
 * queue_done: messages that were received are removed, or become visible again at another time; see
 * queue.h.
 */

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/status.h"
#include "queue/queue_private.h"

/* Reads 16 hexadecimal digits. Returns 1, or 0 if they are none. */
static int
read_hex(const char *text, uint64_t *n)
{
	*n = 0;
	for (int i = 0; i < 16; i++) {
		if (num_hex(text[i]) < 0)
			return 0;
		*n = *n << 4 | (uint64_t)num_hex(text[i]);
	}
	return 1;
}

static int
read_receipt(const struct queue *q, const char *text, uint64_t *number, uint64_t *random)
{
	uint64_t proof;

	return read_hex(text, number) && read_hex(text + 16, random) && read_hex(text + 32, &proof) &&
	    proof == queue_proof(q, *number, *random);
}

int
queue_run_add(struct queue *q, uint64_t number)
{
	struct queue_run *last = (void *)(q->scratch.data + q->scratch.len - sizeof *last), one = { number, 1 };

	if (q->scratch.len > sizeof(struct queue_runs) && last->first + last->count == number) {
		last->count++;
		return 0;
	}
	return buf_add(&q->scratch, &one, sizeof one);
}

int
queue_run_begin(struct queue *q)
{
	struct queue_runs r = { 0 };

	q->scratch.len = 0;
	return buf_add(&q->scratch, &r, sizeof r);
}

int
queue_run_write(struct queue *q, const struct queue_times *now, enum queue_kind kind, int64_t due, uint32_t visibility)
{
	struct queue_runs r = { .due = due, .visibility = visibility };
	int status;

	r.count = (uint32_t)((q->scratch.len - sizeof r) / sizeof(struct queue_run));
	if (r.count == 0)
		return 0;
	memcpy(q->scratch.data, &r, sizeof r);
	status = queue_append_body(q, now, kind, q->scratch.data, q->scratch.len);
	/* Who waits because too many messages are in flight may go on. */
	if (status == 0 && atomic_exchange(&q->control.words->full, 0))
		queue_event_all(q);
	return status;
}

/* Adds the messages of the receipts to the body. Returns 0, or an exit status. */
static int
add_receipts(struct queue *q, enum queue_verdict verdict, char (*receipts)[QUEUE_RECEIPT], size_t count,
    unsigned char *wrong, uint64_t *left, uint64_t *n)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t number, random;
		const struct queue_entry *e;

		wrong[i] = !read_receipt(q, receipts[i], &number, &random);
		if (wrong[i])
			continue;
		e = queue_index_find(&q->x, number);
		/*
		 * A lease that is over still acknowledges, if nobody has received the message
		 * since.
		 */
		if (e == NULL || e->random != random || e->receives == 0 ||
		    (verdict == QUEUE_AGAIN && e->state != QUEUE_LEASED && e->state != QUEUE_HELD)) {
			++*left;
			continue;
		}
		++*n;
		if (queue_run_add(q, number) < 0)
			return queue_fail_errno(q, NULL);
	}
	return 0;
}

int
queue_finish(struct queue *q, enum queue_verdict verdict, int64_t ms, char (*receipts)[QUEUE_RECEIPT], size_t count,
    unsigned char *wrong, uint64_t *left)
{
	struct queue_times now;
	struct queue_ticket ticket;
	uint64_t n = 0;
	int status = queue_lock(q, &now);

	*left = 0;
	if (status != 0)
		return status;
	status = queue_run_begin(q) < 0 ? queue_fail_errno(q, NULL) : 0;
	if (status == 0)
		status = add_receipts(q, verdict, receipts, count, wrong, left, &n);
	if (status == 0)
		status = queue_run_write(q, &now, verdict == QUEUE_DONE ? QUEUE_REMOVE : QUEUE_VISIBILITY,
		    ms > 0 ? now.lease + ms : 0, (uint32_t)ms);
	if (status == 0 && verdict == QUEUE_AGAIN) {
		if (ms == 0)
			queue_event(q, n);
		else
			queue_event_in(q, ms);
	}
	ticket = queue_ticket(q);
	queue_unlock(q);
	if (status == 0 && n > 0 && q->sync != QUEUE_SYNC_NONE)
		status = queue_wait_disk(q, &ticket);
	return status;
}

int
queue_purge(struct queue *q, uint64_t *count)
{
	struct queue_times now;
	struct queue_ticket ticket;
	struct queue_drop d = { .until = INT64_MIN };
	int status = queue_lock(q, &now);

	if (status != 0)
		return status;
	*count = q->x.state->waiting + q->x.state->entries;
	d.below = q->x.state->next;
	d.cursor = (struct queue_place){ q->x.state->next, q->x.state->end, 0 };
	status = queue_append_body(q, &now, QUEUE_DROP, &d, sizeof d);
	if (status == 0)
		queue_event_all(q);
	ticket = queue_ticket(q);
	queue_unlock(q);
	return status == 0 ? queue_wait_disk(q, &ticket) : status;
}
