#ifndef ENDPOINT_H
#define ENDPOINT_H

/*
 * endpoint: the names of other streams (rec-endpoint(7)), opened.
 *
 *   -             standard input or output
 *   fd:N          an open descriptor
 *   PATH          a file; a path that begins with one of these schemes is written ./cmd:x
 *   append:PATH   a file, written behind what it holds (output only)
 *   fifo:PATH     a FIFO, made if need be; both sides are waited for, then its name is removed
 *   cmd:COMMAND   run by sh -c, waited for at the end; its failure counts. An output's command has standard error as its
 *                 standard output, an input's nothing to read
 *   shm:NAME      a ring in shared memory (rec-shm(1)), for record streams only: the name cannot be opened for bytes
 */

#include <stddef.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "os/child.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

struct endpoint {
	const char *name; /* as given; borrowed, must outlive the endpoint */
	int fd;           /* -1 where it is not open */
	struct child child;
	int output;
	int borrowed;     /* fd is not ours: - or fd:N */
	int enough; /* input: reading stopped before the end, so a child's SIGPIPE is no failure */
	int unwanted;     /* private: output: a FIFO whose reader nobody waits for any more */
	int patient;      /* private: a FIFO is opened without waiting for its writer; then: it was */
	struct endpoint_fifo {
		const char *path;
		struct endpoint_fifo *other;
	} fifo;           /* private: one that was made here and may be there still; a list */
	struct shm_port *shm; /* where it is shared memory: an end of it, which the stream closes */
	struct buf error; /* one line without the program's name, after a failure */
};

/*
 * Whether the name is one at all, before anything is opened: 0, or EX_USAGE with a line in error. A name that begins with a known
 * scheme and is also a file's is refused, so that the shell's * runs no file named cmd:x; with an unknown scheme it is a path.
 */
int endpoint_check(const char *name, int output, struct buf *error);

/* That rule alone, for words that a command puts before an endpoint (skip:x): 0, or EX_USAGE with a line if such a file exists. */
int endpoint_unlike_file(const char *name, struct buf *error);

/* The file, pipe or device that a checked name leads to: 1 with *st, or 0 if it is not there yet or has no name (cmd:, shm:). */
int endpoint_stat(const char *name, int output, struct stat *st);

/*
 * Whether a checked output is hardly meant so, before it is opened: 1 with a line if it is a plain file whose name ends as those of text
 * do (x.csv), or one that is not there yet and begins with letters and a colon (apend:x); else 0.
 */
int endpoint_doubt(const char *name, struct buf *line);

/* Returns 1 if the name is that of a file as it stands, for options that take nothing else. */
int endpoint_is_path(const char *name);

/* Whether what is written there would stand in a file, which may have to be made. Nothing is opened. */
int endpoint_is_file(const char *name);

/*
 * Opens the endpoint for reading or writing bytes. Returns 0 with fd, which is close-on-exec (but for - and fd:N, whose
 * flags are not touched); or an exit status (64 for a bad name, 66 input cannot be opened, 73 output cannot be, 77 not
 * permitted) with error, which is freed by endpoint_free. Opening a FIFO waits for its other side.
 */
int endpoint_input(struct endpoint *, const char *name);
int endpoint_output(struct endpoint *, const char *name);

/*
 * Closes the descriptor unless that is done (fd -1), and waits for the command of cmd:. Returns 0; or 65 for an input whose
 * command failed, 74 for an output whose command did (its own status where that is 64 to 127), with error. enough says
 * that the bytes were not read to their end.
 */
int endpoint_close(struct endpoint *);
void endpoint_free(struct endpoint *);

/*
 * Opens the endpoint as a record stream, whose end then closes it. Returns as endpoint_output and endpoint_input do. A FIFO to be
 * read is opened without waiting: rec_in takes no end of it before a writer has come (DESIGN section 8), so that a command with
 * several inputs does not wait for one writer while another waits for it. The endpoint must stay where it is until the end.
 * An output to a file or pipe that another output of the process goes to is refused (64).
 */
int endpoint_rec_out(struct endpoint *, const char *name, struct rec_out *);
int endpoint_rec_in(struct endpoint *, const char *name, struct rec_in *);

#endif
