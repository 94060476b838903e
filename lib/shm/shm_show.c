/* shm_show: see shm_show.h. */

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "match/json.h"
#include "match/table.h"
#include "shm/shm_port.h"
#include "shm/shm_show.h"

const char *const shm_show_modes[] = { "stream", "queue", "broadcast", NULL };
const char *const shm_show_slows[] = { "wait", "skip", "cut", NULL };

static const char *
state(const struct shm_plan *plan, const struct shm_figures *f)
{
	return shm_port_stale(plan, f) ? "stale" : f->writers + f->readers == 0 ? "idle" : "in use";
}

static int
row(struct buf *b, const char *what, uint64_t n)
{
	char text[NUM_GROUPED];

	return buf_addf(b, "%-14s %s\n", what, num_grouped(n, text));
}

static int
text(struct buf *b, const char *name, const struct shm_plan *plan, const struct shm_figures *f, const struct table *t)
{
	int bad = 0;

	bad |= buf_addf(b, "%-14s %s\n", "name", name);
	bad |= buf_addf(b, "%-14s %s%s%s%s\n", "mode", shm_show_modes[plan->mode],
	    plan->mode == SHM_BROADCAST ? ", slow readers " : "",
	    plan->mode == SHM_BROADCAST ? shm_show_slows[plan->slow] : "", plan->keep ? ", kept open" : "");
	bad |= buf_addf(b, "%-14s %s\n", "state", state(plan, f));
	if (t != NULL)
		bad |= buf_addf(b, "%-14s ", "table") | table_text(t, b) | buf_addc(b, '\n');
	bad |= row(b, "size", plan->bytes);
	bad |= row(b, "in use", f->used);
	bad |= row(b, "writers", f->writers);
	bad |= row(b, "readers", f->readers);
	bad |= row(b, "died", f->deaths);
	bad |= row(b, "records in", f->records);
	bad |= row(b, "bytes in", f->bytes);
	bad |= row(b, "waits for room", f->waits);
	bad |= row(b, "records out", f->out_records);
	bad |= row(b, "bytes out", f->out_bytes);
	bad |= row(b, "waits for data", f->out_waits);
	for (unsigned i = 0; i < f->count; i++) {
		const struct shm_one *one = &f->ones[i];
		char records[NUM_GROUPED], lag[NUM_GROUPED];

		bad |= buf_addf(b, "%-14s process %" PRIu32 "%s, records %s",
		    one->role == SHM_WRITER ? "writer" : "reader", one->pid, one->lives ? "" : " (killed)",
		    num_grouped(one->records, records));
		if (one->role == SHM_READER && plan->mode != SHM_QUEUE)
			bad |= buf_addf(b, ", lag %s", num_grouped(one->lag, lag));
		bad |= buf_addc(b, '\n');
	}
	return bad == 0 ? 0 : -1;
}

static int
json(struct buf *b, const char *name, const struct shm_plan *plan, const struct shm_figures *f, const struct table *t)
{
	int bad = 0;

	bad |= buf_adds(b, "{\"name\":");
	bad |= json_quote(b, name, strlen(name));
	bad |= buf_addf(b, ",\"mode\":\"%s\",\"slow\":\"%s\",\"keep\":%s,\"created\":%s,\"state\":\"%s\"",
	    shm_show_modes[plan->mode], shm_show_slows[plan->slow], plan->keep ? "true" : "false",
	    plan->made ? "true" : "false", state(plan, f));
	if (t != NULL)
		bad |= buf_adds(b, ",\"table\":") | table_json(t, b);
	bad |= buf_addf(b, ",\"size\":%" PRIu64 ",\"used\":%" PRIu64 ",\"writers\":%u,\"readers\":%u,\"died\":%" PRIu64,
	    plan->bytes, f->used, f->writers, f->readers, f->deaths);
	bad |= buf_addf(b, ",\"records_in\":%" PRIu64 ",\"bytes_in\":%" PRIu64 ",\"waits_in\":%" PRIu64, f->records,
	    f->bytes, f->waits);
	bad |= buf_addf(b,
	    ",\"records_out\":%" PRIu64 ",\"bytes_out\":%" PRIu64 ",\"waits_out\":%" PRIu64 ",\"participants\":[",
	    f->out_records, f->out_bytes, f->out_waits);
	for (unsigned i = 0; i < f->count; i++) {
		const struct shm_one *one = &f->ones[i];

		bad |= buf_addf(b,
		    "%s{\"role\":\"%s\",\"pid\":%" PRIu32 ",\"lives\":%s,\"records\":%" PRIu64 ",\"bytes\":%" PRIu64
		    ",\"waits\":%" PRIu64,
		    i > 0 ? "," : "", one->role == SHM_WRITER ? "writer" : "reader", one->pid,
		    one->lives ? "true" : "false", one->records, one->bytes, one->waits);
		if (one->role == SHM_READER && plan->mode != SHM_QUEUE)
			bad |= buf_addf(b, ",\"lag\":%" PRIu64 ",\"lag_bytes\":%" PRIu64, one->lag, one->lag_bytes);
		bad |= buf_addc(b, '}');
	}
	bad |= buf_adds(b, "]}\n");
	return bad == 0 ? 0 : -1;
}

int
shm_show_one(struct buf *b, const char *name, int as_json)
{
	static struct shm_figures f;
	struct buf payload = { 0 };
	struct table *t = NULL;
	struct shm_plan plan;
	const char *rule;
	int got = shm_port_figures(name, &plan, &f, &payload);

	if (got == 0 && payload.len > 0 && (t = table_parse(payload.data, payload.len, &rule)) == NULL) {
		errno = rule != NULL ? EBADMSG : ENOMEM;
		got = -1;
	}
	if (got == 0)
		got = as_json ? json(b, name, &plan, &f, t) : text(b, name, &plan, &f, t);
	table_drop(t);
	buf_free(&payload);
	return got;
}

struct list {
	struct buf *out;
	int stale, json, rows;
};

static int
list_row(const char *name, void *arg)
{
	static struct shm_figures f;
	struct list *l = arg;
	struct shm_plan plan;
	int readable = shm_port_figures(name, &plan, &f, NULL) == 0;

	if (!readable && errno == ENOENT)
		return 0; /* it was removed meanwhile */
	if (l->stale && !(readable && shm_port_stale(&plan, &f)))
		return 0;
	if (l->json) {
		if (readable)
			return json(l->out, name, &plan, &f, NULL);
		return buf_adds(l->out, "{\"name\":") | json_quote(l->out, name, strlen(name)) |
		    buf_adds(l->out, ",\"state\":\"not readable\"}\n");
	}
	if (l->rows++ == 0 && buf_addf(l->out, "%-24s %-9s %10s %7s %7s  %s\n", "NAME", "MODE", "SIZE", "WRITERS",
				  "READERS", "STATE") < 0)
		return -1;
	if (!readable)
		return buf_addf(l->out, "%-24s %-9s %10s %7s %7s  %s\n", name, "-", "-", "-", "-", "not readable");
	return buf_addf(l->out, "%-24s %-9s %10" PRIu64 " %7u %7u  %s\n", name, shm_show_modes[plan.mode], plan.bytes,
	    f.writers, f.readers, state(&plan, &f));
}

int
shm_show_list(struct buf *b, int stale, int as_json)
{
	return shm_names(list_row, &(struct list){ .out = b, .stale = stale, .json = as_json });
}
