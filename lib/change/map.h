#ifndef MAP_H
#define MAP_H

/*
 * map: rec-map, which makes new records of each record by itself alone. map.c has the loop; each
 * verb is a struct map_verb in a file of its own (map_cut.c, map_set.c), listed in map_verbs.c.
 *
 * A verb makes no, one or several records of one. They get its position. What a verb cannot make a
 * record of goes to the output of --else as it came, or, without --else, ends the stream with
 * EX_DATAERR and its position.
 */

#include <stddef.h>

#include "base/buf.h"
#include "change/made.h"
#include "choose/names.h"
#include "choose/partition.h"
#include "command/command.h"
#include "match/table.h"

struct map;

/* Options that only some verbs take. */
enum {
	MAP_O = 1,           /* -O SEP */
	MAP_F = 2,           /* -F SEP */
	MAP_INVERT = 4,      /* -v */
	MAP_IGNORE_CASE = 8, /* -i */
	MAP_NEED = 16,       /* --need */
	MAP_STRINGS = 32,    /* --strings */
	MAP_FILL = 64,       /* --fill */
	MAP_WITH = 128,      /* --with RANGES */
	MAP_SECOND = 256     /* --second ENDPOINT */
};

struct map_verb {
	const char *name;
	const char *operands; /* for the synopsis: RANGE ... */
	const char *summary;  /* a line for the list of verbs */
	const char *help;     /* further lines for `help VERB`, each with its newline, or "" */
	unsigned options;     /* MAP_: those that it takes */
	int two_words;        /* 1: the first operand is rather a part of the verb, and options may follow it */

	/*
	 * Takes the operands; keeps what it needs in map->job. Words are borrowed, and outlive the
	 * struct. Returns 0, or -1 with a line in error (without the verb's name).
	 */
	int (*compile)(struct map *, char *const words[], size_t count, struct buf *error);

	/*
	 * NULL, or opens what the verb reads besides the input. Called before the input is read.
	 * Reports a failure, and notes it in the fault; then, too, free closes what is open.
	 */
	void (*start)(struct map *, struct command_fault *);

	/*
	 * The records that follow have that table, or with NULL none; it outlives the job. Called
	 * once, before the first record. Calls map_declare if the records that it makes have not
	 * the same table. Returns 0, or an exit status with a line in error.
	 */
	int (*bind)(struct map *, const struct table *in, struct buf *error);

	/*
	 * Makes records of one: appends the bytes of each to map_bytes(map), and then calls
	 * map_record. Returns NULL; or a static string: why no record can be made of it,
	 * map_lacks if it lacks a part and --need is given, or "" if memory is lacking. Then what
	 * was made of it is dropped.
	 */
	const char *(*apply)(struct map *, const struct rec *);

	/*
	 * NULL, or makes one record of each from `from` on, as far as it can do so in a fast way,
	 * by made_reserve and made_note. Returns the number of the first that it left, or count;
	 * or MAP_SAME, and has made none, if `from` is 0 and all records stay as they are.
	 */
	uint32_t (*run)(struct map *, const struct block *, uint32_t from);

	/*
	 * NULL, or makes records after the last one, if the input has ended well. Returns as
	 * apply does. May be called without a record, and then after bind.
	 */
	const char *(*finish)(struct map *);

	/*
	 * NULL, or appends to out the names that were looked up in `records` records and were in
	 * none, as range_lacking does.
	 */
	void (*lacking)(const struct map *, uint64_t records, struct buf *out);

	/* Frees the job. */
	void (*free)(struct map *);
};

#define MAP_SAME UINT32_MAX

enum map_enough {
	MAP_ENOUGH_NOT,   /* all are wanted */
	MAP_ENOUGH_AFTER, /* those after the record that apply got */
	MAP_ENOUGH_BEFORE /* that record neither */
};

/* A struct of zeros is valid: set the options, then map_compile, then map_stream. */
struct map {
	/* options, set by the caller */
	const char *separator;     /* -F, or NULL */
	const char *join;          /* -O as it was given, or NULL */
	const char *with, *second; /* --with, --second, or NULL */
	int invert, ignore_case, need, strings, fill;
	struct partition partition; /* its --else */

	/* for verbs */
	const struct map_verb *verb;
	void *job; /* the verb's own */
	struct rec_in *in;
	uint64_t begin; /* the offset of the stream's first byte, if the input is a file */
	/*
	 * NULL, or the name of the part that could not be made, for the message; set by apply
	 * when it returns a reason. Borrowed until then.
	 */
	const char *part;
	size_t part_len;
	/*
	 * Set by a verb that makes one record of several: 1: it has taken records of which one may
	 * be made yet, from that position on. No watermark passes it.
	 */
	int holds;
	uint64_t holds_from;
	enum map_enough enough; /* set by apply: which records are not wanted any more */

	/* private */
	struct made made;
	struct command_fault *fault;
	struct table *declared; /* a share; NULL: the input's, or none */
	int bound, has_declared;
	struct names names;  /* counts the records that were made by apply */
	struct table *table; /* of the input: a share */
};

/* What --need says of a record that lacks a part. */
extern const char map_lacks[];

/* ---- for the command ---- */

/*
 * Chooses the verb. Returns 0; or -1 with a line in error.
 */
int map_choose(struct map *, const char *name, struct buf *error);

/*
 * Takes the operands; `options` are those of MAP_ that were given. Returns 0; or -1 with a line in
 * error.
 */
int map_compile(struct map *, unsigned options, char *const words[], size_t count, struct buf *error);

/*
 * Appends to out the help of the verb of that name, or with NULL a line for each verb. Returns 0,
 * or -1 with a line in error.
 */
int map_help(const char *name, struct buf *out, struct buf *error);

/*
 * Reads the stream and puts the records out. Reports a failure, and notes it in the fault. The
 * partition is open. Frees the memory but the partition's, which partition_free frees after
 * command_end.
 */
void map_stream(struct map *, struct rec_in *, struct command_fault *);

/* ---- for verbs ---- */

/* Returns what the bytes of a record are appended to, after those that are there. */
static inline struct buf *
map_bytes(struct map *m)
{
	return &m->made.payload;
}

/* Ends the record whose bytes were appended. Returns NULL or why not, as apply does. */
static inline const char *
map_record(struct map *m, const struct rec *of)
{
	return made_record(&m->made, of->pos);
}

/*
 * The records that are made have that table (a share is taken), or with NULL none. May be called in
 * bind, or by apply before the first record is made.
 */
void map_declare(struct map *, struct table *);

/*
 * Puts the records that were made: before apply waits for something else than the input, and when
 * finish makes many. Those of the present record cannot be taken back any more. next: no later one
 * has a position below this.
 */
void map_flush(struct map *, uint64_t next);

/* Says which part the reason that apply returns is about. */
static inline const char *
map_wrong(struct map *m, const char *why, const char *part, size_t len)
{
	m->part = part;
	m->part_len = len;
	return why;
}

#endif
