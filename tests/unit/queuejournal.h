#ifndef QUEUEJOURNAL_H
#define QUEUEJOURNAL_H

/*
 * queuejournal: processes that send to a queue and receive from it, and note what they do in a file
 * that all append to. A line is written by one write, and is there when its process is killed. In
 * the end the notes are compared with the queue: what was sent is done once at least, or is still
 * there; what was done does not come again; nothing comes that was not sent.
 */

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "queue/queue_private.h"
#include "unit/unit.h"

enum { JOURNAL_MOST = 200000 };

static int journal_fd = -1; /* for notes */
static const char
    *journal_cut; /* if a file of that name is there, the power has been cut, and nothing counts any more */

/* a: it is about to be sent; s: it is sent; r: received; d: done. */
static inline void
journal_note(char verb, unsigned long long text)
{
	char line[40];
	int n = snprintf(line, sizeof line, "%c %llu\n", verb, text);

	if (journal_cut != NULL && access(journal_cut, F_OK) == 0)
		_exit(9);
	if (write(journal_fd, line, (size_t)n) != n)
		_exit(3);
}

static inline struct queue *
journal_open(const char *path, enum queue_sync sync)
{
	struct buf error = { 0 };
	struct queue *q;

	if (queue_open(&q, path, sync, &error) != 0) {
		printf("%s\n", buf_string(&error));
		fflush(stdout);
		_exit(2);
	}
	buf_free(&error);
	return q;
}

/* Sends n messages, at most 16, with texts from `first` on. */
static inline void
journal_send(struct queue *q, uint64_t first, unsigned n)
{
	char payload[400];
	uint32_t ends[16];
	size_t len = 0;
	struct queue_batch b = { .payload = payload, .ends = ends, .count = n };

	for (unsigned i = 0; i < n; i++) {
		len += (size_t)sprintf(payload + len, "%llu", (unsigned long long)(first + i));
		ends[i] = (uint32_t)len;
		journal_note('a', first + i);
	}
	if (queue_send(q, &b, -1, NULL, NULL) != 0)
		_exit(4);
	for (unsigned i = 0; i < n; i++)
		journal_note('s', first + i);
}

/* Receives some messages, waits a little if there is none, and acknowledges them. */
static inline void
journal_receive(struct queue *q)
{
	struct queue_want want = { .count = 6, .bytes = 1 << 20, .visibility = 3600000 };
	struct queue_message m;
	char receipts[6][QUEUE_RECEIPT];
	unsigned long long texts[6];
	unsigned char wrong[6];
	uint64_t left;
	size_t count;
	int full, may;

	if (queue_receive(q, &want, &count, &full) != 0)
		_exit(5);
	if (count == 0 && queue_wait(q, 100, NULL, NULL, &may) != 0)
		_exit(6);
	for (size_t i = 0; i < count; i++) {
		char text[32];

		if (queue_message(q, i, &m) != 0 || m.data == NULL || m.len >= sizeof text)
			_exit(7);
		memcpy(text, m.data, m.len);
		text[m.len] = '\0';
		texts[i] = strtoull(text, NULL, 10);
		memcpy(receipts[i], m.receipt, QUEUE_RECEIPT);
		journal_note('r', texts[i]);
	}
	if (count == 0)
		return;
	if (queue_finish(q, QUEUE_DONE, 0, receipts, count, wrong, &left) != 0 || left != 0)
		_exit(8);
	for (size_t i = 0; i < count; i++)
		journal_note('d', texts[i]);
}

/* ---- afterwards ---- */

/* What became of each text: bits. */
enum { ATTEMPTED = 1, SENT = 2, RECEIVED = 4, DONE = 8, THERE = 16, AGAIN = 32 };

static unsigned char journal_fate[JOURNAL_MOST];

static inline void
journal_read(const char *journal)
{
	FILE *f = fopen(journal, "r");
	unsigned long long text;
	char verb;

	CHECK(f != NULL);
	memset(journal_fate, 0, sizeof journal_fate);
	while (f != NULL && fscanf(f, " %c %llu", &verb, &text) == 2) {
		CHECK(text < JOURNAL_MOST);
		if (text >= JOURNAL_MOST)
			break;
		if (verb == 'r' && (journal_fate[text] & DONE) != 0)
			journal_fate[text] |= AGAIN;
		journal_fate[text] |= verb == 'a' ? ATTEMPTED : verb == 's' ? SENT : verb == 'r' ? RECEIVED : DONE;
	}
	if (f != NULL)
		fclose(f);
}

/* Looks which messages the queue has; each once. */
static inline void
journal_look(const char *path)
{
	struct queue *q = journal_open(path, QUEUE_SYNC_NONE);
	struct queue_place place = { 0 };
	struct queue_stat stat;
	size_t count = 1;
	uint64_t n = 0;

	while (count > 0) {
		CHECK(queue_peek(q, &place, 1000, 1 << 20, &count) == 0);
		for (size_t i = 0; i < count; i++, n++) {
			struct queue_message m;
			uint64_t number;
			char text[32];

			CHECK(queue_message(q, i, &m) == 0 && m.data != NULL && m.len < sizeof text);
			if (m.data == NULL)
				continue;
			memcpy(text, m.data, m.len);
			text[m.len] = '\0';
			number = strtoull(text, NULL, 10);
			CHECK(number < JOURNAL_MOST && (journal_fate[number] & THERE) == 0);
			if (number < JOURNAL_MOST)
				journal_fate[number] |= THERE;
		}
	}
	CHECK(queue_stat(q, &stat) == 0 && stat.lost == 0 && stat.visible + stat.in_flight == n);
	free(stat.leases);
	queue_close(q);
}

/* Returns the number of texts below `texts` whose fate is wrong. */
static inline uint64_t
journal_faults(uint64_t texts)
{
	uint64_t bad = 0;

	for (uint64_t i = 0; i < texts; i++) {
		unsigned f = journal_fate[i];

		/*
		 * Sent: done, or there, or received by somebody who died before he could note what
		 * he did.
		 */
		bad += (f & SENT) != 0 && (f & (DONE | THERE | RECEIVED)) == 0;
		bad += (f & (RECEIVED | DONE | THERE)) != 0 && (f & ATTEMPTED) == 0;
		bad += (f & DONE) != 0 && (f & (THERE | AGAIN)) != 0;
	}
	return bad;
}

#endif
