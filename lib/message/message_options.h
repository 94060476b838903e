#ifndef MESSAGE_OPTIONS_H
#define MESSAGE_OPTIONS_H

/*
 * message_options: the options of rec-queue, of all its verbs. A wrong one ends the process.
 */

#include "message/message.h"

/* The letters by which getopt_long returns the options. */
enum message_letter {
	MESSAGE_OPT_ACK = 'a',
	MESSAGE_OPT_ALL = 'A',
	MESSAGE_OPT_ATTRIBUTE = 'b',
	MESSAGE_OPT_CURSOR = 'c',
	MESSAGE_OPT_DELAY = 'd',
	MESSAGE_OPT_ELSE = 'e',
	MESSAGE_OPT_ENVELOPE = 'E',
	MESSAGE_OPT_FOLLOW = 'f',
	MESSAGE_OPT_FROM = 'F',
	MESSAGE_OPT_GROUP = 'g',
	MESSAGE_OPT_IDS = 'i',
	MESSAGE_OPT_JSON = 'j',
	MESSAGE_OPT_FLIGHT = 'l',
	MESSAGE_OPT_SIZE = 'm',
	MESSAGE_OPT_LIMIT = 'n',
	MESSAGE_OPT_REPAIR = 'r',
	MESSAGE_OPT_RETENTION = 'R',
	MESSAGE_OPT_SESSION = 's',
	MESSAGE_OPT_SYNC = 'S',
	MESSAGE_OPT_EMPTY = 'u',
	MESSAGE_OPT_VISIBILITY = 'v',
	MESSAGE_OPT_WAIT = 'w'
};

struct message_options {
	char given[64]; /* the letters of the options that were given, each once */
	struct queue_attributes attributes;
	struct message_send send;
	struct message_receive receive;
	long group; /* --group: its id; -1: none */
};

/* What a verb takes. */
struct message_verb {
	const char *name, *options; /* letters, as a string */
	int most;                   /* operands, the queue among them */
};

/* Returns 1 if the option was given, else 0. */
int message_given(const struct message_options *, int letter);

/* Returns which attributes of the queue were given, as queue_attributes_set has it. */
unsigned message_attributes_given(const struct message_options *);

/*
 * Reads all arguments. Returns the number of the verb among verbs[0, count); optind is at the
 * queue, which is there.
 */
size_t
message_options_read(struct message_options *, int argc, char **argv, const struct message_verb *verbs, size_t count);

#endif
