#ifndef MAIN_H
#define MAIN_H

/*
 * main: for fuzz harnesses. A harness is LLVMFuzzerTestOneInput, which aborts if something is
 * wrong. It includes this, which gives it a main that replays the files named as arguments, and all
 * files under the directories named. With FUZZER=1 (see Makefile) libFuzzer's main is used instead.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *replaying = "input"; /* the file, if it is one */

/* Aborts with the place, so that a fuzzer keeps the input. */
#define MUST(cond)                                                                                    \
	do {                                                                                          \
		if (!(cond)) {                                                                        \
			fprintf(stderr, "%s:%d: %s: not %s\n", __FILE__, __LINE__, replaying, #cond); \
			abort();                                                                      \
		}                                                                                     \
	} while (0)

#ifndef FUZZER

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

static unsigned long replayed;

/* The input is in memory of its exact size, so that a sanitizer sees reads beyond it. */
static int
replay(const char *path, const struct stat *st, int type, struct FTW *where)
{
	size_t len = (size_t)st->st_size;
	uint8_t *data;
	FILE *file;

	(void)where;
	if (type == FTW_D)
		return 0;
	data = malloc(len > 0 ? len : 1);
	file = fopen(path, "rb");
	if (type != FTW_F || data == NULL || file == NULL || fread(data, 1, len, file) != len) {
		fprintf(stderr, "%s: can't be read\n", path);
		return 1;
	}
	fclose(file);
	replaying = path;
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	replayed++;
	return 0;
}

int
main(int argc, char *argv[])
{
	const char *slash = strrchr(argv[0], '/'), *name = slash != NULL ? slash + 1 : argv[0];

	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], replay, 16, FTW_PHYS) != 0) {
			printf("not ok %s: %s\n", name, argv[i]);
			return 1;
		}
	}
	printf("%s %s: %lu inputs\n", replayed > 0 ? "ok" : "not ok", name, replayed);
	return replayed == 0;
}

#endif

#endif
