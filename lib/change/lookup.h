#ifndef LOOKUP_H
#define LOOKUP_H

/*
 * lookup: joins the records of a stream to those of another one, the masters, that have the same
 * key (rec-lookup(1)).
 *
 * Usually all masters are read first, into memory: their bytes one after another, 16 bytes for
 * each, and 22 to 43 bytes for each key (keymap.h). What a match adds to a record is made of a
 * master when it is first asked for. With `sorted` both streams are in the order of their keys, by
 * bytes, and only the masters of one key are in memory.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "choose/keymap.h"
#include "choose/names.h"
#include "choose/partition.h"
#include "command/command.h"
#include "endpoint/endpoint.h"
#include "match/range.h"
#include "match/table.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

enum lookup_kind {
	LOOKUP_ADD,    /* a record goes out once for each of its masters, with what these add */
	LOOKUP_SEMI,   /* records that have a master, unchanged */
	LOOKUP_WITHOUT /* records that have none, unchanged */
};

/* What is added to the records, and how. */
enum lookup_form {
	LOOKUP_UNBOUND, /* not known yet */
	LOOKUP_SAME,    /* nothing is added */
	LOOKUP_COLUMNS, /* fields of a table */
	LOOKUP_JSON,    /* members of an object */
	LOOKUP_TEXT     /* what is left of the master, after a separator */
};

struct lookup_master; /* private */

/* A struct of zeros is valid. */
struct lookup {
	/* Set by the caller: */
	enum lookup_kind kind;
	int left, need, sorted;       /* as the options; left goes with ADD */
	const char *prefix;           /* of names that both have, or NULL */
	const char *separator;        /* -O, or NULL */
	const char *fields;           /* -F, or NULL */
	const char *masters;          /* the endpoint */
	const char *unused;           /* the endpoint of masters that nobody asked for, or NULL */
	uint64_t memory;              /* bytes that the masters may take */
	struct range key, master_key; /* the same number of parts */
	struct partition partition;   /* with --else */

	/* private */
	struct command_fault *fault;
	const char *keys; /* the operand, borrowed */
	struct names called;
	struct endpoint masters_at, unused_at;
	struct rec_in in; /* the masters */
	struct rec_out unused_out;
	struct table *table; /* theirs: a share, or NULL */
	struct table *own;   /* of the records that come: a share, or NULL */
	struct table *made;  /* of those that go out, if that is another one */
	enum lookup_form form;
	struct lookup_master *rows;
	uint64_t *positions; /* of the rows, only with unused */
	uint32_t count, room;
	struct buf bytes;     /* of the rows */
	struct keymap map;    /* the last row of each key */
	unsigned char *added; /* for each column of the masters 1 if it is added */
	size_t added_count;
	char *is_key; /* text of single names among the parts of the masters' key */
	struct buf between, record, scratch, text, levels;
	struct buf group, before; /* sorted: the keys of the masters in memory, and of the last record */
	struct buf upcoming;      /* sorted: scratch for the key of the next master */
	struct block block;       /* sorted: of masters */
	uint32_t at;              /* the next one of it */
	int opened, input_ended;  /* 1: the masters are open; their end has been reported */
	int masters_end;          /* 1: there is no further one */
	int lacks;                /* sorted: the next one lacks a part of the key */
	int whole, missing;       /* 1: a master has all parts of the key; one lacks a part */
	size_t part;              /* the first part that the first of those lacks */
	int json;                 /* 1: it begins with a brace */
	uint32_t last;            /* sorted: of the masters of the key in memory, or KEYMAP_NONE */
	int grouped, complete;    /* sorted, 1: the masters have a present key; all of them are in memory */
	int begun;                /* sorted, 1: a record has come */
	uint64_t most;            /* REC_MAX */
};

/*
 * Takes the operand KEY[=MASTERKEY][,...]. Returns 0, or -1 with a line in error.
 */
int lookup_take(struct lookup *, const char *keys, struct buf *error);

/*
 * Opens the outputs and the masters, reads the masters and the stream `in`, to its end or until
 * there is a fault, and puts the records out.
 */
void lookup_stream(struct lookup *, struct rec_in *in, struct command_fault *);

/* Frees all, after command_end. */
void lookup_free(struct lookup *);

#endif
