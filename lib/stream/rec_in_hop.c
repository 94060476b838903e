/*
 * rec_in_hop: an input's blocks from a pipe with a ring beside it (hop.h, transport.h). As long as
 * the ring is not used, and for blocks that are too large for it, they come through the pipe.
 */

#include <errno.h>

#include "os/io.h"
#include "os/spin.h"
#include "stream/hop.h"
#include "stream/rec_in_private.h"

static const struct transport_in rec_in_hop;

/* The ring beside the pipe was taken up or left: sets the transport that this means. */
static void
settle(struct rec_in *in)
{
	in->via = in->hop.ring.shared != NULL ? &rec_in_hop : &rec_in_pipe;
}

/*
 * Reads the pipe once a ring beside it has been taken up. The back pipe shows that the writer has
 * died, even if other processes still hold the pipe open. After a writer that has gone between two
 * streams another writer may come. The pipe is not widened meanwhile: little passes through it, and
 * the writer has narrowed it on purpose.
 */
static ssize_t
read_beside(struct rec_in *in, void *to, size_t n)
{
	struct pollfd p[2] = { { .fd = in->fd, .events = POLLIN }, { .fd = in->hop.back } };
	ssize_t got;

	if (!in->nowait && rec_out_stop()) {
		errno = ECANCELED;
		return -1;
	}
	while ((got = rec_in_pipe_ready(in, to, n)) < 0 && errno == EAGAIN) {
		if (p[1].fd >= 0 && hop_widowed(&in->hop)) {
			/* The writer may have written just before it died. */
			if ((got = rec_in_pipe_ready(in, to, n)) >= 0 || errno != EAGAIN)
				return got;
			if (in->hop.reading || !in->after_end || in->have_head > 0)
				return 0;
			hop_leave(&in->hop);
			settle(in);
			p[1].fd = -1;
		}
		if (in->nowait) {
			errno = EAGAIN;
			return -1;
		}
		if (rec_out_await(p, 2, -1) == 0) {
			errno = ECANCELED;
			return -1;
		}
	}
	return got;
}

/*
 * Takes the next block from the ring. Returns 1 or 0 as `next` does, or BY_PIPE if the block comes
 * through the pipe. If the writer has gone, or something is in the pipe that should not be there,
 * the ring is looked at once more first, because all that was published comes before that.
 */
enum { BY_PIPE = 2 };

static int
ring_block(struct rec_in *in, struct block *b)
{
	struct pollfd p[2];
	int looks = 0, gone = 0, strange = 0;

	if (!in->nowait && rec_out_stop())
		return rec_in_finish(in, REC_IN_UNWANTED, 0, NULL);
	for (;;) {
		char *data;
		size_t len;
		int got = hop_next(&in->hop, &data, &len);

		if (got == 1)
			return rec_in_adopt(in, b, data, len);
		if (got == HOP_LARGE || got == HOP_OVER) {
			in->large = got == HOP_LARGE;
			in->have_head = hop_rest(&in->hop, in->head);
			settle(in);
			return BY_PIPE;
		}
		if (got < 0)
			return rec_in_damaged(in, "the ring that it comes through is broken");
		if (strange)
			return rec_in_damaged(in, hop_stray(&in->hop));
		if (gone)
			return rec_in_cut(in);
		if (!in->nowait && spin_again(&in->hop.spin, looks++))
			continue;
		if (in->nowait) {
			int drained = hop_drain(&in->hop, in->fd);

			strange = drained < 0;
			gone = drained == 0 || hop_widowed(&in->hop);
			if (strange || gone)
				continue;
			in->dry = 1;
			return 0;
		}
		if (!hop_sleeps(&in->hop, in->fd, p))
			continue;
		spin_sleeps(&in->hop.spin);
		if (rec_out_await(p, 2, -1) == 0)
			return rec_in_finish(in, REC_IN_UNWANTED, 0, NULL);
		spin_woken(&in->hop.spin);
		if (p[0].revents != 0) {
			int drained = hop_drain(&in->hop, in->fd);

			strange = drained < 0;
			gone = drained == 0;
		}
		gone |= p[1].revents != 0;
	}
}

int
rec_in_hop_control(struct rec_in *in, const struct block *b)
{
	const char *rule = NULL;

	switch (b->kind) {
	case BLOCK_SWITCH:
		rule = hop_switch(&in->hop, b);
		break;
	case BLOCK_OFFER:
		hop_accept(&in->hop, in->fd, b);
		settle(in);
		break;
	case BLOCK_DATA:
	case BLOCK_LOSS:
	case BLOCK_END:
	case BLOCK_TABLE:
		if (in->hop.foreign)
			rule = "a ring that its reader has not agreed on was switched to (two readers at once?)";
		break;
	default:
		break;
	}
	return rule == NULL ? 1 : rec_in_damaged(in, rule);
}

static int
next(struct rec_in *in, struct block *b)
{
	int got = in->hop.reading && !in->large ? ring_block(in, b) : BY_PIPE;

	if (got == BY_PIPE && (got = rec_in_receive(in, b)) && in->large && b->kind != BLOCK_WAKE) {
		in->large = 0;
		hop_read(&in->hop);
	}
	return got && rec_in_hop_control(in, b);
}

static int
sleeps(struct rec_in *in, struct pollfd p[2])
{
	if (in->hop.reading && !in->large)
		return hop_sleeps(&in->hop, in->fd, p);
	p[0] = (struct pollfd){ .fd = in->fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = in->hop.back };
	return 1;
}

static void
leave(struct rec_in *in)
{
	hop_leave(&in->hop);
	settle(in);
}

/*
 * A writer that has offered a ring, and not switched to it, may go now. The reader leaves the ring,
 * so it does not take that for the death of the next writer. If the writer has more, it finds that
 * the reader has left the ring, and comes back to the pipe.
 */
static void
segment(struct rec_in *in)
{
	if (!in->hop.reading)
		leave(in);
}

static const struct transport_in rec_in_hop = {
	.next = next,
	.read = read_beside,
	.sleeps = sleeps,
	.segment = segment,
	.leave = leave,
	.close = rec_in_pipe_close,
};
