#ifndef MEMORY_H
#define MEMORY_H

/*
 * memory: how much memory this process may use, and large pieces of it, of which only what is
 * touched takes any.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the bytes that may be used: those of the machine, or fewer if the control group of the
 * process (cgroups(7)) or setrlimit(2) allows fewer.
 */
uint64_t memory_allowed(void);

/*
 * Returns a piece of at least *size bytes, zeros, at the beginning of a page. If the system grants
 * no such piece, tries the half of it, and so on down to least. Sets *size. Returns NULL with errno
 * ENOMEM.
 */
void *memory_map(size_t *size, size_t least);

/* Gives a piece back. NULL is ignored. */
void memory_unmap(void *, size_t size);

#endif
