#ifndef KEYFILES_H
#define KEYFILES_H

/*
 * keyfiles: a file for each value of a key. The files are one output of the command: it gets all
 * records in their order, as blocks, and divides them by the key's bytes; a part that a record does
 * not have counts as empty.
 *
 * The name of a file is the last part of a path, in which the key takes the place of {}. So that
 * any key gives a name, and no two the same:
 *  - a byte that is a control character, a slash or a % is written %XX, and so is a dot that is the
 *    key's first byte;
 *  - several parts have a comma between them, and a comma within one is %2C;
 *  - a key of no bytes is %empty;
 *  - of a key that is too long for a name the first bytes are there, then %~ and the first half of
 *    its SHA-256 digest in hexadecimal digits.
 *
 * The records of each file are gathered in memory, and written if there are 128 KiB of them, or if
 * all files together have more than the limit; few files are open at a time (KEYFILES_OPEN). New
 * files are published together, after a good end mark (publish_folder.h). With append: they are
 * seen at once, and what has been gathered is written before the command waits.
 *
 * Besides what is gathered, memory grows with the number of keys: about 150 bytes for each.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "choose/keymap.h"
#include "choose/names.h"
#include "choose/partition.h"
#include "command/command.h"
#include "framing/framing_write.h"
#include "match/range.h"
#include "match/table.h"
#include "os/publish_folder.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

enum { KEYFILES_OPEN = 64 };

struct keyfile; /* private: one of the files */

/* A struct of zeros is valid. */
struct keyfiles {
	struct range key;   /* set by the caller: the parts that decide */
	int need;           /* set by the caller, 1: records that lack one of them are rejected */
	size_t memory;      /* set by the caller: bytes that are gathered, at most, besides the largest record */
	struct rec_out out; /* the output, after keyfiles_open */

	/* private */
	struct names called;
	struct command_fault *fault;
	const char *name;    /* the endpoint, as given */
	const char *framing; /* of bytes; NULL: record streams */
	int appends;
	const char *last;  /* the last part of the path, with {} */
	struct buf folder; /* the path before it, a string */
	struct publish_folder place;
	struct keymap map;    /* numbers of files, by the key's bytes */
	struct keymap inodes; /* with append:, by device and inode */
	struct keyfile *files;
	size_t count, room;
	struct buf names; /* of the files, strings */
	struct buf bytes; /* scratch: of a key, of a name, of the end of a block */
	struct framing_write write;
	struct table *table; /* a share, or NULL */
	struct keyfiles_slot {
		int fd;
		uint32_t file; /* KEYMAP_NONE: none is open */
	} slots[KEYFILES_OPEN];
	int fd;            /* of the file that is being written */
	size_t held;       /* bytes of memory of all that is gathered */
	int dirty;         /* 1: something is gathered */
	uint32_t open_gap; /* the file whose last record lacks its gap, or KEYMAP_NONE */
	uint64_t next;     /* the watermark */
	uint64_t lost_base, lost_next;
	uint64_t lost;  /* records lost so far; BLOCK_LOST_UNKNOWN or above: not known */
	int losses;     /* 1: something was lost */
	int good;       /* a good end mark has come */
	int ended;      /* an end mark has come */
	int status;     /* of a failure, ... */
	struct buf why; /* ... and one line about it */
};

/*
 * Takes the endpoint, a path with {} in its last part, perhaps after append: or a framing;
 * borrowed. Returns 0, or -1 with a line in error.
 */
int keyfiles_take(struct keyfiles *, const char *endpoint, struct buf *error);

/* Opens the output. Returns 0; or -1 after a failure that is reported, and noted in the fault. */
int keyfiles_open(struct keyfiles *, struct command_fault *);

/*
 * Reads the stream to its end, or until there is a fault, also one from before. partition: where
 * rejected records go; its `kept` is set here. The files take all others.
 */
void keyfiles_stream(struct keyfiles *, struct rec_in *, struct partition *, struct command_fault *);

/* Frees all, after command_end; removes files that are not published. */
void keyfiles_free(struct keyfiles *);

#endif
