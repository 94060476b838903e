#ifndef FRAMING_READ_PRIVATE_H
#define FRAMING_READ_PRIVATE_H

/* framing_read_private: what the files of this room share. */

#include "framing/framing_read.h"

/*
 * Notes a fault. The records of the batch are still given out; then framing_read_batch returns -1.
 * Returns -1.
 */
int framing_read_stop(struct framing_read *, int status, const char *why);

/*
 * Notes a fault of record i of the batch, which the input's last call may have left open. `at` is
 * 1 to name its byte, too.
 */
void framing_read_blame(struct framing_read *, size_t i, int at, const char *why);

/*
 * Looks at the first len bytes of an input, at s->data: refuses what is read in another way, starts
 * the program for compressed bytes (then nothing is read and not used any more), or sets `begun`.
 * Returns 1; 0 if that program was started; or -1 after a fault.
 */
int framing_read_begin(struct framing_read *, size_t len);

/*
 * All bytes of the input have been read. If a program made them, waits for its end, and keeps its
 * failure for framing_read_over. Returns 0, or -1 if nobody wants the outputs any more.
 */
int framing_read_eof(struct framing_read *);

/* All of the input has been cut. Notes the failure of the program that made the bytes. */
void framing_read_over(struct framing_read *);

#endif
