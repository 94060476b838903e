/*
 * message_stat: what a queue holds, for a person or a program; see message.h.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/status.h"
#include "base/timestamp.h"
#include "base/vis.h"
#include "match/json.h"
#include "match/table.h"
#include "message/message.h"

static int
add_time(struct buf *b, int64_t ms)
{
	struct timestamp_local t = { .time = { ms / 1000, (uint32_t)(ms % 1000) * 1000000 }, .name = "UTC" };

	return timestamp_write(b, "%FT%TZ", 6, &t) > 0 ? 0 : -1;
}

/* As --visibility and its like take it: 30s, 250ms, 4d. */
static int
add_duration(struct buf *b, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ms >= units[i].ms && ms % units[i].ms == 0)
			return buf_addf(b, "%" PRIu64 "%s", ms / units[i].ms, units[i].unit);
	return ms == 0 ? buf_adds(b, "0s") : buf_addf(b, "%" PRIu64 "ms", ms);
}

static int
row(struct buf *b, const char *name, uint64_t n)
{
	char text[NUM_GROUPED];

	return buf_addf(b, "%-12s %s\n", name, num_grouped(n, text));
}

static int
attribute(struct buf *b, const char *name, uint64_t ms)
{
	return buf_addf(b, "%-12s ", name) < 0 || add_duration(b, ms) < 0 ? -1 : buf_addc(b, '\n');
}

static int
text(struct buf *b, const struct queue_stat *s, const struct table *t)
{
	char grouped[NUM_GROUPED];
	int bad = 0;

	bad |= row(b, "visible", s->visible) | row(b, "in flight", s->in_flight) | row(b, "delayed", s->delayed);
	if (s->oldest >= 0)
		bad |= buf_addf(b, "%-12s %" PRId64 ".%03" PRId64 "s\n", "oldest", s->oldest / 1000, s->oldest % 1000);
	bad |= row(b, "bytes", s->bytes) | row(b, "segments", s->segments);
	bad |= row(b, "sent", s->sent) | row(b, "received", s->received) | row(b, "removed", s->removed);
	if (s->lost > 0)
		bad |= row(b, "lost", s->lost);
	bad |= row(b, "processes", s->processes);
	bad |= attribute(b, "visibility", s->attributes.visibility) | attribute(b, "delay", s->attributes.delay);
	if (s->attributes.retention == 0)
		bad |= buf_adds(b, "retention    none\n");
	else
		bad |= attribute(b, "retention", s->attributes.retention);
	bad |= attribute(b, "wait", s->attributes.wait);
	bad |= row(b, "max-size", s->attributes.message_max) | row(b, "max-flight", s->attributes.in_flight);
	if (t != NULL)
		bad |= buf_adds(b, "table        ") | table_text(t, b) | buf_addc(b, '\n');
	for (size_t i = 0; i < s->lease_count; i++) {
		const struct queue_lease *l = &s->leases[i];

		bad |= buf_adds(b, l->holder[0] != '\0' ? "session      " : "receipts     ");
		if (l->holder[0] != '\0')
			bad |=
			    vis_bytes(b, l->holder, strlen(l->holder), 0, 0, NULL) == SIZE_MAX ? -1 : buf_adds(b, ": ");
		bad |= buf_addf(b, "%s message%s, the first for %" PRId64 ".%03" PRId64 "s\n",
		    num_grouped(l->count, grouped), l->count == 1 ? "" : "s", l->left / 1000, l->left % 1000);
	}
	if (s->pinning > 0)
		bad |= buf_addf(
		    b, "pinned       %s bytes, by %" PRIu64 " messages\n", num_grouped(s->pinned, grouped), s->pinning);
	if (s->pinned_by[0] != '\0') {
		bad |= buf_adds(b, "pinned by    cursor ");
		bad |=
		    vis_bytes(b, s->pinned_by, strlen(s->pinned_by), 0, 0, NULL) == SIZE_MAX ? -1 : buf_addc(b, '\n');
	}
	if (s->rebuilt > 0)
		bad |= buf_adds(b, "rebuilt      ") | add_time(b, s->rebuilt) | buf_addf(b, ", %s\n", s->why);
	if (s->volatile_disk)
		bad |= buf_adds(b, "durable      no: the file system is in memory\n");
	return bad == 0 ? 0 : -1;
}

static int
json(struct buf *b, const struct queue_stat *s, const struct table *t)
{
	int bad = 0;

	bad |= buf_addf(b, "{\"visible\":%" PRIu64 ",\"in_flight\":%" PRIu64 ",\"delayed\":%" PRIu64, s->visible,
	    s->in_flight, s->delayed);
	if (s->oldest >= 0)
		bad |= buf_addf(b, ",\"oldest_ms\":%" PRId64, s->oldest);
	bad |= buf_addf(b, ",\"bytes\":%" PRIu64 ",\"segments\":%" PRIu64, s->bytes, s->segments);
	bad |= buf_addf(b, ",\"sent\":%" PRIu64 ",\"received\":%" PRIu64 ",\"removed\":%" PRIu64 ",\"lost\":%" PRIu64,
	    s->sent, s->received, s->removed, s->lost);
	bad |= buf_addf(b, ",\"processes\":%" PRIu64, s->processes);
	bad |= buf_addf(b,
	    ",\"visibility_ms\":%" PRIu64 ",\"delay_ms\":%" PRIu64 ",\"retention_ms\":%" PRIu64 ",\"wait_ms\":%" PRIu64
	    ",\"max_size\":%" PRIu64 ",\"max_flight\":%" PRIu64,
	    s->attributes.visibility, s->attributes.delay, s->attributes.retention, s->attributes.wait,
	    s->attributes.message_max, s->attributes.in_flight);
	if (t != NULL)
		bad |= buf_adds(b, ",\"table\":") | table_json(t, b);
	bad |= buf_adds(b, ",\"leases\":[");
	for (size_t i = 0; i < s->lease_count; i++) {
		const struct queue_lease *l = &s->leases[i];

		bad |= buf_addf(b, "%s{\"session\":", i > 0 ? "," : "");
		bad |= l->holder[0] != '\0' ? json_quote(b, l->holder, strlen(l->holder)) : buf_adds(b, "null");
		bad |= buf_addf(b, ",\"messages\":%" PRIu64 ",\"left_ms\":%" PRId64 "}", l->count, l->left);
	}
	bad |= buf_addf(
	    b, "],\"pinned_bytes\":%" PRIu64 ",\"pinning\":%" PRIu64 ",\"pinning_cursor\":", s->pinned, s->pinning);
	bad |= s->pinned_by[0] != '\0' ? json_quote(b, s->pinned_by, strlen(s->pinned_by)) : buf_adds(b, "null");
	bad |= buf_adds(b, ",\"rebuilt\":");
	if (s->rebuilt > 0)
		bad |= buf_adds(b, "\"") | add_time(b, s->rebuilt) | buf_adds(b, "\",\"why\":") |
		    json_quote(b, s->why, strlen(s->why));
	else
		bad |= buf_adds(b, "null");
	bad |= buf_addf(b, ",\"durable\":%s}\n", s->volatile_disk ? "false" : "true");
	return bad == 0 ? 0 : -1;
}

void
message_stat(struct queue *q, int as_json, struct buf *out, struct command_fault *fault)
{
	struct queue_stat s;
	struct table *t = NULL;
	const char *bytes, *rule;
	size_t len = 0;
	int status = queue_stat(q, &s);

	if (status == 0)
		status = queue_table_get(q, &bytes, &len);
	if (status != 0)
		message_failed(q, status, fault);
	else {
		if (len > 0)
			t = table_parse(bytes, len, &rule);
		if ((as_json ? json(out, &s, t) : text(out, &s, t)) < 0)
			command_fail(fault, EX_OSERR, "out of memory");
		table_drop(t);
	}
	free(s.leases);
}
