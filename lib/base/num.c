/*
 * num: see num.h. Every form is digits and one optional unit from a table.
 */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static int
number(const char *text, const struct unit *units, uint64_t max, uint64_t *value)
{
	uint64_t n = 0;
	const char *p = text;
	int over = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		over |= __builtin_mul_overflow(n, 10, &n);
		over |= __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n);
	}
	if (p == text)
		goto invalid;
	while (units->name != NULL && strcmp(units->name, p) != 0)
		units++;
	if (units->name == NULL)
		goto invalid;
	over |= __builtin_mul_overflow(n, units->factor, &n);
	if (over || n > max) {
		errno = ERANGE;
		return -1;
	}
	*value = n;
	return 0;
invalid:
	errno = EINVAL;
	return -1;
}

int
num_digits(const char *text, uint64_t max, uint64_t *value)
{
	static const struct unit units[] = { { "", 1 }, { NULL, 0 } };

	return number(text, units, max, value);
}

int
num_size(const char *text, uint64_t max, uint64_t *bytes)
{
	static const struct unit units[] = { { "", 1 }, { "K", UINT64_C(1) << 10 }, { "M", UINT64_C(1) << 20 },
		{ "G", UINT64_C(1) << 30 }, { "T", UINT64_C(1) << 40 }, { NULL, 0 } };

	return number(text, units, max, bytes);
}

int
num_count(const char *text, uint64_t max, uint64_t *count)
{
	static const struct unit units[] = { { "", 1 }, { "k", 1000 }, { "M", 1000000 }, { "G", 1000000000 },
		{ NULL, 0 } };

	return number(text, units, max, count);
}

int
num_duration(const char *text, uint64_t max, uint64_t *ms)
{
	static const struct unit units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { NULL, 0 } };

	return number(text, units, max, ms);
}

int
num_amount(const char *text, uint64_t max, uint64_t *n, int *bytes)
{
	static const struct unit both[] = { { "", 1 }, { "k", 1000 }, { "rec", 1 }, { "krec", 1000 },
		{ "Mrec", 1000000 }, { "Grec", 1000000000 }, { NULL, 0 } };
	static const struct unit sizes[] = { { "B", 1 }, { "KB", UINT64_C(1) << 10 }, { "MB", UINT64_C(1) << 20 },
		{ "GB", UINT64_C(1) << 30 }, { "TB", UINT64_C(1) << 40 }, { NULL, 0 } };

	*bytes = *text != '\0' && text[strlen(text) - 1] == 'B';
	return number(text, *bytes ? sizes : both, max, n);
}

char *
num_grouped(uint64_t n, char text[NUM_GROUPED])
{
	char reversed[NUM_GROUPED];
	size_t len = 0, digits = 0;

	do {
		if (digits > 0 && digits % 3 == 0)
			reversed[len++] = ',';
		reversed[len++] = (char)('0' + n % 10);
		digits++;
		n /= 10;
	} while (n > 0);
	for (size_t i = 0; i < len; i++)
		text[i] = reversed[len - 1 - i];
	text[len] = '\0';
	return text;
}
