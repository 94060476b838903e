/* sources: see sources.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "endpoint/endpoint.h"
#include "many/sources.h"
#include "record/env.h"

struct source {
	const char *name;                /* the operand */
	const char *shown;               /* for messages */
	struct endpoint ep;
	int open;
	int own;                         /* 1: it has a framing_read of its own */
	struct framing named;            /* if its name begins with a framing */
	struct framing_table named_columns;
	const struct framing *framing;
	struct framing_table *columns;
	struct framing_read *read, own_read;
	struct table *table;             /* a share, or NULL */
	size_t input;                    /* its number for reshape_add */
};

/* Returns the operand without its framing. */
static const char *
plain_name(const char *name)
{
	return endpoint_framing(name) != NULL ? strchr(name, ':') + 1 : name;
}

/* ---- options ---- */

/*
 * Checks --align and --name for one input, with its framing. Returns 0, or -1 with a line in error.
 */
static int
check_input(const struct sources *s, const struct framing *f, const struct framing_table *columns, struct buf *error)
{
	const char *name = framing_name(f);

	if (s->aside && !framing_sets_aside(f)) {
		(void)buf_addf(error, "--bad goes with csv, tsv, json, jsonl, logfmt, fields and escaped, not with %s", name);
		return -1;
	}
	if (s->strict && !framing_strict(f)) {
		(void)buf_addf(error, "--strict goes with csv and tsv, not with %s", name);
		return -1;
	}
	if (s->reshape.align && framing_table_names(f)) {
		(void)buf_addf(error, "--align does not go with %s: its records have no columns to be put in order", name);
		return -1;
	}
	if (s->reshape.align && !columns->header) {
		(void)buf_adds(error, "--align goes with -H: it puts columns together by their names");
		return -1;
	}
	if (s->reshape.column == NULL)
		return 0;
	if (!reshape_names(f)) {
		(void)buf_addf(error, "--name goes with csv, tsv, json and jsonl, not with %s", name);
		return -1;
	}
	if (s->column_given && framing_table_usual(f) && !columns->header && columns->names == NULL) {
		(void)buf_adds(error, "--name=COLUMN goes with -H or --names: without them columns have no names");
		return -1;
	}
	return 0;
}

/*
 * Gets the framing ready that an operand's name begins with. Returns 0, or -1 with a line in error.
 */
static int
name_framing(const char *framing, struct framing *f, struct framing_table *columns, struct buf *error)
{
	*columns = (struct framing_table){ 0 };
	if (framing_init(f, framing, error) < 0)
		return -1;
	columns->header = framing_table_usual(f);
	return framing_table_init(columns, f, error);
}

int
sources_check(struct sources *s, struct buf *error)
{
	int usual = s->count == 0, standard = 0, result = 0;

	if (framing_table_init(&s->columns, &s->framing, error) < 0)
		return -1;
	if (s->reshape.column != NULL && *s->reshape.column == '\0') {
		(void)buf_adds(error, "--name: an empty name is no column's");
		return -1;
	}
	for (size_t i = 0; i < s->count && result == 0; i++) {
		const char *framing = endpoint_framing(s->names[i]);
		struct framing_table columns;
		struct framing f;

		standard += endpoint_is_standard(s->names[i], 0);
		usual |= framing == NULL;
		if (framing == NULL)
			continue;
		result = name_framing(framing, &f, &columns, error);
		if (result == 0)
			result = check_input(s, &f, &columns, error);
		framing_table_free(&columns);
		framing_free(&f);
	}
	if (result == 0 && usual)
		result = check_input(s, &s->framing, &s->columns, error);
	if (result == 0 && s->reshape.align && standard > 1) {
		(void)buf_adds(error, "--align: standard input is named twice");
		return -1;
	}
	return result;
}

int
sources_init(struct sources *s)
{
	static char dash[] = "-", *const standard[] = { dash, NULL };
	const char *wrong = NULL;

	if (s->count == 0) {
		s->names = standard;
		s->count = 1;
	}
	s->usual.idle = s->idle;
	s->usual.raw = s->raw;
	s->usual.decompress = s->decompress;
	s->usual.aside = s->aside;
	if ((s->all = calloc(s->count, sizeof *s->all)) == NULL || framing_read_init(&s->usual, &s->framing) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++) {
		s->all[i].name = s->names[i];
		s->all[i].shown = strcmp(s->names[i], "-") == 0 ? "standard input" : s->names[i];
	}
	s->record_max = env_get(&wrong)->record_max;
	return 0;
}

/* ---- one input ---- */

static void
fail_memory(struct sources *s)
{
	command_fail(s->fault, EX_OSERR, "out of memory");
}

/* Returns 1 if an input can be opened again, and has the same bytes then; else 0. */
static int
is_regular(const char *name)
{
	const char *path = plain_name(name);
	struct stat st;

	return endpoint_is_path(path) && strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Says how an input is read. Returns 0, or -1 with errno ENOMEM. */
static int
choose(struct sources *s, struct source *in)
{
	const char *framing = endpoint_framing(in->name);
	struct buf error = { 0 };
	int result = 0;

	in->framing = &s->framing;
	in->columns = &s->columns;
	in->read = &s->usual;
	in->own = framing != NULL || (s->reshape.align && !is_regular(in->name));
	if (!in->own)
		return 0;
	s->apart |= framing == NULL;
	in->read = &in->own_read;
	in->own_read = (struct framing_read){
		.raw = s->raw,
		.decompress = s->decompress,
		.aside = s->aside,
		.named = framing != NULL,
		.idle = framing == NULL ? s->idle : 0,
	};
	if (framing != NULL) {
		result = name_framing(framing, &in->named, &in->named_columns, &error);
		in->framing = &in->named;
		in->columns = &in->named_columns;
	}
	buf_free(&error);
	return result < 0 ? -1 : framing_read_init(in->read, in->framing);
}

/* Frees what an input has of its own, but for its table. */
static void
release(struct source *in)
{
	endpoint_free(&in->ep);
	if (in->own) {
		framing_read_free(&in->own_read);
		framing_table_free(&in->named_columns);
		framing_free(&in->named);
	}
	in->own = in->open = 0;
}

static void
end(struct sources *s, struct source *in, int enough)
{
	int status;

	if (in->read != NULL)
		framing_read_leave(in->read);
	in->ep.enough = enough || (in->read != NULL && in->read->status != 0);
	if ((status = endpoint_close(&in->ep)) != 0)
		command_fail(s->fault, status, "%s", buf_string(&in->ep.error));
	release(in);
}

/* Opens an input. Returns 1; 0 if that is not possible, which is noted; -1 without memory. */
static int
open_input(struct sources *s, struct source *in)
{
	int status = endpoint_input(&in->ep, in->name);

	in->ep.name = in->shown;
	if (status != 0) {
		const char *framing = endpoint_framing(in->name), *path = plain_name(in->name);

		if (framing != NULL && !endpoint_parameter(in->name, &in->ep.error) && (*path == '~' || strpbrk(path, "*?[") != NULL))
			(void)buf_addf(&in->ep.error, "; the shell expands nothing after the colon: rec-split -f %s%s %s",
			    framing, strcmp(framing, "csv") == 0 || strcmp(framing, "tsv") == 0 ? " -H" : "", path);
		command_fail(s->fault, status, "%s", buf_string(&in->ep.error));
		release(in);
		return 0;
	}
	in->open = 1;
	if (choose(s, in) < 0) {
		fail_memory(s);
		return -1;
	}
	framing_read_input(in->read, in->ep.fd, in->shown);
	framing_read_number(in->read, s->records);
	return 1;
}

/*
 * Notes that reading must stop, if that is a failure. Returns -1; or 0 if the other inputs are read
 * all the same, as after a cmd: that failed.
 */
static int
stop(struct sources *s, struct source *in)
{
	if (in->read->status != 0)
		command_fail(s->fault, in->read->status, "%s", buf_string(&in->read->error));
	return in->read->apart ? 0 : -1;
}

/* Notes a failure of an input's table, with the reason, or of memory. Returns -1. */
static int
stop_table(struct sources *s, const struct source *in, struct buf *why)
{
	if (why->len == 0)
		fail_memory(s);
	else
		command_fail(s->fault, EX_DATAERR, "%s: %s", in->shown, buf_string(why));
	return -1;
}

/*
 * Reads the header of an open input, and makes its table. Returns 1, also if the input declares
 * none; 0 if it has no bytes; or -1 after a failure that is noted.
 */
static int
read_table(struct sources *s, struct source *in)
{
	struct buf why = { 0 };
	int got = 1;

	s->header.len = 0;
	if (!framing_table_declares(in->columns))
		return 1;
	/* The bytes that follow must not wait in the output's memory for the table to be put. */
	in->read->out = NULL;
	got = in->columns->header ? framing_read_header(in->read, &s->header) : framing_read_any(in->read);
	if (got <= 0)
		return got < 0 ? stop(s, in) : 0;
	if ((in->table = framing_table_make(in->columns, in->framing, &s->header, &why)) == NULL)
		got = stop_table(s, in, &why);
	buf_free(&why);
	return got;
}

/* ---- all of them ---- */

/* Reads the tables of all inputs, which are to be aligned. Returns 1, or -1 after a failure. */
static int
gather(struct sources *s)
{
	struct buf why = { 0 };
	size_t inputs = 0;
	int got = 1;

	s->gathered = 1;
	for (size_t i = 0; i < s->count && got >= 0; i++) {
		struct source *in = &s->all[i];

		if (rec_out_stop())
			got = -1;
		else if ((got = open_input(s, in)) == 1)
			got = read_table(s, in);
		if (got == 1) {
			in->input = inputs++;
			if (reshape_add(&s->reshape, in->table, in->shown, &why) < 0)
				got = stop_table(s, in, &why);
		}
		if (in->open && (got <= 0 || is_regular(in->name)))
			end(s, in, got != 0);
	}
	if (got >= 0 && inputs > 0 && reshape_merge(&s->reshape, &why) < 0) {
		got = -1;
		command_fail(s->fault, why.len > 0 ? EX_DATAERR : EX_OSERR, "%s",
		    why.len > 0 ? buf_string(&why) : "out of memory");
	}
	buf_free(&why);
	return got < 0 ? -1 : 1;
}

/*
 * Comes to the records of an input whose table has been gathered. Returns as enter, without the
 * table.
 */
static int
enter_again(struct sources *s, struct source *in)
{
	struct buf why = { 0 };
	struct table *before = in->table;
	int got;

	if (before == NULL)
		return 0;
	if (in->open) {
		framing_read_number(in->read, s->records);
		return 1;
	}
	if ((got = open_input(s, in)) != 1)
		return got;
	in->table = NULL;
	got = read_table(s, in);
	if (got == 0 || (got == 1 && !table_equal(in->table, before))) {
		(void)buf_adds(&why, "its header has changed while it was read");
		got = stop_table(s, in, &why);
	}
	buf_free(&why);
	table_drop(in->table);
	in->table = before;
	return got;
}

/*
 * Comes to the records of an input, and declares its table. Returns 1; 0 if it is passed over,
 * because it has no bytes or cannot be opened; or -1 if reading should stop.
 */
static int
enter(struct sources *s, struct source *in)
{
	struct buf why = { 0 };
	int got;

	s->told = 0;
	s->table = NULL;
	if (s->reshape.align)
		got = enter_again(s, in);
	else if ((got = open_input(s, in)) == 1)
		got = read_table(s, in);
	if (got != 1)
		return got;
	if (reshape_table(&s->reshape, in->framing, in->table, in->input, plain_name(in->name), &s->table,
		&why) < 0 || (s->table != NULL && rec_out_declare(s->table, in->shown, &why) < 0))
		got = stop_table(s, in, &why);
	buf_free(&why);
	if (s->strict)
		framing_read_strict(in->read, in->table != NULL && in->table->named ? in->table->count : 0);
	/* Bytes are read into the output's memory, unless records are changed on their way. */
	in->read->out = reshape_changes(&s->reshape) ? NULL : s->out;
	return got;
}

/* Comes to the next input. Returns 1; or 0 if there is none, or reading should stop. */
static int
next_input(struct sources *s)
{
	if (s->reshape.align && !s->gathered && gather(s) < 0)
		s->at = s->count;
	while (s->at < s->count) {
		struct source *in = &s->all[s->at++];
		int got = enter(s, in);

		if (got == 1) {
			s->now = in;
			return 1;
		}
		if (in->open)
			end(s, in, got < 0);
		if (got < 0)
			s->at = s->count;
	}
	return 0;
}

void
sources_declare(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const char *framing = endpoint_framing(s->names[i]);

		if (framing == NULL ? !framing_table_declares(&s->columns) :
				      strcmp(framing, "csv") != 0 && strcmp(framing, "tsv") != 0) {
			s->count = i;
			break;
		}
	}
	if (s->count > 0)
		(void)next_input(s);
}

/* Compares the table of the records that have come, or that they have none, with those before. */
static int
tell(struct sources *s)
{
	struct buf why = { 0 };
	int result = 1;

	s->told = 1;
	if (rec_out_declared(s->table, s->now->shown, &why) < 0)
		result = stop_table(s, s->now, &why);
	buf_free(&why);
	return result;
}

int
sources_next(struct sources *s)
{
	for (;;) {
		int got;

		if (s->now == NULL && !next_input(s))
			return 0;
		s->read = s->now->read;
		s->file = plain_name(s->now->name);
		got = framing_read_batch(s->read);
		if (got > 0 && !s->told && s->read->found.count > 0)
			got = tell(s);
		else if (got < 0)
			got = stop(s, s->now);
		if (got > 0) {
			s->records += s->read->found.count + (size_t)s->read->found.bad;
			return 1;
		}
		end(s, s->now, got < 0);
		s->now = NULL;
		if (got < 0) {
			s->at = s->count;
			return 0;
		}
	}
}

/* ---- records ---- */

/*
 * Changes record i of the batch. Returns 1; or 0 after a fault, which framing_read_batch will
 * report.
 */
static int
change(struct sources *s, size_t i, struct range_view *v)
{
	struct range_view record;
	const char *why;
	char text[96];

	framing_read_record(s->read, i, &record);
	why = reshape_row(&s->reshape, record.data, record.len, &v->data, &v->len);
	if (why == NULL && v->len > s->record_max && v->data != record.data) {
		snprintf(text, sizeof text, "with what is added it is larger than REC_MAX, %" PRIu64 " bytes", s->record_max);
		why = text;
	}
	if (why != NULL)
		framing_read_refuse(s->read, i, *why != '\0' ? why : "out of memory");
	return why == NULL;
}

/*
 * Puts a copy of a record, with the gap that record i of the block has. Returns 1, or 0 if there is
 * no memory.
 */
static int
put_changed(struct sources *s, const struct block *b, uint32_t i, const struct range_view *v)
{
	struct block one = { .kind = BLOCK_DATA, .gap = b->gap, .count = 1, .base = b->base + i, .status = b->status };
	uint32_t len = (uint32_t)v->len;
	int gap = !(i + 1 == b->count && block_lacks_gap(b));

	s->bytes.len = 0;
	if (buf_add(&s->bytes, v->data, v->len) < 0 || (gap && buf_add(&s->bytes, b->payload + b->ends[i], b->gap) < 0))
		return 0;
	one.payload = s->bytes.data;
	one.size = (uint32_t)s->bytes.len;
	one.ends = &len;
	rec_out_records(s->out, &one, 0, 1);
	return 1;
}

/* Puts records that are changed. Returns as sources_put. */
static size_t
put_all_changed(struct sources *s, size_t count, uint64_t position)
{
	struct block b;
	int in_place = framing_read_block(s->read, count, position, &b);
	struct range_view v;
	size_t i = 0;

	for (; i < count && change(s, i, &v); i++)
		if (!in_place)
			rec_out_rec(s->out, &(struct rec){ v.data, v.len, position + i });
		else if (!put_changed(s, &b, (uint32_t)i, &v)) {
			framing_read_refuse(s->read, i, "out of memory");
			break;
		}
	return i;
}

size_t
sources_put(struct sources *s, size_t count, uint64_t position)
{
	const struct framing_found *f = &s->read->found;
	struct range_view v;
	struct block b;
	size_t good = count;

	if (count == 0)
		return 0;
	if (reshape_changes(&s->reshape))
		return put_all_changed(s, count, position);
	if (s->reshape.align)
		for (good = 0; good < count && change(s, good, &v);)
			good++;
	if (good > 0 && framing_read_block(s->read, good, position, &b) && !s->read->small)
		rec_out_block(s->out, &b);
	else if (good > 0 && framing_read_block(s->read, good, position, &b))
		rec_out_records(s->out, &b, 0, (uint32_t)good);
	else
		for (size_t i = 0; i < good; i++)
			rec_out_rec(s->out, &(struct rec){ s->read->data + f->starts[i], f->ends[i] - f->starts[i],
			                        position + i });
	return good;
}

/* ---- the end ---- */

const char *
sources_unmatched(struct sources *s)
{
	const char *what = s->apart ? NULL : framing_read_unmatched(&s->usual);

	if (what == NULL || s->count > 1 || s->usual.packed.len > 0)
		return what;
	s->bytes.len = 0;
	(void)buf_addf(&s->bytes, "%s: %s", s->all[0].shown, what);
	return buf_string(&s->bytes);
}

void
sources_close(struct sources *s)
{
	s->now = NULL;
	for (size_t i = 0; i < s->count && s->all != NULL; i++)
		if (s->all[i].open)
			end(s, &s->all[i], 1);
}

void
sources_free(struct sources *s)
{
	for (size_t i = 0; i < s->count && s->all != NULL; i++)
		table_drop(s->all[i].table);
	free(s->all);
	framing_read_free(&s->usual);
	framing_table_free(&s->columns);
	framing_free(&s->framing);
	reshape_free(&s->reshape);
	buf_free(&s->header);
	buf_free(&s->bytes);
}
