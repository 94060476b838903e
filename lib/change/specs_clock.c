/*
 * specs_clock: times, by the clock of System/370 (Principles of Operation, "Time-of-Day Clock").
 * Its 64 bits count from 1900-01-01T00:00:00Z, bit 51 in microseconds; the last 12 bits are parts
 * of one. A part of specs_convert.h.
 */

#include <string.h>

#include "base/timestamp.h"
#include "change/specs_convert.h"

#define SECONDS_TO_1970 INT64_C(2208988800) /* since 1900 */
#define END (INT64_C(1) << 52)              /* microseconds since 1900 that the clock can show: to 2042-09-17 */

static int
add_clock(uint64_t clock, struct buf *out)
{
	char bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (char)(clock >> (56 - 8 * i));
	return buf_add(out, bytes, sizeof bytes);
}

int
specs_convert_clock(int64_t since_1970, struct buf *out)
{
	uint64_t us = (uint64_t)(since_1970 / 1000 + SECONDS_TO_1970 * 1000000);

	return add_clock(us << 12 | (uint64_t)(since_1970 % 1000) * 4096 / 1000, out);
}

/* Reads yyyymmddhhmmss with digits of a fraction, of which some at the end may be missing. */
static int
read_digits(const char *data, size_t len, struct timestamp *t)
{
	static const char form[] = "0000-00-00T00:00:00.000000", least[] = "0000-01-01T00:00:00.000000";
	char text[sizeof form];
	size_t n = 0;

	if (len < 4 || len > 20 || (len < 14 && len % 2 != 0))
		return 0;
	for (size_t i = 0; i < sizeof form - 1; i++)
		text[i] = form[i] == '0' && n < len ? data[n++] : least[i];
	return timestamp_read_iso(text, sizeof form - 1, t);
}

int
specs_convert_i2c(const char *data, size_t len, struct buf *out, const char **why)
{
	struct timestamp t;
	size_t digits = 0;
	int64_t us;

	specs_convert_strip(&data, &len);
	while (digits < len && data[digits] >= '0' && data[digits] <= '9')
		digits++;
	if (!(digits == len ? read_digits(data, len, &t) : timestamp_read_iso(data, len, &t))) {
		*why = "it is not a time such as 20261130101500 or 2026-11-30T10:15:00Z";
		return 1;
	}
	us = (t.seconds + SECONDS_TO_1970) * 1000000 + t.nanoseconds / 1000;
	if (us < 0 || us >= END) {
		*why = "it is not a time from 1900 to 2042-09-17, when the clock of i2c ends";
		return 1;
	}
	return add_clock((uint64_t)us << 12 | t.nanoseconds % 1000 * 4096 / 1000, out);
}

int
specs_convert_c2i(const char *data, size_t len, struct buf *out, const char **why)
{
	static const char format[] = "%Y%m%d%H%M%S%6N";
	struct timestamp_local local = { .name = "UTC" };
	uint64_t clock = 0;

	if (len != 8) {
		*why = "it is not the 8 bytes of a clock";
		return 1;
	}
	for (size_t i = 0; i < 8; i++)
		clock = clock << 8 | (unsigned char)data[i];
	clock >>= 12;
	local.time.seconds = (int64_t)(clock / 1000000) - SECONDS_TO_1970;
	local.time.nanoseconds = (uint32_t)(clock % 1000000) * 1000;
	return timestamp_write(out, format, sizeof format - 1, &local) < 0 ? -1 : 0;
}
