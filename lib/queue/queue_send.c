/*
 * queue_send: messages into the log; see queue.h. A block's payload is written as it lies. The
 * checksum is computed before the lock is taken.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "queue/queue_private.h"

/* Messages [from, to) of a batch, as the parts of a frame. */
struct pieces {
	struct queue_messages m;
	struct queue_part lead, rest[2];
	uint32_t sum;
};

/* Puts the beginning of the frame into q->scratch, and sums all up. Returns 0, or -1 with errno. */
static int
make_pieces(struct queue *q, struct pieces *p, const struct queue_batch *b, uint32_t from, uint32_t to, int64_t due)
{
	uint32_t start = from > 0 ? b->ends[from - 1] + b->gap : 0;
	uint32_t attribute_start = from > 0 && b->attributes != NULL ? b->attribute_ends[from - 1] : 0;
	uint32_t *ends;
	struct buf *lead = &q->scratch;

	p->m = (struct queue_messages){ .payload = b->ends[to - 1] - start,
		.due = due,
		.count = to - from,
		.gap = b->gap,
		.gap_byte = b->gap_byte };
	if (b->attributes != NULL)
		p->m.attributes = b->attribute_ends[to - 1] - attribute_start;
	lead->len = 0;
	if (buf_reserve(lead, sizeof p->m + (size_t)p->m.count * 8 + 8) < 0)
		return -1;
	(void)buf_add(lead, &p->m, sizeof p->m);
	ends = (void *)(lead->data + lead->len);
	for (uint32_t i = from; i < to; i++)
		*ends++ = b->ends[i] - start;
	for (uint32_t i = from; p->m.attributes != 0 && i < to; i++)
		*ends++ = b->attribute_ends[i] - attribute_start;
	lead->len = (size_t)((char *)ends - lead->data);
	while (lead->len % 8 != 0)
		lead->data[lead->len++] = '\0';
	p->lead = (struct queue_part){ lead->data, lead->len };
	p->rest[0] = (struct queue_part){ b->payload + start, p->m.payload };
	p->rest[1] =
	    (struct queue_part){ p->m.attributes != 0 ? b->attributes + attribute_start : NULL, p->m.attributes };
	return 0;
}

static void
sum_pieces(struct pieces *p)
{
	p->sum = crc32c(0, p->lead.data, p->lead.len);
	p->sum = crc32c(p->sum, p->rest[0].data, p->rest[0].len);
	p->sum = crc32c(p->sum, p->rest[1].data, p->rest[1].len);
}

/* With the lock: when the messages become visible; 0: at once. */
static int64_t
due_of(const struct queue *q, const struct queue_times *now, int64_t delay)
{
	delay = delay < 0 ? (int64_t)q->x.state->attributes.delay : delay;
	return delay > 0 ? now->age + delay : 0;
}

/* With the lock: tells those that wait. */
static void
tell(struct queue *q, const struct queue_times *now, int64_t due, uint32_t count)
{
	if (due != 0)
		queue_event_in(q, due - now->age);
	else
		queue_event(q, count);
}

/* Waits for the disk, or leaves that to queue_flush. */
static int
finish(struct queue *q, struct queue_ticket ticket)
{
	q->sent = ticket;
	if (q->sync == QUEUE_SYNC_NONE || q->lazy)
		return 0;
	return queue_wait_disk(q, &ticket);
}

static int
send_frame(struct queue *q, const struct queue_batch *b, uint32_t from, uint32_t to, int64_t delay, uint64_t *first)
{
	struct queue_times now;
	struct queue_ticket ticket;
	struct pieces p;
	int64_t due;
	int status;

	if (make_pieces(q, &p, b, from, to, 0) < 0)
		return queue_fail_errno(q, NULL);
	sum_pieces(&p);
	if ((status = queue_lock(q, &now)) != 0)
		return status;
	if ((due = due_of(q, &now, delay)) != 0) {
		p.m.due = due;
		memcpy(q->scratch.data, &p.m, sizeof p.m);
		sum_pieces(&p);
	}
	status = queue_append_reserve(q, due != 0 ? p.m.count : 0);
	if (status == 0) {
		*first = q->x.state->next;
		status = queue_append(q, &now, QUEUE_MESSAGES, 0, &p.lead, p.rest, p.sum, 0);
	}
	if (status == 0)
		tell(q, &now, due, p.m.count);
	ticket = queue_ticket(q);
	queue_unlock(q);
	return status != 0 ? status : finish(q, ticket);
}

/* ---- large messages ---- */

/* Writes the bytes where there is room for them, without the lock. */
static int
write_large(struct queue *q, const struct queue_part *payload, uint64_t lsn, const struct queue_ticket *t)
{
	struct iovec v = { (void *)payload->data, payload->len };
	struct queue_segment g = { .number = t->segment };

	if (queue_log_write(&q->log, &g, lsn, &v, 1) < 0)
		return queue_fail_errno(q, NULL);
	if (q->sync != QUEUE_SYNC_NONE && queue_log_sync(&q->log, t->segment) < 0)
		return queue_poison(q, t);
	return 0;
}

/*
 * A message whose bytes take their time: room for them is made with the lock, they are written
 * without it, and then a frame of messages names them. If meanwhile another segment has begun, or
 * the log has gone back, all is done again; the third time with the lock.
 */
static int
send_large(struct queue *q, const struct queue_batch *b, uint32_t i, int64_t delay, uint64_t *first)
{
	static const struct queue_part nothing = { NULL, 0 };
	struct queue_times now;
	struct queue_ticket ticket;
	struct pieces p;
	uint64_t lsn, more;
	uint32_t sum;
	int status;

	if (make_pieces(q, &p, b, i, i + 1, 0) < 0)
		return queue_fail_errno(q, NULL);
	more = queue_frame_bytes(p.lead.len + p.rest[1].len);
	sum = crc32c(0, p.rest[0].data, p.rest[0].len);
	for (int tries = 0; tries < 2; tries++) {
		int64_t due;
		int same;

		if ((status = queue_lock(q, &now)) != 0)
			return status;
		if ((status = queue_append_reserve(q, 1)) == 0)
			status = queue_append_large(q, &now, p.rest[0].len, more, &lsn);
		ticket = queue_ticket(q);
		queue_unlock(q);
		if (status == 0)
			status = write_large(q, &p.rest[0], lsn, &ticket);
		if (status != 0 || (status = queue_lock(q, &now)) != 0)
			return status;
		same = queue_ticket(q).segment == ticket.segment && queue_ticket(q).epoch == ticket.epoch &&
		    q->x.state->end + more <=
			q->x.segments[q->x.state->segments - 1].base + q->x.segments[q->x.state->segments - 1].bytes &&
		    !q->x.state->cut;
		if (same) {
			struct queue_part rest[2] = { p.rest[1], nothing };

			due = due_of(q, &now, delay);
			p.m.due = due;
			p.m.large = lsn;
			p.m.large_sum = sum;
			memcpy(q->scratch.data, &p.m, sizeof p.m);
			*first = q->x.state->next;
			status = queue_append_reserve(q, 1);
			status = status != 0 ?
			    status :
			    queue_append(q, &now, QUEUE_MESSAGES, 0, &p.lead, rest,
				crc32c(crc32c(0, p.lead.data, p.lead.len), rest[0].data, rest[0].len), 0);
			if (status == 0)
				tell(q, &now, due, 1);
			ticket = queue_ticket(q);
		}
		queue_unlock(q);
		if (status != 0 || same)
			return status != 0 ? status : finish(q, ticket);
	}
	return send_frame(q, b, i, i + 1, delay, first);
}

/* Returns where a frame that begins with message `from` ends. */
static uint32_t
frame_end(const struct queue *q, const struct queue_batch *b, uint32_t from)
{
	uint32_t start = from > 0 ? b->ends[from - 1] + b->gap : 0, to = from + 1;

	if (q->sync == QUEUE_SYNC_EACH)
		return to;
	/* Usually all of a block fits. */
	if (b->ends[b->count - 1] - start <= QUEUE_FRAME_MOST)
		return b->count;
	while (to < b->count && b->ends[to] - start <= QUEUE_FRAME_MOST)
		to++;
	return to;
}

int
queue_send(struct queue *q, const struct queue_batch *b, int64_t delay, uint64_t *numbers, uint32_t *sent)
{
	uint32_t from = 0, to;
	int status = 0;

	for (; from < b->count; from = to) {
		uint32_t start = from > 0 ? b->ends[from - 1] + b->gap : 0;
		uint64_t first = 0;

		to = frame_end(q, b, from);
		if (to == from + 1 && b->ends[from] - start > QUEUE_FRAME_MOST)
			status = send_large(q, b, from, delay, &first);
		else
			status = send_frame(q, b, from, to, delay, &first);
		if (status != 0)
			break;
		for (uint32_t i = from; numbers != NULL && i < to; i++)
			numbers[i] = first + (i - from);
	}
	if (sent != NULL)
		*sent = from;
	return status;
}

int
queue_send_all(struct queue *q, const struct queue_batch *b, size_t n, int64_t delay, uint64_t *first)
{
	struct queue_times now;
	struct queue_ticket ticket;
	struct pieces p;
	uint64_t bytes = 0, count = 0, start;
	int64_t due;
	int status;

	for (size_t i = 0; i < n; i++) {
		bytes += queue_frame_bytes(sizeof p.m + (uint64_t)b[i].count * 8 + 8 + b[i].ends[b[i].count - 1] +
		    (b[i].attributes != NULL ? b[i].attribute_ends[b[i].count - 1] : 0));
		count += b[i].count;
	}
	if ((status = queue_lock(q, &now)) != 0)
		return status;
	due = due_of(q, &now, delay);
	if ((status = queue_append_reserve(q, due != 0 ? count : 0)) == 0)
		status = queue_append_room(q, &now, bytes, 0);
	start = q->x.state->end;
	*first = q->x.state->next;
	for (size_t i = 0; status == 0 && i < n; i++) {
		if (make_pieces(q, &p, &b[i], 0, b[i].count, due) < 0) {
			status = queue_fail_errno(q, NULL);
			break;
		}
		sum_pieces(&p);
		status = queue_append(q, &now, QUEUE_MESSAGES, i + 1 < n ? QUEUE_MORE : 0, &p.lead, p.rest, p.sum, 0);
	}
	if (status != 0 && q->x.state->end != start) {
		/*
		 * Some are written: the log goes back to before them, and a new segment will cut
		 * them off.
		 */
		struct buf line = q->error;

		q->error = (struct buf){ 0 };
		(void)queue_back(q, start);
		buf_free(&q->error);
		q->error = line;
	}
	if (status == 0)
		tell(q, &now, due, count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
	ticket = queue_ticket(q);
	queue_unlock(q);
	return status != 0 ? status : finish(q, ticket);
}

int
queue_flush(struct queue *q)
{
	return q->sent.end == 0 || q->sync == QUEUE_SYNC_NONE ? 0 : queue_wait_disk(q, &q->sent);
}

void
queue_lazy(struct queue *q, int lazy)
{
	q->lazy = lazy;
}
