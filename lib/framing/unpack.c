/* unpack: see unpack.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "framing/unpack.h"
#include "os/io.h"
#include "stream/rec_out.h"

/* Bytes of one read of the source: as many as a pipe usually holds. */
enum { PIECE = 64 * 1024 };

struct unpack_format {
	const char *program, *words;
	const char *package; /* the package that has the program, if that has another name somewhere */
	const char *begin;
	size_t len;          /* of begin */
};

#define BEGINS(bytes) .begin = bytes, .len = sizeof bytes - 1

/*
 * bzip2's first bytes are all printable, so they are looked at up to the number after them, that of
 * a block or of an empty file: no text has those by chance.
 */
#define BZIP2(level) \
	{ "bzip2", "bzip2 -dc", NULL, BEGINS("BZh" level "1AY&SY") }, \
	{ "bzip2", "bzip2 -dc", NULL, BEGINS("BZh" level "\x17\x72\x45\x38\x50\x90") }

static const struct unpack_format formats[] = {
	{ "gzip", "gzip -dc", NULL, BEGINS("\x1F\x8B\x08") },
	{ "zstd", "zstd -dc", NULL, BEGINS("\x28\xB5\x2F\xFD") },
	{ "zstd", "zstd -dc", NULL, BEGINS("\x50\x2A\x4D\x18") },
	{ "xz", "xz -dc", "xz-utils in Debian", BEGINS("\xFD" "7zXZ\0") },
	{ "lz4", "lz4 -dc", NULL, BEGINS("\x04\x22\x4D\x18") },
	{ "lz4", "lz4 -dc", NULL, BEGINS("\x02\x21\x4C\x18") },
	BZIP2("1"),
	BZIP2("2"),
	BZIP2("3"),
	BZIP2("4"),
	BZIP2("5"),
	BZIP2("6"),
	BZIP2("7"),
	BZIP2("8"),
	BZIP2("9"),
};

const struct unpack_format *
unpack_format(const char *bytes, size_t n, int *more)
{
	*more = n == 0;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0] && n > 0; i++) {
		const struct unpack_format *f = &formats[i];

		if (memcmp(bytes, f->begin, n < f->len ? n : f->len) != 0)
			continue;
		if (n >= f->len)
			return f;
		*more = 1;
	}
	return NULL;
}

const char *
unpack_name(const struct unpack_format *f)
{
	return f->program;
}

const char *
unpack_words(const struct unpack_format *f)
{
	return f->words;
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/*
 * Runs the program between two pipes. Our ends do not block; the flags of the program's ends are
 * its own. Returns 0, or an exit status with errno.
 */
static int
run(struct unpack *u)
{
	char program[8], option[] = "-dc", *argv[] = { program, option, NULL };
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, status = EX_OSERR, saved;
	struct child_start start = { .argv = argv, .err = -1 };

	(void)strcpy(program, u->format->program);
	if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && fcntl(in[1], F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(out[0], F_SETFL, O_NONBLOCK) == 0) {
		start.in = in[0];
		start.out = out[1];
		status = child_start(&u->child, &start);
	}
	saved = errno;
	close_end(&in[0]);
	close_end(&out[1]);
	u->in = in[1];
	u->out = out[0];
	errno = saved;
	return status;
}

int
unpack_start(struct unpack *u, const struct unpack_format *format, int source, const char *bytes, size_t n, int eof,
    struct buf *why)
{
	int status;

	*u = (struct unpack){ .format = format, .source = source, .eof = eof, .in = -1, .out = -1 };
	u->file = io_kind(source) == IO_FILE;
	if (buf_reserve(&u->bytes, n > PIECE ? n : PIECE) < 0 || buf_add(&u->bytes, bytes, n) < 0) {
		(void)buf_adds(why, "out of memory");
		return EX_OSERR;
	}
	if ((status = run(u)) == 0)
		return 0;
	if (status == EX_NOTFOUND) {
		status = EX_UNAVAILABLE;
		(void)buf_addf(why, "compressed by %s, and there is no %s to decompress it: install %s", format->program,
		    format->program, format->program);
		if (format->package != NULL)
			(void)buf_addf(why, " (%s)", format->package);
	} else {
		(void)buf_addf(why, "%s: %s", format->words, strerror(errno));
	}
	return status;
}

/*
 * Gives the program the next bytes. Returns 1 if something has moved, 0 if the source has nothing
 * at present, or the program takes nothing, or has all.
 */
static int
feed(struct unpack *u)
{
	ssize_t n;

	if (u->in < 0)
		return 0;
	if (u->given == u->bytes.len && !u->eof) {
		n = (u->file ? io_read : io_read_ready)(u->source, u->bytes.data, PIECE);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			u->error = errno;
		u->eof = n <= 0;
		u->given = 0;
		u->bytes.len = n > 0 ? (size_t)n : 0;
	}
	if (u->given == u->bytes.len) {
		close_end(&u->in);
		return 1;
	}
	if ((n = write(u->in, u->bytes.data + u->given, u->bytes.len - u->given)) >= 0) {
		u->given += (size_t)n;
		return 1;
	}
	if (errno == EINTR)
		return 1;
	/* A program that takes no more has ended, and its end tells why. */
	if (errno != EAGAIN)
		close_end(&u->in);
	return 0;
}

ssize_t
unpack_take(struct unpack *u, void *to, size_t n)
{
	ssize_t got;

	while ((got = read(u->out, to, n)) < 0 && (errno == EINTR || errno == EAGAIN))
		if (errno == EAGAIN && !feed(u)) {
			errno = EAGAIN;
			return -1;
		}
	return got;
}

int
unpack_wait(struct unpack *u, int ms)
{
	struct pollfd p[2] = { { .fd = u->out, .events = POLLIN }, { .fd = -1 } };

	if (u->in >= 0 && u->given < u->bytes.len)
		p[1] = (struct pollfd){ .fd = u->in, .events = POLLOUT };
	else if (u->in >= 0)
		p[1] = (struct pollfd){ .fd = u->source, .events = POLLIN };
	return rec_out_await(p, 2, ms);
}

int
unpack_end(struct unpack *u, struct buf *why)
{
	enum { LOOK = 20 }; /* milliseconds, if only time tells */
	int status, signal;
	struct pollfd p;

	close_end(&u->in);
	close_end(&u->out);
	while (child_waits(&u->child, &p))
		if (rec_out_await(&p, 1, p.fd < 0 ? LOOK : -1) == 0)
			return 0;
	status = child_wait(&u->child, &signal);
	if (u->error != 0) {
		(void)buf_adds(why, strerror(u->error));
		return EX_IOERR;
	}
	if (status == 0)
		return 0;
	(void)buf_addf(why, "%s: ", u->format->words);
	child_tell(why, status, signal);
	return EX_DATAERR;
}

void
unpack_drop(struct unpack *u)
{
	int signal;

	if (u->format == NULL)
		return;
	/* Before it sees that its pipe is closed, of which it could complain. */
	if (u->child.pid != 0)
		child_unwanted(&u->child);
	close_end(&u->in);
	close_end(&u->out);
	if (u->child.pid != 0)
		(void)child_wait(&u->child, &signal);
	buf_free(&u->bytes);
	u->format = NULL;
}
