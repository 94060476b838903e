#ifndef ERE_H
#define ERE_H

/*
 * ere: extended regular expressions of POSIX (IEEE Std 1003.1-2017, XBD 9.4) over any bytes, as
 * rec-regex(7) describes them, with the escapes \< \> \b \B \w \W \s \S \d \D \n \t ... \xHH
 * besides. There are no back-references, so the expressions are regular.
 *
 * The time of a match grows linearly with the data, whatever the expression. Memory is bounded: for
 * an expression of usual size at most some 1.3 MiB, of which only what is used is touched, and 2.5
 * MiB more from the first ere_search on; near ERE_STATES_MAX each of the two is 4 MiB more. An
 * expression that would need more is refused when it is compiled. Method: K. Thompson, "Regular
 * expression search algorithm" (1968); its sets of states are kept as states of a deterministic
 * automaton, made when the data needs them, in a cache of fixed size.
 *
 * Matching changes a struct ere, so each thread needs its own. Apart from ere_compile, functions
 * fail only for lack of memory.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/byteset.h"
#include "base/scan.h"

enum {
	ERE_UTF8 = 1,        /* characters are those of UTF-8 (RFC 3629), not bytes; for a locale of UTF-8 */
	ERE_IGNORE_CASE = 2, /* a character matches its counterparts too (ere_set_fold) */
	ERE_EACH_LINE = 4,   /* REG_NEWLINE of POSIX: ^ and $ match at edges of lines too; . and [^...] no newline */
	ERE_NAMED = 8        /* a parenthesis may have a name: (?<user>...) */
};

/* Returns ERE_UTF8 if the encoding of the locale in force is UTF-8, else 0. */
int ere_locale_flags(void);

enum {
	ERE_PATTERN_MAX = 32768, /* bytes of an expression */
	ERE_NESTED_MAX = 200,    /* parentheses within parentheses, and repetitions of repetitions */
	ERE_REPEAT_MAX = 32767,  /* in an interval */
	ERE_STATES_MAX = 40000,  /* of the automaton of an expression, after its intervals have been written out */
	ERE_CHAR_MAX = 4         /* bytes of a character */
};

struct ere_program; /* private, as is struct ere_sim */
struct ere_sim;

struct ere {
	struct ere_program *program; /* NULL: nothing compiled */
};

/*
 * Compiles pattern[0, len), any bytes, with flags of ERE_. Classes such as [:alpha:] are those of
 * the locale in force (LC_CTYPE). Returns 0; or -1 with a line in error that says what is wrong and
 * where ("at "[a-" (byte 3): no ] closes the bracket expression"), and errno EINVAL, E2BIG if the
 * expression is too large, or ENOMEM.
 */
int ere_compile(struct ere *, const char *pattern, size_t len, int flags, struct buf *error);

/* Returns 1 if the expression matches somewhere in data[0, len), or 0. */
int ere_match(struct ere *, const char *data, size_t len);

/*
 * Finds the match that begins first in data[from, len), and of those the longest. Returns 1 with
 * the match as data[*start, *end); 0 if there is none, or if from is above len; -1 with errno
 * ENOMEM (only the first search with a struct ere allocates). ^ \< \> \b \B take the bytes before
 * from into account. A match may be empty: then the search for the next one must begin one
 * character after it. Commands use ere_find: this is the hook by which tests compare all other ways
 * with what is leftmost and longest.
 */
int ere_search(struct ere *, const char *data, size_t len, size_t from, size_t *start, size_t *end);

/* The same, by the fastest way: an expression that is one text is searched for as that. */
int ere_find(struct ere *, const char *data, size_t len, size_t from, size_t *start, size_t *end);

/*
 * Returns the text that is all that the expression matches, not empty, if there is one; else NULL.
 * scan_text finds it. It is the struct's.
 */
const struct scan_text *ere_text(const struct ere *);

/* A walk from one match to the next. A struct of zeros is at the beginning of the data. */
struct ere_walk {
	/* private */
	size_t from;   /* where the next search begins */
	size_t last;   /* the end of the match before, if there is any */
	int any, over; /* over: there are no more */
};

enum { ERE_SPANS = 2 * BYTESET_WINDOW };

/*
 * Finds the next matches in data[0, len), each as ere_find does after the one before: sets
 * spans[0, n), n at most ERE_SPANS, and returns n; 0 if there are no more; -1 with errno ENOMEM. As
 * in awk and sed, an empty match counts only if no match ends right before it. Many at once cost
 * less: an expression that is one set, such as [0-9]+, is found without an automaton.
 */
int ere_spans(struct ere *, const char *data, size_t len, struct ere_walk *, struct byteset_span spans[ERE_SPANS]);

/*
 * A search, in data that come in pieces, for one match after another; none of them is empty. A
 * struct of zeros is at the beginning of the data. It goes with one struct ere; that serves several
 * searches best if one is finished before the next begins.
 */
struct ere_seek {
	size_t clear; /* no match that may still be found begins in data[0, clear) */
	int open;     /* 1: ERE_SEEK_NOW might find a match */

	/* private */
	int begun, simulated; /* 1: the search for this match has begun; it is done by ere_sim */
	size_t at;            /* data[0, at) has been read */
	uint32_t state;
	unsigned forgot;      /* forgot of the automaton when the state was made: a different value makes it void */
	int found;            /* 1: a match was found, but may grow; ... */
	size_t end;           /* ... its end so far */
	size_t kept;          /* before[0, kept) are the bytes right before data; 0 only at the beginning of the data */
	char before[ERE_CHAR_MAX]; /* several: data begins inside a character if a match ended there */
	struct ere_sim *sim;
};

enum ere_seek_end {
	ERE_SEEK_MORE, /* more bytes may come */
	ERE_SEEK_LAST, /* none will come: $ matches after the last one */
	ERE_SEEK_NOW   /* more may come, but a match that might grow with them is taken as it is */
};

/*
 * Finds the next match in data[0, len): of those that are not empty the one that begins first, and
 * of these the longest. data must begin after the match that was found last, and have the same
 * bytes as in the last call, possibly followed by more; ^ and edges of words take the bytes before
 * it into account. Returns 1 with the match as data[*start, *end), as soon as no byte that may
 * follow could change it; 0 if that cannot be known yet, or, with ERE_SEEK_LAST, if there is no
 * match; -1 with errno ENOMEM. Each byte is read a limited number of times, however the data are
 * divided among calls: usually twice, forward for the end of a match and backward for its
 * beginning; twice more if the deterministic automata give up.
 */
int ere_seek(struct ere *, struct ere_seek *, const char *data, size_t len, enum ere_seek_end, size_t *start,
    size_t *end);

/* Begins a search in other data; keeps memory. */
void ere_seek_reset(struct ere_seek *);

/* Frees all memory of the search; the struct is one of zeros. */
void ere_seek_free(struct ere_seek *);

/*
 * Judges many records at once, faster than one by one. Record i is data[start, ends[i]); its start
 * is 0 for the first record, and ends[i-1] + gap for the others. Sets bit i of hits (bits.h) if the
 * expression matches record i, and leaves the other bits as they are. If that pays, the rarest
 * literal of the expression, to judge by some of the records, is first searched for in all of
 * data[0, size).
 */
void ere_match_all(
    struct ere *, const char *data, size_t size, const uint32_t *ends, size_t count, size_t gap, uint64_t *hits);

/* Frees all memory; the struct is empty again. */
void ere_free(struct ere *);

#endif
