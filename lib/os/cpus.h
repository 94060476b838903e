#ifndef CPUS_H
#define CPUS_H

/*
 * cpus: how many of them this process may use, which may be fewer than the machine has (taskset(1), cpusets of containers).
 */

#include <stddef.h>

/* At least 1: so many processes make sense at once, and with 1 nobody is at work while this one waits. */
size_t cpus_allowed(void);

#endif
