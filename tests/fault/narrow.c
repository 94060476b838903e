/*
 * narrow: a library to preload into a command. It makes every pipe and FIFO that the command has or
 * opens one page large, and keeps it so, as for a user that has too many pipes.
 */

#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* The kernel changes nothing but pipes. */
static int
shrink(int fd)
{
	if (fd >= 0)
		(void)syscall(SYS_fcntl, fd, F_SETPIPE_SZ, (long)PAGE);
	return fd;
}

static void __attribute__((constructor))
begin(void)
{
	shrink(STDIN_FILENO);
	shrink(STDOUT_FILENO);
}

static int
command(int fd, int how, long argument)
{
	return (int)syscall(SYS_fcntl, fd, (long)how, how == F_SETPIPE_SZ ? PAGE : argument);
}

int
fcntl(int fd, int how, ...)
{
	va_list args;
	long argument;

	va_start(args, how);
	argument = va_arg(args, long);
	va_end(args);
	return command(fd, how, argument);
}

int
fcntl64(int fd, int how, ...)
{
	va_list args;
	long argument;

	va_start(args, how);
	argument = va_arg(args, long);
	va_end(args);
	return command(fd, how, argument);
}

int
open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode = 0;

	va_start(args, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	return shrink((int)syscall(SYS_openat, AT_FDCWD, path, (long)flags, (long)mode));
}

int
pipe2(int ends[2], int flags)
{
	int status = (int)syscall(SYS_pipe2, ends, (long)flags);

	if (status == 0)
		shrink(ends[0]);
	return status;
}
