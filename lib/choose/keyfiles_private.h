#ifndef KEYFILES_PRIVATE_H
#define KEYFILES_PRIVATE_H

/*
 * keyfiles_private: for keyfiles*.c: keyfiles.c divides blocks and is the output's transport,
 * keyfiles_name.c makes names of keys and opens the files, keyfiles_write.c gathers records and
 * writes them.
 */

#include "choose/keyfiles.h"
#include "record/block.h"

struct keyfile {
	size_t name;       /* where its name begins in names */
	char *payload;     /* what is gathered: records and gaps, ... */
	uint32_t *index;   /* ... and of each record its end and its position minus base */
	uint32_t len, cap; /* bytes of payload */
	uint32_t count, room;
	uint64_t base;    /* position of the first one */
	uint64_t records; /* written so far */
	uint8_t gap;
	unsigned char gap_byte;
	uint8_t begun; /* the file is there */
};

/* Notes the output's first failure: a status, and a line, which begins with a file's path. */
void keyfiles_fail(struct keyfiles *, const struct keyfile *, int status, const char *why);

/*
 * Adds a file for the key that a record has. Returns its number; or KEYMAP_NONE with a failure
 * noted.
 */
uint32_t keyfiles_add(struct keyfiles *, const char *record, size_t len);

/* Returns 1 if a name has room for keys, else 0. */
int keyfiles_fits(const struct keyfiles *);

/* Returns the name of a file. */
const char *keyfiles_name(const struct keyfiles *, const struct keyfile *);

/* Opens a file, if it is not open, and sets k->fd. Returns 0, or -1 with a failure noted. */
int keyfiles_descriptor(struct keyfiles *, struct keyfile *);

/* Closes all files that are open. Returns 0, or -1 with a failure noted. */
int keyfiles_close(struct keyfiles *);

/* Gathers record i of a data block in a file. Failures are noted. */
void keyfiles_gather(struct keyfiles *, struct keyfile *, const struct block *, uint32_t i);

/* The record that lacks its gap, if there is one, gets it: it is not the last one. */
void keyfiles_fill(struct keyfiles *);

/* Writes what is gathered. Failures are noted. */
void keyfiles_flush_all(struct keyfiles *);

/* Passes a loss to all record streams, also to those that come later. */
void keyfiles_loss(struct keyfiles *, const struct block *);

/* Writes what is gathered, and with record streams an end mark in each file. */
void keyfiles_end(struct keyfiles *, const struct block *end);

#endif
