/*
 * rec_in_shm: an input's blocks from a named ring (shm_port.h, transport.h).
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "shm/shm_port.h"
#include "stream/rec_in_private.h"

/*
 * The named ring has given something else than a block. Returns 1 with a loss, or 0 if the input
 * has ended.
 */
static int
verdict(struct rec_in *in, struct block *b, enum shm_found found, const struct shm_item *item)
{
	const struct shm_port *port = in->port;

	switch (found) {
	case SHM_LOST:
		*b = (struct block){ .kind = BLOCK_LOSS, .base = item->seq, .next = item->seq + item->count,
			.count = item->unknown ? BLOCK_LOST_UNKNOWN : (uint32_t)item->count };
		if (port->ring.plan.mode != SHM_STREAM) {
			b->flags = in->order.tabled ? BLOCK_TABLED : 0;
			return 1;
		}
		/*
		 * Another writer's stream comes next. Its positions count from here on, and its
		 * table is its own, as after an end mark.
		 */
		in->origin = in->next;
		rec_in_segment(in);
		in->made_up = 1;
		b->base = b->next = 0;
		return 1;
	case SHM_PARTED:
		return rec_in_finish(in, REC_IN_CUT, EX_DATAERR,
		    "cut off after %" PRIu64 " whole records: it was too slow for the writers, and %" PRIu64
		    " records were lost", in->records, item->count);
	case SHM_ENDED:
		if (in->after_end || port->ring.plan.mode != SHM_STREAM)
			return rec_in_finish(in, REC_IN_GOOD, 0, NULL);
		return rec_in_cut(in);
	case SHM_DIED:
		if (in->after_end && port->ring.plan.mode == SHM_STREAM)
			return rec_in_finish(in, REC_IN_GOOD, 0, NULL);
		return rec_in_finish(in, REC_IN_CUT, EX_DATAERR,
		    "cut off after %" PRIu64 " whole records: a writer was killed before its end", in->records);
	case SHM_FAILED:
		in->end = REC_IN_FAILED;
		in->status = item->count > 0 && item->count < 256 ? (int)item->count : EX_DATAERR;
		if (vis_bytes(&in->reason, item->data, item->len, 0, 0, NULL) == SIZE_MAX)
			in->reason.len = 0;
		return 0;
	default:
		in->error = errno;
		if (errno == EBADMSG)
			return rec_in_finish(in, REC_IN_DAMAGED, EX_DATAERR,
			    "its memory is damaged: its contents make no sense");
		return rec_in_finish(in, REC_IN_ERROR, EX_OSERR, "%s",
		    errno == EIO ? "its memory was truncated" : strerror(errno));
	}
}

/*
 * Takes a block from a named ring. Returns 1, or 0 if the input has ended. The blocks of a queue or
 * a broadcast come from several writers, each with positions of its own: they get the ring's
 * positions instead. Each may be the last block of a writer, which may lack its last gap.
 */
static int
taken(struct rec_in *in, struct block *b, const struct shm_item *item)
{
	const struct shm_port *port = in->port;

	if (!rec_in_adopt(in, b, item->data, item->len))
		return 0;
	/*
	 * A switch is refused as it is by the reader of a pipe that has taken up no ring; an offer
	 * is ignored.
	 */
	if (port->ring.plan.mode == SHM_STREAM)
		return b->kind == BLOCK_OFFER || rec_in_hop_control(in, b);
	if ((b->kind != BLOCK_DATA && b->kind != BLOCK_LOSS) || item->seq > UINT64_MAX - b->count)
		return rec_in_damaged(in, "it is of a kind that does not belong there");
	/* A loss is no record: it fits every ring, whatever its writer's table is. */
	if (b->kind == BLOCK_LOSS)
		b->flags = in->order.tabled ? BLOCK_TABLED : 0;
	b->positions = NULL;
	b->base = item->seq;
	b->next = item->seq + item->count;
	in->order.lacks_gap = 0;
	if (b->kind == BLOCK_DATA && item->count != b->count)
		return rec_in_damaged(in, "its slot gives another number of records");
	return 1;
}

/*
 * Makes a block of the table of a queue or a broadcast, which comes before all records, though a
 * loss may have come before it. Returns 1.
 */
static int
tabled(struct rec_in *in, struct block *b, const struct shm_item *item)
{
	*b = (struct block){ .kind = BLOCK_TABLE, .flags = BLOCK_SUMMED, .size = (uint32_t)item->len,
		.payload = item->data };
	in->order.begun = 0;
	return 1;
}

static int
next(struct rec_in *in, struct block *b)
{
	struct shm_item item;
	enum shm_found found;
	int flushed = 0;

	for (int looks = 0; (found = shm_port_next(in->port, &item)) == SHM_NONE; looks++) {
		uint32_t heard;

		if (in->nowait) {
			if (!shm_port_dry(in->port, &item, &found))
				break;
			in->dry = 1;
			return 0;
		}
		if (shm_port_spins(in->port, looks))
			continue;
		if (!flushed)
			rec_out_flush_all();
		flushed = 1;
		/*
		 * Each sleep is bounded, and before each it is asked whether the outputs are still
		 * wanted.
		 */
		(void)rec_out_go_on();
		(void)rec_out_poll(NULL, 0, 0);
		if (rec_out_stop())
			return rec_in_finish(in, REC_IN_UNWANTED, 0, NULL);
		heard = shm_port_listen(in->port);
		if ((found = shm_port_next(in->port, &item)) != SHM_NONE)
			break;
		shm_port_sleep(in->port, heard);
	}
	if (found == SHM_TABLE)
		return tabled(in, b, &item);
	return found == SHM_BLOCK ? taken(in, b, &item) : verdict(in, b, found, &item);
}

static int
sleeps(struct rec_in *in, struct pollfd p[2])
{
	p[0] = (struct pollfd){ .fd = shm_port_bell(in->port), .events = POLLIN };
	p[1] = (struct pollfd){ .fd = -1 };
	return shm_port_sleeps(in->port);
}

static void
leave(struct rec_in *in)
{
	shm_port_close(in->port);
}

static int
unmet(const struct rec_in *in)
{
	const struct shm_port *port = in->port;

	return !port->ring.plan.made && !shm_ring_begun(&port->ring);
}

static const struct transport_in rec_in_shm = {
	.next = next,
	.sleeps = sleeps,
	.leave = leave,
	.close = leave, /* the descriptor is the ring's */
	.unmet = unmet,
};

int
rec_in_open_shm(struct rec_in *in, struct shm_port *port, const char *name)
{
	return rec_in_open_by(in, &rec_in_shm, port, port->ring.object.fd, name);
}

int
rec_in_is_shm(const struct rec_in *in)
{
	return in->via == &rec_in_shm;
}
