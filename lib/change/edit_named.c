/*
 * edit_named: records that have names of their own. All three kinds are read in the same way, as
 * a list of members: where the name is, where the value is as it is written, and what is left out
 * with them.
 */

#include <string.h>

#include "base/jsonstring.h"
#include "change/edit_private.h"
#include "match/fields.h"
#include "match/logfmt.h"
#include "match/object.h"

static const char no_memory[] = "", has_name[] = "it has that name already",
		  not_utf8[] = "JSON cannot hold a name that is not UTF-8";

struct member {
	const char *begin, *stop;      /* all of it */
	const char *name, *name_end;   /* as it is written, without quotes */
	const char *value, *value_end; /* as it is written; value is NULL: a key alone */
	int escapes;                   /* 1: the name has backslashes */
	int mine;                      /* 1: it has the name that is looked for */
};

struct walk {
	const struct edit *edit;
	const struct range_view *name;
	const char *p, *end;
	struct buf *scratch;
	int bad; /* no memory */
};

static int
next_object(struct walk *w, struct member *m)
{
	struct object_member o;

	if (!object_next(&w->p, w->end, &o))
		return 0;
	*m = (struct member){ o.name.data - 1, w->p, o.name.data, o.name.data + o.name.len, o.value.data,
		o.value.data + o.value.len, o.escapes, 0 };
	return 1;
}

static int
next_logfmt(struct walk *w, struct member *m)
{
	struct logfmt_pair pair = { .escapes = 0 };
	const char *value;
	int quoted;

	if (!logfmt_next(&w->p, w->end, &pair))
		return 0;
	value = pair.value.data;
	quoted = value != NULL && value[-1] == '"';
	*m = (struct member){ pair.key.data, w->p, pair.key.data, pair.key.data + pair.key.len,
		value != NULL ? value - quoted : NULL, value != NULL ? value + pair.value.len + quoted : NULL, 0, 0 };
	return 1;
}

static int
next_field(struct walk *w, struct member *m)
{
	struct fields_field f;

	if (!fields_next(w->edit->row.fields, &w->p, w->end, &f))
		return 0;
	*m = (struct member){ f.name.data, w->p, f.name.data, f.name.data + f.name.len, f.text.data - f.base64,
		f.text.data + f.text.len, 0, 0 };
	return 1;
}

/* Returns 1 if the member has that name, else 0; or -1 with errno ENOMEM. */
static int
is_named(const struct walk *w, const struct member *m, const struct range_view *name)
{
	size_t len = (size_t)(m->name_end - m->name);

	if (m->escapes) {
		struct object_member o = { .name = { m->name, len }, .escapes = 1 };

		return object_named(&o, name->data, name->len, w->scratch);
	}
	if (len != name->len)
		return 0;
	return w->edit->row.form == ROW_FIELDS ? fields_compare(m->name, name->data, len) == 0 :
						 len == 0 || memcmp(m->name, name->data, len) == 0;
}

/* Reads the next member. Returns 1, or 0 if there is none, or memory is lacking. */
static int
next(struct walk *w, struct member *m)
{
	int there = w->edit->row.form == ROW_JSON ? next_object(w, m) :
	    w->edit->row.form == ROW_LOGFMT       ? next_logfmt(w, m) :
						    next_field(w, m);

	if (there)
		m->mine = is_named(w, m, w->name);
	w->bad |= there && m->mine < 0;
	return there && !w->bad;
}

static void
begin(struct walk *w, struct edit *e, const struct range_view *name, const char *data, size_t len)
{
	char open;

	*w = (struct walk){ .edit = e, .name = name, .p = data, .end = data + len, .scratch = &e->scratch };
	if (e->row.form == ROW_JSON && (w->p = object_begin(data, len, &open)) == NULL)
		w->p = w->end;
}

/* Appends the name as it is written in the form, and what follows it. */
static const char *
put_name(const struct edit *e, const struct range_view *name, struct buf *out)
{
	int result = 1;

	if (e->row.form != ROW_JSON)
		return buf_add(out, name->data, name->len) < 0 ||
			buf_addc(out, e->row.form == ROW_LOGFMT ? '=' : ':') < 0 ?
		    no_memory :
		    NULL;
	result = jsonstring_encode(out, name->data, name->len);
	return result == 0 ? not_utf8 : result < 0 || buf_addc(out, ':') < 0 ? no_memory : NULL;
}

/* Appends the record with one more member, which follows `last`, or the beginning of the object. */
static const char *
append(struct edit *e, const struct range_view *name, const char *data, const char *end, const char *last, int any,
    struct buf *out)
{
	const char *wrong;

	if (e->row.form == ROW_FIELDS) {
		int crlf = memmem(data, (size_t)(end - data), "\r\n", 2) != NULL;

		if (edit_add(out, data, end) != NULL ||
		    (end > data && end[-1] != '\n' && buf_adds(out, crlf ? "\r\n" : "\n") < 0))
			return no_memory;
		last = end;
	} else if (e->row.form == ROW_LOGFMT) {
		if (edit_add(out, data, end) != NULL || (end > data && end[-1] != ' ' && buf_addc(out, ' ') < 0))
			return no_memory;
		last = end;
	} else if (edit_add(out, data, last) != NULL || (any && buf_addc(out, ',') < 0)) {
		return no_memory;
	}
	if ((wrong = put_name(e, name, out)) != NULL)
		return wrong;
	if (e->value.len > 0 && buf_add(out, e->value.data, e->value.len) < 0)
		return no_memory;
	return edit_add(out, last, end);
}

int
edit_has(struct edit *e, const struct range_view *name, const char *data, size_t len)
{
	struct member m = { .mine = 0 };
	struct walk w;

	if (data == NULL)
		return 0;
	begin(&w, e, name, data, len);
	while (next(&w, &m))
		if (m.mine)
			return 1;
	return w.bad ? -1 : 0;
}

const char *
edit_set_named(struct edit *e, const struct edit_target *to, const char *data, size_t len,
    const struct expr_result *result, struct buf *out)
{
	struct member m, found = { .begin = NULL };
	struct walk w;
	const char *last, *wrong, *end;
	int any = 0;

	if (data == NULL)
		data = "";
	end = data + len;
	e->value.len = 0;
	if ((wrong = row_value(&e->row, result, 1, &e->value)) != NULL)
		return wrong;
	begin(&w, e, &to->name, data, len);
	last = w.p;
	/* Of equal names the last one counts, but in fields the first. */
	while (!(found.begin != NULL && e->row.form == ROW_FIELDS) && next(&w, &m)) {
		if (m.mine)
			found = m;
		last = m.stop;
		any = 1;
	}
	if (w.bad)
		return no_memory;
	if (found.begin == NULL)
		return append(e, &to->name, data, end, last, any, out);
	if (found.value == NULL) {
		found.value = found.value_end = found.name_end;
		if (edit_add(out, data, found.name_end) != NULL || buf_addc(out, '=') < 0)
			return no_memory;
	} else if (edit_add(out, data, found.value) != NULL) {
		return no_memory;
	}
	if (e->value.len > 0 && buf_add(out, e->value.data, e->value.len) < 0)
		return no_memory;
	return edit_add(out, found.value_end, end);
}

const char *
edit_drop_named(struct edit *e, const struct range_view *name, const char *data, size_t len, struct buf *out)
{
	const char *from = data, *end, *before;
	size_t start = out->len;
	struct member m;
	struct walk w;
	int kept = 0;

	if (data == NULL)
		return NULL;
	end = data + len;
	begin(&w, e, name, data, len);
	before = w.p; /* the end of the last member that stays */
	while (next(&w, &m)) {
		if (!m.mine) {
			kept = 1;
			before = m.stop;
			continue;
		}
		/*
		 * With what is before it, back to the last one that stays. If there is none, with
		 * what is after it, up to the next one: a comma, blanks.
		 */
		if (kept && e->row.form != ROW_FIELDS) {
			if (edit_add(out, from, before) != NULL)
				return no_memory;
			from = m.stop;
		} else {
			if (edit_add(out, from, m.begin) != NULL)
				return no_memory;
			from = m.stop;
			while (e->row.form != ROW_FIELDS && from < end &&
			    (strchr(" \t\r\n,", *from) != NULL && *from != '\0'))
				from++;
		}
		before = from;
	}
	if (w.bad || edit_add(out, from, end) != NULL)
		return no_memory;
	if (e->row.form == ROW_FIELDS && from == end) {
		/* A line of the record is its last one now, and has its end as the gap. */
		out->len -= out->len > start && out->data[out->len - 1] == '\n';
		out->len -= out->len > start && out->data[out->len - 1] == '\r';
		if (out->len == start)
			return "it has no other field, and a record of no fields cannot be written";
	}
	return NULL;
}

/*
 * Returns the pair whose old name the member has, or NULL: the walk's name is set to each in
 * turn. *new is set to 1 if it has the new name of a pair, else to 0.
 */
static const struct edit_pair *
find_pair(struct walk *w, const struct member *m, const struct edit_pair *pairs, size_t count, int *new)
{
	const struct edit_pair *found = NULL;

	*new = 0;
	for (size_t i = 0; i < count; i++) {
		int to = is_named(w, m, &pairs[i].to), from = is_named(w, m, &pairs[i].from);

		if (from > 0)
			found = &pairs[i];
		*new |= to > 0;
		w->bad |= to < 0 || from < 0;
	}
	return found;
}

const char *
edit_rename(struct edit *e, const struct edit_pair *pairs, size_t count, const char *data, size_t len, struct buf *out)
{
	static const struct range_view none = { "", 0 };
	const char *at = data, *wrong;
	int any = 0, taken = 0, json = e->row.form == ROW_JSON;
	struct member m;
	struct walk w;

	if (data == NULL)
		return NULL;
	begin(&w, e, &none, data, len);
	while (next(&w, &m)) {
		int new;
		const struct edit_pair *pair = find_pair(&w, &m, pairs, count, &new);
		size_t after;

		if (w.bad)
			return no_memory;
		taken |= pair == NULL && new;
		if (pair == NULL)
			continue;
		any = 1;
		if (edit_add(out, at, m.name - json) != NULL)
			return no_memory;
		after = out->len;
		if ((wrong = put_name(e, &pair->to, out)) != NULL)
			return wrong;
		out->len -= out->len > after; /* what follows the name is there already */
		at = m.name_end + json;
	}
	if (any && taken)
		return has_name;
	return w.bad ? no_memory : edit_add(out, at, data + len);
}
