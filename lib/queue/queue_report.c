/*
 * queue_report: what a queue holds, and whether its log is whole; see queue.h.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/status.h"
#include "queue/queue_private.h"

/* ---- stat ---- */

static uint64_t
bytes_of_files(const struct queue *q)
{
	int fd = openat(q->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint64_t bytes = 0;
	struct stat st;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((e = readdir(d)) != NULL)
		if (fstatat(q->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_blocks * 512;
	closedir(d);
	return bytes;
}

static int
add_lease(struct queue_stat *stat, const char *holder, uint64_t count, int64_t left)
{
	struct queue_lease *more = realloc(stat->leases, (stat->lease_count + 1) * sizeof *more);

	if (more == NULL)
		return -1;
	stat->leases = more;
	more += stat->lease_count++;
	*more = (struct queue_lease){ .count = count, .left = left > 0 ? left : 0 };
	memcpy(more->holder, holder, strlen(holder) + 1);
	return 0;
}

static int
leases(struct queue *q, const struct queue_times *now, struct queue_stat *stat)
{
	const struct queue_entry *e = queue_index_first(&q->x, QUEUE_LEASED);

	for (uint64_t i = 0; i < q->x.state->rooms.sessions; i++) {
		const struct queue_session *s = &q->x.sessions[i];

		if (s->base != 0 && add_lease(stat, s->name, s->count, s->due - now->lease) < 0)
			return -1;
	}
	return e == NULL ? 0 : add_lease(stat, "", q->x.state->heaped[QUEUE_LEASED], e->due - now->lease);
}

/* What keeps segments that could go otherwise. */
static void
pins(const struct queue *q, struct queue_stat *stat)
{
	const struct queue_state *s = q->x.state;
	uint64_t least = UINT64_MAX;

	for (uint64_t i = 0; i < s->rooms.cursors; i++)
		if (q->x.cursors[i].used && q->x.cursors[i].next.lsn < least) {
			least = q->x.cursors[i].next.lsn;
			memcpy(stat->pinned_by, q->x.cursors[i].name, QUEUE_NAME);
		}
	if (least > q->x.segments[0].base + QUEUE_HEAD && least != UINT64_MAX)
		stat->pinned_by[0] = '\0';
	for (uint64_t i = 0; i + 1 < s->segments; i++) {
		const struct queue_segment *g = &q->x.segments[i];

		if (g->waiting == 0 && g->entries > 0 && g->payload < g->bytes / 2) {
			stat->pinning += g->entries;
			stat->pinned += g->bytes;
		}
	}
}

static int64_t
oldest(struct queue *q, const struct queue_times *now)
{
	const struct queue_entry *e = queue_index_first(&q->x, QUEUE_AGED);
	struct queue_place place = q->x.state->cursor;
	struct queue_message_place m;
	int64_t sent = e != NULL ? e->sent : INT64_MAX;

	if (q->x.state->waiting > 0 && queue_walk(q, &place, 0, &m) > 0 && m.sent < sent)
		sent = m.sent;
	return sent == INT64_MAX ? -1 : now->age - sent;
}

static const char *
why_text(uint64_t why)
{
	switch ((enum queue_why)why) {
	case QUEUE_WHY_NEW:
	case QUEUE_WHY_MISSING:
		return "there was none";
	case QUEUE_WHY_UNCLEAN:
		return "the queue was not closed by its last process";
	case QUEUE_WHY_DIED:
		return "a process died while it changed the queue";
	case QUEUE_WHY_DISK:
		return "the disk failed";
	case QUEUE_WHY_ASKED:
		return "rec-queue check --repair";
	case QUEUE_WHY_NONE:
		break;
	}
	return "";
}

int
queue_stat(struct queue *q, struct queue_stat *stat)
{
	struct queue_times now;
	const struct queue_state *s;
	struct statfs fs;
	uint64_t swept;
	int status = queue_lock(q, &now);

	*stat = (struct queue_stat){ 0 };
	if (status != 0)
		return status;
	if ((status = queue_session_sweep(q, &now, &swept)) == 0) {
		s = q->x.state;
		stat->visible = s->waiting + s->heaped[QUEUE_READY];
		stat->in_flight = s->heaped[QUEUE_LEASED] + s->held;
		stat->delayed = s->heaped[QUEUE_LATER];
		stat->oldest = oldest(q, &now);
		stat->segments = s->segments;
		stat->sent = s->sent;
		stat->received = s->received;
		stat->removed = s->removed;
		stat->lost = s->lost;
		stat->rebuilt = s->rebuilt;
		stat->why = why_text(s->why);
		stat->attributes = s->attributes;
		stat->volatile_disk = fstatfs(q->dir, &fs) == 0 && (fs.f_type == 0x01021994 || fs.f_type == 0x858458f6);
		pins(q, stat);
		if (leases(q, &now, stat) < 0)
			status = queue_fail_errno(q, NULL);
		for (uint32_t i = 0; i < QUEUE_PLACES; i++)
			if (atomic_load(&q->control.words->pids[i]) != 0 && i != q->control.place)
				stat->processes += (uint64_t)queue_control_lives(&q->control, i);
	}
	queue_unlock(q);
	stat->bytes = bytes_of_files(q);
	return status;
}

/* ---- check ---- */

/* What a check adds up. */
struct check {
	struct queue *q;
	struct buf *report;
	uint64_t wrong;
	uint64_t next; /* the number that the next message has; 0: not known */
};

static int
tell(struct check *c, const char *format, uint64_t a, uint64_t b)
{
	c->wrong++;
	return buf_addf(c->report, format, (unsigned long long)a, (unsigned long long)b);
}

/* Checks a large message's bytes, which lie outside of their frame. Returns 1, 0 if damaged, -1. */
static int
check_large(struct check *c, const struct queue_segment *g, const struct queue_frame *f)
{
	struct queue_bytes b;

	c->q->frame_lsn = 0;
	return queue_bytes_get(c->q, g, f->lsn, 0, &b);
}

/*
 * Returns 1 if nobody knows where the segment ended, since the next one is gone, and nothing
 * follows; else 0.
 */
static int
ends_here(struct check *c, const struct queue_segment *g, uint64_t lsn, uint64_t end)
{
	struct queue *q = c->q;

	return g + 1 < q->x.segments + q->x.state->segments && g[1].number != g->number + 1 &&
	    queue_log_find(&q->log, g, lsn, end) >= end;
}

static int
check_frame(struct check *c, const struct queue_segment *g, const struct queue_frame *f, uint64_t end)
{
	struct queue *q = c->q;
	struct queue_rooms rooms = q->x.state->rooms, needs;
	struct queue_messages m;
	const char *body;
	uint64_t entries;
	int r;

	if (f->kind == QUEUE_LARGE)
		return 0;
	if ((body = queue_log_bytes(&q->log, g, f->lsn + QUEUE_HEAD, f->size, end)) == NULL)
		return -1;
	if (crc32c(0, body, f->size) != f->body)
		return ends_here(c, g, f->lsn + 8, end) ?
		    0 :
		    tell(c, "segment %llu: the frame at byte %llu is damaged\n", g->number, f->lsn - g->base);
	if (!queue_apply_fits(f, body, &rooms, &entries) ||
	    (f->kind == QUEUE_CHECKPOINT && !queue_checkpoint_fits(body, f->size, &needs)))
		return tell(
		    c, "segment %llu: the frame at byte %llu contradicts itself\n", g->number, f->lsn - g->base);
	if (f->kind != QUEUE_MESSAGES)
		return 0;
	memcpy(&m, body, sizeof m);
	if (c->next != 0 && f->number > c->next &&
	    tell(c, "messages %llu to %llu are lost\n", c->next, f->number - 1) < 0)
		return -1;
	c->next = f->number + m.count;
	if (m.large == 0)
		return 0;
	if ((r = check_large(c, g, f)) == 0)
		r = tell(c, "segment %llu: the large message at byte %llu is damaged\n", g->number, f->lsn - g->base);
	return r < 0 ? -1 : 0;
}

static int
check_segment(struct check *c, const struct queue_segment *g)
{
	struct queue *q = c->q;
	uint64_t end = queue_segment_end(q, g), lsn = g->base + QUEUE_HEAD;
	struct queue_frame f;

	/* The segments before it may be gone, with messages that were done. */
	if (g > q->x.segments && g[-1].number + 1 != g->number)
		c->next = 0;
	if (queue_log_file(&q->log, g->number) == NULL)
		return errno == ENOENT || errno == EBADMSG ?
		    tell(c, "segment %llu is gone, or its head is damaged\n", g->number, 0) :
		    -1;
	while (lsn < end) {
		int r = queue_log_frame(&q->log, g, lsn, end, &f);

		if (r < 0)
			return -1;
		if (r == 0) {
			uint64_t next = queue_log_find(&q->log, g, lsn + 8, end);

			if (ends_here(c, g, next, end))
				break;
			if (buf_addf(c->report, "segment %llu: %llu bytes from byte %llu on are damaged\n",
				(unsigned long long)g->number, (unsigned long long)(next - lsn),
				(unsigned long long)(lsn - g->base)) < 0)
				return -1;
			c->wrong++;
			lsn = next;
			continue;
		}
		if (check_frame(c, g, &f, end) < 0)
			return -1;
		lsn += queue_frame_bytes(f.size);
	}
	return 0;
}

int
queue_check(struct queue *q, int repair, struct buf *report, uint64_t *wrong)
{
	struct check c = { .q = q, .report = report };
	struct queue_times now;
	uint64_t visible, entries;
	int status = queue_lock(q, &now);

	*wrong = 0;
	if (status != 0)
		return status;
	for (uint64_t i = 0; status == 0 && i < q->x.state->segments; i++)
		if (check_segment(&c, &q->x.segments[i]) < 0)
			status = queue_fail_errno(q, NULL);
	visible = q->x.state->waiting;
	entries = q->x.state->entries;
	if (status == 0 && q->x.state->lost > 0 &&
	    tell(&c, "%llu messages were lost by damage that is not there any more\n", q->x.state->lost, 0) < 0)
		status = queue_fail_errno(q, NULL);
	if (status == 0 && repair) {
		status = queue_rebuild(q, QUEUE_WHY_ASKED);
		if (status == 0)
			q->x.state->lost = 0;
		if (status == 0)
			status = queue_append_switch(q, &now, 0, 1);
	} else if (status == 0 && c.wrong == 0 && visible != queue_recount(q) &&
	    tell(&c, "the index counts %llu messages that wait, the log %llu\n", visible, q->x.state->waiting) < 0)
		status = queue_fail_errno(q, NULL);
	(void)entries;
	queue_event_all(q);
	queue_unlock(q);
	*wrong = c.wrong;
	return status;
}
