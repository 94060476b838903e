/*
 * endpoint_queue: queue:DIR, a durable queue as an output (rec-queue(1)). Each block is sent, and
 * on the disk, before the output takes another one, so a watermark never passes a record that is
 * not safe. See endpoint_private.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "endpoint/endpoint_private.h"
#include "queue/queue.h"
#include "stream/rec_group.h"
#include "stream/transport.h"

/* The output's port. */
struct queue_end {
	struct queue *queue;
	struct queue_attributes attributes;
	int begun;  /* 1: records have come, and the table is the queue's */
	int status; /* why it has failed */
	struct buf why;
};

static void
fail(struct rec_out *out, int status)
{
	struct queue_end *e = out->port;

	e->status = status;
	e->why.len = 0;
	(void)buf_adds(&e->why, queue_error(e->queue));
	rec_out_broken(out, EIO);
}

/* Returns the number of records before the first one that is too large. */
static uint32_t
fitting(const struct queue_end *e, const struct block *b)
{
	uint32_t i = 0;

	if (b->size <= e->attributes.message_max)
		return b->count;
	while (i < b->count && b->ends[i] - block_start(b, i) <= e->attributes.message_max)
		i++;
	return i;
}

static void
take(struct rec_out *out, const struct block *b, int last)
{
	struct queue_end *e = out->port;
	struct queue_batch batch = {
		.payload = b->payload, .ends = b->ends, .gap = b->gap, .gap_byte = (uint8_t)b->status
	};
	const struct table *t = rec_out_sent(out);
	int status = 0;

	(void)last;
	if (b->kind != BLOCK_DATA || b->count == 0)
		return;
	if (!e->begun)
		status = queue_table_set(e->queue, t != NULL ? t->payload : NULL, t != NULL ? t->len : 0);
	e->begun = 1;
	batch.count = fitting(e, b);
	if (status == 0 && batch.count > 0)
		status = queue_send(e->queue, &batch, -1, NULL, NULL);
	if (status != 0) {
		fail(out, status);
		return;
	}
	if (batch.count == b->count)
		return;
	e->status = EX_DATAERR;
	(void)buf_addf(&e->why, "%s: position %llu: the record has %u bytes, and a message of this queue at most %llu",
	    out->name, (unsigned long long)block_position(b, batch.count),
	    b->ends[batch.count] - block_start(b, batch.count), (unsigned long long)e->attributes.message_max);
	rec_out_broken(out, EMSGSIZE);
}

/* Nothing is ever under way. */
static int
push(struct rec_out *out, int wait)
{
	(void)out;
	(void)wait;
	return 1;
}

static int
polled(struct rec_out *out, int busy, struct pollfd *p)
{
	(void)out;
	(void)busy;
	p->fd = -1;
	return 1;
}

static void
close_queue(struct rec_out *out)
{
	struct queue_end *e = out->port;

	queue_close(e->queue);
	e->queue = NULL;
	close(out->fd);
}

static int
verdict(const struct rec_out *out, const char **why)
{
	struct queue_end *e = out->port;

	*why = e->status != 0 ? buf_string(&e->why) : NULL;
	return e->status;
}

static const struct transport_out queue_out = {
	.take = take,
	.push = push,
	.polled = polled,
	.close = close_queue,
	.verdict = verdict,
};

static int
open_bytes(struct endpoint *ep, const char *path)
{
	(void)path;
	return endpoint_refuse(ep, EX_USAGE, "a queue takes records, not bytes");
}

static int
open_out(struct endpoint *ep, const char *path, struct rec_out *out)
{
	struct queue_end *e = calloc(1, sizeof *e);
	int status, fd;

	if (e == NULL)
		return endpoint_refuse(ep, EX_OSERR, strerror(ENOMEM));
	ep->queue = e;
	if ((status = queue_open(&e->queue, path, QUEUE_SYNC_BATCH, &ep->error)) != 0)
		return status;
	if ((status = queue_attributes_get(e->queue, &e->attributes)) != 0)
		return endpoint_refuse(ep, status, queue_error(e->queue));
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return endpoint_refuse_errno(ep);
	if (rec_out_open_by(out, &rec_group_default, &queue_out, e, fd, ep->name) < 0) {
		close(fd);
		return endpoint_refuse(ep, EX_OSERR, strerror(errno));
	}
	return 0;
}

void
endpoint_queue_free(struct endpoint *ep)
{
	struct queue_end *e = ep->queue;

	if (e == NULL)
		return;
	queue_close(e->queue);
	buf_free(&e->why);
	free(e);
	ep->queue = NULL;
}

const struct endpoint_scheme endpoint_queue = {
	.name = "queue",
	.example = "queue:orders",
	.output_only = 1,
	.input = "messages come by cmd:'rec-queue receive --session NAME QUEUE', or another way to acknowledge them",
	.open = open_bytes,
	.rec_out = open_out,
};
