/*
 * map_to_named: the verb to, of records with names of their own, of which none were named: JSON,
 * logfmt and fields. The first record gives the columns; with --fill all do, which are read before.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonstring.h"
#include "base/status.h"
#include "change/edit.h"
#include "change/map_private.h"
#include "change/map_to.h"
#include "match/fields.h"

static const char twice[] = "it has the name twice", unknown[] = "the first record has no such name (--fill finds all)";

/* ---- columns by name ---- */

/* Columns that are looked through one after another; more are found by a hash. */
enum { FEW = 16 };

/* Returns 1 if both are names of one column, else 0. Names of fields have no case. */
static int
is_same(const struct to *t, const struct buf *a, const struct range_view *b)
{
	if (a->len != b->len)
		return 0;
	if (t->table != NULL && t->table->format == TABLE_FIELDS)
		return fields_same(a->data, b->data, b->len);
	return b->len == 0 || memcmp(a->data, b->data, b->len) == 0;
}

/* Returns where a name begins to be looked for. FNV-1a, without regard to case. */
static size_t
hash(const struct to *t, const char *data, size_t len)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)(data[i] | 32)) * UINT64_C(0x100000001B3);
	return (size_t)(h ^ h >> 29) & (t->hashed_count - 1);
}

static void
enter(struct to *t, size_t slot)
{
	const struct buf *name = &t->slots[slot].name;
	size_t at = hash(t, name->data, name->len);

	while (t->hashed[at] != 0)
		at = (at + 1) & (t->hashed_count - 1);
	t->hashed[at] = (uint32_t)slot + 1;
}

/* Enters the last slot, and if need be all, into a larger array. Returns 0, or -1 with errno. */
static int
enter_last(struct to *t)
{
	size_t count = 64;

	if (t->slot_count <= FEW)
		return 0;
	if (t->slot_count > FEW + 1 && 2 * t->slot_count <= t->hashed_count) {
		enter(t, t->slot_count - 1);
		return 0;
	}
	while (count < 4 * t->slot_count)
		count *= 2;
	if (count > t->hashed_count) {
		uint32_t *more = realloc(t->hashed, count * sizeof *more);

		if (more == NULL)
			return -1;
		t->hashed = more;
		t->hashed_count = count;
	}
	memset(t->hashed, 0, t->hashed_count * sizeof *t->hashed);
	for (size_t i = 0; i < t->slot_count; i++)
		enter(t, i);
	return 0;
}

/* Adds a column. Returns 0, or -1 with errno. */
static int
add_slot(struct to *t, const struct range_view *name)
{
	if (t->slot_count == UINT32_MAX - 1) {
		errno = ENOMEM;
		return -1;
	}
	if (t->slot_count == t->slot_room) {
		size_t room = t->slot_room > 0 ? 2 * t->slot_room : FEW;
		struct to_slot *more = reallocarray(t->slots, room, sizeof *more);

		if (more == NULL)
			return -1;
		memset(more + t->slot_room, 0, (room - t->slot_room) * sizeof *more);
		t->slots = more;
		t->slot_room = room;
	}
	t->slots[t->slot_count].name.len = 0;
	if (buf_add(&t->slots[t->slot_count].name, name->data, name->len) < 0 ||
	    buf_terminate(&t->slots[t->slot_count].name) < 0)
		return -1;
	t->slot_count++;
	return enter_last(t);
}

/*
 * Returns the column of that name, or slot_count. `at` is where it is most often: after the one
 * before.
 */
static size_t
find_slot(const struct to *t, const struct range_view *name, size_t at)
{
	if (at < t->slot_count && is_same(t, &t->slots[at].name, name))
		return at;
	if (t->slot_count <= FEW) {
		for (at = 0; at < t->slot_count && !is_same(t, &t->slots[at].name, name);)
			at++;
		return at;
	}
	for (at = hash(t, name->data, name->len); t->hashed[at] != 0; at = (at + 1) & (t->hashed_count - 1))
		if (is_same(t, &t->slots[t->hashed[at] - 1].name, name))
			return t->hashed[at] - 1;
	return t->slot_count;
}

/* Adds the columns of a record that are new. Returns NULL, or why it cannot be read. */
static const char *
add_slots(struct to *t, const char *data, size_t len)
{
	size_t at = 0;
	int there;

	pairs_begin(&t->pairs, data, len);
	while ((there = pairs_next(&t->pairs)) > 0) {
		at = find_slot(t, &t->pairs.name, at);
		if (at == t->slot_count && add_slot(t, &t->pairs.name) < 0)
			return "";
		at++;
	}
	return there < 0 ? "" : NULL;
}

/* Makes the row of the columns that are known. Returns 0, or a status with a line in error. */
static int
bind_slots(struct map *m, struct to *t, struct buf *error)
{
	struct range_view *names = calloc(t->slot_count + 1, sizeof *names);
	int status;

	if (names == NULL)
		return map_no_memory_status(error);
	for (size_t i = 0; i < t->slot_count && t->format != TO_LINES; i++)
		names[i] = (struct range_view){ t->slots[i].name.data, t->slots[i].name.len };
	status = map_to_bind_row(m, t, names, t->slot_count, error);
	free(names);
	t->known = status == 0;
	return status;
}

static const char *
check(struct to *t, const char *data, size_t len)
{
	return t->table == NULL || t->table->format == TABLE_JSON ? edit_check_object(data, len, &t->levels) : NULL;
}

/* ---- --fill ---- */

/* Collects the names of all records of the input, a file, by reading it beforehand. */
static int
read_names(struct map *m, struct to *t, struct buf *error)
{
	struct rec_in in;
	struct block b;
	char path[40];
	int fd;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", m->in->fd);
	if (!rec_in_is_file(m->in) || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		(void)buf_adds(error, "--fill reads the records twice: from a file, FILE.rec");
		return EX_USAGE;
	}
	if (lseek(fd, (off_t)m->begin, SEEK_SET) < 0 || rec_in_open(&in, fd, m->in->name) < 0) {
		(void)close(fd);
		return map_no_memory_status(error);
	}
	in.apart = 1;
	rec_in_own_table(&in);
	while (rec_in_block(&in, &b))
		for (uint32_t i = 0; b.kind == BLOCK_DATA && i < b.count; i++) {
			uint32_t start = block_start(&b, i);

			/* A record that cannot be read is reported when its turn comes. */
			if (check(t, b.payload + start, b.ends[i] - start) == NULL)
				(void)add_slots(t, b.payload + start, b.ends[i] - start);
		}
	(void)rec_in_close(&in, &(const char *){ NULL });
	rec_in_free(&in);
	return t->slot_count > 0 ? bind_slots(m, t, error) : 0;
}

int
map_to_bind(struct map *m, struct to *t, struct buf *error)
{
	pairs_kind(&t->pairs, t->table);
	if (m->fill)
		return read_names(m, t, error);
	/*
	 * The table comes with the first record. Until then there is none, also no table of the
	 * input.
	 */
	if (t->table != NULL)
		map_declare(m, NULL);
	return 0;
}

/* ---- records ---- */

/* Writes the pair at hand, the n-th that is written. Returns NULL, or why not. */
static const char *
add_member(struct map *m, struct to *t, size_t n, struct buf *out)
{
	struct expr_result result = { .gives = t->strings ? EXPR_GIVES_TEXT : EXPR_GIVES_FIELD,
		.text = t->pairs.value.data,
		.len = t->pairs.value.len };
	const char *why;
	int good;

	if (buf_addc(out, n > 0 ? ',' : '{') < 0 ||
	    (good = jsonstring_encode(out, t->pairs.name.data, t->pairs.name.len)) < 0)
		return "";
	if (good == 0)
		return "JSON cannot hold a name that is not UTF-8";
	if (buf_addc(out, ':') < 0)
		return "";
	if ((why = row_value(&t->row, &result, 1, out)) != NULL)
		return map_wrong(m, why, t->pairs.name.data, t->pairs.name.len);
	return NULL;
}

/*
 * Notes which pair of the record is the last one of each name. Returns NULL, or why not: fields
 * have no name twice.
 */
static const char *
note_last(struct map *m, struct to *t, const struct rec *r)
{
	int there;

	pairs_begin(&t->pairs, r->data, r->len);
	t->slot_count = 0;
	for (size_t n = 0; (there = pairs_next(&t->pairs)) > 0; n++) {
		size_t at = find_slot(t, &t->pairs.name, t->slot_count);

		if (at < t->slot_count && t->table->format == TABLE_FIELDS)
			return map_wrong(m, twice, t->pairs.name.data, t->pairs.name.len);
		if (at == t->slot_count && add_slot(t, &t->pairs.name) < 0)
			return "";
		t->slots[at].last = n;
	}
	return there < 0 ? "" : NULL;
}

/* Writes the pairs of logfmt or fields as an object. Of equal keys the last one counts. */
static const char *
to_object(struct map *m, struct to *t, const struct rec *r)
{
	struct buf *out = map_bytes(m);
	const char *why = note_last(m, t, r);
	size_t written = 0, at = 0;
	int there = 0;

	if (why != NULL)
		return why;
	pairs_begin(&t->pairs, r->data, r->len);
	for (size_t n = 0; (there = pairs_next(&t->pairs)) > 0; n++) {
		at = find_slot(t, &t->pairs.name, at);
		if (t->slots[at++].last == n && (why = add_member(m, t, written++, out)) != NULL)
			return why;
	}
	if (there < 0 || buf_adds(out, written > 0 ? "}" : "{}") < 0)
		return "";
	return map_record(m, r);
}

/* Finds the value of each column in the record. Returns NULL, or why not. */
static const char *
fill_slots(struct map *m, struct to *t, const struct rec *r)
{
	size_t at = 0;
	int there;

	for (size_t i = 0; i < t->slot_count; i++)
		t->slots[i].view.data = NULL;
	pairs_begin(&t->pairs, r->data, r->len);
	while ((there = pairs_next(&t->pairs)) > 0) {
		struct to_slot *slot;

		if ((at = find_slot(t, &t->pairs.name, at)) == t->slot_count)
			return map_wrong(m, unknown, t->pairs.name.data, t->pairs.name.len);
		slot = &t->slots[at++];
		if (!t->pairs.json) {
			/* The value may be in memory that the next pair takes. */
			slot->value.len = 0;
			if (buf_reserve(&slot->value, t->pairs.value.len + 1) < 0 ||
			    (t->pairs.value.len > 0 &&
				buf_add(&slot->value, t->pairs.value.data, t->pairs.value.len) < 0))
				return "";
			if (t->table->format == TABLE_FIELDS && slot->view.data != NULL)
				return map_wrong(m, twice, t->pairs.name.data, t->pairs.name.len);
			t->pairs.value = (struct range_view){ slot->value.data, slot->value.len };
		}
		slot->view = t->pairs.value;
	}
	return there < 0 ? "" : NULL;
}

const char *
map_to_apply(struct map *m, struct to *t, const struct rec *r)
{
	const char *why = check(t, r->data, r->len);
	int missing = 0;

	if (why != NULL)
		return why;
	if (t->format == TO_JSON) {
		t->row.form = ROW_JSON;
		if (t->table != NULL && t->table->format != TABLE_JSON)
			return to_object(m, t, r);
		return r->len > 0 && buf_add(map_bytes(m), r->data, r->len) < 0 ? "" : map_record(m, r);
	}
	if (!t->known) {
		struct buf error = { 0 };

		t->slot_count = 0;
		if ((why = add_slots(t, r->data, r->len)) != NULL)
			return why;
		if (t->slot_count == 0)
			return "it has no members, and so there are no columns";
		if (bind_slots(m, t, &error) != 0) {
			/* The line is kept as long as the job is. */
			buf_free(&t->scratch);
			t->scratch = error;
			return buf_string(&t->scratch);
		}
		buf_free(&error);
	}
	if ((why = fill_slots(m, t, r)) != NULL)
		return why;
	row_begin(&t->row, map_bytes(m));
	for (size_t i = 0; i < t->slot_count; i++) {
		const struct range_view *v = &t->slots[i].view;

		missing |= v->data == NULL;
		if (v->data == NULL)
			row_absent(&t->row);
		else if (t->pairs.json)
			row_json(&t->row, v->data, v->len);
		else
			row_string(&t->row, v->data, v->len);
	}
	if ((why = row_end(&t->row)) != NULL) {
		size_t at = t->row.wrong_part;

		return at < t->slot_count ? map_wrong(m, why, t->slots[at].name.data, t->slots[at].name.len) : why;
	}
	return missing && m->need ? map_lacks : map_record(m, r);
}
