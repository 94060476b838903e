/* framing_table: see framing_table.h. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "framing/framing_private.h"
#include "framing/framing_table.h"
#include "match/csvfield.h"

static int
is_utf8(const char *p, size_t len)
{
	for (size_t i = 0, n; i < len; i += n)
		if ((n = utf8_decode(p + i, len - i, NULL)) == 0 || p[i] == '\0')
			return 0;
	return 1;
}

static int
is_csv(const struct framing *f)
{
	return framing_kind(f)->split == framing_split_csv;
}

/* With csv, -F is another way to write csv:SEP. Returns 0, or -1 with a line in error. */
static int
separate_csv(struct framing_table *t, struct framing *f, struct buf *error)
{
	if (strchr(framing_name(f), ':') != NULL) {
		(void)buf_addf(error, "-F does not go with %s, which has its separator", framing_name(f));
		return -1;
	}
	if (t->bytes.len != 1 || strchr("\"\r\n", t->bytes.data[0]) != NULL) {
		(void)buf_addf(error, "-F %s: the separator of %s is one byte, not a quote or a line's end",
		    t->separator, framing_kind(f)->name);
		return -1;
	}
	t->in_framing = 1;
	return framing_separate(f, t->bytes.data[0], error);
}

/* Reads -F. Returns 0, or -1 with a line in error. */
static int
separate(struct framing_table *t, struct framing *f, struct buf *error)
{
	const char *s = t->separator;

	if (strcmp(s, "WORDS") == 0 ? buf_adds(&t->bytes, s) < 0 : range_separator(&t->bytes, s, strlen(s), error) < 0)
		return -1;
	if (buf_terminate(&t->bytes) < 0)
		return -1;
	if (!is_utf8(t->bytes.data, t->bytes.len) ||
	    (t->bytes.len == 5 && memcmp(t->bytes.data, "WORDS", 5) == 0 && strcmp(s, "WORDS") != 0)) {
		(void)buf_addf(error, "-F %s: a separator is UTF-8, without NUL bytes, and not the word WORDS", s);
		if (isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1]) && s[2] == '\0')
			(void)buf_addf(error, "; these are two hexadecimal digits, a string is /%s/", s);
		return -1;
	}
	if (is_csv(f))
		return separate_csv(t, f, error);
	return 0;
}

/* Returns 1 if each record has names of its own, else 0. */
static int
has_names(const struct framing *f)
{
	return strncmp(framing_kind(f)->name, "json", 4) == 0 || framing_table_names(f);
}

/* Returns 1 if records of the framing can have a header whose bytes stay as they are, else 0. */
static int
has_header(const struct framing *f)
{
	static const char *const kinds[] = { "lines", "crlf", "nul", "delim", "indented", "fixed", "start", "end",
		"csv", "csv-crlf", "tsv" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && f->lines == 0; i++)
		if (strcmp(kinds[i], framing_kind(f)->name) == 0)
			return framing_has_rows(f) || framing_gap(f, &(unsigned char){ 0 }) >= 0;
	return 0;
}

int
framing_table_init(struct framing_table *t, struct framing *f, struct buf *error)
{
	const struct framing_kind *kind = framing_kind(f);
	const char *option = t->separator != NULL ? "-F" : t->header ? "-H" : "--names";
	const char *name = f->path != NULL || f->lines > 0 || framing_table_names(f) ? framing_name(f) : kind->name;
	int table = framing_table_usual(f) || framing_table_names(f);
	int wanted = t->separator != NULL || t->names != NULL || t->header;

	if (!framing_splits(f)) {
		(void)buf_addf(error, "%s: %s", framing_name(f), framing_instead(f));
		return -1;
	}
	if (!table && !wanted) {
		f->rows = kind->rows == 2;
		return 0;
	}
	if (t->names != NULL && t->header) {
		(void)buf_adds(error, "-H does not go with --names, which is for inputs without a header");
		return -1;
	}
	if (wanted && (has_names(f) || !framing_joins(f))) {
		(void)buf_addf(error, "%s does not go with %s: %s", option, name,
		    has_names(f) ? "its records have names of their own" : "rec-join cannot write it");
		return -1;
	}
	if (t->separator != NULL && strcmp(kind->name, "tsv") == 0) {
		(void)buf_adds(error, "-F does not go with tsv, whose separator is a tab");
		return -1;
	}
	if (t->header && !has_header(f)) {
		(void)buf_addf(error, "-H does not go with %s: a header is a line, or ends with a delimiter%s", name,
		    strcmp(kind->name, "words") == 0 ? "; columns between blanks are -F WORDS" : "");
		return -1;
	}
	if (t->names != NULL && (*t->names == '\0' || !is_utf8(t->names, strlen(t->names)))) {
		(void)buf_adds(error, *t->names == '\0' ? "--names: names are expected, such as --names id,price" :
							 "--names: the names are not UTF-8");
		return -1;
	}
	if (t->separator != NULL && separate(t, f, error) < 0)
		return -1;
	t->declares = 1;
	f->rows = framing_has_rows(f);
	return 0;
}

int
framing_table_usual(const struct framing *f)
{
	return is_csv(f) || strcmp(framing_kind(f)->name, "tsv") == 0;
}

int
framing_table_names(const struct framing *f)
{
	const struct framing_kind *kind = framing_kind(f);

	return kind->line == framing_line_logfmt || kind->split == framing_split_fields;
}

int
framing_table_declares(const struct framing_table *t)
{
	return t->declares;
}

/*
 * Divides --names, a row of CSV. Returns the names, to be freed, with their number in *count; their
 * bytes are in memory. Returns NULL with errno ENOMEM.
 */
static struct range_view *
divide(const char *names, struct buf *memory, size_t *count)
{
	const char *p = names, *end = names + strlen(names);
	struct range_view *all = NULL;
	struct buf scratch = { 0 };
	size_t n = 0;

	if (buf_reserve(memory, (size_t)(end - names) + 1) < 0)
		return NULL;
	for (;; p++) {
		const char *stop = csvfield_end(p, end, ",", 1);
		struct range_view v = { p, (size_t)(stop - p) }, *more = realloc(all, (n + 1) * sizeof *all);

		if (more == NULL || csvfield_value(&v, &scratch) < 0) {
			free(more != NULL ? more : all);
			buf_free(&scratch);
			return NULL;
		}
		all = more;
		all[n++] = (struct range_view){ memory->data + memory->len, v.len };
		(void)buf_add(memory, v.data, v.len);
		if ((p = stop) == end)
			break;
	}
	buf_free(&scratch);
	*count = n;
	return all;
}

struct table *
framing_table_make(const struct framing_table *t, const struct framing *f, const struct buf *header, struct buf *why)
{
	struct table_parts parts = {
		.framing = is_csv(f) && f->separator == ',' ? framing_kind(f)->name : framing_name(f),
		.separator = t->in_framing || t->bytes.len == 0 ? NULL : t->bytes.data,
		.header = header->data,
		.header_len = header->len,
	};
	struct range_view *names = NULL;
	struct table *table = NULL;
	struct buf memory = { 0 };
	const char *rule = NULL;

	errno = ENOMEM;
	if (t->names == NULL || (names = divide(t->names, &memory, &parts.count)) != NULL) {
		parts.names = names;
		table = table_make(&parts, &rule);
	}
	if (table == NULL && rule != NULL)
		(void)buf_adds(why, rule);
	free(names);
	buf_free(&memory);
	return table;
}

void
framing_table_free(struct framing_table *t)
{
	buf_free(&t->bytes);
}
