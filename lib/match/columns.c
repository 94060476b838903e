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

const char columns_unequal[] = "a name has a part of the separator at its edge";

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

size_t
columns_count(const struct table *t, const char *row, size_t len, size_t most)
{
	const char *end = row + len, *p = row;
	size_t n = 0;

	if (len == 0)
		return 1;
	/* Separators within quotes do not count, but most rows have no quotes. */
	if (t->between_len == 1 && (t->format != TABLE_CSV || memchr(row, '"', len) == NULL))
		return scan_count(row, len, t->between[0]) + 1;
	while (p != NULL && n <= most) {
		(void)columns_end(t, p, end, &p);
		n++;
	}
	return n;
}

int
columns_put(const struct table *t, const char *value, size_t len, struct buf *out)
{
	static const char bytes[] = "\"\r\n";
	int quotes = len > 0 && memmem(value, len, t->between, t->between_len) != NULL;

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

int
columns_names(const struct table *t, struct buf *out)
{
	size_t mark = bom_utf8(t->header, t->header_len);

	if (t->header_len > 0)
		return buf_add(out, t->header + mark, t->header_len - mark - t->row_end_len);
	for (size_t i = 0; i < t->count; i++)
		if ((i > 0 && buf_add(out, t->between, t->between_len) < 0) ||
		    columns_put(t, t->names[i].data, t->names[i].len, out) < 0)
			return -1;
	return 0;
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
	errno = ENOMEM;
	if (columns_names(t, header) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (buf_add(header, t->between, t->between_len) < 0)
			return -1;
		if (columns_put(t, names[i].data, names[i].len, header) < 0) {
			if (errno == EINVAL)
				refuse_name(&names[i], "the table's separator, or a line's end, is in it", why);
			return -1;
		}
	}
	return buf_add(header, t->row_end, t->row_end_len);
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
	int good;

	if (t->format != TABLE_JSON && !columns_extensible(t)) {
		(void)buf_adds(why, t->format == TABLE_WORDS ?
			"its fields are between runs of blanks, and an absent one cannot be empty" :
			"its table has no separator, and so one column");
		return NULL;
	}
	errno = ENOMEM;
	if (t->header_len > 0) {
		good = extend_header(t, names, n, &header, why) == 0;
		parts.header = header.data;
		parts.header_len = header.len;
	} else {
		good = (all = extend_names(t, names, n, why)) != NULL;
		parts.names = all;
		parts.count = t->count + n;
	}
	if (good && (extended = table_make(&parts, &rule)) == NULL && rule != NULL)
		(void)buf_addf(why, "with %zu more column%s, %s", n, n == 1 ? "" : "s", rule);
	if (extended != NULL && extended->count != t->count + n) {
		(void)buf_adds(why, columns_unequal);
		table_drop(extended);
		extended = NULL;
	}
	free(all);
	buf_free(&header);
	return extended;
}
