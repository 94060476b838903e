/*
 * expr_time: points in time: now, time, date. They are seconds since 1970, with a fraction or not.
 */

#include <math.h>
#include <string.h>

#include "base/timestamp.h"
#include "match/expr_function.h"
#include "match/number.h"
#include "os/clock.h"

enum { NANOSECONDS = 1000000000 };

/*
 * Sets v to the time. A double has some seven digits of a fraction of these, and its string would
 * not even show them, so a fraction is kept in digits, too.
 */
static void
set_time(struct expr_program *g, struct expr_node *t, struct expr_value *v, const struct timestamp *time)
{
	uint64_t whole = (uint64_t)(time->seconds < 0 ? -time->seconds : time->seconds);
	uint32_t fraction = time->nanoseconds;
	char digits[40];
	size_t at = sizeof digits;

	expr_set_number(v, (double)time->seconds + (double)fraction / NANOSECONDS);
	if (fraction == 0)
		return;
	/* Fractions are added to seconds also if these are negative. */
	if (time->seconds < 0) {
		whole--;
		fraction = NANOSECONDS - fraction;
	}
	for (int i = 0; i < TIMESTAMP_NANOSECONDS; i++, fraction /= 10)
		if (at < sizeof digits || fraction % 10 != 0)
			digits[--at] = (char)('0' + fraction % 10);
	digits[--at] = '.';
	do
		digits[--at] = (char)('0' + whole % 10);
	while ((whole /= 10) > 0);
	if (time->seconds < 0)
		digits[--at] = '-';
	t->text.len = 0;
	g->no_memory |= buf_add(&t->text, digits + at, sizeof digits - at) < 0;
	v->data = t->text.data;
	v->len = t->text.len;
}

void
expr_call_now(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	int64_t now = clock_since_1970();
	struct timestamp time = { now / NANOSECONDS, (uint32_t)(now % NANOSECONDS / 1000 * 1000) };

	set_time(g, t, v, &time);
}

void
expr_call_time(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	uint32_t second = g->nodes[t->first].next;
	struct timestamp time;
	int there;

	expr_string_of(g, t->first, v);
	if (second == 0)
		there = timestamp_read_iso(v->data, v->len, &time);
	else
		there = timestamp_read(g->nodes[second].text.data, g->nodes[second].text.len, v->data, v->len, &time);
	/* Without an offset it is what clocks in the zone show. */
	if (there == 2 && t->index != 0)
		g->no_memory |= zone_to_utc(&g->zones[t->index - 1], &time.seconds) < 0;
	if (there)
		set_time(g, t, v, &time);
	else
		expr_set_no_time(v, v->len > 0);
}

/*
 * Reads seconds that are written with a point and a fraction, or without, exactly. Returns 1, or 0
 * if they are written in another way.
 */
static int
read_decimal(const char *p, size_t len, struct timestamp *time)
{
	const char *end = p + len;
	int negative = p < end && *p == '-', n = 0, digits = 0;
	int64_t whole = 0;
	uint32_t fraction = 0;

	for (p += negative; p < end && *p >= '0' && *p <= '9' && n < 15; p++, n++)
		whole = whole * 10 + (*p - '0');
	if (n == 0 || (p < end && *p++ != '.'))
		return 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (digits < TIMESTAMP_NANOSECONDS) {
			fraction = fraction * 10 + (uint32_t)(*p - '0');
			digits++;
		}
	if (p < end)
		return 0;
	for (; digits < TIMESTAMP_NANOSECONDS; digits++)
		fraction *= 10;
	time->seconds = negative ? -whole : whole;
	if (negative && fraction > 0) {
		time->seconds--;
		fraction = NANOSECONDS - fraction;
	}
	time->nanoseconds = fraction;
	return 1;
}

/* Sets time to the value, which is a number of seconds. Returns 1, or 0 if it is none. */
static int
time_of(const struct expr_value *v, struct timestamp *time)
{
	double number = v->number, whole;

	switch (v->kind) {
	case EXPR_IS_NUMBER:
		if (v->data != NULL && read_decimal(v->data, v->len, time))
			return 1;
		break;
	case EXPR_IS_INPUT:
	case EXPR_IS_STRING:
	case EXPR_IS_JSON_NUMBER:
	case EXPR_IS_JSON_STRING:
		if (read_decimal(v->data, v->len, time))
			return 1;
		if (!number_read(v->data, v->len, &number))
			return 0;
		break;
	default:
		return 0;
	}
	if (!(fabs(number) < 1e15))
		return 0;
	/* Of such a number six digits of the fraction are right. */
	whole = floor(number);
	time->seconds = (int64_t)whole;
	time->nanoseconds = (uint32_t)round((number - whole) * 1e6) * 1000;
	if (time->nanoseconds == NANOSECONDS) {
		time->nanoseconds = 0;
		time->seconds++;
	}
	return 1;
}

void
expr_call_date(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	static const char iso[] = "%Y-%m-%dT%H:%M:%SZ";
	uint32_t second = g->nodes[t->first].next;
	struct timestamp_local local = { .name = "UTC" };
	const char *format = iso;
	size_t n = sizeof iso - 1;
	int result = 0, no_time;
	double text;

	expr_value_of(g, t->first, v);
	no_time = v->kind == EXPR_IS_NO_TIME;
	text = v->number;
	if (second != 0) {
		format = g->nodes[second].text.data;
		n = g->nodes[second].text.len;
	}
	t->text.len = 0;
	if (time_of(v, &local.time) && local.time.seconds >= TIMESTAMP_LEAST - 86400 &&
	    local.time.seconds <= TIMESTAMP_MOST + 86400) {
		if (t->index != 0)
			result = zone_offset(&g->zones[t->index - 1], local.time.seconds, &local.offset, &local.name);
		if (result == 0)
			result = timestamp_write(&t->text, format, n, &local);
	}
	g->no_memory |= result < 0;
	expr_set_text(v, &t->text);
	if (result == 0 && no_time)
		expr_set_no_time(v, text != 0);
	else if (result == 0)
		v->kind = EXPR_IS_MISSING;
}
