/*
 * mklog: writes lines of a web server's access log, the same ones each time, for the benchmark.
 *
 *   mklog SIZE >FILE
 *
 * A line is some 120 bytes; as many whole ones as SIZE holds are written. One in about 300 tells of status 500, and
 * only such a line contains `" 500 `.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "num.h"

#define LINE 512

/* Sebastiano Vigna's splitmix64. */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t
make_line(char *line, uint64_t number, uint64_t *state)
{
	/* A path with a tail has a number before it. */
	static const struct {
		const char *head, *tail;
	} paths[8] = { { "/", NULL }, { "/orders", NULL }, { "/orders/", "" }, { "/cart", NULL }, { "/search?q=", "" },
		{ "/static/", ".js" }, { "/health", NULL }, { "/invoices/2026/03/", ".pdf" } };
	static const char *const agents[] = { "Mozilla/5.0 (X11; Linux x86_64) Gecko", "curl/7.88.1",
		"health-check/2.1 (every 5 s)", "importer/1.4 (nightly; retry)" };
	static const unsigned others[] = { 200, 200, 200, 200, 200, 200, 304, 304, 404, 301, 206, 503 };
	uint64_t r = next_random(state), second = number / 40;
	char path[64];
	unsigned status = r % 300 == 0 ? 500 : others[(r >> 16) % (sizeof others / sizeof *others)];

	if (paths[r >> 24 & 7].tail == NULL)
		snprintf(path, sizeof path, "%s", paths[r >> 24 & 7].head);
	else
		snprintf(path, sizeof path, "%s%u%s", paths[r >> 24 & 7].head, (unsigned)(r >> 32 & 0xfffff),
		    paths[r >> 24 & 7].tail);
	return (size_t)snprintf(line, LINE,
	    "192.0.2.%u - - [%02u/Mar/2026:%02u:%02u:%02u +0000] \"%s %s HTTP/1.1\" %u %u \"-\" \"%s\" %u\n",
	    (unsigned)(r >> 8 & 0xff), 1 + (unsigned)(second / 86400 % 31), (unsigned)(second / 3600 % 24),
	    (unsigned)(second / 60 % 60), (unsigned)(second % 60), r >> 60 == 0 ? "POST" : "GET", path, status,
	    80 + (unsigned)(r >> 40 & 0x3fff), agents[r >> 14 & 3], 1 + (unsigned)(r >> 52 & 0xff));
}

int
main(int argc, char **argv)
{
	uint64_t size, written = 0, number = 0, state = 1;
	char line[LINE];
	size_t len;

	if (argc != 2 || num_size(argv[1], UINT64_MAX, &size) < 0) {
		fprintf(stderr, "usage: mklog SIZE, such as 300M\n");
		return 64;
	}
	while ((len = make_line(line, number++, &state)) <= size - written) {
		if (fwrite(line, 1, len, stdout) != len)
			break;
		written += len;
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("mklog: standard output");
		return 74;
	}
	return 0;
}
