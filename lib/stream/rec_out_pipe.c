/*
 * rec_out_pipe: an output's blocks into a descriptor: a pipe, a socket or a file (transport.h).
 */

#include <errno.h>

#include "os/io.h"
#include "stream/rec_out_private.h"

static int
push(struct rec_out *out, int wait)
{
	return writer_push(&out->writer, wait);
}

static int
polled(struct rec_out *out, int busy, struct pollfd *p)
{
	/* A file is always ready, and never gone. */
	if (!out->told && !out->writer.file)
		*p = (struct pollfd){ .fd = out->fd, .events = busy ? POLLOUT : 0 };
	return 1;
}

void
rec_out_pipe_seen(struct rec_out *out, const struct pollfd *p)
{
	/*
	 * A pipe without a reader shows POLLERR: so the command learns now that it has gone, not by
	 * a much later write.
	 */
	if (p->revents & (POLLERR | POLLHUP | POLLNVAL))
		rec_out_fail(out, io_why(out->fd));
}

static void
last_words(struct rec_out *out, void *mark, size_t n, uint32_t status, const char *reason)
{
	(void)status;
	(void)reason;
	writer_last_words(&out->writer, mark, n);
}

void
rec_out_pipe_close(struct rec_out *out)
{
	writer_close(&out->writer);
	if (io_close(out->fd) < 0 && out->state == REC_OUT_OPEN)
		rec_out_fail(out, errno);
}

const struct transport_out rec_out_pipe = {
	.begin = rec_out_hop_begin, /* called from begins_at bytes on, which is UINT64_MAX if no hop is to be offered */
	.push = push,
	.polled = polled,
	.seen = rec_out_pipe_seen,
	.last_words = last_words,
	.close = rec_out_pipe_close,
};
