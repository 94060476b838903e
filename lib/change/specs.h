#ifndef SPECS_H
#define SPECS_H

/*
 * specs: the stage of that name of CMS Pipelines (CMS/TSO Pipelines Author's Edition, "specs"): a
 * list of items, each of which puts something into the record that is being made. rec-specs(7) is
 * the manual for users.
 *
 *   [STOP ALLEOF | ANYEOF | N] ITEM ...
 *
 *   INPUT [STRIP] [CONVERSION] OUTPUT [ALIGNMENT]
 *   READ | READSTOP | WRITE | SELECT STREAM | PAD X | WS X | FS X
 *
 *   INPUT       a range (range.h) | a text (delimited.h) | hHEX | bBITS | TODCLOCK
 *               | RECNO or NUMBER [FROM N] [BY N]
 *   CONVERSION  specs_convert.h
 *   OUTPUT      N | N-M | N.LENGTH | N-* | NEXT[.LENGTH] | NEXTWORD[.LENGTH]
 *   ALIGNMENT   LEFT | CENTER | RIGHT
 *   STREAM      0 or FIRST | 1 or SECOND
 *
 * The words may be words of the shell, or several of them may be in one. Case does not matter.
 * Keywords have the abbreviations of CMS: N, NEXTW, NW, L, C, R, TOD, WORDSEP, FIELDSEP.
 *
 * The list is run once for each record of the first stream, and, if SELECT names it, of the second
 * one: that is a cycle. In a cycle READ takes further records. At its end the record is written,
 * whatever has been put into it, unless WRITE is the last item.
 *
 * A program takes records when it wants them, and gives those that it has made one by one:
 *
 *   for (;;)
 *     switch (specs_next(s, &out)) {
 *     case SPECS_FIRST:  if there is a record: specs_give(s, 0, data, len); else specs_end(s, 0);
 *     case SPECS_SECOND: the same for the second stream, 1
 *     case SPECS_RECORD: what has been appended to out is a record
 *     case SPECS_BAD:    a conversion has failed: specs_why says why
 *     case SPECS_OVER:   no more
 *     case SPECS_ERROR:  errno
 *     }
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct specs; /* the program, and how far it has come */
struct table; /* match/table.h */

enum { SPECS_STREAMS = 2 };

enum specs_result {
	SPECS_FIRST,  /* wants the next record of the first stream, or to know that there is none */
	SPECS_SECOND, /* wants that of the second stream */
	SPECS_RECORD, /* has made a record */
	SPECS_BAD,    /* gave up the cycle: the records that it has taken make no more records */
	SPECS_OVER,   /* has ended: by READSTOP, by STOP, or because all its streams have */
	SPECS_ERROR   /* no memory */
};

/*
 * Makes a program of the words. fields is what separates fields, as after FS, or NULL. Returns it;
 * or NULL with a line in error that says what is wrong and what was expected.
 */
struct specs *specs_new(char *const words[], size_t count, const char *fields, struct buf *error);

/* A record that is made may have as many bytes; at first there is no limit. */
void specs_limit(struct specs *, size_t max);

void specs_free(struct specs *);

/* Returns 1 if the program wants records of the second stream, or 0. */
int specs_second(const struct specs *);

/* Returns 1 if a cycle may take several records of the first stream, by READ or READSTOP, or 0. */
int specs_several(const struct specs *);

/*
 * Binds the ranges of a stream, 0 or 1, to the table of its records that follow (range_table).
 * Returns 0, or -1 with a line in error.
 */
int specs_table(struct specs *, int stream, const struct table *, struct buf *error);

/* Returns 1 if ranges of the stream name columns or members, such as .price, or 0 (range_names). */
int specs_names(const struct specs *, int stream);

/*
 * Gives the next record of a stream. The bytes must stay valid until specs_next asks for another
 * one of that stream. Must be called only if that is wanted.
 */
void specs_give(struct specs *, int stream, const char *data, size_t len);

/* Says that the stream has no more records. Its records are empty from then on. */
void specs_end(struct specs *, int stream);

/*
 * Runs on, until it has made a record, which it appends to out, or cannot go on. What it returns
 * other than SPECS_RECORD leaves out as it was; part of a record that is not finished yet is kept
 * by the program, so out may be another one each time.
 */
enum specs_result specs_next(struct specs *, struct buf *out);

/* Returns what was wrong, after SPECS_BAD: a line, valid until the next call of specs_next. */
const char *specs_why(struct specs *);

/*
 * Returns 1 if the program has taken records of which a record may be made yet, so that they are
 * not done with, though it wants more; else 0.
 */
int specs_holds(const struct specs *);

/*
 * Returns 1, after SPECS_OVER, if the last record of the first stream was not taken into a cycle,
 * or 0.
 */
int specs_left(const struct specs *);

#endif
