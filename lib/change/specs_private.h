#ifndef SPECS_PRIVATE_H
#define SPECS_PRIVATE_H

/*
 * specs_private: the program that the words of specs are made into. Private to specs*.c.
 */

#include "change/specs.h"
#include "change/specs_convert.h"
#include "match/range.h"

enum specs_input {
	SPECS_PART, /* of a record */
	SPECS_TEXT,
	SPECS_NUMBER,
	SPECS_CLOCK
};

enum specs_place {
	SPECS_AT, /* a column */
	SPECS_NEXT,
	SPECS_NEXTWORD
};

enum specs_align { SPECS_AS_IT_IS, SPECS_LEFT, SPECS_CENTER, SPECS_RIGHT };

enum specs_do { SPECS_PUT, SPECS_READ, SPECS_READSTOP, SPECS_WRITE };

struct specs_item {
	enum specs_do what;
	unsigned char stream; /* PUT of a part, READ, READSTOP: whose */

	/* PUT: what is put */
	enum specs_input input;
	size_t part;          /* of the stream's range */
	enum range_way way;   /* the shorter way to the part, if there is one: */
	uint32_t n;           /* by its number */
	char separator;       /* and what separates fields */
	size_t first, length; /* TEXT: in `texts` */
	int64_t from, by;     /* NUMBER */

	/* PUT: how and where */
	int strip;
	struct specs_conversion conversion;
	enum specs_place place;
	size_t column; /* AT: counted from 0 */
	size_t width;  /* 0: as long as what is put */
	enum specs_align align;
	int trim; /* 1: spaces before and after what is aligned do not count */
	char pad;
};

struct specs_stream {
	struct range range; /* the parts of all its items */
	int used;
	const char *data; /* the record; NULL and 0 if there is none any more */
	size_t len;
	int has;   /* 1: a record is there */
	int ended; /* 1: there are no more */
};

struct specs {
	struct specs_item *items; /* owned; the last one is a WRITE */
	size_t count;
	struct buf texts;
	size_t max;
	unsigned stop; /* so many streams at their ends end the program */
	int clocked;   /* 1: an item is the clock */
	struct specs_stream streams[SPECS_STREAMS];

	/* how far it has come */
	size_t at;   /* the item */
	int begun;   /* 1: in a cycle */
	int reading; /* 1: items[at] is a READ whose record has been asked for */
	int over;
	uint64_t cycle;       /* how many have begun, less 1 */
	struct buf kept;      /* the part of a record that has been made */
	struct buf converted; /* of a value */
	struct buf between;
	struct buf counted; /* a number, or the clock */
	struct buf clock;   /* of the cycle */
	struct buf why;
};

/*
 * Reads the words into the program, as specs_new has them. Returns 0, or -1 with a line in error.
 */
int specs_parse(struct specs *, char *const words[], size_t count, const char *fields, struct buf *error);

/* ---- specs_words.c, specs_input.c ---- */

struct specs_reader {
	struct specs *specs;
	char *const *words;
	size_t count, at; /* of words; words[at] is being read */
	const char *p;    /* the next character in it */
	struct buf *error;
	/* what is in force for the items that follow */
	int stream;
	char pad;
	struct buf ws, fs;        /* the operands as they were written; empty: none */
	int stale[SPECS_STREAMS]; /* 1: the stream's range does not know them yet */
};

/* Each adds a message to r->error and returns -1. */
int specs_wrong(struct specs_reader *, const char *format, ...) __attribute__((format(printf, 2, 3)));
int specs_no_memory(struct specs_reader *);

/* Goes to the next token. Returns 1, or 0 if there is none. */
int specs_more(struct specs_reader *);

/* Returns the length of the token at p. A name in quotes, ."odd name", is not divided. */
size_t specs_token(const char *p);

/* Returns 1 if the n bytes at p are the keyword, or its first ones, at least `least`; else 0. */
int specs_is_keyword(const char *p, size_t n, const char *keyword, size_t least);

/* Takes the keyword if it comes next. Returns 1 if so, or 0. */
int specs_take(struct specs_reader *, const char *keyword, size_t least);

/* Takes the operand of PAD, WS or FS. Returns 0, or -1 with a message. */
int specs_take_operand(struct specs_reader *, const char *keyword, struct buf *out);

/* Takes the operand of WS or FS into r->ws or r->fs. Returns 0, or -1 with a message. */
int specs_read_separator(struct specs_reader *, const char *keyword, struct buf *setting);

/* Takes an input, which is there, into the item. Returns 0, or -1 with a message. */
int specs_read_input(struct specs_reader *, struct specs_item *);

/* ---- specs_place.c ---- */

/*
 * Puts data[0, len) into the record, which is what out has from `begin` on. Returns 0; 1 if the
 * record would have more than max bytes; or -1 with errno ENOMEM. Then out is as before.
 */
int specs_put(const struct specs_item *, const char *data, size_t len, size_t begin, size_t max, struct buf *out);

#endif
