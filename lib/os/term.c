/* term: see term.h. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/num.h"
#include "os/term.h"

enum { USUAL = 80, MOST = 1 << 20 };

size_t
term_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;
	int terminal = isatty(fd);

	if (terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns != NULL && num_digits(columns, MOST, &n) == 0 && n > 0)
		return (size_t)n;
	return terminal ? USUAL : 0;
}

int
term_colour(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && (no == NULL || *no == '\0') && term != NULL && *term != '\0' && strcmp(term, "dumb") != 0;
}

int
term_foreground(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY), found;

	if (fd < 0)
		return 0;
	found = tcgetpgrp(fd) == getpgrp();
	close(fd);
	return found;
}
