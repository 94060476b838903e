/* display: see display.h. */

#include <unistd.h>

#include "os/term.h"
#include "report/display.h"

/* Ends the table that is being shown. */
static void
finish(struct display *d)
{
	if (d->form == DISPLAY_BARS)
		bars_settle(&d->bars);
	if (!d->gridded)
		return;
	grid_end(&d->grid);
	d->records += d->grid.records;
	d->bare += d->grid.bare;
	d->grid.records = 0;
	d->gridded = 0;
}

/* The records have this table. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct display *d = in->tabled_by;

	if (d->form == DISPLAY_BARS)
		return bars_begin(&d->bars, rec_in_table(in), &d->error);
	/* Records with names of their own are read more easily as they stand, as JSON is. */
	d->gridded = d->form == DISPLAY_TABLE ||
	    (d->form == DISPLAY_AUTO && t->format != TABLE_OTHER && !table_has_names(t));
	if (d->gridded)
		grid_begin(&d->grid, rec_in_table(in));
	return 0;
}

/* Reads the next block. If it has not come, what is kept is shown before the wait. */
static int
next_block(struct display *d, struct rec_in *in, struct block *b)
{
	int got = 0;

	if (d->gridded && grid_pending(&d->grid) && (got = rec_in_try(in, b)) == 0) {
		grid_settle(&d->grid);
		(void)view_flush(&d->view);
	}
	return got != 0 ? got > 0 : rec_in_block(in, b);
}

static void
set_width(struct display *d)
{
	d->view.width = d->full ? 0 : term_width(STDOUT_FILENO);
}

static void
show_block(struct display *d, const struct block *b, uint32_t n)
{
	if (b->kind == BLOCK_LOSS) {
		if (d->gridded)
			grid_settle(&d->grid);
		if (d->form == DISPLAY_BARS)
			bars_settle(&d->bars);
		view_loss(&d->view, b);
	} else if (d->form == DISPLAY_BARS) {
		bars_block(&d->bars, b, n);
	} else if (d->gridded) {
		grid_block(&d->grid, b, n);
	} else {
		for (uint32_t i = 0; i < n; i++)
			view_record(&d->view, b, i);
	}
}

int
display_records(struct display *d, struct rec_in *in)
{
	uint64_t left = d->limit;
	struct block b;

	d->grid.view = d->bars.view = &d->view;
	d->records = d->bare = 0;
	d->error.len = 0;
	in->tabled = tabled;
	in->tabled_by = d;
	set_width(d);
	d->gridded = d->form == DISPLAY_TABLE;
	if (d->gridded)
		grid_begin(&d->grid, NULL);
	if (d->form == DISPLAY_BARS)
		d->view.bad |= bars_begin(&d->bars, NULL, &d->error);
	while (left > 0 && d->view.bad == 0 && next_block(d, in, &b)) {
		uint32_t n = b.kind != BLOCK_DATA ? 0 : b.count < left ? b.count : (uint32_t)left;

		set_width(d);
		show_block(d, &b, n);
		(void)view_flush(&d->view);
		left -= n;
	}
	finish(d);
	if (left == 0)
		rec_in_enough(in, in->next);
	return view_flush(&d->view);
}

void
display_free(struct display *d)
{
	grid_free(&d->grid);
	bars_free(&d->bars);
	buf_free(&d->error);
	buf_free(&d->view.out);
}
