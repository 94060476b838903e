/*
 * powercut: for tests of power cuts on a mounted file system of their own.
 *
 *   powercut load QUEUE JOURNAL FIRST SEED
 *           Processes send to the queue and receive from it, and note what they do in the journal,
 *           on another file system; texts are numbers from FIRST on. They go on until the disk
 *           fails, or they are killed.
 *   powercut cut MOUNTPOINT JOURNAL
 *           What is not on the disk is lost: the shutdown of ext4 and xfs without a flush of the
 *           log (GOINGDOWN, xfs_fs.h). The file JOURNAL.cut says so before: what a process gets
 *           told after that, when a machine without power would have stood still, does not count.
 *   powercut check QUEUE JOURNAL
 *           Compares the queue with the notes, and prints the next FIRST.
 *   powercut
 *           Tries itself.
 */

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "unit/queuejournal.h"

#define GOINGDOWN (int)_IOR('X', 125, uint32_t)

static int
load(const char *path, const char *journal, uint64_t first, uint64_t seed)
{
	static char cut[4096];
	_Atomic uint64_t *next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)snprintf(cut, sizeof cut, "%s.cut", journal);
	journal_cut = cut;
	(void)unlink(cut);
	atomic_store(next, first);
	journal_fd = open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	for (int i = 0; i < 5; i++)
		if (fork() == 0) {
			struct queue *q;

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			unit_random_from(seed + (uint64_t)i);
			q = journal_open(path, QUEUE_SYNC_BATCH);
			while (atomic_load(next) < JOURNAL_MOST - 100) {
				unsigned n = 1 + (unsigned)unit_random(8);

				if (i < 3)
					journal_send(q, atomic_fetch_add(next, n), n);
				else
					journal_receive(q);
			}
			_exit(0);
		}
	while (wait(NULL) > 0)
		continue;
	return 0;
}

static int
check(const char *path, const char *journal)
{
	uint64_t texts = 0, bad;

	journal_read(journal);
	journal_look(path);
	for (uint64_t i = 0; i < JOURNAL_MOST; i++)
		texts = journal_fate[i] != 0 ? i + 1 : texts;
	bad = journal_faults(texts);
	if (bad > 0 || unit_failures > 0) {
		printf("%llu messages are lost, unexpected or doubled\n", (unsigned long long)bad);
		for (uint64_t i = 0; i < texts; i++)
			if (journal_fate[i] == (ATTEMPTED | SENT))
				printf("lost: %llu\n", (unsigned long long)i);
		return 1;
	}
	printf("%llu\n", (unsigned long long)texts);
	return 0;
}

/* Tries whether wrong fates are found. */
static int
itself(void)
{
	static const struct {
		unsigned fate;
		uint64_t faults;
	} fates[] = {
		{ 0, 0 },
		{ ATTEMPTED, 0 },
		{ ATTEMPTED | THERE, 0 },
		{ ATTEMPTED | SENT, 1 },
		{ ATTEMPTED | SENT | THERE, 0 },
		{ ATTEMPTED | SENT | RECEIVED, 0 },
		{ ATTEMPTED | SENT | RECEIVED | DONE, 0 },
		{ ATTEMPTED | SENT | RECEIVED | DONE | THERE, 1 },
		{ ATTEMPTED | SENT | RECEIVED | DONE | AGAIN, 1 },
		{ THERE, 1 },
		{ RECEIVED, 1 },
	};

	for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
		journal_fate[0] = (unsigned char)fates[i].fate;
		CHECK(journal_faults(1) == fates[i].faults);
	}
	return unit_end("powercut");
}

int
main(int argc, char **argv)
{
	uint32_t flag = 2; /* without a flush of the log */
	char cut[4096];
	int fd;

	if (argc == 1)
		return itself();
	if (argc == 6 && strcmp(argv[1], "load") == 0)
		return load(argv[2], argv[3], strtoull(argv[4], NULL, 10), strtoull(argv[5], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "check") == 0)
		return check(argv[2], argv[3]);
	if (argc != 4 || strcmp(argv[1], "cut") != 0)
		return 64;
	(void)snprintf(cut, sizeof cut, "%s.cut", argv[3]);
	close(open(cut, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	if ((fd = open(argv[2], O_RDONLY | O_DIRECTORY)) < 0 || ioctl(fd, GOINGDOWN, &flag) < 0) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
