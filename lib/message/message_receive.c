/*
 * message_receive: messages out of a queue, as records; see message.h.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/percent.h"
#include "base/status.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "base/vis.h"
#include "match/json.h"
#include "match/table.h"
#include "message/message.h"
#include "os/clock.h"

/*
 * Messages of one turn, and their bytes. Each turn costs a sync, and what was received is nobody
 * else's: turns are small at first, and grow while there is more.
 */
enum { AT_ONCE = 256, AT_MOST = 4096, BYTES_AT_ONCE = 1024 * 1024 };

/* ---- what a message looks like ---- */

static int
add_time(struct buf *out, int64_t ms)
{
	struct timestamp_local t = { .time = { ms / 1000, (uint32_t)(ms % 1000) * 1000000 }, .name = "UTC" };

	return timestamp_write(out, "%FT%T.%3NZ", 10, &t);
}

/* Calls each(out, name, value) for the attributes of a message. Returns 0, or -1 with errno. */
static int
each_attribute(struct buf *out, const struct queue_message *m,
    int (*each)(struct buf *, const char *name, const char *value, size_t len, int first))
{
	const char *p = m->attributes, *end = p + m->attributes_len;
	int first = 1;

	while (p < end) {
		const char *value = memchr(p, '\0', (size_t)(end - p)), *to;

		if (value == NULL || (to = memchr(value + 1, '\0', (size_t)(end - value - 1))) == NULL)
			break;
		if (each(out, p, value + 1, (size_t)(to - value - 1), first) < 0)
			return -1;
		first = 0;
		p = to + 1;
	}
	return 0;
}

static int
envelope_attribute(struct buf *out, const char *name, const char *value, size_t len, int first)
{
	(void)first;
	return buf_addf(out, " %s=", name) < 0 ? -1 : percent_encode(out, value, len);
}

static int
json_attribute(struct buf *out, const char *name, const char *value, size_t len, int first)
{
	return (!first && buf_addc(out, ',') < 0) || json_quote(out, name, strlen(name)) < 0 || buf_addc(out, ':') < 0 ?
	    -1 :
	    json_quote(out, value, len);
}

static int
put_envelope(struct buf *out, const struct queue_message *m, int receipt)
{
	if (buf_addf(out, "%s %s %u ", receipt ? m->receipt : "-", m->id, m->receives) < 0 ||
	    add_time(out, m->sent) < 0 || each_attribute(out, m, envelope_attribute) < 0)
		return -1;
	return buf_addc(out, '\n') < 0 ? -1 : buf_add(out, m->data, m->len);
}

static int
put_json(struct buf *out, const struct queue_message *m, const char *state)
{
	int text = utf8_valid(m->data, m->len);

	if (state == NULL && buf_addf(out, "{\"receipt\":\"%s\",", m->receipt) < 0)
		return -1;
	if (state != NULL && buf_addf(out, "{\"state\":\"%s\",", state) < 0)
		return -1;
	if (buf_addf(out, "\"id\":\"%s\",\"count\":%u,\"sent\":\"", m->id, m->receives) < 0 ||
	    add_time(out, m->sent) < 0)
		return -1;
	if (m->first != 0 && (buf_adds(out, "\",\"first\":\"") < 0 || add_time(out, m->first) < 0))
		return -1;
	if (buf_adds(out, "\",\"attributes\":{") < 0 || each_attribute(out, m, json_attribute) < 0)
		return -1;
	if (buf_adds(out, text ? "},\"body\":" : "},\"base64\":\"") < 0)
		return -1;
	if (text)
		return json_quote(out, m->data, m->len) < 0 ? -1 : buf_addc(out, '}');
	return base64_encode(out, m->data, m->len) < 0 ? -1 : buf_adds(out, "\"}");
}

/* ---- receiving ---- */

struct receiver {
	const struct message_receive *want;
	struct rec_out *out;
	struct command_fault *fault;
	struct buf made;
	uint64_t total;
	uint64_t position; /* of the next record */
	uint64_t damaged;
	uint64_t turn; /* messages of the next turn */
	uint64_t bound; /* messages that it takes: those that were visible when it found the first */
	uint64_t taken; /* of these */
};

static void
failed(struct receiver *r, int status)
{
	message_failed(r->want->queue, status, r->fault);
}

/* Writes message i of those that were received. */
static void
deliver(struct receiver *r, size_t i)
{
	struct queue_message m;
	struct rec rec;
	int status = queue_message(r->want->queue, i, &m), bad = 0;

	if (status != 0) {
		failed(r, status);
		return;
	}
	if (m.data == NULL) {
		r->damaged++;
		return;
	}
	r->made.len = 0;
	rec = (struct rec){ m.data, m.len, r->want->form == MESSAGE_SESSION ? m.position : r->position };
	if (r->want->form == MESSAGE_ENVELOPE || r->want->form == MESSAGE_JSON) {
		bad = r->want->form == MESSAGE_ENVELOPE ? put_envelope(&r->made, &m, 1) : put_json(&r->made, &m, NULL);
		rec.data = r->made.data;
		rec.len = r->made.len;
	}
	if (bad < 0) {
		command_fail(r->fault, EX_OSERR, "out of memory");
		return;
	}
	rec_out_rec(r->out, &rec);
	r->position = rec.pos + 1;
	r->total++;
}

/* Receives some messages, and writes them. Returns their number. */
static size_t
some(struct receiver *r, int *full)
{
	const struct message_receive *w = r->want;
	uint64_t left = w->limit - r->total, bound = r->bound - r->taken;
	struct queue_want want = { .count = left < r->turn ? left : r->turn,
		.bytes = BYTES_AT_ONCE,
		.visibility = w->visibility,
		.done = w->form == MESSAGE_AUTO,
		.session = w->form == MESSAGE_SESSION ? w->name : NULL };
	size_t count;
	int status;

	want.count = want.count < bound ? want.count : bound;
	*full = 0;
	if (w->form == MESSAGE_CURSOR)
		status = queue_cursor_next(w->queue, want.count, want.bytes, &count);
	else
		status = queue_receive(w->queue, &want, &count, full);
	if (status != 0) {
		failed(r, status);
		return 0;
	}
	if (count > 0 && r->bound == UINT64_MAX && w->until == MESSAGE_VISIBLE && w->form != MESSAGE_CURSOR)
		r->bound = count + queue_visible(w->queue);
	r->taken += count;
	for (size_t i = 0; i < count && r->fault->status == 0; i++)
		deliver(r, i);
	r->turn = count < r->turn ? AT_ONCE : r->turn < AT_MOST ? 2 * r->turn : AT_MOST;
	if (count > 0) {
		rec_out_mark(r->out, r->position, 0);
		rec_out_flush(r->out);
	}
	if (count > 0 && w->form == MESSAGE_CURSOR && r->fault->status == 0 && r->out->state == REC_OUT_OPEN &&
	    (status = queue_cursor_moved(w->queue)) != 0)
		failed(r, status);
	return count;
}

/* For queue_wait: ends early if nobody reads the output any more. */
static int
await(int fd, int ms, void *arg)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	(void)arg;
	r = rec_out_await(&p, 1, ms);
	return r > 0 ? 1 : r < 0 ? 0 : -1;
}

/*
 * Returns 1 if a process commits by the name of the session, else 0. If it has only just been
 * started, it gets a second to take its lock.
 */
static int
is_committed(const struct message_receive *w)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	for (int i = 0; i < 100 && !queue_session_commits(w->queue, w->name) && queue_session_lives(w->queue); i++)
		nanosleep(&moment, NULL);
	return queue_session_commits(w->queue, w->name);
}

/* Nothing is visible. Returns 1 if it is to be looked for again, else 0. */
static int
wait(struct receiver *r, int64_t deadline, int full)
{
	const struct message_receive *w = r->want;
	struct queue_stat stat;
	int64_t ms = -1;
	int status, may;

	if (w->until == MESSAGE_EMPTY) {
		status = queue_stat(w->queue, &stat);
		free(stat.leases);
		if (status != 0) {
			failed(r, status);
			return 0;
		}
		if (stat.visible + stat.delayed + stat.in_flight == 0)
			return 0;
	} else if (w->until == MESSAGE_VISIBLE) {
		ms = deadline - clock_ms();
		/*
		 * Too much is in flight, and the session's own commit is there to acknowledge it.
		 */
		if (full && w->form == MESSAGE_SESSION && is_committed(w))
			ms = 1000;
		else if (r->total > 0 || ms <= 0) {
			if (full && r->total == 0)
				command_fail(r->fault, EX_TEMPFAIL,
				    "%s: too many messages are in flight: see --max-flight", w->path);
			return 0;
		}
	}
	status = queue_wait(w->queue, w->until == MESSAGE_EMPTY ? 1000 : ms, await, NULL, &may);
	if (status != 0)
		failed(r, status);
	return status == 0 && may >= 0;
}

/* The records have the queue's table, if they are the messages themselves. */
static int
declare(struct receiver *r)
{
	const struct message_receive *w = r->want;
	const char *bytes, *rule = NULL;
	struct table *t;
	size_t len;
	int status;

	if (w->form == MESSAGE_ENVELOPE || w->form == MESSAGE_JSON)
		return 0;
	if ((status = queue_table_get(w->queue, &bytes, &len)) != 0) {
		failed(r, status);
		return -1;
	}
	if (len == 0)
		return 0;
	if ((t = table_parse(bytes, len, &rule)) == NULL) {
		command_fail(r->fault, EX_DATAERR, "%s: its table is damaged: %s", w->path,
		    rule != NULL ? rule : strerror(errno));
		return -1;
	}
	rec_out_own_table(r->out, t);
	table_drop(t);
	return 0;
}

uint64_t
message_receive(const struct message_receive *w, struct rec_out *out, uint64_t *next, struct command_fault *fault)
{
	struct receiver r = { .want = w, .out = out, .fault = fault, .turn = AT_ONCE, .bound = UINT64_MAX };
	struct message_keeper *keeper = NULL;
	struct queue_attributes a;
	int64_t deadline = 0;
	int status = queue_attributes_get(w->queue, &a), full;

	*next = 0;
	if (status == 0 && w->form == MESSAGE_SESSION) {
		status = queue_session_receive(w->queue, w->name, w->visibility, &r.position);
		a.visibility = w->visibility >= 0 ? (uint64_t)w->visibility : a.visibility;
		*next = r.position;
	}
	if (status == 0 && w->form == MESSAGE_CURSOR)
		status = queue_cursor_open(w->queue, w->name, w->from_now);
	if (status != 0) {
		failed(&r, status);
		return 0;
	}
	deadline = clock_ms() + (w->wait >= 0 ? w->wait : (int64_t)a.wait);
	if (w->form == MESSAGE_SESSION)
		keeper = message_keeper_begin(w->path, w->name, (int64_t)a.visibility / 5);
	if (declare(&r) == 0)
		while (fault->status == 0 && !rec_out_stop() && r.total < w->limit && r.taken < r.bound)
			if (some(&r, &full) == 0 && (fault->status != 0 || !wait(&r, deadline, full)))
				break;
	if (r.damaged > 0)
		command_fail(fault, EX_DATAERR, "%s: %llu message%s damaged: see rec-queue check", w->path,
		    (unsigned long long)r.damaged, r.damaged == 1 ? " is" : "s are");
	message_keeper_end(keeper);
	*next = r.position;
	buf_free(&r.made);
	return r.total;
}

void
message_receive_linger(const struct message_receive *w, uint64_t received)
{
	if (w->form == MESSAGE_SESSION && received > 0)
		(void)is_committed(w);
}

/* ---- without receiving ---- */

uint64_t
message_dump(struct queue *q, struct rec_out *out, struct command_fault *fault)
{
	struct queue_place place = { 0 };
	struct buf made = { 0 };
	uint64_t n = 0;
	size_t count = 1;

	while (fault->status == 0 && !rec_out_stop() && count > 0) {
		int status = queue_peek(q, &place, AT_ONCE * 4, BYTES_AT_ONCE * 4, &count);

		for (size_t i = 0; status == 0 && i < count; i++) {
			struct queue_message m;
			struct rec rec;

			if ((status = queue_message(q, i, &m)) != 0 || m.data == NULL)
				continue;
			made.len = 0;
			if (put_envelope(&made, &m, 0) < 0) {
				command_fail(fault, EX_OSERR, "out of memory");
				break;
			}
			rec = (struct rec){ made.data, made.len, n++ };
			rec_out_rec(out, &rec);
		}
		if (status != 0)
			message_failed(q, status, fault);
	}
	buf_free(&made);
	return n;
}

static int
peek_line(struct buf *out, const struct queue_message *m, const char *state)
{
	if (buf_addf(out, "%s  %-9s  %u  ", m->id, state, m->receives) < 0 || add_time(out, m->sent) < 0 ||
	    buf_adds(out, "  ") < 0 || vis_cut(out, m->data, m->len, 60, 0) < 0)
		return -1;
	return buf_addc(out, '\n');
}

void
message_peek(struct queue *q, uint64_t limit, int json, struct buf *out, struct command_fault *fault)
{
	struct queue_place place = { 0 };
	size_t count = 1;

	while (fault->status == 0 && limit > 0 && count > 0) {
		int status = queue_peek(q, &place, limit < AT_ONCE ? limit : AT_ONCE, BYTES_AT_ONCE * 4, &count);

		if (status != 0)
			message_failed(q, status, fault);
		for (size_t i = 0; fault->status == 0 && i < count; i++, limit--) {
			const char *state = queue_peek_state(q, i);
			struct queue_message m;
			int bad;

			if ((status = queue_message(q, i, &m)) != 0) {
				message_failed(q, status, fault);
				break;
			}
			if (m.data == NULL)
				bad = buf_addf(
				    out, json ? "{\"state\":\"damaged\",\"id\":\"%s\"}\n" : "%s  damaged\n", m.id);
			else if (json)
				bad = put_json(out, &m, state) < 0 ? -1 : buf_addc(out, '\n');
			else
				bad = peek_line(out, &m, state);
			if (bad < 0)
				command_fail(fault, EX_OSERR, "out of memory");
		}
	}
}
