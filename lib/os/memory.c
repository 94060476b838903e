/* memory: see memory.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/memory.h"

/*
 * Bytes at both ends of a piece that get small pages: a large one costs more than a short use of
 * it.
 */
enum { SMALL_PAGES = 4 * 1024 * 1024, LARGE_PAGE = 2 * 1024 * 1024 };

/* Lowers *most to the number in the file, if there is one. */
static void
lower(uint64_t *most, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[32];
	uint64_t n;

	if (file == NULL)
		return;
	/* "max" is no limit. */
	if (fgets(line, sizeof line, file) != NULL && line[0] >= '0' && line[0] <= '9') {
		n = strtoull(line, NULL, 10);
		if (n < *most)
			*most = n;
	}
	fclose(file);
}

/* Lowers *most to the limits of a control group and of those that it is in. */
static void
lower_groups(uint64_t *most, const char *root, const char *group, const char *name)
{
	struct buf path = { 0 };
	size_t n = strlen(group);

	for (;;) {
		path.len = 0;
		if (buf_addf(&path, "%s%.*s/%s", root, (int)n, group, name) == 0)
			lower(most, path.data);
		while (n > 0 && group[n - 1] != '/')
			n--;
		if (n == 0)
			break;
		n--;
	}
	buf_free(&path);
}

static void
lower_to_groups(uint64_t *most)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL, *group;
	size_t room = 0;

	if (file == NULL)
		return;
	while (getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0)
			lower_groups(most, "/sys/fs/cgroup", line + 3, "memory.max");
		else if ((group = strstr(line, ":memory:")) != NULL)
			lower_groups(most, "/sys/fs/cgroup/memory", group + 8, "memory.limit_in_bytes");
	}
	free(line);
	fclose(file);
}

uint64_t
memory_allowed(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t most = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_C(1) << 30;
	static const int kinds[] = { RLIMIT_AS, RLIMIT_DATA };
	struct rlimit limit;

	lower_to_groups(&most);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (getrlimit(kinds[i], &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < most)
			most = limit.rlim_cur;
	return most;
}

void *
memory_map(size_t *size, size_t least)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), want = *size;
	char *p;

	for (;;) {
		want = want < least ? least : want;
		if (want > SIZE_MAX - page) {
			errno = ENOMEM;
			return NULL;
		}
		*size = (want + page - 1) / page * page;
		p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p != MAP_FAILED)
			break;
		if (want == least)
			return NULL;
		want /= 2;
	}
	if (*size > 3 * SMALL_PAGES) {
		char *from = p + SMALL_PAGES;

		from += -(uintptr_t)from & (LARGE_PAGE - 1);
		(void)madvise(from, (size_t)(p + *size - SMALL_PAGES - from), MADV_HUGEPAGE);
	}
	return p;
}

void
memory_unmap(void *p, size_t size)
{
	if (p != NULL)
		(void)munmap(p, size);
}
