#ifndef ENDPOINT_PRIVATE_H
#define ENDPOINT_PRIVATE_H

/*
 * endpoint_private: one scheme of endpoints. A new scheme is a file with one of these, and a line
 * in the table in endpoint.c.
 *
 * rest is the part of the name after the colon, or the whole name for - and paths. It is borrowed,
 * and lives as long as the name.
 */

#include <sys/stat.h>

#include "base/buf.h"
#include "endpoint/endpoint.h"

struct endpoint_scheme {
	const char *name;    /* what is written before the colon */
	const char *example; /* for messages */
	const char *framing; /* not NULL: the stream is bytes in this framing */
	int output_only;
	const char *input; /* output_only: what is written instead for an input, or NULL */
	int makes_file; /* an output is a file, which opening makes if it is not there */

	/*
	 * Checks a rest that is not empty. Returns 0; or -1, and adds a line to error if it knows
	 * more than that the rest is wrong. NULL: all are right.
	 */
	int (*check)(const char *rest, struct buf *error);

	/*
	 * Looks at what the name leads to, and opens nothing. Returns 1 with *st; 0 with st_mode,
	 * if it is not there but would be made so; or -1 if there is no such thing. NULL: always
	 * -1.
	 */
	int (*stat)(const char *rest, int output, struct stat *st);

	/*
	 * Opens ep->fd for reading, or for writing if ep->output. Returns 0; or an exit status with
	 * a line in ep->error. Clears ep->patient unless the descriptor is a FIFO whose writer may
	 * not have come.
	 */
	int (*open)(struct endpoint *ep, const char *rest);

	/*
	 * Open a record stream without a descriptor for bytes, and set it up wholly. Return as open
	 * does. NULL: by open, over fd.
	 */
	int (*rec_out)(struct endpoint *ep, const char *rest, struct rec_out *);
	int (*rec_in)(struct endpoint *ep, const char *rest, struct rec_in *);
};

/* - and PATH have no colon, so the table does not list them. */
extern const struct endpoint_scheme endpoint_file_standard, endpoint_file_path, endpoint_file_append;
extern const struct endpoint_scheme *const endpoint_framed[]; /* NULL after the last */
extern const struct endpoint_scheme endpoint_file_fd, endpoint_fifo, endpoint_cmd, endpoint_shm, endpoint_queue;

/* Frees what a queue: has made. */
void endpoint_queue_free(struct endpoint *ep);

/*
 * For a scheme with a framing: open ep as a record stream of bytes. Return as open does.
 * endpoint_framed_free frees what they have made.
 */
int endpoint_framed_out(struct endpoint *ep, const struct endpoint_scheme *, const char *rest, struct rec_out *);
int endpoint_framed_in(struct endpoint *ep, const struct endpoint_scheme *, struct rec_in *);
void endpoint_framed_free(struct endpoint *ep);

/* Adds "name: why" to the endpoint's error. Returns status. */
int endpoint_refuse(struct endpoint *, int status, const char *why);

/*
 * The same with errno as the reason. Returns the status for it: 77 if it is not permitted, else 73
 * for an output and 66 for an input.
 */
int endpoint_refuse_errno(struct endpoint *);

/*
 * Opens an output to a FIFO that is there, after its reader. flags are open(2)'s. Returns 0, or an
 * exit status with error. If nobody wants the output, fd is /dev/null and ep->unwanted is set.
 */
int endpoint_fifo_write(struct endpoint *, const char *path, int flags);

/*
 * What became of an input's FIFO, of any scheme: its writer has come, and its name has done its
 * work; or none came. Then the name is removed, whichever side made it, so that a writer that
 * comes later knows.
 */
void endpoint_fifo_met(struct endpoint *);
void endpoint_fifo_missed(struct endpoint *);

#endif
