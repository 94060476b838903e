/*
 * grid: see grid.h. Rows are collected for a batch, that of a block at most; then the columns get
 * their widths, and the rows are shown. So each record is divided into its cells once.
 */

#include <stdlib.h>
#include <string.h>

#include "base/vis.h"
#include "report/grid.h"

enum {
	BETWEEN = 2,        /* blanks between columns */
	LEFT_OUT = 6,       /* columns of "+65535", the number of those left out */
	BATCH = 256 * 1024, /* cells of a batch, about */
	FLUSH = 64 * 1024
};

struct row {
	size_t first;     /* cell */
	uint32_t cells;   /* 0: the record has none, and is shown as it stands */
	uint32_t len;     /* of the record */
	const char *data;
};

/* ---- widths ---- */

static int
is_limited(const struct grid *g)
{
	return g->view->width != 0;
}

static uint32_t
widest(const struct grid *g)
{
	return is_limited(g) ? (uint32_t)g->view->width : GRID_WIDEST;
}

/* Returns the columns that data[0, len) takes, or most + 1 if these are more than most. */
static uint32_t
measure(struct grid *g, const char *data, size_t len, uint32_t most, uint8_t *plain)
{
	size_t n = len <= most ? len : (size_t)most + 1, i = 0, columns = 0, shown;

	while (i < n && data[i] >= 0x20 && data[i] < 0x7F)
		i++;
	*plain = i == len;
	if (i == n)
		return (uint32_t)n;
	g->scratch.len = 0;
	shown = vis_bytes(&g->scratch, data, len, most, 0, &columns);
	g->view->bad |= shown == SIZE_MAX;
	return shown == len ? (uint32_t)columns : most + 1;
}

/* A value of that many columns has come. */
static void
want(struct grid *g, size_t column, uint32_t columns)
{
	uint32_t most = widest(g);

	if (columns > most)
		columns = most;
	if (columns > g->columns[column].need)
		g->columns[column].need = columns;
}

/* Takes the columns that the cells have by now. Returns 0, or -1 without memory. */
static int
add_columns(struct grid *g)
{
	char text[CELLS_NAME];
	struct range_view v;
	uint8_t plain;

	if (g->cells.columns > g->room) {
		size_t room = g->cells.columns * 2;
		struct grid_column *columns = realloc(g->columns, room * sizeof *columns);

		if (columns == NULL)
			return -1;
		g->columns = columns;
		g->room = room;
	}
	for (; g->count < g->cells.columns; g->count++) {
		g->columns[g->count] = (struct grid_column){ .need = 1 };
		(void)cells_name(&g->cells, g->count, &v, text);
		want(g, g->count, measure(g, v.data, v.len, widest(g), &plain));
	}
	return 0;
}

static uint32_t
least(const struct grid *g, size_t column)
{
	return g->columns[column].need < GRID_LEAST ? g->columns[column].need : GRID_LEAST;
}

static size_t
sum(const struct grid *g, size_t level)
{
	size_t n = 0;

	for (size_t i = 0; i < g->shown; i++)
		n += g->columns[i].need < level ? g->columns[i].need : level;
	return n;
}

/* Sets how many columns have a place. Returns the width that is left for them. */
static size_t
choose(struct grid *g)
{
	size_t width = g->view->width, used = 0, fits = 0;

	/* fits: if others are left out, whose number takes a place. */
	for (g->shown = 0; g->shown < g->count; g->shown++) {
		used += (g->shown > 0 ? BETWEEN : 0) + least(g, g->shown);
		if (used > width)
			break;
		if (used + BETWEEN + LEFT_OUT <= width)
			fits = g->shown + 1;
	}
	if (g->shown < g->count)
		g->shown = fits > 0 ? fits : 1;
	used = (g->shown - 1) * BETWEEN + (g->shown < g->count ? BETWEEN + LEFT_OUT : 0);
	return width > used ? width - used : 1;
}

/* Gives all columns their widths: as few as possible are cut, the widest ones. */
static void
lay_out(struct grid *g)
{
	size_t room, low = 1, high, rest;

	g->laid = g->view->width;
	g->settled = 1;
	g->shown = g->count;
	if (g->count == 0)
		return;
	room = high = is_limited(g) ? choose(g) : SIZE_MAX / 2;
	while (low < high) {
		size_t level = low + (high - low + 1) / 2;

		if (sum(g, level) <= room)
			low = level;
		else
			high = level - 1;
	}
	rest = sum(g, low) <= room ? room - sum(g, low) : 0;
	for (size_t i = 0; i < g->shown; i++) {
		uint32_t need = g->columns[i].need;

		g->columns[i].width = need <= low ? need : (uint32_t)low;
		if (need > low && rest > 0) {
			g->columns[i].width++;
			rest--;
		}
	}
}

/* Makes columns wider that want it, as long as the view has room. */
static void
grow(struct grid *g, size_t before)
{
	size_t used = 0, rest = SIZE_MAX / 2;

	for (size_t i = 0; i < g->shown; i++)
		used += g->columns[i].width + (i > 0 ? BETWEEN : 0);
	if (is_limited(g))
		rest = g->view->width > used ? g->view->width - used : 0;
	if (g->shown == before && g->count > before) { /* all have a place, and new ones want one */
		if (is_limited(g)) {
			lay_out(g);
			return;
		}
		for (; g->shown < g->count; g->shown++)
			g->columns[g->shown].width = g->columns[g->shown].need;
	}
	if (g->shown < g->count)
		rest = rest > BETWEEN + LEFT_OUT ? rest - BETWEEN - LEFT_OUT : 0;
	for (size_t i = 0; i < g->shown && rest > 0; i++) {
		size_t more = g->columns[i].need - g->columns[i].width;

		if (g->columns[i].need <= g->columns[i].width)
			continue;
		if (more > rest)
			more = rest;
		g->columns[i].width += (uint32_t)more;
		rest -= more;
		g->moved = 1;
	}
}

/* ---- rows ---- */

static void
put(struct grid *g, const char *data, size_t n)
{
	g->view->bad |= buf_add(&g->view->out, data, n);
}

static void
blanks(struct grid *g)
{
	static const char spaces[] = "                                ";

	while (g->pad > 0) {
		size_t n = g->pad < strlen(spaces) ? g->pad : strlen(spaces);

		put(g, spaces, n);
		g->pad -= n;
	}
}

static void
colour(struct grid *g, const char *escape)
{
	if (escape != NULL && g->view->colour)
		put(g, escape, strlen(escape));
}

/* Shows a value that takes `columns`, in a column of a width, to the left or the right. */
static void
show_value(struct grid *g, const char *data, const struct cell *cell, uint32_t width, int right, const char *escape)
{
	int flags = g->view->colour ? VIS_COLOUR : 0, cut = is_limited(g) && cell->columns > width;
	size_t used = cell->columns, keep, n;

	if (right && used < width)
		g->pad += width - used;
	if (cell->len > 0) {
		blanks(g);
		colour(g, escape);
	}
	if (cut) {
		keep = width > 1 ? width - 1 : 1;
		n = vis_bytes(&g->view->out, data, cell->len, keep, flags, &used);
		g->view->bad |= n == SIZE_MAX;
		if (width > 1) {
			colour(g, VIEW_DIM);
			g->view->bad |= buf_adds(&g->view->out, view_rest());
			colour(g, VIEW_PLAIN);
			used++;
		}
	} else if (cell->plain && cell->len < FLUSH) {
		put(g, data, cell->len);
	} else {
		view_bytes(g->view, data, cell->len, flags);
	}
	if (cell->len > 0 && escape != NULL)
		colour(g, VIEW_PLAIN);
	if (!right && used < width)
		g->pad += width - used;
}

static void
end_row(struct grid *g)
{
	g->pad = 0;
	g->view->bad |= buf_addc(&g->view->out, '\n');
	if (g->view->out.len > FLUSH)
		(void)view_flush(g->view);
}

static void
show_header(struct grid *g)
{
	if (g->begun)
		g->view->bad |= buf_addc(&g->view->out, '\n');
	for (size_t i = 0; i < g->shown; i++) {
		char text[CELLS_NAME];
		struct range_view v;
		struct cell cell = { 0 };
		int named = cells_name(&g->cells, i, &v, text);

		cell.len = (uint32_t)v.len;
		cell.columns = measure(g, v.data, v.len, widest(g), &cell.plain);
		show_value(g, v.data, &cell, g->columns[i].width, !g->columns[i].text, named ? VIEW_BOLD : VIEW_DIM);
		g->pad += BETWEEN;
	}
	if (g->shown < g->count) {
		blanks(g);
		colour(g, VIEW_DIM);
		g->view->bad |= buf_addf(&g->view->out, "+%zu", g->count - g->shown);
		colour(g, VIEW_PLAIN);
	}
	end_row(g);
	g->begun = 1;
	g->headed = g->count;
	g->moved = 0;
	g->since = 0;
}

static void
show_row(struct grid *g, const struct row *row)
{
	size_t n = row->cells < g->shown ? row->cells : g->shown;

	if (row->cells == 0) {
		if (is_limited(g))
			g->view->bad |= vis_cut(&g->view->out, row->data, row->len, g->view->width,
			    g->view->colour ? VIS_COLOUR : 0);
		else
			view_bytes(g->view, row->data, row->len, g->view->colour ? VIS_COLOUR : 0);
		end_row(g);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct cell *cell = &g->cells.list[row->first + i], dash = { .len = 1, .columns = 1, .plain = 1 };
		int right = !g->columns[i].text;

		if (cell->kind == CELL_MISSING)
			g->pad += g->columns[i].width;
		else if (cell->kind == CELL_EMPTY)
			show_value(g, "-", &dash, g->columns[i].width, right, VIEW_DIM);
		else
			show_value(g, cells_data(&g->cells, cell), cell, g->columns[i].width, right,
			    cell->kind == CELL_NULL ? VIEW_DIM : NULL);
		g->pad += BETWEEN;
	}
	if (row->cells > g->shown && g->shown < g->count) { /* an object without members is one cell, and no column */
		blanks(g);
		g->view->bad |= buf_adds(&g->view->out, view_rest());
	}
	end_row(g);
	g->since++;
}

/* Shows the batch and drops it. */
static void
draw(struct grid *g, size_t before)
{
	const struct row *rows = (const struct row *)(const void *)g->rows.data;
	size_t n = g->rows.len / sizeof *rows;
	int celled = 0;

	for (size_t i = 0; i < n && !celled; i++)
		celled = rows[i].cells > 0;
	if (celled || (g->table != NULL && g->table->named)) {
		if (!g->settled || g->laid != g->view->width) {
			lay_out(g);
			g->moved = 1;
		} else {
			grow(g, before);
		}
		if (!g->begun || g->headed != g->count || (g->moved && is_limited(g) && g->since >= GRID_AGAIN))
			show_header(g);
	}
	for (size_t i = 0; i < n; i++)
		show_row(g, &rows[i]);
	g->rows.len = 0;
	cells_drop(&g->cells);
}

/* ---- batches ---- */

/* Measures the cells of a row that has been added. */
static void
take_row(struct grid *g, const struct row *row)
{
	uint32_t most = widest(g);

	if (add_columns(g) < 0) {
		g->view->bad = 1;
		return;
	}
	for (size_t i = 0; i < row->cells; i++) {
		struct cell *cell = &g->cells.list[row->first + i];

		if (cell->kind == CELL_MISSING || cell->kind == CELL_EMPTY)
			continue;
		cell->columns = measure(g, cells_data(&g->cells, cell), cell->len, most, &cell->plain);
		g->columns[i].text |= cell->kind == CELL_TEXT;
		want(g, i, cell->columns);
	}
}

/* Forgets the columns: others begin. */
static void
forget(struct grid *g)
{
	g->view->bad |= cells_begin(&g->cells, g->table);
	g->count = g->shown = 0;
	g->settled = 0;
	g->headed = 0;
	g->view->bad |= add_columns(g);
}

static void
show_records(struct grid *g, const char *payload, const uint32_t *ends, uint32_t gap, uint32_t n)
{
	size_t before = g->count;
	uint32_t from = 0;

	for (uint32_t i = 0; i < n && g->view->bad == 0; i++) {
		struct row row = { .first = g->cells.count, .data = payload + from, .len = ends[i] - from };
		int64_t cells = cells_row(&g->cells, row.data, row.len);

		if (cells == CELLS_FULL) {
			draw(g, before);
			forget(g);
			before = g->count;
			row.first = 0;
			cells = cells_row(&g->cells, row.data, row.len);
		}
		if (cells < 0) {
			g->view->bad = 1;
			return;
		}
		row.cells = (uint32_t)cells;
		g->bare += cells == 0;
		g->records++;
		g->view->bad |= buf_add(&g->rows, &row, sizeof row);
		take_row(g, &row);
		if (g->cells.count >= BATCH) {
			draw(g, before);
			before = g->count;
		}
		from = ends[i] + gap;
	}
	if (g->rows.len > 0)
		draw(g, before);
}

void
grid_begin(struct grid *g, struct table *t)
{
	grid_settle(g);
	table_drop(g->table);
	g->table = table_share(t);
	g->begun = g->past = 0;
	g->records = g->bare = 0;
	forget(g);
}

void
grid_block(struct grid *g, const struct block *b, uint32_t n)
{
	uint32_t size = n > 0 ? b->ends[n - 1] : 0;

	if (n == 0)
		return;
	if (!g->past && g->kept.len + size <= GRID_WINDOW) {
		for (uint32_t i = 0; i < n; i++) {
			uint32_t at = block_start(b, i), end;

			g->view->bad |= buf_add(&g->kept, b->payload + at, b->ends[i] - at);
			end = (uint32_t)g->kept.len;
			g->view->bad |= buf_add(&g->ends, &end, sizeof end);
		}
		return;
	}
	grid_settle(g);
	g->past = 1;
	show_records(g, b->payload != NULL ? b->payload : "", b->ends, b->gap, n);
}

int
grid_pending(const struct grid *g)
{
	return g->ends.len > 0;
}

void
grid_settle(struct grid *g)
{
	size_t n = g->ends.len / sizeof(uint32_t);

	if (n == 0)
		return;
	show_records(g, g->kept.data != NULL ? g->kept.data : "", (const uint32_t *)(const void *)g->ends.data, 0,
	    (uint32_t)n);
	buf_free(&g->kept);
	buf_free(&g->ends);
	g->past = 1;
}

void
grid_end(struct grid *g)
{
	grid_settle(g);
	if (!g->begun && g->table != NULL && g->table->named && g->view->bad == 0)
		draw(g, g->count);
}

void
grid_free(struct grid *g)
{
	cells_free(&g->cells);
	table_drop(g->table);
	free(g->columns);
	buf_free(&g->kept);
	buf_free(&g->ends);
	buf_free(&g->rows);
	buf_free(&g->scratch);
	*g = (struct grid){ 0 };
}
