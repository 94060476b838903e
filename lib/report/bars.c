/* bars: see bars.h. */

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vis.h"
#include "base/words.h"
#include "match/number.h"
#include "report/bars.h"

enum {
	USUAL = 80,     /* columns of a row, if the view has no limit */
	LABEL_LEAST = 8,
	LABEL_LIVE = 16, /* columns of a label at least, if not all are known */
	VALUE_MOST = 20,
	BAR_LEAST = 10, /* of a wide view; of a narrow one a third, or AXIS_LEAST */
	AXIS_LEAST = 3,
	LABEL_BYTES = 1024, /* of a label, before it is cut to its columns */
	BETWEEN = 2,
	EIGHTH = 8
};

struct bar {
	size_t at;        /* of the label in text; the value follows it */
	uint32_t label, value; /* bytes */
	uint32_t label_columns, value_columns;
	double number;
	int there;        /* 1: it is a number */
};

static size_t
width(const struct bars *b)
{
	return b->view->width != 0 ? b->view->width : USUAL;
}

static size_t
label_limit(const struct bars *b)
{
	return width(b) / 3 > LABEL_LEAST ? width(b) / 3 : LABEL_LEAST;
}

/* ---- the value ---- */

int
bars_check(struct bars *b, struct buf *error)
{
	struct words words;
	int good;

	if (words_init(&words, b->part, WORDS_RANGES) < 0) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	good = range_all(&b->range, words.list, words.count, error);
	words_free(&words);
	if (good == 0 && b->range.count != 1) {
		(void)buf_adds(error, "one part of a record is needed, such as .price or word 2");
		return -1;
	}
	return good;
}

int
bars_begin(struct bars *b, struct table *t, struct buf *error)
{
	bars_settle(b);
	table_drop(b->table);
	b->table = table_share(t);
	b->laid = 0;
	b->low = b->high = 0;
	b->records = b->numbers = 0;
	b->view->bad |= cells_begin(&b->cells, t);
	return range_table(&b->range, t, error);
}

/* ---- rows ---- */

/*
 * Appends text as far as it fits in `most` columns, at least 1, with a mark if it does not. Returns
 * the columns that it took.
 */
static uint32_t
add_cut(struct bars *b, struct buf *out, const char *data, size_t len, size_t most)
{
	size_t before = out->len, columns = 0, n = vis_bytes(out, data, len, most, 0, &columns);

	b->view->bad |= n == SIZE_MAX;
	if (n >= len)
		return (uint32_t)columns;
	out->len = before;
	columns = 0;
	if (most > 1) /* to vis_bytes 0 is no limit */
		b->view->bad |= vis_bytes(out, data, len, most - 1, 0, &columns) == SIZE_MAX;
	b->view->bad |= buf_adds(out, view_rest());
	return (uint32_t)columns + 1;
}

/* Adds one more piece to the label, after a blank. */
static void
join(struct bars *b, const char *data, size_t len)
{
	if (len == 0 || b->joined.len >= LABEL_BYTES)
		return;
	if (b->joined.len > 0)
		b->view->bad |= buf_addc(&b->joined, ' ');
	b->view->bad |= buf_add(&b->joined, data, len < LABEL_BYTES ? len : LABEL_BYTES);
}

static void
join_trimmed(struct bars *b, const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (p < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	join(b, p, (size_t)(end - p));
}

/* Puts the label together: what the record has besides the value. */
static void
make_label(struct bars *b, const char *data, size_t len, const struct range_view *v)
{
	int64_t n = cells_row(&b->cells, data, len);

	if (n == CELLS_FULL) {
		b->view->bad |= cells_begin(&b->cells, b->table);
		n = cells_row(&b->cells, data, len);
	}
	b->view->bad |= n < 0;
	b->joined.len = 0;
	for (int64_t i = 0; i < n; i++) {
		const struct cell *cell = &b->cells.list[i];
		const char *bytes = cells_data(&b->cells, cell);

		if (v->data == NULL || v->data < bytes || v->data + v->len > bytes + cell->len)
			join(b, bytes, cell->len);
	}
	cells_drop(&b->cells);
	if (n > 0)
		return;
	if (v->data == NULL || v->data < data || v->data > data + len) {
		join_trimmed(b, data, data + len);
	} else {
		join_trimmed(b, data, v->data);
		join_trimmed(b, v->data + v->len, data + len);
	}
}

static void
take(struct bars *b, const char *data, size_t len)
{
	struct bar bar = { .at = b->text.len };
	struct range_view v = { 0 };

	b->view->bad |= range_view(&b->range, 0, data, len, &v) < 0;
	make_label(b, data, len, &v);
	bar.label_columns = add_cut(b, &b->text, b->joined.data != NULL ? b->joined.data : "", b->joined.len, label_limit(b));
	bar.label = (uint32_t)(b->text.len - bar.at);
	bar.there = v.data != NULL && number_read(v.data, v.len, &bar.number);
	if (bar.there) /* a scale cannot be infinite */
		bar.number = fmax(-DBL_MAX, fmin(bar.number, DBL_MAX));
	if (v.data != NULL)
		bar.value_columns = add_cut(b, &b->text, v.data, v.len, VALUE_MOST);
	bar.value = (uint32_t)(b->text.len - bar.at) - bar.label;
	b->view->bad |= buf_add(&b->rows, &bar, sizeof bar);
	b->records++;
	b->numbers += (uint64_t)bar.there;
}

/* ---- drawing ---- */

static void
add(struct bars *b, const char *text, size_t len)
{
	b->view->bad |= buf_add(&b->view->out, text, len);
}

static void
repeat(struct bars *b, const char *text, size_t n)
{
	while (n-- > 0)
		add(b, text, strlen(text));
}

/* A bar to the right, of `eighths` of a column. */
static void
draw_right(struct bars *b, size_t eighths, int over)
{
	static const char *const parts[] = { "\342\226\217", "\342\226\216", "\342\226\215", "\342\226\214", "\342\226\213",
		"\342\226\212", "\342\226\211" };

	if (utf8_locale()) {
		repeat(b, "\342\226\210", eighths / EIGHTH);
		if (eighths % EIGHTH > 0)
			repeat(b, parts[eighths % EIGHTH - 1], 1);
	} else if (eighths < EIGHTH / 2) {
		repeat(b, ".", 1); /* it is not 0 */
	} else {
		repeat(b, "#", (eighths + EIGHTH / 2) / EIGHTH);
	}
	if (over)
		repeat(b, ">", 1);
}

static void
draw_bar(struct bars *b, const struct bar *bar)
{
	double most = b->high > -b->low ? b->high : -b->low, low = most > 0 ? b->low / most : 0,
	       span = most > 0 ? b->high / most - low : 1, n = most > 0 ? bar->number / most : 0;
	size_t room = b->bar - (low < 0), most_left = room - (b->high > 0); /* beside the axis */
	size_t left = low < 0 ? (size_t)(-low / span * (double)room + 0.5) : 0, right, length;

	if (low < 0)
		left = left == 0 ? 1 : left > most_left ? most_left : left;
	right = room - left;
	if (left > 0) {
		length = n < 0 && bar->there ? (size_t)(n / low * (double)left + 0.5) : 0;
		length = length > left ? left : n < 0 && bar->there && length == 0 ? 1 : length;
		repeat(b, " ", left - length);
		repeat(b, utf8_locale() ? "\342\226\210" : "#", length);
		repeat(b, utf8_locale() ? "\342\224\202" : "|", 1);
	} else if (n < 0) {
		repeat(b, "<", 1);
	}
	if (!bar->there || n <= 0 || b->high <= 0)
		return;
	n = bar->number / b->high;
	length = n >= 1 ? right * EIGHTH : (size_t)(n * (double)(right * EIGHTH) + 0.5);
	draw_right(b, length > 0 ? length : 1, n > 1);
}

/* Adds text of that many columns, or what of it fits in `most` of them. Returns what it took. */
static uint32_t
draw_text(struct bars *b, const char *text, size_t len, uint32_t columns, size_t most)
{
	if (columns > most)
		return most > 0 ? add_cut(b, &b->view->out, text, len, most) : 0;
	if (len > 0)
		add(b, text, len);
	return columns;
}

static void
draw(struct bars *b, const struct bar *bar)
{
	const char *text = b->text.data + bar->at;
	size_t label = b->label, value = b->value, used;

	/* A value wider than those before takes room from its label, so that bars stay aligned. */
	if (bar->value_columns > value && label > 0) {
		size_t more = bar->value_columns - value;

		more = more < label ? more : label - 1;
		label -= more;
		value += more;
	}
	used = draw_text(b, text, bar->label, bar->label_columns, label);
	repeat(b, " ", label - used + BETWEEN);
	if (bar->value_columns < value)
		repeat(b, " ", value - bar->value_columns);
	if (!bar->there && b->view->colour)
		add(b, VIEW_DIM, strlen(VIEW_DIM));
	(void)draw_text(b, text + bar->label, bar->value, bar->value_columns, value);
	if (!bar->there && b->view->colour)
		add(b, VIEW_PLAIN, strlen(VIEW_PLAIN));
	if (bar->there && b->bar > 0) {
		repeat(b, " ", BETWEEN);
		draw_bar(b, bar);
	}
	while (b->view->out.len > 0 && b->view->out.data[b->view->out.len - 1] == ' ')
		b->view->out.len--;
	b->view->bad |= buf_addc(&b->view->out, '\n');
	(void)(b->view->out.len > BARS_WINDOW / 16 && view_flush(b->view));
}

/* Widens the scale for a value. Returns 1 if it has become another, or 0. */
static int
scale(struct bars *b, const struct bar *bar)
{
	if (!bar->there || b->full > 0 || (bar->number <= b->high && bar->number >= b->low))
		return 0;
	b->high = bar->number > b->high ? bar->number : b->high;
	b->low = bar->number < b->low ? bar->number : b->low;
	return 1;
}

/* Divides the width among label, value and bar. If it is too narrow, there is no bar. */
static void
fit(struct bars *b)
{
	size_t outside = 2 * BETWEEN + (b->full > 0), room = width(b) > outside ? width(b) - outside : 0,
	       least = room / 3 < BAR_LEAST ? room / 3 : BAR_LEAST, texts;

	least = least > AXIS_LEAST ? least : AXIS_LEAST;
	b->laid = width(b);
	texts = room >= least + 2 ? room - least : width(b) > BETWEEN ? width(b) - BETWEEN : 1;
	b->value = b->value_most < texts - (texts > 1) ? b->value_most : texts - (texts > 1);
	b->label = b->label_most < texts - b->value ? b->label_most : texts - b->value;
	b->bar = room >= least + 2 ? room - b->label - b->value : 0;
}

/* Gives the rows their form, by those that are kept. */
static void
lay_out(struct bars *b, const struct bar *rows, size_t n)
{
	b->label_most = b->value_most = 0;
	for (size_t i = 0; i < n; i++) {
		b->label_most = rows[i].label_columns > b->label_most ? rows[i].label_columns : b->label_most;
		b->value_most = rows[i].value_columns > b->value_most ? rows[i].value_columns : b->value_most;
		(void)scale(b, &rows[i]);
	}
	if (b->full > 0) {
		b->high = b->full;
		if (b->label_most < LABEL_LIVE)
			b->label_most = LABEL_LIVE < label_limit(b) ? LABEL_LIVE : label_limit(b);
	}
	fit(b);
}

static void
show(struct bars *b)
{
	const struct bar *rows = (const struct bar *)(const void *)b->rows.data;
	size_t n = b->rows.len / sizeof *rows;
	int news = b->laid > 0;

	if (n == 0)
		return;
	if (b->laid == 0)
		lay_out(b, rows, n);
	for (size_t i = 0; i < n; i++) {
		int other = 0;

		if (rows[i].value_columns > b->value + b->label)
			b->value_most = rows[i].value_columns > b->value_most ? rows[i].value_columns : b->value_most;
		if (b->laid != width(b) || rows[i].value_columns > b->value + b->label)
			fit(b);

		/* One new scale for all of a batch. */
		for (size_t k = i; news && k < n; k++)
			other |= scale(b, &rows[k]);
		news = 0;
		if (other)
			b->view->bad |= buf_addf(&b->view->out, "%s-- the scale is %g to %g from here on --%s\n",
			    b->view->colour ? VIEW_DIM : "", b->low, b->high, b->view->colour ? VIEW_PLAIN : "");
		draw(b, &rows[i]);
	}
	b->rows.len = b->text.len = 0;
}

void
bars_block(struct bars *b, const struct block *block, uint32_t n)
{
	for (uint32_t i = 0; i < n && b->view->bad == 0; i++) {
		uint32_t at = block_start(block, i);

		take(b, block->payload != NULL ? block->payload + at : "", block->ends[i] - at);
		if (b->text.len + b->rows.len > BARS_WINDOW)
			show(b);
	}
	if (b->laid > 0 || b->full > 0)
		show(b);
}

void
bars_settle(struct bars *b)
{
	show(b);
}

void
bars_free(struct bars *b)
{
	table_drop(b->table);
	range_free(&b->range);
	cells_free(&b->cells);
	buf_free(&b->rows);
	buf_free(&b->text);
	buf_free(&b->joined);
}
