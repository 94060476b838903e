#ifndef EXPR_FUNCTION_H
#define EXPR_FUNCTION_H

/*
 * expr_function: private to expr*.c. The functions of rec-expr(7), in a table: expr_function.c has
 * it and parses calls, the other files have what is called. A call's arguments are the node's kids.
 */

#include "match/expr_node.h"

struct expr_function {
	const char *name;
	/*
	 * Sets the value to that of the call, for the record. A string may be kept in the node's
	 * text.
	 */
	void (*call)(struct expr_program *, struct expr_node *, struct expr_value *);
	/*
	 * A letter for each argument. v: any value; s: one that is taken as a string; n: as a
	 * number; e: a regular expression; t: a string or a regular expression. p, r, w: a string
	 * in the condition itself, a format of sprintf, or one for a time that is read or written;
	 * z: one that is the name of a time zone. A star after the last: any number of these.
	 * Regular expressions and zones are no kids, but the node's index.
	 */
	const char *kinds;
	uint8_t least;    /* arguments */
	uint8_t whole;    /* 1: without any, it takes the record */
	const char *form; /* how it is written, for messages */
	const char *what; /* what is wrong with constants if the value is missing; NULL: nothing is */
};

extern const struct expr_function expr_functions[];

enum {
	EXPR_WIDTH_MAX = 65535,  /* characters that pad and sprintf fill up to */
	EXPR_MADE_MAX = 1 << 30  /* bytes of a text that sub, gsub, pad and sprintf make; beyond that it is undefined */
};

/* Returns the node of argument i of the call, counted from 0, or 0. */
static inline uint32_t
expr_argument(const struct expr_program *g, const struct expr_node *t, size_t i)
{
	uint32_t kid = t->first;

	while (kid != 0 && i-- > 0)
		kid = g->nodes[kid].next;
	return kid;
}

/* ---- expr_text.c ---- */

void expr_call_length(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_substr(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_index(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_contains(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_startswith(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_endswith(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_lower(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_upper(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_trim(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_pad(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_reverse(struct expr_program *, struct expr_node *, struct expr_value *);

/* ---- expr_sub.c ---- */

void expr_call_sub(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_gsub(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_split(struct expr_program *, struct expr_node *, struct expr_value *);

/* ---- expr_sprintf.c ---- */

void expr_call_sprintf(struct expr_program *, struct expr_node *, struct expr_value *);
/*
 * Returns NULL, and sets *count to the number of values that the format takes; or what is wrong
 * with it.
 */
const char *expr_sprintf_check(const char *format, size_t n, size_t *count);

/* ---- expr_number.c ---- */

void expr_call_int(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_round(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_floor(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_ceil(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_abs(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_log(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_exp(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_sqrt(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_min(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_max(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_coalesce(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_isnumber(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_isjson(struct expr_program *, struct expr_node *, struct expr_value *);

/* ---- expr_time.c ---- */

void expr_call_now(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_time(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_date(struct expr_program *, struct expr_node *, struct expr_value *);

/* ---- expr_code.c ---- */

void expr_call_base64(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_unbase64(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_url(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_unurl(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_hex(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_unhex(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_crc32c(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_md5(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_sha1(struct expr_program *, struct expr_node *, struct expr_value *);
void expr_call_sha256(struct expr_program *, struct expr_node *, struct expr_value *);

#endif
