#ifndef FRAMING_PRIVATE_H
#define FRAMING_PRIVATE_H

/* framing_private: an entry of the framings' table, and what the files of this room share. */

#include <stddef.h>
#include <stdint.h>

#include "framing/framing.h"

/* The head of a record: the length before it. */
struct framing_head {
	uint64_t length;   /* of the record */
	size_t size;       /* bytes of the head itself */
	const char *wrong; /* if it is malformed: what is wrong ... */
	size_t at;         /* ... at this offset ... */
	int byte;          /* ... with this byte, or -1 if the byte itself says nothing */
};

typedef int framing_split_fn(struct framing_split *, char *, size_t, int, struct framing_found *);

/* As framing_split_idle, with data[0] at the open record's beginning and found empty. */
typedef int framing_idle_fn(struct framing_split *, char *, size_t, struct framing_found *);

/*
 * Bytes from data[start] on are not in the framing. Returns the offset at which reading goes on; or
 * 0 if that is not known before more bytes come, never with eof. from: the place of the fault, or,
 * if a call returned 0 before, what that call has looked at.
 */
typedef size_t framing_resume_fn(const struct framing_split *, const char *data, size_t start, size_t from, size_t len,
    int eof);

/* Reads the head at p[0, n). Returns 1; 0 if it needs more bytes; -1 with what is wrong. */
typedef int framing_head_fn(const struct framing_kind *, const unsigned char *, size_t, struct framing_head *);

/*
 * Returns NULL if the record comes back the same, else what is wrong with it; or framing_no_memory.
 */
typedef const char *framing_check_fn(struct framing_join *, const char *, size_t);

/* Appends the record in the framing; -1 with errno ENOMEM. The caller restores out. */
typedef int framing_join_fn(struct framing_join *, const char *, size_t, struct buf *);

/*
 * Checks the line data[start, end), without its end, which has more in it than white space. Returns
 * 0; or -1 with the error.
 */
typedef int framing_line_fn(
    struct framing_split *, const struct framing_found *, const char *data, size_t start, size_t end);

struct framing_kind {
	const char *name;
	const char *also;      /* another name that is understood, and never shown; or NULL */
	const char *parameter; /* how a parameter is given, for messages: "delim:STRING"; NULL if there is none */
	int (*init)(struct framing *, const char *parameter, struct buf *error); /* parameter may be NULL */
	const char *terminator; /* what follows each record, if the kind says that */
	unsigned char terminator_len;
	unsigned char width;  /* of a prefix in bytes */
	unsigned char little; /* the prefix has its least significant byte first */
	unsigned char blocks; /* vb: records are in blocks with descriptor words of their own */
	signed char gap;      /* see framing_gap; delim's and fixed's are computed */
	unsigned char slack;  /* bytes that belong to an open record's framing, or may prove to */
	framing_split_fn *split;
	framing_line_fn *line;   /* if each line is checked, and is a record unless it is blank */
	framing_head_fn *head;   /* if a length comes before each record */
	framing_check_fn *check; /* NULL: every record comes back the same */
	framing_join_fn *join;   /* NULL: record, then terminator */
	uint64_t max;            /* the longest record that can be written at all; 0: no limit of the framing's own */
	const char *too_long;    /* what to say of a longer one */
	const char *only_read;   /* not NULL: it is only for splitting; says what to use instead */
	const char *only_joins;  /* the same: only for joining */
	unsigned char rows;      /* 1: rows of text, which keep their ends if they have a table; 2: in any case */
	unsigned char marked;    /* a byte order mark may come before the first record, and is not part of it */
	unsigned char lines;     /* 1: messages name the line; 2: and each record was one line of input */
	framing_resume_fn *resume; /* NULL: it is not known where reading could go on after a fault */
	framing_idle_fn *idle;   /* NULL: the open record is torn, or is known to be complete as soon as it is */
};

/* What to do with text in UTF-16. */
#define FRAMING_UTF16_HINT "iconv -f UTF-16 -t UTF-8 makes UTF-8 of it"

enum {
	FRAMING_RDW_MAX = 32760, /* v, vb: the longest record with its descriptor word, and the longest block written */
	FRAMING_RS = 0x1E        /* json-seq: the record separator */
};

/*
 * Returns entry i of the table, of which the first is lines; or NULL after the last. Of two entries
 * of one name the second has a parameter, and the first has none.
 */
const struct framing_kind *framing_kind_at(size_t i);

/*
 * Sets the separator of csv, which is none of a quote, CR, LF and NUL. Returns 0, or -1 with a line
 * in error.
 */
int framing_separate(struct framing *, char separator, struct buf *error);

/* Returns the kind of a framing, or lines if it has none. */
const struct framing_kind *framing_kind(const struct framing *);

extern const char framing_no_memory[];

static inline void
framing_add(struct framing_found *f, size_t start, size_t end)
{
	if (f->starts != NULL)
		f->starts[f->count] = (uint32_t)start;
	f->ends[f->count++] = (uint32_t)end;
}

/* Returns 1 if messages name the line of the input, else 0. */
int framing_numbers_lines(const struct framing *);

/* Sets the split's error: the input is not in the framing, as data[at] shows. Returns -1. */
int framing_fault(struct framing_split *, const struct framing_found *, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a lack of memory, after which nothing can go on. */
int framing_fault_memory(struct framing_split *, const struct framing_found *, size_t at);

/* What is open at the input's end, if anything is, is a record that lacks its gap. Sets seen. */
void framing_last(struct framing_split *, size_t len, int eof, struct framing_found *);

/* Fills in and returns the name of a byte for messages. */
const char *framing_byte_name(char name[16], char c);

framing_split_fn framing_split_byte, framing_split_crlf, framing_split_delim, framing_split_paragraphs,
    framing_split_indented, framing_split_fixed, framing_split_words, framing_split_escaped, framing_split_counted,
    framing_split_v, framing_split_csv, framing_split_rows, framing_split_tsv, framing_split_json,
    framing_split_checked, framing_split_elements, framing_split_groups, framing_split_fields,
    framing_split_json_seq, framing_split_regex, framing_split_start, framing_split_end;
framing_resume_fn framing_resume_line, framing_resume_row, framing_resume_json, framing_resume_fields;
framing_idle_fn framing_idle_lines, framing_idle_fields, framing_idle_regex;
framing_line_fn framing_line_jsonl, framing_line_logfmt;
framing_head_fn framing_head_netstring, framing_head_prefix, framing_head_varint;
framing_check_fn framing_check_delim, framing_check_paragraph, framing_check_indented, framing_check_fixed,
    framing_check_word, framing_check_csv, framing_check_tsv, framing_check_json, framing_check_jsonl,
    framing_check_logfmt, framing_check_fields, framing_check_groups, framing_check_none, framing_check_start,
    framing_check_end;
framing_join_fn framing_join_escaped, framing_join_netstring, framing_join_prefix, framing_join_varint, framing_join_v,
    framing_join_vb, framing_join_jsonl, framing_join_fields, framing_join_json_seq;

/*
 * csv, for splitting and checking: goes on over the row that begins at data[start], from *at.
 * *quoted is 1 if that is within quotes (0 at first), and *open is the offset at which these
 * opened. Returns the offset of the newline that ends the row; or len, with *at the byte to go on
 * with (a quote at the end of data waits for the byte after it unless eof is set).
 */
size_t framing_csv_row(
    const char *data, size_t start, size_t len, int eof, char separator, size_t *at, int *quoted, size_t *open);

/*
 * json:PATH[]: reads the path. Returns 0, or -1 with a line in error. framing_path_free takes NULL,
 * too.
 */
int framing_path_init(struct framing *, const char *path, struct buf *error);
void framing_path_free(struct framing_path *);

/* The same: framing_open_length. */
uint64_t framing_elements_open(const struct framing_split *, size_t len);

/* fields: framing_open_length, for len > 0. */
uint64_t framing_fields_open(const struct framing_split *, const char *data, size_t len);

/*
 * Sets the split's error as s->json has found it at data[at]; what ends at len, if the fault is
 * there, is called `end`, such as "the input". Returns -1.
 */
int framing_json_fault(
    struct framing_split *, const struct framing_found *, const char *data, size_t len, size_t at, const char *end);

/* White space of the C locale, whatever the locale. */
static inline int
framing_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* White space of JSON. */
static inline int
framing_is_json_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Returns 1 if data[start, end) is nothing but such white space, else 0. */
static inline int
framing_is_json_blank(const char *data, size_t start, size_t end)
{
	while (start < end && framing_is_json_space(data[start]))
		start++;
	return start == end;
}

#endif
