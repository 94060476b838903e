#ifndef FRAMING_H
#define FRAMING_H

/*
 * framing: the outside framings: how bytes from outside of the family are cut into records, and how
 * records become bytes again. One table (framing_kind.c) serves rec-split, rec-join and every
 * option --in and --out; rec-framing(7) is its page.
 *
 * A name is NAME or NAME:PARAMETER:
 *   lines        ended by a newline; the last one may lack it
 *   lines:N      N lines each, with the newlines between them; ended by a newline; the last one may
 *                lack it
 *   crlf         ended by CR LF; the last one may lack it
 *   nul          ended by a NUL byte; the last one may lack it
 *   delim:STRING ended by STRING, in which C escapes mean bytes (\a \b \f \n \r \t \v \\ \ooo
 *                \xHH); the last one may lack it
 *   paragraphs   separated by one or more empty lines; joined, each is followed by an empty line
 *   indented     lines; one that begins with a space or tab continues the record
 *   fixed:N      N bytes each; N is a size (num_size)
 *   words        separated by white space of the C locale; joined, each is followed by a newline
 *   escaped      one line a record: \\ \n \r \t \0 \xHH
 *   netstring    D. J. Bernstein's: length in decimal, ':', bytes, ','
 *   u8 u16be u16le u32be u32le u64be u64le
 *                the length as a prefix of that many bits. In u32be and u32le the length
 *                4294967295 (-1, for a missing value) is read as 0
 *   varint       the length as an unsigned LEB128 prefix (DWARF 5, section 7.6), as Protocol
 *                Buffers delimits messages
 *   v vb         IBM record descriptor words; vb with block descriptor words (z/OS DFSMS Using Data
 *                Sets)
 *   csv[:SEP] csv-crlf[:SEP]
 *                rows by RFC 4180, ended by LF or CR LF; empty lines are no rows; SEP is one byte,
 *                ',' unless given, C escapes understood. Joined: LF, CR LF
 *   tsv          lines of fields between tabs, without quotes or escapes; ended by LF or CR LF, the
 *                last one may lack it
 *   json         JSON values (RFC 8259): concatenated, newline-delimited or pretty-printed; joined,
 *                one newline after each
 *   json:PATH[]  the elements of the array at that path of each JSON document, such as
 *                json:.items[] or json:.a."b c"[2].d[]; json:.[] is the whole document. What
 *                is not in the array is checked and dropped. Only read
 *   jsonl        JSON values, each on a line; blank lines are no records. A record is its line as
 *                it is. Joined: without white space outside of strings, and a newline after each
 *   json-seq     JSON text sequences (RFC 7464)
 *   logfmt       lines of key=value, as match/logfmt.h says; blank lines are no records
 *   fields fields:mail fields:ldif
 *                paragraphs of `Name: value`, as match/fields.h says, with one or more empty lines
 *                between them. A record is its paragraph as it is, without the last newline. A
 *                paragraph without a field is no record, nor is one of LDIF that has only its
 *                version. Joined, each is followed by an empty line
 *   none         nothing between records. Only joined
 *   regex:ERE    separated by what the expression (ere.h) matches in the bytes, leftmost-longest;
 *                an empty match separates nothing. Only read
 *   start:ERE    lines; one that the expression matches begins a record, others continue it
 *   end:ERE      lines; one that the expression matches ends a record
 *
 * csv, tsv, json, jsonl, logfmt and fields: a byte order mark at the input's beginning is part of
 * no record; UTF-16 is refused.
 *
 * Rows (csv, csv-crlf, tsv, jsonl, logfmt, and lines of a table): a caller that sets `rows` gets
 * the records as they are in the bytes, with their row ends, LF or CR LF.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/ere.h"
#include "match/fields.h"
#include "match/json.h"
#include "record/block.h"

struct framing_kind; /* private: an entry of the table */
struct framing_path; /* private */

struct framing {
	const struct framing_kind *kind; /* NULL means lines */
	struct buf delim;                /* delim: what ends a record; owned */
	uint32_t width;                  /* fixed: bytes a record */
	uint32_t lines;                  /* lines:N: lines a record; else 0 */
	char separator;                  /* csv */
	enum fields_kind fields;         /* fields */
	struct ere ere;                  /* regex, start, end; owned */
	struct framing_path *path;       /* json:PATH[]; owned */
	int allow_short;                 /* set by the caller: fixed, lines:N: the last record may be shorter */
	int rows;                        /* set by the caller, if framing_has_rows: see framing_found */
	struct buf name;                 /* as it was given; a string; owned. Empty: lines */
};

/*
 * Sets up a framing by its name, whatever the struct held before. Returns 0; or -1 and appends one
 * line to error that says what is wrong and what would be right, such as "fixed: a width is needed:
 * fixed:80". framing_free frees it; after -1 there is nothing to free.
 */
int framing_init(struct framing *, const char *name, struct buf *error);

/*
 * The same by an option of a command, given by its letter: -0, -p, -d argument or -f argument;
 * FRAMING_REGEX, FRAMING_START, FRAMING_END for --regex, --start, --end. The struct must be one of
 * zeros, but for allow_short, which stays. So a second such option is an error.
 */
enum { FRAMING_REGEX = 256, FRAMING_START, FRAMING_END }; /* as val in a struct option, like no letter */
int framing_option(struct framing *, int letter, const char *argument, struct buf *error);
void framing_free(struct framing *);

/*
 * framing_splits returns 1 if bytes can be cut by the framing, else 0: not by none. framing_joins
 * returns 1 if records can be joined in it, else 0: not by regex and json:PATH[]. framing_instead
 * says, if one of them returns 0, why, and what to use: a static string.
 */
int framing_splits(const struct framing *);
int framing_joins(const struct framing *);
const char *framing_instead(const struct framing *);

/* Returns 1 if `rows` may be set, else 0. */
int framing_has_rows(const struct framing *);

/*
 * Returns the framing's name as rec-join -f takes it, in printable characters. It lives as long as
 * the framing does.
 */
const char *framing_name(const struct framing *);

/*
 * Returns 1 if the framing is text of a kind that has no bytes of its own at its beginning, such as
 * those of compressed files: escaped, csv, csv-crlf, tsv, json, json:PATH[], jsonl, json-seq,
 * logfmt, fields, and rows of a table; else 0: records may hold any bytes there.
 */
int framing_is_text(const struct framing *);

/* Returns 1 if framing_split_idle has a use in the framing, else 0. */
int framing_idles(const struct framing *);

/*
 * Bytes that are not in the framing can be set aside if it is known where the next record begins.
 * Returns 1 for:
 *   escaped        the next line
 *   csv, csv-crlf  after a row that is not strict, the next row; if a row does not end, because a
 *                  quote is never closed, or has several lines and is longer than a record may be
 *                  (`longest` of the split), the line after the one in which it begins
 *   tsv, jsonl, logfmt
 *                  the next line
 *   fields         the empty line that ends the paragraph
 *   json           the line of the fault, if that is its first byte, or else the first one after
 *                  it, that begins with what a value begins with: no white space, closing bracket,
 *                  comma or colon
 * Returns 0 for all others.
 */
int framing_sets_aside(const struct framing *);

/*
 * Returns 1 for csv, csv-crlf and tsv, whose rows can be held to more than the framing demands: all
 * have the same number of fields and, in csv, nothing but a separator or the row's end follows the
 * quote that closes a field. Else returns 0.
 */
int framing_strict(const struct framing *);

/*
 * A command may leave records in place, as they are in the bytes, if the same number of bytes
 * follows each of them (the gap of rec-stream(5)): in lines, crlf, nul, delim of up to 255 bytes,
 * indented, fixed, start and end. Returns that number, and if it is 1 the gap's byte in *byte; or
 * -1 if the records must be copied out.
 */
int framing_gap(const struct framing *, unsigned char *byte);

/* ---- bytes to records ---- */

/* What one call found. The caller owns the arrays. */
struct framing_found {
	uint32_t *starts; /* max entries; filled in if framing_gap is -1; else may be NULL */
	uint32_t *ends;   /* max entries; offsets in data, as are starts */
	size_t max;       /* at least 1 */
	size_t count;     /* records found */
	size_t used;      /* bytes of data done with; the next call's data begins after them */
	int lacks_gap;    /* at the input's end, 1: the last record lacks what ends it (lines, nul and so on) */
	/*
	 * With rows: the records are those of data from `first` on, from which ends count; starts
	 * are not filled in. gap bytes follow each: 1 (LF) or 2 (CR LF). A call returns early
	 * before a row with another end, and after a line of csv, jsonl or logfmt that is no row.
	 */
	uint32_t first;
	uint8_t gap;
	/*
	 * json-seq: number of texts left out after the count records, because they were truncated
	 * or malformed. The call returns early, so that their place is exact; used is above 0 then.
	 */
	uint32_t lost;
	/*
	 * If the split sets bytes aside: 1: after the count records, the bytes data[bad_from,
	 * bad_to) are not in the framing, as `error` of the split says. They count as a record, and
	 * reading goes on after them. The call returns early; used is above 0 then.
	 */
	int bad;
	uint32_t bad_from, bad_to;
};

struct framing_split {
	const struct framing *framing; /* borrowed */
	uint64_t offset;    /* kept by framing_split: bytes of the input before data[0] */
	uint64_t record;    /* the same: records found before; messages number records from 0 */
	uint64_t line;      /* the same: newlines of the input before data[0], in text; messages number lines from 1 */
	int aside;          /* set by the caller, if framing_sets_aside: what is not in the framing is `bad` */
	size_t longest;     /* the same, if `rows` is set: bytes that a record may hold; 0: any number */
	int strict;         /* the same: 1: rows of csv and tsv must be strict, see framing_strict */
	size_t columns;     /* the same: the number of fields of each row then; 0: the first row tells */

	/*
	 * The same: start, end, indented: 1 if a line has matched, or has begun with a space or a
	 * tab, in any of the inputs.
	 */
	int matched;
	int cut;            /* kept by framing_split: 1: records have been found */
	int idled;          /* kept by framing_split_idle: 1: it has closed a record */

	/* private */
	const char *data;            /* what the present call looks at */
	int begun;                   /* the place of a byte order mark has been looked at */
	size_t seen;                 /* bytes of the open record that need not be looked at again */
	int state;                   /* what the open record is in the middle of */
	uint64_t mark, left, size;   /* numbers that the framing keeps of the open record */
	struct framing_descent {
		int state;           /* json:PATH[]: where it is in the document */
		size_t depth;
		uint64_t index;      /* of an element of the innermost array */
		int found, match;    /* what the step looks for has come; the name before is its */
	} descent;
	uint8_t row_gap;             /* rows: the gap of the last row that has its end; 0: there is none */
	size_t fault;                /* the place of the last fault, counted from used */
	uint64_t open_to;            /* rows: a row of csv was set aside that is open up to here, in the input, ... */
	int open_state;              /* ... and its state there */
	size_t row;                  /* rows: the length of a row that is not strict, with its end; 0: none */
	int fatal;                   /* 1: the last fault was a lack of memory */
	int skipping;                /* 1: bytes are set aside, and it has not come where reading goes on */
	struct json json;
	struct buf levels; /* for json_valid and json_value */
	struct ere_seek seek;

	/* to be read */
	struct buf error;   /* after -1 or `bad`: one line without the program's name: "record 17 at byte 1234: ..." */
	size_t why;         /* ... of which the bytes from here on are the reason alone */
	uint64_t bad_line;  /* after `bad`: the line in which these bytes begin, from 1 on */
};

/*
 * Cuts data[0, len), len < 2^32, into records. data begins after the bytes that the last call used:
 * with the bytes that it left, and perhaps more after them. Never holds back a complete record.
 * Looks at no byte twice, but those of a length, and those of a value of JSON that comes in pieces,
 * which it begins once more, however the input is divided among calls. So the cost is linear in its
 * length. (ere_seek says how often regex looks at a byte; start and end look
 * for newlines first, and then at lines.)
 *
 * With eof, data is all that is left: an open last record is a record if the framing allows that,
 * else an error. Bytes of data before used may be changed (escaped: records are unescaped in place;
 * v and vb: the segments of a spanned record are moved together).
 *
 * Call again while found.used > 0 or found.count == found.max. If a call finds nothing and uses
 * nothing, it needs more bytes, or with eof all is done.
 *
 * Returns 0; or -1 with split->error if the input is not in the framing. found then still holds the
 * complete records before the fault. After that, and after eof, only framing_split_next (for
 * another input) and framing_split_free may follow.
 */
int framing_split(struct framing_split *, char *data, size_t len, int eof, struct framing_found *found);

/*
 * For an input that has fallen silent: closes the open record in data[0, len), which the last call
 * left, if that needs no bytes that have not come (regex: at a match that might grow; start, end,
 * indented, paragraphs, fields: after its last newline, never within a line). What comes later is
 * another record. Returns 1 with one record in found, as framing_split; 0 if there is nothing to
 * close; -1 as framing_split. If found is NULL, nothing is closed: it returns, cheaply, 1 if there
 * may be something to close, or 0.
 */
int framing_split_idle(struct framing_split *, char *data, size_t len, struct framing_found *found);

/*
 * To be asked at the end of all inputs. If these had lines, and the framing is one that puts lines
 * together (start, end, indented) but no line told where, returns what that means: a line without
 * the program's name, which lives as long as the split's error. Else, or without memory, returns
 * NULL.
 */
const char *framing_split_unmatched(struct framing_split *);

/*
 * Returns the least length that the open record in data[0, len) (what the last call left) can have,
 * to be compared with REC_MAX: what its prefix announces, if the framing has prefixes and the
 * prefix is complete; else its bytes so far. Cheap. Two framings cannot know it: for start, the
 * bytes of the last line count if they are more, because that line may become the next record; for
 * regex, at least half of all bytes, because the rest may become a separator.
 */
uint64_t framing_open_length(const struct framing_split *, const char *data, size_t len);

/*
 * framing_split_next, after eof: gets ready for the next input. Offsets in messages start again;
 * record numbers go on. framing_split_free frees what the split owns.
 */
void framing_split_next(struct framing_split *);
void framing_split_free(struct framing_split *);

/* ---- records to bytes ---- */

enum framing_strictness {
	FRAMING_AS_IS, /* write every record that can be written at all */
	/*
	 * Refuse a record that would not come back the same through framing_split; from jsonl,
	 * without the white space that joining leaves out.
	 */
	FRAMING_STRICT
};

/*
 * Returns the strictness to use if the user names none: as is for lines (text goes on as text) and
 * none, strict for all others.
 */
enum framing_strictness framing_usual(const struct framing *);

struct framing_join {
	const struct framing *framing; /* borrowed */
	enum framing_strictness strictness;
	int crlf;         /* set by the caller: rows of csv, tsv and jsonl get CR LF, whatever the framing says */
	uint64_t record;  /* records joined so far. Kept by framing_join */
	struct buf block; /* private: vb's open block */
	int state;        /* private: fixed: a short record was seen */
	struct json json; /* private */
	struct buf levels; /* private: for json_valid */
	const char *why;  /* after -1: what is wrong with the record, such as "it holds a NUL byte"; static */
};

/*
 * If each record is written unchanged and then always the same bytes (lines, lines:N, crlf, nul,
 * delim, paragraphs, indented, fixed, words, csv, tsv, json, logfmt, none, start, end): returns 1
 * and those bytes, which are borrowed from the framing and live as long as it does. Else returns 0.
 */
int framing_terminator(const struct framing *, const char **bytes, size_t *len);

/*
 * Checks the records of a data block, for callers that write records and framing_terminator
 * themselves. Returns the number of records, from the first on, that would come back the same
 * through framing_split, after the records joined or checked before, and counts them. If that is
 * not all of them, join->why says what is wrong with the next one (NULL with errno ENOMEM). Fast if
 * one byte ends a record and the block's gaps hold that byte, as its header says (the caller has
 * made sure of that): then the byte must be nowhere else.
 */
uint32_t framing_check_block(struct framing_join *, const struct block *);

/* The same for one record. Returns 0 if it would come back the same, and counts it; else -1. */
int framing_check(struct framing_join *, const char *data, size_t len);

/*
 * Checks the record if strict, and always checks that it can be written at all (it may be longer
 * than its prefix can hold). Appends it to out in the framing. Returns 0; or -1 with join->why and
 * out unchanged; or -1 with why NULL and errno ENOMEM.
 */
int framing_join(struct framing_join *, const char *data, size_t len, struct buf *out);

/*
 * framing_join_flush appends what is held back (vb: the open block). To be called before waiting
 * for more records and at the end. Returns 0, or -1 with errno ENOMEM. framing_join_free frees what
 * the join owns.
 */
int framing_join_flush(struct framing_join *, struct buf *out);
void framing_join_free(struct framing_join *);

#endif
