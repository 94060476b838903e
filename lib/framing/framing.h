#ifndef FRAMING_H
#define FRAMING_H

/*
 * framing: the outside framings, how bytes outside of the family are cut into records and records become bytes again.
 * One table (framing.c) serves rec-split, rec-join and every option --in and --out; rec-framing(7) is its page.
 *
 * A name is NAME or NAME:PARAMETER:
 *   lines                 ended by a newline; the last one may lack it
 *   crlf                  ended by CR LF; the last one may lack it
 *   nul                   ended by a NUL byte; the last one may lack it
 *   delim:STRING          ended by STRING, in which C escapes stand for bytes (\a \b \f \n \r \t \v \\ \ooo \xHH); the last
 *                         one may lack it
 *   paragraphs            separated by one or more empty lines; joined, each is followed by an empty line
 *   indented              lines; one that begins with a blank or tab continues the record
 *   fixed:N               N bytes each; N is a size (num_size)
 *   words                 separated by white space of the C locale; joined, each is followed by a newline
 *   escaped               one line a record: \\ \n \r \t \0 \xHH
 *   netstring             D. J. Bernstein's: length in decimal, ':', bytes, ','
 *   u8 u16be u16le u32be u32le u64be u64le    the length as a prefix of so many bytes
 *   varint                the length as an unsigned LEB128 prefix (DWARF 5, section 7.6), as Protocol Buffers delimits
 *                         messages
 *   v vb                  IBM record descriptor words; vb with block descriptor words (z/OS DFSMS Using Data Sets)
 *   csv[:SEP] csv-crlf[:SEP]   rows by RFC 4180, ended by LF or CR LF; empty lines are no rows; SEP is one byte, ',' unless given, C
 *                         escapes understood. Joined: LF, CR LF
 *   json                  JSON values (RFC 8259): concatenated, newline-delimited or pretty-printed; joined, one newline
 *                         after each
 *                         (csv and json: a byte order mark at the input's beginning is part of no record; UTF-16 is refused)
 *   json-seq              JSON text sequences (RFC 7464)
 *   regex:ERE             separated by what the expression (ere.h) matches in the bytes, leftmost-longest; an empty match separates
 *                         nothing. Only read
 *   start:ERE             lines; one that the expression matches begins a record, others continue it
 *   end:ERE               lines; one that the expression matches ends a record
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/ere.h"
#include "match/json.h"
#include "record/block.h"

struct framing_kind; /* private: an entry of the table */

struct framing {
	const struct framing_kind *kind; /* NULL means lines */
	struct buf delim;                /* what ends a record, where the kind has that; owned */
	uint32_t width;                  /* fixed: bytes a record */
	char separator;                  /* csv */
	struct ere ere;                  /* regex, start, end; owned */
	int allow_short;                 /* fixed: a last record of fewer bytes is one too. Set by the caller */
};

/*
 * Sets up a framing by its name, whatever it held before. Returns 0, or -1 with one line in error (which is appended to)
 * that says what is wrong and what would be right, such as "fixed: a width is needed: fixed:80"; nothing is to be freed then.
 */
int framing_init(struct framing *, const char *name, struct buf *error);

/*
 * The same by an option of a command: -0, -p, -d argument or -f argument, whose letter it is; FRAMING_REGEX, FRAMING_START,
 * FRAMING_END for --regex, --start, --end. Once only. allow_short stays. The struct is one of zeros before, which means lines.
 */
enum { FRAMING_REGEX = 256, FRAMING_START, FRAMING_END }; /* as val in a struct option, like no letter */
int framing_option(struct framing *, int letter, const char *argument, struct buf *error);
void framing_free(struct framing *);

/* The table's names in order, for help and completion; NULL behind the last. */
const char *framing_name(size_t i);

/* Whether records can be joined in the framing: not by regex, since no expression tells what to write. */
int framing_joins(const struct framing *);

/* Whether framing_split_idle has a use in the framing. */
int framing_idles(const struct framing *);

/*
 * Where all records of the framing stand as they are in its bytes, one fixed number of bytes apart (lines, crlf, nul, delim
 * of up to 255 bytes, indented, fixed, start, end), a command may leave them in place (the gap of rec-stream(5)): returns that number, and
 * in *byte the gap's byte where it is 1. Else returns -1: the records must be copied out.
 */
int framing_gap(const struct framing *, unsigned char *byte);

/* ---- bytes to records ---- */

/* What one call found. The caller owns the arrays. */
struct framing_found {
	uint32_t *starts; /* max entries; filled only where framing_gap is -1 */
	uint32_t *ends;   /* max entries; offsets in data */
	size_t max;       /* at least 1 */
	size_t count;     /* records found */
	size_t used;      /* bytes of data done with; the next call's data begins with the byte behind them */
	int lacks_gap;    /* at the input's end: the last record stands without what ends it (lines, crlf, nul, delim, indented,
	                  start, end) */
	uint32_t lost;    /* json-seq: texts found truncated or malformed and left out at this place: behind the count
	                     records (the call returns early, so that their place is exact). used is above 0 then */
};

struct framing_split {
	const struct framing *framing; /* borrowed */
	uint64_t offset;    /* bytes of the input before data[0]: what messages count from. Kept by framing_split */
	uint64_t record;    /* records found before: a record's number in messages counts from 0. Kept by framing_split */
	uint64_t line;      /* newlines of the input before data[0], of text; lines in messages count from 1. Kept by framing_split */
	const char *data;   /* private: what the present call looks at */
	int begun;          /* private: what could be a byte order mark has been looked at */
	size_t seen;        /* private: bytes of the open record that need not be looked at again */
	int state;          /* private: what the open record is in the middle of */
	uint64_t mark;      /* private, as are the next two: numbers that the framing keeps of the open record */
	uint64_t left;
	uint64_t size;
	struct json json;   /* private */
	struct ere_seek seek; /* private */
	struct buf error;   /* after -1: one line without the program's name: "record 17 at byte 1234: ..." */
};

/*
 * Cuts data[0, len), len < 2^32, into records. data begins where the last call's used ended, with the same bytes and
 * possibly more behind. Never holds back a record that is complete; no byte but those of a length is looked at twice however
 * the input is divided among calls (cost linear in its length; ere_seek says how often regex looks, and start and end look for
 * newlines first and then at lines). With eof set, data is all that is left: an open last record
 * is one where the framing allows that, else an error. Bytes of data before used may be changed (escaped: records are
 * unescaped in place; v and vb: the segments of a spanned record are moved together).
 * Call again while found.used > 0 or found.count == found.max; when a call finds nothing and uses nothing, it needs more
 * bytes, or with eof all is done.
 * Returns 0; or -1 with split->error set, where the input is not in the framing: found then still holds the complete records
 * before the fault. Not to be called after that, or after eof, but for the next input (another file), by framing_split_next.
 */
int framing_split(struct framing_split *, char *data, size_t len, int eof, struct framing_found *found);

/*
 * For an input that has fallen silent: closes the open record in data[0, len), what the last call left, as far as it can do without
 * the bytes that would tell that it is complete (regex: at a match that might grow; start, end, indented, paragraphs: behind
 * its last newline; never within a line, and what comes then is another record). Returns 1 with one record in found, as framing_split; 0 where
 * there is nothing to close, -1 as framing_split. With found NULL says only whether it is worth a try, cheaply: 1 or 0.
 */
int framing_split_idle(struct framing_split *, char *data, size_t len, struct framing_found *found);

/*
 * The least length that the open record in data[0, len) (what the last call left) can have: what its prefix announces, where
 * the framing has prefixes and it is complete, else its bytes so far. What is held against REC_MAX. Cheap. Two framings can't
 * know: of start it is the bytes of the last line where those are more, which may become the next record; of regex at least half of all
 * bytes, the rest of which may become a separator.
 */
uint64_t framing_open_length(const struct framing_split *, const char *data, size_t len);

/* After eof: ready for the next input; offsets in messages start again, record numbers go on. */
void framing_split_next(struct framing_split *);
void framing_split_free(struct framing_split *);

/* ---- records to bytes ---- */

enum framing_strictness {
	FRAMING_AS_IS, /* write it all the same, wherever that is possible at all */
	FRAMING_STRICT /* refuse a record that would not come back the same through framing_split */
};

/* What is meant where nobody says: lines as is (text goes on as text), all else strict. */
enum framing_strictness framing_usual(const struct framing *);

struct framing_join {
	const struct framing *framing; /* borrowed */
	enum framing_strictness strictness;
	uint64_t record;  /* records joined so far. Kept by framing_join */
	struct buf block; /* private: vb's open block */
	int state;        /* private: fixed: a short record was seen */
	struct json json; /* private */
	const char *why;  /* after -1: what is wrong with the record, such as "it holds a NUL byte"; static */
};

/*
 * What stands behind each record where a record is written as it stands and then always the same bytes (lines, crlf, nul, delim,
 * paragraphs, indented, fixed, words, csv, json, start, end): returns 1 and those bytes (borrowed from the framing), else 0.
 */
int framing_terminator(const struct framing *, const char **bytes, size_t *len);

/*
 * 0 where the record would come back the same through framing_split, standing behind the records joined before, else -1 with
 * join->why (NULL with errno ENOMEM). Counts the record that it accepts. For callers that write records with
 * framing_terminator themselves.
 */
int framing_check(struct framing_join *, const char *data, size_t len);

/*
 * framing_check for all records of a data block at once: returns how many from the first on may be written, and join->why
 * where that is not all of them. Fast where one byte ends a record and the block's gaps hold it, as its header says (which the
 * caller has made sure of): then it must stand nowhere else.
 */
uint32_t framing_check_block(struct framing_join *, const struct block *);

/*
 * Checks the record (with FRAMING_STRICT, or where it cannot be written at all: longer than its prefix can say) and appends
 * it to out in the framing. Returns 0; or -1 with join->why, out unchanged; or -1 with why NULL and errno ENOMEM.
 */
int framing_join(struct framing_join *, const char *data, size_t len, struct buf *out);

/* Appends what is held back (vb: the open block). To be called before waiting for more records and at the end. */
int framing_join_flush(struct framing_join *, struct buf *out);
void framing_join_free(struct framing_join *);

#endif
