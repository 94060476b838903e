/*
 * rec_out_shm: an output's blocks into a named ring (shm_port.h, transport.h).
 */

#include <errno.h>

#include "os/io.h"
#include "os/signals.h"
#include "record/env.h"
#include "shm/shm_port.h"
#include "stream/rec_group.h"
#include "stream/rec_out_private.h"

static int
push(struct rec_out *out, int wait)
{
	return shm_port_push(out->port, &out->writer, wait);
}

static int
polled(struct rec_out *out, int busy, struct pollfd *p)
{
	if (busy || out->told)
		*p = (struct pollfd){ .fd = shm_port_bell(out->port), .events = POLLIN };
	return 1;
}

static int
gone(struct rec_out *out)
{
	return shm_port_gone(out->port);
}

static int
unmet(const struct rec_out *out)
{
	return shm_port_unmet(out->port);
}

/* From now on the port does not wait for a reader to come. */
static void
failed(struct rec_out *out)
{
	if (out->state == REC_OUT_GONE)
		shm_port_forsake(out->port);
}

static void
last_words(struct rec_out *out, void *mark, size_t n, uint32_t status, const char *reason)
{
	shm_port_last_words(out->port, mark, n, status, reason);
}

static void
close_writer(struct rec_out *out)
{
	writer_close(&out->writer);
}

static int
lingers(struct rec_out *out)
{
	return shm_port_lingers(out->port);
}

static void
end(struct rec_out *out)
{
	struct shm_port *port = out->port;

	/* This closes the descriptor, too. The port's status and error are needed longer. */
	shm_port_close(port);
	if (port->status != 0 && out->state == REC_OUT_OPEN)
		rec_out_fail(out, ENOLINK);
}

static int
verdict(const struct rec_out *out, const char **why)
{
	struct shm_port *port = out->port;

	*why = port->status != 0 ? buf_string(&port->error) : NULL;
	return port->status;
}

static const struct transport_out rec_out_shm = {
	.push = push,
	.polled = polled,
	.gone = gone,
	.unmet = unmet,
	.failed = failed,
	.last_words = last_words,
	.close = close_writer,
	.lingers = lingers,
	.end = end,
	.verdict = verdict,
};

int
rec_out_open_shm(struct rec_out *out, struct shm_port *port, const char *name)
{
	const char *wrong = NULL;

	if (rec_out_open_by(out, &rec_group_default, &rec_out_shm, port, port->ring.object.fd, name) < 0)
		return -1;
	out->reader = 1;
	out->sums = env_get(&wrong)->checksum > 0; /* as into a pipe */
	return 0;
}

int
rec_out_is_shm(const struct rec_out *out)
{
	return out->via == &rec_out_shm;
}
