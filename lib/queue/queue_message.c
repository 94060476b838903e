/*
 * queue_message: the bytes of messages, read from the log and checked; see queue_private.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "queue/queue_private.h"

int
queue_item_add(struct queue *q, const struct queue_item *item)
{
	if (q->item_count == q->item_room) {
		size_t room = q->item_room > 0 ? 2 * q->item_room : 64;
		struct queue_item *more = realloc(q->items, room * sizeof *more);

		if (more == NULL)
			return -1;
		q->items = more;
		q->item_room = room;
	}
	q->items[q->item_count++] = *item;
	return 0;
}

/* Reads n bytes of a segment's file. Returns 1; 0 if they are not there; -1 with errno. */
static int
read_exactly(struct queue *q, uint64_t number, uint64_t lsn, void *to, size_t n)
{
	struct queue_file *f = queue_log_file(&q->log, number);

	if (f == NULL)
		return errno == ENOENT || errno == EBADMSG ? 0 : -1;
	for (size_t have = 0; have < n;) {
		ssize_t got = pread(f->fd, (char *)to + have, n - have, (off_t)(lsn - f->base + have));

		if (got == 0)
			return 0;
		if (got < 0 && errno != EINTR)
			return -1;
		have += got > 0 ? (size_t)got : 0;
	}
	return 1;
}

/*
 * Reads and checks the frame of messages at lsn. Returns 1; 0 if it is damaged or gone; -1 with
 * errno.
 */
static int
read_frame(struct queue *q, uint64_t number, uint64_t lsn, uint64_t room)
{
	uint32_t epoch = atomic_load(&q->control.words->epoch);
	struct queue_frame f;
	struct queue_messages m;
	struct queue_file *file;
	int r;

	if (q->frame_lsn == lsn && q->frame_epoch == epoch)
		return 1;
	q->frame_lsn = 0;
	if ((r = read_exactly(q, number, lsn, &f, sizeof f)) <= 0)
		return r;
	if ((file = queue_log_file(&q->log, number)) == NULL)
		return -1;
	if (!queue_frame_valid(&f, file->random, lsn, room) || (f.kind != QUEUE_MESSAGES && f.kind != QUEUE_COPY) ||
	    f.size < sizeof(struct queue_messages))
		return 0;
	if (QUEUE_HEAD + f.size > q->frame_room) {
		free(q->frame);
		q->frame_room = QUEUE_HEAD + f.size > QUEUE_WINDOW ? QUEUE_HEAD + f.size : QUEUE_WINDOW;
		if ((q->frame = malloc(q->frame_room)) == NULL) {
			q->frame_room = 0;
			return -1;
		}
	}
	memcpy(q->frame, &f, sizeof f);
	if ((r = read_exactly(q, number, lsn + QUEUE_HEAD, q->frame + QUEUE_HEAD, f.size)) <= 0)
		return r;
	if (crc32c(0, q->frame + QUEUE_HEAD, f.size) != f.body)
		return 0;
	memcpy(&m, q->frame + QUEUE_HEAD, sizeof m);
	if ((q->frame_lead = queue_apply_lead(&f, &m)) == 0 || !queue_apply_ends_fit(q->frame + QUEUE_HEAD))
		return 0;
	q->frame_lsn = lsn;
	q->frame_epoch = epoch;
	return 1;
}

/* The payload lies elsewhere. */
static int
read_large(struct queue *q, const struct queue_segment *g, const struct queue_messages *m, struct queue_bytes *b)
{
	int r;

	q->large.len = 0;
	if (m->large < g->base || m->large > g->base + g->bytes || m->payload > g->base + g->bytes - m->large)
		return 0;
	if (buf_reserve(&q->large, m->payload > 0 ? m->payload : 1) < 0)
		return -1;
	if ((r = read_exactly(q, g->number, m->large, q->large.data, m->payload)) <= 0)
		return r;
	b->data = q->large.data;
	return crc32c(0, b->data, m->payload) == m->large_sum;
}

int
queue_bytes_get(struct queue *q, const struct queue_segment *g, uint64_t lsn, uint64_t at, struct queue_bytes *b)
{
	int r = read_frame(q, g->number, lsn, g->base + g->bytes - lsn);
	const char *body = q->frame + QUEUE_HEAD;
	struct queue_messages m;
	const uint32_t *ends;
	uint64_t lead = q->frame_lead;
	uint32_t from;

	if (r <= 0)
		return r;
	memcpy(&m, body, sizeof m);
	if (at >= m.count)
		return 0;
	ends = queue_apply_ends(body);
	from = at > 0 ? ends[at - 1] + m.gap : 0;
	b->len = ends[at] - from;
	b->data = body + lead + from;
	b->attributes = NULL;
	b->attributes_len = 0;
	if (m.attributes != 0) {
		const uint32_t *to = queue_apply_attribute_ends(body);

		b->attributes = body + lead + (m.large != 0 ? 0 : m.payload) + (at > 0 ? to[at - 1] : 0);
		b->attributes_len = to[at] - (at > 0 ? to[at - 1] : 0);
	}
	return m.large != 0 ? read_large(q, g, &m, b) : 1;
}

int
queue_table_read(struct queue *q, const char **bytes, size_t *len)
{
	const struct queue_state *s = q->x.state;
	const struct queue_segment *g;

	*len = 0;
	*bytes = NULL;
	if (s->table == 0)
		return 0;
	if (q->table_at != s->table) {
		q->table.len = 0;
		q->table_at = 0;
		if (buf_reserve(&q->table, s->table_len + 1) < 0)
			return queue_fail_errno(q, NULL);
		g = queue_index_segment(&q->x, s->table);
		if (g == NULL || read_exactly(q, g->number, s->table, q->table.data, s->table_len) <= 0 ||
		    crc32c(0, q->table.data, s->table_len) != s->table_sum)
			return queue_fail(q, EX_DATAERR, "the table of its messages is damaged: see rec-queue check");
		q->table.len = s->table_len;
		q->table_at = s->table;
	}
	*bytes = q->table.data;
	*len = q->table.len;
	return 0;
}

/* ---- receipts and ids ---- */

uint64_t
queue_proof(const struct queue *q, uint64_t number, uint64_t random)
{
	uint64_t what[2] = { number, random }, hash[2];

	siphash(&q->key, what, sizeof what, hash);
	return hash[0];
}

static void
put_hex(char *to, uint64_t n)
{
	for (int i = 60; i >= 0; i -= 4)
		*to++ = "0123456789abcdef"[n >> i & 15];
}

/* A UUID of version 8 (RFC 9562), made of the queue's id and the message's number. */
void
queue_id_text(const struct queue *q, uint64_t number, char id[QUEUE_ID + 1])
{
	uint64_t what[2] = { number, UINT64_MAX }, hash[2];
	char digits[32];
	int at = 0;

	siphash(&q->key, what, sizeof what, hash);
	hash[0] = (hash[0] & ~UINT64_C(0xf000)) | 0x8000;
	hash[1] = (hash[1] & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
	put_hex(digits, hash[0]);
	put_hex(digits + 16, hash[1]);
	for (int i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			id[at++] = '-';
		id[at++] = digits[i];
	}
	id[at] = '\0';
}

int
queue_message(struct queue *q, size_t i, struct queue_message *m)
{
	const struct queue_item *item = &q->items[i];
	struct queue_bytes b = { 0 };
	struct queue_segment g = { .number = item->segment, .base = item->base, .bytes = item->bytes };
	int r;

	*m = (struct queue_message){ .number = item->number,
		.position = item->position,
		.receives = item->receives,
		.sent = item->wall,
		.first = item->first };
	put_hex(m->receipt, item->number);
	put_hex(m->receipt + 16, item->random);
	put_hex(m->receipt + 32, queue_proof(q, item->number, item->random));
	queue_id_text(q, item->number, m->id);
	/* Its segment is there still, unless the message has gone since. */
	if ((r = queue_bytes_get(q, &g, item->lsn, item->at, &b)) < 0)
		return queue_fail_errno(q, NULL);
	if (r > 0) {
		m->data = b.data;
		m->len = b.len;
		m->attributes = b.attributes;
		m->attributes_len = b.attributes_len;
	}
	return 0;
}
