/*
 * rec_in_pipe: an input's blocks from a descriptor (transport.h), header first, then exactly the
 * body. rec_in_receive does that for all transports of bytes.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/vis.h"
#include "os/io.h"
#include "stream/rec_in_private.h"

ssize_t
rec_in_pipe_ready(struct rec_in *in, void *to, size_t n)
{
	return in->file ? io_read(in->fd, to, n) : io_read_ready(in->fd, to, n);
}

int
rec_in_arrived(struct rec_in *in)
{
	void (*arrived)(struct rec_in *) = in->arrived;

	if (arrived == NULL)
		return 1;
	if (in->nowait && !io_readable(in->fd)) {
		in->dry = 1;
		return 0;
	}
	if (!in->nowait && !rec_out_wait(in->fd, -1)) {
		rec_in_finish(in, REC_IN_UNWANTED, 0, NULL);
		return 0;
	}
	in->arrived = NULL;
	arrived(in);
	return 1;
}

/*
 * Reads up to n bytes; all bytes of a stream come in here. Returns their number, 0 at the end of
 * the input, or -1 if the input has ended by a fault or because the outputs are no longer wanted,
 * or, in rec_in_try, if nothing has come.
 */
static ssize_t
receive(struct rec_in *in, void *to, size_t n)
{
	ssize_t got;

	if (in->arrived != NULL && !rec_in_arrived(in))
		return -1;
	if ((got = in->via->read(in, to, n)) >= 0)
		return got;
	if (in->nowait && errno == EAGAIN) {
		in->dry = 1;
		return -1;
	}
	if (errno == ECANCELED) {
		rec_in_finish(in, REC_IN_UNWANTED, 0, NULL);
		return -1;
	}
	in->error = errno;
	rec_in_finish(in, REC_IN_ERROR, in->error == EISDIR ? EX_NOINPUT : EX_IOERR, "%s", strerror(in->error));
	return -1;
}

/*
 * The input does not begin with a block. Ends it with a reason that shows how it begins, and what
 * to do.
 */
static int
not_stream(struct rec_in *in)
{
	struct buf text = { 0 };
	size_t shown = vis_bytes(&text, (const char *)in->head, in->have_head, 20, 0, NULL);

	if (in->have_head >= strlen(VIS_MARK) && memcmp(in->head, VIS_MARK, strlen(VIS_MARK)) == 0) {
		buf_free(&text);
		return rec_in_finish(in, REC_IN_NOT_STREAM, EX_DATAERR,
		    "not a record stream, but records as they are shown on a terminal: "
		    "let the command before it write into a pipe "
		    "(ssh without -t; not from mpirun, whose ranks write to a terminal)");
	}
	if (shown == SIZE_MAX || buf_terminate(&text) < 0)
		rec_in_finish(in, REC_IN_NOT_STREAM, EX_DATAERR, "not a record stream");
	else
		rec_in_finish(in, REC_IN_NOT_STREAM, EX_DATAERR, "not a record stream (it begins \"%s%s\")", text.data,
		    shown < in->have_head ? "..." : "");
	in->way = in->reason.len;
	(void)buf_adds(&in->reason, "; put rec-split before it");
	buf_free(&text);
	return 0;
}

/*
 * Returns 1 when the header is whole, 0 at the end of the input before its first byte, or -1 if the
 * input has ended otherwise.
 */
static int
receive_head(struct rec_in *in)
{
	static const char magic[] = BLOCK_MAGIC;

	while (in->have_head < BLOCK_HEAD) {
		ssize_t n = receive(in, in->head + in->have_head, BLOCK_HEAD - in->have_head);
		size_t known;

		if (n < 0)
			return -1;
		in->have_head += (size_t)n;
		known = in->have_head < 4 ? in->have_head : 4;
		/*
		 * If it is no block, that is reported at once, not when 40 bytes have come; and not
		 * as a block that was cut off.
		 */
		if (memcmp(in->head, magic, known) != 0) {
			if (in->offset == 0)
				not_stream(in);
			else
				rec_in_damaged(in, block_head(&(struct block){ 0 }, in->head, in->record_max));
			return -1;
		}
		if (n == 0) {
			if (in->have_head == 0)
				return 0;
			rec_in_cut(in);
			return -1;
		}
	}
	return 1;
}

/*
 * Receives the body of the block. Memory grows only as bytes arrive. Returns 1, or -1 as receive
 * does.
 */
static int
receive_body(struct rec_in *in, size_t want)
{
	while (in->have < want) {
		ssize_t n;

		if (in->have == in->cap && rec_in_grow(in, want) < 0)
			return -1;
		n = receive(in, in->body + in->have, (want < in->cap ? want : in->cap) - in->have);
		if (n < 0)
			return -1;
		if (n == 0) {
			rec_in_cut(in);
			return -1;
		}
		in->have += (size_t)n;
	}
	return 1;
}

int
rec_in_receive(struct rec_in *in, struct block *b)
{
	static _Alignas(8) char nothing[8]; /* the body of a first block that has none */
	const char *rule;
	int got = receive_head(in);

	if (got < 0)
		return 0;
	if (got == 0) {
		/*
		 * If the writer has not come back from another reader's ring, what it put there is
		 * lost.
		 */
		in->over = in->after_end && !in->hop.foreign;
		return in->over ? rec_in_finish(in, REC_IN_GOOD, 0, NULL) : rec_in_cut(in);
	}
	if ((rule = block_head(b, in->head, in->record_max)) != NULL)
		return rec_in_damaged(in, rule);
	if (receive_body(in, block_body(b)) < 0)
		return 0;
	in->whole = 1;
	if ((rule = block_check(b, in->head, in->body != NULL ? in->body : nothing, in->record_max)) != NULL)
		return rec_in_damaged(in, rule);
	return 1;
}

static int
next(struct rec_in *in, struct block *b)
{
	return rec_in_receive(in, b) && rec_in_hop_control(in, b);
}

static ssize_t
read_pipe(struct rec_in *in, void *to, size_t n)
{
	ssize_t got = in->nowait ? rec_in_pipe_ready(in, to, n) : rec_out_read(in->fd, in->file, to, n, -1);

	if (got >= 0)
		(void)io_widen_late(in->fd, &in->read, (size_t)got);
	return got;
}

static int
sleeps(struct rec_in *in, struct pollfd p[2])
{
	p[0] = (struct pollfd){ .fd = in->fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = -1 };
	return 1;
}

void
rec_in_pipe_close(struct rec_in *in)
{
	(void)io_close(in->fd); /* nothing that was read can be lost by it */
}

/* Magic, kind and count are the first bytes of a block, and a writer puts its header at once. */
static int
peek(struct rec_in *in)
{
	static const char none[4];
	char begin[12];

	if (!in->file && !rec_out_wait(in->fd, -1))
		return 0;
	if (io_peek(in->fd, begin, sizeof begin) != (ssize_t)sizeof begin || memcmp(begin, BLOCK_MAGIC, 4) != 0)
		return 0;
	if (begin[5] == BLOCK_DATA && memcmp(begin + 8, none, sizeof none) != 0)
		return 0;
	return (unsigned char)begin[5];
}

static int
unmet(const struct rec_in *in)
{
	return in->arrived != NULL && io_forlorn(in->fd);
}

const struct transport_in rec_in_pipe = {
	.next = next,
	.read = read_pipe,
	.peek = peek,
	.sleeps = sleeps,
	.close = rec_in_pipe_close,
	.unmet = unmet,
};
