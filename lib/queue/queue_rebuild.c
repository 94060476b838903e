/*
 * queue_rebuild: the index made anew from the log: from the last checkpoint that is whole, frame by
 * frame. See queue_private.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "queue/queue_private.h"

/* An index in memory of its own, which grows as the log is read. */
struct anew {
	struct queue *q;
	struct queue_index x;
	char *memory;
	struct queue_segment *list; /* the segments that are there */
	size_t count;
	int damaged;    /* 1: something in the middle of the log was not there */
	uint64_t limit; /* nothing from this lsn on counts */
};

/* Gives the index at least these rooms, in other memory. Returns 0, or -1 with errno. */
static int
grow(struct anew *a, const struct queue_rooms *least)
{
	struct queue_rooms r = *least;
	uint64_t bytes;
	struct queue_index to;
	char *memory;

	if (a->memory != NULL) {
		const struct queue_rooms *now = &a->x.state->rooms;

		if (least->entries <= now->entries && least->segments <= now->segments)
			return 0;
		r = (struct queue_rooms){ queue_room_grown(now->entries, least->entries),
			queue_room_grown(now->segments, least->segments), now->sessions, now->cursors };
	}
	if ((bytes = queue_index_bytes(&r)) == 0) {
		errno = ENOMEM;
		return -1;
	}
	if ((memory = calloc(1, bytes)) == NULL)
		return -1;
	queue_index_format(&to, memory, &r);
	if (a->memory != NULL)
		queue_index_copy(&to, &a->x);
	free(a->memory);
	a->memory = memory;
	a->x = to;
	return 0;
}

/* Returns the segment's end: no frame of it goes further. */
static uint64_t
end_of(const struct anew *a, size_t i)
{
	const struct queue_segment *s = &a->list[i];
	uint64_t end = s->base + s->bytes;

	for (i++; i < a->count; i++)
		if (a->list[i].base != UINT64_MAX)
			return a->list[i].base < end ? a->list[i].base : end;
	return end;
}

/*
 * Reads a frame with its body, and checks both. Returns 1; 0 if there is no whole frame; -1 with
 * errno.
 */
static int
read_frame(struct anew *a, size_t i, uint64_t lsn, struct queue_frame *f, const char **body)
{
	const struct queue_segment *s = &a->list[i];
	int r = queue_log_frame(&a->q->log, s, lsn, end_of(a, i), f);

	*body = NULL;
	if (r <= 0 || f->kind == QUEUE_LARGE)
		return r;
	*body = queue_log_bytes(&a->q->log, s, lsn + QUEUE_HEAD, f->size, end_of(a, i));
	if (*body == NULL)
		return errno == EBADMSG ? 0 : -1;
	return crc32c(0, *body, f->size) == f->body;
}

/* Adds segment i to those of the index, if it is not there. Returns 0, or -1 with errno. */
static int
add_segment(struct anew *a, size_t i)
{
	struct queue_state *s = a->x.state;
	struct queue_rooms least = s->rooms;

	for (uint64_t k = 0; k < s->segments; k++)
		if (a->x.segments[k].number == a->list[i].number) {
			a->x.segments[k].bytes = a->list[i].bytes;
			return 0;
		}
	least.segments = s->segments + 1;
	if (grow(a, &least) < 0)
		return -1;
	s = a->x.state;
	a->x.segments[s->segments++] = a->list[i];
	return 0;
}

/*
 * Finds the last checkpoint that is whole. Returns its segment's place in the list, or -1 with
 * errno 0 or another.
 */
static ssize_t
find_checkpoint(struct anew *a)
{
	struct queue_frame f;
	struct queue_rooms rooms;
	const char *body;

	for (size_t i = a->count; i-- > 0;) {
		uint64_t lsn = a->list[i].base + QUEUE_HEAD;
		int r = a->list[i].base == UINT64_MAX ? 0 : read_frame(a, i, lsn, &f, &body);

		if (r > 0 && f.kind == QUEUE_CHECKPOINT && queue_checkpoint_fits(body, f.size, &rooms)) {
			free(a->memory);
			a->memory = NULL;
			if (grow(a, &rooms) < 0)
				return -1;
			if (queue_checkpoint_get(&a->x, body, f.size, lsn + QUEUE_HEAD)) {
				a->x.state->end = lsn + queue_frame_bytes(f.size);
				a->x.state->last = lsn;
				a->x.state->last_sum = f.sum;
				a->x.state->cut = 0;
				return (ssize_t)i;
			}
		}
		if (r < 0)
			return -1;
		a->damaged = 1;
	}
	errno = 0;
	return -1;
}

/* There is no checkpoint: begins with nothing but the attributes that the queue was made with. */
static int
begin_empty(struct anew *a)
{
	struct queue_rooms rooms = QUEUE_FIRST_ROOMS;

	free(a->memory);
	a->memory = NULL;
	if (grow(a, &rooms) < 0)
		return -1;
	queue_defaults(&a->x.state->attributes);
	for (size_t i = 0; i < a->count; i++)
		if (a->list[i].base != UINT64_MAX) {
			a->x.state->end = a->list[i].base;
			break;
		}
	return 0;
}

/* Returns 1 if the frames that count only together are all there, else 0; -1 with errno. */
static int
chain_whole(struct anew *a, size_t i, uint64_t lsn)
{
	struct queue_frame f = { .flags = QUEUE_MORE };
	const char *body;
	uint32_t previous = 0;
	int r = 1, first = 1;

	while (r > 0 && (f.flags & QUEUE_MORE) != 0) {
		r = read_frame(a, i, lsn, &f, &body);
		if (r > 0 && !first && f.previous != previous)
			r = 0;
		first = 0;
		previous = f.sum;
		lsn += r > 0 ? queue_frame_bytes(f.size) : 0;
	}
	return r;
}

/* The table is in each checkpoint; that of the newest one stays longest. */
static void
move_table(struct anew *a, const struct queue_frame *f)
{
	struct queue_state *s = a->x.state;

	if (f->kind == QUEUE_CHECKPOINT && s->table != 0 && s->table_len < f->size)
		s->table = f->lsn + QUEUE_HEAD + f->size - s->table_len;
}

/*
 * Applies the frames of a segment from lsn on. In the last segment it ends with the last whole
 * frame. In others, which were whole on the disk before the next one began, it goes on after what
 * is damaged. Returns 0, or -1 with errno.
 */
static int
replay_segment(struct anew *a, size_t i, uint64_t lsn)
{
	int last = i + 1 == a->count, in_chain = 0;
	uint64_t end = end_of(a, i), base = a->list[i].base;

	while (lsn < end) {
		struct queue_frame f;
		struct queue_rooms least;
		const char *body;
		uint64_t entries;
		int r = read_frame(a, i, lsn, &f, &body);

		/* What an earlier crash has left does not follow the frame before it. */
		if (r > 0 && last && f.previous != (lsn == base + QUEUE_HEAD ? 0 : a->x.state->last_sum))
			r = 0;
		if (r > 0 && (f.flags & QUEUE_MORE) != 0 && !in_chain && last) {
			r = chain_whole(a, i, lsn);
			if (r > 0)
				r = read_frame(a, i, lsn, &f, &body);
		}
		if (r < 0)
			return -1;
		if (r == 0 && last)
			break;
		if (r == 0) {
			lsn = queue_log_find(&a->q->log, &a->list[i], lsn + 8, end);
			/*
			 * The segment after it may be gone, and it may never have been shortened.
			 */
			a->damaged |= lsn < end || a->list[i + 1].number == a->list[i].number + 1;
			continue;
		}
		if (lsn + queue_frame_bytes(f.size) > a->limit)
			break;
		in_chain = (f.flags & QUEUE_MORE) != 0;
		least = a->x.state->rooms;
		if (queue_apply_fits(&f, body, &least, &entries)) {
			least.entries = a->x.state->entries + entries;
			if (grow(a, &least) < 0)
				return -1;
			move_table(a, &f);
			queue_apply(&a->x, &f, body);
		} else
			a->damaged = 1;
		lsn += queue_frame_bytes(f.size);
		a->x.state->end = lsn;
		a->x.state->last_sum = f.sum;
	}
	if (!last)
		a->x.state->end = end;
	return 0;
}

static int
is_there(const struct anew *a, uint64_t number)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->list[i].number == number && a->list[i].base != UINT64_MAX)
			return 1;
	return 0;
}

/* Gives up the messages whose segments are not there, and forgets these. */
static void
give_up_missing(struct anew *a)
{
	struct queue_state *s = a->x.state;
	uint64_t kept = 0;

	for (uint64_t i = 0; i < s->segments; i++) {
		struct queue_segment *g = &a->x.segments[i];

		if (is_there(a, g->number)) {
			a->x.segments[kept++] = *g;
			continue;
		}
		if (g->waiting > 0 || g->entries > 0)
			a->damaged = 1;
		s->lost += g->waiting + g->entries;
		for (uint64_t k = 0; g->entries > 0 && k < s->heaped[QUEUE_AGED];) {
			struct queue_entry *e = &a->x.entries[a->x.heap[QUEUE_AGED][k]];

			if (e->lsn >= g->base && e->lsn < g->base + g->bytes) {
				g->entries--;
				queue_index_remove(&a->x, e);
				k = 0;
			} else
				k++;
		}
		queue_index_taken(&a->x, g, g->waiting);
	}
	s->segments = kept;
	for (uint64_t i = 0; i < kept; i++)
		if (a->x.segments[i].waiting == 0 && a->x.segments[i].entries == 0 && a->x.segments[i].dead == 0)
			a->x.segments[i].dead = s->end;
}

/* A crash may have undone that a segment was shortened when the next one began. */
static void
shorten(struct anew *a, size_t i)
{
	struct queue_segment *s = &a->list[i];

	if (i + 1 < a->count && s->base != UINT64_MAX && s[1].number == s->number + 1 &&
	    s[1].base < s->base + s->bytes) {
		s->bytes = queue_log_shorten(&a->q->log, s, s[1].base) ? s[1].base - s->base : s->bytes;
	}
	for (uint64_t k = 0; k < a->x.state->segments; k++)
		if (a->x.segments[k].number == s->number)
			a->x.segments[k].bytes = s->bytes;
}

/* Makes the index in memory from the log. Returns 0, or an exit status. */
static int
read_log(struct anew *a)
{
	struct queue *q = a->q;
	ssize_t from;
	size_t i;

	if (queue_log_list(&q->log, &a->list, &a->count) < 0)
		return queue_fail_errno(q, NULL);
	if (a->count == 0)
		return queue_fail(q, EX_DATAERR, "the log is gone: there is no segment");
	if ((from = find_checkpoint(a)) < 0 && errno != 0)
		return queue_fail_errno(q, NULL);
	if (from < 0 && begin_empty(a) < 0)
		return queue_fail_errno(q, NULL);
	for (i = from < 0 ? 0 : (size_t)from; i < a->count; i++) {
		uint64_t lsn = a->list[i].base + QUEUE_HEAD;

		if (a->list[i].base == UINT64_MAX) {
			a->damaged = 1;
			continue;
		}
		if (add_segment(a, i) < 0)
			return queue_fail_errno(q, NULL);
		if (from >= 0 && i == (size_t)from)
			lsn = a->x.state->end;
		if (replay_segment(a, i, lsn) < 0)
			return queue_fail_errno(q, NULL);
	}
	for (i = 0; i < a->count; i++)
		shorten(a, i);
	give_up_missing(a);
	return 0;
}

static int
make_anew(struct queue *q, enum queue_why why, uint64_t limit)
{
	struct anew a = { .q = q, .limit = limit };
	int status = read_log(&a);
	struct queue_state *s = status == 0 ? a.x.state : NULL;
	uint64_t n = 0;

	queue_log_forget(&q->log); /* it has read beyond the end */
	if (s != NULL) {
		s->cut = 1;
		s->why = why;
		s->rebuilt = queue_clock_now(s).wall;
		s->spares = queue_log_spares(&q->log, &s->spare_bytes);
		if (queue_index_replace(q, &a.x, &s->rooms) < 0)
			status = queue_fail_errno(q, NULL);
	}
	if (status == 0 && a.damaged && (n = queue_recount(q)) == UINT64_MAX)
		status = queue_fail_errno(q, NULL);
	free(a.list);
	free(a.memory);
	return status;
}

int
queue_rebuild(struct queue *q, enum queue_why why)
{
	return make_anew(q, why, UINT64_MAX);
}

int
queue_back(struct queue *q, uint64_t lsn)
{
	return make_anew(q, QUEUE_WHY_DISK, lsn);
}
