#ifndef ERE_PARSE_H
#define ERE_PARSE_H

/*
 * ere_parse: makes a tree of an expression, for ere alone. Nodes are named by their index; 0 is
 * none.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "match/ere_set.h"

enum ere_op {
	ERE_EMPTY,  /* matches the empty string */
	ERE_BYTE,   /* value */
	ERE_SET,    /* a character of sets[first] */
	ERE_CAT,    /* all kids, one after another */
	ERE_ALT,    /* one of the kids */
	ERE_REPEAT, /* the kid, min to max times */
	ERE_LOOK,   /* value, an enum ere_look, holds here */
	ERE_GROUP   /* the kid; min is the number of the parenthesis, from 1. Only with ERE_GROUPS */
};

enum ere_look { ERE_LINE_BEGIN, ERE_LINE_END, ERE_WORD_BEGIN, ERE_WORD_END, ERE_WORD_EDGE, ERE_WORD_INSIDE };

enum { ERE_NO_LIMIT = -1 };

enum { ERE_GROUPS = 16 }; /* a flag besides those of ere.h: the tree has a node for each parenthesis */

struct ere_node {
	uint8_t op, value;
	uint32_t first, last; /* kids */
	uint32_t next, prev;  /* the parent's other kids */
	int min, max;         /* max may be ERE_NO_LIMIT */
};

/* A struct of zeros is empty. */
struct ere_tree {
	struct ere_node *nodes;
	size_t count, cap;
	struct ere_set *sets; /* in order */
	size_t set_count, set_cap;
	uint32_t root;
	int flags;
	uint32_t groups;  /* with ERE_GROUPS: number of parentheses */
	struct buf names; /* with ERE_GROUPS: the name of each, with a NUL after it; empty if it has none */
};

/*
 * Parses pattern[0, len). Returns 0, or -1 with a line in error and errno, as ere_compile. The
 * caller frees the tree in either case.
 */
int ere_parse(struct ere_tree *, const char *pattern, size_t len, int flags, struct buf *error);

/* Makes the kid, a node of the tree, the last one of the parent. */
void ere_parse_adopt(struct ere_tree *, uint32_t parent, uint32_t kid);

enum { ERE_LITERALS = 8 };

/* Texts that every match contains, in any order. A struct of zeros is empty. */
struct ere_literals {
	struct buf text[ERE_LITERALS];
	size_t count, longest;
	int exact; /* 1: the expression is the one text and nothing else */
	int empty; /* 1: a match may be empty */
	int set;   /* ERE_ONE: the expression is a set, and nothing else; ERE_RUN: one or more of it; or 0 */
	int above; /* 1: in UTF-8, and that set has characters that are not ASCII */
};

enum { ERE_ONE = 1, ERE_RUN = 2 };

/*
 * Finds the texts of an expression; if there are more than ERE_LITERALS, the longest ones. Returns
 * 0, or -1 with errno ENOMEM. The caller frees them in either case.
 */
int ere_parse_literals(const struct ere_tree *, struct ere_literals *);
void ere_literals_free(struct ere_literals *);

void ere_tree_free(struct ere_tree *);

#endif
