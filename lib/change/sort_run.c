/*
 * sort_run: runs in the temporary file, and their merge. A run is blocks of items, each with a
 * checksum. Runs next to each other are merged, as many as memory has blocks for, until those that
 * are left can be merged into the output; so equal keys stay in their order. What has been merged
 * is given back to the file system.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/heap.h"
#include "base/status.h"
#include "change/sort_private.h"
#include "os/tempfile.h"

/* The folder of the file, if TMPDIR names none: it is not in memory, as /tmp may be. */
static const char folder[] = "/var/tmp";

static int
file_failed(struct sort *s, const char *why)
{
	const char *wish = getenv("TMPDIR");

	command_fail(
	    s->fault, EX_IOERR, "a temporary file in %s: %s", wish != NULL && *wish != '\0' ? wish : folder, why);
	return -1;
}

/* ---- the file ---- */

int
sort_write(struct sort *s, const void *data, size_t n)
{
	const char *p = data;

	if (!s->filed && (s->fd = tempfile_open(folder)) < 0)
		return file_failed(s, strerror(errno));
	s->filed = 1;
	while (n > 0) {
		ssize_t put = pwrite(s->fd, p, n, (off_t)s->end);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return file_failed(s, strerror(errno));
		p += put;
		n -= (size_t)put;
		s->end += (uint64_t)put;
	}
	return 0;
}

int
sort_add_run(struct sort *s, uint64_t begin)
{
	if (s->runs_count == s->runs_room) {
		size_t room = s->runs_room > 0 ? 2 * s->runs_room : 64;
		struct sort_run *more = reallocarray(s->runs, room, sizeof *more);

		if (more == NULL)
			return file_failed(s, strerror(errno));
		s->runs = more;
		s->runs_room = room;
	}
	s->runs[s->runs_count++] = (struct sort_run){ begin, s->end - begin };
	return 0;
}

/* ---- reading ---- */

struct source {
	struct sort *sort;
	uint64_t at, end; /* of what is left in the file */
	char *block;
	size_t room, len, pos;
	const struct sort_item *item; /* the next one */
	uint64_t prefix;
	int more;
	size_t order; /* of equal keys the one from the lowest goes out first */
};

static int
read_all(struct source *c, void *to, size_t n)
{
	char *p = to;

	while (n > 0) {
		ssize_t got = pread(c->sort->fd, p, n, (off_t)c->at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return file_failed(c->sort, got < 0 ? strerror(errno) : "it has become shorter");
		p += got;
		n -= (size_t)got;
		c->at += (uint64_t)got;
	}
	return 0;
}

static int
read_block(struct source *c)
{
	struct sort_head head;

	if (read_all(c, &head, sizeof head) < 0)
		return -1;
	if (head.bytes == 0 || head.bytes > c->end - c->at)
		return file_failed(c->sort, "its content is damaged");
	if (head.bytes > c->room) {
		free(c->block);
		c->room = head.bytes;
		if ((c->block = malloc(c->room)) == NULL)
			return file_failed(c->sort, strerror(errno));
	}
	c->len = (size_t)head.bytes;
	c->pos = 0;
	if (read_all(c, c->block, c->len) < 0)
		return -1;
	if (crc32c(crc32c(0, &head.bytes, sizeof head.bytes), c->block, c->len) != head.sum)
		return file_failed(c->sort, "its content is damaged");
	return 0;
}

/* Goes to the next item. Returns 1; 0 at the end; or -1 after a failure that is noted. */
static int
next(struct source *c)
{
	struct range_view key;

	if (c->item != NULL)
		c->pos += sort_bytes(c->item);
	if (c->pos == c->len) {
		if (c->at == c->end)
			return 0;
		if (read_block(c) < 0)
			return -1;
	}
	c->item = (const struct sort_item *)(const void *)(c->block + c->pos);
	if (c->len - c->pos < sizeof *c->item || c->len - c->pos < sort_bytes(c->item))
		return file_failed(c->sort, "its content is damaged");
	key = sort_key(c->item);
	c->prefix = sortkey_prefix(&c->sort->key, key.data, key.len, 0);
	c->more = sortkey_more(&c->sort->key, key.data, key.len, 0);
	return 1;
}

static int
before(const void *context, const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix < y->prefix;
	if ((x->more | y->more) != 0) {
		struct range_view v = sort_key(x->item), w = sort_key(y->item);
		int order = sortkey_compare(context, &v, &w, sizeof x->prefix);

		if (order != 0)
			return order < 0;
	}
	return x->order < y->order;
}

/* ---- merging ---- */

/*
 * Puts the items of the sources in the heap to the sink, a stretch from one source at a time.
 * Returns 0, or -1 after a failure that is noted.
 */
static int
merge_sources(struct heap *h, struct sort_sink *sink)
{
	const struct sortkey *k = &sink->sort->key;

	while (h->count > 0) {
		struct source *c = h->at[0];
		const struct source *other = heap_second(h, before, k);
		int more, result;

		do {
			result = sort_sink_put(sink, c->item);
			more = result > 0 ? next(c) : 0;
		} while (more > 0 && (other == NULL || before(k, c, other)));
		if (result <= 0 || more < 0)
			return result < 0 || more < 0 ? -1 : 0;
		if (more > 0)
			heap_changed(h, before, k);
		else
			heap_drop(h, before, k);
	}
	return 0;
}

/* Gives the room of runs back. */
static void
punch(struct sort *s, const struct sort_run *r, size_t n)
{
	for (; n > 0; r++, n--)
		(void)fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)r->at, (off_t)r->bytes);
}

/* Merges runs [from, from + n) into the sink. Returns 0, or -1 after a failure that is noted. */
static int
merge_runs(struct sort *s, size_t from, size_t n, struct sort_sink *sink)
{
	struct source *sources = calloc(n, sizeof *sources);
	struct heap heap = { 0 };
	int result = 0;

	if (sources == NULL || heap_init(&heap, n) < 0 || sort_sink_open(sink) < 0)
		result = s->fault->status != 0 ? -1 : file_failed(s, strerror(errno));
	for (size_t i = 0; i < n && result == 0; i++) {
		const struct sort_run *r = &s->runs[from + i];
		struct source *c = &sources[i];
		int there;

		*c = (struct source){ .sort = s, .at = r->at, .end = r->at + r->bytes, .order = i };
		if ((there = next(c)) < 0)
			result = -1;
		if (there > 0)
			heap_add(&heap, c, before, &s->key);
	}
	if (result == 0)
		result = merge_sources(&heap, sink);
	if (result == 0)
		result = sort_sink_end(sink);
	for (size_t i = 0; sources != NULL && i < n; i++)
		free(sources[i].block);
	free(sources);
	heap_free(&heap);
	sort_sink_free(sink);
	return result;
}

/* Puts the last run out first: each is turned around already. */
static int
turn_around(struct sort *s)
{
	int result = 0;

	for (size_t i = s->runs_count; i > 0 && result == 0 && s->number < s->limit; i--) {
		struct sort_sink sink = { .sort = s, .count = s->number };

		result = merge_runs(s, i - 1, 1, &sink);
	}
	return result;
}

int
sort_merge(struct sort *s)
{
	size_t ways = s->size / sort_block(s), at = 0;
	struct sort_sink out = { .sort = s };

	if (s->way == SORT_TAC)
		return turn_around(s);
	while (s->runs_count > ways) {
		/*
		 * No more are merged here than are needed, so that the last merge takes all that
		 * is left.
		 */
		size_t count = s->runs_count, n = count - ways + 1 < ways ? count - ways + 1 : ways;
		struct sort_sink run = { .sort = s, .file = 1 };

		n = n < count - at ? n : count - at;
		if (n < 2) {
			at = 0;
			continue;
		}
		if (merge_runs(s, at, n, &run) < 0)
			return -1;
		punch(s, s->runs + at, n);
		/* The new run, which is the last one, takes their place. */
		s->runs[at++] = s->runs[count];
		memmove(s->runs + at, s->runs + at + n - 1, (count - at - n + 1) * sizeof *s->runs);
		s->runs_count = count - n + 1;
	}
	return merge_runs(s, 0, s->runs_count, &out);
}
