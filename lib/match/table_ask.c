/* table_ask: what may be asked of a table, and of two. See table.h. */

#include <string.h>

#include "match/spell.h"
#include "match/table.h"

enum { MOST_NAMES = 100 }; /* bytes of names in a message, after which no further one follows */

/* ---- two tables ---- */

/* Returns 1 if two tables are of one family of framings, else 0. Separators do not count. */
static int
is_family(const struct table *a, const struct table *b)
{
	return a->format == b->format && (a->format == TABLE_CSV || strcmp(a->framing, b->framing) == 0);
}

static int
is_name(const struct range_view *v, const char *name, size_t len)
{
	return v->len == len && (len == 0 || memcmp(v->data, name, len) == 0);
}

static int
is_separated(const struct table *a, const struct table *b)
{
	return a->between_len == b->between_len &&
	    (a->between_len == 0 || memcmp(a->between, b->between, a->between_len) == 0);
}

int
table_alike(const struct table *a, const struct table *b)
{
	return is_family(a, b) && is_separated(a, b);
}

int
table_equal(const struct table *a, const struct table *b)
{
	if (a == b)
		return 1;
	if (a == NULL || b == NULL || !table_alike(a, b) || a->named != b->named || a->count != b->count)
		return 0;
	if (a->format == TABLE_OTHER && !a->named)
		return a->len == b->len && memcmp(a->payload, b->payload, a->len) == 0;
	for (size_t i = 0; i < a->count; i++)
		if (!is_name(&a->names[i], b->names[i].data, b->names[i].len))
			return 0;
	return 1;
}

int
table_difference(const struct table *t, const struct table *earlier, struct buf *out)
{
	size_t n = t->count < earlier->count ? t->count : earlier->count, i = 0;

	/* Fields between blanks and between separators are of one framing. */
	if (!is_family(t, earlier) && strcmp(t->framing, earlier->framing) != 0) {
		const char *is = table_kind(t), *was = table_kind(earlier);

		if (strcmp(is, was) != 0)
			return buf_addf(out, "it is %s, not %s", is, was);
		return buf_adds(out, "its framing is ") | spell_quoted(out, t->framing, strlen(t->framing)) |
		    buf_adds(out, ", not ") | spell_quoted(out, earlier->framing, strlen(earlier->framing));
	}
	if (!is_separated(t, earlier))
		return buf_adds(out, "its separator is ") | spell_quoted(out, t->between, t->between_len) | buf_adds(out, ", not ") |
		    spell_quoted(out, earlier->between, earlier->between_len);
	if (t->named != earlier->named)
		return buf_adds(out, t->named ? "its columns have names" : "its columns have no names");
	while (i < n && is_name(&t->names[i], earlier->names[i].data, earlier->names[i].len))
		i++;
	if (i == t->count && i == earlier->count)
		return buf_adds(out, "its header is another");
	if (buf_addf(out, "column %zu is ", i + 1) < 0)
		return -1;
	if (i < n)
		return spell_quoted(out, t->names[i].data, t->names[i].len) | buf_adds(out, ", not ") |
		    spell_quoted(out, earlier->names[i].data, earlier->names[i].len);
	if (i < t->count)
		return spell_quoted(out, t->names[i].data, t->names[i].len) | buf_addf(out, ", and there are only %zu", i);
	return buf_adds(out, "missing: it is ") | spell_quoted(out, earlier->names[i].data, earlier->names[i].len);
}

/* ---- questions ---- */

int
table_has_names(const struct table *t)
{
	return t->format == TABLE_LOGFMT || t->format == TABLE_FIELDS;
}

int64_t
table_column(const struct table *t, const char *name, size_t len)
{
	int64_t found = TABLE_NONE;

	for (size_t i = 0; i < t->count; i++)
		if (is_name(&t->names[i], name, len)) {
			if (found >= 0)
				return TABLE_TWICE;
			found = (int64_t)i;
		}
	return found;
}

int
table_names(const struct table *t, struct buf *out)
{
	size_t begin = out->len, i = 0;
	int bad = 0;

	for (; i < t->count && i < 10 && out->len - begin < MOST_NAMES && bad == 0; i++)
		bad = buf_adds(out, i > 0 ? ", " : "") | spell_name(out, t->names[i].data, t->names[i].len);
	return bad | (i < t->count ? buf_adds(out, ", ...") : 0);
}

const char *
table_kind(const struct table *t)
{
	switch (t->format) {
	case TABLE_CSV:
		return "CSV";
	case TABLE_JSON:
		return "JSON";
	case TABLE_FIELDS:
		return t->framing;
	default:
		return strcmp(t->kind, "tsv") == 0 ? "TSV" : t->kind;
	}
}
