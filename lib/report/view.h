#ifndef VIEW_H
#define VIEW_H

/*
 * view: records as rows for a person: position, length, content. Whatever could drive a terminal is
 * made visible (vis.h).
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/block.h"

/* Escapes of colour, and what ends them. */
#define VIEW_RED "\033[31m"
#define VIEW_GREEN "\033[32m"
#define VIEW_DIM "\033[2m"
#define VIEW_BOLD "\033[1m"
#define VIEW_PLAIN "\033[m"

/* A struct of zeros, but for write, is ready. The caller frees out. */
struct view {
	int hex;      /* the bytes of a record, in hexadecimal and as text */
	int lines;    /* a record of several lines takes several rows */
	int colour;   /* escapes of colour may be used */
	size_t width; /* columns of a row, which is cut there; 0: no limit */
	void (*write)(const char *bytes, unsigned long n); /* where rows go */
	struct buf out; /* rows not written yet; a caller may add to it */
	int bad;        /* not 0: there was no memory. Sticky */
};

/*
 * Show record i of a data block; a loss block; a name above what follows. They call write if much
 * has come together.
 */
void view_record(struct view *, const struct block *, uint32_t i);
void view_loss(struct view *, const struct block *);
void view_heading(struct view *, const char *name);

/*
 * Adds bytes to out, made visible, all of them, with flags of vis.h; calls write if there are many.
 */
void view_bytes(struct view *, const char *data, size_t len, int flags);

/* Returns what stands for the rest of a text that is cut: one column. */
const char *view_rest(void);

/* Writes what is in out. Returns 0, or -1 if there was no memory for a row since the beginning. */
int view_flush(struct view *);

#endif
