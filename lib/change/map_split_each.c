/*
 * map_split_each: split .items[], which makes a record of each element of an array, or of each
 * value of an object. Of JSON the records are JSON: the element as it is written, with the members
 * of --with in front if it is an object. Of rows with columns they are rows, of the columns of
 * --with and the element.
 */

#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "base/status.h"
#include "change/edit.h"
#include "change/map_private.h"
#include "change/map_split.h"
#include "match/json.h"
#include "match/object.h"

static const char no_array[] = "it is no array", has_name[] = "an element has that name already";

void
map_split_free(struct split *s)
{
	parts_free(&s->array);
	parts_free(&s->with);
	row_free(&s->row);
	buf_free(&s->name);
	buf_free(&s->levels);
	buf_free(&s->scratch);
}

int
map_split_compile(struct map *m, struct split *s, const char *word, struct buf *error)
{
	char *path = strdup(word), *with = m->with != NULL ? strdup(m->with) : NULL;
	int result = 0;

	s->each = 1;
	if (path == NULL || (m->with != NULL && with == NULL))
		result = map_no_memory(error);
	if (result == 0) {
		path[strlen(path) - 2] = '\0';
		if (strcmp(path, ".") != 0)
			result = parts_words(&s->array, &path, 1, error);
	}
	if (result == 0 && s->array.range.count > 1) {
		(void)buf_addf(error, "%s: one array is expected", word);
		result = -1;
	}
	if (result == 0 && with != NULL)
		result = parts_words(&s->with, &with, 1, error);
	free(path);
	free(with);
	return result;
}

/* Makes the rows' table. Returns 0, or a status with a line in error. */
static int
bind_row(struct map *m, struct split *s, const struct table *in, struct buf *error)
{
	struct range_view *names = calloc(s->with.count + 1, sizeof *names);
	struct row_shape shape = { .names = names, .count = s->with.count + 1, .between = "\t", .between_len = 1 };
	int status;

	if (names == NULL)
		return map_no_memory_status(error);
	for (size_t i = 0; i < s->with.count; i++)
		names[i] = s->with.items[i].name;
	names[s->with.count] = s->array.items[0].name;
	status = row_bind(&s->row, &shape, in, error);
	free(names);
	if (status == 0)
		map_declare(m, s->row.table);
	return status;
}

int
map_split_bind(struct map *m, struct split *s, const struct table *in, struct buf *error)
{
	int status, columns = in != NULL && in->format != TABLE_JSON;
	const char *dot;

	if ((status = parts_bind(&s->array, in, 0, error)) != 0 || (status = parts_bind(&s->with, in, 0, error)) != 0)
		return status;
	for (size_t i = 0; i < s->with.count; i++)
		if (s->with.items[i].name.data == NULL) {
			(void)buf_adds(error, "--with: only names are expected, such as .id");
			return EX_USAGE;
		}
	if (s->array.count == 0 && columns) {
		(void)buf_adds(error, ".[]: a row is no array");
		return EX_DATAERR;
	}
	if (columns)
		return bind_row(m, s, in, error);
	if (s->array.count > 0) {
		const struct range_view *path = &s->array.items[0].name;

		dot = path->len > 0 ? memrchr(path->data, '.', path->len) : NULL;
		if (buf_add(&s->name, dot != NULL ? dot + 1 : path->data,
			dot != NULL ? path->len - (size_t)(dot + 1 - path->data) : path->len) < 0)
			return map_no_memory_status(error);
	} else if (buf_adds(&s->name, "value") < 0) {
		return map_no_memory_status(error);
	}
	if (in != NULL)
		map_declare(m, NULL);
	return 0;
}

/* Looks up an item. Returns 1 with the view, 0 if it is not there, -1 without memory. */
static int
look_up(struct parts *p, size_t i, const struct rec *r, struct range_view *v, int *json)
{
	if (p->items[i].column > 0) {
		*json = 0;
		return range_view(&p->range, p->items[i].part, r->data, r->len, v);
	}
	return parts_view(p, &p->items[i], r->data, r->len, v, json);
}

/* ---- rows ---- */

static const char *
make_row(struct map *m, struct split *s, const struct rec *r, const struct range_view *element)
{
	const char *why;

	row_begin(&s->row, map_bytes(m));
	for (size_t i = 0; i < s->with.count; i++) {
		struct range_view v;
		int json, there = look_up(&s->with, i, r, &v, &json);

		if (there < 0)
			return "";
		if (there == 0 && m->need)
			return map_lacks;
		if (there == 0)
			row_absent(&s->row);
		else if (json)
			row_json(&s->row, v.data, v.len);
		else
			row_string(&s->row, v.data, v.len);
	}
	row_json(&s->row, element->data, element->len);
	if ((why = row_end(&s->row)) != NULL)
		return why;
	return map_record(m, r);
}

/* ---- JSON ---- */

/* Returns NULL if the object has no member of that name, else why not. */
static const char *
check_name(struct split *s, const struct range_view *object, const struct range_view *name)
{
	const char *p, *end = object->data + object->len;
	struct object_member member;
	char open;
	int same = 0;

	if ((p = object_begin(object->data, object->len, &open)) == NULL)
		return NULL;
	while (same == 0 && object_next(&p, end, &member))
		same = object_named(&member, name->data, name->len, &s->scratch);
	return same < 0 ? "" : same > 0 ? has_name : NULL;
}

static int
same(const struct range_view *a, const struct range_view *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static int
put_name(struct buf *out, const char *name, size_t len)
{
	return jsonstring_encode(out, name, len) != 1 || buf_addc(out, ':') < 0 ? -1 : 0;
}

static const char *
make_object(struct map *m, struct split *s, const struct rec *r, const struct range_view *element)
{
	struct buf *out = map_bytes(m);
	int object = element->len > 0 && *element->data == '{', any = 0;
	const char *body = element->data, *end = body + element->len, *why;

	if (s->with.count == 0)
		return buf_add(out, element->data, element->len) < 0 ? "" : map_record(m, r);
	if (buf_addc(out, '{') < 0)
		return "";
	for (size_t i = 0; i < s->with.count; i++) {
		const struct range_view *name = &s->with.items[i].name;
		struct range_view v;
		int json, there = look_up(&s->with, i, r, &v, &json);

		if (object && (why = check_name(s, element, name)) != NULL)
			return map_wrong(m, why, name->data, name->len);
		if (there == 0 && m->need)
			return map_lacks;
		if (there == 0)
			continue;
		if (!object && same(name, &(struct range_view){ s->name.data, s->name.len }))
			return map_wrong(m, has_name, name->data, name->len);
		if (there < 0 || (any && buf_addc(out, ',') < 0) || put_name(out, name->data, name->len) < 0 ||
		    buf_add(out, v.data, v.len) < 0)
			return "";
		any = 1;
	}
	if (object) {
		body = object_space(body + 1, end);
		if ((any && *body != '}' && buf_addc(out, ',') < 0) || buf_add(out, body, (size_t)(end - body)) < 0)
			return "";
	} else if ((any && buf_addc(out, ',') < 0) || put_name(out, s->name.data, s->name.len) < 0 ||
	    buf_add(out, body, (size_t)(end - body)) < 0 || buf_addc(out, '}') < 0) {
		return "";
	}
	return map_record(m, r);
}

const char *
map_split_apply(struct map *m, struct split *s, const struct rec *r)
{
	int rows = s->row.count > 0, there = 1, json, valid;
	struct range_view v = { r->data, r->len }, element;
	const char *p, *why = NULL;
	struct object_member member;
	char open;

	if (!rows && (valid = json_valid(r->data, r->len, &s->levels)) <= 0)
		return valid < 0 ? "" : "it is not JSON (for CSV: rec-split -f csv -H)";
	if (s->array.count > 0)
		there = look_up(&s->array, 0, r, &v, &json);
	if (there < 0)
		return "";
	if (there == 0 || (rows && v.len == 0) || (v.len == 4 && memcmp(v.data, "null", 4) == 0))
		return m->need ? map_lacks : NULL;
	if ((rows && json_valid(v.data, v.len, &s->levels) <= 0) || (p = object_begin(v.data, v.len, &open)) == NULL)
		return s->array.count > 0 ?
		    map_wrong(m, no_array, s->array.items[0].name.data, s->array.items[0].name.len) :
		    no_array;
	while (why == NULL) {
		if (open == '[' ? !object_element(&p, v.data + v.len, &element) :
				  !object_next(&p, v.data + v.len, &member))
			break;
		if (open == '{')
			element = member.value;
		why = rows ? make_row(m, s, r, &element) : make_object(m, s, r, &element);
	}
	return why;
}
