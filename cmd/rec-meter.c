/*
 * rec-meter: passes a record stream on and shows how far it has come; with --rate, evenly and no
 * faster than that. Blocks pass unchanged; for a rate they are cut into runs (ratelimit.h).
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "base/status.h"
#include "command/command.h"
#include "command/opt.h"
#include "os/statusline.h"
#include "os/clock.h"
#include "os/io.h"
#include "record/held.h"
#include "record/ratelimit.h"
#include "report/meter.h"
#include "stream/loop.h"

static const struct die_usage usage = { "rec-meter",
	"rec-meter [--name NAME] [--total AMOUNT] [--interval DURATION]\n"
	"          [--rate AMOUNT/UNIT] [--json | -q]\n",
	"\n"
	"AMOUNT: records, as 500, 10k or 5Mrec; or bytes, as 500B, 64KB or 3GB\n"
	"\n"
	"      --interval DURATION  the time between two lines (default 1s on a terminal, else 10s)\n"
	"      --json               lines of JSON, also on a terminal\n"
	"      --name NAME          put NAME before each line\n"
	"  -q, --quiet              show it only at the signal USR1\n"
	"      --rate AMOUNT/UNIT   pass on no more, evenly; UNIT is s, m, h or d\n"
	"      --total AMOUNT       the total expected, for the share done and the time left\n"
	"  -h, --help; -V, --version\n" };

static const char letters[] = "+:hqV";
static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "interval", required_argument, NULL, 'I' },
	{ "json", no_argument, NULL, 'J' },
	{ "name", required_argument, NULL, 'N' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "rate", required_argument, NULL, 'R' },
	{ "total", required_argument, NULL, 'T' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct job {
	struct meter meter;
	struct ratelimit ratelimit;
	struct statusline statusline;
	int json, quiet, terminal;
	int64_t interval, next; /* nanoseconds: between two reports; the time of the next one */
	struct buf line;

	struct block block; /* its records from at on have yet to go out */
	uint32_t at;
	int busy;
	struct held *under; /* the part of it that is being written */
};

static int asked[2];              /* a pipe: the handler of USR1 writes to it, which wakes the loop */
static volatile sig_atomic_t heard; /* the pipe may have something in it: a read for each block is dear */

static void
ask(int signal)
{
	int saved = errno;

	(void)signal;
	(void)!write(asked[1], "", 1);
	heard = 1;
	errno = saved;
}

/* AMOUNT/UNIT */
static void
take_rate(struct job *j, const char *text)
{
	static const char units[] = "smhd";
	static const double seconds[] = { 1, 60, 3600, 86400 };
	const char *end = strchr(text, '/');
	struct buf amount = { 0 };
	size_t unit = 0;
	uint64_t n;

	while (end != NULL && units[unit] != '\0' && units[unit] != end[1])
		unit++;
	if (end == NULL || units[unit] == '\0' || end[2] != '\0' || buf_add(&amount, text, (size_t)(end - text)) < 0 ||
	    buf_terminate(&amount) < 0 || num_amount(amount.data, UINT64_MAX, &n, &j->ratelimit.bytes) < 0 || n == 0)
		die_usage("--rate %s: not a rate such as 1000/s, 5Mrec/m or 3GB/s", text);
	j->ratelimit.rate = (double)n / seconds[unit];
	buf_free(&amount);
}

static void
parse(struct job *j, int argc, char **argv)
{
	uint64_t ms = 0;
	int c, bytes;

	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (c) {
		case 'h':
			die_help();
		case 'I':
			ms = opt_duration("--interval", optarg, 1, INT_MAX, "not a time such as 500ms or 10s");
			break;
		case 'J':
			j->json = 1;
			break;
		case 'N':
			j->meter.name = optarg;
			break;
		case 'q':
			j->quiet = 1;
			break;
		case 'R':
			take_rate(j, optarg);
			break;
		case 'T':
			if (num_amount(optarg, UINT64_MAX, &j->meter.total, &bytes) < 0)
				die_usage("--total %s: not an amount such as 5Mrec, 10k or 3GB", optarg);
			j->meter.of = bytes ? METER_BYTES : METER_RECORDS;
			break;
		case 'V':
			die_version();
		default:
			die_option(c, argv);
		}
	}
	if (j->json && j->quiet)
		die_usage("--json does not go with -q");
	if (optind < argc)
		opt_operand(argv[optind], "no operand is expected; the stream is standard input");
	j->terminal = !j->json && !j->quiet && isatty(STDERR_FILENO);
	j->interval = (ms > 0 ? (int64_t)ms : j->terminal ? 1000 : 10000) * 1000000;
}

/* Called first, because until then the signal ends the process. */
static void
listen(void)
{
	struct sigaction act = { .sa_handler = ask };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1); /* the parent may have blocked it */
	if (pipe2(asked, O_CLOEXEC | O_NONBLOCK) < 0 || sigaction(SIGUSR1, &act, NULL) < 0 ||
	    sigprocmask(SIG_UNBLOCK, &set, NULL) < 0)
		die(EX_OSERR, "the signal USR1: %s", strerror(errno));
}

static void
begin(struct job *j)
{
	struct stat st;
	off_t at;

	j->meter.begun = clock_ns();
	j->next = j->meter.begun + j->interval;
	if (j->terminal)
		statusline_open(&j->statusline, STDERR_FILENO);
	if (j->meter.of == METER_UNKNOWN && fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
	    (at = lseek(STDIN_FILENO, 0, SEEK_CUR)) >= 0 && st.st_size > at) {
		j->meter.of = METER_STREAM;
		j->meter.total = (uint64_t)(st.st_size - at);
	}
}

static void
show(struct job *j, const struct rec_in *in, int end)
{
	int64_t now = clock_ns();
	int bad = 0;

	j->next = now + j->interval;
	j->line.len = 0;
	if (!j->json && j->terminal && j->meter.name != NULL)
		bad = buf_addf(&j->line, "%s: ", j->meter.name);
	bad |= (j->json ? meter_json : meter_text)(&j->meter, in, now, end, &j->line);
	if (bad != 0)
		die(EX_OSERR, "out of memory");
	/* If standard error fails, that cannot be reported, and the records go on. */
	if (j->json)
		(void)io_write(STDERR_FILENO, j->line.data, j->line.len);
	else if (j->terminal)
		(void)(end ? statusline_close : statusline_show)(&j->statusline, j->line.data, j->line.len);
	else if (j->meter.name != NULL)
		die_warn("%s: %s", j->meter.name, buf_string(&j->line));
	else
		die_warn("%s", buf_string(&j->line));
}

/*
 * Begins to write what may go out now; the output is idle. Returns milliseconds until more may go,
 * or -1 if input must come first.
 */
static int
pass(struct job *j, struct rec_out *out)
{
	int64_t now;
	int wait;
	uint32_t to;

	if (!j->busy)
		return -1;
	if (j->ratelimit.rate <= 0 || j->block.kind != BLOCK_DATA || j->block.count == 0) {
		j->busy = !rec_out_begin(out, &j->block);
		if (!j->busy)
			meter_passed(&j->meter, &j->block, 0, j->block.count);
		return 0;
	}
	now = clock_ns();
	if ((wait = ratelimit_wait(&j->ratelimit, now)) > 0)
		return wait;
	to = ratelimit_run(&j->ratelimit, &j->block, j->at);
	held_drop(j->under);
	if ((j->under = held_records(&j->block, j->at, to)) == NULL)
		die(EX_OSERR, "out of memory");
	if (to == j->block.count)
		j->under->block.next = j->block.next;
	if (rec_out_begin(out, &j->under->block)) {
		ratelimit_gone(&j->ratelimit, &j->block, j->at, to, now);
		meter_passed(&j->meter, &j->block, j->at, to);
		j->at = to;
		j->busy = to < j->block.count;
	}
	return 0;
}

static void
run(struct job *j, struct rec_in *in, struct rec_out *out)
{
	struct rec_in *const ins[] = { in };
	struct pollfd news = { .fd = asked[0], .events = POLLIN };
	char bytes[64];

	while (!rec_out_stop()) {
		int idle = rec_out_push(out), wait = idle ? pass(j, out) : -1, got = 0;
		int64_t left;

		if (idle && wait < 0) {
			if ((got = rec_in_try(in, &j->block)) < 0)
				return;
			j->busy = got;
			j->at = 0;
		}
		for (; heard; news.revents = POLLIN) {
			heard = 0; /* before the read: a signal that comes from here on sets it again */
			while (read(asked[0], bytes, sizeof bytes) > 0)
				;
		}
		if ((left = j->next - clock_ns()) <= 0 || news.revents != 0) {
			if (news.revents != 0 || !j->quiet)
				show(j, in, 0);
			left = j->interval;
		}
		news.revents = 0;
		if (got > 0 || wait == 0)
			continue;
		left = j->quiet ? -1 : (left + 999999) / 1000000;
		if (wait < 0 || (left >= 0 && left < wait))
			wait = (int)left;
		if (loop_wait(ins, idle && !j->busy, &news, 1, wait) < 0)
			die(EX_OSERR, "out of memory");
	}
}

int
main(int argc, char **argv)
{
	static struct job j;
	static struct rec_in in;
	static struct rec_out out;

	command_start_stream(&usage, argv, "");
	parse(&j, argc, argv);
	listen();
	command_in(&in);
	command_out(&out);
	begin(&j);
	run(&j, &in, &out);
	rec_out_flush(&out);
	if (in.end == REC_IN_OPEN)
		rec_in_enough(&in, in.next);
	if (!j.quiet)
		show(&j, &in, 1);
	held_drop(j.under);
	buf_free(&j.line);
	return command_end(&in, NULL, in.next);
}
