/*
 * expr_operand: what is between operators: numbers, strings, regular expressions, fields, paths,
 * functions.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "match/expr_parse.h"
#include "match/number.h"
#include "match/spell.h"

static uint32_t
add_number(struct expr_parser *p, double number)
{
	uint32_t n = expr_add_node(p, EXPR_NUMBER);

	if (n != 0)
		expr_node_at(p, n)->number = number;
	return n;
}

static uint32_t
parse_number(struct expr_parser *p)
{
	size_t from = p->at, used, digits = 0;
	double number = number_prefix(p->text + from, p->len - from, &used);
	uint32_t n;

	p->at += used;
	if (expr_is_name(expr_peek(p, 0)))
		return expr_fail(p, from, "a number cannot be followed by a letter");
	while (digits < used && expr_is_digit((unsigned char)p->text[from + digits]))
		digits++;
	if ((n = add_number(p, number)) == 0 || digits < used || number < EXPR_ROUNDED)
		return n;
	/* This is an integer to which the double is only the nearest. */
	for (; p->text[from] == '0'; from++)
		digits--;
	if (buf_add(&expr_node_at(p, n)->text, p->text + from, digits) < 0)
		return expr_no_memory(p);
	expr_node_at(p, n)->index = 1;
	return n;
}

static uint32_t
parse_string(struct expr_parser *p)
{
	struct buf text = { 0 };
	const char *wrong;
	uint32_t n;

	p->at++;
	wrong = expr_read_string(p->text, p->len, &p->at, &text);
	/* The string may be empty, but its data is never NULL. */
	if (wrong != NULL || buf_terminate(&text) < 0 || (n = expr_add_node(p, EXPR_STRING)) == 0) {
		buf_free(&text);
		return wrong == NULL || *wrong == '\0' ? expr_no_memory(p) : expr_fail(p, p->at, "%s", wrong);
	}
	expr_node_at(p, n)->text = text;
	return n;
}

/* Parses /ere/. Returns a match without the kid that is to be matched. */
uint32_t
expr_parse_ere(struct expr_parser *p, int negated)
{
	struct buf pattern = { 0 };
	size_t from = p->at++;
	const char *wrong = expr_read_ere(p->text, p->len, &p->at, &pattern);
	uint32_t n;

	if (wrong != NULL)
		n = *wrong == '\0' ? expr_no_memory(p) : expr_fail(p, p->at, "%s", wrong);
	else
		n = expr_add_ere(p, &pattern, from, negated);
	buf_free(&pattern);
	return n;
}

/*
 * Moves p to the end of the path, or to the next [] in it, which is [] or .[]. Returns 0, or -1
 * with a message.
 */
static int
skip_path(struct expr_parser *p, size_t from)
{
	for (;;) {
		size_t dot = expr_peek(p, 0) == '.' && expr_peek(p, 1) == '[';

		if (expr_peek(p, dot) == '[' && expr_peek(p, dot + 1) == ']') {
			return 0;
		} else if (expr_peek(p, 0) == '.' && expr_peek(p, 1) == '"') {
			const char *quote = jsonstring_end(p->text + p->at + 2, p->text + p->len, NULL);

			if (quote == NULL) {
				(void)expr_fail(p, from, "the name of the member is not closed by a quote");
				return -1;
			}
			p->at = (size_t)(quote - p->text) + 1;
		} else if (expr_peek(p, 0) == '.' && expr_is_member(expr_peek(p, 1))) {
			for (p->at++; expr_is_member(expr_peek(p, 0));)
				p->at++;
		} else if (expr_peek(p, dot) == '[') {
			while (expr_peek(p, 0) >= 0 && expr_peek(p, 0) != ']')
				p->at++;
			p->at += expr_peek(p, 0) == ']';
		} else {
			return 0;
		}
	}
}

/*
 * Adds what is between begin and p, a path or a part of one, to the EXPR_EACH n. n is 0: as a path
 * of its own, or, if each is 1, as the array of a new EXPR_EACH. Returns the node.
 */
static uint32_t
add_path(struct expr_parser *p, uint32_t n, size_t begin, size_t from, int each)
{
	size_t len = p->at - begin;
	char *word;

	if (memchr(p->text + begin, '\0', len) != NULL)
		return expr_fail(p, from, "a NUL byte in the name of a member");
	if (len == 0)
		return n != 0 ? expr_add_part(p, n, NULL, from) : expr_add_each(p, NULL, 0, from);
	/* A part of an element may begin with a bracket. */
	if (asprintf(&word, "%s%.*s", p->text[begin] == '[' ? "." : "", (int)len, p->text + begin) < 0)
		return expr_no_memory(p);
	if (n != 0)
		n = expr_add_part(p, n, word, from);
	else if (each)
		n = expr_add_each(p, &word, 1, from);
	else if ((n = expr_add_range(p, &word, 1, from)) != 0)
		expr_node_at(p, n)->path = 1;
	free(word);
	return n;
}

/* Parses a path of names, "names", [numbers] and []. range_parse reads what is between the []. */
static uint32_t
parse_path(struct expr_parser *p)
{
	size_t from = p->at, begin = from, arrays = 0;
	uint32_t n = 0;

	for (;;) {
		int each;

		if (skip_path(p, from) < 0)
			return 0;
		each = expr_peek(p, 0) == '[' || (expr_peek(p, 0) == '.' && expr_peek(p, 1) == '[');
		if (p->at == from && !each && from > 0 && expr_peek(p, 1) == ' ')
			return expr_fail(p, from, "strings are written one after another, without a dot");
		if (p->at == from && !each)
			return expr_fail(p, from,
			    "the name of a member is expected after the dot, such as .user.id or .\"odd name\"");
		if (each && ++arrays > EXPR_ARRAYS_MAX)
			return expr_fail(p, from, "more than %d [] in a path", EXPR_ARRAYS_MAX);
		if ((n = add_path(p, n, begin, from, each)) == 0)
			return 0;
		if (!each)
			break;
		p->at += expr_peek(p, 0) == '.' ? 3 : 2;
		begin = p->at;
	}
	p->path = from;
	p->path_end = p->at;
	return n;
}

void
expr_add_odd_name(const struct expr_parser *p, size_t n, const char *lead, struct buf *out)
{
	static const char blanks[] = " \t\r\n", operators[] = "=<>!~&|()\",?";
	size_t begin = p->path + 1, end = p->path_end, at = p->at;

	for (size_t i = begin; i < end; i++)
		if (!expr_is_member((unsigned char)p->text[i]))
			return;
	if (end == 0 || end == p->len || at < end)
		return;
	if (strchr(blanks, p->text[end]) != NULL) {
		while (end < at && strchr(blanks, p->text[end]) != NULL)
			end++;
		if (end < at || n == 0)
			return;
		end += n;
	} else {
		size_t next;

		while (end < p->len && strchr(blanks, p->text[end]) == NULL && strchr(operators, p->text[end]) == NULL)
			end++;
		for (next = end; next < p->len && strchr(blanks, p->text[next]) != NULL;)
			next++;
		if (end == p->path_end || at > next)
			return;
	}
	(void)buf_adds(out, lead);
	(void)spell_path(out, p->text + begin, end - begin, 1);
}

/* Adds the field of a number that is written in the condition. */
uint32_t
expr_add_field(struct expr_parser *p, double number, size_t from)
{
	if (number <= -1)
		return expr_fail(p, from, "fields are counted from 1; the last one is $NF, the one before it $(NF-1)");
	if (number < 1)
		return expr_add_node(p, EXPR_RECORD);
	if (!(number < 4e9))
		return expr_fail(p, from, "no record has that many fields");
	return expr_add_dollar(p, (unsigned long)number, from);
}

/* Refuses $price and $"unit price": awk's $ goes with a number. */
static uint32_t
refuse_dollar(struct expr_parser *p, const char *name, size_t len, size_t from)
{
	struct buf path = { 0 };
	uint32_t n;

	(void)spell_path(&path, name, len, 1);
	n = expr_fail(p, from, "a column has no $: %s", buf_string(&path));
	buf_free(&path);
	return n;
}

static uint32_t
parse_field(struct expr_parser *p)
{
	size_t from = p->at++, used = 0;
	uint32_t n;
	int quoted;

	expr_skip_spaces(p);
	if (expr_is_word(p, expr_name_length(p), "NF")) {
		p->at += 2;
		return expr_add_node(p, EXPR_FIELD_LAST);
	}
	if (expr_peek(p, 0) == '-')
		return expr_fail(p, from, "fields are counted from 1; the last one is $NF, the one before it $(NF-1)");
	if (expr_peek(p, 0) == '/')
		return expr_fail(p, from, "the number of a field is expected after $");
	if (expr_peek(p, 0) == '.' && !expr_is_digit(expr_peek(p, 1))) {
		size_t begin = p->at;

		if ((n = parse_path(p)) == 0)
			return 0;
		return expr_fail(p, from, "a column has no $: %.*s", (int)(p->at - begin), p->text + begin);
	}
	quoted = expr_peek(p, 0) == '"';
	if (p->nested == EXPR_NESTED_MAX)
		return expr_fail(p, from, "nested deeper than %d", EXPR_NESTED_MAX);
	p->nested++;
	n = expr_parse_operand(p);
	p->nested--;
	if (n == 0)
		return 0;
	if (expr_node_at(p, n)->op == EXPR_NUMBER)
		return expr_add_field(p, expr_node_at(p, n)->number, from);
	if (expr_node_at(p, n)->op == EXPR_STRING) {
		const struct buf *text = &expr_node_at(p, n)->text;
		double number = number_prefix(text->data, text->len, &used);

		return quoted && used == 0 ? refuse_dollar(p, text->data, text->len, from) :
					     expr_add_field(p, number, from);
	}
	if (expr_node_at(p, n)->op == EXPR_NF)
		return expr_add_node(p, EXPR_FIELD_LAST);
	return expr_add_unary(p, EXPR_FIELD_AT, n);
}

/* Refuses csv(price), csv("unit price"): says how that column is named. */
static uint32_t
refuse_name(struct expr_parser *p, const char *name, size_t len, size_t from)
{
	struct buf path = { 0 };
	uint32_t n;

	if (len > 1 && name[0] == '.') {
		name++;
		len--;
	}
	(void)spell_path(&path, name, len, 1);
	n = expr_fail(p, from,
	    "a column is named by a dot: %s, and rec-split -f csv -H takes the names from the first row", buf_string(&path));
	buf_free(&path);
	return n;
}

/* Parses csv(3), from after the parenthesis on. */
static uint32_t
parse_csv(struct expr_parser *p, size_t from)
{
	struct buf word = { 0 };
	size_t end, begin;
	uint32_t n = 0;
	int name;

	expr_skip_spaces(p);
	begin = p->at;
	if ((name = expr_peek(p, 0) == '"')) {
		const char *wrong;

		p->at++;
		if ((wrong = expr_read_string(p->text, p->len, &p->at, &word)) != NULL) {
			buf_free(&word);
			return *wrong == '\0' ? expr_no_memory(p) : expr_fail(p, p->at, "%s", wrong);
		}
	} else {
		while (expr_peek(p, 0) >= 0 && expr_peek(p, 0) != ')')
			p->at++;
		for (end = p->at; end > begin && p->text[end - 1] == ' ';)
			end--;
		if (buf_add(&word, p->text + begin, end - begin) < 0) {
			buf_free(&word);
			return expr_no_memory(p);
		}
		name = word.len > 0 && !expr_is_digit((unsigned char)word.data[0]) && strchr("-*", word.data[0]) == NULL;
	}
	if ((word.len == 0 && !name) || (!name && memchr(word.data, '\0', word.len) != NULL))
		n = expr_fail(p, begin, "the number of a column is expected: csv(3)");
	else if (!expr_take(p, ")"))
		n = expr_fail(p, p->at, "csv is not closed by a parenthesis");
	else if (name)
		n = refuse_name(p, word.len > 0 ? word.data : "", word.len, from);
	else if (buf_terminate(&word) < 0)
		n = expr_no_memory(p);
	else
		n = expr_add_range(p, (char *[]){ (char[]){ "csv" }, word.data }, 2, from);
	buf_free(&word);
	return n;
}

static uint32_t
parse_range(struct expr_parser *p, size_t from)
{
	uint32_t n;
	size_t begin;

	expr_skip_spaces(p);
	begin = p->at;
	if (expr_peek(p, 0) != '"')
		return expr_fail(p, begin, "a range is written in quotes: range(\"w3\")");
	if ((n = parse_string(p)) == 0)
		return 0;
	if (!expr_take(p, ")"))
		return expr_fail(p, p->at, "range is not closed by a parenthesis");
	if (expr_node_at(p, n)->text.len == 0 ||
	    memchr(expr_node_at(p, n)->text.data, '\0', expr_node_at(p, n)->text.len) != NULL)
		return expr_fail(p, begin, "a part of the record is expected, such as range(\"w3\")");
	if (buf_terminate(&expr_node_at(p, n)->text) < 0)
		return expr_no_memory(p);
	return expr_add_range(p, (char *[]){ expr_node_at(p, n)->text.data }, 1, from);
}

/* Refuses a name that means nothing here, and says what it may have been meant to be. */
static uint32_t
unknown(struct expr_parser *p, size_t n)
{
	static const struct {
		const char *name, *instead;
	} known[] = {
		{ "and", "and is written &&" },
		{ "AND", "and is written &&" },
		{ "or", "or is written ||" },
		{ "OR", "or is written ||" },
		{ "not", "not is written !" },
		{ "NOT", "not is written !" },
		{ "eq", "a comparison is ==" },
		{ "ne", "a comparison is !=" },
		{ "lt", "a comparison is <" },
		{ "gt", "a comparison is >" },
		{ "le", "a comparison is <=" },
		{ "ge", "a comparison is >=" },
		{ "print", "a condition has no actions: what satisfies it is kept" },
		{ "FNR", "the number of a record in its source is NR" },
		{ "FS", "what separates fields is set by -F" },
		{ "IGNORECASE", "case is ignored by -i" },
		{ "BEGIN", "a condition is asked of each record, and has no BEGIN" },
		{ "END", "a condition is asked of each record, and has no END" },
		{ "NULL", "it is written null" },
		{ "None", "it is written null" },
		{ "nil", "it is written null" },
		{ "True", "it is written true" },
		{ "TRUE", "it is written true" },
		{ "False", "it is written false" },
		{ "FALSE", "it is written false" },
		{ "is", "a comparison is ==: E == null" },
		{ "like", "a match is written ~" },
		{ "LIKE", "a match is written ~" },
		{ "matches", "a match is written ~" },
	};
	const char *word = p->text + p->at;
	struct buf odd = { 0 };
	size_t digits = 0;
	uint32_t result;

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (expr_is_word(p, n, known[i].name))
			return expr_fail(p, p->at, "%s", known[i].instead);
	for (size_t i = n; expr_peek(p, i) == ' ' || expr_peek(p, i) == '('; i++)
		if (expr_peek(p, i) == '(')
			return expr_refuse_function(p, n);
	if (n == 1 && *word == 'i' && p->at > 1 && word[-1] == '/')
		return expr_fail(p, p->at, "case is ignored by -i, for the whole condition");
	if (n > 40)
		return expr_fail(p, p->at, "no such word; a string is written in quotes");
	if (p->at > 0 && word[-1] == '$')
		return refuse_dollar(p, word, n, p->at - 1);
	while (digits + 1 < n && expr_is_digit(word[digits + 1]))
		digits++;
	if (digits > 0 && digits + 1 == n && strchr("fFwW", *word) != NULL)
		return expr_fail(p, p->at, strchr("fF", *word) != NULL ? "field %.*s is $%.*s" : "word %.*s is range(\"w%.*s\")",
		    (int)n - 1, word + 1, (int)n - 1, word + 1);
	for (digits = n; expr_peek(p, digits) == ' ';)
		digits++;
	if (p->listed && p->at > 0 && expr_peek(p, digits) == '=' && expr_peek(p, digits + 1) != '=')
		return expr_fail(p, p->at, "a comma is expected before the next name and =: a=1, b=2");
	expr_add_odd_name(p, n, " or ", &odd);
	result = expr_fail(p, p->at, "no such word; a string is \"%.*s\", a column or a member of JSON .%.*s%s", (int)n,
	    word, (int)n, word, buf_string(&odd));
	buf_free(&odd);
	return result;
}

static uint32_t
parse_word(struct expr_parser *p)
{
	static const struct {
		const char *name;
		enum expr_op op;
	} counts[] = { { "NF", EXPR_NF }, { "POS", EXPR_POS }, { "NR", EXPR_NR } };
	size_t n = expr_name_length(p), from = p->at;
	uint32_t result;

	if (expr_parse_function(p, n, &result))
		return result;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (expr_is_word(p, n, counts[i].name)) {
			p->at += n;
			return expr_add_node(p, counts[i].op);
		}
	if (expr_is_word(p, n, "null")) {
		p->at += n;
		return expr_add_node(p, EXPR_NULL);
	}
	if (expr_is_word(p, n, "true") || expr_is_word(p, n, "false")) {
		if ((result = expr_add_node(p, EXPR_BOOL)) == 0 ||
		    buf_add(&expr_node_at(p, result)->text, p->text + p->at, n) < 0)
			return expr_no_memory(p);
		expr_node_at(p, result)->number = n == 4;
		p->at += n;
		return result;
	}
	if (expr_is_word(p, n, "csv") || expr_is_word(p, n, "range")) {
		p->at += n;
		if (!expr_take(p, "("))
			return expr_fail(p, p->at, "a parenthesis is expected: csv(3), range(\"w3\")");
		return n == 3 ? parse_csv(p, from) : parse_range(p, from);
	}
	return unknown(p, n);
}

static uint32_t
parse_parentheses(struct expr_parser *p)
{
	size_t from = p->at++;
	uint32_t n = expr_parse_level(p, EXPR_AT_COND);

	if (n == 0)
		return 0;
	if (!expr_take(p, ")"))
		return expr_fail(p, p->at < p->len ? p->at : from,
		    p->at < p->len ? "an operator, or the parenthesis that closes, is expected"
				   : "no parenthesis closes this one");
	p->inverted = 0;
	return n;
}

/* Refuses an operator where a value is expected. */
static uint32_t
no_value(struct expr_parser *p)
{
	struct buf odd = { 0 };
	uint32_t n;

	expr_add_odd_name(p, 0, "; a column is ", &odd);
	if (odd.len == 0 && strspn(p->text, " \t\r\n") == p->at && strchr("<>~", p->text[p->at]) != NULL)
		(void)buf_adds(&odd, "; in double quotes the shell takes $3 away: write '$3 > 4'");
	n = expr_fail(p, p->at, "a value is expected, such as $1, 5, \"text\", /ere/ or .member%s", buf_string(&odd));
	buf_free(&odd);
	return n;
}

uint32_t
expr_parse_operand(struct expr_parser *p)
{
	uint32_t n = 0;
	int c;

	expr_skip_spaces(p);
	c = expr_peek(p, 0);
	if (expr_is_digit(c) || (c == '.' && expr_is_digit(expr_peek(p, 1))))
		n = parse_number(p);
	else if (c == '.')
		n = parse_path(p);
	else if (c == '"')
		n = parse_string(p);
	else if (c == '$')
		n = parse_field(p);
	else if (c == '(')
		n = parse_parentheses(p);
	else if (c == '/')
		n = (n = expr_parse_ere(p, 0)) == 0 ? 0 : expr_add_kid(p, n, expr_add_node(p, EXPR_RECORD));
	else if (expr_is_name(c))
		n = parse_word(p);
	else if (c < 0)
		n = expr_fail(p, p->at, "a value is expected");
	else if (c == '\'')
		n = expr_fail(p, p->at, "a string is written in double quotes");
	else if (c == '{')
		n = expr_fail(p, p->at, "a condition has no actions: what satisfies it is kept");
	else if (c == '=')
		n = expr_fail(p, p->at, "a comparison is ==, a match ~");
	else
		n = no_value(p);
	return n;
}
