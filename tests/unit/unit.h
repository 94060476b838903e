#ifndef UNIT_H
#define UNIT_H

/*
 * unit: checks for C unit tests. A test's main ends with `return unit_end("name");`, which prints
 * "ok name: N checks" and returns 0, or 1 if a check failed or there was none.
 *
 * A test by chance makes rounds, `while (unit_round()) …`: for REC_SECONDS (1 unless set), but one
 * at least, or REC_ROUNDS of them if that is set. Each begins unit_random with a seed of its own:
 * REC_SEED (1 unless set) the first, and so on. unit_end prints how many there were; a failed check
 * names its round's seed, and REC_SEED with REC_ROUNDS=1 repeats that round.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(cond) unit_check(!!(cond), #cond, __FILE__, __LINE__)

enum { UNIT_SHOWN = 20 }; /* failures that are printed; a loop could have thousands */

static unsigned long unit_checks, unit_failures, unit_rounds;
static uint64_t unit_seed, unit_state = 88172645463325252;

static inline void
unit_check(int good, const char *expression, const char *file, int line)
{
	unit_checks++;
	if (good)
		return;
	if (unit_failures++ >= UNIT_SHOWN)
		return;
	printf("%s:%d: %s\n", file, line, expression);
	if (unit_rounds > 0)
		printf("  in the round of REC_SEED=%llu\n", (unsigned long long)unit_seed);
	fflush(stdout);
}

/* Returns the number that a variable of the environment holds, or what it is if not set. */
static inline uint64_t
unit_setting(const char *name, uint64_t unless)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : unless;
}

static inline int
unit_end(const char *name)
{
	if (unit_rounds > 0)
		printf("# %s: %lu rounds, seeds %llu to %llu\n", name, unit_rounds,
		    (unsigned long long)(unit_seed - unit_rounds + 1), (unsigned long long)unit_seed);
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
	unit_state ^= unit_state << 13;
	unit_state ^= unit_state >> 7;
	unit_state ^= unit_state << 17;
	return (size_t)((unit_state >> 16) % n);
}

/* Begins the sequence of that seed; those of seeds that are near are far apart. */
static inline void
unit_random_from(uint64_t seed)
{
	unit_state = (seed + 1) * 0x9E3779B97F4A7C15;
	if (unit_state == 0)
		unit_state = 1;
	(void)unit_random(2);
}

/*
 * Begins the next round. Returns 0 if there have been enough, or if a check of the last one has
 * failed.
 */
static inline int
unit_round(void)
{
	static struct timespec begun;
	struct timespec now;
	uint64_t most = unit_setting("REC_ROUNDS", 0), seconds = unit_setting("REC_SECONDS", 1);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (unit_rounds == 0) {
		begun = now;
		unit_seed = unit_setting("REC_SEED", 1) - 1;
	} else if (unit_failures > 0 ||
	    (most > 0 ? unit_rounds >= most :
			(uint64_t)(now.tv_sec - begun.tv_sec) >= seconds + (now.tv_nsec < begun.tv_nsec))) {
		return 0;
	}
	unit_rounds++;
	unit_seed++;
	unit_random_from(unit_seed);
	return 1;
}

#endif
