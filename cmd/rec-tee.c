/*
 * rec-tee: copies a record stream to standard output and to every endpoint. A block goes to all
 * outputs, unchanged, before the next is read. slow.h has what is done if a reader is slower than
 * the others.
 */

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "endpoint/endpoint.h"
#include "os/io.h"
#include "stream/loop.h"
#include "stream/slow.h"

static const struct die_usage usage = { "rec-tee",
	"rec-tee [--slow POLICY] [--behind SIZE] [--spill-max SIZE] [--until any | all]\n"
	"        [--durable] [ENDPOINT ...]\n",
	"\nPOLICY for a reader that is slower than the others, for all or as POLICY:ENDPOINT\n"
	"for one (POLICY:- for standard output):\n"
	"  wait   all wait for it (the default)\n"
	"  skip   it loses records for which it has no room; a loss gives their number\n"
	"  spill  records for which it has no room go to a temporary file\n"
	"  cut    it is cut off\n"
	"\n"
	"      --slow POLICY     what happens if a reader is slow\n"
	"      --behind SIZE     bytes in memory by which it may lag before that (default 1M)\n"
	"      --spill-max SIZE  bytes of its temporary file, at most (default 1G)\n"
	"      --until any|all   stop when the first reader, or the last one, has left (default all)\n"
	"      --durable         records go on when the files have them on disk\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:hV";
static const struct option longs[] = {
	{ "behind", required_argument, NULL, 'B' },
	{ "durable", no_argument, NULL, 'D' },
	{ "help", no_argument, NULL, 'h' },
	{ "slow", required_argument, NULL, 'S' },
	{ "spill-max", required_argument, NULL, 'M' },
	{ "until", required_argument, NULL, 'U' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

enum { BATCH = 1 << 20 }; /* --durable: bytes after which the files are synced, at the latest */

struct copy {
	struct rec_out out;
	struct slow slow;
	struct endpoint endpoint;
	const char *name; /* of the endpoint, or NULL for standard output */
	int ended;        /* it failed, which has been reported */
};

struct tee {
	struct copy *copies; /* the first is standard output */
	size_t count;
	enum slow_policy slow;
	uint64_t behind, spill_max;
	int any, durable, holds; /* holds: blocks are kept after the next read */
	struct teepipe teepipe;    /* what the pipes among the outputs share */
	struct block block; /* read last; outputs that do not keep it have yet to begin to write it */
	struct command_fault fault;
};

static void
take_operands(struct tee *t, char **operands, size_t count)
{
	int own = 0, files = 0; /* own: standard output was named */

	if ((t->copies = calloc(count + 1, sizeof *t->copies)) == NULL)
		die(EX_OSERR, "out of memory");
	t->count = 1;
	t->copies[0].slow.policy = t->slow;
	for (size_t i = 0; i < count; i++) {
		enum slow_policy policy = t->slow;
		const char *name = slow_operand(operands[i], &policy);
		struct buf error = { 0 };
		struct copy *c;

		if (endpoint_check(name, 1, &error) != 0 ||
		    (name != operands[i] && endpoint_unlike_file(operands[i], &error) != 0))
			die_usage("%s", buf_string(&error));
		if (strcmp(name, "-") == 0 ? own++ : endpoint_is_standard(name, 1))
			die_usage("%s: standard output is taken already", operands[i]);
		if (t->durable && name != operands[i] && endpoint_is_file(name) &&
		    (policy == SLOW_SKIP || policy == SLOW_CUT))
			die_usage("%s: with --durable a file misses no record", operands[i]);
		if (t->durable && endpoint_framing(name) != NULL && endpoint_is_file(name))
			die_usage("%s: with --durable a file has its records at once, not at the end", operands[i]);
		c = &t->copies[strcmp(name, "-") == 0 ? 0 : t->count++];
		c->name = c == t->copies ? NULL : name;
		c->slow.policy = policy;
		files += endpoint_is_file(name);
	}
	if (t->durable && files == 0)
		die_usage("--durable: no endpoint is a file");
}

static void
parse(struct tee *t, int argc, char **argv)
{
	int c;

	opterr = 0;
	t->behind = 1 << 20;
	t->spill_max = OPT_SPILL_MAX;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'B':
			t->behind = opt_size("--behind", optarg, 0, SIZE_MAX / 2, "not a size such as 64K or 20G");
			break;
		case 'D':
			t->durable = 1;
			break;
		case 'h':
			die_help();
		case 'M':
			t->spill_max = opt_spill_max(optarg);
			break;
		case 'S':
			if (slow_policy(optarg, &t->slow) < 0)
				die_usage("--slow %s: wait, skip, spill or cut is expected", optarg);
			break;
		case 'U':
			t->any = opt_until_any(optarg);
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	take_operands(t, argv + optind, (size_t)(argc - optind));
}

static void
open_copies(struct tee *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct copy *c = &t->copies[i];

		if (c->name == NULL)
			command_out(&c->out);
		else if (command_out_to(&c->endpoint, c->name, &c->out, &t->fault) < 0)
			return;
		if ((c->out.durable = t->durable && i > 0 && rec_out_is_file(&c->out)))
			c->slow.policy = SLOW_WAIT; /* also if --slow says otherwise */
		slow_open(&c->slow, &c->out, (size_t)t->behind, t->spill_max);
		rec_out_share(&c->out, &t->teepipe);
		t->holds |= c->slow.policy != SLOW_WAIT || t->durable;
		if (c->out.durable && io_sync_name(c->out.fd) < 0)
			command_fail(&t->fault, EX_IOERR, "%s: its directory cannot be synced: %s",
			    c->name, strerror(errno));
	}
}

/* Writes what the output takes; reports its news. Returns 1 if its reader wants more, else 0. */
static int
push(struct tee *t, struct copy *c)
{
	struct buf line = { 0 };
	const char *why;

	if (!c->ended)
		slow_push(&c->slow);
	/* Reported at once, because the other outputs go on. */
	if (c->out.state == REC_OUT_FAILED && !c->ended) {
		command_out_failed(&c->out, &t->fault);
		(void)rec_out_end(&c->out, 0, 0, NULL, &why);
		c->ended = 1;
	}
	if (slow_news(&c->slow, &line))
		die_warn("%s", buf_string(&line));
	buf_free(&line);
	return slow_wanted(&c->slow);
}

/* Pushes all outputs. Returns 1 if more input is wanted, else 0. */
static int
push_all(struct tee *t)
{
	size_t wanted = 0;

	/* Files after pipes, standard output last: no watermark passes what others do not have. */
	for (int turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < t->count; i++)
			if (turn == (i == 0 ? 2 : rec_out_is_file(&t->copies[i].out)))
				wanted += (size_t)push(t, &t->copies[i]);
	return t->any ? wanted == t->count : wanted > 0;
}

/* Syncs the durable outputs. Returns 1, or 0 after a failure: the records must not go on. */
static int
sync_files(struct tee *t)
{
	int good = 1;

	for (size_t i = 1; i < t->count; i++)
		good &= !t->copies[i].out.durable || slow_sync(&t->copies[i].slow) == 0;
	return good;
}

/* Puts out a block, or several if --durable. As rec_in_try; -1 also if nobody may get them. */
static int
read_on(struct tee *t, struct rec_in *in)
{
	size_t bytes = 0, blocks = 0;
	struct block *b = &t->block;
	int got;

	do {
		struct held *h = NULL;

		teepipe_next(&t->teepipe);
		if ((got = rec_in_try(in, b)) <= 0)
			break;
		blocks++;
		bytes += b->size;
		if (t->holds && (h = rec_in_hold(in, b)) == NULL) {
			command_fail(&t->fault, EX_OSERR, "out of memory");
			rec_out_give_up(b->base);
			return -1;
		}
		for (size_t i = 0; i < t->count; i++)
			slow_put(&t->copies[i].slow, h != NULL ? &h->block : b, h);
		held_drop(h);
	} while (t->durable && bytes < BATCH && bytes < t->behind);
	if (!t->durable || sync_files(t))
		return blocks > 0 ? 1 : got;
	for (size_t i = 0; i < t->count; i++)
		slow_forget(&t->copies[i].slow);
	return -1;
}

static void
wait_for(struct rec_in *in)
{
	if (loop_wait(&in, 1, NULL, 0, -1) < 0)
		die(EX_OSERR, "out of memory");
}

static int
all_ready(const struct tee *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (!slow_ready(&t->copies[i].slow))
			return 0;
	return 1;
}

static void
copy_all(struct tee *t, struct rec_in *in)
{
	while (push_all(t)) {
		int ready = all_ready(t), got = ready ? read_on(t, in) : 0;

		if (got < 0)
			break;
		if (got == 0)
			wait_for(ready ? in : NULL);
	}
	/* More input could come, but nobody wants it, or nobody may get it. */
	if (in->end == REC_IN_OPEN)
		rec_in_enough(in, in->next);
}

int
main(int argc, char **argv)
{
	static struct tee t;
	static struct rec_in in;
	int status;

	command_start_stream(&usage, argv, "");
	parse(&t, argc, argv);
	command_in(&in);
	open_copies(&t);
	if (t.fault.status == 0)
		copy_all(&t, &in);
	else
		rec_in_enough(&in, 0);
	for (size_t i = 0; i < t.count; i++)
		if (t.copies[i].slow.out != NULL && !t.copies[i].ended)
			slow_end(&t.copies[i].slow);
	status = command_end(&in, &t.fault, in.next);
	for (size_t i = 0; i < t.count; i++) {
		slow_free(&t.copies[i].slow);
		rec_out_free(&t.copies[i].out);
		endpoint_free(&t.copies[i].endpoint);
	}
	free(t.copies);
	teepipe_free(&t.teepipe);
	return status;
}
