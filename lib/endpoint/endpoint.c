/*
 * endpoint: see endpoint.h. Here is what all schemes share: the table, what a name means, and
 * record streams over what a scheme has opened.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/words.h"
#include "endpoint/endpoint.h"
#include "endpoint/endpoint_private.h"
#include "os/io.h"
#include "os/publish.h"

static const struct endpoint_scheme *const schemes[] = {
	&endpoint_file_fd,
	&endpoint_file_append,
	&endpoint_fifo,
	&endpoint_cmd,
	&endpoint_shm,
	&endpoint_queue,
};

int
endpoint_refuse(struct endpoint *ep, int status, const char *why)
{
	(void)buf_addf(&ep->error, "%s: %s", ep->name, why);
	return status;
}

int
endpoint_refuse_errno(struct endpoint *ep)
{
	int status = errno == EACCES || errno == EPERM ? EX_NOPERM : ep->output ? EX_CANTCREAT : EX_NOINPUT;

	return endpoint_refuse(ep, status, strerror(errno));
}

/* ---- names ---- */

/*
 * Returns the number of letters before the colon of a name that looks like one with a scheme, or 0.
 */
static size_t
scheme_len(const char *name)
{
	size_t letters = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	return name[letters] == ':' ? letters : 0;
}

/*
 * Returns the scheme of a name, and sets *rest to what it opens: what follows the colon, or the
 * whole name of - or a path.
 */
static const struct endpoint_scheme *
scheme_of(const char *name, const char **rest)
{
	size_t letters = scheme_len(name);

	*rest = name;
	if (strcmp(name, "-") == 0)
		return &endpoint_file_standard;
	for (size_t i = 0; letters > 0 && i < sizeof schemes / sizeof schemes[0]; i++)
		if (strlen(schemes[i]->name) == letters && strncmp(name, schemes[i]->name, letters) == 0) {
			*rest = name + letters + 1;
			return schemes[i];
		}
	for (size_t i = 0; letters > 0 && endpoint_framed[i] != NULL; i++)
		if (strlen(endpoint_framed[i]->name) == letters &&
		    strncmp(name, endpoint_framed[i]->name, letters) == 0) {
			*rest = name + letters + 1;
			return endpoint_framed[i];
		}
	return &endpoint_file_path;
}

int
endpoint_unlike_file(const char *name, struct buf *error)
{
	struct stat st;

	/* A link that leads nowhere counts: the shell's * finds its name too. */
	if (lstat(name, &st) < 0)
		return 0;
	(void)buf_addf(error, "%s: a file of that name exists: write ./%s for the file", name, name);
	return EX_USAGE;
}

/*
 * Refuses a name with two schemes of which one is a framing, and says what would be right. Returns
 * 0, or -1 with a line in error.
 */
static int
refuse_two(const char *name, const struct endpoint_scheme *scheme, const char *rest, int output, struct buf *error)
{
	const char *last;
	const struct endpoint_scheme *below = scheme_of(rest, &last);
	const char *framing = scheme->framing != NULL ? scheme->framing : below->framing;

	if (framing == NULL || below->name == NULL || (scheme->framing == NULL && scheme != &endpoint_file_append))
		return 0;
	if (scheme == &endpoint_file_append)
		(void)buf_addf(error, "%s: only records are appended: cmd:'rec-join -f %s >>%s'", name, framing, last);
	else if (below == &endpoint_cmd && output)
		(void)buf_addf(error, "%s: a command gets bytes so: cmd:'rec-join -f %s | %s'", name, framing, last);
	else if (below == &endpoint_cmd)
		(void)buf_addf(error, "%s: a command's bytes are read so: rec-split -f %s%s cmd:'%s'", name, framing,
		    strcmp(framing, "csv") == 0 || strcmp(framing, "tsv") == 0 ? " -H" : "", last);
	else
		(void)buf_addf(error, "%s: a path or - is expected after %s:, such as in cmd:'rec-join -f %s >FILE'",
		    name, framing, framing);
	return -1;
}

/*
 * Refuses a path that is most likely an option after the operands, as other commands take them,
 * unless it is there. Returns 0, or EX_USAGE with a line in error.
 */
static int
refuse_option(const char *name, struct buf *error)
{
	struct stat st;

	if (name[0] != '-' || name[1] == '\0' || lstat(name, &st) == 0)
		return 0;
	(void)buf_addf(error, "%s: options come before the operands (a file of that name is written ./%s)", name, name);
	return EX_USAGE;
}

int
endpoint_show_text(const char *path, struct buf *out)
{
	static const char *const ends[][2] = { { ".csv", "csv" }, { ".tsv", "tsv" }, { ".json", "json" },
		{ ".jsonl", "jsonl" }, { ".ndjson", "jsonl" }, { ".txt", "lines" }, { ".log", "lines" } };
	const char *end = strrchr(path, '.');
	struct buf name = { 0 };

	for (size_t i = 0; i < sizeof ends / sizeof ends[0] && end != NULL; i++)
		if (strcmp(end, ends[i][0]) == 0) {
			(void)buf_addf(&name, "%s:%s", ends[i][1], path);
			(void)words_show(out, buf_string(&name));
			buf_free(&name);
			return 1;
		}
	return 0;
}

int
endpoint_check(const char *name, int output, struct buf *error)
{
	const char *rest;
	const struct endpoint_scheme *scheme = scheme_of(name, &rest);
	size_t before = error->len;

	if (*name == '\0') {
		(void)buf_adds(error, "an empty name is no endpoint");
		return EX_USAGE;
	}
	if (scheme->name == NULL)
		return refuse_option(name, error);
	if (endpoint_unlike_file(name, error) != 0)
		return EX_USAGE;
	if (refuse_two(name, scheme, rest, output, error) < 0)
		return EX_USAGE;
	if (*rest == '\0' || (scheme->check != NULL && scheme->check(rest, error) < 0)) {
		if (error->len == before)
			(void)buf_addf(error, "%s: not an endpoint such as %s", name, scheme->example);
		return EX_USAGE;
	}
	if (scheme->output_only && !output) {
		(void)buf_addf(error, "%s: %s: is for outputs%s%s", name, scheme->name, scheme->input != NULL ? "; " : "",
		    scheme->input != NULL ? scheme->input : "");
		return EX_USAGE;
	}
	return 0;
}

/* The scheme's stat of a checked name, see endpoint_private.h. */
static int
target(const char *name, int output, struct stat *st)
{
	const char *rest;
	const struct endpoint_scheme *scheme = scheme_of(name, &rest);

	return scheme->stat != NULL ? scheme->stat(rest, output, st) : -1;
}

int
endpoint_stat(const char *name, int output, struct stat *st)
{
	return target(name, output, st) > 0;
}

const char *
endpoint_framing(const char *name)
{
	const char *rest;

	return scheme_of(name, &rest)->framing;
}

int
endpoint_parameter(const char *name, struct buf *line)
{
	const char *rest, *file = scheme_of(name, &rest)->framing != NULL ? strchr(rest, ':') : NULL;
	struct buf framing = { 0 };
	int is = file != NULL && access(file + 1, F_OK) == 0;

	if (is && buf_add(&framing, name, (size_t)(file - name)) == 0) {
		(void)buf_adds(line, "; a framing with a parameter is an option: rec-split -f ");
		(void)words_show(line, buf_string(&framing));
		(void)buf_adds(line, " ");
		(void)words_show(line, file + 1);
	}
	buf_free(&framing);
	return is;
}

int
endpoint_is_standard(const char *name, int output)
{
	const char *rest;
	const struct endpoint_scheme *scheme = scheme_of(name, &rest);

	if (scheme == &endpoint_file_fd)
		return strtoul(rest, NULL, 10) == (unsigned long)(output ? STDOUT_FILENO : STDIN_FILENO);
	return scheme == &endpoint_file_standard || (scheme->framing != NULL && strcmp(rest, "-") == 0);
}

int
endpoint_is_path(const char *name)
{
	const char *rest;

	return *name != '\0' && scheme_of(name, &rest) == &endpoint_file_path;
}

int
endpoint_is_file(const char *name)
{
	struct stat st;

	return target(name, 1, &st) >= 0 && S_ISREG(st.st_mode);
}

/*
 * Adds a line that says what is written to a file whose name has that ending, and how it would be
 * text.
 */
static void
doubt_ending(const char *name, const char *ending, struct buf *line)
{
	static const struct {
		const char *ending, *framing, *what;
	} kinds[] = { { "csv", "csv", "CSV" }, { "tsv", "tsv", "TSV" }, { "json", "json", "JSON" },
		{ "jsonl", "jsonl", "JSON, a value on each line" }, { "ndjson", "jsonl", "JSON, a value on each line" } };

	(void)buf_addf(line, "%s: a record stream is written there; ", name);
	if (scheme_len(name) > 0) {
		(void)buf_adds(line, "cmd:'rec-join >>FILE' adds bytes");
		return;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcasecmp(kinds[i].ending, ending) == 0) {
			(void)buf_addf(line, "%s:%s writes %s", kinds[i].framing, name, kinds[i].what);
			return;
		}
	(void)buf_addf(line, "lines:%s writes lines", name);
}

int
endpoint_doubt(const char *name, struct buf *line)
{
	static const char *const endings[] = { "csv", "html", "json", "jsonl", "log", "md", "ndjson", "tsv", "txt",
		"xml", "yaml" };
	const char *rest, *dot;
	const struct endpoint_scheme *scheme = scheme_of(name, &rest);
	struct stat st;
	int there;

	if (!scheme->makes_file || scheme->framing != NULL || (there = scheme->stat(rest, 1, &st)) < 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	if (there == 0 && scheme == &endpoint_file_path && scheme_len(name) > 0)
		(void)buf_addf(line, "%s: no kind of endpoint, so a file of that name is made", name);
	else if ((dot = strrchr(rest, '.')) != NULL)
		for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
			if (strcasecmp(dot + 1, endings[i]) == 0)
				doubt_ending(name, dot + 1, line);
	return line->len > 0;
}

/* ---- opening and closing ---- */

int
endpoint_input(struct endpoint *ep, const char *name)
{
	const char *rest;
	int status;

	*ep = (struct endpoint){ .name = name, .fd = -1, .patient = 1 };
	if (endpoint_check(name, 0, &ep->error) != 0)
		return EX_USAGE;
	if ((status = scheme_of(name, &rest)->open(ep, rest)) != 0)
		return status;
	/*
	 * This waits for a writer as for bytes, so the wait ends too if nobody wants the output any
	 * more.
	 */
	if (ep->patient && !rec_out_wait(ep->fd, -1))
		endpoint_fifo_missed(ep);
	else if (ep->patient)
		endpoint_fifo_met(ep);
	return 0;
}

/*
 * Waits for the end of a command whose output has been read to its end. Meanwhile the outputs write
 * what was put; if nobody wants that any more, nobody wants the command either.
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
endpoint_is_cmd(const struct endpoint *ep)
{
	return ep->child.pid != 0;
}

int
endpoint_close(struct endpoint *ep)
{
	int status, signal;

	/* A borrowed input stays open: its number must not come to mean another file. */
	if (ep->fd >= 0 && !(ep->borrowed && !ep->output) && io_close(ep->fd) < 0 && ep->output) {
		ep->fd = -1;
		return endpoint_refuse(ep, EX_IOERR, strerror(errno));
	}
	ep->fd = -1;
	if (!endpoint_is_cmd(ep))
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
	endpoint_framed_free(ep);
	endpoint_queue_free(ep);
}

/* ---- record streams ---- */

/* For rec_out_over: returns 1 if the command of a cmd: is still running. */
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
	endpoint_fifo_met(in->owner);
}

static int
in_closed(struct rec_in *in, const char **why)
{
	struct endpoint *ep = in->owner;
	int status;

	if (in->arrived != NULL)
		endpoint_fifo_missed(ep);
	ep->fd = -1;
	/*
	 * A truncated or damaged input was not read to its end either, but then the command's own
	 * end says more.
	 */
	ep->enough = (in->end == REC_IN_GOOD && !in->over) || in->end == REC_IN_UNWANTED;
	if ((status = endpoint_close(ep)) != 0)
		*why = buf_string(&ep->error);
	return status;
}

static int
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Returns 1 if another output of the process writes to the same file or pipe, which would mix two
 * streams, or is going to replace the file, which would lose one; else 0.
 */
static int
taken(const char *name)
{
	const char *rest;
	struct stat st, other;
	int there = target(name, 1, &st), standard = endpoint_is_standard(name, 1), bytes = rec_out_watched();

	(void)scheme_of(name, &rest);
	/* It may also be a terminal or a device. The first of two would close it. */
	for (struct rec_out *o = rec_out_first(); standard && o != NULL; o = rec_out_after(o))
		if (!rec_out_is_shm(o) && o->fd == STDOUT_FILENO)
			return 1;
	if (there == 0)
		return S_ISREG(st.st_mode) && publish_replaces(rest, NULL);
	if (there < 0 || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)))
		return 0;
	if (publish_replaces(rest, &st) || (bytes >= 0 && fstat(bytes, &other) == 0 && is_same(&st, &other)))
		return 1;
	for (struct rec_out *o = rec_out_first(); o != NULL; o = rec_out_after(o))
		if (!rec_out_is_shm(o) && fstat(o->fd, &other) == 0 && is_same(&st, &other))
			return 1;
	return 0;
}

int
endpoint_rec_out(struct endpoint *ep, const char *name, struct rec_out *out)
{
	const char *rest;
	const struct endpoint_scheme *scheme = scheme_of(name, &rest);
	int status;

	*ep = (struct endpoint){ .name = name, .fd = -1, .output = 1 };
	if (endpoint_check(name, 1, &ep->error) != 0)
		return EX_USAGE;
	if (scheme->rec_out != NULL)
		return scheme->rec_out(ep, rest, out);
	/* Before it is opened, which would empty the file. */
	if (taken(name))
		return endpoint_refuse(ep, EX_USAGE, "another output of this command goes there already");
	if (scheme->framing != NULL)
		status = endpoint_framed_out(ep, scheme, rest, out);
	else if ((status = scheme->open(ep, rest)) == 0 &&
	    rec_out_open(out, ep->fd, strcmp(name, "-") == 0 ? "standard output" : name) < 0)
		status = endpoint_refuse(ep, EX_OSERR, strerror(errno));
	if (status != 0)
		return status;
	if (ep->unwanted)
		rec_out_left(out);
	out->closed = out_closed;
	out->waits = endpoint_is_cmd(ep) ? out_waits : NULL;
	out->owner = ep;
	out->late |= endpoint_is_cmd(ep);
	return 0;
}

int
endpoint_rec_in(struct endpoint *ep, const char *name, struct rec_in *in)
{
	const char *rest;
	const struct endpoint_scheme *scheme = scheme_of(name, &rest);
	int status;

	*ep = (struct endpoint){ .name = name, .fd = -1, .patient = 1 };
	if (endpoint_check(name, 0, &ep->error) != 0)
		return EX_USAGE;
	if (scheme->rec_in != NULL)
		return scheme->rec_in(ep, rest, in);
	if ((status = scheme->open(ep, rest)) != 0)
		return status;
	if (scheme->framing != NULL)
		status = endpoint_framed_in(ep, scheme, in);
	else if (rec_in_open(in, ep->fd, strcmp(name, "-") == 0 ? "standard input" : name) < 0)
		status = endpoint_refuse(ep, EX_OSERR, strerror(errno));
	if (status != 0)
		return status;
	in->closed = in_closed;
	in->owner = ep;
	if (ep->patient)
		in->arrived = writer_arrived;
	return 0;
}
