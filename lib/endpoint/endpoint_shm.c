/*
 * endpoint_shm: shm:NAME, rings in shared memory, which carry record streams alone. See
 * endpoint_private.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "endpoint/endpoint_private.h"

static int
open_bytes(struct endpoint *ep, const char *name)
{
	(void)name;
	return endpoint_refuse(ep, EX_USAGE, "shared memory carries records, not bytes");
}

/* Opens an end of the ring as ep->shm. Returns 0, or an exit status with error. */
static int
open_port(struct endpoint *ep, const char *name)
{
	int status;

	if ((ep->shm = malloc(sizeof *ep->shm)) == NULL)
		return endpoint_refuse(ep, EX_OSERR, strerror(ENOMEM));
	if ((status = shm_port_open(ep->shm, name, ep->output ? SHM_WRITER : SHM_READER, NULL)) != 0)
		(void)buf_adds(&ep->error, buf_string(&ep->shm->error));
	return status;
}

/* The stream could not be made, for errno. */
static int
give_up(struct endpoint *ep)
{
	int status = endpoint_refuse(ep, EX_OSERR, strerror(errno));

	shm_port_close(ep->shm);
	return status;
}

static int
open_out(struct endpoint *ep, const char *name, struct rec_out *out)
{
	int status = open_port(ep, name);

	if (status != 0)
		return status;
	return rec_out_open_shm(out, ep->shm, ep->name) < 0 ? give_up(ep) : 0;
}

static int
open_in(struct endpoint *ep, const char *name, struct rec_in *in)
{
	int status = open_port(ep, name);

	if (status != 0)
		return status;
	return rec_in_open_shm(in, ep->shm, ep->name) < 0 ? give_up(ep) : 0;
}

const struct endpoint_scheme endpoint_shm = {
	.name = "shm",
	.example = "shm:prices",
	.check = shm_check,
	.open = open_bytes,
	.rec_out = open_out,
	.rec_in = open_in,
};
