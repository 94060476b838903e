/* endpoint_file: standard input and output, paths, append: and fd:. See endpoint_private.h. */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/status.h"
#include "endpoint/endpoint_private.h"
#include "os/io.h"

/* ---- paths ---- */

static int
is_fifo(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Returns 0; or an exit status with error if the input is a directory. */
static int
refuse_directory(struct endpoint *ep)
{
	if (ep->output || io_kind(ep->fd) != IO_DIRECTORY)
		return 0;
	errno = EISDIR;
	return endpoint_refuse_errno(ep);
}

static int
open_flags(struct endpoint *ep, const char *path, int flags)
{
	if (ep->output && is_fifo(path))
		return endpoint_fifo_write(ep, path, flags & ~(O_CREAT | O_TRUNC));
	if ((ep->fd = open(path, flags | (ep->patient ? O_NONBLOCK : 0) | O_CLOEXEC | O_NOCTTY, 0666)) < 0)
		return endpoint_refuse_errno(ep);
	if (ep->patient) {
		(void)fcntl(ep->fd, F_SETFL, 0); /* only opening should not wait; the descriptor is our own */
		ep->patient = io_kind(ep->fd) == IO_PIPE;
	}
	return refuse_directory(ep);
}

static int
open_path(struct endpoint *ep, const char *path)
{
	return open_flags(ep, path, ep->output ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY);
}

static int
open_append(struct endpoint *ep, const char *path)
{
	return open_flags(ep, path, O_WRONLY | O_CREAT | O_APPEND);
}

static int
stat_path(const char *path, int output, struct stat *st)
{
	(void)output;
	if (stat(path, st) == 0)
		return 1;
	st->st_mode = S_IFREG;
	return 0;
}

const struct endpoint_scheme endpoint_file_path = {
	.makes_file = 1,
	.stat = stat_path,
	.open = open_path,
};

const struct endpoint_scheme endpoint_file_append = {
	.name = "append",
	.example = "append:FILE",
	.output_only = 1,
	.makes_file = 1,
	.stat = stat_path,
	.open = open_append,
};

/* ---- descriptors ---- */

static int
open_standard(struct endpoint *ep, const char *name)
{
	(void)name;
	ep->fd = ep->output ? STDOUT_FILENO : STDIN_FILENO;
	ep->borrowed = 1;
	ep->patient = 0;
	return refuse_directory(ep);
}

static int
stat_standard(const char *name, int output, struct stat *st)
{
	(void)name;
	return fstat(output ? STDOUT_FILENO : STDIN_FILENO, st) == 0 ? 1 : -1;
}

const struct endpoint_scheme endpoint_file_standard = {
	.stat = stat_standard,
	.open = open_standard,
};

/* Returns the descriptor that the digits name, or -1 if they name none. */
static int
number_of(const char *digits)
{
	uint64_t n;

	return num_digits(digits, INT32_MAX, &n) == 0 ? (int)n : -1;
}

static int
check_fd(const char *digits, struct buf *error)
{
	(void)error;
	return number_of(digits) < 0 ? -1 : 0;
}

static int
stat_fd(const char *digits, int output, struct stat *st)
{
	(void)output;
	return fstat(number_of(digits), st) == 0 ? 1 : -1;
}

static int
open_fd(struct endpoint *ep, const char *digits)
{
	int n = number_of(digits), no = ep->output ? EX_CANTCREAT : EX_NOINPUT, flags, own;

	if ((flags = fcntl(n, F_GETFL)) < 0)
		return endpoint_refuse(ep, no, "no such descriptor is open");
	/*
	 * A close-on-exec descriptor was not inherited: it is another endpoint's, or is named a
	 * second time.
	 */
	own = n > STDERR_FILENO ? fcntl(n, F_GETFD) : 0;
	if (own > 0 && (own & FD_CLOEXEC))
		return endpoint_refuse(ep, no, "this command uses that descriptor already");
	if ((flags & O_ACCMODE) == (ep->output ? O_RDONLY : O_WRONLY))
		return endpoint_refuse(ep, no,
		    ep->output ? "the descriptor is not open for writing" : "the descriptor is not open for reading");
	/* Commands that are started from now on must not hold it open. */
	(void)fcntl(n, F_SETFD, FD_CLOEXEC);
	ep->fd = n;
	ep->borrowed = 1;
	ep->patient = 0;
	return 0;
}

const struct endpoint_scheme endpoint_file_fd = {
	.name = "fd",
	.example = "fd:3",
	.check = check_fd,
	.stat = stat_fd,
	.open = open_fd,
};
