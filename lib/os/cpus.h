#ifndef CPUS_H
#define CPUS_H

/*
 * cpus: the number of processors that this process may use, which may be fewer than the machine has
 * (taskset(1), cpusets of containers).
 */

#include <stddef.h>

/*
 * Returns that number, at least 1: it is the number of processes that can work at the same time. If
 * it is 1, no other process is at work while this one spins.
 */
size_t cpus_allowed(void);

#endif
