/*
 * message_commit: what a session has received is acknowledged by the watermark of the streams that
 * come back; see message.h. A message goes only when the watermark of all of them has passed it:
 * the commands before have finished with it then, and with all before it.
 */

#include <stdlib.h>

#include "base/status.h"
#include "message/message.h"
#include "stream/loop.h"

struct committer {
	struct queue *queue;
	const char *session;
	struct command_fault *fault;
	struct rec_in *const *ins;
	size_t count;
	uint64_t *marks;     /* of each input: the watermark that counts */
	uint64_t base, next; /* of the run, once something of it has come; 0: nothing has */
	uint64_t committed;  /* all below is done */
	uint64_t done;       /* messages that were acknowledged */
};

static void
foreign(struct committer *c, uint64_t position)
{
	command_fail(c->fault, EX_DATAERR,
	    "session %s: position %llu is none of its present run: the stream was numbered anew on its way, or is an earlier run's",
	    c->session, (unsigned long long)position);
}

/*
 * Asks the queue which positions the session has given. Returns 1 if they include [from, to], else
 * 0.
 */
static int
in_run(struct committer *c, uint64_t from, uint64_t to)
{
	uint64_t base;
	int status;

	if (c->base != 0 && from >= c->base && to <= c->next)
		return 1;
	if ((status = queue_session_range(c->queue, c->session, &base, &c->next)) != 0) {
		message_failed(c->queue, status, c->fault);
		return 0;
	}
	if (base == 0 || (c->base != 0 && base != c->base) || from < base || to > c->next) {
		foreign(c, from);
		return 0;
	}
	if (c->base == 0)
		c->committed = base;
	c->base = base;
	return 1;
}

/* Looks at the positions of a block, and takes the watermark of its input. */
static void
take_block(struct committer *c, size_t i, const struct block *b)
{
	if (b->kind == BLOCK_DATA && b->count > 0 &&
	    !in_run(c, block_position(b, 0), block_position(b, b->count - 1) + 1))
		return;
	if (c->ins[i]->watermark != 0 && in_run(c, c->ins[i]->watermark, c->ins[i]->watermark))
		c->marks[i] = c->ins[i]->watermark;
}

/* A good end mark has a watermark that counts, too; that of a failed one does not. */
static void
take_end(struct committer *c, size_t i)
{
	const struct rec_in *in = c->ins[i];

	if (in->end == REC_IN_GOOD && in->watermark != 0 && c->fault->status == 0 &&
	    in_run(c, in->watermark, in->watermark))
		c->marks[i] = in->watermark;
}

/* Acknowledges what all inputs have passed. */
static void
commit(struct committer *c)
{
	uint64_t low = UINT64_MAX, done;
	int status;

	for (size_t i = 0; i < c->count; i++)
		low = c->marks[i] < low ? c->marks[i] : low;
	if (c->fault->status != 0 || c->base == 0 || low <= c->committed)
		return;
	status = queue_session_done(c->queue, c->session, c->base, low, &done);
	c->done += done;
	c->committed = low;
	if (status != 0)
		message_failed(c->queue, status, c->fault);
}

/* Reads all inputs to their ends. */
static void
read_all(struct committer *c)
{
	char *ended = calloc(c->count, 1);
	size_t open = c->count;
	struct block b;

	if (ended == NULL) {
		command_fail(c->fault, EX_OSERR, "out of memory");
		return;
	}
	while (open > 0 && c->fault->status == 0) {
		size_t came = 0;

		for (size_t i = 0; i < c->count && c->fault->status == 0; i++) {
			int r = ended[i] ? 0 : rec_in_try(c->ins[i], &b);

			if (r > 0) {
				take_block(c, i, &b);
				came++;
			} else if (r < 0) {
				take_end(c, i);
				ended[i] = 1;
				open--;
				came++;
			}
		}
		if (came > 0 && open > 0)
			continue;
		commit(c);
		if (open > 0 && c->fault->status == 0 && loop_wait(c->ins, c->count, NULL, 0, -1) < 0)
			command_fail(c->fault, EX_OSERR, "out of memory");
	}
	free(ended);
}

void
message_commit(struct queue *q, const char *path, const char *session, struct rec_in *const ins[], size_t count,
    struct command_fault *fault)
{
	struct committer c = { .queue = q, .session = session, .fault = fault, .ins = ins, .count = count };
	struct message_keeper *keeper = NULL;
	struct queue_attributes a;
	int status = queue_attributes_get(q, &a);

	if (status == 0)
		status = queue_session_commit(q, session);
	c.marks = calloc(count, sizeof *c.marks);
	if (status != 0)
		message_failed(q, status, fault);
	else if (c.marks == NULL)
		command_fail(fault, EX_OSERR, "out of memory");
	else {
		keeper =
		    message_keeper_begin(path, session, 1000 < a.visibility / 5 ? 1000 : (int64_t)a.visibility / 5);
		read_all(&c);
		message_keeper_end(keeper);
		/* The rest is for others, at once. */
		if (c.base != 0 && (status = queue_session_end(q, session, c.base)) != 0)
			message_failed(q, status, fault);
		if (c.base != 0 && c.committed - c.base > c.done && fault->status == 0)
			die_warn(
			    "session %s: %llu messages were left alone, which others have received since or which have expired",
			    session, (unsigned long long)(c.committed - c.base - c.done));
	}
	for (size_t i = 0; i < count; i++)
		if (ins[i]->end == REC_IN_OPEN)
			rec_in_enough(ins[i], ins[i]->next);
	free(c.marks);
}
