/*
 * statusline: see statusline.h. Bytes of the lock: 0 is locked while a line is written, 1 to PLACES
 * are the places. A line is drawn by one write(2), so a message of another program can come before
 * or after it, but not within.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/vis.h"
#include "os/statusline.h"
#include "os/io.h"
#include "os/signals.h"
#include "os/term.h"

enum { PLACES = 64 };

static int terminal = -1; /* the terminal that shows a line of this process, for the signal's handler; -1: none */

/*
 * Takes the byte's lock, or gives it back. Returns as fcntl does. If the terminal has no locks,
 * each process has the first line.
 */
static int
lock(int fd, int byte, short kind, int wait)
{
	struct flock l = { .l_type = kind, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
	int got;

	while ((got = fcntl(fd, wait ? F_SETLKW : F_SETLK, &l)) < 0 && errno == EINTR)
		;
	return got;
}

/*
 * In the handler of Ctrl-C: each process moves down by its own line, so the prompt comes below all
 * status lines.
 */
static void
interrupted(int signal)
{
	int saved = errno;

	(void)signal;
	if (terminal >= 0)
		(void)!write(terminal, "\r\n", 2);
	errno = saved;
}

static struct signals_call on_signal = { .fn = interrupted };

void
statusline_open(struct statusline *b, int fd)
{
	*b = (struct statusline){ .fd = fd, .place = -1 };
	signals_on(&on_signal);
}

/* Takes the uppermost free place: a line moves up into the place of a process that has ended. */
static void
find_place(struct statusline *b)
{
	int most = b->place >= 0 ? b->place : PLACES, place = 0;

	while (place < most && lock(b->fd, 1 + place, F_WRLCK, 0) < 0 && (errno == EAGAIN || errno == EACCES))
		place++;
	if (place == PLACES)
		place = 0;
	if (b->place >= 0 && place != b->place) {
		(void)lock(b->fd, 1 + b->place, F_UNLCK, 0);
		/* Erases the line in the old place. */
		for (int i = 0; i < b->place; i++)
			(void)buf_addc(&b->out, '\n');
		(void)buf_addf(&b->out, "\r\033[K\033[%dA", b->place);
	}
	b->place = place;
}

static int
draw(struct statusline *b, const char *line, size_t len, int last)
{
	size_t width = term_width(b->fd);
	pid_t front = tcgetpgrp(b->fd);
	int bad = 0, result;

	/* If another job has the terminal, what it shows must not be overwritten. */
	if (front >= 0 && front != getpgrp() && !last)
		return 0;
	signals_hold();
	(void)lock(b->fd, 0, F_WRLCK, 1);
	b->out.len = 0;
	bad |= buf_addc(&b->out, '\r');
	if (last) {
		bad |= buf_adds(&b->out, "\033[J");
	} else {
		find_place(b);
		for (int i = 0; i < b->place; i++)
			bad |= buf_addc(&b->out, '\n');
	}
	/*
	 * One column stays free: after a line that fills the width the cursor would be in the next
	 * line.
	 */
	if (vis_bytes(&b->out, line, len, last ? 0 : width > 1 ? width - 1 : 1, 0, NULL) == SIZE_MAX)
		bad = -1;
	bad |= buf_adds(&b->out, last ? "\n" : "\033[K\r");
	if (!last && b->place > 0)
		bad |= buf_addf(&b->out, "\033[%dA", b->place);
	terminal = last ? -1 : b->fd;
	if (bad != 0)
		errno = ENOMEM;
	result = bad != 0 ? -1 : io_write(b->fd, b->out.data, b->out.len);
	if (last && b->place >= 0)
		(void)lock(b->fd, 1 + b->place, F_UNLCK, 0);
	(void)lock(b->fd, 0, F_UNLCK, 0);
	signals_release();
	return result;
}

int
statusline_show(struct statusline *b, const char *line, size_t len)
{
	return draw(b, line, len, 0);
}

int
statusline_close(struct statusline *b, const char *line, size_t len)
{
	int result = draw(b, line, len, 1);

	buf_free(&b->out);
	return result;
}
