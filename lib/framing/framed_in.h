#ifndef FRAMED_IN_H
#define FRAMED_IN_H

/*
 * framed_in: a record input whose bytes are no record stream, but records in a framing, such as a
 * file of CSV (csv:PATH): they are read as rec-split reads them, in this process. Whoever reads the
 * input sees the blocks, the table and the end of a stream. csv and tsv have a header, which is the
 * input's table.
 */

#include "stream/rec_in.h"

struct framed_in; /* private */

/*
 * Makes the struct an input over fd, in the framing of that name, as rec-split -f takes it. name is
 * what messages call the input; it is borrowed. Returns 0, and the input owns fd; or -1 with errno,
 * and fd stays the caller's. In both cases framed_in_free frees *framed, which may be NULL, after
 * rec_in_free.
 */
int framed_in_open(struct rec_in *, struct framed_in **framed, int fd, const char *name, const char *framing);
void framed_in_free(struct framed_in *);

#endif
