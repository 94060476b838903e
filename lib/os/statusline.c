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
statusline_open(struct statusline *s, int fd)
{
	*s = (struct statusline){ .fd = fd, .place = -1 };
	signals_on(&on_signal);
}

/* Takes the uppermost free place: a line moves up into the place of a process that has ended. */
static void
find_place(struct statusline *s)
{
	int most = s->place >= 0 ? s->place : PLACES, place = 0;

	while (place < most && lock(s->fd, 1 + place, F_WRLCK, 0) < 0 && (errno == EAGAIN || errno == EACCES))
		place++;
	if (place == PLACES)
		place = 0;
	if (s->place >= 0 && place != s->place) {
		(void)lock(s->fd, 1 + s->place, F_UNLCK, 0);
		/* Erases the line in the old place. */
		for (int i = 0; i < s->place; i++)
			(void)buf_addc(&s->out, '\n');
		(void)buf_addf(&s->out, "\r\033[K\033[%dA", s->place);
	}
	s->place = place;
}

static int
draw(struct statusline *s, const char *line, size_t len, int last)
{
	size_t width = term_width(s->fd);
	pid_t front = tcgetpgrp(s->fd);
	int bad = 0, result;

	/* If another job has the terminal, what it shows must not be overwritten. */
	if (front >= 0 && front != getpgrp() && !last)
		return 0;
	signals_hold();
	(void)lock(s->fd, 0, F_WRLCK, 1);
	s->out.len = 0;
	bad |= buf_addc(&s->out, '\r');
	if (last) {
		bad |= buf_adds(&s->out, "\033[J");
	} else {
		find_place(s);
		for (int i = 0; i < s->place; i++)
			bad |= buf_addc(&s->out, '\n');
	}
	/*
	 * One column stays free: after a line that fills the width the cursor would be in the next
	 * line.
	 */
	if (vis_bytes(&s->out, line, len, last ? 0 : width > 1 ? width - 1 : 1, 0, NULL) == SIZE_MAX)
		bad = -1;
	bad |= buf_adds(&s->out, last ? "\n" : "\033[K\r");
	if (!last && s->place > 0)
		bad |= buf_addf(&s->out, "\033[%dA", s->place);
	terminal = last ? -1 : s->fd;
	if (bad != 0)
		errno = ENOMEM;
	result = bad != 0 ? -1 : io_write(s->fd, s->out.data, s->out.len);
	if (last && s->place >= 0)
		(void)lock(s->fd, 1 + s->place, F_UNLCK, 0);
	(void)lock(s->fd, 0, F_UNLCK, 0);
	signals_release();
	return result;
}

int
statusline_show(struct statusline *s, const char *line, size_t len)
{
	return draw(s, line, len, 0);
}

int
statusline_close(struct statusline *s, const char *line, size_t len)
{
	int result = draw(s, line, len, 1);

	buf_free(&s->out);
	return result;
}
