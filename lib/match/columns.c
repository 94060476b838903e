/* columns: see columns.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bom.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "match/columns.h"
#include "match/csvfield.h"
#include "match/spell.h"

static const char at_edge[] = "a name has a part of the separator at its edge";

const char columns_too_many[] = "it has more fields than its table has columns";

const char *
columns_end(const struct table *t, const char *p, const char *end, const char **next)
{
	const char *stop = end;

	if (t->format == TABLE_CSV)
		stop = csvfield_end(p, end, t->between, t->between_len);
	else if (t->between_len > 0 && (stop = memmem(p, (size_t)(end - p), t->between, t->between_len)) == NULL)
		stop = end;
	*next = stop < end ? stop + t->between_len : NULL;
	return stop;
}

/* Returns 1 if each separator in the row, one byte, ends a field; most rows have no quotes. */
static int
is_simple(const struct table *t, const char *row, size_t len)
{
	return t->between_len == 1 && (t->format != TABLE_CSV || len == 0 || memchr(row, '"', len) == NULL);
}

size_t
columns_count(const struct table *t, const char *row, size_t len, size_t most)
{
	const char *end = row + len, *p = row;
	size_t n = 0;

	if (len == 0)
		return 1;
	if (is_simple(t, row, len))
		return scan_count(row, len, t->between[0]) + 1;
	while (p != NULL && n <= most) {
		(void)columns_end(t, p, end, &p);
		n++;
	}
	return n;
}

const char *
columns_last(const struct table *t, const char *field, size_t len)
{
	size_t n = t->between_len;

	if (t->format == TABLE_CSV && !csvfield_closed(field, field + len))
		return "it has a quote that is never closed, and other fields would follow";
	for (size_t k = 1; k < n && k <= len; k++)
		if (memcmp(field + len - k, t->between, k) == 0 && memcmp(t->between, t->between + k, n - k) == 0)
			return "it ends with a part of the separator, and other fields would follow";
	return NULL;
}

const char *
columns_fill(const struct table *t, const char *row, size_t len, struct buf *out)
{
	const char *p = row, *end = row + len, *last = row, *wrong;
	int simple = is_simple(t, row, len), bad;
	size_t n = 0;

	if (simple)
		n = columns_count(t, row, len, t->count);
	for (; !simple && p != NULL; n++) {
		last = p;
		(void)columns_end(t, p, end, &p);
	}
	if (t->named && n > t->count)
		return columns_too_many;
	if (!simple && (wrong = columns_last(t, last, (size_t)(end - last))) != NULL)
		return wrong;
	if (out == NULL)
		return NULL;
	bad = len > 0 && buf_add(out, row, len) < 0;
	for (; t->named && n < t->count && !bad; n++)
		bad = buf_add(out, t->between, t->between_len) < 0;
	return bad ? "" : NULL;
}

int
columns_put(const struct table *t, const char *value, size_t len, struct buf *out)
{
	static const char bytes[] = "\"\r\n";
	int quotes = len > 0 && t->between_len > 0 && memmem(value, len, t->between, t->between_len) != NULL;

	for (size_t i = 0; i < 3 && !quotes && len > 0; i++)
		quotes = memchr(value, bytes[i], len) != NULL && (t->format == TABLE_CSV || bytes[i] != '"');
	if (!quotes)
		return len > 0 ? buf_add(out, value, len) : 0;
	if (t->format != TABLE_CSV) {
		errno = EINVAL;
		return -1;
	}
	if (buf_addc(out, '"') < 0)
		return -1;
	for (const char *end = value + len, *quote; value < end; value = quote) {
		quote = memchr(value, '"', (size_t)(end - value));
		quote = quote != NULL ? quote + 1 : end;
		if (buf_add(out, value, (size_t)(quote - value)) < 0 || (quote[-1] == '"' && buf_addc(out, '"') < 0))
			return -1;
	}
	return buf_addc(out, '"');
}

int
columns_extensible(const struct table *t)
{
	return (t->format == TABLE_CSV || t->format == TABLE_PLAIN) && t->between_len > 0;
}

const char *
columns_name(const struct table *t, const struct range_view *name, int more, struct buf *out)
{
	size_t before = out->len;

	if (columns_put(t, name->data, name->len, out) < 0)
		return errno == EINVAL ? "a name has the separator of the table in it" : "";
	if (more && out->len > before && columns_last(t, out->data + before, out->len - before) != NULL)
		return at_edge;
	return NULL;
}

const char *
columns_names(const struct table *t, int more, struct buf *out)
{
	size_t mark = bom_utf8(t->header, t->header_len);
	const char *names = t->header + mark, *wrong = NULL;
	size_t len = t->header_len - mark - t->row_end_len;

	if (t->header_len > 0 && !more)
		return buf_add(out, names, len) < 0 ? "" : NULL;
	if (t->header_len > 0) {
		wrong = columns_fill(t, names, len, out);
		return wrong != NULL && *wrong != '\0' ? at_edge : wrong;
	}
	for (size_t i = 0; i < t->count && wrong == NULL; i++) {
		if (i > 0 && buf_add(out, t->between, t->between_len) < 0)
			return "";
		wrong = columns_name(t, &t->names[i], more || i + 1 < t->count, out);
	}
	return wrong;
}

struct table *
columns_table(const struct table *like, const struct buf *header, const char **rule)
{
	struct table_parts parts = { .framing = like->framing, .separator = like->separator };
	size_t mark = bom_utf8(header->data, header->len);
	struct buf marked = { 0 };
	struct table *t = NULL;

	/* A mark that belongs to a name stays only if another one is before it. */
	*rule = NULL;
	if (buf_add(&marked, header->data, mark) == 0 && buf_add(&marked, header->data, header->len) == 0) {
		parts.header = marked.data;
		parts.header_len = marked.len;
		t = table_make(&parts, rule);
	}
	buf_free(&marked);
	return t;
}

/* Appends why the name cannot be one of the table's. */
static void
refuse_name(const struct range_view *name, const char *reason, struct buf *why)
{
	(void)buf_adds(why, "a column cannot be called ");
	(void)spell_quoted(why, name->data, name->len);
	(void)buf_addf(why, ": %s", reason);
}

/* Appends the header of t and the further names. Returns 0, or -1 as columns_extend. */
static int
extend_header(const struct table *t, const struct range_view *names, size_t n, struct buf *header, struct buf *why)
{
	const char *wrong = columns_names(t, 1, header);

	for (size_t i = 0; i < n && wrong == NULL; i++) {
		if (buf_add(header, t->between, t->between_len) < 0)
			return -1;
		errno = 0;
		wrong = columns_name(t, &names[i], i + 1 < n, header);
		if (wrong != NULL && errno == EINVAL) {
			refuse_name(&names[i], "the table's separator, or a line's end, is in it", why);
			return -1;
		}
	}
	if (wrong != NULL)
		(void)buf_adds(why, wrong);
	return wrong != NULL ? -1 : buf_add(header, t->row_end, t->row_end_len);
}

/* Puts the names of t and the further ones together. Returns them, to be freed; or NULL. */
static struct range_view *
extend_names(const struct table *t, const struct range_view *names, size_t n, struct buf *why)
{
	struct range_view *all = calloc(t->count + n, sizeof *all);

	if (all == NULL)
		return NULL;
	memcpy(all, t->names, t->count * sizeof *all);
	memcpy(all + t->count, names, n * sizeof *all);
	for (size_t i = t->count; i < t->count + n; i++)
		for (size_t at = 0, c; at < all[i].len; at += c)
			if ((c = utf8_decode(all[i].data + at, all[i].len - at, NULL)) == 0) {
				refuse_name(&all[i], "it is not UTF-8", why);
				free(all);
				return NULL;
			}
	return all;
}

struct table *
columns_extend(const struct table *t, const struct range_view *names, size_t n, struct buf *why)
{
	struct table_parts parts = { .framing = t->framing, .separator = t->separator };
	struct table *extended = NULL;
	struct range_view *all = NULL;
	struct buf header = { 0 };
	const char *rule = NULL;

	if (t->format != TABLE_JSON && !columns_extensible(t)) {
		(void)buf_adds(why, t->format == TABLE_WORDS ?
			"its fields are between runs of blanks, and an absent one cannot be empty" :
			"its table has no separator, and so one column");
		return NULL;
	}
	errno = ENOMEM;
	if (t->header_len > 0) {
		if (extend_header(t, names, n, &header, why) == 0)
			extended = columns_table(t, &header, &rule);
	} else if ((all = extend_names(t, names, n, why)) != NULL) {
		parts.names = all;
		parts.count = t->count + n;
		extended = table_make(&parts, &rule);
	}
	if (rule != NULL)
		(void)buf_addf(why, "with %zu more column%s, %s", n, n == 1 ? "" : "s", rule);
	free(all);
	buf_free(&header);
	return extended;
}
