/*
 * endpoint: see endpoint.h. One table of schemes; each entry opens one kind for reading or writing and leaves a line in
 * error where it cannot.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/num.h"
#include "base/status.h"
#include "endpoint/endpoint.h"
#include "os/clock.h"
#include "os/io.h"
#include "os/signals.h"

/* An exit status, with the endpoint's name and a reason in error. */
static int
refuse(struct endpoint *ep, int status, const char *why)
{
	(void)buf_addf(&ep->error, "%s: %s", ep->name, why);
	return status;
}

static int
refuse_errno(struct endpoint *ep)
{
	int status = errno == EACCES || errno == EPERM ? EX_NOPERM : ep->output ? EX_CANTCREAT : EX_NOINPUT;

	return refuse(ep, status, strerror(errno));
}

/* ---- FIFOs ---- */

/* FIFOs that this process has made and not yet removed; looked at by the signal's handler. */
static struct endpoint_fifo *fifos;

static void
remove_fifos(int signal)
{
	(void)signal;
	for (struct endpoint_fifo *m = fifos; m != NULL; m = m->other)
		unlink(m->path);
}

static struct signals_call on_signal = { .fn = remove_fifos };

/* At exit: of a command that ends before it has come to close all. */
static void
remove_left(void)
{
	remove_fifos(0);
}

/* Makes the FIFO. Returns whether it was not there before; -1 with errno. */
static int
make_fifo(struct endpoint *ep, const char *path)
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

/* Takes the FIFO off the list. Returns whether it was on it. */
static int
forget_fifo(struct endpoint *ep)
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

/* Removes the FIFO's name; one that by now stands for another file is left alone. */
static void
remove_name(const struct endpoint *ep, const char *path)
{
	struct stat opened, named;

	if (fstat(ep->fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
		(void)unlink(path);
}

/* Whether it is a pipe without a name, by /dev/fd/N: whoever has left it cannot come back. */
static int
is_nameless(const char *path)
{
	enum { PIPEFS = 0x50495045 };
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == PIPEFS;
}

/*
 * Opens a FIFO for writing when a reader has it open. An open that waits would see nothing else: not that standard output's reader has
 * left, with whom the FIFO's own is mostly one pipeline. So it is tried again and again, which also finds a reader that itself
 * waits in open; nothing that can be polled tells of one. made: the FIFO is made again if its name has gone, which a reader removes that
 * leaves before a writer has come. Returns 0; 1 if nobody wants the output; -1 with errno.
 *
 * That standard output's reader has left alone proves nothing: one that wants no more may have left before the FIFO's has begun.
 */
static int
await_reader(struct endpoint *ep, const char *path, int flags, int made)
{
	enum { REST = 50 }; /* milliseconds between two tries, in the end */
	static int64_t since; /* nobody wants the outputs; of several FIFOs each waits only for the rest of the time */
	struct pollfd none = { .fd = -1 };
	int left = 0;

	for (int ms = 1;; ms = ms * 2 < REST ? ms * 2 : REST) {
		if ((ep->fd = open(path, flags | O_NONBLOCK | O_CLOEXEC)) >= 0) {
			(void)fcntl(ep->fd, F_SETFL, flags & O_APPEND); /* the descriptor is our own, and nobody shares its flags yet */
			return 0;
		}
		if (errno == ENOENT && made && (forget_fifo(ep), make_fifo(ep, path)) >= 0) {
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
		(void)poll(NULL, 0, ms); /* the other wait ends at once when nobody wants the rest */
	}
}

/* What nobody wants goes nowhere; endpoint_rec_out has it known that the reader has left. */
static int
open_nowhere(struct endpoint *ep)
{
	ep->unwanted = 1;
	ep->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return ep->fd >= 0 ? 0 : refuse_errno(ep);
}

static int
is_fifo(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

static int
open_path(struct endpoint *ep, const char *path, int flags)
{
	if (ep->output && is_fifo(path)) {
		int got = await_reader(ep, path, flags & ~(O_CREAT | O_TRUNC), 0);

		return got < 0 ? refuse_errno(ep) : got > 0 ? open_nowhere(ep) : 0;
	}
	if ((ep->fd = open(path, flags | (ep->patient ? O_NONBLOCK : 0) | O_CLOEXEC | O_NOCTTY, 0666)) < 0)
		return refuse_errno(ep);
	if (ep->patient) {
		(void)fcntl(ep->fd, F_SETFL, 0); /* only opening should not wait; the descriptor is our own */
		ep->patient = io_kind(ep->fd) == IO_PIPE;
	}
	if (!ep->output && io_kind(ep->fd) == IO_DIRECTORY) {
		errno = EISDIR;
		return refuse_errno(ep);
	}
	return 0;
}

static int
open_file(struct endpoint *ep, const char *path)
{
	return open_path(ep, path, ep->output ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY);
}

static int
open_append(struct endpoint *ep, const char *path)
{
	return open_path(ep, path, O_WRONLY | O_CREAT | O_APPEND);
}

static int
open_fd(struct endpoint *ep, const char *number)
{
	uint64_t n = 0;
	int flags, own;

	(void)num_digits(number, INT32_MAX, &n); /* endpoint_check has read it */
	if ((flags = fcntl((int)n, F_GETFL)) < 0)
		return refuse(ep, ep->output ? EX_CANTCREAT : EX_NOINPUT, "no such descriptor is open");
	/* Close-on-exec: not inherited, but another endpoint's, or named a second time. */
	own = n > STDERR_FILENO ? fcntl((int)n, F_GETFD) : 0;
	if (own > 0 && (own & FD_CLOEXEC))
		return refuse(ep, ep->output ? EX_CANTCREAT : EX_NOINPUT, "this command uses that descriptor already");
	if ((flags & O_ACCMODE) == (ep->output ? O_RDONLY : O_WRONLY))
		return refuse(ep, ep->output ? EX_CANTCREAT : EX_NOINPUT,
		    ep->output ? "the descriptor is not open for writing" : "the descriptor is not open for reading");
	/* Commands that are started from now on are not to hold it open. */
	(void)fcntl((int)n, F_SETFD, FD_CLOEXEC);
	ep->fd = (int)n;
	ep->borrowed = 1;
	ep->patient = 0;
	return 0;
}

/*
 * Whoever knows that both sides have the same FIFO open removes its name, which has done its work; the second one does it in vain.
 * A writer knows when it could be opened, a reader when poll speaks of a writer.
 */
static int
open_fifo(struct endpoint *ep, const char *path)
{
	struct stat named;
	int own = make_fifo(ep, path), got, status;

	if (own < 0)
		return refuse_errno(ep);
	if (!own && (stat(path, &named) < 0 || !S_ISFIFO(named.st_mode)))
		return refuse(ep, ep->output ? EX_CANTCREAT : EX_NOINPUT, "the file is there already and is no FIFO");
	if (!ep->output) {
		do
			ep->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		while (ep->fd < 0 && errno == EINTR);
		if (ep->fd >= 0) {
			ep->fifo.path = path;
			(void)fcntl(ep->fd, F_SETFL, 0);
			return 0;
		}
		got = -1;
	} else if ((got = await_reader(ep, path, O_WRONLY, 1)) == 0) {
		remove_name(ep, path);
	}
	status = got < 0 ? refuse_errno(ep) : 0;
	/* What nobody has opened must not stay for the next run to meet, nor what a reader made that has died since. */
	if ((forget_fifo(ep) && got != 0) || got > 0)
		(void)unlink(path);
	return got > 0 ? open_nowhere(ep) : status;
}

/*
 * The other end of the command belongs to this process: an input's command reads nothing, because standard input may be another
 * input; what an output's command writes goes to standard error, because standard output may be a record stream.
 */
static int
open_command(struct endpoint *ep, const char *command)
{
	char sh[] = "sh", c[] = "-c", dashes[] = "--";
	char *argv[] = { sh, c, dashes, NULL, NULL };
	int ends[2] = { -1, -1 }, null = -1, mine = ep->output ? 1 : 0, status = EX_OSERR;
	struct child_start start = { .argv = argv, .in = -1, .out = -1, .err = -1 };

	ep->patient = 0;
	if ((argv[3] = strdup(command)) != NULL && pipe2(ends, O_CLOEXEC) == 0 &&
	    (ep->output || (null = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)) {
		start.in = ep->output ? ends[0] : null;
		start.out = ep->output ? STDERR_FILENO : ends[1];
		status = child_start(&ep->child, &start);
	}
	if (status != 0)
		(void)refuse(ep, status, strerror(errno));
	free(argv[3]);
	if (null >= 0)
		close(null);
	if (ends[0] >= 0)
		close(ends[!mine]);
	if (status == 0)
		ep->fd = ends[mine];
	else if (ends[0] >= 0)
		close(ends[mine]);
	/* Measured, a copy for each of four: less than half of the switches between processes, a third less processor time. */
	if (status == 0 && ep->output)
		(void)io_widen_few(ep->fd);
	return status;
}

/* Named shared memory carries record streams: it is opened by endpoint_rec_*. */
static int
open_shm(struct endpoint *ep, const char *name)
{
	(void)name;
	return refuse(ep, EX_USAGE, "shared memory carries records, not bytes");
}

static const struct scheme {
	const char *name;
	const char *example;
	int (*open)(struct endpoint *, const char *rest);
	int output_only;
} schemes[] = {
	{ "fd", "fd:3", open_fd, 0 },
	{ "append", "append:FILE", open_append, 1 },
	{ "fifo", "fifo:PATH", open_fifo, 0 },
	{ "cmd", "cmd:'zcat x.gz'", open_command, 0 },
	{ "shm", "shm:prices", open_shm, 0 },
};

/* The scheme that the name begins with, and what stands behind it in *rest; NULL if it is a path. */
static const struct scheme *
scheme_of(const char *name, const char **rest)
{
	size_t letters = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	if (letters == 0 || name[letters] != ':')
		return NULL;
	*rest = name + letters + 1;
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strlen(schemes[i].name) == letters && strncmp(name, schemes[i].name, letters) == 0)
			return &schemes[i];
	return NULL;
}

int
endpoint_unlike_file(const char *name, struct buf *error)
{
	struct stat st;

	/* A link counts that points to nothing: the shell's * names it too. */
	if (lstat(name, &st) < 0)
		return 0;
	(void)buf_addf(error, "%s: a file of that name exists: write ./%s for the file", name, name);
	return EX_USAGE;
}

int
endpoint_check(const char *name, int output, struct buf *error)
{
	const char *rest;
	const struct scheme *scheme = scheme_of(name, &rest);
	uint64_t n;

	if (*name == '\0')
		(void)buf_adds(error, "an empty name is no endpoint");
	else if (scheme == NULL)
		return 0;
	else if (endpoint_unlike_file(name, error) != 0)
		return EX_USAGE;
	else if (*rest == '\0' || (scheme->open == open_fd && num_digits(rest, INT32_MAX, &n) < 0))
		(void)buf_addf(error, "%s: not an endpoint such as %s", name, scheme->example);
	else if (scheme->output_only && !output)
		(void)buf_addf(error, "%s: %s: is for outputs", name, scheme->name);
	else if (scheme->open != open_shm || shm_check(rest, error) == 0)
		return 0;
	return EX_USAGE;
}

/* endpoint_stat of a file that is not there yet, too: then 0 and only what it would be made as (st_mode). */
static int
target(const char *name, int output, struct stat *st)
{
	const char *rest = name;
	const struct scheme *scheme = scheme_of(name, &rest);
	uint64_t n = output ? STDOUT_FILENO : STDIN_FILENO;

	if (strcmp(name, "-") == 0 || (scheme != NULL && scheme->open == open_fd && num_digits(rest, INT32_MAX, &n) == 0))
		return fstat((int)n, st) == 0 ? 1 : -1;
	if (scheme == NULL)
		rest = name;
	else if (scheme->open != open_append && scheme->open != open_fifo)
		return -1;
	if (stat(rest, st) == 0)
		return 1;
	st->st_mode = scheme != NULL && scheme->open == open_fifo ? S_IFIFO : S_IFREG;
	return 0;
}

int
endpoint_stat(const char *name, int output, struct stat *st)
{
	return target(name, output, st) > 0;
}

int
endpoint_is_path(const char *name)
{
	const char *rest;

	return *name != '\0' && strcmp(name, "-") != 0 && scheme_of(name, &rest) == NULL;
}

int
endpoint_is_file(const char *name)
{
	struct stat st;

	return target(name, 1, &st) >= 0 && S_ISREG(st.st_mode);
}

int
endpoint_doubt(const char *name, struct buf *line)
{
	static const char *const endings[] = { "csv", "html", "json", "jsonl", "log", "md", "ndjson", "tsv", "txt", "xml", "yaml" };
	const char *rest = name, *dot;
	const struct scheme *scheme = scheme_of(name, &rest);
	struct stat st;
	int there = target(name, 1, &st), misspelt = scheme == NULL && rest != name;

	if (there < 0 || !S_ISREG(st.st_mode) || (scheme != NULL && scheme->open != open_append))
		return 0;
	if (misspelt && there == 0)
		(void)buf_addf(line, "%s: no kind of endpoint, so a file of that name is made", name);
	else if ((dot = strrchr(rest, '.')) != NULL)
		for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
			if (strcasecmp(dot + 1, endings[i]) == 0)
				(void)buf_addf(line, "%s: a record stream is written there; cmd:'rec-join -o FILE' writes bytes", name);
	return line->len > 0;
}

/* Whether another output of the process writes there: two streams in one file or pipe would be none. */
static int
taken(const char *name)
{
	struct stat st, other;

	if (target(name, 1, &st) <= 0 || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)))
		return 0;
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		if (o->shm == NULL && fstat(o->fd, &other) == 0 && other.st_dev == st.st_dev && other.st_ino == st.st_ino)
			return 1;
	return 0;
}

static int
open_endpoint(struct endpoint *ep, const char *name)
{
	const struct scheme *scheme;
	const char *rest;

	if (endpoint_check(name, ep->output, &ep->error) != 0)
		return EX_USAGE;
	if ((scheme = scheme_of(name, &rest)) != NULL)
		return scheme->open(ep, rest);
	if (strcmp(name, "-") != 0)
		return open_file(ep, name);
	ep->fd = ep->output ? STDOUT_FILENO : STDIN_FILENO;
	ep->borrowed = 1;
	ep->patient = 0;
	if (!ep->output && io_kind(ep->fd) == IO_DIRECTORY) {
		errno = EISDIR;
		return refuse_errno(ep);
	}
	return 0;
}

/* Both sides of the FIFO are there. */
static void
writer_came(struct endpoint *ep)
{
	if (ep->fifo.path != NULL)
		remove_name(ep, ep->fifo.path);
	(void)forget_fifo(ep);
}

/* No writer came to the FIFO. Its name is removed, whoever has made it, so that one that comes yet knows. */
static void
no_writer_came(struct endpoint *ep)
{
	if (ep->fifo.path != NULL)
		(void)unlink(ep->fifo.path);
	(void)forget_fifo(ep);
}

int
endpoint_input(struct endpoint *ep, const char *name)
{
	int status;

	*ep = (struct endpoint){ .name = name, .fd = -1, .patient = 1 };
	if ((status = open_endpoint(ep, name)) != 0)
		return status;
	/* A writer is waited for here as for bytes, so that who does not want the output any more ends that too. */
	if (ep->patient && !rec_out_wait(ep->fd, -1))
		no_writer_came(ep);
	else if (ep->patient)
		writer_came(ep);
	return 0;
}

int
endpoint_output(struct endpoint *ep, const char *name)
{
	*ep = (struct endpoint){ .name = name, .fd = -1, .output = 1 };
	return open_endpoint(ep, name);
}

/*
 * Waits for the end of a command whose output has been read to its end. Meanwhile nothing is held back that was put, and if nobody wants
 * that any more, the command is not wanted either.
 */
static void
await_end(struct endpoint *ep)
{
	enum { LOOK = 20 }; /* milliseconds, if only time tells */
	struct pollfd p;

	while (child_waits(&ep->child, &p))
		if (rec_out_await(&p, 1, p.fd < 0 ? LOOK : -1) == 0) {
			ep->enough = 1;
			return;
		}
}

int
endpoint_close(struct endpoint *ep)
{
	int status, signal;

	/* What was read from and is not ours stays open: its number must not come to mean another file. */
	if (ep->fd >= 0 && !(ep->borrowed && !ep->output) && io_close(ep->fd) < 0 && ep->output) {
		ep->fd = -1;
		return refuse(ep, EX_IOERR, strerror(errno));
	}
	ep->fd = -1;
	if (ep->child.pid == 0)
		return 0;
	if (!ep->output && !ep->enough)
		await_end(ep);
	if (ep->enough)
		child_unwanted(&ep->child);
	status = child_wait(&ep->child, &signal);
	if (status == 0 || (ep->enough && (signal == SIGPIPE || status == EX_PIPED)))
		return 0;
	(void)buf_addf(&ep->error, "%s: ", ep->name);
	child_tell(&ep->error, status, signal);
	if (!ep->output)
		return EX_DATAERR;
	return status >= EX_USAGE && status <= EX_NOTFOUND ? status : EX_IOERR;
}

void
endpoint_free(struct endpoint *ep)
{
	buf_free(&ep->error);
	if (ep->shm != NULL)
		shm_port_free(ep->shm);
	free(ep->shm);
	ep->shm = NULL;
}

/* ---- as record streams ---- */

/* Opens named shared memory: 1, 0 where the name is something else, or -1 with the status in *status. */
static int
open_ring(struct endpoint *ep, const char *name, int output, int *status)
{
	const struct scheme *scheme;
	const char *rest;

	if (endpoint_check(name, output, &(struct buf){ 0 }) != 0 || (scheme = scheme_of(name, &rest)) == NULL || scheme->open != open_shm)
		return 0;
	*ep = (struct endpoint){ .name = name, .fd = -1, .output = output, .shm = malloc(sizeof *ep->shm) };
	if (ep->shm == NULL)
		*status = refuse(ep, EX_OSERR, strerror(ENOMEM));
	else if ((*status = shm_port_open(ep->shm, rest, output ? SHM_WRITER : SHM_READER, NULL)) != 0)
		(void)buf_adds(&ep->error, buf_string(&ep->shm->error));
	return *status == 0 ? 1 : -1;
}

/* For rec_out_over: whether the command of a cmd: is still there. */
static int
out_waits(struct rec_out *out, struct pollfd *p)
{
	struct endpoint *ep = out->owner;

	return child_waits(&ep->child, p);
}

static int
out_closed(struct rec_out *out, const char **why)
{
	struct endpoint *ep = out->owner;
	int status;

	ep->fd = -1; /* rec_out has closed it */
	if ((status = endpoint_close(ep)) != 0)
		*why = buf_string(&ep->error);
	return status;
}

static void
writer_arrived(struct rec_in *in)
{
	writer_came(in->owner);
}

static int
in_closed(struct rec_in *in, const char **why)
{
	struct endpoint *ep = in->owner;
	int status;

	if (in->arrived != NULL)
		no_writer_came(ep);
	ep->fd = -1;
	/* A cut-off or damaged input was not read to its end either, but there the command's own end tells more. */
	ep->enough = (in->end == REC_IN_GOOD && !in->over) || in->end == REC_IN_UNWANTED;
	if ((status = endpoint_close(ep)) != 0)
		*why = buf_string(&ep->error);
	return status;
}

int
endpoint_rec_out(struct endpoint *ep, const char *name, struct rec_out *out)
{
	int status, ring = open_ring(ep, name, 1, &status);

	if (ring > 0 && rec_out_open_shm(out, ep->shm, name) < 0) {
		status = refuse(ep, EX_OSERR, strerror(errno));
		shm_port_close(ep->shm);
		return status;
	}
	if (ring != 0)
		return status;
	/* Before it is opened, which would make a file empty. */
	if (taken(name)) {
		*ep = (struct endpoint){ .name = name, .fd = -1, .output = 1 };
		return refuse(ep, EX_USAGE, "another output of this command goes there already");
	}
	if ((status = endpoint_output(ep, name)) != 0)
		return status;
	if (rec_out_open(out, ep->fd, strcmp(name, "-") == 0 ? "standard output" : name) < 0)
		return refuse(ep, EX_OSERR, strerror(errno));
	if (ep->unwanted)
		rec_out_left(out);
	out->closed = out_closed;
	out->waits = ep->child.pid != 0 ? out_waits : NULL;
	out->owner = ep;
	out->late = ep->child.pid != 0;
	return 0;
}

int
endpoint_rec_in(struct endpoint *ep, const char *name, struct rec_in *in)
{
	int status, ring = open_ring(ep, name, 0, &status);

	if (ring > 0 && rec_in_open(in, ep->shm->ring.object.fd, name) < 0) {
		status = refuse(ep, EX_OSERR, strerror(errno));
		shm_port_close(ep->shm);
		return status;
	}
	if (ring > 0)
		in->shm = ep->shm;
	if (ring != 0)
		return status;
	*ep = (struct endpoint){ .name = name, .fd = -1, .patient = 1 };
	if ((status = open_endpoint(ep, name)) != 0)
		return status;
	if (rec_in_open(in, ep->fd, strcmp(name, "-") == 0 ? "standard input" : name) < 0)
		return refuse(ep, EX_OSERR, strerror(errno));
	in->closed = in_closed;
	in->owner = ep;
	if (ep->patient)
		in->arrived = writer_arrived;
	return 0;
}
