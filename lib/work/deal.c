/* deal: see deal.h. */

#include <stdlib.h>

#include "os/clock.h"
#include "work/deal_private.h"

enum {
	WINDOW = 8 * 1024 * 1024, /* bytes from the first unanswered record to the last one dealt, with order */
	HOARD = 8 * 1024 * 1024,  /* bytes that one worker may leave unanswered, if they must be kept */
	KEPT = 4 * 1024 * 1024,   /* bytes of unanswered records that are kept if they need not be */
	QUEUED = 2 * 1024 * 1024, /* bytes in the workers' own queues up to which the input is read on */
	FINE = 1024 * 1024,       /* bytes at the beginning that are dealt in batches as small as may be */
	PIECE = 16 * 1024,        /* bytes of the least piece of a block after that */
	PIECE_FAST = 64 * 1024,   /* the same if much is dealt in little time: each piece wakes a process */
	FAST = 10                 /* milliseconds: little time for FINE bytes */
};

int
deal_init(struct deal *d)
{
	return (d->queues = calloc(d->count, sizeof *d->queues)) == NULL ? -1 : 0;
}

void
deal_free(struct deal *d)
{
	(void)names_end(&d->names);
	distinct_free(&d->distinct);
	free(d->queues);
	d->queues = NULL;
}

static int
window_full(const struct deal *d)
{
	return d->gather->order && d->gather->pending + d->gather->waiting > WINDOW;
}

static struct worker *
front_worker(const struct deal *d)
{
	const struct batch *p = gather_front(d->gather);

	return p != NULL ? p->worker : NULL;
}

/* ---- who is ready ---- */

/*
 * Returns 1 if this worker has died of the batch and another one should get it: one that lives and
 * can be sent it, or that may be started and has died less often.
 */
static int
shuns(const struct deal *d, const struct worker *w, const struct batch *again)
{
	for (size_t i = 0; again->before == w && i < d->count; i++) {
		const struct worker *other = &d->workers[i];

		if (other == w || (other->state == WORKER_LIVE && !worker_fits(other, again->block.base, again->top)))
			continue;
		if (other->state == WORKER_LIVE || (other->state != WORKER_ENOUGH && other->barren < w->barren))
			return 1;
	}
	return 0;
}

int
deal_shuns(const struct deal *d, const struct worker *w)
{
	return d->again.count > 0 && shuns(d, w, d->again.first);
}

/* Returns 1 if the worker can be sent that batch or, without one, the rest of the block in hand. */
static int
fits(const struct deal *d, const struct worker *w, const struct batch *p)
{
	const struct block *b;

	if (p != NULL)
		return worker_fits(w, p->block.base, p->top);
	if (d->source.held == NULL)
		return 1;
	b = &d->source.held->block;
	return worker_fits(w, block_position(b, d->source.from), block_position(b, b->count - 1));
}

/*
 * As worker_may_take, of what is dealt next: again, a batch that was dealt before; or NULL, the
 * rest of the block in hand.
 */
static enum worker_may
may_take(const struct deal *d, struct worker *w, const struct batch *again, size_t *load)
{
	enum worker_may may;

	if (deal_waits(d, w) || (may = worker_may_take(w, load)) == WORKER_NO)
		return WORKER_NO;
	if (!fits(d, w, again) || (again != NULL && shuns(d, w, again)))
		return WORKER_NO;
	/*
	 * Only the worker that holds up the window gets more than that: it may need more before it
	 * answers.
	 */
	if (again == NULL && window_full(d) &&
	    (!gather_starves(d->gather) || w != front_worker(d) || worker_unanswered(w) > HOARD))
		return WORKER_NO;
	return d->settles && worker_unanswered(w) > HOARD ? WORKER_NO : may;
}

static int
any_takes(const struct deal *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (may_take(d, &d->workers[i], NULL, NULL) != WORKER_NO)
			return 1;
	return 0;
}

/*
 * Returns the worker that may take it and has the least to do, and how much that is (load); NULL:
 * no worker may. idle gets the number of workers with nothing to do. If idle is NULL, the first of
 * them is returned, and the others are not asked.
 */
static struct worker *
pick(const struct deal *d, const struct batch *again, size_t *load, uint32_t *idle)
{
	struct worker *best = NULL;

	*load = SIZE_MAX;
	if (idle != NULL)
		*idle = 0;
	for (size_t i = 0; i < d->count; i++) {
		struct worker *w = &d->workers[(d->turn + i) % d->count];
		size_t its;
		enum worker_may may = may_take(d, w, again, &its);

		if (may == WORKER_NO)
			continue;
		if (its < *load) {
			best = w;
			*load = its;
		}
		if (may != WORKER_IDLE)
			continue;
		if (idle == NULL)
			break;
		++*idle;
	}
	return best;
}

int
deal_wants(struct deal *d)
{
	size_t bytes = 0;

	if (d->source.held != NULL || d->again.count > 0)
		return 0;
	if (d->how == DEAL_READY)
		return any_takes(d);
	if (window_full(d))
		return 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct worker *w = &d->workers[i];

		if (w->state == WORKER_ENOUGH)
			continue;
		if (d->how == DEAL_COPY && d->queues[i].count > 1)
			return 0;
		bytes += d->queues[i].bytes;
	}
	return d->how == DEAL_COPY || bytes < QUEUED;
}

/* ---- how much goes to one ---- */

/*
 * Counts what is dealt, and how fast. Workers that keep up with a fast input are soon done with a
 * piece, so one piece more or less for a worker is no delay.
 */
static void
clock_bytes(struct deal *d, uint32_t bytes)
{
	int64_t now;

	d->begun += bytes;
	if (d->begun - d->clocked < FINE)
		return;
	now = clock_ms();
	d->fast = d->clocked > 0 && now - d->clock < FAST;
	d->clock = now;
	d->clocked = d->begun;
}

/* Returns the bytes of the smallest piece of a block. */
static uint32_t
least(const struct deal *d)
{
	/*
	 * At the beginning, and if the input is slower than the workers, all of them should have
	 * something to do.
	 */
	if (d->begun < FINE || (d->input_dry && !d->fast))
		return 0;
	return d->fast ? PIECE_FAST : PIECE;
}

/*
 * Returns 1 if this number of bytes of a block is not divided further, however many workers are
 * idle.
 */
static int
indivisible(const struct deal *d, uint32_t bytes)
{
	return d->batch == 0 && bytes < 2 * least(d);
}

/*
 * Returns the number of records of the block in hand that go to one of this number of idle workers.
 */
static uint32_t
portion(const struct deal *d, uint32_t idle)
{
	const struct block *b = &d->source.held->block;
	uint32_t left = b->count - d->source.from, n = left, bytes = b->size - d->source.bytes;

	if (d->batch > 0)
		return d->batch;
	if (idle > 1 && !indivisible(d, bytes)) {
		if (bytes / idle < least(d))
			idle = bytes / least(d);
		n = (left + idle - 1) / idle;
	}
	return n;
}

/* ---- a block of the input ---- */

/*
 * Passes a whole block on to a sink that has nothing else to do: what has room in its pipe is not
 * copied. Returns 1; 0 if the block must be dealt otherwise; -1 with ENOMEM.
 */
static int
pass_on(struct deal *d, const struct block *b)
{
	struct worker *w;
	size_t load;
	int passed;

	if (d->gather->out != NULL || !indivisible(d, b->size) || (w = pick(d, NULL, &load, NULL)) == NULL || load > 0)
		return 0;
	if ((passed = worker_pass(w, b)) > 0)
		d->turn = (d->turn + 1) % d->count;
	return passed;
}

/* Does deal_block's work for data that is not passed on. */
static int
deal_records(struct deal *d, struct rec_in *in, const struct block *b, struct leads *leads)
{
	struct held *h;

	if (d->how == DEAL_ROUND || d->how == DEAL_KEY)
		return deal_divide(d, in, b, leads);
	if ((h = rec_in_hold(in, b)) == NULL)
		return -1;
	if (d->how == DEAL_COPY)
		return deal_copy(d, h, leads);
	batch_source(&d->source, h, leads != NULL ? distinct_share(leads) : NULL);
	return 0;
}

int
deal_block(struct deal *d, struct rec_in *in, const struct block *block, int dry)
{
	struct block b = *block;
	struct leads *leads = NULL;
	int result;

	d->input_dry = dry;
	clock_bytes(d, b.size);
	if (b.kind == BLOCK_LOSS)
		return d->gather->out != NULL ? gather_loss(d->gather, &b) : deal_copy(d, held_records(&b, 0, 0), NULL);
	if (b.count == 0)
		return 0;
	if (d->how == DEAL_READY && (result = pass_on(d, &b)) != 0)
		return result < 0 ? -1 : 0;
	/* Sinks get the input's own positions. */
	if (d->gather->out != NULL && distinct_block(&d->distinct, &b, &leads) < 0)
		return -1;
	result = deal_records(d, in, &b, leads);
	distinct_drop(leads);
	return result;
}

/* ---- sending ---- */

static void
send_batch(struct deal *d, struct worker *w, struct batch *p)
{
	worker_send(w, p);
	/* A worker that sums up answers at its end: its records need not be kept until then. */
	if (!d->gather->order && !d->settles)
		worker_spend(w, KEPT);
}

/* Returns 1 if the worker may be sent the first batch of its queue. */
static int
takes_queued(const struct deal *d, struct worker *w, const struct batch *p)
{
	return worker_may_take(w, NULL) != WORKER_NO && fits(d, w, p) && !(d->settles && worker_unanswered(w) > HOARD);
}

int
deal_step(struct deal *d)
{
	struct worker *w;
	size_t load;
	uint32_t idle = 1;
	int moved = 0;

	for (size_t i = 0; i < d->count; i++) {
		worker_push(&d->workers[i]);
		while (d->queues[i].count > 0 && takes_queued(d, &d->workers[i], d->queues[i].first)) {
			send_batch(d, &d->workers[i], batch_shift(&d->queues[i]));
			moved = 1;
		}
	}
	while (d->again.count > 0 && (w = pick(d, d->again.first, &load, NULL)) != NULL) {
		send_batch(d, w, batch_shift(&d->again));
		moved = 1;
	}
	while (d->again.count == 0 && d->source.held != NULL) {
		int one = d->batch > 0 || indivisible(d, d->source.held->block.size - d->source.bytes);
		struct batch *p;

		if ((w = pick(d, NULL, &load, one ? NULL : &idle)) == NULL)
			break;
		p = batch_take(&d->source, portion(d, idle));
		if (p == NULL || (d->gather->order && gather_run(d->gather, p, 0, p->block.count) < 0))
			return -1;
		send_batch(d, w, p);
		d->turn = (d->turn + 1) % d->count;
		moved = 1;
		if (w->out.state == REC_OUT_FAILED)
			break;
	}
	return moved;
}

/* ---- what is still to be dealt ---- */

int
deal_waits(const struct deal *d, const struct worker *w)
{
	return deal_queue(d, w)->count > 0;
}

int
deal_open(const struct deal *d)
{
	return d->source.held != NULL || d->again.count > 0;
}

int
deal_empty(const struct deal *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->queues[i].count > 0)
			return 0;
	return !deal_open(d);
}

/* Returns the input's position of the next record of the block in hand. */
static uint64_t
source_position(const struct deal *d)
{
	return distinct_original(d->source.leads, block_position(&d->source.held->block, d->source.from));
}

uint64_t
deal_next(const struct deal *d, uint64_t input_next)
{
	uint64_t next = d->source.held != NULL ? source_position(d) : input_next;

	return d->gave_up && d->given_up < next ? d->given_up : next;
}

int
deal_held_up(struct deal *d)
{
	int any = 0;

	for (size_t i = 0; i < d->count; i++)
		any |= worker_held_up(&d->workers[i]);
	return any;
}

/*
 * Returns a worker that cannot be sent what it is to get, so that its next process must be; NULL:
 * there is none.
 */
static struct worker *
worn(const struct deal *d)
{
	const struct batch *p = d->again.first;
	struct worker *worst = NULL;

	for (size_t i = 0; i < d->count; i++) {
		struct worker *w = &d->workers[i];

		if (w->state == WORKER_LIVE && deal_waits(d, w) && !fits(d, w, d->queues[i].first))
			return w;
	}
	for (size_t i = 0; i < d->count && (p != NULL || d->source.held != NULL); i++) {
		struct worker *w = &d->workers[i];

		if (w->state == WORKER_ENDING || (w->state == WORKER_LIVE && fits(d, w, p)))
			return NULL;
		if (w->state == WORKER_LIVE)
			worst = w;
	}
	return worst;
}

struct worker *
deal_hoarder(struct deal *d)
{
	struct worker *w = front_worker(d);

	if (window_full(d) && gather_starves(d->gather) && w != NULL && !deal_waits(d, w) && worker_hungry(w) &&
	    (d->how != DEAL_READY || worker_unanswered(w) > HOARD))
		return w;
	for (size_t i = 0; d->settles && i < d->count; i++)
		if (worker_unanswered(&d->workers[i]) > HOARD && worker_hungry(&d->workers[i]))
			return &d->workers[i];
	return worn(d);
}

/* ---- what was left ---- */

static void
give_up(struct deal *d, uint64_t at)
{
	if (!d->gave_up || at < d->given_up)
		d->given_up = at;
	d->gave_up = 1;
	rec_out_give_up(at);
}

void
deal_lose(struct deal *d, const struct worker *w)
{
	uint64_t safe = worker_safe(w);

	if (safe != UINT64_MAX)
		give_up(d, safe);
}

/* Gives up the unanswered records of a batch: nobody will answer them. */
static void
leave(struct deal *d, struct deal_left *left, struct batch *p)
{
	uint64_t at = p->held != NULL ? batch_position(p, p->answered) : p->first;

	p->abandoned = 1;
	give_up(d, at);
	if (left == NULL)
		return;
	left->first = left->count == 0 || at < left->first ? at : left->first;
	left->last = p->last > left->last ? p->last : left->last;
	left->count += p->block.count - p->answered;
}

int
deal_again(struct deal *d, struct worker *w, uint64_t tries, struct deal_left *left)
{
	struct worker *to = d->how == DEAL_COPY ? w : deal_heir(d, (size_t)(w - d->workers));
	struct batch_queue *own = deal_queue(d, w),
			   *queue = d->how != DEAL_READY && to != NULL ? deal_queue(d, to) : &d->again;
	struct batch *p;
	int good = 1;

	while ((p = worker_left(w)) != NULL) {
		int whole = p->answered == 0;

		if (d->how == DEAL_COPY && w->state == WORKER_ENOUGH) {
			batch_drop(p);
			continue;
		}
		/*
		 * A worker that has not even begun to read, such as one on a host that cannot be
		 * reached, has not tried.
		 */
		if (w->untouched && tries > 0)
			batch_untried(p);
		if (p->held == NULL || p->tries > tries) {
			leave(d, left, p);
			good = 0;
			batch_drop(p);
			continue;
		}
		if (!whole) {
			struct batch *rest = batch_rest(p);

			gather_grown(d->gather);
			batch_drop(p);
			if ((p = rest) == NULL)
				return -1;
		}
		batch_left(p);
		batch_insert(queue, p);
	}
	while (to != w && (p = batch_shift(own)) != NULL)
		batch_insert(queue, p);
	if (d->how == DEAL_COPY && w->state == WORKER_ENOUGH)
		while ((p = batch_shift(own)) != NULL)
			batch_drop(p);
	return good;
}

static void
abandon(struct deal *d, struct batch_queue *q, struct deal_left *left)
{
	struct batch *p;

	while ((p = batch_shift(q)) != NULL) {
		leave(d, left, p);
		batch_drop(p);
	}
}

uint64_t
deal_stop(struct deal *d, uint64_t none)
{
	struct deal_left left = { 0 };

	abandon(d, &d->again, &left);
	for (size_t i = 0; i < d->count; i++)
		abandon(d, &d->queues[i], &left);
	if (d->source.held != NULL) {
		uint64_t at = source_position(d);

		left.first = left.count == 0 || at < left.first ? at : left.first;
		left.count++;
		give_up(d, at);
		batch_forget(&d->source);
	}
	return left.count > 0 && left.first < none ? left.first : none;
}
