/* lookup: see lookup.h. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "base/words.h"
#include "change/lookup_private.h"
#include "choose/keyparts.h"
#include "record/env.h"
#include "record/position.h"

/* ---- the operand ---- */

/*
 * Returns the place of the first c in the string that is not within a name in quotes, or its end.
 */
static const char *
find(const char *s, char c)
{
	for (int quoted = 0; *s != '\0' && (quoted || *s != c); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (quoted && *s == '\\' && s[1] != '\0')
			s++;
	}
	return s;
}

/* Returns 1 if one of the words, each with its NUL, is this one; else 0. */
static int
has_word(const struct buf *words, const char *word)
{
	for (size_t at = 0; at < words->len; at += strlen(words->data + at) + 1)
		if (strcmp(words->data + at, word) == 0)
			return 1;
	return 0;
}

/*
 * Adds the parts of s[0, len). None may be among the words of `seen`, unless that is NULL; they are
 * added to it. whose: of the records or the masters. Returns 0, or -1 with a line in error.
 */
static int
add_parts(struct range *range, const char *s, size_t len, struct buf *seen, const char *whose, struct buf *error)
{
	struct buf copy = { 0 };
	struct words words = { 0 };
	int result = -1;

	if (buf_add(&copy, s, len) < 0 || words_init(&words, buf_string(&copy), WORDS_RANGES) < 0)
		(void)buf_adds(error, "out of memory");
	else if (words.count == 0)
		(void)buf_adds(error, "KEY is needed, such as .customer=.id");
	else
		result = range_all(range, words.list, words.count, error);
	for (size_t i = 0; i < words.count && result == 0 && seen != NULL; i++) {
		const char *word = words.list[i];

		if (has_word(seen, word)) {
			(void)buf_addf(error,
			    "%s is twice in the key of the %s: the form for several parts is .a=.x,.b=.y", word, whose);
			result = -1;
		} else if (buf_add(seen, word, strlen(word) + 1) < 0) {
			(void)buf_adds(error, "out of memory");
			result = -1;
		}
	}
	words_free(&words);
	buf_free(&copy);
	return result;
}

/* Adds the parts of both sides. Returns 0, or -1 with a line in error. */
static int
take_parts(struct lookup *l, const char *keys, struct buf seen[2], struct buf *error)
{
	for (;;) {
		const char *end = find(keys, ','), *equals = find(keys, '=');
		size_t len = (size_t)((equals < end ? equals : end) - keys);
		const char *master = equals < end ? equals + 1 : keys;
		size_t more = equals < end ? (size_t)(end - master) : len;

		if (add_parts(&l->key, keys, len, &seen[0], "records", error) < 0 ||
		    add_parts(&l->master_key, master, more, &seen[1], "masters", error) < 0)
			return -1;
		if (l->key.count != l->master_key.count) {
			(void)buf_addf(error, "%.*s: both sides of = must have as many parts", (int)(end - keys), keys);
			return -1;
		}
		if (*end == '\0')
			return 0;
		keys = end + 1;
	}
}

int
lookup_take(struct lookup *l, const char *keys, struct buf *error)
{
	struct range *const ranges[] = { &l->key, &l->master_key };
	struct buf seen[2] = { { 0 }, { 0 } };
	int result;

	for (size_t i = 0; i < 2 && l->fields != NULL; i++)
		if (range_fields(ranges[i], l->fields, error) < 0)
			return -1;
	l->keys = keys;
	result = take_parts(l, keys, seen, error);
	buf_free(&seen[0]);
	buf_free(&seen[1]);
	return result;
}

int
lookup_key(struct range *range, const char *data, size_t len, struct buf *scratch, struct range_view *key)
{
	int there = keyparts_find(range, data, len, scratch, key);
	struct range_view v;

	if (len > 0 || there < 0)
		return there;
	/* An empty line is a whole record, too: columns that a record of one byte has are there. */
	for (size_t k = 0; k < range->count; k++)
		there += range_kind(range, k, &v) == RANGE_IS_COLUMNS && range_view(range, k, " ", 1, &v) > 0;
	return there;
}

size_t
lookup_first_missing(const struct range *range, int there)
{
	size_t k = 0;

	while (there > 0 && k + 1 < range->count && range->views[k].data != NULL)
		k++;
	return k;
}

int
lookup_show_part(const struct lookup *l, size_t k, struct buf *key, struct buf *master_key)
{
	struct buf why = { 0 };
	int bad = 0;

	for (const char *keys = l->keys, *end;; keys = end + 1) {
		const char *equals = find(keys, '=');
		struct range range = { 0 };
		size_t len, count;

		end = find(keys, ',');
		len = (size_t)((equals < end ? equals : end) - keys);
		bad = add_parts(&range, keys, len, NULL, NULL, &why) < 0;
		count = range.count;
		range_free(&range);
		if (bad || k < count || *end == '\0') {
			bad |= buf_add(key, keys, len);
			keys = equals < end ? equals + 1 : keys;
			bad |= buf_add(master_key, keys, equals < end ? (size_t)(end - keys) : len);
			break;
		}
		k -= count;
	}
	buf_free(&why);
	return bad != 0 ? -1 : 0;
}

/* ---- records ---- */

/*
 * Instead of a master: MISSES if the record lacks a part of the key; LACKS if it does, or one is
 * empty, and --need was given.
 */
#define LACKS (KEYMAP_NONE - 1)
#define MISSES (KEYMAP_NONE - 2)

/* Returns 1 if one of the parts of the key that was found in a record is empty, else 0. */
static int
has_empty(const struct lookup *l, const struct range_view *key)
{
	if (l->key.count == 1)
		return key->len == 0;
	for (size_t k = 0; k < l->key.count; k++)
		if (l->key.views[k].len == 0)
			return 1;
	return 0;
}

static void
bad_record(struct lookup *l, const struct block *b, uint32_t i, const char *why)
{
	command_fail(l->fault, EX_DATAERR, "record %" PRIu64 ": %s", position_source(block_position(b, i)), why);
}

/* Sorted: finds the masters of record i, and looks whether its key is above the one before. */
static uint32_t
find_sorted(struct lookup *l, const struct block *b, uint32_t i, const struct range_view *key)
{
	struct range_view before = { l->before.data != NULL ? l->before.data : "", l->before.len };

	if (l->begun && keyparts_compare(key, &before, l->key.count) < 0) {
		bad_record(l, b, i,
		    "its key is below that of the record before it: --sorted needs both streams in the "
		    "order of their keys");
		return KEYMAP_NONE;
	}
	l->begun = 1;
	l->before.len = 0;
	if (buf_add(&l->before, key->data, key->len) < 0) {
		lookup_no_memory(l);
		return KEYMAP_NONE;
	}
	return lookup_advance(l, key);
}

/*
 * Number of records whose masters are found together: each step for all of them, so that the memory
 * that the next step reads is fetched meanwhile.
 */
enum { AT_ONCE = 32 };

/* Finds the last master of each of n records from record `from` on, at most AT_ONCE. */
static void
find_masters(struct lookup *l, const struct block *b, uint32_t from, uint32_t n, uint32_t masters[])
{
	uint64_t hashes[AT_ONCE][2];
	struct range_view key;

	for (uint32_t j = 0; j < n && l->fault->status == 0; j++) {
		uint32_t start = block_start(b, from + j);
		int there = lookup_key(&l->key, b->payload + start, b->ends[from + j] - start, &l->scratch, &key);

		masters[j] = KEYMAP_NONE;
		if (there < 0)
			lookup_no_memory(l);
		else if ((size_t)there < l->key.count)
			masters[j] = l->need ? LACKS : MISSES;
		else if (l->need && has_empty(l, &key))
			masters[j] = LACKS;
		else if (l->sorted)
			masters[j] = find_sorted(l, b, from + j, &key);
		else
			keymap_hash(&l->map, key.data, key.len, hashes[j]);
	}
	for (uint32_t j = 0; j < n && !l->sorted && l->fault->status == 0; j++) {
		if (masters[j] == KEYMAP_NONE)
			masters[j] = keymap_get(&l->map, hashes[j]);
		if (masters[j] < MISSES)
			__builtin_prefetch(&l->rows[masters[j]]);
	}
	/* The rows' bytes are needed soon, too. Most keys have one row. */
	for (uint32_t j = 0; j < n && !l->sorted && l->fault->status == 0; j++)
		if (masters[j] < MISSES)
			__builtin_prefetch(l->bytes.data + LOOKUP_AT(&l->rows[masters[j]]));
}

static void
reject(struct lookup *l, const struct block *b, uint32_t i)
{
	partition_copy(&l->partition, 0, b, i, i + 1);
}

/*
 * Makes l->record of record i and master `row`, or with KEYMAP_NONE of none. Returns NULL, or why
 * that is not possible. *whose is then the master that is the reason, or KEYMAP_NONE: the record.
 */
static const char *
make(struct lookup *l, const struct block *b, uint32_t i, uint32_t row, uint32_t *whose)
{
	uint32_t start = block_start(b, i);
	const char *why;

	*whose = row;
	why = lookup_make(l, b->payload + start, b->ends[i] - start, whose);
	if (why == NULL && l->record.len > l->most)
		return "with what its master adds it is longer than REC_MAX allows";
	return why;
}

/*
 * Returns 1 if record i can go out with all its masters, whose last is `last`; or 0 if it goes to
 * the output of --else instead, or something fails: put then says what.
 */
static int
can_put(struct lookup *l, const struct block *b, uint32_t i, uint32_t last, uint32_t *fails)
{
	uint32_t row = last, whose;

	do {
		row = l->rows[row].next;
		if (make(l, b, i, row, &whose) != NULL) {
			*fails = row;
			return 0;
		}
	} while (row != last);
	return 1;
}

/* Puts out record i and master `row`, or with KEYMAP_NONE none. */
static void
put(struct lookup *l, const struct block *b, uint32_t i, uint32_t row)
{
	struct rec r = { .pos = block_position(b, i) };
	uint32_t whose;
	const char *why = make(l, b, i, row, &whose);

	if (why != NULL && *why == '\0') {
		lookup_no_memory(l);
	} else if (why != NULL && whose != KEYMAP_NONE) {
		struct buf line = { 0 };

		(void)buf_addf(&line, "its master in %s: %s", l->masters, why);
		bad_record(l, b, i, buf_string(&line));
		buf_free(&line);
	} else if (why != NULL && l->partition.rejected != NULL) {
		reject(l, b, i);
	} else if (why != NULL) {
		bad_record(l, b, i, why);
	} else if (partition_wants(&l->partition, 1)) {
		r.data = l->record.data;
		r.len = l->record.len;
		rec_out_rec(l->partition.kept, &r);
	}
}

/* Decides record i, whose last master is `last`. */
static void
decide(struct lookup *l, const struct block *b, uint32_t i, uint32_t last, uint64_t *bits)
{
	int found = last < MISSES;
	uint32_t row = last;

	if (found)
		lookup_ask(l, last);
	if (l->kind != LOOKUP_ADD && !l->sorted) {
		if (last != LACKS && found == (l->kind == LOOKUP_SEMI))
			bits_set(bits, i);
		return;
	}
	if (l->partition.rejected != NULL)
		rec_out_floor(i + 1 < b->count ? block_position(b, i + 1) : b->next);
	/* A sorted stream may wait for masters before the next record: what is decided goes out. */
	if (l->kind != LOOKUP_ADD) {
		partition_copy(&l->partition, last != LACKS && found == (l->kind == LOOKUP_SEMI), b, i, i + 1);
		return;
	}
	if (!found && (last == LACKS || !l->left)) {
		reject(l, b, i);
		return;
	}
	/* Of several results all go out, or none. */
	if (found && l->partition.rejected != NULL && l->rows[last].next != last && !can_put(l, b, i, last, &row)) {
		put(l, b, i, row);
		return;
	}
	do {
		if (found)
			row = l->rows[row].next;
		put(l, b, i, found ? row : KEYMAP_NONE);
	} while (row != last && l->fault->status == 0);
}

static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	static uint64_t bits[BLOCK_RECORDS / 64];
	struct lookup *l = arg;
	uint32_t masters[AT_ONCE];

	names_look(&l->called, b);
	if (b->count > 0 && l->form == LOOKUP_UNBOUND && lookup_bind(l, NULL) < 0)
		verdict->next = block_position(b, 0);
	memset(bits, 0, BITS_WORDS((size_t)b->count) * sizeof bits[0]);
	/* Of a sorted stream only the masters of one key are in memory. */
	for (uint32_t i = 0, n; i < b->count && l->fault->status == 0; i += n) {
		n = l->sorted ? 1 : b->count - i < AT_ONCE ? b->count - i : AT_ONCE;
		verdict->next = block_position(b, i);
		find_masters(l, b, i, n, masters);
		for (uint32_t j = 0; j < n && l->fault->status == 0; j++) {
			verdict->next = block_position(b, i + j);
			decide(l, b, i + j, masters[j], bits);
		}
	}
	if (l->fault->status == 0)
		verdict->next = b->next;
	verdict->bits = bits;
	return l->kind == LOOKUP_ADD || l->sorted ? 0 : b->count;
}

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct lookup *l = in->tabled_by;
	struct buf error = { 0 };
	int result = range_table(&l->key, t, &error);

	l->called.tabled |= t != NULL;
	if (result < 0)
		command_fail(l->fault, EX_DATAERR, "%s", buf_string(&error));
	else
		result = lookup_bind(l, rec_in_table(in));
	buf_free(&error);
	return result;
}

void
lookup_stream(struct lookup *l, struct rec_in *in, struct command_fault *fault)
{
	const struct partition_judge judges = { .job = l, .block = judge };
	const char *wrong = NULL;

	l->fault = fault;
	l->most = env_get(&wrong)->record_max; /* command_start has checked it */
	l->called.used = range_names(&l->key);
	in->tabled = tabled;
	in->tabled_by = l;
	partition_open(&l->partition, 1, fault);
	if (fault->status == 0)
		lookup_open(l);
	if (fault->status == 0)
		lookup_read(l);
	partition_stream(&l->partition, in, &judges, fault);
	if (rec_in_whole(in))
		names_lacking(&l->called, &l->key);
	lookup_end_masters(l, rec_in_well(in));
}

void
lookup_free(struct lookup *l)
{
	struct range *const ranges[] = { &l->key, &l->master_key };
	struct buf *const bufs[] = { &l->bytes, &l->between, &l->record, &l->scratch, &l->text, &l->levels, &l->group,
		&l->before, &l->upcoming };

	(void)names_end(&l->called);
	for (size_t i = 0; i < 2; i++)
		range_free(ranges[i]);
	for (size_t i = 0; i < sizeof bufs / sizeof bufs[0]; i++)
		buf_free(bufs[i]);
	table_drop(l->table);
	table_drop(l->own);
	table_drop(l->made);
	keymap_free(&l->map);
	free(l->rows);
	free(l->positions);
	free(l->added);
	endpoint_free(&l->masters_at);
	endpoint_free(&l->unused_at);
	partition_free(&l->partition);
}
