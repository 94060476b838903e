/*
 * cells: see cells.h. The columns of records that have names of their own are found by a hash of
 * the names, the next one by a guess.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "base/siphash.h"
#include "match/json.h"
#include "match/logfmt.h"
#include "match/number.h"
#include "os/random.h"
#include "report/cells.h"

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Makes the batch `count` cells long; new ones are missing. Returns 0, or -1. */
static int
extend(struct cells *c, size_t count)
{
	if (count > c->cap) {
		size_t cap = count > c->cap * 2 ? count + 64 : c->cap * 2;
		struct cell *list = realloc(c->list, cap * sizeof *list);

		if (list == NULL)
			return -1;
		c->list = list;
		c->cap = cap;
	}
	if (count > c->count) {
		memset(c->list + c->count, 0, (count - c->count) * sizeof *c->list);
		c->count = count;
	}
	return 0;
}

/* Moves a value that is not in the record itself into the arena. Returns 0, or -1. */
static int
store(struct cells *c, struct cell *cell, const char *data, size_t len)
{
	cell->at = c->arena.len;
	cell->data = NULL;
	cell->len = (uint32_t)len;
	return buf_add(&c->arena, data, len);
}

static int
table_row(struct cells *c, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	size_t first = c->count, n = 0;
	double number;

	while (p != NULL) {
		struct range_view v = { p, (size_t)(end - p) };
		struct cell *cell;

		if (extend(c, first + n + 1) < 0)
			return -1;
		cell = &c->list[first + n];
		if (n + 1 == CELLS_MAX)
			p = NULL;
		else if (table_field(c->table, n, &p, end, &v, &c->scratch) < 0)
			return -1;
		if (v.len == 0 || (v.data >= data && v.data <= end)) {
			cell->data = v.data;
			cell->len = (uint32_t)v.len;
		} else if (store(c, cell, v.data, v.len) < 0) {
			return -1;
		}
		cell->kind = v.len == 0 ? CELL_EMPTY : number_read(v.data, v.len, &number) ? CELL_NUMBER : CELL_TEXT;
		n++;
	}
	/* A row of nothing, or of blanks between WORDS, has no column: not even an empty one. */
	if (n == 1 && c->list[first].len == 0 && (len == 0 || c->table->format == TABLE_WORDS))
		c->list[first].kind = CELL_MISSING;
	if (n > c->columns)
		c->columns = n;
	return (int)n;
}

/* ---- names of the columns of records with names of their own ---- */

static size_t
start(const struct cells *c, size_t column)
{
	size_t at;

	memcpy(&at, c->starts.data + column * sizeof at, sizeof at);
	return at;
}

/* Returns the name of a column; there is no memory for names if all are empty. */
static struct range_view
name_of(const struct cells *c, size_t column)
{
	const char *names = c->names.data != NULL ? c->names.data : "";

	return (struct range_view){ names + start(c, column), start(c, column + 1) - start(c, column) };
}

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static int
is_name(const struct cells *c, size_t column, const char *name, size_t len)
{
	struct range_view v = name_of(c, column);

	if (v.len != len)
		return 0;
	if (!c->folds)
		return len == 0 || memcmp(v.data, name, len) == 0;
	for (size_t i = 0; i < len; i++)
		if (fold(v.data[i]) != fold(name[i]))
			return 0;
	return 1;
}

/* Hashes a name, of which case does not count if the cells fold names. */
static uint64_t
hash_of(const struct cells *c, const char *name, size_t len)
{
	uint64_t hash[2], all = 0;
	char part[64];

	if (!c->folds) {
		siphash(&c->key, name, len, hash);
		return hash[0];
	}
	for (size_t i = 0, n; i == 0 || i < len; i += n) {
		n = len - i < sizeof part ? len - i : sizeof part;
		for (size_t k = 0; k < n; k++)
			part[k] = fold(name[i + k]);
		siphash(&c->key, part, n, hash);
		all = all * 3 + hash[0];
		n += n == 0;
	}
	return all;
}

/* Returns the slot of the index that a name has, or the empty one that it may get. */
static size_t
slot(const struct cells *c, const char *name, size_t len)
{
	size_t i;

	for (i = hash_of(c, name, len) & (c->slots - 1); c->index[i] != 0; i = (i + 1) & (c->slots - 1))
		if (is_name(c, c->index[i] - 1, name, len))
			break;
	return i;
}

/* Fills the index anew. */
static void
reindex(struct cells *c)
{
	memset(c->index, 0, c->slots * sizeof *c->index);
	for (size_t i = 0; i < c->columns; i++) {
		struct range_view v = name_of(c, i);

		c->index[slot(c, v.data, v.len)] = (uint32_t)i + 1;
	}
}

/* Makes room in the index, of which at least a half stays empty, for one more. Returns 0, or -1. */
static int
widen(struct cells *c)
{
	size_t slots = c->slots == 0 ? 64 : c->slots * 2;
	uint32_t *index;

	if (c->columns * 2 + 2 <= c->slots)
		return 0;
	if (c->slots == 0 && random_secret(&c->key, sizeof c->key) < 0)
		return -1;
	if ((index = realloc(c->index, slots * sizeof *index)) == NULL)
		return -1;
	c->index = index;
	c->slots = slots;
	reindex(c);
	return 0;
}

/* Adds a column, unless there is one of that name. Returns its number, or -1. */
static int64_t
add_name(struct cells *c, const char *name, size_t len)
{
	size_t i, end;

	if (widen(c) < 0)
		return -1;
	i = slot(c, name, len);
	if (c->index[i] != 0)
		return c->index[i] - 1;
	if (buf_add(&c->names, name, len) < 0)
		return -1;
	end = c->names.len;
	if (buf_add(&c->starts, &end, sizeof end) < 0)
		return -1;
	c->index[i] = (uint32_t)++c->columns;
	return (int64_t)c->columns - 1;
}

int
cells_begin(struct cells *c, const struct table *t)
{
	size_t zero = 0;

	cells_drop(c);
	c->table = t;
	c->named = t == NULL || t->format == TABLE_JSON || table_has_names(t);
	c->folds = t != NULL && t->format == TABLE_FIELDS;
	c->names.len = c->starts.len = 0;
	c->columns = 0;
	if (c->index != NULL)
		memset(c->index, 0, c->slots * sizeof *c->index);
	if (buf_add(&c->starts, &zero, sizeof zero) < 0)
		return -1;
	if (t != NULL && !c->named)
		c->columns = t->count;
	for (size_t i = 0; t != NULL && c->named && i < t->count; i++)
		if (add_name(c, t->names[i].data, t->names[i].len) < 0)
			return -1;
	c->base = c->columns;
	return 0;
}

int
cells_name(const struct cells *c, size_t column, struct range_view *v, char text[CELLS_NAME])
{
	if (c->named) {
		*v = name_of(c, column);
		return 1;
	}
	if (c->table->named && column < c->table->count) {
		*v = c->table->names[column];
		return 1;
	}
	snprintf(text, CELLS_NAME, "f%zu", column + 1);
	*v = (struct range_view){ text, strlen(text) };
	return 0;
}

/* ---- JSON ---- */

static int
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
skip_white(const char *p)
{
	while (is_white(*p))
		p++;
	return p;
}

/*
 * Returns the end of the value at p, in a text that is valid. Sets *white to 1 if it has white
 * space between its parts, which compact JSON has not.
 */
static const char *
value_end(const char *p, const char *end, int *white)
{
	size_t depth = 0;

	*white = 0;
	for (; p < end; p++) {
		if (*p == '"') {
			p = jsonstring_end(p + 1, end, NULL);
		} else if (*p == '{' || *p == '[') {
			depth++;
			continue;
		} else if (depth == 0 && (*p == ',' || *p == '}' || is_white(*p))) {
			return p;
		} else if (*p == '}' || *p == ']') {
			depth--;
		} else {
			*white |= is_white(*p);
			continue;
		}
		if (depth == 0)
			return p + 1;
	}
	return end;
}

/* Stores a value without white space between its parts. Returns 0, or -1. */
static int
compact(struct cells *c, struct cell *cell, const char *p, const char *end)
{
	cell->at = c->arena.len;
	cell->data = NULL;
	while (p < end) {
		const char *from = p;

		for (; p < end && !is_white(*p); p++)
			if (*p == '"')
				p = jsonstring_end(p + 1, end, NULL);
		if (buf_add(&c->arena, from, (size_t)(p - from)) < 0)
			return -1;
		while (p < end && is_white(*p))
			p++;
	}
	cell->len = (uint32_t)(c->arena.len - cell->at);
	return 0;
}

/* Sets a cell to the value at p; moves *p past it. Returns 0, or -1. */
static int
take_value(struct cells *c, struct cell *cell, const char **p, const char *end)
{
	const char *from = *p, *stop;
	int white = 0;

	if (*from != '"') {
		*p = stop = value_end(from, end, &white);
		cell->data = from;
		cell->len = (uint32_t)(stop - from);
		cell->kind = *from == 'n' ? CELL_NULL : *from == '-' || is_digit(*from) ? CELL_NUMBER : CELL_TEXT;
		return white ? compact(c, cell, from, stop) : 0;
	}
	stop = jsonstring_end(++from, end, &white); /* here: 1 if it has escapes */
	*p = stop + 1;
	cell->data = from;
	cell->len = (uint32_t)(stop - from);
	if (white) {
		int good = jsonstring_decode(&c->scratch, from, stop);

		if (good < 0 || (good && store(c, cell, c->scratch.data, c->scratch.len) < 0))
			return -1;
	}
	cell->kind = cell->len == 0 ? CELL_EMPTY : CELL_TEXT;
	return 0;
}

/*
 * Returns the column of a member's name [p, end), which is `guess` if that has this name; a new one
 * if there is none; CELLS_FULL if there is no room for it; or -1.
 */
static int64_t
member_column(struct cells *c, const char *p, const char *end, int escapes, size_t guess, int anew)
{
	size_t len = (size_t)(end - p);

	if (escapes) {
		int good = jsonstring_decode(&c->scratch, p, end);

		if (good < 0)
			return -1;
		if (good) {
			p = c->scratch.data;
			len = c->scratch.len;
		}
	}
	if (guess < c->columns && is_name(c, guess, p, len))
		return (int64_t)guess;
	if ((c->columns >= (anew ? CELLS_MAX : CELLS_JSON) || (!anew && c->names.len + len > CELLS_NAMES)) &&
	    (c->slots == 0 || c->index[slot(c, p, len)] == 0))
		return CELLS_FULL;
	return add_name(c, p, len);
}

/* What there was before a row. */
struct before {
	size_t count, columns, names;
	int anew; /* 1: no columns but those of the table */
};

static struct before
note(const struct cells *c)
{
	return (struct before){ c->count, c->columns, c->names.len, c->columns <= c->base };
}

/*
 * Drops what there is of a row, because there is no column for a name; column is why. Returns what
 * cells_row returns.
 */
static int64_t
drop_row(struct cells *c, const struct before *was, int64_t column)
{
	c->count = was->count;
	if (column != CELLS_FULL)
		return -1;
	c->columns = was->columns;
	c->names.len = was->names;
	c->starts.len = (was->columns + 1) * sizeof was->columns;
	reindex(c);
	/* Too many for one row of cells: it is shown as it stands. */
	return was->anew ? 0 : CELLS_FULL;
}

static int64_t
json_row(struct cells *c, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	struct before was = note(c);
	size_t first = c->count, guess = 0;
	int valid = json_valid(data, len, &c->levels);

	if (valid <= 0)
		return valid;
	p = skip_white(p);
	if (*p != '{')
		return 0;
	for (p = skip_white(p + 1); *p != '}';) {
		int escapes = 0;
		const char *quote = jsonstring_end(++p, end, &escapes);
		int64_t column = member_column(c, p, quote, escapes, guess, was.anew);

		if (column < 0 || extend(c, first + (size_t)column + 1) < 0)
			return drop_row(c, &was, column);
		guess = (size_t)column + 1;
		p = skip_white(skip_white(quote + 1) + 1);
		if (take_value(c, &c->list[first + (size_t)column], &p, end) < 0)
			return -1;
		p = skip_white(p);
		if (*p == ',')
			p = skip_white(p + 1);
	}
	if (c->count == first && extend(c, first + 1) < 0)
		return -1;
	return (int64_t)(c->count - first);
}

/* ---- logfmt and fields ---- */

/* Reads the next name of a record and its value. Returns 1; 0 if there is none; or -1. */
static int
next_pair(struct cells *c, const char **p, const char *end, struct range_view *name, struct range_view *v)
{
	struct logfmt_pair pair;
	struct fields_field field;
	int good;

	if (c->table->format == TABLE_LOGFMT) {
		if (!logfmt_next(p, end, &pair))
			return 0;
		*name = pair.key;
		*v = pair.value;
		good = logfmt_value(&pair, v, &c->scratch);
	} else {
		if (!fields_next(c->table->fields, p, end, &field))
			return 0;
		*name = field.name;
		*v = field.text;
		good = fields_value(c->table->fields, &field, v, &c->scratch);
	}
	return good < 0 ? -1 : 1;
}

static int64_t
pairs_row(struct cells *c, const char *data, size_t len)
{
	const char *p = data, *end = data + len;
	struct range_view name, v;
	struct before was = note(c);
	size_t guess = 0;
	double number;
	int got;

	while ((got = next_pair(c, &p, end, &name, &v)) > 0) {
		int64_t column = member_column(c, name.data, name.data + name.len, 0, guess, was.anew);
		struct cell *cell;

		if (column < 0 || extend(c, was.count + (size_t)column + 1) < 0)
			return drop_row(c, &was, column);
		guess = (size_t)column + 1;
		cell = &c->list[was.count + (size_t)column];
		/* Of equal names the last one of logfmt counts, and the first one of fields. */
		if (cell->kind != CELL_MISSING && c->table->format == TABLE_FIELDS)
			continue;
		cell->data = v.data;
		cell->len = (uint32_t)v.len;
		if ((v.data < data || v.data > end) && store(c, cell, v.data, v.len) < 0)
			return -1;
		cell->kind = v.len == 0 ? CELL_EMPTY : number_read(v.data, v.len, &number) ? CELL_NUMBER : CELL_TEXT;
	}
	return got < 0 ? -1 : (int64_t)(c->count - was.count);
}

/* ---- rows ---- */

int64_t
cells_row(struct cells *c, const char *data, size_t len)
{
	if (c->table != NULL && table_has_names(c->table))
		return pairs_row(c, data, len);
	if (c->named)
		return json_row(c, data, len);
	return c->table->format == TABLE_OTHER ? 0 : table_row(c, data, len);
}

const char *
cells_data(const struct cells *c, const struct cell *cell)
{
	return cell->data != NULL ? cell->data : cell->len > 0 ? c->arena.data + cell->at : "";
}

void
cells_drop(struct cells *c)
{
	c->count = 0;
	c->arena.len = 0;
}

void
cells_free(struct cells *c)
{
	free(c->list);
	free(c->index);
	buf_free(&c->arena);
	buf_free(&c->names);
	buf_free(&c->starts);
	buf_free(&c->scratch);
	buf_free(&c->levels);
	*c = (struct cells){ 0 };
}
