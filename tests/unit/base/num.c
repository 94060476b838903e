#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/num.h"
#include "unit/unit.h"

typedef int parser(const char *, uint64_t, uint64_t *);

struct line {
	parser *parse;
	const char *text;
	uint64_t max, value;
	int error;
};

static const uint64_t all = UINT64_MAX;

int
main(void)
{
	const struct line lines[] = {
		{ num_digits, "0", all, 0, 0 },
		{ num_digits, "00042", all, 42, 0 },
		{ num_digits, "18446744073709551615", all, UINT64_MAX, 0 },
		{ num_digits, "18446744073709551616", all, 0, ERANGE },
		{ num_digits, "18446744073709551625", all, 0, ERANGE },
		{ num_digits, "36893488147419103232", all, 0, ERANGE }, /* 2 to the 65th: wraps to 0 */
		{ num_digits, "99999999999999999999999999999999", all, 0, ERANGE },
		{ num_digits, "7", 7, 7, 0 },
		{ num_digits, "8", 7, 0, ERANGE },
		{ num_digits, "0", 0, 0, 0 },
		{ num_digits, "", all, 0, EINVAL },
		{ num_digits, "-1", all, 0, EINVAL },
		{ num_digits, "+1", all, 0, EINVAL },
		{ num_digits, " 1", all, 0, EINVAL },
		{ num_digits, "1 ", all, 0, EINVAL },
		{ num_digits, "1k", all, 0, EINVAL },
		{ num_digits, "0x10", all, 0, EINVAL },
		{ num_digits, "1.5", all, 0, EINVAL },
		{ num_digits, "1\n", all, 0, EINVAL },
		{ num_digits, "\xd9\xa1", all, 0, EINVAL },                 /* a digit of another script */
		{ num_digits, "99999999999999999999999x", all, 0, EINVAL }, /* that it is no number counts first */
		{ num_size, "64K", all, 65536, 0 },
		{ num_size, "1M", all, 1048576, 0 },
		{ num_size, "2G", all, UINT64_C(2147483648), 0 },
		{ num_size, "3T", all, UINT64_C(3298534883328), 0 },
		{ num_size, "512", all, 512, 0 },
		{ num_size, "16777215T", all, UINT64_C(0xFFFFFF0000000000), 0 },
		{ num_size, "16777216T", all, 0, ERANGE },
		{ num_size, "64K", 65536, 65536, 0 },
		{ num_size, "64K", 65535, 0, ERANGE },
		{ num_size, "0T", 0, 0, 0 },
		{ num_size, "64k", all, 0, EINVAL },
		{ num_size, "64KB", all, 0, EINVAL },
		{ num_size, "64KiB", all, 0, EINVAL },
		{ num_size, "64 K", all, 0, EINVAL },
		{ num_size, "K", all, 0, EINVAL },
		{ num_size, "", all, 0, EINVAL },
		{ num_count, "10k", all, 10000, 0 },
		{ num_count, "5M", all, 5000000, 0 },
		{ num_count, "1G", all, 1000000000, 0 },
		{ num_count, "12", all, 12, 0 },
		{ num_count, "18446744073709551k", all, UINT64_C(18446744073709551000), 0 },
		{ num_count, "18446744073709552k", all, 0, ERANGE },
		{ num_count, "10K", all, 0, EINVAL },
		{ num_count, "10m", all, 0, EINVAL },
		{ num_count, "1T", all, 0, EINVAL },
		{ num_duration, "250ms", all, 250, 0 },
		{ num_duration, "5s", all, 5000, 0 },
		{ num_duration, "2m", all, 120000, 0 },
		{ num_duration, "1h", all, 3600000, 0 },
		{ num_duration, "1d", all, 86400000, 0 },
		{ num_duration, "0ms", all, 0, 0 },
		{ num_duration, "5", all, 0, EINVAL },
		{ num_duration, "0", all, 0, EINVAL },
		{ num_duration, "5S", all, 0, EINVAL },
		{ num_duration, "5sec", all, 0, EINVAL },
		{ num_duration, "1h30m", all, 0, EINVAL },
		{ num_duration, "213503982334d", all, UINT64_C(18446744073657600000), 0 },
		{ num_duration, "213503982335d", all, 0, ERANGE },
		{ num_duration, "2s", 1999, 0, ERANGE },
		{ num_duration, "2s", 2000, 2000, 0 },
	};
	static const struct {
		uint64_t n;
		const char *text;
	} grouped[] = { { 0, "0" }, { 7, "7" }, { 999, "999" }, { 1000, "1,000" }, { 123456, "123,456" },
		{ 1234567, "1,234,567" }, { UINT64_MAX, "18,446,744,073,709,551,615" } };

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const struct line *l = &lines[i];
		uint64_t value = 4711;
		int result;

		errno = 0;
		result = l->parse(l->text, l->max, &value);
		if (l->error == 0)
			CHECK(result == 0 && value == l->value);
		else
			CHECK(result == -1 && errno == l->error && value == 4711);
		if (unit_failures > 0) {
			printf("\"%s\": %d, %" PRIu64 "\n", l->text, result, value);
			break;
		}
	}
	for (int i = 0; i < 10000; i++) {
		uint64_t n = (uint64_t)unit_random(SIZE_MAX) >> unit_random(48), value = 0, limit = n;
		char text[40], group[NUM_GROUPED], plain[NUM_GROUPED];
		size_t at = 0;

		snprintf(text, sizeof text, "%" PRIu64, n);
		CHECK(num_digits(text, limit, &value) == 0 && value == n);
		CHECK(n == 0 || num_digits(text, limit - 1, &value) == -1);
		/* The grouped digits, without their commas, are the number again. */
		for (const char *p = num_grouped(n, group); *p != '\0'; p++)
			if (*p != ',')
				plain[at++] = *p;
		plain[at] = '\0';
		value = n + 1;
		CHECK(num_digits(plain, UINT64_MAX, &value) == 0 && value == n);
	}
	for (size_t i = 0; i < sizeof grouped / sizeof grouped[0]; i++) {
		char text[NUM_GROUPED];

		num_grouped(grouped[i].n, text);
		CHECK(snprintf(NULL, 0, "%s", text) < NUM_GROUPED);
		for (size_t c = 0; c <= (size_t)snprintf(NULL, 0, "%s", grouped[i].text); c++)
			CHECK(text[c] == grouped[i].text[c]);
	}
	static const struct {
		const char *text;
		uint64_t n;
		int bytes, error;
	} amounts[] = {
		{ "0", 0, 0, 0 }, { "500", 500, 0, 0 }, { "10k", 10000, 0, 0 }, { "7rec", 7, 0, 0 },
		{ "2krec", 2000, 0, 0 }, { "5Mrec", 5000000, 0, 0 }, { "3Grec", UINT64_C(3000000000), 0, 0 },
		{ "9B", 9, 1, 0 }, { "64KB", 65536, 1, 0 }, { "3MB", 3 << 20, 1, 0 },
		{ "3GB", UINT64_C(3) << 30, 1, 0 }, { "1TB", UINT64_C(1) << 40, 1, 0 }, { "5M", 0, 0, EINVAL },
		{ "3G", 0, 0, EINVAL }, { "1T", 0, 0, EINVAL }, { "3kB", 0, 1, EINVAL }, { "3Krec", 0, 0, EINVAL },
		{ "B", 0, 1, EINVAL }, { "rec", 0, 0, EINVAL }, { "", 0, 0, EINVAL }, { "-5", 0, 0, EINVAL },
		{ "5 rec", 0, 0, EINVAL }, { "5MBB", 0, 1, EINVAL }, { "17179869184GB", 0, 1, ERANGE },
		{ "18446744073709551616", 0, 0, ERANGE },
	};

	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
		uint64_t n = 0;
		int bytes = -1, got;

		errno = 0;
		got = num_amount(amounts[i].text, UINT64_MAX, &n, &bytes);
		CHECK(got == (amounts[i].error != 0 ? -1 : 0) && errno == amounts[i].error && n == amounts[i].n);
		CHECK(bytes == amounts[i].bytes);
	}
	return unit_end("num");
}
