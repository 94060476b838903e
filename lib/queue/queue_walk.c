/*
 * queue_walk: the messages that wait, one after another, as the log has them; those that expire;
 * see queue_private.h.
 */

#include <errno.h>
#include <string.h>

#include "base/crc32c.h"
#include "queue/queue_private.h"

uint64_t
queue_segment_end(const struct queue *q, const struct queue_segment *g)
{
	uint64_t end = g->base + g->bytes;

	/* Between two segments there may have been others, which are gone. */
	if (g + 1 < q->x.segments + q->x.state->segments)
		return g[1].base < end ? g[1].base : end;
	return q->x.state->end;
}

/*
 * Moves lsn to the frame that begins there or is the next one. Returns 1 with its head and its
 * segment; 0 at the end of the log; -1 with errno.
 */
static int
next_frame(struct queue *q, uint64_t *lsn, struct queue_frame *f, struct queue_segment **in)
{
	for (;;) {
		struct queue_segment *g = queue_index_segment(&q->x, *lsn);
		uint64_t end;
		int r;

		if (g == NULL || *lsn >= queue_segment_end(q, g))
			g = queue_index_segment_from(&q->x, *lsn);
		if (g == NULL)
			return 0;
		end = queue_segment_end(q, g);
		if (*lsn < g->base + QUEUE_HEAD)
			*lsn = g->base + QUEUE_HEAD;
		if (*lsn >= end) {
			if (g + 1 >= q->x.segments + q->x.state->segments)
				return 0;
			*lsn = end;
			continue;
		}
		*in = g;
		if ((r = queue_log_frame(&q->log, g, *lsn, end, f)) != 0)
			return r;
		*lsn = queue_log_find(&q->log, g, *lsn + 8, end);
	}
}

/*
 * Reads what a frame of messages begins with. Returns 1; 0 if it contradicts itself; -1 with
 * errno.
 */
static int
read_lead(struct queue *q, const struct queue_segment *g, const struct queue_frame *f, struct queue_messages *m,
    const uint32_t **ends)
{
	uint64_t end = queue_segment_end(q, g), lead;
	const char *bytes;

	if (f->size < sizeof *m)
		return 0;
	if ((bytes = queue_log_bytes(&q->log, g, f->lsn + QUEUE_HEAD, sizeof *m, end)) == NULL)
		return errno == EBADMSG ? 0 : -1;
	memcpy(m, bytes, sizeof *m);
	if ((lead = queue_apply_lead(f, m)) == 0)
		return 0;
	if ((bytes = queue_log_bytes(&q->log, g, f->lsn + QUEUE_HEAD, lead, end)) == NULL)
		return errno == EBADMSG ? 0 : -1;
	*ends = queue_apply_ends(bytes);
	return queue_apply_ends_fit(bytes);
}

/*
 * Finds the message at the place without a look at its frame, if the last walk ended in that.
 * Returns 1 with the message, or 0: the long way is to be gone.
 */
static int
walked_again(struct queue *q, const struct queue_place *place, struct queue_message_place *m)
{
	const struct queue_frame *f = &q->walked;
	const struct queue_messages *body = &q->walked_body;
	const struct queue_segment *g;
	const char *bytes;
	uint32_t ends[2] = { 0, 0 };
	uint64_t i = place->at;

	if (f->lsn != place->lsn || q->walked_epoch != atomic_load(&q->control.words->epoch) || i == 0 ||
	    i >= body->count || f->number + i < q->x.state->dropped || (g = queue_index_segment(&q->x, f->lsn)) == NULL)
		return 0;
	bytes = queue_log_bytes(&q->log, g, f->lsn + QUEUE_HEAD + sizeof *body + (i - 1) * sizeof ends[0], sizeof ends,
	    queue_segment_end(q, g));
	if (bytes == NULL)
		return 0;
	memcpy(ends, bytes, sizeof ends);
	*m = (struct queue_message_place){ f->number + i, f->lsn, i, ends[1] - ends[0] - body->gap, f->age, f->wall };
	return 1;
}

int
queue_walk(struct queue *q, struct queue_place *place, int all, struct queue_message_place *m)
{
	const struct queue_state *s = q->x.state;

	if (walked_again(q, place, m)) {
		place->number = m->number;
		return 1;
	}
	for (;;) {
		struct queue_segment *g;
		struct queue_frame f;
		struct queue_messages body;
		const uint32_t *ends;
		uint64_t was = place->lsn;
		int r = next_frame(q, &place->lsn, &f, &g);

		if (r <= 0) {
			place->number = s->next;
			return r;
		}
		if (place->lsn != was)
			place->at = 0;
		if (!all && g->waiting == 0 && g + 1 < q->x.segments + s->segments) {
			*place = (struct queue_place){ .lsn = g[1].base };
			continue;
		}
		r = f.kind == QUEUE_MESSAGES ? read_lead(q, g, &f, &body, &ends) : 0;
		if (r < 0)
			return -1;
		if (r > 0 && f.number + place->at < s->dropped)
			place->at = s->dropped - f.number;
		if (r > 0 && (all || body.due == 0) && place->at < body.count) {
			uint32_t i = (uint32_t)place->at;

			place->number = f.number + i;
			q->walked = f;
			q->walked_body = body;
			q->walked_epoch = atomic_load(&q->control.words->epoch);
			*m = (struct queue_message_place){ place->number, f.lsn, i,
				ends[i] - (i > 0 ? ends[i - 1] + body.gap : 0), f.age, f.wall };
			return 1;
		}
		*place = (struct queue_place){ .lsn = place->lsn + queue_frame_bytes(f.size) };
	}
}

uint64_t
queue_recount(struct queue *q)
{
	struct queue_state *s = q->x.state;
	uint64_t lsn = s->cursor.lsn, at = s->cursor.at;
	struct queue_segment *g;
	struct queue_frame f;
	int r;

	s->waiting = 0;
	for (g = q->x.segments; g < q->x.segments + s->segments; g++)
		g->waiting = 0;
	while ((r = next_frame(q, &lsn, &f, &g)) > 0) {
		struct queue_messages body;
		const uint32_t *ends;
		int is = f.kind == QUEUE_MESSAGES ? read_lead(q, g, &f, &body, &ends) : 0;

		if (is < 0)
			return UINT64_MAX;
		at = f.lsn == s->cursor.lsn ? at : 0;
		if (is > 0 && body.due == 0 && at < body.count) {
			g->waiting += body.count - at;
			s->waiting += body.count - at;
		}
		lsn += queue_frame_bytes(f.size);
	}
	for (g = q->x.segments; g < q->x.segments + s->segments; g++)
		g->dead = g->waiting > 0 || g->entries > 0 ? 0 : g->dead != 0 ? g->dead : s->end;
	return r < 0 ? UINT64_MAX : s->waiting;
}

/*
 * Moves the place over messages that were sent at `limit` or before. *left: how many wait in its
 * segment after that. *oldest: when the first one that has not expired was sent. Returns 0, or -1
 * with errno.
 */
static int
pass_expired(struct queue *q, struct queue_place *place, int64_t limit, uint64_t *left, int64_t *oldest)
{
	const struct queue_state *s = q->x.state;
	struct queue_segment *g = NULL, *in = NULL;
	struct queue_frame f;
	int r;

	*left = 0;
	while ((r = next_frame(q, &place->lsn, &f, &g)) > 0) {
		struct queue_messages body;
		const uint32_t *ends;
		int is;

		if (g != in) {
			*left = g->waiting;
			in = g;
		}
		if (g + 1 < q->x.segments + s->segments && (g->waiting == 0 || g->newest <= limit)) {
			*place = (struct queue_place){ .lsn = g[1].base };
			*left = 0;
			continue;
		}
		is = f.kind == QUEUE_MESSAGES ? read_lead(q, g, &f, &body, &ends) : 0;
		if (is < 0)
			return -1;
		if (place->lsn != s->cursor.lsn)
			place->at = 0;
		if (is > 0 && body.due == 0 && place->at < body.count) {
			if (f.age > limit) {
				*oldest = f.age < *oldest ? f.age : *oldest;
				place->number = f.number + place->at;
				return 0;
			}
			*left -= *left < body.count - place->at ? *left : body.count - place->at;
		}
		*place = (struct queue_place){ .lsn = place->lsn + queue_frame_bytes(f.size) };
	}
	place->number = s->next;
	*left = 0;
	return r;
}

int
queue_expire(struct queue *q, const struct queue_times *now)
{
	struct queue_state *s = q->x.state;
	int64_t retention = (int64_t)s->attributes.retention, limit = now->age - retention, oldest = now->age;
	struct queue_drop d = { .until = limit, .cursor = s->cursor };
	const struct queue_entry *e = queue_index_first(&q->x, QUEUE_AGED);

	if (retention == 0 || now->age < s->expiry)
		return 0;
	if (s->waiting > 0 && pass_expired(q, &d.cursor, limit, &d.left, &oldest) < 0)
		return queue_fail_errno(q, NULL);
	if ((e != NULL && e->sent <= limit) || d.cursor.lsn != s->cursor.lsn || d.cursor.at != s->cursor.at) {
		int status = queue_append_body(q, now, QUEUE_DROP, &d, sizeof d);

		if (status != 0)
			return status;
		e = queue_index_first(&q->x, QUEUE_AGED);
	}
	if (e != NULL && e->sent < oldest)
		oldest = e->sent;
	q->x.state->expiry = oldest + retention;
	return 0;
}
