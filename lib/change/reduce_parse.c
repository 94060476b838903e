/* reduce_parse: the operands and the key of rec-reduce. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/jsonstring.h"
#include "base/utf8.h"
#include "base/words.h"
#include "change/reduce_private.h"
#include "match/expr_list.h"
#include "match/number.h"

static const char *const names[REDUCE_KINDS] = { "count", "sum", "min", "max", "mean", "median", "percentile", "stdev",
	"first", "last", "distinct", "list", "mode", "delta", "previous" };

static int
no_memory(struct buf *error)
{
	error->len = 0;
	(void)buf_adds(error, "out of memory");
	return -1;
}

/* Takes the NAME= at *p, if it is there. Returns 0, or -1 with a line in error. */
static int
take_name(const char **p, struct range_view *name, struct buf *error)
{
	size_t used = 0;

	*name = (struct range_view){ NULL, 0 };
	if (expr_list_named(*p) == NULL)
		return 0;
	if (expr_list_name(*p, strlen(*p), &used, name, error) < 0)
		return -1;
	*p += used;
	return 0;
}

/* ---- parts ---- */

static void
free_part(struct reduce_part *p)
{
	free(p->text);
	range_free(&p->range);
	expr_free(&p->expr);
	free((char *)(uintptr_t)p->name.data);
	buf_free(&p->label);
}

/* Adds an empty part to a list. Returns it, or NULL. */
static struct reduce_part *
add_part(struct reduce_part **list, size_t *count, const char *text, size_t len)
{
	struct reduce_part *more = reallocarray(*list, *count + 1, sizeof *more);

	if (more == NULL)
		return NULL;
	*list = more;
	more += *count;
	*more = (struct reduce_part){ .text = strndup(text, len) };
	if (more->text == NULL)
		return NULL;
	++*count;
	return more;
}

/* Returns 1 if the text is nothing but ranges, which are added; else 0; or -1 without memory. */
static int
take_ranges(const struct reduce *r, const char *text, struct range *range, struct buf *error)
{
	struct words words;
	int result;

	if (words_init(&words, text, WORDS_RANGES) < 0)
		return no_memory(error);
	result = (r->separator == NULL || range_fields(range, r->separator, error) == 0) &&
	    range_all(range, words.list, words.count, error) == 0 && range->count > 0;
	words_free(&words);
	if (!result)
		range_free(range);
	return result;
}

/* Returns 1 if the text is a number alone: as a range that is a column, but rather a constant. */
static int
is_number(const char *text)
{
	double value;

	return number_read(text, strlen(text), &value);
}

/* Refuses what is the same for all records. Returns -1. */
static int
refuse_constant(const char *text, struct buf *error)
{
	size_t digits = strspn(text, "0123456789");

	if (digits > 0 && text[digits] == '\0')
		(void)buf_addf(error, "%s is a number: a column is f%s, w%s or .name", text, text, text);
	else
		(void)buf_addf(error, "%s is the same for all records: a column is f1, w1 or .name", text);
	return -1;
}

/*
 * Makes the part what its text says: a range, or an expression. Returns 0, or -1 with a line in
 * error.
 */
static int
compile(const struct reduce *r, struct reduce_part *p, struct buf *error)
{
	struct buf first = { 0 };
	int got = is_number(p->text) ? 0 : take_ranges(r, p->text, &p->range, &first);

	if (got > 0 && p->range.count == 1) {
		p->named = range_names(&p->range);
		buf_free(&first);
		return 0;
	}
	range_free(&p->range);
	if (expr_compile(&p->expr, p->text, strlen(p->text), r->flags, r->separator, error) == 0) {
		if (expr_constant(&p->expr)) {
			buf_free(&first);
			return refuse_constant(p->text, error);
		}
		p->named = expr_names(&p->expr);
		buf_free(&first);
		return 0;
	}
	if (got > 0) {
		error->len = 0;
		(void)buf_addf(error, "%s: one part of a record is expected, or an expression", p->text);
	} else if (range_begins(p->text) && first.len > 0 && strpbrk(p->text, "(+*/<>=!~%^&|?") == NULL) {
		error->len = 0;
		(void)buf_add(error, first.data, first.len);
	}
	buf_free(&first);
	return -1;
}

/* Returns 1 if a slash at p begins a regular expression: no operand is before it. */
static int
begins_regex(const char *item, const char *p)
{
	while (p > item && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == item || strchr("~(,[!&|?:<>=+*%^-", p[-1]) != NULL;
}

/* Returns the place after the separator that fs or ws at p sets, or p if there is no such word. */
static const char *
skip_separator(const char *item, const char *p)
{
	const char *after = p + 2;

	if ((p > item && strchr(" (", p[-1]) == NULL) || (strncasecmp(p, "fs", 2) != 0 && strncasecmp(p, "ws", 2) != 0) ||
	    (*after != ' ' && *after != '\t'))
		return p;
	after += strspn(after, " \t");
	return after + strcspn(after, " \t");
}

/*
 * Returns the end of the item at p: a comma that is not within quotes, parentheses, brackets or a
 * regular expression, and does not follow fs.
 */
static const char *
item_end(const char *item)
{
	const char *p = item;
	int depth = 0;

	for (; *p != '\0' && (*p != ',' || depth > 0); p++) {
		const char *after = skip_separator(item, p);

		if (after > p) {
			p = after - 1;
		} else if (*p == '"') {
			const char *quote = jsonstring_end(p + 1, p + strlen(p), NULL);

			p = quote != NULL ? quote : p;
		} else if (*p == '/' && begins_regex(item, p)) {
			after = p + 1;
			while (*after != '\0' && *after != '/')
				after += *after == '\\' && after[1] != '\0' ? 2 : 1;
			p = *after == '/' ? after : p;
		} else if (*p == '(' || *p == '[') {
			depth++;
		} else if (*p == ')' || *p == ']') {
			depth--;
		}
	}
	return p;
}

/* A part of a key that is several columns, f2-4, becomes one part for each. */
static int
add_key(struct reduce *r, const char *text, size_t len, struct range_view *name, struct buf *error)
{
	struct reduce_part *p = add_part(&r->keys, &r->keys_count, text, len);
	int64_t from, to;

	if (p == NULL)
		return no_memory(error);
	p->name = *name;
	name->data = NULL;
	if (compile(r, p, error) < 0)
		return -1;
	if (p->range.count == 0 || range_kind(&p->range, 0, &(struct range_view){ NULL, 0 }) != RANGE_IS_FIELDS ||
	    !range_columns(&p->range, 0, &from, &to) || from < 1 || from >= to || to - from > 1000)
		return 0;
	if (p->name.data != NULL) {
		(void)buf_addf(error, "%s: one part of a record is expected after a name and =", p->text);
		return -1;
	}
	free_part(p);
	r->keys_count--;
	for (; from <= to; from++) {
		char field[32];

		(void)snprintf(field, sizeof field, "f%lld", (long long)from);
		if ((p = add_part(&r->keys, &r->keys_count, field, strlen(field))) == NULL)
			return no_memory(error);
		if (compile(r, p, error) < 0)
			return -1;
	}
	return 0;
}

/* Adds the items of a key that are divided by commas. */
static int
add_items(struct reduce *r, const char *text, struct buf *error)
{
	const char *p = text;

	for (;;) {
		struct range_view name;
		const char *end;
		int result;

		p += strspn(p, " \t\n");
		if (take_name(&p, &name, error) < 0)
			return -1;
		end = item_end(p);
		result = add_key(r, p, (size_t)(end - p), &name, error);
		free((char *)(uintptr_t)name.data);
		if (result < 0)
			return -1;
		if (*end == '\0')
			return 0;
		p = end + 1;
	}
}

static int
add_keys(struct reduce *r, const char *text, struct buf *error)
{
	struct range all = { 0 };
	struct words words = { 0 };
	struct buf unused = { 0 };
	int got = take_ranges(r, text, &all, &unused), result = 0;

	if (got < 0 || words_init(&words, text, WORDS_RANGES) < 0)
		return no_memory(error);
	/* `w1 w2` is two parts, but `csv 2` is one. */
	if (got > 0 && all.count == words.count && words.count > 1 && strchr(text, ',') == NULL) {
		struct range_view none = { NULL, 0 };

		for (size_t i = 0; i < words.count && result == 0; i++)
			result = add_key(r, words.list[i], strlen(words.list[i]), &none, error);
	} else {
		result = add_items(r, text, error);
	}
	words_free(&words);
	range_free(&all);
	buf_free(&unused);
	return result;
}

/* Returns 1 if the text is several ranges in parentheses, else 0; or -1 without memory. */
static int
is_list(const struct reduce *r, const char *text)
{
	struct range all = { 0 };
	struct buf unused = { 0 };
	int got = *text == '(' && text[strlen(text) - 1] == ')' ? take_ranges(r, text, &all, &unused) : 0, list;

	list = got > 0 && all.count > 1;
	range_free(&all);
	buf_free(&unused);
	return got < 0 ? -1 : list;
}

int
reduce_key(struct reduce *r, const char *text, struct buf *error)
{
	int list = is_list(r, text), result;
	char *inner;

	r->flags = utf8_locale() ? EXPR_UTF8 : 0;
	if (list == 0)
		return add_keys(r, text, error);
	if (list < 0 || (inner = strndup(text + 1, strlen(text) - 2)) == NULL)
		return no_memory(error);
	result = add_keys(r, inner, error);
	free(inner);
	return result;
}

/* ---- operations ---- */

#define BLANKS " \t\n"

/* Returns the operation that a word names, or REDUCE_KINDS, and where its name ends. */
static enum reduce_kind
find_kind(const char *word, const char **end)
{
	size_t len = strcspn(word, ":" BLANKS);

	*end = word + len;
	for (int k = 0; k < REDUCE_KINDS; k++)
		if (strlen(names[k]) == len && memcmp(names[k], word, len) == 0)
			return (enum reduce_kind)k;
	return REDUCE_KINDS;
}

/*
 * Returns what the operation is of, if it is in the same word, as in `sum .price`; else NULL. The
 * separator of a list may have blanks.
 */
static const char *
in_one_word(const char *word)
{
	const char *equals = expr_list_named(word), *p;
	enum reduce_kind kind = find_kind(equals != NULL ? equals + 1 : word, &p);

	if (kind == REDUCE_KINDS || (kind == REDUCE_LIST && *p == ':'))
		return NULL;
	p += strcspn(p, BLANKS);
	p += strspn(p, BLANKS);
	return *p != '\0' ? p : NULL;
}

/* Returns 1 if the word is an operation, with or without a name before it. */
static int
is_op(const char *word)
{
	const char *equals = expr_list_named(word), *end;

	return find_kind(equals != NULL ? equals + 1 : word, &end) != REDUCE_KINDS;
}

/* Takes what is after the colon, or with NULL nothing. */
static int
take_parameter(struct reduce_op *op, const char *text, struct buf *error)
{
	double percent = 50;

	switch (op->kind) {
	case REDUCE_PERCENTILE:
		if (text == NULL || !number_read(text, strlen(text), &percent) || !(percent >= 0 && percent <= 100)) {
			(void)buf_addf(error,
			    "percentile%s%s: a number from 0 to 100 is expected after a colon: percentile:95",
			    text != NULL ? ":" : "", text != NULL ? text : "");
			return -1;
		}
		op->fraction = percent / 100;
		return buf_addf(&op->suffix, "p%s", text) < 0 ? no_memory(error) : 0;
	case REDUCE_MEDIAN:
		op->fraction = 0.5;
		break;
	case REDUCE_LIST:
		if (text != NULL && *text != '\0' && range_separator(&op->separator, text, strlen(text), error) == 0)
			return 0;
		if (text != NULL && error->len == 0)
			(void)buf_adds(error, "list: a separator is expected after the colon: list:,");
		return text != NULL ? -1 : 0;
	case REDUCE_MIN:
	case REDUCE_MAX:
		if (text == NULL || strcmp(text, "text") == 0) {
			op->as_text = text != NULL;
			return 0;
		}
		(void)buf_addf(
		    error, "%s:%s: only %s:text has a word after a colon", names[op->kind], text, names[op->kind]);
		return -1;
	default:
		break;
	}
	if (text != NULL)
		(void)buf_addf(error, "%s:%s: %s has nothing after a colon", names[op->kind], text, names[op->kind]);
	if (text != NULL && range_begins(text) && !is_number(text))
		(void)buf_addf(error, ": write %s %s", names[op->kind], text);
	return text != NULL ? -1 : 0;
}

/* Finds the part with that text, or adds it. Sets *at. Returns 0, or -1 with a line in error. */
static int
find_part(struct reduce *r, const char *text, size_t *at, struct buf *error)
{
	struct reduce_part *p;

	for (*at = 0; *at < r->parts_count; ++*at)
		if (strcmp(r->parts[*at].text, text) == 0)
			return 0;
	if ((p = add_part(&r->parts, &r->parts_count, text, strlen(text))) == NULL)
		return no_memory(error);
	return compile(r, p, error);
}

/* An operation that is not known: adds a line. Returns -1. */
static int
refuse_op(const char *word, const char *op, struct buf *error)
{
	const char *of = strchr(op, '(');
	size_t name = of != NULL ? (size_t)(of - op) : 0, len = strlen(op);

	for (int k = 0; k < REDUCE_KINDS && of != NULL && op[len - 1] == ')'; k++) {
		char *inner;

		if (strlen(names[k]) != name || memcmp(names[k], op, name) != 0)
			continue;
		if ((inner = strndup(of + 1, (size_t)(op + len - 1 - (of + 1)))) == NULL)
			return no_memory(error);
		(void)buf_addf(error, "%s: what an operation is of is a word after it: %.*s%s", word, (int)(of - word),
		    word, *inner != '\0' && strcmp(inner, "*") != 0 ? " " : "");
		if (*inner != '\0' && strcmp(inner, "*") != 0)
			(void)words_show(error, inner);
		free(inner);
		return -1;
	}
	if (reduce_habit(word, op, error))
		return -1;
	(void)buf_addf(error, "%s: an operation is expected:", word);
	for (int k = 0; k < REDUCE_KINDS; k++)
		(void)buf_addf(error, " %s", names[k]);
	return -1;
}

/* Takes one operation at words[*i], and moves *i past it. */
static int
take_op(struct reduce *r, char *const words[], size_t count, size_t *i, struct buf *error)
{
	struct reduce_op *more = reallocarray(r->ops, r->ops_count + 1, sizeof *more);
	const char *p = words[*i], *of = in_one_word(p), *end;

	if (more == NULL)
		return no_memory(error);
	r->ops = more;
	more += r->ops_count;
	*more = (struct reduce_op){ .part = REDUCE_NONE };
	r->ops_count++;
	if (of != NULL) {
		(void)buf_addf(error, "%s: an operation and what it is of are separate words of the shell: %.*s '%s'",
		    p, (int)(of - p - 1), p, of);
		return -1;
	}
	if (take_name(&p, &more->name, error) < 0)
		return -1;
	if ((more->kind = find_kind(p, &end)) == REDUCE_KINDS) {
		more->kind = REDUCE_COUNT;
		return refuse_op(words[*i], p, error);
	}
	if (take_parameter(more, *end == ':' ? end + 1 : NULL, error) < 0)
		return -1;
	if (more->suffix.len == 0 && buf_adds(&more->suffix, names[more->kind]) < 0)
		return no_memory(error);
	++*i;
	if (*i < count && !is_op(words[*i]))
		return find_part(r, words[(*i)++], &more->part, error);
	return more->kind == REDUCE_COUNT ? 0 : find_part(r, "*", &more->part, error);
}

int
reduce_ops(struct reduce *r, char *const words[], size_t count, struct buf *error)
{
	r->flags = utf8_locale() ? EXPR_UTF8 : 0;
	if (count == 0) {
		(void)buf_adds(error, "an operation is needed, such as count, or sum .price");
		return -1;
	}
	for (size_t i = 0; i < count;)
		if (take_op(r, words, count, &i, error) < 0)
			return -1;
	return 0;
}

int
reduce_check(struct reduce *r, struct buf *error)
{
	const char *wrong = NULL;
	const struct reduce_op *op = r->ops;

	if (r->batch > 0 && (r->keys_count > 0 || r->sorted || r->running))
		wrong = "-N makes groups of its own: it does not go with --key, --sorted or --running";
	else if (r->top > 0 && (r->batch > 0 || r->sorted || r->running))
		wrong = "--top needs all groups: it does not go with --sorted, --running or -N";
	else if (r->top > 0 &&
	    (op->as_text || op->kind == REDUCE_FIRST || op->kind == REDUCE_LAST || op->kind == REDUCE_LIST ||
		op->kind == REDUCE_MODE))
		wrong = "--top compares by the first operation, which must give a number";
	else if (r->interval > 0 && (r->batch > 0 || r->sorted || r->running))
		wrong = "--interval does not go with --sorted, --running or -N, which put records out as they come";
	else if (r->need && r->keys_count == 0)
		wrong = "--need: --key is needed: a record without a part of it is meant";
	for (size_t i = 0; i < r->ops_count && wrong == NULL; i++)
		if (!r->running && (r->ops[i].kind == REDUCE_DELTA || r->ops[i].kind == REDUCE_PREVIOUS))
			wrong = "delta and previous are of each record: they need --running";
	if (wrong != NULL)
		(void)buf_adds(error, wrong);
	return wrong != NULL ? -1 : 0;
}

void
reduce_free(struct reduce *r)
{
	for (size_t i = 0; i < r->keys_count; i++)
		free_part(&r->keys[i]);
	for (size_t i = 0; i < r->parts_count; i++)
		free_part(&r->parts[i]);
	for (size_t i = 0; i < r->ops_count; i++) {
		struct reduce_op *op = &r->ops[i];

		free((char *)(uintptr_t)op->name.data);
		buf_free(&op->separator);
		buf_free(&op->suffix);
		buf_free(&op->label);
		buf_free(&op->made);
	}
	free(r->keys);
	free(r->parts);
	free(r->ops);
	r->keys = r->parts = NULL;
	r->ops = NULL;
	r->keys_count = r->parts_count = r->ops_count = 0;
}
