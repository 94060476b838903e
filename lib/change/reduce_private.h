#ifndef REDUCE_PRIVATE_H
#define REDUCE_PRIVATE_H

/* reduce_private: what the files of reduce.h share. */

#include "change/reduce.h"

/* ---- reduce_bind.c ---- */

/* Binds all to the table of the records. Returns 0, or -1 after it has reported why not. */
int reduce_bind(struct reduce *, const struct table *);

/* ---- reduce_op.c ---- */

/* Gives each operation its place in a group's entry. Returns the size of the entry. */
size_t reduce_op_layout(struct reduce *);

/* Returns 1 if it takes numbers only, else 0. */
int reduce_op_numeric(const struct reduce_op *);

/*
 * Returns 1 if the operation's result would be too large for a double with that value, a number;
 * else 0. entry: the group.
 */
int reduce_op_overflows(const struct reduce_op *, void *entry, const struct reduce_value *);

/*
 * Takes a record, whose values are in the parts, into a group. Returns 0, or -1 with errno ENOMEM.
 */
int reduce_op_take(struct reduce *, void *entry, size_t group);

/*
 * The result of an operation for a group, valid until the next call for that operation. Returns 0,
 * or -1.
 */
int reduce_op_result(struct reduce *, struct reduce_op *, void *entry, struct expr_result *);

/* Sets the number by which groups are compared. Returns 1, or 0 if the group has none. */
int reduce_op_number(struct reduce *, struct reduce_op *, void *entry, struct exact *);

/* Frees what the groups own, and forgets them. */
void reduce_op_clear(struct reduce *);

/* Each takes the number of a plain field into a group, for reduce_fast.c. */
void reduce_op_whole(const struct reduce_op *, void *entry, int64_t n);
void reduce_op_exact(const struct reduce_op *, void *entry, const struct exact *);

/* ---- reduce_record.c ---- */

/*
 * Takes a record. Returns NULL; or why not, a static string: reduce_lacks if it lacks a part of the
 * key, "" without memory, reduce_failed if a failure has been reported.
 */
const char *reduce_record(struct reduce *, const struct rec *);
extern const char reduce_lacks[], reduce_failed[];

/* ---- reduce_fast.c ---- */

/* Returns 1 if records are taken by reduce_fast. */
int reduce_fast_can(const struct reduce *);

/*
 * Takes records from `from` on. Returns count; or the number of the first that was refused, and
 * *why, as reduce_record has it.
 */
uint32_t reduce_fast(struct reduce *, const struct block *, uint32_t from, const char **why);

/* ---- reduce_habit.c ---- */

/*
 * A word with an operation that is not known: if other commands call one so, adds a line. Returns 1
 * if so, else 0.
 */
int reduce_habit(const char *word, const char *op, struct buf *error);

/* ---- reduce_rows.c ---- */

/* Puts a row of each group, or keeps the best. position: of the rows, unless they are numbered. */
void reduce_rows(struct reduce *, uint64_t position);

/* Puts the best that were kept. */
void reduce_rows_top(struct reduce *);

/* --running: puts the record with the results of its group. Returns NULL, or why not. */
const char *reduce_rows_running(struct reduce *, void *entry, const struct rec *);

void reduce_rows_free(struct reduce *);

/*
 * Puts a row that was made before. Returns 0, or -1 after a failure was reported.
 */
int reduce_rows_put(struct reduce *, const char *row, size_t len);

/* ---- reduce_spill.c ---- */

#define REDUCE_TEMP "/var/tmp" /* the folder of temporary files, unless TMPDIR names another */

/*
 * Writes a record to a temporary file. hash: of its key. Returns 0, or -1 after a failure was
 * reported.
 */
int reduce_spill(struct reduce *, const struct rec *, uint64_t hash);

/*
 * Takes the records of the temporary files, and puts rows of their groups, or keeps the best.
 * Returns 0, or -1 after a failure was reported or if nobody wants more.
 */
int reduce_spill_rest(struct reduce *);

/* Closes the files and frees the memory. */
void reduce_spill_free(struct reduce *);

/* Reports a lack of memory. */
void reduce_no_memory(struct reduce *);

/* Reports errno as a failure of a temporary file. Returns -1. */
int reduce_spill_fail(struct reduce *);

/* ---- reduce_runs.c ---- */

/*
 * Adds a row to the present run. order: the number of its group's first record among those that
 * waited; it grows within a run. Returns 0, or -1 after a failure was reported.
 */
int reduce_runs_row(struct reduce *, uint64_t order, const char *row, size_t len);

/* Ends the present run. Returns 0, or -1 after a failure was reported. */
int reduce_runs_end(struct reduce *);

/*
 * Puts the rows of all runs in their order. Returns 0, or -1 after a failure was reported or if
 * nobody wants more.
 */
int reduce_runs_merge(struct reduce *);

/* Closes the file and frees the memory. */
void reduce_runs_free(struct reduce *);

#endif
