/* row: see row.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "base/status.h"
#include "base/vis.h"
#include "change/row_private.h"

static int
no_memory(struct buf *error)
{
	(void)buf_adds(error, "out of memory");
	return EX_OSERR;
}

/* Forgets what row_bind has set; memory stays. */
static void
forget(struct row *r)
{
	table_drop(r->table);
	r->table = NULL;
	r->leads.len = r->between.len = 0;
	r->quotes = r->single = 0;
	r->count = 0;
}

/*
 * Decides the form of text and JSON, without a table. Returns 0, or a status with a line in
 * error.
 */
static int
form_without_table(struct row *r, const struct row_shape *shape, struct buf *error)
{
	size_t names = 0;

	for (size_t i = 0; i < shape->count; i++)
		names += shape->names[i].data != NULL;
	if (names > 0 && names < shape->count) {
		(void)buf_adds(error,
		    "without a table, parts by name (.id) make JSON, and others (w2, f3) make text: all of one kind are expected");
		return EX_USAGE;
	}
	if (names > 0 && shape->separator != NULL) {
		(void)buf_adds(error, "-O: parts by name (.id) make JSON, which has its separators");
		return EX_USAGE;
	}
	r->form = names > 0 ? ROW_JSON : ROW_TEXT;
	r->quotes = r->form == ROW_TEXT && shape->csv && shape->separator == NULL;
	if (shape->separator != NULL ?
		buf_add(&r->between, shape->separator, shape->separator_len) < 0 :
		shape->between_len > 0 && buf_add(&r->between, shape->between, shape->between_len) < 0)
		return no_memory(error);
	return 0;
}

/* The same with a table. */
static int
form_of_table(struct row *r, const struct table *in, struct buf *error)
{
	switch (in->format) {
	case TABLE_CSV:
	case TABLE_PLAIN:
		r->form = ROW_COLUMNS;
		r->quotes = in->format == TABLE_CSV;
		return buf_add(&r->between, in->between, in->between_len) < 0 ? no_memory(error) : 0;
	case TABLE_WORDS:
		r->form = ROW_WORDS;
		return buf_addc(&r->between, ' ') < 0 ? no_memory(error) : 0;
	case TABLE_JSON:
		r->form = ROW_JSON;
		return 0;
	case TABLE_LOGFMT:
		r->form = ROW_LOGFMT;
		return 0;
	case TABLE_FIELDS:
		r->form = ROW_FIELDS;
		r->fields = in->fields;
		return 0;
	default:
		(void)buf_adds(error, "the columns of ");
		(void)vis_cut(error, in->framing, strlen(in->framing), 40, 0);
		(void)buf_adds(error, " are not known here");
		return EX_DATAERR;
	}
}

/* Writes what is before each value. Returns 0, or a status with a line in error. */
static int
make_leads(struct row *r, const struct row_shape *shape, struct buf *error)
{
	struct row_part *more = reallocarray(r->parts, shape->count + 1, sizeof *more);

	if (more == NULL)
		return no_memory(error);
	r->parts = more;
	r->count = shape->count;
	for (size_t i = 0; i < shape->count; i++) {
		const struct range_view *name = &shape->names[i];
		int bad = 0;

		more[i].from = r->leads.len;
		if (r->form == ROW_JSON)
			bad = jsonstring_encode(&r->leads, name->data, name->len) < 0 || buf_addc(&r->leads, ':') < 0;
		else if (r->form == ROW_LOGFMT || r->form == ROW_FIELDS)
			bad = buf_add(&r->leads, name->data, name->len) < 0 ||
			    buf_addc(&r->leads, r->form == ROW_LOGFMT ? '=' : ':') < 0;
		else if (i > 0)
			bad = buf_add(&r->leads, r->between.data, r->between.len) < 0;
		if (bad)
			return no_memory(error);
		more[i].len = r->leads.len - more[i].from;
	}
	return 0;
}

int
row_bind(struct row *r, const struct row_shape *shape, const struct table *in, struct buf *error)
{
	int status;

	forget(r);
	if (in != NULL && shape->separator != NULL) {
		(void)buf_adds(error, "-O: the table has its separator");
		return EX_DATAERR;
	}
	status = in == NULL ? form_without_table(r, shape, error) : form_of_table(r, in, error);
	if (status == 0)
		status = row_make_table(r, shape, in, error);
	if (status == 0)
		status = make_leads(r, shape, error);
	if (status != 0)
		forget(r);
	r->single = r->form == ROW_COLUMNS && r->quotes && shape->count == 1;
	return status;
}

int
row_like(struct row *r, const struct table *in, struct buf *error)
{
	int status = 0;

	forget(r);
	r->form = ROW_JSON;
	if (in != NULL)
		status = form_of_table(r, in, error);
	if (status == 0)
		r->table = table_share((struct table *)(uintptr_t)in);
	return status;
}

/* ---- records ---- */

void
row_begin(struct row *r, struct buf *out)
{
	r->out = out;
	r->start = out->len;
	r->at = 0;
	r->wrong = NULL;
	r->wrong_part = r->count;
}

static int
skips_absent(const struct row *r)
{
	return r->form == ROW_JSON || r->form == ROW_LOGFMT || r->form == ROW_FIELDS;
}

/* Appends what is before the value of the next part. Returns 0, or -1 with errno ENOMEM. */
static int
put_lead(struct row *r)
{
	const struct row_part *part = &r->parts[r->at];
	struct buf *out = r->out;
	int first = out->len == r->start;

	if (buf_reserve(out, part->len + 1) < 0)
		return -1;
	if (r->form == ROW_JSON)
		out->data[out->len++] = first ? '{' : ',';
	else if (!first && (r->form == ROW_LOGFMT || r->form == ROW_FIELDS))
		out->data[out->len++] = r->form == ROW_LOGFMT ? ' ' : '\n';
	if (part->len > 0)
		memcpy(out->data + out->len, r->leads.data + part->from, part->len);
	out->len += part->len;
	return 0;
}

/* Notes why the present part cannot be written, and goes on to the next. */
static void
done(struct row *r, const char *wrong)
{
	if (wrong != NULL) {
		r->wrong = wrong;
		r->wrong_part = r->at;
	}
	r->at++;
}

static void
put(struct row *r, enum row_kind kind, const char *data, size_t len)
{
	if (r->wrong != NULL)
		return;
	done(r, put_lead(r) < 0 ? "" : row_put(r, kind, data, len, r->at + 1 == r->count, r->out));
}

void
row_string(struct row *r, const char *data, size_t len)
{
	put(r, ROW_IS_STRING, data, len);
}

void
row_field(struct row *r, const char *data, size_t len)
{
	put(r, ROW_IS_FIELD, data, len);
}

void
row_json(struct row *r, const char *data, size_t len)
{
	put(r, ROW_IS_JSON, data, len);
}

void
row_raw(struct row *r, const char *data, size_t len)
{
	put(r, ROW_IS_RAW, data, len);
}

void
row_absent(struct row *r)
{
	if (r->wrong == NULL && skips_absent(r))
		done(r, NULL);
	else
		put(r, ROW_IS_STRING, "", 0);
}

void
row_result(struct row *r, const struct expr_result *result)
{
	const char *wrong;
	int absent = 0;

	if (result->gives == EXPR_GIVES_NOTHING) {
		row_absent(r);
		return;
	}
	if (r->wrong != NULL)
		return;
	wrong = put_lead(r) < 0 ? "" : row_put_result(r, result, r->at + 1 == r->count, &absent, r->out);
	done(r, wrong);
}

const char *
row_end(struct row *r)
{
	struct buf *out = r->out;

	if (r->wrong == NULL && r->form == ROW_JSON && buf_adds(out, out->len == r->start ? "{}" : "}") < 0)
		r->wrong = "";
	/* A line of CSV that is empty would not be read as a row. */
	if (r->wrong == NULL && r->single && out->len == r->start && buf_adds(out, "\"\"") < 0)
		r->wrong = "";
	if (r->wrong == NULL && r->form == ROW_FIELDS && out->len == r->start)
		r->wrong = "it has none of the fields, and a record of no fields cannot be written";
	if (r->wrong != NULL)
		out->len = r->start;
	return r->wrong;
}

const char *
row_value(struct row *r, const struct expr_result *result, int last, struct buf *out)
{
	int absent;

	return row_put_result(r, result, last, &absent, out);
}

void
row_free(struct row *r)
{
	table_drop(r->table);
	free(r->parts);
	buf_free(&r->leads);
	buf_free(&r->between);
	buf_free(&r->scratch);
	buf_free(&r->decoded);
	buf_free(&r->line);
	*r = (struct row){ 0 };
}
