/*
 * mklog: writes lines of a web server's access log, the same ones each time, for the benchmark.
 *
 *   mklog SIZE [users | tsv | ndjson] >FILE
 *
 * A line is some 120 bytes; as many whole ones as SIZE holds are written. One in about 300 tells of
 * status 500, and only such a line contains `" 500 `. With users the third field is a name such as
 * user4711; tsv has fields with tabs between them, of which the fourth is the status; ndjson has an
 * object in each line, written as jq -c does it.
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

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

enum { LOG, USERS, TSV, NDJSON };

static size_t
make_line(char *line, int form, uint64_t number, uint64_t *state)
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
	char path[64], address[16], when[32], user[16];
	const char *method, *agent;
	unsigned bytes, took, status = r % 300 == 0 ? 500 : others[(r >> 16) % (sizeof others / sizeof *others)];

	if (paths[r >> 24 & 7].tail == NULL)
		snprintf(path, sizeof path, "%s", paths[r >> 24 & 7].head);
	else
		snprintf(path, sizeof path, "%s%u%s", paths[r >> 24 & 7].head, (unsigned)(r >> 32 & 0xfffff),
		    paths[r >> 24 & 7].tail);
	snprintf(address, sizeof address, "192.0.2.%u", (unsigned)(r >> 8 & 0xff));
	snprintf(when, sizeof when, "%02u/Mar/2026:%02u:%02u:%02u", 1 + (unsigned)(second / 86400 % 31),
	    (unsigned)(second / 3600 % 24), (unsigned)(second / 60 % 60), (unsigned)(second % 60));
	method = r >> 60 == 0 ? "POST" : "GET";
	bytes = 80 + (unsigned)(r >> 40 & 0x3fff);
	agent = agents[r >> 14 & 3];
	took = 1 + (unsigned)(r >> 52 & 0xff);
	switch (form) {
	case TSV:
		return (size_t)snprintf(line, LINE, "%s\t%s\t%s %s\t%u\t%u\t%s\t%u\n", address, when, method, path,
		    status, bytes, agent, took);
	case NDJSON:
		return (size_t)snprintf(line, LINE,
		    "{\"client\":\"%s\",\"time\":\"%s\",\"method\":\"%s\",\"path\":\"%s\",\"status\":%u,\"bytes\":%u,"
		    "\"agent\":\"%s\",\"ms\":%u}\n",
		    address, when, method, path, status, bytes, agent, took);
	default:
		snprintf(user, sizeof user, "user%u", (unsigned)(r >> 20 & 0xffff));
		return (size_t)snprintf(line, LINE, "%s - %s [%s +0000] \"%s %s HTTP/1.1\" %u %u \"-\" \"%s\" %u\n",
		    address, form == USERS ? user : "-", when, method, path, status, bytes, agent, took);
	}
}

int
main(int argc, char **argv)
{
	uint64_t size, written = 0, number = 0, state = 1;
	static const char *const forms[] = { "log", "users", "tsv", "ndjson" };
	char line[LINE];
	int form = LOG;
	size_t len;

	while (argc == 3 && form <= NDJSON && strcmp(argv[2], forms[form]) != 0)
		form++;
	if (argc < 2 || argc > 3 || form > NDJSON || num_size(argv[1], UINT64_MAX, &size) < 0) {
		fprintf(stderr, "usage: mklog SIZE [users | tsv | ndjson], such as mklog 300M\n");
		return 64;
	}
	while ((len = make_line(line, form, number++, &state)) <= size - written) {
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
