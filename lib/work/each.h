#ifndef EACH_H
#define EACH_H

/*
 * each: rec-each: runs a process for each record, or for each N records. What the process writes
 * becomes records, which go out if it has ended well.
 *
 * If the records have a table and the framing of --in was given, each process gets the table's
 * header first, if rec-join would write it in that framing. Then, if the framing of the output is
 * csv or tsv, the first record that each process writes is a header too; all must be equal, and are
 * the table of the output. Else that has none.
 */

#include "command/command.h"
#include "framing/capture.h"
#include "framing/framing.h"
#include "os/process.h"
#include "work/argfill.h"

struct each_slot; /* private: a place in which one process after another runs */

/* The records of one process. Zeros are the beginning. */
struct task {
	struct task *next;  /* in the order of the input */
	struct task *ready; /* private: the next task whose output can go out */
	enum {
		TASK_OPEN,   /* waits for its process, or for its end */
		TASK_GOOD,   /* its output waits to go out */
		TASK_FAILED, /* its records wait to go out to rejected */
		TASK_LOSS,   /* is a loss of the input instead of a task */
		TASK_OVER
	} state;
	struct held *records, *last;
	uint32_t count;
	uint64_t begin, end; /* positions of the first and the last record */
	uint64_t tries;      /* number of processes so far */
	struct spool output;
	size_t held;         /* bytes in memory that wait to go out */
	int filed;           /* some bytes wait in a file */
	int placed;          /* the first block of output has its positions */
	int told;            /* of a loss: the output has it */
};

struct each {
	/* set by the caller */
	char *const *command; /* words, NULL at the end */
	size_t jobs, batch;   /* both at least 1 */
	int order;            /* outputs go out in the order of the tasks, not as the processes end */
	uint64_t retries;
	uint64_t timeout;     /* milliseconds; 0: none */
	uint64_t spill_max;   /* bytes of one process's output in a temporary file */
	const struct framing *in_framing;
	struct framing *out_framing; /* `rows` is set here */
	int in_named;         /* the framing of the input was given */
	int no_header;        /* no header is written or read */
	int tag;              /* the name of the process goes before each line of its standard error */
	struct rec_in *in;
	struct rec_out *out, *rejected; /* rejected may be NULL */
	struct command_fault *fault;

	/* to be read */
	uint64_t failed;      /* number of tasks whose records went to rejected */
	struct buf first;     /* how the first of them failed */
	uint64_t next;        /* the watermark for the end marks */

	/* private */
	struct process_pool processes;
	struct argfill fill;
	struct each_slot *slots, *idle;
	size_t running;
	struct task *head, **tail;        /* all that are not over */
	struct task *ready, **ready_tail; /* without order: the good tasks, as they ended */
	struct task *under_way, *rejecting; /* out and rejected are writing a block of these; NULL: of none */
	struct task *filling;             /* gets more records before it is on the list */
	struct task *waiting;             /* could not be started yet */
	size_t tasks;                     /* on the list */
	size_t held;                      /* bytes in memory that wait to go out */
	size_t files;                     /* of tasks that wait to go out */
	uint64_t records;                 /* number of records put out: without order, the next position */
	struct block block;               /* the block of the input in hand */
	uint32_t at;                      /* its next record */
	int closed;                       /* nobody wants the output, and the pipes of the processes are closed */
	uint64_t record_max;
	int written;                      /* the table's header is written for each process */
	int headed;                       /* the first record of each output is a header */
	struct table *declared;           /* that of the output; a share, or NULL */
	struct buf declarer;              /* the process that was first to write it */
};

/*
 * Does all the work, until the input has ended or nobody wants more. Failures are said and noted in
 * the fault.
 */
void each_run(struct each *);
void each_free(struct each *);

#endif
