#ifndef UNIT_H
#define UNIT_H

/*
 * unit: checks for C unit tests. A test's main ends with `return unit_end("name");`, which prints
 * "ok name: N checks" and returns 0, or 1 if a check failed or there was none.
 */

#include <stdint.h>
#include <stdio.h>

#define CHECK(cond) unit_check(!!(cond), #cond, __FILE__, __LINE__)

enum { UNIT_SHOWN = 20 }; /* failures that are printed; a loop could have thousands */

static unsigned long unit_checks, unit_failures;

static inline void
unit_check(int good, const char *expression, const char *file, int line)
{
	unit_checks++;
	if (good)
		return;
	if (unit_failures++ < UNIT_SHOWN)
		printf("%s:%d: %s\n", file, line, expression);
}

static inline int
unit_end(const char *name)
{
	if (unit_failures == 0 && unit_checks > 0) {
		printf("ok %s: %lu checks\n", name, unit_checks);
		return 0;
	}
	printf("not ok %s: %lu of %lu checks failed\n", name, unit_failures, unit_checks);
	return 1;
}

/* The same numbers in every run: xorshift64 (G. Marsaglia, 2003), below n. */
static inline size_t
unit_random(size_t n)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)((state >> 16) % n);
}

#endif
