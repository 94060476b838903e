#ifndef ERE_H
#define ERE_H

/*
 * ere: extended regular expressions of POSIX (IEEE Std 1003.1-2017, XBD 9.4) over any bytes, as rec-regex(7) tells them, with
 * the escapes \< \> \b \B \w \W \s \S \d \D \n \t ... \xHH besides. No back-references: the expressions are regular.
 *
 * The time of a match grows linearly with the data, whatever the expression; memory is bounded: at most some 1.3 MiB for an
 * expression of usual size, of which only what is used is touched, and 2.5 MiB more from the first ere_search on. At worst, near
 * ERE_STATES_MAX, each is 4 MiB more. An expression that would need more is refused when it is compiled. Method: K. Thompson, "Regular expression search algorithm" (1968); its sets of states are
 * kept as states of a deterministic automaton, made as the data needs them, in a cache of fixed size.
 *
 * A struct ere is changed by matching: threads need one each. Nothing here fails but for want of memory.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
	ERE_UTF8 = 1,        /* a character is one of UTF-8 (RFC 3629), not a byte: set it where the locale's encoding is UTF-8 */
	ERE_IGNORE_CASE = 2, /* a character matches its counterparts too (ere_set_fold) */
	ERE_EACH_LINE = 4    /* ^ and $ match at the edges of lines too; . and [^...] match no newline (REG_NEWLINE of POSIX) */
};

/* ERE_UTF8 where the locale in force says so, else 0. */
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
 * Compiles pattern[0, len), any bytes. Classes such as [:alpha:] are those of the locale in force (LC_CTYPE). Returns 0; or -1
 * with a line in error that says what is wrong and where ("at "[a-" (byte 3): no ] closes the bracket expression"), errno EINVAL
 * (E2BIG where the expression is too large, ENOMEM).
 */
int ere_compile(struct ere *, const char *pattern, size_t len, int flags, struct buf *error);

/* Whether the expression matches somewhere in data[0, len): 1 or 0. */
int ere_match(struct ere *, const char *data, size_t len);

/*
 * Finds the match that begins first in data[from, len), and of those the longest: 1 with its place in *start and *end,
 * 0 where there is none (or from is beyond len), -1 with errno ENOMEM (only the first search with a struct ere allocates). What
 * stands before from is seen by ^ \< \> \b \B, not matched. A match may be empty: whoever looks for the next one goes on
 * behind it, one character further.
 */
int ere_search(struct ere *, const char *data, size_t len, size_t from, size_t *start, size_t *end);

/*
 * A search in data that come in pieces, for one match behind the other, none of them empty. A struct of zeros stands at the beginning
 * of the data. It goes with one struct ere, which serves several of them best one after another.
 */
struct ere_seek {
	size_t clear; /* no match that is still open begins in data[0, clear) */
	int open;     /* ERE_SEEK_NOW might find one */

	/* private */
	int begun, simulated; /* this match is looked for already; by ere_sim */
	size_t at;            /* data[0, at) were looked at */
	uint32_t state;
	unsigned forgot;      /* what the automaton said when the state was one */
	int found;            /* a match that may grow ... */
	size_t end;           /* ... ends here so far */
	size_t kept;          /* before[0, kept) stands right before data; 0 only at the beginning of all */
	char before[ERE_CHAR_MAX]; /* a match may end inside a character: data go on with it */
	struct ere_sim *sim;
};

enum ere_seek_end {
	ERE_SEEK_MORE, /* more bytes may come */
	ERE_SEEK_LAST, /* none will: $ matches behind the last one */
	ERE_SEEK_NOW   /* they may, but a match that might grow with them is taken as it is */
};

/*
 * The next match in data[0, len): the one that begins first of those not empty, and of these the longest. data begins behind the match
 * that was found last, with the same bytes as before and possibly more behind; ^ and words know what stands before. Returns 1 with the
 * place as soon as no byte that may follow could change it; 0 where that can't be told yet, or with ERE_SEEK_LAST where there is no match;
 * -1 with errno ENOMEM. Each byte is looked at a limited number of times, however the data are divided among calls: twice as a rule, forth
 * for the end of a match and back for its beginning, and twice more where the deterministic automata give up.
 */
int ere_seek(struct ere *, struct ere_seek *, const char *data, size_t len, enum ere_seek_end, size_t *start, size_t *end);

/* What comes next is the beginning of other data. */
void ere_seek_reset(struct ere_seek *);
void ere_seek_free(struct ere_seek *);

/*
 * Many records at once, faster than one by one: record i is data[start, ends[i]), start 0 for the first and ends[i-1] + gap for the
 * others. Sets bit i of hits (64 to a word) where ere_match would be 1, and leaves the other bits as they are. Of the
 * literals of the expression the rarest, by some of the records, is searched over the whole of data[0, size) first where that pays.
 */
void ere_match_all(
    struct ere *, const char *data, size_t size, const uint32_t *ends, size_t count, size_t gap, uint64_t *hits);

/*
 * A text that stands in whatever the expression matches: 1 with the text (borrowed until ere_free), 0 where no such text is known.
 * With ERE_IGNORE_CASE it is meant as for scan_text_init with ignore_case. *exact (may be NULL) is set to 1 where the
 * expression is that text and nothing else, so that finding the text is enough; else to 0.
 */
int ere_literal(const struct ere *, const char **text, size_t *len, int *exact);

void ere_free(struct ere *);

#endif
