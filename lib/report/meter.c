/* meter: see meter.h. */

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "match/json.h"
#include "report/meter.h"

#define SECOND 1e9
#define SHORT 200000000 /* a rate over less than 0.2 s says little */

/* What both forms show. */
struct figures {
	double seconds, records, bytes, records_now, bytes_now; /* the last four a second */
	double share, left;                                     /* negative: unknown */
};

void
meter_passed(struct meter *m, const struct block *b, uint32_t from, uint32_t to)
{
	if (b->kind == BLOCK_DATA && to > from) {
		uint64_t size = (to < b->count ? block_start(b, to) : b->size) - block_start(b, from);

		m->records += to - from;
		m->bytes += size;
		m->offset += size;
	}
	if (b->kind != BLOCK_DATA || to == b->count)
		m->offset += BLOCK_HEAD + block_body(b) - b->size;
}

static double
rate(uint64_t n, double seconds)
{
	return seconds > 0 ? (double)n / seconds : 0;
}

static struct figures
figures(struct meter *m, int64_t now)
{
	struct figures f = { .share = -1, .left = -1 };
	uint64_t done = m->of == METER_RECORDS ? m->records : m->of == METER_BYTES ? m->bytes : m->offset;
	const struct meter_mark *since;
	double recent;

	if (m->last.at == 0)
		m->last.at = m->before.at = m->begun;
	since = now - m->last.at >= SHORT ? &m->last : &m->before;
	recent = (double)(now - since->at) / SECOND;
	f.seconds = (double)(now - m->begun) / SECOND;
	f.records = rate(m->records, f.seconds);
	f.bytes = rate(m->bytes, f.seconds);
	f.records_now = rate(m->records - since->records, recent);
	f.bytes_now = rate(m->bytes - since->bytes, recent);
	if (m->of != METER_UNKNOWN && m->total > 0) {
		f.share = (double)done / (double)m->total;
		if (done > 0 && f.share <= 1)
			f.left = f.seconds * (1 - f.share) / f.share;
	}
	if (now - m->last.at >= SHORT) {
		m->before = m->last;
		m->last = (struct meter_mark){ now, m->records, m->bytes };
	}
	return f;
}

/* Three digits and a unit: "1.02k". */
static int
scaled(struct buf *out, double n, double step, const char *const units[])
{
	int whole;

	while (n >= step * 0.9995 && units[1] != NULL) {
		n /= step;
		units++;
	}
	whole = n >= 99.95 || (*units)[0] == '\0' || strcmp(*units, " B") == 0;
	return buf_addf(out, "%.*f%s", whole ? 0 : n >= 9.995 ? 1 : 2, n, *units);
}

static int
records(struct buf *out, double n)
{
	static const char *const units[] = { "", "k", "M", "G", "T", NULL };

	return scaled(out, n, 1000, units);
}

static int
bytes(struct buf *out, double n)
{
	static const char *const units[] = { " B", " KB", " MB", " GB", " TB", " PB", NULL };

	return scaled(out, n, 1024, units);
}

static int
duration(struct buf *out, double seconds)
{
	uint64_t s = seconds < 1e15 ? (uint64_t)(seconds + 0.5) : UINT64_C(1000000000000000);

	return buf_addf(out, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60), (unsigned)(s % 60));
}

int
meter_text(struct meter *m, const struct rec_in *in, int64_t now, int end, struct buf *out)
{
	struct figures f = figures(m, now);
	char grouped[NUM_GROUPED];
	int bad = buf_addf(out, "%s record%s, ", num_grouped(m->records, grouped), m->records == 1 ? "" : "s");

	bad |= bytes(out, (double)m->bytes);
	if (end) {
		bad |= buf_adds(out, " in ");
		bad |= f.seconds < 60 ? buf_addf(out, "%.2f s", f.seconds) : duration(out, f.seconds);
		bad |= buf_adds(out, ": ");
		bad |= records(out, f.records);
		bad |= buf_adds(out, " records/s, ");
		bad |= bytes(out, f.bytes);
		bad |= buf_adds(out, "/s");
		if (in->lost_unknown || in->lost > 0)
			bad |= buf_addf(out, "; %s%s left out before", in->lost_unknown ? "more than " : "",
			    num_grouped(in->lost, grouped));
		return bad != 0 ? -1 : 0;
	}
	bad |= buf_adds(out, ", ");
	bad |= duration(out, f.seconds);
	if (f.share >= 0)
		bad |= buf_addf(out, ", %.0f%%", f.share * 100 - (f.share < 1 && f.share > 0.995 ? 0.5 : 0));
	if (f.left >= 0) {
		bad |= buf_adds(out, ", ");
		bad |= duration(out, f.left);
		bad |= buf_adds(out, " left");
	}
	bad |= buf_adds(out, ", ");
	bad |= records(out, f.records_now);
	bad |= buf_adds(out, " records/s (mean ");
	bad |= records(out, f.records);
	bad |= buf_adds(out, "), ");
	bad |= bytes(out, f.bytes_now);
	bad |= buf_adds(out, "/s (mean ");
	bad |= bytes(out, f.bytes);
	bad |= buf_adds(out, "/s)");
	return bad != 0 ? -1 : 0;
}

int
meter_json(struct meter *m, const struct rec_in *in, int64_t now, int end, struct buf *out)
{
	struct figures f = figures(m, now);
	int bad = buf_adds(out, "{");

	if (m->name != NULL) {
		bad |= buf_adds(out, "\"name\":");
		bad |= json_quote(out, m->name, strlen(m->name));
		bad |= buf_adds(out, ",");
	}
	bad |= buf_addf(out, "\"records\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"seconds\":%.3f,",
	    m->records, m->bytes, f.seconds);
	bad |= buf_addf(out, "\"records_per_second\":%.1f,\"bytes_per_second\":%.1f,", f.records, f.bytes);
	bad |= buf_addf(out, "\"records_per_second_now\":%.1f,\"bytes_per_second_now\":%.1f,",
	    f.records_now, f.bytes_now);
	bad |= buf_addf(out, "\"lost\":%" PRIu64 ",\"lost_unknown\":%s,",
	    in->lost, in->lost_unknown ? "true" : "false");
	if (f.share >= 0)
		bad |= buf_addf(out, "\"share\":%.4f,", f.share);
	if (f.left >= 0)
		bad |= buf_addf(out, "\"seconds_left\":%.1f,", f.left);
	bad |= buf_addf(out, "\"end\":%s}\n", end ? "true" : "false");
	return bad != 0 ? -1 : 0;
}
