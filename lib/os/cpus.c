/* cpus: see cpus.h. */

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "os/cpus.h"

enum { MOST = 64 * 1024 }; /* more processors than any kernel supports */

size_t
cpus_allowed(void)
{
	long online;

	/* EINVAL means that the kernel's set is larger than ours. */
	for (size_t size = 1024; size <= MOST; size *= 2) {
		cpu_set_t *set = CPU_ALLOC(size);
		int n = -1, again;

		if (set == NULL)
			break;
		if (sched_getaffinity(0, CPU_ALLOC_SIZE(size), set) == 0)
			n = CPU_COUNT_S(CPU_ALLOC_SIZE(size), set);
		again = n < 0 && errno == EINVAL;
		CPU_FREE(set);
		if (n > 0)
			return (size_t)n;
		if (!again)
			break;
	}
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (size_t)online : 1;
}
