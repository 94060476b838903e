#ifndef ENDPOINT_H
#define ENDPOINT_H

/*
 * endpoint: opens other streams by their names (rec-endpoint(7)).
 *
 *   -             standard input or output
 *   fd:N          an open descriptor
 *   PATH          a file; a path that begins with one of these schemes is written ./cmd:x
 *   append:PATH   a file, written after what it holds (output only)
 *   fifo:PATH     a FIFO, made if need be; each side waits for the other, then its name is removed
 *   cmd:COMMAND   a command, run by sh -c and waited for at the end; its failure counts. The
 *                 command of an output writes to standard error; that of an input has nothing to
 *                 read
 *   shm:NAME      a ring in shared memory (rec-shm(1)), for record streams only, not for bytes
 *   queue:DIR     a durable queue (rec-queue(1)), for record streams only (output only)
 *   csv:PATH tsv: json: lines: nul: escaped:
 *                 the bytes of a file, or of - , in that framing: read as rec-split does (csv and
 *                 tsv with a header), written as rec-join does; a regular file is replaced at a
 *                 good end
 *
 * A function that fails appends one line, without the program's name, to an error buffer, and
 * returns an exit status.
 */

#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "os/child.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

struct endpoint {
	const char *name; /* as given; borrowed, must outlive the endpoint */
	int fd;           /* -1 if it is not open */
	/*
	 * Set by the caller: the input was not read to its end, so a command's death by SIGPIPE is
	 * no failure.
	 */
	int enough;
	struct buf error; /* one line, after a failure */

	/* private */
	struct child child; /* cmd: */
	int output;
	int borrowed;       /* - and fd:N: fd is not ours */
	int unwanted;       /* output: a FIFO whose reader nobody waits for any more */
	int patient;        /* a FIFO is opened without waiting for its writer; once open: it was */
	struct endpoint_fifo {
		const char *path;
		struct endpoint_fifo *other;
	} fifo;               /* a FIFO that was made here and may be there still; a list */
	struct shm_port *shm; /* shm: an end of the ring, which the stream closes */
	struct queue_end *queue;     /* queue: the output's port */
	struct framed_in *framed_in; /* csv: and its like; endpoint_free frees them */
	struct framed_out *framed_out;
};

/*
 * Checks a name before anything is opened. Returns 0, or EX_USAGE with a line in error. A name that
 * begins with a known scheme is refused if a file of that name exists, so that the shell's * runs
 * no file called cmd:x. A name with an unknown scheme is a path.
 */
int endpoint_check(const char *name, int output, struct buf *error);

/*
 * The same rule for words that a command puts before an endpoint (skip:x). Returns 0, or EX_USAGE
 * with a line if a file of that name exists.
 */
int endpoint_unlike_file(const char *name, struct buf *error);

/*
 * Finds the file, pipe or device that a checked name leads to. Returns 1 with *st; or 0 if it is
 * not there yet, or has no name in the file system (cmd:, shm:).
 */
int endpoint_stat(const char *name, int output, struct stat *st);

/*
 * Looks, before it is opened, whether a checked output is probably a mistake. Returns 1 with a line
 * if it is a plain file whose name ends as that of a text does (x.csv), or a file that is not there
 * yet and whose name looks like a scheme (apend:x); else 0.
 */
int endpoint_doubt(const char *name, struct buf *line);

/*
 * Returns the framing that a checked name begins with (csv:x), or NULL. For a command that reads
 * the bytes of endpoint_input itself.
 */
const char *endpoint_framing(const char *name);

/*
 * Appends to line how a name such as lines:4:x.fastq is written, if a file is called like what is
 * after its second colon. Returns 1 if so, else 0.
 */
int endpoint_parameter(const char *name, struct buf *line);

/*
 * Returns 1 if a checked name is that of standard input, or if `output` of standard output: - or
 * its number, or - in a framing; else 0.
 */
int endpoint_is_standard(const char *name, int output);

/*
 * For messages: if the end of a path stands for a framing, appends the name by which the file is
 * read, as a word of the shell: csv:x.csv, 'csv:x y.csv'. Returns 1; else 0, and appends nothing.
 */
int endpoint_show_text(const char *path, struct buf *out);

/*
 * Returns 1 if the name is a path, for options that take nothing else. Returns 0 for "", - and
 * every scheme.
 */
int endpoint_is_path(const char *name);

/*
 * Returns 1 if what is written to the checked output ends in a file, which may have to be made;
 * else 0. Opens nothing.
 */
int endpoint_is_file(const char *name);

/*
 * Opens the endpoint for reading bytes. Waits for the writer of a FIFO. Returns 0 with fd; or an
 * exit status with error: 64 for a bad name, 66 if the input cannot be opened, 71 if the system
 * lacks memory or processes, 77 if it is not permitted, 126 or 127 if there is no shell.
 * endpoint_free frees error. fd is close-on-exec, but for -.
 */
int endpoint_input(struct endpoint *, const char *name);

/* Returns 1 if the endpoint is open and a command, for whose end endpoint_close waits; else 0. */
int endpoint_is_cmd(const struct endpoint *);

/*
 * Closes the descriptor, unless fd is -1, and waits for the command of cmd:. Returns 0; or with
 * error, 74 if an output could not be closed, 65 if an input's command failed, and if an output's
 * command failed its own status, or 74 if that is not 64 to 127.
 */
int endpoint_close(struct endpoint *);

/* Frees the memory of an endpoint that is closed, or that could not be opened. */
void endpoint_free(struct endpoint *);

/*
 * Open the endpoint as a record stream; the stream's end closes it. The endpoint must not move
 * until then. They return 0; or an exit status with error, as endpoint_input does, but 73 for an
 * output that cannot be opened, and what shm_port_open returns for a ring. An output to a file or
 * pipe that another output of the process goes to is refused with 64.
 *
 * An output to a FIFO waits for the reader. An input from a FIFO does not wait for the writer:
 * rec_in takes no end of it before a writer has come. So a command with several inputs does not
 * wait for one writer while another waits for it.
 */
int endpoint_rec_out(struct endpoint *, const char *name, struct rec_out *);
int endpoint_rec_in(struct endpoint *, const char *name, struct rec_in *);

#endif
