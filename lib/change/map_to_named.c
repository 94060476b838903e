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

enum { KEPT = 4096 }; /* columns of objects that are kept for the next record, at most */

/* Forgets all columns. */
static void
clear_slots(struct to *t)
{
	t->slot_count = 0;
	keytable_clear(&t->by_name);
}

/* Adds a column, whose key find_slot has made. Returns 0, or -1 with errno ENOMEM. */
static int
add_slot(struct to *t, const struct range_view *name, const struct keytable_key *key)
{
	if (t->slot_count == t->slot_room) {
		size_t room = t->slot_room > 0 ? 2 * t->slot_room : 16;
		struct to_slot *more = reallocarray(t->slots, room, sizeof *more);
		size_t *order = more != NULL ? reallocarray(t->order, room, sizeof *order) : NULL;

		if (more != NULL)
			t->slots = more;
		if (order == NULL)
			return -1;
		t->order = order;
		memset(more + t->slot_room, 0, (room - t->slot_room) * sizeof *more);
		t->slot_room = room;
	}
	t->slots[t->slot_count].name.len = 0;
	if (buf_add(&t->slots[t->slot_count].name, name->data, name->len) < 0 ||
	    buf_terminate(&t->slots[t->slot_count].name) < 0)
		return -1;
	if (keytable_add(&t->by_name, key, SIZE_MAX) == NULL)
		return -1;
	t->slot_count++;
	return 0;
}

/* Makes the key by which a name is found. Returns 0, or -1 with errno ENOMEM. */
static int
make_key(struct to *t, const struct range_view *name, struct keytable_key *key)
{
	const char *data = name->data;

	if (t->table != NULL && t->table->format == TABLE_FIELDS && name->len > 0) {
		t->folded.len = 0;
		if (buf_add(&t->folded, data, name->len) < 0)
			return -1;
		for (size_t i = 0; i < name->len; i++)
			t->folded.data[i] = fields_fold(data[i]);
		data = t->folded.data;
	}
	keytable_key(&t->by_name, name->len > 0 ? data : "", (uint32_t)name->len, data + name->len, key);
	return 0;
}

/*
 * Sets *slot to the column of that name, or to slot_count, and then makes its key. `at` is where it
 * is most often: after the one before. Returns 0, or -1 with errno ENOMEM.
 */
static int
find_slot(struct to *t, const struct range_view *name, size_t at, size_t *slot, struct keytable_key *key)
{
	const void *entry;

	if (at < t->slot_count) {
		const struct buf *b = &t->slots[at].name;

		if (b->len == name->len && (b->len == 0 || memcmp(b->data, name->data, b->len) == 0)) {
			*slot = at;
			return 0;
		}
	}
	if (make_key(t, name, key) < 0)
		return -1;
	entry = keytable_find(&t->by_name, key);
	*slot = entry != NULL ? keytable_number(&t->by_name, entry) : t->slot_count;
	return 0;
}

/* Adds the columns of a record that are new. Returns NULL, or why it cannot be read. */
static const char *
add_slots(struct to *t, const char *data, size_t len)
{
	struct keytable_key key;
	size_t at = 0;
	int there;

	pairs_begin(&t->pairs, data, len);
	while ((there = pairs_next(&t->pairs)) > 0) {
		if (find_slot(t, &t->pairs.name, at, &at, &key) < 0 ||
		    (at == t->slot_count && add_slot(t, &t->pairs.name, &key) < 0))
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
	status = map_to_bind_row(m, t, names, NULL, t->slot_count, error);
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

/* Sets the slot's view to the value of the pair at hand. Returns NULL, or why not. */
static const char *
set_view(struct map *m, struct to *t, struct to_slot *slot, int has)
{
	struct range_view v = t->pairs.value;

	if (!t->pairs.json) {
		/* The value may be in memory that the next pair takes. */
		slot->value.len = 0;
		if (buf_reserve(&slot->value, v.len + 1) < 0 || (v.len > 0 && buf_add(&slot->value, v.data, v.len) < 0))
			return "";
		if (t->table->format == TABLE_FIELDS && has)
			return map_wrong(m, twice, t->pairs.name.data, t->pairs.name.len);
		v.data = slot->value.data;
	}
	slot->view = v;
	return NULL;
}

/* Finds the value of each column in the record. Returns NULL, or why not. */
static const char *
fill_slots(struct map *m, struct to *t, const struct rec *r)
{
	struct keytable_key key;
	const char *why = NULL;
	size_t at = 0;
	int there = 0;

	for (size_t i = 0; i < t->slot_count; i++)
		t->slots[i].view.data = NULL;
	pairs_begin(&t->pairs, r->data, r->len);
	for (; why == NULL && (there = pairs_next(&t->pairs)) > 0; at++) {
		if (find_slot(t, &t->pairs.name, at, &at, &key) < 0)
			return "";
		if (at == t->slot_count)
			return map_wrong(m, unknown, t->pairs.name.data, t->pairs.name.len);
		why = set_view(m, t, &t->slots[at], t->slots[at].view.data != NULL);
	}
	return there < 0 ? "" : why;
}

/*
 * Finds the values of a record that becomes an object, in t->order, and sets *count to their
 * number. The columns of records before it are kept: most often it has the same. Returns NULL, or
 * why not.
 */
static const char *
take_pairs(struct map *m, struct to *t, const struct rec *r, size_t *count)
{
	struct keytable_key key;
	const char *why = NULL;
	size_t at = 0;
	int there = 0;

	if (t->slot_count > KEPT)
		clear_slots(t);
	t->record++;
	*count = 0;
	pairs_begin(&t->pairs, r->data, r->len);
	for (; why == NULL && (there = pairs_next(&t->pairs)) > 0; at++) {
		struct to_slot *slot;
		int has;

		if (find_slot(t, &t->pairs.name, at, &at, &key) < 0 ||
		    (at == t->slot_count && add_slot(t, &t->pairs.name, &key) < 0))
			return "";
		slot = &t->slots[at];
		if (!(has = slot->record == t->record))
			t->order[(*count)++] = at;
		slot->record = t->record;
		/* A field's name is written as this record has it. */
		if (slot->name.len > 0 && memcmp(slot->name.data, t->pairs.name.data, slot->name.len) != 0)
			memcpy(slot->name.data, t->pairs.name.data, slot->name.len);
		why = set_view(m, t, slot, has);
	}
	return there < 0 ? "" : why;
}

/*
 * Writes the pairs of logfmt or fields as an object. Of equal keys of logfmt the last one counts,
 * in the place of the first, as in jq.
 */
static const char *
to_object(struct map *m, struct to *t, const struct rec *r)
{
	struct buf *out = map_bytes(m);
	size_t count;
	const char *why = take_pairs(m, t, r, &count);

	for (size_t i = 0; i < count && why == NULL; i++) {
		const struct to_slot *slot = &t->slots[t->order[i]];
		struct expr_result result = { .gives = t->strings ? EXPR_GIVES_TEXT : EXPR_GIVES_FIELD,
			.text = slot->view.data,
			.len = slot->view.len };
		int good = buf_addc(out, i > 0 ? ',' : '{') < 0 ?
		    -1 :
		    jsonstring_encode(out, slot->name.data, slot->name.len);

		if (good == 0)
			return "JSON cannot hold a name that is not UTF-8";
		if (good < 0 || buf_addc(out, ':') < 0)
			return "";
		if ((why = row_value(&t->row, &result, 1, out)) != NULL)
			return map_wrong(m, why, slot->name.data, slot->name.len);
	}
	if (why != NULL)
		return why;
	return buf_adds(out, count > 0 ? "}" : "{}") < 0 ? "" : map_record(m, r);
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

		clear_slots(t);
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
