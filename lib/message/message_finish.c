/*
 * message_finish: messages are acknowledged by receipts; see message.h. A wrong receipt is reported
 * with its position, and the others count.
 */

#include <string.h>

#include "base/status.h"
#include "match/json.h"
#include "match/object.h"
#include "message/message.h"

enum { AT_ONCE = 1000 };

struct finisher {
	struct queue *queue;
	enum queue_verdict verdict;
	int64_t ms;
	struct command_fault *fault;
	char receipts[AT_ONCE][QUEUE_RECEIPT];
	uint64_t positions[AT_ONCE];
	unsigned char wrong[AT_ONCE];
	size_t count;
};

static void
wrong_receipt(struct finisher *f, uint64_t position)
{
	command_fail(f->fault, EX_DATAERR, "position %llu: this does not begin with a receipt of this queue",
	    (unsigned long long)position);
}

/* Finds the receipt in a record: its first word, or the member of an object. */
static struct range_view
find_receipt(const char *data, size_t len)
{
	struct range_view none = { NULL, 0 };
	const char *p = data, *end = data + len;
	struct object_member m;
	char open;

	if (len > 0 && *data == '{') {
		if ((p = object_begin(data, len, &open)) == NULL || open != '{')
			return none;
		while (object_next(&p, end, &m))
			if (m.name.len == 7 && memcmp(m.name.data, "receipt", 7) == 0 && m.value.len >= 2 &&
			    m.value.data[0] == '"')
				return (struct range_view){ m.value.data + 1, m.value.len - 2 };
		return none;
	}
	while (p < end && *p != ' ' && *p != '\n' && *p != '\t')
		p++;
	return (struct range_view){ data, (size_t)(p - data) };
}

static void
finish(struct finisher *f)
{
	uint64_t left;
	int status;

	if (f->count == 0)
		return;
	status = queue_finish(f->queue, f->verdict, f->ms, f->receipts, f->count, f->wrong, &left);
	if (status != 0)
		message_failed(f->queue, status, f->fault);
	for (size_t i = 0; status == 0 && i < f->count; i++)
		if (f->wrong[i])
			wrong_receipt(f, f->positions[i]);
	f->count = 0;
}

static void
take_block(struct finisher *f, const struct block *b)
{
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t from = block_start(b, i);
		struct range_view v = find_receipt(b->payload + from, b->ends[i] - from);

		if (v.len != QUEUE_RECEIPT) {
			wrong_receipt(f, block_position(b, i));
			continue;
		}
		memcpy(f->receipts[f->count], v.data, QUEUE_RECEIPT);
		f->positions[f->count++] = block_position(b, i);
		if (f->count == AT_ONCE)
			finish(f);
	}
}

void
message_finish(struct queue *q, enum queue_verdict verdict, int64_t ms, struct rec_in *in, struct command_fault *fault)
{
	static struct finisher f;
	struct block b;

	f = (struct finisher){ .queue = q, .verdict = verdict, .ms = ms, .fault = fault };
	/* What is wrong does not end the stream: only a queue that fails does. */
	for (;;) {
		int r = rec_in_try(in, &b);

		if (r == 0) {
			finish(&f);
			if (!rec_in_block(in, &b))
				break;
		} else if (r < 0)
			break;
		if (b.kind == BLOCK_DATA)
			take_block(&f, &b);
		if (fault->status != 0 && fault->status != EX_DATAERR)
			break;
	}
	finish(&f);
	if (in->end == REC_IN_OPEN)
		rec_in_enough(in, in->next);
}
