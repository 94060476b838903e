/*
 * align: rows of up to four inputs, with any tables, under one table. The first byte of the input
 * is the number of inputs; then comes a byte for the kind of each one's table (tables.h), then
 * their headers, then rows with a NUL between them, each after a byte for its input. What must
 * hold:
 * - the table has the names of the first input, and then those of the others that are new, each
 *   once; if it cannot be made, there is a reason;
 * - a row that moves, read again by table_field, has the table's number of fields: those of the row
 *   where their names are, and else empty ones; one that does not move has no more fields than its
 *   table;
 * - a row that is refused has too many fields, or its last one could not have another after it;
 * - a row that is filled up has its own fields, and is followed by one more.
 */
#include <errno.h>
#include <string.h>

#include "fuzz/main.h"
#include "fuzz/tables.h"
#include "match/align.h"
#include "match/columns.h"

enum { INPUTS = 4, FIELDS = 256 };

static struct table *tables[INPUTS];

/* The fields of a row, copied one after another, each after its length. */
struct row {
	struct buf bytes;
	size_t count;
};

static void
read_row(struct row *r, const struct table *t, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	struct buf scratch = { 0 };

	r->bytes.len = r->count = 0;
	while (p != NULL) {
		struct range_view v;

		MUST(table_field(t, r->count++, &p, end, &v, &scratch) == 0);
		MUST(buf_add(&r->bytes, &v.len, sizeof v.len) == 0);
		MUST(v.len == 0 || buf_add(&r->bytes, v.data, v.len) == 0);
	}
	MUST(buf_terminate(&r->bytes) == 0);
	buf_free(&scratch);
}

/* Returns field i of the row, an empty one if it has fewer. */
static struct range_view
field(const struct row *r, size_t i)
{
	const char *p = r->bytes.data;
	struct range_view v = { p, 0 };

	for (size_t k = 0; k <= i && k < r->count; k++) {
		memcpy(&v.len, p, sizeof v.len);
		v.data = p + sizeof v.len;
		p = v.data + v.len;
	}
	return i < r->count ? v : (struct range_view){ p, 0 };
}

static int
equal(struct range_view a, struct range_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Checks the table of all. The tables have no name twice, or there would be none. */
static void
check_table(const struct table *merged, size_t inputs)
{
	size_t known = tables[0]->count;

	MUST(merged->named && merged->count <= TABLE_COLUMNS_MAX && merged->count >= known);
	for (size_t i = 0; i < known; i++)
		MUST(equal(merged->names[i], tables[0]->names[i]));
	for (size_t n = 0; n < inputs; n++) {
		MUST(table_alike(merged, tables[n]));
		for (size_t i = 0; i < tables[n]->count && i < FIELDS; i++) {
			int64_t column = table_column(merged, tables[n]->names[i].data, tables[n]->names[i].len);

			MUST(column >= 0 && column <= (int64_t)known);
			known += column == (int64_t)known;
		}
	}
	MUST(known == merged->count || merged->count > FIELDS);
}

/* A row with a separator and one more field after it, as of --zip and --name. */
static void
check_fill(const struct table *t, const char *data, size_t len, struct row *was)
{
	struct buf out = { 0 };
	struct row now = { 0 };
	const char *wrong = columns_fill(t, data, len, &out);

	MUST(wrong == NULL || (*wrong != '\0' && out.len == 0));
	MUST(columns_fill(t, data, len, NULL) == wrong);
	if (wrong == NULL) {
		MUST(buf_add(&out, t->between, t->between_len) == 0 && buf_adds(&out, "x") == 0);
		read_row(&now, t, out.data, out.len);
		MUST(was->count <= t->count && now.count == t->count + 1);
		for (size_t i = 0; i < t->count; i++)
			MUST(equal(field(was, i), field(&now, i)));
		MUST(equal(field(&now, t->count), (struct range_view){ "x", 1 }));
	} else {
		MUST(wrong == columns_too_many ? was->count > t->count : was->count <= t->count);
	}
	buf_free(&out);
	buf_free(&now.bytes);
}

static void
check_row(struct align *a, size_t input, const struct table *merged, const char *data, size_t len)
{
	const struct table *t = tables[input];
	struct row was = { 0 }, now = { 0 };
	struct buf out = { 0 };
	char *copy = malloc(len + (len == 0));
	int plain = t->format == TABLE_CSV || t->format == TABLE_PLAIN, got;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	got = align_row(a, input, copy, len, &out);
	read_row(&was, t, copy, len);
	if (got == 0) {
		MUST(out.len == 0 && !align_moves(a, input) && (!plain || was.count <= t->count));
	} else if (got < 0) {
		MUST(errno == EINVAL && a->wrong != NULL && plain);
		MUST((a->wrong == columns_too_many) == (was.count > t->count));
	} else {
		MUST(got == 1 && align_moves(a, input) && plain && was.count <= t->count);
		read_row(&now, merged, out.len > 0 ? out.data : "", out.len);
		MUST(now.count == merged->count);
		for (size_t i = 0; i < merged->count; i++) {
			int64_t from = table_column(t, merged->names[i].data, merged->names[i].len);

			MUST(equal(field(&now, i), field(&was, from >= 0 ? (size_t)from : SIZE_MAX)));
		}
	}
	if (columns_extensible(t) && t->count <= FIELDS)
		check_fill(t, copy, len, &was);
	buf_free(&was.bytes);
	buf_free(&now.bytes);
	buf_free(&out);
	free(copy);
}

static void
check_rows(struct align *a, size_t inputs, const struct table *merged, const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		size_t input = *p++ % inputs;
		const uint8_t *stop = p < end ? memchr(p, '\0', (size_t)(end - p)) : NULL;

		if (stop == NULL)
			stop = end;
		check_row(a, input, merged, (const char *)p, (size_t)(stop - p));
		p = stop < end ? stop + 1 : end;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[INPUTS] = { "a", "b", "c", "d" };
	const uint8_t *p = data, *end = data + len, *kinds;
	struct align a = { 0 };
	struct buf why = { 0 };
	size_t inputs, made = 0;
	struct table *merged = NULL;
	int good = 1;

	if (len == 0 || len < 1 + (inputs = 1 + data[0] % INPUTS))
		return 0;
	kinds = data + 1;
	p = kinds + inputs;
	for (; made < inputs && good; made++) {
		size_t used;

		tables[made] = some_table(kinds[made], (const char *)p, (size_t)(end - p), &used);
		p += used;
		if (tables[made] == NULL)
			break;
		good = align_add(&a, tables[made], names[made], &why) == 0;
		MUST(good == (why.len == 0));
	}
	good = good && made == inputs;
	if (good) {
		merged = align_table(&a, &why);
		MUST((merged != NULL) == (why.len == 0));
	}
	if (merged != NULL) {
		check_table(merged, inputs);
		if (merged->count <= FIELDS)
			check_rows(&a, inputs, merged, p, end);
	}
	align_free(&a);
	for (size_t i = 0; i < made; i++)
		table_drop(tables[i]);
	buf_free(&why);
	return 0;
}
