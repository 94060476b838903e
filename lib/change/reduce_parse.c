/* reduce_parse: the operands and the key of rec-reduce. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/words.h"
#include "change/reduce_private.h"
#include "match/expr_list.h"
#include "match/number.h"

#define BLANKS " \t\n"

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
 * Returns 1 if a range that ends at p is a part: nothing follows, a comma, or a space and another
 * range. An asterisk or a minus after it is rather an operator, unless there are only ranges.
 */
static int
ends_part(const struct reduce *r, const char *p)
{
	size_t spaces = strspn(p, BLANKS);

	p += spaces;
	if (*p == '\0' || *p == ',')
		return 1;
	return spaces > 0 && (r->only_ranges || (*p != '*' && *p != '-' && *p != '(')) && range_begins(p);
}

/* Reads a range at text[*at] and moves *at past it. Returns 1, or 0 with a line in why. */
static int
read_range(const struct reduce *r, struct reduce_part *p, const struct range *before, const char *text, size_t *at,
    struct buf *why)
{
	size_t end = *at, digits = strspn(text + end, "0123456789");

	/* A number alone is rather a constant than a column; with a point it is a range, n.len. */
	if (digits > 0 && strchr("," BLANKS, text[end + digits]) != NULL)
		return 0;
	if ((before == NULL && r->separator != NULL && range_fields(&p->range, r->separator, why) < 0) ||
	    range_next(&p->range, before, text, &end, why) < 0 || !ends_part(r, text + end)) {
		range_free(&p->range);
		return 0;
	}
	p->named = range_names(&p->range);
	*at = end;
	return 1;
}

/*
 * Makes the part what the text says from text[*at] on, a range or an expression, and moves *at past
 * it. Separators that `before`, if not NULL, has set are in force. Returns 0, or -1 with a line in
 * error.
 */
static int
read_part(const struct reduce *r, struct reduce_part *p, const struct range *before, const char *text, size_t *at,
    struct buf *error)
{
	struct buf why = { 0 };
	size_t begin, len = strlen(text), end;
	int result = 0;

	begin = *at += strspn(text + *at, BLANKS);
	if (!read_range(r, p, before, text, at, &why)) {
		result = expr_compile_next(&p->expr, text, len, at, r->flags, r->separator, error);
		/* What begins as a range and has no operator was to be one. */
		if (result < 0 && why.len > 0 && range_begins(text + begin) &&
		    strpbrk(text + begin, "(+*/<>=!~%^&|?") == NULL) {
			error->len = 0;
			(void)buf_add(error, why.data, why.len);
		}
		p->named = result == 0 && expr_names(&p->expr);
	}
	buf_free(&why);
	if (result < 0)
		return -1;
	for (end = *at; end > begin && strchr(BLANKS, text[end - 1]) != NULL;)
		end--;
	free(p->text);
	if ((p->text = strndup(text + begin, end - begin)) == NULL)
		return no_memory(error);
	return p->range.count == 0 && expr_constant(&p->expr) ? refuse_constant(p->text, error) : 0;
}

/* ---- the key ---- */

/* Returns the last range of the key, whose separators are in force, or NULL. */
static const struct range *
last_range(const struct reduce *r)
{
	for (size_t i = r->keys_count; i-- > 0;)
		if (r->keys[i].range.count > 0)
			return &r->keys[i].range;
	return NULL;
}

/* The last part of the key becomes one part for each column if it is several, f2-4. */
static int
divide_columns(struct reduce *r, struct buf *error)
{
	struct reduce_part *p = &r->keys[r->keys_count - 1];
	struct range range;
	int64_t from, to;
	int result = 0;

	if (p->range.count == 0 || range_kind(&p->range, 0, &(struct range_view){ NULL, 0 }) != RANGE_IS_FIELDS ||
	    !range_columns(&p->range, 0, &from, &to) || from < 1 || from >= to || to - from > 1000)
		return 0;
	if (p->name.data != NULL) {
		(void)buf_addf(error, "%s: one part of a record is expected after a name and =", p->text);
		return -1;
	}
	range = p->range;
	p->range = (struct range){ .count = 0 };
	free_part(p);
	r->keys_count--;
	for (; from <= to && result == 0; from++) {
		char field[32];
		size_t at = 0;

		(void)snprintf(field, sizeof field, "f%lld", (long long)from);
		if ((p = add_part(&r->keys, &r->keys_count, field, strlen(field))) == NULL)
			result = no_memory(error);
		else
			result = read_part(r, p, &range, field, &at, error);
	}
	range_free(&range);
	return result;
}

/* Adds the parts of a key, which commas divide, and spaces if they are ranges. */
static int
add_keys(struct reduce *r, const char *text, struct buf *error)
{
	size_t at = 0;

	for (;;) {
		const struct range *before;
		struct reduce_part *p;
		const char *named;

		at += strspn(text + at, BLANKS);
		if ((p = add_part(&r->keys, &r->keys_count, "", 0)) == NULL)
			return no_memory(error);
		named = text + at;
		if (take_name(&named, &p->name, error) < 0)
			return -1;
		at = (size_t)(named - text);
		before = last_range(r);
		if (read_part(r, p, before, text, &at, error) < 0 || divide_columns(r, error) < 0)
			return -1;
		at += strspn(text + at, BLANKS);
		if (text[at] == '\0')
			return 0;
		at += text[at] == ',';
	}
}

/*
 * Returns what is within the parentheses of a text that is a list of ranges in them, to be freed;
 * or NULL if it is none, or memory is lacking.
 */
static char *
within_list(const struct reduce *r, const char *text)
{
	struct range all = { 0 };
	struct words words = { 0 };
	struct buf unused = { 0 };
	size_t len = strlen(text);
	int list = *text == '(' && text[len - 1] == ')' && words_init(&words, text, WORDS_RANGES) == 0 &&
	    (r->separator == NULL || range_fields(&all, r->separator, &unused) == 0) &&
	    range_all(&all, words.list, words.count, &unused) == 0;

	words_free(&words);
	range_free(&all);
	buf_free(&unused);
	return list ? strndup(text + 1, len - 2) : NULL;
}

int
reduce_key(struct reduce *r, const char *text, struct buf *error)
{
	char *inner = within_list(r, text);
	int result;

	r->flags = utf8_locale() ? EXPR_UTF8 : 0;
	r->only_ranges = inner != NULL;
	result = add_keys(r, inner != NULL ? inner : text, error);
	r->only_ranges = 0;
	free(inner);
	return result;
}

/* ---- operations ---- */

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
	if (text != NULL && range_begins(text) && strspn(text, "0123456789") < strlen(text))
		(void)buf_addf(error, ": write %s %s", names[op->kind], text);
	return text != NULL ? -1 : 0;
}

/* Finds the part with that text, or adds it. Sets *at. Returns 0, or -1 with a line in error. */
static int
find_part(struct reduce *r, const char *text, size_t *at, struct buf *error)
{
	struct reduce_part *p;
	size_t end = 0;

	for (*at = 0; *at < r->parts_count; ++*at)
		if (strcmp(r->parts[*at].text, text) == 0)
			return 0;
	if ((p = add_part(&r->parts, &r->parts_count, text, strlen(text))) == NULL)
		return no_memory(error);
	if (read_part(r, p, NULL, text, &end, error) < 0)
		return -1;
	if (text[end += strspn(text + end, BLANKS)] == '\0')
		return 0;
	(void)buf_addf(error, "%s: one part of a record is expected, or an expression", text);
	return -1;
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
