/*
 * message_options: the options of rec-queue; see message_options.h.
 */

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <string.h>

#include "base/num.h"
#include "base/status.h"
#include "command/opt.h"
#include "message/message_options.h"

static const struct option longs[] = {
	{ "ack", required_argument, NULL, MESSAGE_OPT_ACK },
	{ "all-or-none", no_argument, NULL, MESSAGE_OPT_ALL },
	{ "attribute", required_argument, NULL, MESSAGE_OPT_ATTRIBUTE },
	{ "cursor", required_argument, NULL, MESSAGE_OPT_CURSOR },
	{ "delay", required_argument, NULL, MESSAGE_OPT_DELAY },
	{ "else", required_argument, NULL, MESSAGE_OPT_ELSE },
	{ "envelope", no_argument, NULL, MESSAGE_OPT_ENVELOPE },
	{ "follow", no_argument, NULL, MESSAGE_OPT_FOLLOW },
	{ "from", required_argument, NULL, MESSAGE_OPT_FROM },
	{ "group", required_argument, NULL, MESSAGE_OPT_GROUP },
	{ "help", no_argument, NULL, 'h' },
	{ "ids", no_argument, NULL, MESSAGE_OPT_IDS },
	{ "json", no_argument, NULL, MESSAGE_OPT_JSON },
	{ "limit", required_argument, NULL, MESSAGE_OPT_LIMIT },
	{ "max-flight", required_argument, NULL, MESSAGE_OPT_FLIGHT },
	{ "max-size", required_argument, NULL, MESSAGE_OPT_SIZE },
	{ "repair", no_argument, NULL, MESSAGE_OPT_REPAIR },
	{ "retention", required_argument, NULL, MESSAGE_OPT_RETENTION },
	{ "session", required_argument, NULL, MESSAGE_OPT_SESSION },
	{ "sync", required_argument, NULL, MESSAGE_OPT_SYNC },
	{ "until-empty", no_argument, NULL, MESSAGE_OPT_EMPTY },
	{ "version", no_argument, NULL, 'V' },
	{ "visibility", required_argument, NULL, MESSAGE_OPT_VISIBILITY },
	{ "wait", required_argument, NULL, MESSAGE_OPT_WAIT },
	{ NULL, 0, NULL, 0 },
};

int
message_given(const struct message_options *job, int option)
{
	return strchr(job->given, option) != NULL;
}

unsigned
message_attributes_given(const struct message_options *job)
{
	static const int letters[] = { MESSAGE_OPT_VISIBILITY, MESSAGE_OPT_DELAY, MESSAGE_OPT_RETENTION,
		MESSAGE_OPT_SIZE, MESSAGE_OPT_FLIGHT, MESSAGE_OPT_WAIT };
	unsigned which = 0;

	for (unsigned i = 0; i < sizeof letters / sizeof letters[0]; i++)
		which |= message_given(job, letters[i]) ? 1U << i : 0;
	return which;
}

static uint64_t
duration(const char *option, uint64_t most)
{
	return opt_duration(option, optarg, 0, most, "not a time such as 500ms, 30s or 2h, or too long");
}

static void
set_sync(struct message_options *job)
{
	static const char *const words[] = { "batch", "each", "none" };

	for (int i = 0; i < 3; i++)
		if (strcmp(optarg, words[i]) == 0) {
			job->receive.sync = (enum queue_sync)i;
			return;
		}
	die_usage("--sync %s: batch, each or none is expected", optarg);
}

static void
set_group(struct message_options *job)
{
	const struct group *g = getgrnam(optarg);
	uint64_t id;

	if (g == NULL && num_digits(optarg, INT_MAX, &id) < 0)
		die_usage("--group %s: there is no group of that name", optarg);
	job->group = g != NULL ? (long)g->gr_gid : (long)id;
}

static void
set_form(struct message_options *job, int c, enum message_form form)
{
	static const char *const names[] = { "--session", "--envelope", "--json", "--ack auto", "--cursor" };
	const int letters[] = { MESSAGE_OPT_SESSION, MESSAGE_OPT_ENVELOPE, MESSAGE_OPT_JSON, MESSAGE_OPT_ACK,
		MESSAGE_OPT_CURSOR };

	for (int i = 0; i < 5; i++)
		if (letters[i] != c && message_given(job, letters[i]))
			die_usage(
			    "%s does not go with %s: a message is acknowledged in one way", names[form], names[i]);
	job->receive.form = form;
	if (c == MESSAGE_OPT_SESSION || c == MESSAGE_OPT_CURSOR)
		job->receive.name = optarg;
}

/* Options that are attributes of queues, or times of messages. Returns 1 if c is one, else 0. */
static int
attribute(struct message_options *job, int c)
{
	switch (c) {
	case MESSAGE_OPT_DELAY:
		job->attributes.delay = duration("--delay", QUEUE_DELAY_MOST);
		job->send.delay = (int64_t)job->attributes.delay;
		break;
	case MESSAGE_OPT_FLIGHT:
		job->attributes.in_flight =
		    opt_count("--max-flight", optarg, 1, 10000000, "not a number from 1 to 10M");
		break;
	case MESSAGE_OPT_RETENTION:
		job->attributes.retention = strcmp(optarg, "none") == 0 ?
		    0 :
		    opt_duration(
			"--retention", optarg, 60000, QUEUE_RETENTION_MOST, "not a time from 60s to 14d, or none");
		break;
	case MESSAGE_OPT_SIZE:
		job->attributes.message_max =
		    opt_size("--max-size", optarg, 1, BLOCK_RECORD_MAX, "not a size from 1 to 4G - 256");
		break;
	case MESSAGE_OPT_VISIBILITY:
		job->attributes.visibility = duration("--visibility", QUEUE_VISIBILITY_MOST);
		job->receive.visibility = (int64_t)job->attributes.visibility;
		break;
	case MESSAGE_OPT_WAIT:
		job->attributes.wait = duration("--wait", UINT64_C(366) * 86400 * 1000);
		job->receive.wait = (int64_t)job->attributes.wait;
		break;
	default:
		return 0;
	}
	return 1;
}

static void
option(struct message_options *job, int c, char **argv)
{
	struct buf error = { 0 };

	switch (c) {
	case 'h':
		die_help();
	case 'V':
		die_version();
	case MESSAGE_OPT_ACK:
		if (strcmp(optarg, "auto") != 0)
			die_usage("--ack %s: auto is expected, or another way such as --session NAME", optarg);
		set_form(job, c, MESSAGE_AUTO);
		break;
	case MESSAGE_OPT_ALL:
		job->send.whole = 1;
		break;
	case MESSAGE_OPT_ATTRIBUTE:
		if (message_attribute(&job->send, optarg, &error) < 0)
			die_usage("--attribute %s: %s", optarg, buf_string(&error));
		break;
	case MESSAGE_OPT_CURSOR:
		set_form(job, c, MESSAGE_CURSOR);
		break;
	case MESSAGE_OPT_ELSE:
		if (opt_else(optarg, &error) < 0)
			die_usage("%s", buf_string(&error));
		job->send.other = optarg;
		break;
	case MESSAGE_OPT_ENVELOPE:
		set_form(job, c, MESSAGE_ENVELOPE);
		break;
	case MESSAGE_OPT_EMPTY:
		job->receive.until = MESSAGE_EMPTY;
		break;
	case MESSAGE_OPT_FOLLOW:
		job->receive.until = MESSAGE_EVER;
		break;
	case MESSAGE_OPT_FROM:
		if (strcmp(optarg, "start") != 0 && strcmp(optarg, "now") != 0)
			die_usage("--from %s: start or now is expected", optarg);
		job->receive.from_now = strcmp(optarg, "now") == 0;
		break;
	case MESSAGE_OPT_GROUP:
		set_group(job);
		break;
	case MESSAGE_OPT_IDS:
		job->send.ids = 1;
		break;
	case MESSAGE_OPT_JSON:
		set_form(job, c, MESSAGE_JSON);
		break;
	case MESSAGE_OPT_LIMIT:
		job->receive.limit = opt_records("-n", optarg, 1);
		break;
	case MESSAGE_OPT_SESSION:
		set_form(job, c, MESSAGE_SESSION);
		break;
	case MESSAGE_OPT_SYNC:
		set_sync(job);
		break;
	case MESSAGE_OPT_REPAIR:
		break;
	default:
		if (!attribute(job, c))
			die_option(c, argv);
	}
	if (c != MESSAGE_OPT_ATTRIBUTE && message_given(job, c))
		die_usage("%s is given twice", argv[optind - 1]);
	if (!message_given(job, c))
		job->given[strlen(job->given)] = (char)c;
}

static void
parse_options(struct message_options *job, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+:n:hV", longs, NULL)) != -1)
		option(job, c, argv);
}

/* What a verb needs, and what does not go together. */
static void
check(const struct message_options *job, const char *verb)
{
	int receives = strcmp(verb, "receive") == 0;

	if (receives && !message_given(job, MESSAGE_OPT_SESSION) && !message_given(job, MESSAGE_OPT_ENVELOPE) &&
	    !message_given(job, MESSAGE_OPT_JSON) && !message_given(job, MESSAGE_OPT_ACK) &&
	    !message_given(job, MESSAGE_OPT_CURSOR))
		die_usage(
		    "receive: how are messages acknowledged? By --session NAME (and commit), --envelope or --json (and ack), "
		    "--ack auto (at once), or not at all: --cursor NAME");
	if (message_given(job, MESSAGE_OPT_EMPTY) + message_given(job, MESSAGE_OPT_FOLLOW) +
		(receives && message_given(job, MESSAGE_OPT_WAIT)) >
	    1)
		die_usage("only one of --wait, --until-empty and --follow is expected");
	if (message_given(job, MESSAGE_OPT_EMPTY) && message_given(job, MESSAGE_OPT_CURSOR))
		die_usage("--until-empty does not go with --cursor, which takes nothing");
	if (message_given(job, MESSAGE_OPT_FROM) && !message_given(job, MESSAGE_OPT_CURSOR))
		die_usage("--from goes with --cursor");
	if (strcmp(verb, "commit") == 0 && !message_given(job, MESSAGE_OPT_SESSION))
		die_usage("commit: --session NAME is needed, that of rec-queue receive");
	if (strcmp(verb, "extend") == 0 && !message_given(job, MESSAGE_OPT_VISIBILITY))
		die_usage("extend: --visibility TIME is needed: how long the messages are hidden from now on");
	if (strcmp(verb, "forget") == 0 && !message_given(job, MESSAGE_OPT_CURSOR))
		die_usage("forget: --cursor NAME is needed");
}

size_t
message_options_read(struct message_options *job, int argc, char **argv, const struct message_verb *verbs, size_t count)
{
	size_t verb = count;
	struct buf names = { 0 };

	opterr = 0;
	queue_defaults(&job->attributes);
	job->send.delay = job->receive.visibility = job->receive.wait = job->group = -1;
	job->receive.limit = UINT64_MAX;
	parse_options(job, argc, argv);
	for (size_t i = 0; i < count; i++) {
		if (optind < argc && strcmp(verbs[i].name, argv[optind]) == 0)
			verb = i;
		(void)buf_addf(&names, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", verbs[i].name);
	}
	if (verb == count)
		die_usage("%s%s%s is %s", optind < argc ? argv[optind] : "", optind < argc ? ": " : "",
		    buf_string(&names), optind < argc ? "expected" : "needed");
	buf_free(&names);
	optind++;
	parse_options(job, argc, argv);
	for (const char *c = job->given; *c != '\0'; c++)
		for (const struct option *o = longs; o->name != NULL; o++)
			if (o->val == *c && strchr(verbs[verb].options, *c) == NULL)
				die_usage("--%s does not go with %s", o->name, verbs[verb].name);
	check(job, verbs[verb].name);
	if (argc - optind < 1)
		die_usage("%s: the queue is needed, a directory", verbs[verb].name);
	if (argc - optind > verbs[verb].most)
		die_usage("%s: no operand is expected after %s", argv[optind + 1], argv[optind]);
	return verb;
}
