/*
 * framed_out: see framed_out.h. It is a transport (transport.h) that takes whole blocks, and has
 * framing_write make bytes of them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "framing/framed_out.h"
#include "framing/framing_write.h"
#include "os/io.h"
#include "os/publish.h"
#include "os/writer.h"
#include "stream/rec_group.h"
#include "stream/transport.h"

struct framed_out {
	struct framing_write write;
	struct table *table;     /* the one whose header has been written; a share */
	int file;                /* 1: a regular file, by publish; 0: a descriptor, by writer */
	struct publish publish;
	struct writer writer;
	struct buf bytes;        /* for the descriptor, under way */
	int good;                /* a good end mark has come */
	int status;              /* of a record that cannot be written, ... */
	struct buf why;          /* ... and one line about it */
	int fault;               /* not 0: the output fails with this errno when all is written */
};

/* For framing_write. A file takes everything at once; what a descriptor may not, is copied. */
static int
put(void *sink, const void *bytes, size_t n)
{
	struct framed_out *f = sink;

	return f->file ? publish_add(&f->publish, bytes, n) : buf_add(&f->bytes, bytes, n);
}

/* The table of the records that come now is t. Returns 0, or the status of framing_write. */
static int
take_table(struct framed_out *f, struct table *t)
{
	if (t == NULL ? f->table == NULL : table_equal(t, f->table))
		return 0;
	table_drop(f->table);
	f->table = table_share(t);
	return framing_write_table(&f->write, t);
}

static void
take(struct rec_out *out, const struct block *block, int last)
{
	struct framed_out *f = out->port;
	struct block b = *block;
	int status = 0;

	f->bytes.len = 0;
	if (b.kind == BLOCK_TABLE || (b.kind == BLOCK_DATA && b.count > 0))
		status = take_table(f, rec_out_sent(out));
	if (status == 0 && b.kind == BLOCK_DATA)
		status = framing_write_block(&f->write, &b);
	else if (b.kind == BLOCK_END && last)
		f->good = b.status == 0;
	if (status != 0)
		f->fault = errno;
	if (f->write.error.len > 0) {
		f->status = status;
		(void)buf_addf(&f->why, "%s: %s", out->name, buf_string(&f->write.error));
		f->fault = EILSEQ;
	}
	if (!f->file && f->bytes.len > 0) {
		/* The records before a bad one go out first, however slow the reader is. */
		writer_add(&f->writer, f->bytes.data, f->bytes.len);
		rec_out_leaves(out, 1);
	} else if (f->fault != 0) {
		rec_out_broken(out, f->fault);
	}
}

static int
push(struct rec_out *out, int wait)
{
	struct framed_out *f = out->port;
	int moved = writer_push(&f->writer, wait);

	if (moved > 0 && f->writer.parts == 0 && f->fault != 0) {
		errno = f->fault;
		return -1;
	}
	rec_out_leaves(out, f->writer.parts > 0);
	return moved;
}

static int
polled(struct rec_out *out, int busy, struct pollfd *p)
{
	const struct framed_out *f = out->port;

	if (!f->file && !f->writer.file && !rec_out_told(out))
		*p = (struct pollfd){ .fd = out->fd, .events = busy ? POLLOUT : 0 };
	return 1;
}

static void
seen(struct rec_out *out, const struct pollfd *p)
{
	if (p->revents & (POLLERR | POLLHUP | POLLNVAL))
		rec_out_broken(out, io_why(out->fd));
}

/* The output takes no more. */
static void
failed(struct rec_out *out)
{
	struct framed_out *f = out->port;

	if (!f->file)
		writer_drop(&f->writer);
	rec_out_leaves(out, 0);
}

static void
close_all(struct rec_out *out)
{
	struct framed_out *f = out->port;

	if (f->file) {
		if (f->good && out->state == REC_OUT_OPEN && publish_now(&f->publish) < 0)
			rec_out_broken(out, errno);
		publish_drop(&f->publish);
		return;
	}
	writer_close(&f->writer);
	if (io_close(out->fd) < 0 && out->state == REC_OUT_OPEN)
		rec_out_broken(out, errno);
}

static int
verdict(const struct rec_out *out, const char **why)
{
	struct framed_out *f = out->port;

	*why = f->status != 0 ? buf_string(&f->why) : NULL;
	return f->status;
}

/*
 * There are no last words: if a signal ends the process, bytes have no end mark, and publish
 * removes the file beside.
 */
static const struct transport_out framed_out = {
	.take = take,
	.push = push,
	.polled = polled,
	.seen = seen,
	.failed = failed,
	.close = close_all,
	.verdict = verdict,
};

static struct framed_out *
make(const char *framing)
{
	struct framed_out *f = calloc(1, sizeof *f);

	if (f == NULL)
		return NULL;
	f->write.framing = framing;
	f->write.strictness = -1;
	f->write.keeps_blocks = 1;
	f->write.put = put;
	f->write.sink = f;
	return f;
}

int
framed_out_file(struct rec_out *out, struct framed_out **framed, const char *path, const char *name,
    const char *framing)
{
	struct framed_out *f = *framed = make(framing);
	int fd;

	if (f == NULL)
		return -1;
	f->file = 1;
	if (publish_file(&f->publish, path) < 0 || (fd = publish_fd(&f->publish)) < 0)
		return -1;
	if (rec_out_open_by(out, &rec_group_default, &framed_out, f, fd, name) < 0)
		return -1;
	out->late = 1; /* if anything fails before the end, there is no record in the file */
	return 0;
}

int
framed_out_open(struct rec_out *out, struct framed_out **framed, int fd, const char *name, const char *framing)
{
	struct framed_out *f = *framed = make(framing);

	if (f == NULL)
		return -1;
	writer_open(&f->writer, fd);
	if (rec_out_open_by(out, &rec_group_default, &framed_out, f, fd, name) < 0)
		return -1;
	rec_out_bytes(out);
	return 0;
}

void
framed_out_free(struct framed_out *f)
{
	if (f == NULL)
		return;
	if (f->file)
		publish_drop(&f->publish);
	framing_write_free(&f->write);
	table_drop(f->table);
	buf_free(&f->bytes);
	buf_free(&f->why);
	free(f);
}
