/*
 * ere_parse: see ere_parse.h. A parser by recursive descent; ERE_NESTED_MAX bounds its depth, and
 * so its stack.
 *
 * If POSIX leaves something undefined, it is here either what the GNU and BSD libraries agree on
 * (an empty alternative matches the empty string, a** is (a*)*), or an error with a message (a
 * repetition of nothing, an escape of a letter that means nothing).
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "base/vis.h"
#include "match/ere.h"
#include "match/ere_parse.h"

enum { SHOWN = 24 }; /* columns of the expression in a message */

struct parser {
	struct ere_tree *tree;
	const char *text;
	size_t len, at;
	int utf8, depth;
	struct buf *error;
	struct ere_set known[ERE_CLASSES]; /* classes asked for: a million characters are judged once */
};

static uint32_t parse_alternatives(struct parser *, int open);

/*
 * Adds a message that shows the expression from `at` on. Returns 0. All functions that parse return
 * a node, or 0 after this.
 */
static uint32_t
fail(struct parser *p, size_t at, const char *reason)
{
	size_t len = p->len - at;

	(void)buf_adds(p->error, "at \"");
	(void)vis_bytes(p->error, p->text + at, len, SHOWN, 0, NULL);
	(void)buf_addf(p->error, "\" (byte %zu): %s", at + 1, reason);
	errno = EINVAL;
	return 0;
}

static uint32_t
no_memory(struct parser *p)
{
	p->error->len = 0;
	(void)buf_adds(p->error, "out of memory");
	errno = ENOMEM;
	return 0;
}

static uint32_t
add_node(struct parser *p, enum ere_op op)
{
	struct ere_tree *t = p->tree;

	if (t->count == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : 32;
		struct ere_node *more = reallocarray(t->nodes, cap, sizeof *more);

		if (more == NULL)
			return no_memory(p);
		t->nodes = more;
		t->cap = cap;
		if (t->count == 0)
			t->nodes[t->count++] = (struct ere_node){ 0 };
	}
	t->nodes[t->count] = (struct ere_node){ .op = op };
	return (uint32_t)t->count++;
}

static uint32_t
add_value(struct parser *p, enum ere_op op, unsigned value)
{
	uint32_t node = add_node(p, op);

	if (node != 0)
		p->tree->nodes[node].value = (uint8_t)value;
	return node;
}

void
ere_parse_adopt(struct ere_tree *t, uint32_t parent, uint32_t kid)
{
	struct ere_node *n = &t->nodes[parent];

	t->nodes[kid].prev = n->last;
	if (n->last != 0)
		t->nodes[n->last].next = kid;
	else
		n->first = kid;
	n->last = kid;
}

/*
 * Returns a node for the set, which the tree owns afterwards (or it is freed). A set of one byte
 * becomes a byte.
 */
static uint32_t
add_set(struct parser *p, struct ere_set *set)
{
	struct ere_tree *t = p->tree;
	uint32_t node;

	if (set->count == 1 && set->ranges[0].lo == set->ranges[0].hi && set->ranges[0].lo < (p->utf8 ? 128 : 256)) {
		node = add_value(p, ERE_BYTE, set->ranges[0].lo);
		ere_set_free(set);
		return node;
	}
	if (t->set_count == t->set_cap) {
		size_t cap = t->set_cap > 0 ? 2 * t->set_cap : 8;
		struct ere_set *more = reallocarray(t->sets, cap, sizeof *more);

		if (more == NULL) {
			ere_set_free(set);
			return no_memory(p);
		}
		t->sets = more;
		t->set_cap = cap;
	}
	t->sets[t->set_count++] = *set;
	if ((node = add_node(p, ERE_SET)) != 0)
		t->nodes[node].first = (uint32_t)(t->set_count - 1);
	return node;
}

/* Puts the set's ranges in order, and applies the flags to them. */
static int
finish_set(struct parser *p, struct ere_set *set, int inverted)
{
	int flags = p->tree->flags;

	ere_set_order(set);
	if ((flags & ERE_IGNORE_CASE) != 0 && ere_set_fold(set, p->utf8) < 0)
		return -1;
	if (!inverted)
		return 0;
	if ((flags & ERE_EACH_LINE) != 0 && ere_set_add(set, '\n', '\n') < 0)
		return -1;
	ere_set_order(set);
	return ere_set_invert(set, p->utf8);
}

static uint32_t
add_finished(struct parser *p, struct ere_set *set, int inverted)
{
	if (finish_set(p, set, inverted) < 0) {
		ere_set_free(set);
		return no_memory(p);
	}
	return add_set(p, set);
}

static uint32_t
add_char(struct parser *p, uint32_t c)
{
	struct ere_set set = { 0 };

	if (ere_set_add(&set, c, c) < 0)
		return no_memory(p);
	return add_finished(p, &set, 0);
}

static int
join_class(struct parser *p, struct ere_set *set, int class)
{
	if (p->known[class].count == 0 && ere_set_add_class(&p->known[class], class, p->utf8) < 0)
		return -1;
	return ere_set_join(set, &p->known[class]);
}

/* Returns a node for \w and the like: a class, with the underscore if that is wanted. */
static uint32_t
add_class(struct parser *p, const char *name, int underscore, int inverted)
{
	struct ere_set set = { 0 };

	if (join_class(p, &set, ere_set_class(name, strlen(name))) < 0 ||
	    (underscore && ere_set_add(&set, '_', '_') < 0)) {
		ere_set_free(&set);
		return no_memory(p);
	}
	return add_finished(p, &set, inverted);
}

/* Reads the character at `at`. Returns its length, or 0 if the bytes there are no character. */
static size_t
char_at(const struct parser *p, size_t at, uint32_t *c)
{
	if (p->utf8)
		return utf8_decode(p->text + at, p->len - at, c);
	*c = (unsigned char)p->text[at];
	return 1;
}

static int
is_at(const struct parser *p, size_t at, char c)
{
	return at < p->len && p->text[at] == c;
}

/*
 * Parses one end of a range, or an element by itself. Returns 1 with *c for a character or [.c.]; 2
 * for [=c=] or [:class:], which it adds to the set; 0 after an error.
 */
static int
parse_element(struct parser *p, struct ere_set *set, uint32_t *c)
{
	size_t from = p->at, end, n;
	char kind = '\0';

	if (is_at(p, from, '[') && from + 1 < p->len && strchr(".=:", p->text[from + 1]) != NULL &&
	    p->text[from + 1] != '\0')
		kind = p->text[from + 1];
	if (kind == '\0') {
		if ((n = char_at(p, from, c)) == 0)
			return (int)fail(p, from,
			    "these bytes are no character of UTF-8; outside of brackets \\xHH matches any byte");
		p->at += n;
		return 1;
	}
	/* A closing bracket may itself be the element: [.].] */
	for (end = from + 2; end + 1 < p->len && !(p->text[end] == kind && p->text[end + 1] == ']' && end > from + 2);)
		end++;
	if (end + 1 >= p->len)
		return (int)fail(p, from, kind == ':'     ? "no :] closes the class" :
			     kind == '.' ? "no .] closes the collating element" : "no =] closes the equivalence class");
	p->at = end + 2;
	if (kind == ':') {
		int class = ere_set_class(p->text + from + 2, end - from - 2);

		if (class < 0)
			return (int)fail(p, from,
			    "no such class; there are "
			    "alnum alpha blank cntrl digit graph lower print punct space upper xdigit");
		/*
		 * If case is ignored, [:upper:] and [:lower:] match letters of either case:
		 * ere_set_fold adds these later.
		 */
		return join_class(p, set, class) < 0 ? (int)no_memory(p) : 2;
	}
	if ((n = char_at(p, from + 2, c)) == 0 || n != end - from - 2)
		return (int)fail(p, from, "a collating element here is a single character");
	if (kind == '.')
		return 1;
	return ere_set_add(set, *c, *c) < 0 ? (int)no_memory(p) : 2;
}

/* Parses the list after [ or [^, up to its ]. Returns 0 after an error. */
static int
parse_list(struct parser *p, struct ere_set *set, size_t open)
{
	size_t begin = p->at, from;
	uint32_t lo, hi;
	int kind;

	for (;;) {
		if (p->at >= p->len)
			return (int)fail(p, open, "no ] closes the bracket expression");
		if (is_at(p, p->at, ']') && p->at > begin) {
			p->at++;
			return 1;
		}
		from = p->at;
		/* A hyphen is itself only at the ends of the list (or as the end of a range). */
		if (is_at(p, from, '-') && from > begin && !is_at(p, from + 1, ']') && !is_at(p, from + 1, '-'))
			return (int)fail(p, from,
			    "this - makes no range; a - itself is written first or last in the brackets");
		if ((kind = parse_element(p, set, &lo)) == 0)
			return 0;
		hi = lo;
		if (is_at(p, p->at, '-') && p->at + 1 < p->len && !is_at(p, p->at + 1, ']')) {
			if (kind != 1)
				return (int)fail(p, from, "a class can't begin a range");
			p->at++;
			if ((kind = parse_element(p, set, &hi)) == 0)
				return 0;
			if (kind != 1)
				return (int)fail(p, from, "a class can't end a range");
			if (hi < lo)
				return (int)fail(p, from, "the range ends before it begins");
		}
		if (kind == 1 && ere_set_add(set, lo, hi) < 0)
			return (int)no_memory(p);
	}
}

static uint32_t
parse_bracket(struct parser *p)
{
	struct ere_set set = { 0 };
	size_t open = p->at++;
	int inverted = is_at(p, p->at, '^');

	p->at += (size_t)inverted;
	if (!parse_list(p, &set, open)) {
		ere_set_free(&set);
		return 0;
	}
	return add_finished(p, &set, inverted);
}

static uint32_t
parse_escape(struct parser *p)
{
	static const char letters[] = "ntrfva", bytes[] = "\n\t\r\f\v\a";
	size_t from = p->at++;
	const char *found;
	char c;
	int high, low;

	if (p->at == p->len)
		return fail(p, from, "a backslash at the end; a backslash itself is \\\\");
	c = p->text[p->at++];
	if (c != '\0' && (found = strchr(letters, c)) != NULL)
		return add_value(p, ERE_BYTE, (unsigned char)bytes[found - letters]);
	switch (c) {
	case 'x':
		if (p->len - p->at < 2 || (high = num_hex(p->text[p->at])) < 0 ||
		    (low = num_hex(p->text[p->at + 1])) < 0)
			return fail(p, from, "two hexadecimal digits are expected after \\x");
		p->at += 2;
		/* In UTF-8 a byte above 127 is no character, so it has no case. */
		if (p->utf8 && high >= 8)
			return add_value(p, ERE_BYTE, (unsigned)(high * 16 + low));
		return add_char(p, (uint32_t)(high * 16 + low));
	case '<':
		return add_value(p, ERE_LOOK, ERE_WORD_BEGIN);
	case '>':
		return add_value(p, ERE_LOOK, ERE_WORD_END);
	case 'b':
		return add_value(p, ERE_LOOK, ERE_WORD_EDGE);
	case 'B':
		return add_value(p, ERE_LOOK, ERE_WORD_INSIDE);
	case 'w':
	case 'W':
		return add_class(p, "alnum", 1, c == 'W');
	case 's':
	case 'S':
		return add_class(p, "space", 0, c == 'S');
	case 'd':
	case 'D':
		return add_class(p, "digit", 0, c == 'D');
	default:
		break;
	}
	if (c >= '1' && c <= '9')
		return fail(p, from, "there are no back-references: such expressions could take for ever");
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '0')
		return fail(p, from,
		    "no such escape; there are \\n \\t \\r \\f \\v \\a \\xHH \\w \\W \\s \\S \\d \\D \\b \\B \\< \\>");
	if ((unsigned char)c >= 128) {
		p->at--;
		return fail(p, from, "a backslash before a character that needs none");
	}
	return add_value(p, ERE_BYTE, (unsigned char)c);
}

/* Reads the name of a parenthesis, if it has one: ?<name>. Returns 0 after an error. */
static int
parse_name(struct parser *p)
{
	struct buf *names = &p->tree->names;
	size_t from = p->at, begin;

	if ((p->tree->flags & ERE_NAMED) != 0 && is_at(p, from, '?')) {
		begin = p->at += 2;
		while (p->at < p->len && (isalnum((unsigned char)p->text[p->at]) || is_at(p, p->at, '_')))
			p->at++;
		if (!is_at(p, from + 1, '<') || p->at == begin || !is_at(p, p->at, '>') ||
		    (p->text[begin] >= '0' && p->text[begin] <= '9'))
			return (int)fail(p, from,
			    "a name is written (?<name>...), of letters, digits and _, and no digit first");
		if ((p->tree->flags & ERE_GROUPS) != 0 && buf_add(names, p->text + begin, p->at - begin) < 0)
			return (int)no_memory(p);
		p->at++;
	}
	return (p->tree->flags & ERE_GROUPS) != 0 && buf_addc(names, '\0') < 0 ? (int)no_memory(p) : 1;
}

/* Returns a node for the parenthesis of that number, around the node. */
static uint32_t
add_group(struct parser *p, uint32_t number, uint32_t node)
{
	uint32_t group = add_node(p, ERE_GROUP);

	if (group == 0)
		return 0;
	p->tree->nodes[group].min = (int)number;
	ere_parse_adopt(p->tree, group, node);
	return group;
}

static uint32_t
parse_group(struct parser *p)
{
	size_t open = p->at++;
	uint32_t node, number = ++p->tree->groups;

	if (!parse_name(p))
		return 0;
	if (p->depth == ERE_NESTED_MAX)
		return fail(p, open, "too many parentheses within parentheses (200)");
	p->depth++;
	node = parse_alternatives(p, 1);
	p->depth--;
	if (node == 0)
		return 0;
	if (!is_at(p, p->at, ')'))
		return fail(p, open, "no ) closes the parenthesis");
	p->at++;
	return (p->tree->flags & ERE_GROUPS) != 0 ? add_group(p, number, node) : node;
}

static uint32_t
parse_atom(struct parser *p)
{
	struct ere_set none = { 0 };
	uint32_t c;
	size_t n;

	switch (p->text[p->at]) {
	case '(':
		return parse_group(p);
	case '[':
		return parse_bracket(p);
	case '\\':
		return parse_escape(p);
	case '.':
		p->at++;
		return add_finished(p, &none, 1);
	case '^':
		p->at++;
		return add_value(p, ERE_LOOK, ERE_LINE_BEGIN);
	case '$':
		p->at++;
		return add_value(p, ERE_LOOK, ERE_LINE_END);
	default:
		break;
	}
	if ((n = char_at(p, p->at, &c)) == 0)
		return add_value(p, ERE_BYTE, (unsigned char)p->text[p->at++]);
	p->at += n;
	return add_char(p, c);
}

/* Parses digits. Returns the number; -1 if there are none; -2 if it is above ERE_REPEAT_MAX. */
static int
parse_number(struct parser *p)
{
	int n = -1;

	for (; p->at < p->len && p->text[p->at] >= '0' && p->text[p->at] <= '9'; p->at++) {
		n = (n < 0 ? 0 : n) * 10 + (p->text[p->at] - '0');
		if (n > ERE_REPEAT_MAX)
			return -2;
	}
	return n;
}

/* Parses {n}, {n,}, {n,m} or {,m}. Returns 0 after an error. */
static int
parse_interval(struct parser *p, int *min, int *max)
{
	size_t open = p->at++;

	if ((*min = *max = parse_number(p)) == -2)
		return (int)fail(p, open, "an interval's numbers are at most 32767");
	if (is_at(p, p->at, ',')) {
		p->at++;
		if ((*max = parse_number(p)) == -2)
			return (int)fail(p, open, "an interval's numbers are at most 32767");
		if (*min < 0 && *max >= 0)
			*min = 0;
	}
	if (*min < 0 || !is_at(p, p->at, '}'))
		return (int)fail(p, open, "an interval is written {2} {2,} {2,5} or {,5}; the character itself \\{");
	p->at++;
	if (*max >= 0 && *max < *min)
		return (int)fail(p, open, "the interval's numbers are in the wrong order");
	return 1;
}

static int
is_repeat(const struct parser *p)
{
	return p->at < p->len && p->text[p->at] != '\0' && strchr("*+?{", p->text[p->at]) != NULL;
}

static uint32_t
parse_repeats(struct parser *p, uint32_t node)
{
	int min, max, depth = p->depth;

	for (; is_repeat(p); depth++) {
		uint32_t repeat;

		if (depth >= ERE_NESTED_MAX)
			return fail(p, p->at, "too many repetitions of repetitions (200)");
		min = p->text[p->at] == '+';
		max = p->text[p->at] == '?' ? 1 : ERE_NO_LIMIT;
		if (p->text[p->at] != '{')
			p->at++;
		else if (!parse_interval(p, &min, &max))
			return 0;
		if ((repeat = add_node(p, ERE_REPEAT)) == 0)
			return 0;
		p->tree->nodes[repeat].min = min;
		p->tree->nodes[repeat].max = max;
		ere_parse_adopt(p->tree, repeat, node);
		node = repeat;
	}
	return node;
}

/*
 * Parses what is between two |. Within parentheses a ) ends it; elsewhere ) is a character, as in
 * POSIX.
 */
static uint32_t
parse_sequence(struct parser *p, int open)
{
	uint32_t cat = add_node(p, ERE_CAT), node;

	while (cat != 0 && p->at < p->len && p->text[p->at] != '|' && !(open && p->text[p->at] == ')')) {
		size_t from = p->at;

		if (is_repeat(p))
			return fail(p, from,
			    "there is nothing to repeat before this; the character itself is written with a \\");
		if ((node = parse_atom(p)) == 0)
			return 0;
		if ((p->text[from] == '^' || p->text[from] == '$') && is_repeat(p))
			return fail(p, from, "an anchor can't be repeated; the character itself is written with a \\");
		if ((node = parse_repeats(p, node)) == 0)
			return 0;
		ere_parse_adopt(p->tree, cat, node);
	}
	return cat;
}

static uint32_t
parse_alternatives(struct parser *p, int open)
{
	uint32_t first = parse_sequence(p, open), alt, node;

	if (first == 0 || !is_at(p, p->at, '|'))
		return first;
	if ((alt = add_node(p, ERE_ALT)) == 0)
		return 0;
	ere_parse_adopt(p->tree, alt, first);
	while (is_at(p, p->at, '|')) {
		p->at++;
		if ((node = parse_sequence(p, open)) == 0)
			return 0;
		ere_parse_adopt(p->tree, alt, node);
	}
	return alt;
}

int
ere_parse(struct ere_tree *tree, const char *pattern, size_t len, int flags, struct buf *error)
{
	struct parser p = {
		.tree = tree, .text = pattern, .len = len, .utf8 = (flags & ERE_UTF8) != 0, .error = error
	};

	tree->flags = flags;
	if (len > ERE_PATTERN_MAX) {
		(void)buf_addf(error, "the expression has %zu bytes; at most %d are allowed", len,
		    (int)ERE_PATTERN_MAX);
		errno = E2BIG;
		return -1;
	}
	tree->root = parse_alternatives(&p, 0);
	for (int i = 0; i < ERE_CLASSES; i++)
		ere_set_free(&p.known[i]);
	return tree->root != 0 ? 0 : -1;
}

void
ere_tree_free(struct ere_tree *tree)
{
	for (size_t i = 0; i < tree->set_count; i++)
		ere_set_free(&tree->sets[i]);
	free(tree->sets);
	free(tree->nodes);
	buf_free(&tree->names);
	*tree = (struct ere_tree){ 0 };
}
