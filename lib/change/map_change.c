/* map_change: the verb change of CMS Pipelines, which replaces strings by others. */

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/num.h"
#include "base/scan.h"
#include "base/status.h"
#include "change/map_private.h"
#include "change/zones.h"

struct change {
	struct zones zones;
	struct scan_text from;
	const char *to;
	size_t from_len, to_len;
	uint64_t most, left; /* how often in a record; how often yet in this one */
	int has_from;
	size_t room; /* bytes that a record may have */
	uint64_t hits[BLOCK_RECORDS / 64];
};

static const char too_long[] = "it would be longer than REC_MAX allows";

static void
change_free(struct map *m)
{
	struct change *c = m->job;

	if (c == NULL)
		return;
	zones_free(&c->zones);
	if (c->has_from)
		scan_text_free(&c->from);
	free(c);
	m->job = NULL;
}

static int
change_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	struct change *c = calloc(1, sizeof *c);
	struct map_pair pair;
	size_t i = 0;

	m->job = c;
	if (c == NULL)
		return map_no_memory(error);
	c->most = UINT64_MAX;
	if (count > 0 && *words[0] != '\0' && strspn(words[0], "0123456789") == strlen(words[0])) {
		if (num_digits(words[0], UINT64_MAX, &c->most) < 0)
			c->most = UINT64_MAX; /* more often than a record has bytes */
		i = 1;
	}
	if (map_pair(m, &c->zones.range, words + i, count - i, &pair, "/FROM/TO/", error) < 0)
		return -1;
	if (scan_text_init(&c->from, pair.from.data, pair.from.len, m->ignore_case) < 0)
		return map_no_memory(error);
	c->has_from = 1;
	c->from_len = pair.from.len;
	c->to = pair.to.data;
	c->to_len = pair.to.len;
	return 0;
}

static int
change_bind(struct map *m, const struct table *in, struct buf *error)
{
	struct change *c = m->job;

	c->room = m->made.most;
	return zones_bind(&c->zones, in, error);
}

static const char *
change_string(void *arg, const char *data, size_t len, struct buf *out, int *changed)
{
	struct change *c = arg;
	size_t done = 0, at, before = out->len;

	/* An empty string is found once, at the beginning. */
	while (c->left > 0 && (at = c->from_len > 0 ? scan_text(&c->from, data, len, done) : 0) != SIZE_MAX) {
		c->left--;
		*changed = 1;
		if ((at > done && buf_add(out, data + done, at - done) < 0) ||
		    (c->to_len > 0 && buf_add(out, c->to, c->to_len) < 0))
			return "";
		done = at + c->from_len;
		if (out->len - before > c->room)
			return too_long;
		if (c->from_len == 0)
			break;
	}
	return *changed && done < len && buf_add(out, data + done, len - done) < 0 ? "" : NULL;
}

static const char *
change_apply(struct map *m, const struct rec *r)
{
	struct change *c = m->job;
	const char *why;
	int lacks = 0;

	c->left = c->most;
	if ((why = zones_apply(&c->zones, r, change_string, c, map_bytes(m), &lacks)) != NULL)
		return why;
	return lacks && m->need ? map_lacks : map_record(m, r);
}

/* Records without the string are copied as they lie. */
static uint32_t
change_run(struct map *m, const struct block *b, uint32_t from)
{
	struct change *c = m->job;
	const struct map_text text = { &c->from, c->to, c->to_len, c->most };
	uint32_t i = 0;

	if (c->zones.range.count > 0 || c->from_len == 0 || c->most == 0)
		return from;
	if (map_text_can(m, b))
		return map_text(m, b, from, &text);
	if (from == 0) {
		memset(c->hits, 0, ((size_t)b->count + 63) / 64 * sizeof c->hits[0]);
		for (size_t at = 0; (at = scan_text(&c->from, b->payload, b->size, at)) != SIZE_MAX;) {
			/* It may also be in a gap, or end in the next record. */
			while (i < b->count && b->ends[i] < at + c->from_len)
				i++;
			if (i == b->count)
				break;
			if (at >= block_start(b, i)) {
				bits_set(c->hits, i);
				at = b->ends[i++];
			} else {
				at++;
			}
		}
	}
	return map_copy(m, b, from, c->hits);
}

const struct map_verb map_change = {
	.name = "change",
	.operands = "[N] [RANGE ...] /FROM/TO/",
	.summary = "strings are replaced by others, at most N times in a record",
	.help = "  change '/colour/color/'   change 1 .path ',/home/,/srv/,'   change 1-8 '/-//'\n"
		"FROM and TO are strings; expressions are replaced by sub and gsub.\n",
	.options = MAP_F | MAP_IGNORE_CASE | MAP_NEED,
	.compile = change_compile,
	.bind = change_bind,
	.apply = change_apply,
	.run = change_run,
	.free = change_free,
};
