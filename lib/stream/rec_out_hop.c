/*
 * rec_out_hop: an output's blocks into a pipe beside which there is a ring (hop.h, transport.h). It
 * takes the place of rec_out_pipe as long as out->hop is not NULL.
 */

#include <stdlib.h>
#include <unistd.h>

#include "stream/hop.h"
#include "stream/rec_out_private.h"

static const struct transport_out rec_out_hop;

/* What is left of ended outputs whose readers have not taken everything from their rings. */
struct kept {
	struct kept *next;
	struct hop_out *hop;
	struct writer writer;
	uint64_t at;
	const struct rec_out *of; /* NULL once rec_out_end is done with that output */
	int here; /* 1: it is on the stack of keep */
};
static struct kept *kept;

/*
 * To be called after all that may have changed the hop: sets the transport, whether it holds
 * something itself, and from which number of bytes on hop_block is to be called. (If the hop has
 * ended, it has itself set begins_at.)
 */
static void
note(struct rec_out *out)
{
	out->via = out->hop != NULL ? &rec_out_hop : &rec_out_pipe;
	out->pending = hop_busy(out->hop);
	if (out->hop != NULL)
		out->begins_at = hop_begins(out->hop) ? 0 : UINT64_MAX;
}

/* ---- one block ---- */

void
rec_out_hop_begin(struct rec_out *out)
{
	hop_block(&out->hop, &out->writer, &out->begins_at);
	note(out);
}

static int
push(struct rec_out *out, int wait)
{
	int moved = hop_push(&out->hop, &out->writer, wait, &out->begins_at);

	note(out);
	return moved;
}

static int
place(struct rec_out *out, size_t before, size_t want, char **data, size_t *room)
{
	return hop_place(out->hop, &out->writer, before, want, data, room);
}

static int
polled(struct rec_out *out, int busy, struct pollfd *p)
{
	if (out->writer.file || out->told || hop_polled(out->hop, &out->writer, busy, out->heeds, p))
		return 1;
	hop_seen(out->hop, POLLIN);
	note(out);
	return 0;
}

static void
seen(struct rec_out *out, const struct pollfd *p)
{
	if (p->fd == out->fd && p->revents & (POLLERR | POLLHUP | POLLNVAL)) {
		rec_out_pipe_seen(out, p);
		return;
	}
	hop_seen(out->hop, p->revents);
	note(out);
}

static size_t
used(struct rec_out *out, size_t *last)
{
	return hop_used(out->hop, last);
}

static void
leave(struct rec_out *out)
{
	hop_out_free(out->hop);
	out->hop = NULL;
	note(out);
}

static void
last_words(struct rec_out *out, void *mark, size_t n, uint32_t status, const char *reason)
{
	(void)status;
	(void)reason;
	if (!hop_last_words(out->hop, &out->writer, mark, n))
		writer_last_words(&out->writer, mark, n);
}

/* ---- ended outputs whose readers have not taken all from a ring ---- */

static void
free_kept(struct kept *k)
{
	for (struct kept **at = &kept; *at != NULL; at = &(*at)->next)
		if (*at == k) {
			*at = k->next;
			break;
		}
	hop_out_free(k->hop);
	writer_close(&k->writer);
	(void)close(k->writer.fd); /* a pipe: all that was written is in it */
	if (!k->here)
		free(k);
}

/* Returns 1 if the reader has taken everything, or is gone, and then frees k. Else returns 0. */
static int
step(struct kept *k)
{
	while (!hop_ended(k->hop)) {
		int moved = hop_busy(k->hop) ? hop_push(&k->hop, &k->writer, 0, &k->at) : 0;

		if (moved < 0)
			break; /* the pipe has no reader any more */
		if (moved == 0)
			return 0;
	}
	free_kept(k);
	return 1;
}

void
rec_out_hop_step(void)
{
	struct kept *next;

	for (struct kept *k = kept; k != NULL; k = next) {
		next = k->next;
		(void)step(k);
	}
}

static int
is_kept(const struct kept *k)
{
	const struct kept *other = kept;

	while (other != NULL && other != k)
		other = other->next;
	return other != NULL;
}

static void
keep(struct rec_out *out)
{
	struct kept only, *k = malloc(sizeof *k);
	int here = k == NULL;

	/* If there is no memory for the list, the wait is here and now. */
	if (here)
		/* cppcheck-suppress memleak ; it is NULL */
		k = &only;
	*k = (struct kept){ .next = kept, .hop = out->hop, .writer = out->writer, .at = UINT64_MAX, .of = out,
		.here = here };
	out->hop = NULL;
	note(out);
	kept = k;
	while (here && (rec_out_go_on(), is_kept(k)))
		if (rec_out_poll(NULL, 0, -1) < 0)
			free_kept(k);
}

int
rec_out_hop_keeps(const struct rec_out *out)
{
	const struct kept *k = kept;

	while (k != NULL && k->of != out)
		k = k->next;
	return k != NULL;
}

void
rec_out_hop_forget(struct rec_out *out, int wait)
{
	/* The other outputs go on meanwhile: this one's reader may need what they have. */
	while (wait && (rec_out_go_on(), rec_out_hop_keeps(out)))
		if (rec_out_poll(NULL, 0, -1) < 0)
			break;
	for (struct kept *k = kept; k != NULL; k = k->next)
		if (k->of == out)
			k->of = NULL;
}

void
rec_out_linger(void)
{
	while (rec_out_hop_step(), kept != NULL)
		if (rec_out_poll(NULL, 0, -1) < 0)
			return;
}

/* ---- their polls ---- */

size_t
rec_out_hop_kept(void)
{
	size_t n = 0;

	for (const struct kept *k = kept; k != NULL; k = k->next)
		n++;
	return n;
}

int
rec_out_hop_kept_polled(struct pollfd *p)
{
	for (struct kept *k = kept; k != NULL; k = k->next, p++)
		if (!hop_polled(k->hop, &k->writer, 1, 0, p)) {
			hop_seen(k->hop, POLLIN);
			return 0;
		}
	return 1;
}

void
rec_out_hop_kept_seen(const struct pollfd *p)
{
	for (struct kept *k = kept; k != NULL; k = k->next, p++)
		hop_seen(k->hop, p->revents);
}

/* A ring stays until it has been emptied, or its reader has gone. */
static void
close_hop(struct rec_out *out)
{
	hop_done(out->hop, &out->writer);
	if (!hop_ended(out->hop)) {
		keep(out);
		return;
	}
	leave(out);
	rec_out_pipe_close(out);
}

static const struct transport_out rec_out_hop = {
	.begin = rec_out_hop_begin,
	.push = push,
	.place = place,
	.polled = polled,
	.seen = seen,
	.used = used,
	.failed = leave,
	.last_words = last_words,
	.close = close_hop,
};
