/*
 * queue_clock: the times of a queue; see queue_clock.h.
 */

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "os/io.h"
#include "queue/queue_clock.h"

static int64_t
milliseconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
queue_clock_boot(char id[16])
{
	char text[64];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : io_read(fd, text, sizeof text);
	int digits = 0;

	memset(id, 0, 16);
	for (ssize_t i = 0; i < n && digits < 32; i++)
		if (num_hex(text[i]) >= 0) {
			id[digits / 2] = (char)(id[digits / 2] * 16 + num_hex(text[i]));
			digits++;
		}
	if (fd >= 0)
		close(fd);
}

struct queue_times
queue_clock_now(const struct queue_state *s)
{
	struct queue_times t = {
		.age = milliseconds(CLOCK_BOOTTIME) + s->boot.age,
		.lease = milliseconds(CLOCK_MONOTONIC) + s->boot.lease,
		.wall = milliseconds(CLOCK_REALTIME),
	};

	t.age = t.age > s->age ? t.age : s->age;
	t.lease = t.lease > s->lease ? t.lease : s->lease;
	return t;
}

void
queue_clock_begin(const struct queue_state *s, const char id[16], struct queue_boot *boot)
{
	int64_t passed = milliseconds(CLOCK_REALTIME) - s->wall;

	passed = passed > 0 && s->wall > 0 ? passed : 0;
	memcpy(boot->id, id, sizeof boot->id);
	boot->age = s->age + passed - milliseconds(CLOCK_BOOTTIME);
	boot->lease = s->lease + passed - milliseconds(CLOCK_MONOTONIC);
}
