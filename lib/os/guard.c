/*
 * guard: see guard.h.
 *
 * The race that matters is a SIGKILL while a child is being born. The child inherits the pipe's
 * write end and loses it by its exec (close-on-exec). So the guard cannot see the pipe's end before
 * the child has entered itself and runs its program, or is dead.
 *
 * Rejected: PR_SET_PDEATHSIG, which the children of a child do not inherit and a set-user-ID
 * program loses. One group for all children, because then a timeout could not end one task alone,
 * and a task that reads from the terminal would stop them all. Sending the number to the guard
 * after posix_spawn has returned, because a child may have run for a while before that.
 *
 * The guard has a group of its own, so that "kill -9 %1" does not reach it, and another name, so
 * that "killall -9 rec-each" does not. It has no descriptor but the pipe, so that no process waits
 * for it to close one, and it blocks all signals. It only sleeps, in pages that it shares with the
 * command, so all it costs is a copy of the page tables.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/guard.h"

enum {
	PLACES = 128 * 1024, /* twice what any -j allows */
	MERCY = 2000,        /* milliseconds from TERM to KILL */
	LOOK = 20            /* milliseconds between two looks at the groups: too few for a number to be used again */
};

/* Shared with the guard. */
static struct list {
	/* Above 0: a group. Else there is none; of a free place: minus the next free one. */
	volatile pid_t groups[PLACES];
	/*
	 * When what is left of the group gets KILL, as a time of now(); 0: not before the command
	 * dies.
	 */
	volatile uint32_t dooms[PLACES];
	volatile sig_atomic_t used;   /* the number of places that have ever been in use: the first ones */
	volatile sig_atomic_t termed; /* 1: the groups have got TERM from the command */
} *list;
static pid_t vacant; /* the first free place, 0 if there is none */
static size_t taken; /* places in use */
static unsigned char kept[PLACES]; /* 1: guard_release has left the place to the guard */
static pid_t guard;
static int line = -1; /* the pipe's write end */

/*
 * Returns milliseconds of clock_ms, which wrap, and are odd: never 0. MERCY is even, so the sum
 * with it is not 0 either.
 */
static uint32_t
now(void)
{
	return (uint32_t)clock_ms() | 1;
}

/* ---- in the guard ---- */

/*
 * Sends the signal to all groups. Returns the number of groups that are left. A group that has gone
 * is taken off the list.
 */
static int
send_all(int signal)
{
	int left = 0;

	for (int i = 0; i < list->used; i++)
		if (list->groups[i] > 0) {
			if (kill(-list->groups[i], signal) < 0 && errno == ESRCH)
				list->groups[i] = 0;
			else
				left++;
		}
	return left;
}

static int
is_listed(pid_t group)
{
	for (int i = 0; i < list->used; i++)
		if (list->groups[i] == group)
			return 1;
	return 0;
}

/*
 * Returns 1 if /proc has this process under its own number, else 0: then /proc is a chroot's empty
 * folder, or another namespace's.
 */
static int
proc_is_ours(void)
{
	char number[16], own[16];
	ssize_t n = readlink("/proc/self", number, sizeof number - 1);

	if (n <= 0)
		return 0;
	number[n] = '\0';
	(void)snprintf(own, sizeof own, "%d", (int)getpid());
	return strcmp(number, own) == 0;
}

/*
 * Returns 1 if a process of the groups is not over, else 0. kill(2) also finds zombies, and a
 * container may have no process that reaps them. So if kill finds any, they are looked for in
 * /proc, if that is there.
 */
static int
any_left(void)
{
	DIR *all;
	struct dirent *entry;
	int left = 0;

	if (send_all(0) == 0)
		return 0;
	if (!proc_is_ours() || (all = opendir("/proc")) == NULL)
		return 1;
	while (!left && (entry = readdir(all)) != NULL) {
		char path[sizeof "/proc//stat" + sizeof entry->d_name], text[512], *name, state;
		ssize_t n;
		int fd, group;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		(void)snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
			continue;
		if ((n = read(fd, text, sizeof text - 1)) > 0) {
			text[n] = '\0';
			/* The name, in parentheses, may have any bytes in it. */
			if ((name = strrchr(text, ')')) != NULL &&
			    sscanf(name + 1, " %c %*d %d", &state, &group) == 2)
				left = state != 'Z' && state != 'X' && is_listed(group);
		}
		(void)close(fd);
	}
	(void)closedir(all);
	return left;
}

/*
 * Sends KILL to the doomed groups whose time has come. Returns the number of milliseconds until the
 * next look, or -1 if no group is doomed. The command may give a place to another child at any
 * time, so a place is only written if it still has the group that was looked at.
 */
static int
kill_doomed(void)
{
	int ms = -1;

	for (int i = 0; i < list->used; i++) {
		pid_t group = list->groups[i];
		uint32_t doom = list->dooms[i];

		if (doom == 0 || group <= 0)
			continue;
		if (kill(-group, 0) == 0) {
			if ((int32_t)(doom - now()) > 0) {
				ms = LOOK;
				continue;
			}
			(void)kill(-group, SIGKILL);
		}
		(void)__atomic_compare_exchange_n(&list->dooms[i], &doom, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		(void)__atomic_compare_exchange_n(&list->groups[i], &group, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	}
	return ms;
}

/* Sleeps until the command is gone. A byte in the pipe says that a group has been doomed. */
static void
watch_command(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	ssize_t n;
	char byte;

	for (;;) {
		int ms = kill_doomed();

		if (ms >= 0 && poll(&p, 1, ms) == 0)
			continue;
		/* Only the end of the pipe shows that the command is gone. */
		if ((n = read(0, &byte, 1)) == 0 || (n < 0 && errno != EINTR))
			return;
	}
}

/* Gives the guard another name than the command has, for ps, pgrep -f and killall. */
static void
rename_guard(void)
{
	const char name[] = "rec-guard";
	char words[1024];
	size_t all = 0;
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), same = 0;
	ssize_t n;

	(void)prctl(PR_SET_NAME, name);
	/* The words of main lie one after another, and begin with the one that libc points to. */
	while (fd >= 0 && (n = read(fd, words, sizeof words)) > 0) {
		if (all == 0)
			same = strncmp(program_invocation_name, words, (size_t)n) == 0;
		all += (size_t)n;
	}
	if (same && all > sizeof name) {
		memset(program_invocation_name, 0, all);
		memcpy(program_invocation_name, name, sizeof name);
	}
}

static void
close_others(void)
{
	struct rlimit most = { .rlim_cur = 1024 };

#ifdef SYS_close_range
	if (syscall(SYS_close_range, 1U, ~0U, 0U) == 0)
		return;
#endif
	(void)getrlimit(RLIMIT_NOFILE, &most);
	for (rlim_t fd = 1; fd < most.rlim_cur && fd < 65536; fd++)
		(void)close((int)fd);
}

static _Noreturn void
watch(int fd)
{
	const struct timespec moment = { .tv_nsec = LOOK * 1000000 };
	int64_t end;

	rename_guard();
	/* The guard must keep no file system busy, and no stream open. */
	(void)chdir("/");
	if (fd != 0)
		(void)dup2(fd, 0);
	close_others();
	watch_command();
	end = clock_ms() + MERCY;
	if (!list->termed) {
		(void)send_all(SIGTERM);
		/* A process that has been stopped can obey only after CONT. */
		(void)send_all(SIGCONT);
	}
	while (any_left() && clock_ms() < end)
		(void)nanosleep(&moment, NULL);
	(void)send_all(SIGKILL);
	_exit(0);
}

/* ---- in the command ---- */

static int
start(void)
{
	sigset_t all, before;
	int ends[2], saved;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	/* The guard must not run the command's handlers. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	guard = fork();
	if (guard == 0)
		watch(ends[0]);
	saved = errno;
	/* Done by the command, so that it is done before there is a group to guard. */
	if (guard > 0)
		(void)setpgid(guard, guard);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[0]);
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	if (line >= 0)
		close(line);
	line = guard > 0 ? ends[1] : -1;
	if (guard > 0)
		return 0;
	close(ends[1]);
	guard = 0;
	errno = saved;
	return -1;
}

void
guard_look(void)
{
	if (guard > 0 && waitpid(guard, NULL, WNOHANG) == guard) {
		guard = 0;
		(void)start();
	}
}

/*
 * Takes back the places that guard_release left to the guard, if their groups are over. (The guard
 * also takes groups off the list whose child has not been reaped yet; those places are still in
 * use.) Returns 0, or -1 if no place is vacant.
 */
static int
reclaim(void)
{
	for (int place = 1; place <= list->used; place++)
		if (kept[place - 1] && list->groups[place - 1] == 0) {
			kept[place - 1] = 0;
			list->groups[place - 1] = -vacant;
			vacant = place;
			taken--;
		}
	return vacant != 0 ? 0 : -1;
}

int
guard_reserve(void)
{
	int place;

	if (list == NULL) {
		struct list *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (l == MAP_FAILED)
			return -1;
		list = l;
	}
	guard_look();
	if (guard == 0 && start() < 0)
		return -1;
	if (vacant == 0 && list->used == PLACES && reclaim() < 0) {
		errno = EAGAIN;
		return -1;
	}
	if ((place = vacant) != 0) {
		vacant = -list->groups[place - 1];
		list->groups[place - 1] = 0;
	} else {
		place = ++list->used;
	}
	taken++;
	return place;
}

void
guard_enter(int place)
{
	(void)setpgid(0, 0);
	list->groups[place - 1] = getpid();
}

void
guard_leave(int place)
{
	list->dooms[place - 1] = 0;
	list->groups[place - 1] = -vacant;
	vacant = place;
	taken--;
}

void
guard_doom(int place)
{
	if (list->dooms[place - 1] != 0)
		return;
	list->dooms[place - 1] = now() + MERCY;
	guard_look();
	if (line >= 0)
		(void)!write(line, "", 1); /* if the pipe is full, the guard is awake */
}

void
guard_release(int place, pid_t group)
{
	if (list->dooms[place - 1] == 0 || kill(-group, 0) < 0)
		guard_leave(place);
	else
		kept[place - 1] = 1;
}

void
guard_termed(void)
{
	if (list != NULL)
		list->termed = 1;
}

void
guard_end(void)
{
	if (guard == 0)
		return;
	(void)reclaim();
	if (taken > 0)
		return;
	/* KILL, because the guard has nothing to do, and may have been stopped. */
	(void)kill(guard, SIGKILL);
	while (waitpid(guard, NULL, 0) < 0 && errno == EINTR)
		;
	guard = 0;
	close(line);
	line = -1;
}
