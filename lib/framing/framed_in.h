#ifndef FRAMED_IN_H
#define FRAMED_IN_H

/*
 * framed_in: a record input whose bytes are no record stream, but records in a framing, such as a
 * file of CSV: they are read as rec-split reads them, in this process. csv and tsv have a header,
 * which is the input's table.
 */

#include "stream/rec_in.h"

struct framed_in; /* private */

/*
 * Makes the struct an input over fd, which the input owns from now on, in the framing of that name.
 * *framed is what framed_in_free frees after rec_in_free, or after a failure. Returns 0; or -1 with
 * errno, and fd stays the caller's.
 */
int framed_in_open(struct rec_in *, struct framed_in **framed, int fd, const char *name, const char *framing);
void framed_in_free(struct framed_in *);

#endif
