#ifndef SORT_H
#define SORT_H

/*
 * sort: a stream sorted by keys (sortkey.h), turned around, or shuffled: a new stream. Records with
 * the same key stay in their order.
 *
 * Records are kept in memory up to a bound, then sorted and written to a temporary file (a run);
 * the runs are merged at the end. With a limit N only N records of the order are kept.
 */

#include <stdint.h>

#include "choose/names.h"
#include "command/command.h"
#include "match/sortkey.h"
#include "os/random.h"
#include "stream/rec_in.h"
#include "stream/rec_out.h"

enum sort_way {
	SORT_KEYS,
	SORT_TAC,   /* the last record first */
	SORT_RANDOM /* in a random order; `random` has been seeded */
};

/* Of records with the same key: */
enum sort_unique { SORT_ALL, SORT_FIRST, SORT_LAST };

enum { SORT_MEMORY_LEAST = 64 * 1024 };

struct sort_entry;
struct sort_item;

/* A run in the file. */
struct sort_run {
	uint64_t at, bytes;
};

/* A struct of zeros is valid, but for the limit. */
struct sort {
	/* set by the caller */
	struct sortkey key;
	enum sort_way way;
	enum sort_unique unique;
	struct random random;
	uint64_t limit; /* records that go out, at most */
	size_t memory;  /* bytes for records and what belongs to them, at least SORT_MEMORY_LEAST; 0: as it is fit */

	/* to be read */
	uint64_t number; /* of records put out */

	/* private */
	struct rec_out *out;
	struct command_fault *fault;
	char *base;   /* the memory: items from its beginning, entries from its end */
	size_t size;  /* of this */
	size_t used;  /* bytes of items */
	size_t count; /* of entries */
	size_t prune; /* number of entries at which those after the limit are dropped */
	struct buf made, worst;
	struct buf late;             /* the item that came without its gap, until the next one goes out */
	struct range_view worst_key; /* with a limit, if worst_set: the key of the last record of the order so far */
	int worst_set;
	int fd; /* the temporary file, if filed is not 0 */
	int filed;
	uint64_t end; /* of the file */
	struct sort_run *runs;
	size_t runs_count, runs_room;
	uint64_t lost; /* records, and ... */
	int lost_unknown;
	uint64_t untimed; /* position of the first record with a key that is no time, if any has */
	int any_untimed;
	struct names names;
};

/* Reads the stream and puts its records out. Reports a failure, and notes it in the fault. */
void sort_stream(struct sort *, struct rec_in *, struct rec_out *, struct command_fault *);

/*
 * Reads the stream as long as it is sorted; with unique, keys must differ, too. Returns 1; or 0 if
 * it is not, with a line in why that names the first record that comes too late. Reports other
 * failures, and notes them in the fault.
 */
int sort_check(struct sort *, struct rec_in *, struct command_fault *, struct buf *why);

/*
 * Frees all. Before that, it says that no name was found, if so (names.h), and how many keys with
 * the letter t are no times.
 */
void sort_free(struct sort *);

#endif
