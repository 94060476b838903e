/*
 * rec-shm: named rings of records in shared memory: made, fed from standard input, read to standard
 * output, shown and removed. shm_ring.h tells what a ring is, and how its ends are shared. Sending
 * and receiving pass a stream on, block by block.
 */

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "shm/shm_show.h"

static const struct die_usage usage = { "rec-shm",
	"rec-shm create [--mode stream | queue | broadcast] [--slow wait | skip | cut] [--keep] [--size SIZE] NAME\n"
	"rec-shm send [--readers N] NAME\n"
	"rec-shm receive [--from start | now] [--wait DURATION] NAME\n"
	"rec-shm stat [--json | --watch] NAME\n"
	"rec-shm list [--stale] [--json]\n"
	"rec-shm rm {--stale | NAME ...}\n",
	"\n"
	"      --from start | now  receive: of broadcast: also what is still in the ring; or what comes (the default)\n"
	"      --json              stat, list: as JSON\n"
	"      --keep              create: readers wait for further writers when all have ended\n"
	"      --mode MODE         create: from one to one; each record to one reader; to every reader\n"
	"      --readers N         send: wait for N readers first\n"
	"      --size SIZE         create: bytes of the ring, 4M unless given, at least 1M\n"
	"      --slow POLICY       create: of broadcast: what happens to slow readers\n"
	"      --stale             list, rm: only rings that killed processes have left\n"
	"      --wait DURATION     receive: wait for a name that is not there yet\n"
	"      --watch             stat: again and again\n"
	"  -h, --help; -V, --version\n" };

enum { FROM = 'f', JSON = 'j', KEEP = 'k', MODE = 'm', READERS = 'r', SIZE = 'b', SLOW = 's', STALE = 't',
	WAIT = 'w', WATCH = 'W' };

static const struct option longs[] = {
	{ "from", required_argument, NULL, FROM },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, JSON },
	{ "keep", no_argument, NULL, KEEP },
	{ "mode", required_argument, NULL, MODE },
	{ "readers", required_argument, NULL, READERS },
	{ "size", required_argument, NULL, SIZE },
	{ "slow", required_argument, NULL, SLOW },
	{ "stale", no_argument, NULL, STALE },
	{ "version", no_argument, NULL, 'V' },
	{ "wait", required_argument, NULL, WAIT },
	{ "watch", no_argument, NULL, WATCH },
	{ NULL, 0, NULL, 0 },
};

struct job {
	char given[64]; /* the letters of the options that were given, each once */
	struct shm_plan plan;
	struct shm_want want;
	char **names;
	struct buf out; /* what is to be printed, or the name of the ring for messages */
	int status;
};

static int
is_given(const struct job *job, int option)
{
	return strchr(job->given, option) != NULL;
}

static uint32_t
word_of(const char *wrong, const char *const words[])
{
	for (uint32_t i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], optarg) == 0)
			return i;
	die_usage(wrong, optarg);
}

static void
parse_options(struct job *job, int argc, char **argv)
{
	static const char *const starts[] = { "now", "start", NULL };
	int c;

	while ((c = getopt_long(argc, argv, "+:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'h':
			die_help();
		case 'V':
			die_version();
		case FROM:
			job->want.from = 1;
			job->want.start = word_of("--from %s: start or now is expected", starts) == 1;
			break;
		case MODE:
			job->plan.mode = word_of("--mode %s: stream, queue or broadcast is expected", shm_show_modes);
			break;
		case READERS:
			if (num_count(optarg, SHM_PLACES - 1, &job->want.readers) < 0)
				die_usage("--readers %s: not a number of readers up to %d", optarg, SHM_PLACES - 1);
			break;
		case SIZE:
			job->plan.bytes = opt_size("--size", optarg, SHM_LEAST, SHM_MOST, "not a size from 1M to 64G");
			job->plan.bytes = (job->plan.bytes + SHM_GRANULE - 1) / SHM_GRANULE * SHM_GRANULE;
			break;
		case SLOW:
			job->plan.slow = word_of("--slow %s: wait, skip or cut is expected", shm_show_slows);
			break;
		case WAIT:
			job->want.wait_ms = opt_duration(
			    "--wait", optarg, 0, UINT64_C(366) * 86400 * 1000, "not a time such as 500ms or 5s");
			job->want.waits = 1;
			break;
		case '?':
		case ':':
			die_option(c, argv);
		}
		if (!is_given(job, c))
			job->given[strlen(job->given)] = (char)c;
	}
}

/* Reports by errno why the ring cannot be made or used, and notes the exit status. */
static void
cannot(struct job *job, enum shm_role role, const char *name)
{
	struct buf error = { 0 };
	int status = shm_port_tell(name, role, &error);

	die_warn("%s", buf_string(&error));
	buf_free(&error);
	job->status = job->status != 0 ? job->status : status;
}

static void
create(struct job *job)
{
	struct shm_ring ring;

	if (job->plan.slow != SHM_WAIT && job->plan.mode != SHM_BROADCAST)
		die_usage("--slow goes with --mode broadcast: in the others a reader gets what is there when it is ready");
	job->plan.made = 1;
	job->plan.keep = is_given(job, KEEP);
	if (shm_ring_make(&ring, job->names[0], &job->plan) < 0)
		cannot(job, SHM_WRITER, job->names[0]);
	else
		shm_ring_close(&ring);
}

static struct shm_port end;
static struct rec_in in;
static struct rec_out out;

/* Opens an end of the ring, and puts the name that messages have for it into out. */
static void
open_end(struct job *job, enum shm_role role)
{
	int status;

	if (buf_addf(&job->out, "shm:%s", job->names[0]) < 0)
		die(EX_OSERR, "out of memory");
	if ((status = shm_port_open(&end, job->names[0], role, &job->want)) != 0)
		die(status, "%s", buf_string(&end.error));
}

static void
pass(struct job *job)
{
	struct block b;

	while (!rec_out_stop() && rec_in_block(&in, &b))
		rec_out_block(&out, &b);
	if (in.end == REC_IN_OPEN)
		rec_in_enough(&in, in.next);
	job->status = command_end(&in, NULL, in.next);
	shm_port_free(&end);
}

static void
send_records(struct job *job)
{
	command_no_terminal();
	open_end(job, SHM_WRITER);
	command_in(&in);
	if (rec_out_open_shm(&out, &end, job->out.data) < 0)
		die(EX_OSERR, "%s: %s", job->out.data, strerror(errno));
	pass(job);
}

static void
receive_records(struct job *job)
{
	open_end(job, SHM_READER);
	if (rec_in_open_shm(&in, &end, job->out.data) < 0)
		die(EX_OSERR, "%s: %s", job->out.data, strerror(errno));
	command_out(&out);
	pass(job);
}

/* Prints the text in out, or, if `bad`, reports by errno why there is none. */
static void
print(struct job *job, int bad)
{
	if (bad)
		cannot(job, SHM_READER, job->names[0] != NULL ? job->names[0] : "*");
	die_print(job->out.data, job->out.len);
	job->out.len = 0;
}

static void
stat_ring(struct job *job)
{
	int bad;

	do {
		if (is_given(job, WATCH) && isatty(STDOUT_FILENO) && buf_adds(&job->out, "\033[H\033[J") < 0)
			die(EX_OSERR, "out of memory");
		bad = shm_show_one(&job->out, job->names[0], is_given(job, JSON));
		print(job, bad);
	} while (!bad && is_given(job, WATCH) && nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL) == 0);
}

static void
list(struct job *job)
{
	print(job, shm_show_list(&job->out, is_given(job, STALE), is_given(job, JSON)));
}

static void
remove_rings(struct job *job)
{
	if (is_given(job, STALE) && shm_port_remove_stale() < 0)
		cannot(job, SHM_READER, "*");
	for (char **name = job->names; *name != NULL; name++)
		if (shm_port_remove(*name, 0) < 0)
			cannot(job, SHM_READER, *name);
}

static const struct verb {
	const char *name, *options;
	int least, most; /* number of names */
	void (*run)(struct job *);
} verbs[] = {
	{ "create", (const char[]){ KEEP, MODE, SIZE, SLOW, 0 }, 1, 1, create },
	{ "send", (const char[]){ READERS, 0 }, 1, 1, send_records },
	{ "receive", (const char[]){ FROM, WAIT, 0 }, 1, 1, receive_records },
	{ "stat", (const char[]){ JSON, WATCH, 0 }, 1, 1, stat_ring },
	{ "list", (const char[]){ JSON, STALE, 0 }, 0, 0, list },
	{ "rm", (const char[]){ STALE, 0 }, 1, INT_MAX, remove_rings },
};

static const struct verb *
parse(struct job *job, int argc, char **argv)
{
	const struct verb *verb = NULL;
	struct buf error = { 0 };
	int n;

	opterr = 0;
	job->plan = (struct shm_plan){ .mode = SHM_STREAM, .bytes = SHM_USUAL };
	parse_options(job, argc, argv);
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (optind < argc && strcmp(verbs[i].name, argv[optind]) == 0)
			verb = &verbs[i];
	if (verb == NULL)
		die_usage("%s%screate, send, receive, stat, list or rm is %s", optind < argc ? argv[optind] : "",
		    optind < argc ? ": " : "", optind < argc ? "expected" : "needed");
	optind++;
	parse_options(job, argc, argv);
	for (const char *c = job->given; *c != '\0'; c++)
		for (const struct option *o = longs; o->name != NULL; o++)
			if (o->val == *c && strchr(verb->options, *c) == NULL)
				die_usage("--%s does not go with %s", o->name, verb->name);
	if (is_given(job, JSON) && is_given(job, WATCH))
		die_usage("--json does not go with --watch");
	n = argc - optind;
	if (n < (is_given(job, STALE) ? 0 : verb->least))
		die_usage("%s: a name is needed", verb->name);
	if (n > (is_given(job, STALE) ? 0 : verb->most))
		die_usage("%s: no operand is expected%s%s", argv[argc - 1], n > 1 ? " after " : "", n > 1 ? argv[argc - 2] : "");
	job->names = argv + optind;
	for (int i = 0; i < n; i++)
		if (shm_check(job->names[i], &error) < 0)
			die_usage("%s", buf_string(&error));
	return verb;
}

int
main(int argc, char **argv)
{
	static struct job job;

	command_start_stream(&usage, argv, argc > 1 && strcmp(argv[1], "receive") == 0 ? "" : NULL);
	parse(&job, argc, argv)->run(&job);
	return job.status;
}
