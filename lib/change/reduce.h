#ifndef REDUCE_H
#define REDUCE_H

/*
 * reduce: rec-reduce, which makes one record of each group of records: the values that they have in
 * common, the key, and then the result of each operation. reduce.c has the loop, reduce_parse.c the
 * operands, reduce_bind.c what the table decides, reduce_record.c what is done for each record,
 * reduce_fast.c the same for plain fields, reduce_op.c the operations, reduce_rows.c the records
 * that are made, reduce_spill.c the records of groups that memory has no room for, reduce_runs.c
 * the rows of these.
 *
 * Groups come out in the order in which their first records came. If memory is used up, the groups
 * that are there stay, and the records of all others go to temporary files, which are read at the
 * end; their groups come out in the same order. So the result is the same, whatever memory there
 * is.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/exact.h"
#include "base/heap.h"
#include "change/edit.h"
#include "change/keytable.h"
#include "change/made.h"
#include "change/row.h"
#include "choose/names.h"
#include "choose/partition.h"
#include "command/command.h"
#include "match/expr.h"
#include "match/range.h"

enum reduce_kind {
	REDUCE_COUNT,
	REDUCE_SUM,
	REDUCE_MIN,
	REDUCE_MAX,
	REDUCE_MEAN,
	REDUCE_MEDIAN,
	REDUCE_PERCENTILE,
	REDUCE_STDEV,
	REDUCE_FIRST,
	REDUCE_LAST,
	REDUCE_DISTINCT,
	REDUCE_LIST,
	REDUCE_MODE,
	REDUCE_DELTA,
	REDUCE_PREVIOUS,
	REDUCE_KINDS
};

/* The value of a part in the present record. */
struct reduce_value {
	enum expr_gives gives; /* of JSON: TEXT, NUMBER, BOOL, NULL, JSON; else FIELD or NOTHING */
	const char *text;      /* NULL: a number without digits, or nothing */
	size_t len;
	double number;
	int read; /* 0: not yet; 1: exact is the number; -1: it is none */
	struct exact exact;
};

/* A part of a record: of the key, or what operations are of. */
struct reduce_part {
	char *text;         /* as it was written; owned */
	struct range range; /* one part; none: it is an expression */
	struct expr expr;
	struct range_view name; /* that was given, owned; data is NULL: none */
	int named;              /* 1: it has a name by itself: .price */
	struct buf label;       /* after binding: its name */
	int json;               /* after binding: 1: values are those of JSON */
	enum range_way way;     /* after binding, as range_short has it */
	char separator;
	uint32_t n;
	struct reduce_value value;
};

struct reduce_op {
	enum reduce_kind kind;
	double fraction;        /* PERCENTILE, MEDIAN: 0 to 1 */
	int as_text;            /* MIN, MAX: of texts, by their bytes */
	struct buf separator;   /* LIST: that was given; data is NULL: none */
	struct range_view name; /* that was given, owned; data is NULL: none */
	struct buf suffix;      /* sum, p95 */
	size_t part;            /* REDUCE_NONE: count alone */
	size_t state;           /* where its state is in a group's entry */
	int borrows;            /* 1: that is an earlier operation's, which has the same values */
	struct buf label;       /* after binding: its name */
	struct buf made;        /* the bytes of its result */
};

#define REDUCE_NONE SIZE_MAX

struct reduce_top; /* private */

/*
 * A struct of zeros is valid: set the options, then reduce_key, reduce_ops, reduce_check,
 * reduce_stream.
 */
struct reduce {
	/* options, set by the caller */
	const char *separator; /* -F, or NULL */
	const char *join;      /* -O as it was given, or NULL */
	int sorted, running, need;
	uint64_t batch;             /* -N; 0: none */
	uint64_t top;               /* --top; 0: none */
	uint64_t interval;          /* --interval, milliseconds; 0: none */
	uint64_t memory;            /* --memory, bytes */
	struct partition partition; /* its --else */

	uint64_t next; /* to be read at the end: the watermark for the end marks */

	/* private */
	int only_ranges; /* while the key is read: 1: it is a list of ranges in parentheses */
	struct reduce_part *keys, *parts;
	size_t keys_count, parts_count;
	struct reduce_op *ops;
	size_t ops_count;
	int flags; /* for expressions */

	struct command_fault *fault;
	struct made made;
	struct row row;
	struct table *table; /* of the input: a share */
	struct edit *edits;  /* --running: one for each operation, but for text */
	struct edit_target *targets;
	struct table **tables; /* what each of them changes: shares */
	struct buf join_bytes, between[2], levels, key, scratch;
	int bound, numbered; /* numbered: 1: records are numbered anew */
	int plain;           /* 1: the key is one part that is no JSON: its bytes are the key */
	int json;            /* 1: each record must be a text of JSON */
	int fast;            /* 1: as reduce_fast has it */
	int owns;            /* 1: states own memory */
	uint64_t rows;       /* put so far */

	struct keytable groups, values;
	size_t held; /* bytes that states own */
	int full;    /* 1: records of new groups are spilled */
	uint64_t in_batch;
	int changed;   /* since the last set of rows */
	uint64_t last; /* position of the last record of the present group */

	struct names names; /* counts the records whose parts were looked up */

	const char *part; /* of which a record was refused, or NULL */
	struct buf why;

	struct reduce_waiting *waiting; /* records of groups that memory has no room for; NULL: none */
	uint64_t spilled;               /* how many wait */
	unsigned depth;                 /* 0: the input is read; else how often what is read was divided */
	uint64_t order;                 /* of the record that is read then */
	struct buf firsts;              /* then: for each group the order of its first record, uint64_t */
	struct reduce_runs *runs;       /* the rows of groups that waited; NULL: none */

	struct heap best;
	struct reduce_top *tops;
	uint64_t sequence;
};

/* --key: adds the parts of the key. Returns 0, or -1 with a line in error. */
int reduce_key(struct reduce *, const char *text, struct buf *error);

/*
 * The operands: NAME=OP:PARAMETER RANGE, and so on. -F must be set before. Returns 0, or -1 with a
 * line in error.
 */
int reduce_ops(struct reduce *, char *const words[], size_t count, struct buf *error);

/* Checks that the options go together. Returns 0, or -1 with a line in error. */
int reduce_check(struct reduce *, struct buf *error);

/*
 * Reads the stream and puts the records out. Reports a failure, and notes it in the fault. The
 * partition is open.
 */
void reduce_stream(struct reduce *, struct rec_in *, struct command_fault *);

/* Frees the memory, but not the partition's. */
void reduce_free(struct reduce *);

#endif
