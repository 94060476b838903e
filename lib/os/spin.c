/* spin: see spin.h. */

#include <sched.h>
#include <stdint.h>

#include "os/clock.h"
#include "os/cpus.h"
#include "os/spin.h"

enum {
	FEW = 200,
	MANY = 2000,
	OFFER = 50,      /* looks from one offer to the next */
	SHORT = 50000,   /* nanoseconds: after a shorter sleep, MANY looks would have been better */
	LONG = 4 * SHORT /* nanoseconds: a longer sleep was worth it */
};

static void
pause_here(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

int
spin_again(struct spin *s, int looks)
{
	static size_t processors;

	if (processors == 0)
		processors = cpus_allowed();
	/* With one processor the other side cannot be at work while this one looks. */
	if (processors < 2 || looks >= (s->most > 0 ? s->most : FEW))
		return 0;
	if (looks >= FEW && looks % OFFER == 0)
		(void)sched_yield();
	pause_here();
	return 1;
}

void
spin_sleeps(struct spin *s)
{
	s->from = clock_ns();
}

void
spin_woken(struct spin *s)
{
	int64_t slept = clock_ns() - s->from;

	if (slept < SHORT)
		s->most = MANY;
	else if (slept > LONG)
		s->most = FEW;
}
