/*
 * grid: records of any bytes as a table for a person, with a table or as JSON. The first byte of
 * the input is the kind of table (tables.h; 0, or the bit 16: JSON), the second the width of the
 * view (0: none), the third has the bits of a colour and of the places where records wait or the
 * input is silent. Then comes the header, then records with a NUL between them. What must hold:
 * - cells_row gives a row of a table the fields that table_field finds, and an object of JSON one
 *   column for each name; what it gives in a batch with others is what it gives alone;
 * - no line is wider than the view, and none has a byte that could drive a terminal, other than the
 *   colours of view.h;
 * - there is a line for each record, and besides only headers and empty lines.
 */
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "base/utf8.h"
#include "fuzz/main.h"
#include "fuzz/tables.h"
#include "match/json.h"
#include "report/grid.h"

enum { RECORDS = 512, SIZE = 65536, LEAST = 39, MOST = 255 }; /* vis_cut keeps to a width above LEAST */

static char payload[SIZE];
static uint32_t ends[RECORDS];
static struct buf shown;

static void
keep(const char *bytes, unsigned long n)
{
	MUST(buf_add(&shown, bytes, n) == 0);
}

/* Returns the columns of a line, and checks that it drives no terminal. */
static size_t
columns_of(const char *p, const char *end, int colour)
{
	static const char *const escapes[] = { VIEW_DIM, VIEW_BOLD, VIEW_PLAIN, "\033[35m", "\033[39m", "\033[22m" };
	size_t columns = 0;

	while (p < end) {
		uint32_t c;
		size_t n = utf8_decode(p, (size_t)(end - p), &c);
		int width;

		if (*p == '\033') {
			size_t i = 0, k = sizeof escapes / sizeof escapes[0];

			while (i < k && ((size_t)(end - p) < strlen(escapes[i]) ||
			    memcmp(p, escapes[i], strlen(escapes[i])) != 0))
				i++;
			MUST(colour && i < k);
			p += strlen(escapes[i]);
			continue;
		}
		MUST(n > 0 && c >= ' ' && c != 0x7F && (c < 0x80 || c >= 0xA0));
		width = wcwidth((wchar_t)c);
		MUST(width >= 0);
		columns += (size_t)width;
		p += n;
	}
	return columns;
}

/* Checks all that was shown of some records. */
static void
check_lines(size_t records, size_t width, int colour)
{
	const char *p = shown.len > 0 ? shown.data : "", *end = p + shown.len;
	size_t lines = 0;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t columns;

		MUST(stop != NULL);
		columns = columns_of(p, stop, colour);
		MUST(width == 0 || columns <= width);
		lines++;
		p = stop + 1;
	}
	MUST(lines >= records);
}

/* Checks the cells of a record by itself. Returns their number. */
static int64_t
check_cells(struct cells *c, const struct table *t, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	struct buf scratch = { 0 };
	char *copy = malloc(len + (len == 0)), text[CELLS_NAME];
	int64_t n;

	MUST(copy != NULL);
	memcpy(copy, data, len);
	p = copy;
	end = copy + len;
	MUST(cells_begin(c, t) == 0);
	n = cells_row(c, copy, len);
	MUST(n >= 0 && (size_t)n == c->count);
	/* An object without members is a missing cell. */
	MUST(c->columns >= (size_t)n || (n == 1 && c->list[0].kind == CELL_MISSING));
	n = c->columns >= (size_t)n ? n : 0;
	for (int64_t i = 0; i < n; i++) {
		const struct cell *cell = &c->list[i];
		const char *bytes = cells_data(c, cell);
		struct range_view v;

		(void)cells_name(c, (size_t)i, &v, text);
		MUST((cell->len == 0) == (cell->kind == CELL_MISSING || cell->kind == CELL_EMPTY));
		for (uint32_t k = 0; k < cell->len; k++)
			MUST(bytes[k] != '\1' || len > 0); /* every byte is read */
		if (t == NULL || table_has_names(t))
			continue;
		MUST(p != NULL && table_field(t, (size_t)i, &p, end, &v, &scratch) == 0);
		MUST(v.len == cell->len && (v.len == 0 || memcmp(v.data, bytes, v.len) == 0));
	}
	MUST(t == NULL || table_has_names(t) || p == NULL);
	n = (int64_t)c->count;
	if (t == NULL) {
		struct buf levels = { 0 };
		size_t white = 0;

		while (white < len && memchr(" \t\n\r", data[white], 4) != NULL)
			white++;
		MUST((n > 0) == (json_valid(data, len, &levels) == 1 && data[white] == '{'));
		buf_free(&levels);
	}
	buf_free(&scratch);
	free(copy);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct cells cells;
	const char *p, *end;
	struct view view = { .write = keep };
	struct grid g = { .view = &view };
	struct table *t = NULL;
	struct block b = { .kind = BLOCK_DATA, .gap = 1, .ends = ends };
	size_t used = 0, records = 0;
	uint64_t bare = 0;
	int how;

	if (len < 3)
		return 0;
	MUST(setlocale(LC_ALL, "C.UTF-8") != NULL);
	how = data[2];
	view.width = data[1] > 0 ? LEAST + data[1] : 0;
	view.colour = how & 1;
	p = (const char *)data + 3;
	end = (const char *)data + len;
	if ((data[0] & 16) == 0)
		t = some_table(data[0], p, (size_t)(end - p), &used);
	p += used;
	for (const char *q = p; q < end && records < RECORDS; records++) {
		const char *stop = memchr(q, '\0', (size_t)(end - q));

		stop = stop != NULL ? stop : end;
		if (stop - p >= SIZE - 1)
			break;
		bare += check_cells(&cells, t, q, (size_t)(stop - q)) == 0;
		q = stop < end ? stop + 1 : end;
	}
	shown.len = 0;
	grid_begin(&g, t);
	for (size_t done = 0; done < records;) {
		size_t n = how & 2 ? 1 + (size_t)(how >> 4) : records;

		b.count = b.size = 0;
		for (; done < records && b.count < n; done++) {
			const char *stop = memchr(p, '\0', (size_t)(end - p));
			size_t size = (size_t)((stop != NULL ? stop : end) - p);

			memcpy(payload + b.size, p, size);
			b.size += (uint32_t)size;
			ends[b.count++] = b.size;
			payload[b.size++] = '\0';
			p += size + (stop != NULL);
		}
		b.payload = payload;
		grid_block(&g, &b, b.count);
		if (how & 4)
			grid_settle(&g);
		if (how & 8)
			view.width = view.width != 0 ? LEAST + 1 + (view.width * 7 + 3) % MOST : 0;
	}
	grid_end(&g);
	MUST(view.bad == 0 && view_flush(&view) == 0);
	MUST(g.records == records && g.bare == bare);
	check_lines(records, how & 8 && view.width != 0 ? LEAST + MOST : view.width, view.colour);
	grid_free(&g);
	table_drop(t);
	buf_free(&view.out);
	return 0;
}
