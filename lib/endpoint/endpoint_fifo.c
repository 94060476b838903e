/*
 * endpoint_fifo: fifo:PATH, and FIFOs that a path names. See endpoint_private.h.
 *
 * The side that learns that both sides have the FIFO of fifo: open removes its name, which has done
 * its work; the other side then finds no name. A writer learns it when it can open the FIFO, a
 * reader when poll reports a writer. A FIFO that a path names stays.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/status.h"
#include "endpoint/endpoint_private.h"
#include "os/clock.h"
#include "os/signals.h"

/* ---- names ---- */

/* FIFOs that this process has made and not yet removed. The signal handler reads the list. */
static struct endpoint_fifo *fifos;

static void
remove_fifos(int signal)
{
	(void)signal;
	for (struct endpoint_fifo *m = fifos; m != NULL; m = m->other)
		unlink(m->path);
}

static struct signals_call on_signal = { .fn = remove_fifos };

/* At exit: for a command that ends before it has closed everything. */
static void
remove_left(void)
{
	remove_fifos(0);
}

/* Makes the FIFO. Returns 1; 0 if it was there already; -1 with errno. */
static int
make(struct endpoint *ep, const char *path)
{
	static int registered;
	int own;

	signals_on(&on_signal);
	if (!registered)
		registered = atexit(remove_left) == 0;
	signals_hold();
	own = mkfifo(path, 0600) == 0;
	if (own) {
		ep->fifo = (struct endpoint_fifo){ .path = path, .other = fifos };
		fifos = &ep->fifo;
	}
	signals_release();
	return own || errno == EEXIST ? own : -1;
}

/* Takes the FIFO off the list. Returns 1 if it was on the list, else 0. */
static int
forget(struct endpoint *ep)
{
	int own = 0;

	signals_hold();
	for (struct endpoint_fifo **m = &fifos; *m != NULL; m = &(*m)->other)
		if (*m == &ep->fifo) {
			*m = ep->fifo.other;
			own = 1;
			break;
		}
	signals_release();
	return own;
}

/* Removes the FIFO's name, unless another file has that name by now. */
static void
remove_name(const struct endpoint *ep, const char *path)
{
	struct stat opened, named;

	if (fstat(ep->fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino &&
	    opened.st_dev == named.st_dev)
		(void)unlink(path);
}

void
endpoint_fifo_met(struct endpoint *ep)
{
	if (ep->fifo.path != NULL)
		remove_name(ep, ep->fifo.path);
	(void)forget(ep);
}

void
endpoint_fifo_missed(struct endpoint *ep)
{
	if (ep->fifo.path != NULL)
		(void)unlink(ep->fifo.path);
	(void)forget(ep);
}

/* ---- writing ---- */

/*
 * Returns 1 if the path leads to a pipe without a name, by /dev/fd/N: a reader that has left it
 * cannot come back.
 */
static int
is_nameless(const char *path)
{
	enum { PIPEFS = 0x50495045 };
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == PIPEFS;
}

/*
 * Opens a FIFO for writing as soon as a reader has it open. If `made`, makes the FIFO again if its
 * name has gone: a reader that leaves before a writer has come removes the name. Returns 0; 1 if
 * nobody wants the output; -1 with errno.
 *
 * An open(2) that waits would not notice that the reader of standard output leaves, which mostly
 * belongs to one pipeline with the FIFO's reader. So this tries again and again. That also meets a
 * reader that waits in its own open(2), which no poll reports.
 *
 * That the reader of standard output has left proves nothing by itself: it may have had enough
 * before the FIFO's reader began.
 */
static int
await_reader(struct endpoint *ep, const char *path, int flags, int made)
{
	enum { REST = 50 }; /* milliseconds between two tries, in the end */
	static int64_t since; /* when nobody wanted the outputs any more; several FIFOs share the time that is left */
	struct pollfd none = { .fd = -1 };
	int left = 0;

	for (int ms = 1;; ms = ms * 2 < REST ? ms * 2 : REST) {
		if ((ep->fd = open(path, flags | O_NONBLOCK | O_CLOEXEC)) >= 0) {
			/* The descriptor is our own, and nobody shares its flags yet. */
			(void)fcntl(ep->fd, F_SETFL, flags & O_APPEND);
			return 0;
		}
		if (errno == ENOENT && made && (forget(ep), make(ep, path)) >= 0) {
			left = 1;
			continue;
		}
		if (errno != ENXIO && errno != EINTR)
			return -1;
		if (is_nameless(path))
			return 1;
		if (rec_out_await(&none, 1, ms) != 0 && !rec_out_deserted()) {
			since = 0;
			continue;
		}
		if (since == 0)
			since = clock_ms();
		if (left || clock_ms() - since >= REC_OUT_GRACE)
			return 1;
		(void)poll(NULL, 0, ms); /* rec_out_await returns at once if nobody wants the other outputs */
	}
}

/*
 * Opens an output that nobody wants. endpoint_rec_out then tells the stream that its reader has
 * left.
 */
static int
open_nowhere(struct endpoint *ep)
{
	ep->unwanted = 1;
	ep->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return ep->fd >= 0 ? 0 : endpoint_refuse_errno(ep);
}

int
endpoint_fifo_write(struct endpoint *ep, const char *path, int flags)
{
	int got = await_reader(ep, path, flags, 0);

	return got < 0 ? endpoint_refuse_errno(ep) : got > 0 ? open_nowhere(ep) : 0;
}

/* ---- the scheme ---- */

static int
open_reading(struct endpoint *ep, const char *path)
{
	int status;

	do
		ep->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (ep->fd < 0 && errno == EINTR);
	if (ep->fd >= 0) {
		ep->fifo.path = path;
		(void)fcntl(ep->fd, F_SETFL, 0);
		return 0;
	}
	status = endpoint_refuse_errno(ep);
	/* A name that this process has made must not stay for the next run to meet. */
	if (forget(ep))
		(void)unlink(path);
	return status;
}

static int
open_writing(struct endpoint *ep, const char *path)
{
	int got = await_reader(ep, path, O_WRONLY, 1), status = 0;

	if (got == 0)
		remove_name(ep, path);
	else if (got < 0)
		status = endpoint_refuse_errno(ep);
	/*
	 * Neither must the name stay of a FIFO that nobody has opened, or that a reader made that
	 * has died since.
	 */
	if ((forget(ep) && got != 0) || got > 0)
		(void)unlink(path);
	return got > 0 ? open_nowhere(ep) : status;
}

static int
open_fifo(struct endpoint *ep, const char *path)
{
	struct stat named;
	int own;

	/*
	 * The name that was there may be gone when it is looked at: the other side has given it
	 * up.
	 */
	while ((own = make(ep, path)) == 0 && lstat(path, &named) < 0 && errno == ENOENT)
		continue;
	if (own < 0)
		return endpoint_refuse_errno(ep);
	if (own == 0 && !S_ISFIFO(named.st_mode) && (stat(path, &named) < 0 || !S_ISFIFO(named.st_mode)))
		return endpoint_refuse(ep, ep->output ? EX_CANTCREAT : EX_NOINPUT,
		    "the file is there already and is no FIFO");
	return ep->output ? open_writing(ep, path) : open_reading(ep, path);
}

static int
stat_fifo(const char *path, int output, struct stat *st)
{
	(void)output;
	if (stat(path, st) == 0)
		return 1;
	st->st_mode = S_IFIFO;
	return 0;
}

const struct endpoint_scheme endpoint_fifo = {
	.name = "fifo",
	.example = "fifo:PATH",
	.stat = stat_fifo,
	.open = open_fifo,
};
