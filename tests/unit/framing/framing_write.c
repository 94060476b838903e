/*
 * framing_write: rows of a table come out as they came in, whatever their ends and however they are
 * divided into blocks; by two writers that are open at once, of which none changes blocks that are
 * not its own. And what it refuses, and that a sink's failure is reported.
 */
#include <errno.h>
#include <string.h>

#include "framing/framing_write.h"
#include "unit/unit.h"

enum { ROWS = 12, LEN = 600 };

struct row {
	char bytes[24];
	size_t len;
	int gap; /* 1: LF, 2: CR LF, 0: it has no end, as only the last one may */
};

struct source {
	const char *framing; /* of the table */
	struct row header, rows[ROWS];
	int count;
};

static int
put(void *sink, const void *bytes, size_t n)
{
	return buf_add(sink, bytes, n);
}

static int
put_nothing(void *sink, const void *bytes, size_t n)
{
	(void)sink;
	(void)bytes;
	(void)n;
	errno = ENOSPC;
	return -1;
}

static void
add(struct row *r, const char *text)
{
	size_t n = strlen(text);

	memcpy(r->bytes + r->len, text, n);
	r->len += n;
}

static void
make_row(struct row *r, int csv)
{
	static const char *const of_csv[] = { "1", "a b", "\"\n\"", "\"\"\"\"", "\"x\r\ny\"", "", "\r1", "\303\251" };
	static const char *const of_tsv[] = { "1", "\"", "\t", "\r1", "\377", "a b" };

	*r = (struct row){ .gap = 1 + (int)unit_random(2) };
	if (csv)
		add(r, "7");
	for (size_t n = unit_random(3); n > 0; n--) {
		if (csv)
			add(r, ",");
		add(r, csv ? of_csv[unit_random(8)] : of_tsv[unit_random(6)]);
	}
}

static void
make_source(struct source *s)
{
	int csv = (int)unit_random(2), unmixed = (int)unit_random(2);

	s->framing = csv ? "csv" : "tsv";
	s->header = (struct row){ .gap = 1 + (int)unit_random(2) };
	if (unit_random(4) == 0)
		add(&s->header, "\357\273\277");
	add(&s->header, csv ? "id,\"a\nb\"" : "id\t\"");
	s->count = (int)unit_random(ROWS);
	for (int i = 0; i < s->count; i++) {
		make_row(&s->rows[i], csv);
		if (unmixed)
			s->rows[i].gap = s->header.gap;
	}
	if (unit_random(3) == 0) {
		struct row *last = s->count > 0 ? &s->rows[s->count - 1] : &s->header;

		last->gap = 0;
		if (s->count > 0 && unit_random(2) == 0 && last->len > 0)
			add(last, "\r");
		if (s->count > 0 && last->len == 0) /* a row of no bytes without an end is none */
			add(last, "x");
	}
}

static struct table *
table_of(const struct source *s)
{
	struct buf bytes = { 0 };
	const char *rule;
	struct table *t;

	CHECK(buf_addf(&bytes, "{\"framing\":\"%s\"}\n", s->framing) == 0);
	CHECK(buf_add(&bytes, s->header.bytes, s->header.len) == 0);
	CHECK(buf_adds(&bytes, s->header.gap == 0 ? "" : s->header.gap == 1 ? "\n" : "\r\n") == 0);
	CHECK((t = table_parse(bytes.data, bytes.len, &rule)) != NULL);
	buf_free(&bytes);
	return t;
}

/*
 * Makes a block of the rows from `from` on: those with one gap, but by chance fewer. Returns where
 * the next one begins.
 */
static int
make_block(const struct source *s, int from, struct block *b, char payload[LEN], uint32_t ends[ROWS])
{
	int i = from, gap = s->rows[from].gap;

	*b = (struct block){ .kind = BLOCK_DATA, .payload = payload, .ends = ends, .base = (uint64_t)from };
	if (gap == 0) /* alone in its block, it has the usual gap */
		gap = 1;
	b->gap = (uint8_t)gap;
	b->status = gap == 1 ? '\n' : 0;
	do {
		const struct row *r = &s->rows[i];

		if (r->gap != 0 && r->gap != gap)
			break;
		memcpy(payload + b->size, r->bytes, r->len);
		b->size += (uint32_t)r->len;
		ends[b->count++] = b->size;
		if (r->gap != 0) {
			memcpy(payload + b->size, gap == 1 ? "\n" : "\r\n", (size_t)gap);
			b->size += (uint32_t)gap;
		}
		i++;
	} while (i < s->count && unit_random(4) != 0);
	return i;
}

/* Writes all by two writers, of which the first leaves the blocks alone. */
static void
write_all(const struct source *s, struct framing_write *w, struct framing_write *other)
{
	struct table *t = table_of(s);

	CHECK(framing_write_table(w, t) == 0);
	CHECK(framing_write_table(other, t) == 0);
	for (int i = 0; i < s->count;) {
		char payload[LEN], before[LEN];
		uint32_t ends[ROWS];
		struct block b, was;

		i = make_block(s, i, &b, payload, ends);
		memcpy(before, payload, b.size);
		was = b;
		CHECK(framing_write_block(w, &b) == 0);
		CHECK(memcmp(before, payload, b.size) == 0 && memcmp(&was, &b, sizeof b) == 0);
		CHECK(framing_write_block(other, &b) == 0);
	}
	table_drop(t);
}

/* The bytes that are expected; end: NULL for those of the rows. */
static void
expect(const struct source *s, int header, const char *end, struct buf *to)
{
	for (int i = header ? -1 : 0; i < s->count; i++) {
		const struct row *r = i < 0 ? &s->header : &s->rows[i];
		const char *own = r->gap == 1 ? "\n" : "\r\n";

		CHECK(buf_add(to, r->bytes, r->len) == 0);
		if (end != NULL || r->gap != 0)
			CHECK(buf_adds(to, end != NULL ? end : own) == 0);
	}
}

static void
check_framing(const struct source *s, const char *name, int no_header, int header, const char *end)
{
	struct buf first = { 0 }, second = { 0 }, expected = { 0 };
	struct framing_write w = { .framing = name, .strictness = -1, .no_header = no_header, .put = put }, other = w;

	w.sink = &first;
	w.keeps_blocks = 1;
	other.sink = &second;
	write_all(s, &w, &other);
	expect(s, header, end, &expected);
	CHECK(first.len == expected.len && (first.len == 0 || memcmp(first.data, expected.data, first.len) == 0));
	CHECK(second.len == expected.len && (first.len == 0 || memcmp(second.data, expected.data, first.len) == 0));
	framing_write_free(&w);
	framing_write_free(&other);
	buf_free(&first);
	buf_free(&second);
	buf_free(&expected);
}

static void
check_round(void)
{
	struct source s = { 0 };
	int csv;

	make_source(&s);
	csv = strcmp(s.framing, "csv") == 0;
	check_framing(&s, NULL, 0, 1, NULL);
	check_framing(&s, s.framing, 0, 1, NULL);
	check_framing(&s, NULL, 1, 0, NULL);
	if (s.count == 0 || s.rows[s.count - 1].gap != 0) {
		check_framing(&s, "delim:<>", 0, 0, "<>");
		if (csv)
			check_framing(&s, "csv-crlf", 0, 1, "\r\n");
	}
}

/* Returns the status, and appends what was written and the error to text. */
static int
status_of(const char *table, const char *framing, struct buf *text)
{
	struct framing_write w = { .framing = framing, .strictness = -1, .put = put, .sink = text };
	const char *rule;
	struct table *t = table_parse(table, strlen(table), &rule);
	int status;

	CHECK(t != NULL);
	status = framing_write_table(&w, t);
	text->len += buf_adds(text, buf_string(&w.error)) < 0;
	CHECK(buf_terminate(text) == 0);
	framing_write_free(&w);
	table_drop(t);
	return status;
}

/* Formats of parts that are not the table's are refused before the first byte. */
static void
check_refused(void)
{
	static const char csv[] = "{\"framing\":\"csv\"}\na,b\n", semicolon[] = "{\"framing\":\"csv:;\"}\na;b\n",
			  tsv[] = "{\"framing\":\"tsv\"}\na\tb\n",
			  json[] = "{\"framing\":\"json\",\"columns\":[\"a\"]}\n",
			  colon[] = "{\"framing\":\"lines\",\"separator\":\":\"}\na:b\n";
	static const struct {
		const char *table, *framing;
		int status;
		const char *text;
	} cases[] = {
		{ csv, "tsv", 65, "the records are CSV: put rec-map to tsv before it" },
		{ csv, "json", 65, "the records are CSV: put rec-map to json before it" },
		{ csv, "json-seq", 65, "the records are CSV: put rec-map to json before it" },
		{ tsv, "csv", 65, "the records are TSV: put rec-map to csv before it" },
		{ tsv, "csv-crlf", 65, "the records are TSV: put rec-map to csv before it" },
		{ json, "csv", 65, "the records are JSON: put rec-map to csv before it" },
		{ colon, "csv", 65, "the records are lines: put rec-map to csv before it" },
		{ csv, "csv:;", 65, NULL },
		{ semicolon, "csv:,", 65, NULL },
		{ semicolon, "csv", 0, "a;b\n" },
		{ semicolon, "csv:;", 0, "a;b\n" },
		{ semicolon, "csv:\\x3b", 0, "a;b\n" },
		{ semicolon, "csv-crlf", 0, "a;b\r\n" },
		{ csv, "csv:,", 0, "a,b\n" },
		{ json, NULL, 0, "" },
		{ colon, NULL, 0, "a:b\n" },
		{ colon, "nul", 0, "" },
		{ csv, "lines", 0, "" },
		{ csv, "escaped", 0, "" },
		{ csv, "u16be", 0, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf text = { 0 };

		CHECK(status_of(cases[i].table, cases[i].framing, &text) == cases[i].status);
		if (cases[i].text != NULL && strcmp(text.data, cases[i].text) != 0) {
			printf("case %zu: %s\n", i, text.data);
			CHECK(0);
		}
		if (cases[i].status == 65)
			CHECK(strncmp(text.data, "the records are ", 16) == 0);
		buf_free(&text);
	}
}

/* A sink that fails: 74 with its errno, at the header and at a block. */
static void
check_sink(void)
{
	struct source s = { .framing = "csv", .header = { .bytes = "a,b", .len = 3, .gap = 1 }, .count = 1 };
	struct framing_write w = { .strictness = -1, .put = put_nothing };
	struct table *t = table_of(&s);
	char payload[LEN];
	uint32_t ends[ROWS];
	struct block b;

	s.rows[0] = (struct row){ .bytes = "1,2", .len = 3, .gap = 1 };
	CHECK(framing_write_table(&w, t) == 74 && errno == ENOSPC && w.error.len == 0);
	(void)make_block(&s, 0, &b, payload, ends);
	errno = 0;
	CHECK(framing_write_block(&w, &b) == 74 && errno == ENOSPC && w.error.len == 0);
	framing_write_free(&w);
	table_drop(t);
}

/*
 * Writes a block of one row that lacks its end, which would be `gap`, in a segment with or without
 * the table.
 */
static void
write_open(struct framing_write *w, const char *row, const char *gap)
{
	uint32_t end = (uint32_t)strlen(row);
	struct block b = { .kind = BLOCK_DATA, .gap = (uint8_t)strlen(gap), .count = 1, .size = end, .ends = &end };
	char payload[LEN];

	b.status = b.gap == 1 ? '\n' : 0;
	memcpy(payload, row, end);
	b.payload = payload;
	CHECK(framing_write_block(w, &b) == 0);
}

/* An end that is owed is that of the rows of its block, whatever end the header has. */
static void
check_owed(void)
{
	static const char crlf[] = "{\"framing\":\"csv\"}\na,b\r\n";
	struct buf text = { 0 };
	struct framing_write w = { .strictness = -1, .put = put, .sink = &text };
	const char *rule;
	struct table *t = table_parse(crlf, sizeof crlf - 1, &rule);

	CHECK(framing_write_table(&w, t) == 0);
	write_open(&w, "1,2", "\r\n");
	write_open(&w, "3,4", "\n");
	CHECK(text.len == 13 && memcmp(text.data, "a,b\r\n1,2\r\n3,4", 13) == 0);
	/* The table is withdrawn: the records after it are lines. */
	CHECK(framing_write_table(&w, NULL) == 0);
	write_open(&w, "x", "\n");
	CHECK(text.len == 15 && memcmp(text.data + 13, "\nx", 2) == 0);
	framing_write_free(&w);
	buf_free(&text);
	table_drop(t);
}

int
main(void)
{
	check_refused();
	check_sink();
	check_owed();
	while (unit_round())
		check_round();
	return unit_end("framing_write");
}
