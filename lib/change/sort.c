/*
 * sort: see sort.h. Items grow from the beginning of the memory, entries from its end. When they
 * meet, the records are sorted and become a run. With a limit, entries after the limit are dropped
 * before that, and records that would come after the last one of the order so far are not taken.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "change/sort_private.h"
#include "os/memory.h"

/*
 * The memory that is used unless the user says how much: a quarter of what is allowed, at most.
 * KEPT: entries that are not worth dropping.
 */
enum { SHARE = 4, MEMORY_USUAL_LEAST = 16 * 1024 * 1024, KEPT = 4096 };

static struct sort_entry *
entries(const struct sort *s)
{
	return (struct sort_entry *)(void *)(s->base + s->size) - s->count;
}

int
sort_no_memory(struct sort *s)
{
	command_fail(s->fault, EX_OSERR, "out of memory");
	return -1;
}

/* ---- putting ---- */

/* Puts what is in memory to the sink. Returns 0, or -1 after a failure that is noted. */
static int
put_sorted(struct sort *s, struct sort_sink *sink)
{
	const struct sort_entry *a = entries(s), *end = a + s->count, *b = end, *a_end = end;
	int result = 1;

	if (s->way != SORT_TAC)
		a_end = b = a + sort_halves(&s->key, s->base, entries(s), s->count);
	while (result > 0 && (a < a_end || b < end)) {
		const struct sort_entry *e;

		if (b == end || (a < a_end && sort_before(&s->key, s->base, a, b, 0)))
			e = a++;
		else
			e = b++;
		/* The items are not where the cache expects them. */
		if (end - e > 16) {
			const char *ahead = (const char *)sort_at(s->base, e + 16);

			__builtin_prefetch(ahead);
			__builtin_prefetch(ahead + 64);
		}
		result = sort_sink_put(sink, sort_at(s->base, e));
	}
	return result < 0 ? -1 : 0;
}

/* Makes a run of what is in memory. Returns likewise. */
static int
spill(struct sort *s)
{
	struct sort_sink sink = { .sort = s, .file = 1 };
	int result = sort_sink_open(&sink);

	if (result == 0)
		result = put_sorted(s, &sink);
	if (result == 0)
		result = sort_sink_end(&sink);
	sort_sink_free(&sink);
	s->used = s->count = 0;
	return result;
}

/* ---- dropping ---- */

/* Keeps of sorted entries one of each key, if that is wanted. Returns the number of those kept. */
static size_t
drop_same(struct sort *s, struct sort_entry *e, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n && s->unique != SORT_ALL; i++) {
		int same = 0;

		if (kept > 0) {
			struct range_view a = sort_key(sort_at(s->base, &e[kept - 1]));
			struct range_view b = sort_key(sort_at(s->base, &e[i]));

			same = sortkey_compare(&s->key, &a, &b, 0) == 0;
		}
		if (same && s->unique == SORT_FIRST)
			continue;
		kept += !same;
		e[kept - 1] = e[i];
	}
	return s->unique != SORT_ALL ? kept : n;
}

/*
 * Remembers the key of the last entry of the limit. Returns 0, or -1 after a failure that is
 * noted.
 */
static int
set_worst(struct sort *s, const struct sort_entry *e)
{
	const struct sort_item *i = sort_at(s->base, e);
	struct range_view key = sort_key(i);

	s->worst.len = 0;
	if (buf_reserve(&s->worst, key.len + 1) < 0 || (key.len > 0 && buf_add(&s->worst, key.data, key.len) < 0))
		return sort_no_memory(s);
	s->worst_key = (struct range_view){ key.data != NULL ? s->worst.data : NULL, key.len };
	s->worst_set = 1;
	return 0;
}

/* Moves the items of entries to the beginning of the memory, and the entries to its end. */
static void
gather(struct sort *s, struct sort_entry *e, size_t n)
{
	struct sort_entry *to = (struct sort_entry *)(void *)(s->base + s->size) - n;

	memmove(to, e, n * sizeof *to);
	/* In the order of their places, so that none is overwritten before it is moved. */
	for (size_t i = 0; i < n; i++) {
		to[i].place &= ~UINT64_C(1);
		to[i].prefix = to[i].place;
	}
	sort_entries(&s->key, s->base, to, n);
	s->used = 0;
	for (size_t i = 0; i < n; i++) {
		size_t bytes = sort_bytes(sort_at(s->base, &to[i]));

		memmove(s->base + s->used, sort_at(s->base, &to[i]), bytes);
		to[i].place = s->used;
		sort_set(&s->key, s->base, &to[i], 0);
		s->used += bytes;
	}
	/* The last one is first, as if they had just come. */
	for (size_t i = 0; i < n / 2; i++) {
		struct sort_entry other = to[i];

		to[i] = to[n - 1 - i];
		to[n - 1 - i] = other;
	}
	s->count = n;
}

/* Drops what comes after the limit. Returns 0, or -1 after a failure that is noted. */
static int
drop(struct sort *s)
{
	struct sort_entry *e = entries(s);
	size_t n = s->count;

	if (s->way != SORT_TAC)
		sort_entries(&s->key, s->base, e, n);
	n = drop_same(s, e, n);
	if (n >= s->limit) {
		n = (size_t)s->limit;
		if (s->way != SORT_TAC && set_worst(s, &e[n - 1]) < 0)
			return -1;
	}
	gather(s, e, n);
	return 0;
}

/* ---- taking ---- */

/*
 * Makes room for an item of n bytes and its entry. Returns 0, or -1 after a failure that is noted.
 */
static int
make_room(struct sort *s, size_t n)
{
	size_t need = n + sizeof(struct sort_entry);

	if (s->limit < s->count && drop(s) < 0)
		return -1;
	/* If little was dropped, the next records would make it drop again soon. */
	if (s->count > 0 &&
	    (s->used > s->size / 2 || s->count > s->size / 4 / sizeof(struct sort_entry) ||
		s->size - s->used - s->count * sizeof(struct sort_entry) < need) &&
	    spill(s) < 0)
		return -1;
	if (s->size - s->used - s->count * sizeof(struct sort_entry) >= need)
		return 0;
	/* A record that is larger than all memory; there is none in it now. */
	memory_unmap(s->base, s->size);
	s->size = need;
	if ((s->base = memory_map(&s->size, need)) == NULL) {
		s->size = 0;
		return sort_no_memory(s);
	}
	return 0;
}

/* The record's key as bytes. Returns 0, or -1 after a failure that is noted. */
static int
find_key(struct sort *s, const char *data, size_t len, struct range_view *key)
{
	uint64_t tag;

	if (s->way == SORT_KEYS)
		return sortkey_make(&s->key, data, len, &s->made, key) < 0 ? sort_no_memory(s) : 0;
	*key = (struct range_view){ NULL, 0 };
	if (s->way == SORT_TAC)
		return 0;
	tag = random_next(&s->random);
	s->made.len = 0;
	if (buf_reserve(&s->made, sizeof tag) < 0)
		return sort_no_memory(s);
	for (int shift = 56; shift >= 0; shift -= 8)
		s->made.data[s->made.len++] = (char)(tag >> shift);
	*key = (struct range_view){ s->made.data, s->made.len };
	return 0;
}

/* Returns 1 if the record comes after all that are within the limit, else 0. */
static inline int
is_beyond(const struct sort *s, const struct range_view *key)
{
	uint64_t a, b;
	int order;

	if (!s->worst_set)
		return 0;
	a = sortkey_prefix(&s->key, key->data, key->len, 0);
	b = sortkey_prefix(&s->key, s->worst_key.data, s->worst_key.len, 0);
	order = a != b ? (a > b ? 1 : -1) : sortkey_compare(&s->key, key, &s->worst_key, 0);
	/*
	 * A later record with the same key comes after it; but of these the last one may be
	 * wanted.
	 */
	return s->unique == SORT_LAST ? order > 0 : order >= 0;
}

/* Takes a record with its gap of n bytes. Returns 0, or -1 after a failure that is noted. */
static int
take(struct sort *s, const char *data, size_t len, const char *gap, uint8_t n, int lacks)
{
	struct range_view key;
	struct sort_item *i;
	struct sort_entry *e;
	size_t bytes, made;
	char *to;

	if (find_key(s, data, len, &key) < 0)
		return -1;
	if (is_beyond(s, &key))
		return 0;
	if (key.len > UINT32_MAX) {
		command_fail(s->fault, EX_DATAERR, "the key of a record is longer than 4 GiB");
		return -1;
	}
	made = key.data != NULL && key.data == s->made.data ? key.len : 0;
	bytes = sizeof *i + len + n + made;
	bytes += -bytes & 3;
	if (((s->count >= s->prune && s->limit < s->count) ||
		s->size - s->used - s->count * sizeof *e < bytes + sizeof *e) &&
	    make_room(s, bytes) < 0)
		return -1;
	i = (struct sort_item *)(void *)(s->base + s->used);
	*i = (struct sort_item){ .len = (uint32_t)len,
		.key_len = (uint32_t)key.len,
		.gap = n,
		.keyed = key.data != NULL,
		.made = made > 0,
		.lacks = (uint8_t)lacks };
	if (key.len > 0)
		i->key_at = (uint32_t)(made > 0 ? len + n : (size_t)(key.data - data));
	to = (char *)(i + 1);
	if (len > 0)
		memcpy(to, data, len);
	if (n > 0)
		memcpy(to + len, gap, n);
	if (made > 0)
		memcpy(to + len + n, key.data, made);
	s->count++;
	e = entries(s);
	e->place = s->used;
	s->used += bytes;
	e->prefix = sortkey_prefix(&s->key, key.data, key.len, 0);
	e->place |= (uint64_t)sortkey_more(&s->key, key.data, key.len, 0);
	return 0;
}

/*
 * Takes the records of a block. If the last one lacks its gap, it gets that of the others; the
 * bytes of a longer gap are those that end a row of the table, or a newline is it.
 */
static void
take_block(struct sort *s, const struct rec_in *in, const struct block *b)
{
	const struct table *t = rec_in_table(in);
	int lacks = block_lacks_gap(b);
	char byte = (char)b->status;

	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t start = block_start(b, i), end = b->ends[i];
		const char *gap = b->payload + end;
		uint8_t n = b->gap;

		if (lacks && i + 1 == b->count) {
			gap = n == 1 ? &byte : "\n";
			if (n > 1) {
				int crlf = t != NULL && t->row_end_len == 2 && memcmp(t->row_end, "\r\n", 2) == 0;

				gap = crlf ? "\r\n" : "\n";
				n = crlf ? 2 : 1;
			}
		}
		if (take(s, b->payload + start, end - start, gap, n, lacks && i + 1 == b->count) < 0)
			return;
		sort_note_time(s, b, i);
	}
}

/* ---- the stream ---- */

static int
tabled(struct rec_in *in, const struct table *t)
{
	struct sort *s = in->tabled_by;
	struct buf error = { 0 };
	int result = sortkey_table(&s->key, t, &error);

	s->names.tabled |= t != NULL;
	if (result < 0)
		command_fail(s->fault, EX_DATAERR, "%s", buf_string(&error));
	buf_free(&error);
	return result;
}

void
sort_begin(struct sort *s, struct rec_in *in, struct command_fault *fault)
{
	s->fault = fault;
	s->names.used = s->way == SORT_KEYS && sortkey_names(&s->key);
	in->tabled = tabled;
	in->tabled_by = s;
	in->apart = 1;
}

static int
find_memory(struct sort *s)
{
	uint64_t want = s->memory;

	if (want == 0) {
		want = memory_allowed() / SHARE;
		want = want < MEMORY_USUAL_LEAST ? MEMORY_USUAL_LEAST : want;
	}
	s->size = want > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)want;
	if ((s->base = memory_map(&s->size, SORT_MEMORY_LEAST)) == NULL)
		return sort_no_memory(s);
	s->prune = s->limit > SIZE_MAX / 4 ? SIZE_MAX : 2 * (size_t)s->limit > KEPT ? 2 * (size_t)s->limit : KEPT;
	return 0;
}

static void
add_loss(struct sort *s, const struct block *b)
{
	if (b->count == BLOCK_LOST_UNKNOWN)
		s->lost_unknown = 1;
	else
		s->lost += b->count;
}

/* What was lost has no place in the order: it is reported at the end. */
static void
put_losses(struct sort *s)
{
	while (s->lost > 0) {
		uint32_t n = s->lost < BLOCK_LOST_UNKNOWN ? (uint32_t)s->lost : BLOCK_LOST_UNKNOWN - 1;

		rec_out_loss(s->out, s->number, n, s->number);
		s->lost -= n;
	}
	if (s->lost_unknown)
		rec_out_loss(s->out, s->number, BLOCK_LOST_UNKNOWN, s->number);
}

/* Puts all out. */
static void
finish(struct sort *s)
{
	struct sort_sink sink = { .sort = s };

	if (s->runs_count > 0) {
		if (s->count > 0 && spill(s) < 0)
			return;
		/* The merge needs the memory. */
		memory_unmap(s->base, s->size);
		s->base = NULL;
		if (sort_merge(s) < 0)
			return;
	} else {
		if (put_sorted(s, &sink) == 0)
			(void)sort_sink_end(&sink);
		sort_sink_free(&sink);
	}
	sort_put_last(s);
	if (s->fault->status == 0)
		put_losses(s);
}

void
sort_stream(struct sort *s, struct rec_in *in, struct rec_out *out, struct command_fault *fault)
{
	struct block b;

	sort_begin(s, in, fault);
	s->out = out;
	out->apart = 1;
	if (s->limit == 0) {
		rec_in_begin(in);
		rec_in_enough(in, 0);
		return;
	}
	if (find_memory(s) < 0)
		return;
	while (fault->status == 0 && rec_in_block(in, &b)) {
		if (b.kind == BLOCK_LOSS) {
			add_loss(s, &b);
			continue;
		}
		names_look(&s->names, &b);
		take_block(s, in, &b);
	}
	/*
	 * Some records were given up, or are not safe: where they would be in the order is not
	 * known.
	 */
	if (in->watermark < in->next)
		rec_out_give_up(0);
	if (rec_in_whole(in))
		names_lacking(&s->names, &s->key.range);
	if (fault->status == 0 && out->state == REC_OUT_OPEN)
		finish(s);
	if (in->end == REC_IN_OPEN)
		rec_in_enough(in, in->next);
}

void
sort_free(struct sort *s)
{
	(void)names_end(&s->names);
	if (s->any_untimed)
		die_warn("keys with the letter t that are no times such as 2026-11-30T10:15:30Z: %" PRIu64
			 ", the first in record %" PRIu64 "; rec-map set t='time(.t, FORMAT)' makes numbers of others",
		    s->key.untimed, s->untimed);
	sortkey_free(&s->key);
	buf_free(&s->made);
	buf_free(&s->worst);
	buf_free(&s->late);
	memory_unmap(s->base, s->size);
	if (s->filed)
		close(s->fd);
	free(s->runs);
}
