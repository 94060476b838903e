/* map_print: the verb print, which makes text of the values of expressions. */

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/status.h"
#include "base/utf8.h"
#include "change/map_private.h"
#include "match/expr_list.h"
#include "match/json.h"

struct print {
	struct expr_list list;
	struct buf join; /* -O */
};

static void
print_free(struct map *m)
{
	struct print *p = m->job;

	if (p == NULL)
		return;
	expr_list_free(&p->list);
	buf_free(&p->join);
	free(p);
	m->job = NULL;
}

static int
print_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct print *p = calloc(1, sizeof *p);
	int flags = (utf8_locale() ? EXPR_UTF8 : 0) | (m->ignore_case ? EXPR_IGNORE_CASE : 0), result;
	struct buf text = { 0 };

	m->job = p;
	if (p == NULL || map_words(words, count, &text) < 0)
		return map_no_memory(error);
	if (text.len > 0 && *text.data == '{') {
		(void)buf_adds(error, "expressions are expected, without braces: print '$2, $1'");
		buf_free(&text);
		return -1;
	}
	result = expr_list(&p->list, text.data, text.len, 0, flags, m->separator, error);
	buf_free(&text);
	if (result == 0 && m->join != NULL)
		result = map_join(m, &p->join, error);
	else if (result == 0 && buf_addc(&p->join, ' ') < 0)
		return map_no_memory(error);
	return result;
}

static int
print_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct print *p = m->job;

	if (expr_list_table(&p->list, in, error) < 0)
		return EX_DATAERR;
	if (in != NULL)
		map_declare(m, NULL);
	return 0;
}

/* Appends a value. Returns 0, or -1 with errno ENOMEM. */
static int
put(const struct expr_result *r, struct buf *out)
{
	switch (r->gives) {
	case EXPR_GIVES_NOTHING:
	case EXPR_GIVES_NULL:
		return 0;
	case EXPR_GIVES_JSON:
		return json_compact(out, r->text, r->len);
	default:
		break;
	}
	if (r->text != NULL)
		return r->len > 0 ? buf_add(out, r->text, r->len) : 0;
	if (buf_reserve(out, DECIMAL_MAX) < 0)
		return -1;
	out->len += decimal_write(r->number, out->data + out->len);
	return 0;
}

static const char *
print_apply(struct map *m, const struct rec *r)
{
	struct print *p = m->job;
	struct expr_record record = { .data = r->data, .len = r->len, .position = r->pos };
	struct buf *out = map_bytes(m);
	int lacks = 0;

	for (size_t i = 0; i < p->list.count; i++) {
		struct expr_result result;
		const char *why;
		int there = expr_evaluate(&p->list.items[i].expr, &record, &result, &why);

		if (there == 0)
			return why;
		if (there < 0 || (i > 0 && buf_add(out, p->join.data, p->join.len) < 0) || put(&result, out) < 0)
			return "";
		lacks |= result.gives == EXPR_GIVES_NOTHING;
	}
	return lacks && m->need ? map_lacks : map_record(m, r);
}

/* Without memory the line is not worth an error. */
static void
print_lacking(const struct map *m, uint64_t records, struct buf *out)
{
	const struct print *p = m->job;

	(void)expr_list_lacking(&p->list, records, out);
}

const struct map_verb map_print = {
	.name = "print",
	.operands = "EXPR, ...",
	.summary = "text: the values of expressions, with a space or -O SEP between them",
	.help = "  print .id, .price * 2\n"
		"  print '$2, $1'\n"
		"  print 'sprintf(\"%05.1f\", $1)'\n",
	.options = MAP_F | MAP_IGNORE_CASE | MAP_NEED | MAP_O,
	.compile = print_compile,
	.bind = print_bind,
	.apply = print_apply,
	.lacking = print_lacking,
	.free = print_free,
};
