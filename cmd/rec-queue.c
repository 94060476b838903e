/*
 * rec-queue: a durable queue in a directory, without a server: made, fed from standard input, read
 * to standard output, acknowledged, shown and removed. queue.h tells what a queue is, and
 * message.h what records become in it.
 */

#include <getopt.h>
#include <string.h>

#include "base/status.h"
#include "command/command.h"
#include "message/message.h"
#include "message/message_options.h"

static const struct die_usage usage = { "rec-queue",
	"rec-queue create [--group NAME] [ATTRIBUTE ...] QUEUE\n"
	"rec-queue set ATTRIBUTE ... QUEUE\n"
	"rec-queue send [--delay TIME] [--attribute NAME=RANGE] [--ids] [--all-or-none] [--else ENDPOINT] [--sync WHEN] QUEUE\n"
	"rec-queue receive {--session NAME | --envelope | --json | --ack auto | --cursor NAME [--from start | now]} [-n N] "
	"[--wait TIME | --until-empty | --follow] [--visibility TIME] [--sync WHEN] QUEUE\n"
	"rec-queue commit --session NAME [--sync WHEN] QUEUE [STREAM ...]\n"
	"rec-queue ack [--sync WHEN] QUEUE\n"
	"rec-queue nack [--delay TIME] [--sync WHEN] QUEUE\n"
	"rec-queue extend --visibility TIME [--sync WHEN] QUEUE\n"
	"rec-queue stat [--json] QUEUE\n"
	"rec-queue peek [-n N] [--json] QUEUE\n"
	"rec-queue dump QUEUE\n"
	"rec-queue load [--ids] [--else ENDPOINT] [--sync WHEN] QUEUE\n"
	"rec-queue check [--repair] QUEUE\n"
	"rec-queue forget --cursor NAME QUEUE\n"
	"rec-queue {purge | rm} QUEUE\n",
	"\n"
	"      --ack auto          messages are done when they are received\n"
	"      --all-or-none       when the input has ended well, all of it at once\n"
	"      --attribute NAME=RANGE  a part of the record goes along with the message\n"
	"      --cursor NAME       read, and take nothing; the next reading goes on there\n"
	"      --delay TIME        messages are visible only after that\n"
	"      --else ENDPOINT     where records go that are too large\n"
	"      --envelope          a first line has receipt, id, count, time and attributes\n"
	"      --follow            never end\n"
	"      --from start | now  where a new cursor begins\n"
	"      --group NAME        for all users of that group\n"
	"      --ids               print the id of each message\n"
	"      --json              as JSON\n"
	"  -n, --limit N           at most N messages\n"
	"      --repair            make anew what can be, and give up what cannot be read\n"
	"      --session NAME      records that commit acknowledges by their positions\n"
	"      --sync WHEN         batch, each or none: when messages are on the disk\n"
	"      --until-empty       end when nothing is visible, delayed or in flight\n"
	"      --visibility TIME   how long a message is hidden after it was received\n"
	"      --wait TIME         wait for a first message\n"
	"ATTRIBUTE is --visibility, --delay, --retention, --wait TIME; --max-size SIZE; or --max-flight N.\n"
	"  -h, --help; -V, --version\n" };

struct job {
	struct message_options options;
	const char *verb;
	char **operands; /* the queue, and after it streams */
	int count;
	struct queue *queue;
	struct command_fault fault;
	struct buf out;
	int status;
};

static int
is_given(const struct job *job, int letter)
{
	return message_given(&job->options, letter);
}

static void
open_queue(struct job *job)
{
	struct buf error = { 0 };
	int status = queue_open(&job->queue, job->operands[0], job->options.receive.sync, &error);

	if (status != 0)
		die(status, "%s", buf_string(&error));
	job->options.send.queue = job->options.receive.queue = job->queue;
	job->options.receive.path = job->operands[0];
}

static void
print(struct job *job)
{
	if (job->fault.status == 0)
		die_print(job->out.data, job->out.len);
	job->status = job->status != 0 ? job->status : job->fault.status;
}

static void
create(struct job *job)
{
	struct message_options *o = &job->options;
	struct buf error = { 0 };
	unsigned which = message_attributes_given(o);
	int made, status = queue_create(job->operands[0], &o->attributes, which, o->group, &made, &error);

	if (status != 0)
		die(status, "%s", buf_string(&error));
}

static void
set(struct job *job)
{
	unsigned which = message_attributes_given(&job->options);

	if (which == 0)
		die_usage("set: an attribute is needed, such as --visibility 60s");
	open_queue(job);
	if ((job->status = queue_attributes_set(job->queue, &job->options.attributes, which)) != 0)
		die(job->status, "%s", queue_error(job->queue));
}

static struct rec_in in;
static struct rec_out out;

/* send, load. */
static void
send_records(struct job *job)
{
	command_no_terminal();
	open_queue(job);
	command_in(&in);
	job->options.send.envelope = strcmp(job->verb, "load") == 0;
	message_send(&job->options.send, &in, &job->fault);
	job->status = command_end(&in, &job->fault, in.next);
	if (job->options.send.ids)
		job->status = command_close(job->status);
}

static void
receive(struct job *job)
{
	uint64_t next, n;

	open_queue(job);
	command_out(&out);
	n = message_receive(&job->options.receive, &out, &next, &job->fault);
	job->status = command_end(NULL, &job->fault, next);
	message_receive_linger(&job->options.receive, n);
	if (job->status == 0 && n == 0)
		job->status = 1;
}

/* ack, nack, extend. */
static void
finish(struct job *job)
{
	int removes = strcmp(job->verb, "ack") == 0;
	int64_t ms = strcmp(job->verb, "extend") == 0 ? job->options.receive.visibility : job->options.send.delay;

	command_no_terminal();
	open_queue(job);
	command_in(&in);
	message_finish(job->queue, removes ? QUEUE_DONE : QUEUE_AGAIN, ms > 0 ? ms : 0, &in, &job->fault);
	job->status = command_end(&in, &job->fault, in.next);
}

static struct endpoint endpoints[64];
static struct rec_in others[64];

static void
commit(struct job *job)
{
	struct rec_in *ins[64] = { &in };
	size_t n = (size_t)job->count - 1;

	if (n >= sizeof others / sizeof others[0])
		die_usage("commit: at most %zu streams are expected", sizeof others / sizeof others[0] - 1);
	command_no_terminal();
	open_queue(job);
	command_in(&in);
	for (size_t i = 0; i < n; i++) {
		int status = endpoint_rec_in(&endpoints[i], job->operands[i + 1], &others[i]);

		if (status != 0)
			die(status, "%s", buf_string(&endpoints[i].error));
		ins[i + 1] = &others[i];
	}
	message_commit(job->queue, job->operands[0], job->options.receive.name, ins, n + 1, &job->fault);
	for (size_t i = 0; i < n; i++)
		command_end_input(&others[i], &job->fault);
	job->status = command_end(&in, &job->fault, in.next);
}

static void
peek(struct job *job)
{
	open_queue(job);
	message_peek(job->queue, is_given(job, MESSAGE_OPT_LIMIT) ? job->options.receive.limit : 10,
	    is_given(job, MESSAGE_OPT_JSON), &job->out, &job->fault);
	print(job);
}

static void
dump(struct job *job)
{
	uint64_t n;

	open_queue(job);
	command_out(&out);
	n = message_dump(job->queue, &out, &job->fault);
	job->status = command_end(NULL, &job->fault, n);
}

static void
show(struct job *job)
{
	open_queue(job);
	message_stat(job->queue, is_given(job, MESSAGE_OPT_JSON), &job->out, &job->fault);
	print(job);
}

static void
purge(struct job *job)
{
	uint64_t n;

	open_queue(job);
	if ((job->status = queue_purge(job->queue, &n)) != 0)
		die(job->status, "%s", queue_error(job->queue));
}

static void
check(struct job *job)
{
	uint64_t wrong;

	open_queue(job);
	job->status = queue_check(job->queue, is_given(job, MESSAGE_OPT_REPAIR), &job->out, &wrong);
	if (job->status != 0)
		die(job->status, "%s", queue_error(job->queue));
	print(job);
	if (wrong > 0 && !is_given(job, MESSAGE_OPT_REPAIR))
		job->status = EX_DATAERR;
}

static void
forget(struct job *job)
{
	open_queue(job);
	if ((job->status = queue_cursor_remove(job->queue, job->options.receive.name)) != 0)
		die(job->status, "%s", queue_error(job->queue));
}

static void
remove_queue(struct job *job)
{
	struct buf error = { 0 };
	int status = queue_remove(job->operands[0], &error);

	if (status != 0)
		die(status, "%s", buf_string(&error));
}

/* The letters of the options are those of message_options.h. */
static const struct message_verb verbs[] = {
	{ "create", "vdRmlwg", 1 },
	{ "set", "vdRmlw", 1 },
	{ "send", "dbiAeS", 1 },
	{ "receive", "sEjacFnwufvS", 1 },
	{ "ack", "S", 1 },
	{ "nack", "dS", 1 },
	{ "extend", "vS", 1 },
	{ "commit", "sS", 64 },
	{ "stat", "j", 1 },
	{ "peek", "nj", 1 },
	{ "dump", "", 1 },
	{ "load", "Sei", 1 },
	{ "purge", "", 1 },
	{ "check", "r", 1 },
	{ "forget", "c", 1 },
	{ "rm", "", 1 },
};

static void (*const runs[])(struct job *) = { create, set, send_records, receive, finish, finish, finish, commit,
	show, peek, dump, send_records, purge, check, forget, remove_queue };

int
main(int argc, char **argv)
{
	static struct job job;
	size_t verb;

	command_start_stream(
	    &usage, argv, argc > 1 && (strcmp(argv[1], "receive") == 0 || strcmp(argv[1], "dump") == 0) ? "" : NULL);
	verb = message_options_read(&job.options, argc, argv, verbs, sizeof verbs / sizeof verbs[0]);
	job.operands = argv + optind;
	job.count = argc - optind;
	job.verb = verbs[verb].name;
	runs[verb](&job);
	queue_close(job.queue);
	return job.status;
}
