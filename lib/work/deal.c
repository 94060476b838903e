/* deal: see deal.h. */

#include <string.h>

#include "base/siphash.h"
#include "os/clock.h"
#include "work/deal.h"

enum {
	WINDOW = 8 * 1024 * 1024,   /* bytes between the first record not answered and the last one dealt, in the original order */
	HOARD = 8 * 1024 * 1024,    /* bytes that one worker may leave unanswered, where they must be kept */
	KEPT = 4 * 1024 * 1024,     /* bytes of those that are kept where they need not be */
	QUEUED = 2 * 1024 * 1024,   /* bytes in the workers' own queues before the input is read on */
	FINE = 1024 * 1024,         /* so many bytes are dealt in batches as small as may be */
	PIECE = 16 * 1024,          /* bytes of a piece of a block, at least, once that is behind */
	PIECE_FAST = 64 * 1024,     /* and where much is dealt in little time, for each piece wakes somebody */
	FAST = 10                   /* milliseconds for FINE bytes */
};

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
 * Returns 1 if another worker is rather to have that batch, of which this one has died: one that lives and can be sent it, or that may
 * come and died less often.
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

/* Whether the worker can be sent that batch, or, if there is none, the rest of the block in hand. */
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

/* Whether the worker may get what is dealt next; again: a batch that was dealt before. */
static int
takes(const struct deal *d, struct worker *w, const struct batch *again)
{
	if (w->waiting.count > 0 || !worker_ready(w))
		return 0;
	if (!fits(d, w, again) || (again != NULL && shuns(d, w, again)))
		return 0;
	/* Beyond the window goes only who holds it up, for it may want more before it answers. */
	if (again == NULL && window_full(d) && (!gather_starves(d->gather) || w != front_worker(d) || w->sent.bytes > HOARD))
		return 0;
	return !d->settles || w->sent.bytes <= HOARD;
}

static int
any_takes(const struct deal *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (takes(d, &d->workers[i], NULL))
			return 1;
	return 0;
}

/*
 * Of those the one with the least to do, which is its load. idle: how many have nothing to do; NULL: then the first of them will do,
 * and not all need be asked.
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

		if (!takes(d, w, again))
			continue;
		its = worker_load(w);
		if (its < *load) {
			best = w;
			*load = its;
		}
		if (its > 0)
			continue;
		if (idle == NULL)
			break;
		++*idle;
	}
	return best;
}

/* The worker that records for worker i go to: itself, or, where it takes no more, the next one. NULL: nobody. */
static struct worker *
heir(const struct deal *d, size_t i)
{
	for (size_t n = 0; n < d->count; n++) {
		struct worker *w = &d->workers[(i + n) % d->count];

		if (w->state != WORKER_ENOUGH)
			return w;
	}
	return NULL;
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
		if (d->how == DEAL_COPY && w->waiting.count > 1)
			return 0;
		bytes += w->waiting.bytes;
	}
	return d->how == DEAL_COPY || bytes < QUEUED;
}

/* ---- records whose worker is settled ---- */

/* To worker i, or who has taken its place. The order of the input is noted elsewhere. */
static int
queue(struct deal *d, size_t i, struct batch *p)
{
	struct worker *w = heir(d, i);

	if (p == NULL)
		return -1;
	if (w != NULL)
		batch_put(&w->waiting, p);
	else
		batch_put(&d->again, p);
	return 0;
}

static int
copy_to_all(struct deal *d, struct held *h, struct leads *leads)
{
	int bad = h == NULL;

	for (size_t i = 0; i < d->count && !bad; i++)
		if (d->workers[i].state != WORKER_ENOUGH) {
			struct batch *p = batch_new(held_share(h), leads);

			bad = p == NULL;
			if (!bad)
				batch_put(&d->workers[i].waiting, p);
		}
	held_drop(h);
	return bad ? -1 : 0;
}

/* Which worker the record's key is of. -1 with ENOMEM. */
static int64_t
keyed(const struct deal *d, const struct block *b, uint32_t i)
{
	uint32_t start = block_start(b, i);
	struct siphash_key key = { { 0, 0 } };

	if (range_views(d->key, b->payload + start, b->ends[i] - start) < 0)
		return -1;
	/* The key of each part is the hash of those before it, so that "a,bc" is not "ab,c". */
	for (size_t k = 0; k < d->key->count; k++) {
		const struct range_view *v = &d->key->views[k];
		uint64_t hash[2] = { 0, 1 };

		if (v->data != NULL)
			siphash(&key, v->data, v->len, hash);
		key.k[0] = hash[0];
		key.k[1] = hash[1] ^ (v->data != NULL);
	}
	return (int64_t)(key.k[0] % d->count);
}

/* Fills in whose each record is. Returns the owner of all, d->count where there are several; -1 with ENOMEM. */
static int64_t
own(struct deal *d, const struct block *b, uint32_t *owners, uint32_t *counts)
{
	int64_t all = -2;

	memset(counts, 0, d->count * sizeof *counts);
	for (uint32_t i = 0; i < b->count; i++) {
		int64_t who = (int64_t)d->turn;

		if (d->how == DEAL_KEY) {
			if ((who = keyed(d, b, i)) < 0)
				return -1;
		} else if (d->batch > 0 && ++d->turn_left >= d->batch) {
			d->turn_left = 0;
			d->turn = (d->turn + 1) % d->count;
		}
		owners[i] = (uint32_t)who;
		counts[who]++;
		all = all == -2 || all == who ? who : (int64_t)d->count;
	}
	if (d->how == DEAL_ROUND && d->batch == 0)
		d->turn = (d->turn + 1) % d->count;
	return all;
}

/* Divides a block among the workers, a batch for each, whose runs the gather is told of. */
static int
divide(struct deal *d, struct rec_in *in, const struct block *block, struct leads *leads)
{
	static uint32_t owners[BLOCK_RECORDS], counts[BLOCK_RECORDS];
	static uint64_t bits[BLOCK_RECORDS / 64];
	static struct batch *batches[BLOCK_RECORDS];
	int64_t all = own(d, block, owners, counts);
	struct block b = *block;
	uint32_t i, to;
	struct batch *p;

	if (all < 0)
		return -1;
	if (all < (int64_t)d->count) {
		struct held *h = rec_in_hold(in, &b);

		if (h == NULL || (p = batch_new(h, leads)) == NULL || (d->gather->order && gather_run(d->gather, p, 0, b.count) < 0))
			return -1;
		return queue(d, (size_t)all, p);
	}
	for (i = 0; i < d->count; i++) {
		struct held *h;

		batches[i] = NULL;
		if (counts[i] == 0)
			continue;
		memset(bits, 0, ((size_t)b.count + 63) / 64 * sizeof bits[0]);
		for (uint32_t k = 0; k < b.count; k++)
			bits[k / 64] |= (uint64_t)(owners[k] == i) << (k % 64);
		if ((h = held_bits(&b, bits, 1, counts[i])) == NULL || (batches[i] = batch_new(h, leads)) == NULL)
			return -1;
		counts[i] = 0;
	}
	for (i = 0; d->gather->order && i < b.count; i = to) {
		uint32_t who = owners[i];

		for (to = i + 1; to < b.count && owners[to] == who; to++)
			;
		if (gather_run(d->gather, batches[who], counts[who], counts[who] + to - i) < 0)
			return -1;
		counts[who] += to - i;
	}
	for (i = 0; i < d->count; i++)
		if (batches[i] != NULL && queue(d, i, batches[i]) < 0)
			return -1;
	return 0;
}

/*
 * Counts what is dealt, and how fast. What the workers keep up with at such a rate they are done with in a moment, so a piece more or
 * less for one of them is no delay.
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

/* How small a piece of a block may be. */
static uint32_t
least(const struct deal *d)
{
	/* While little has been dealt, or the input is slower than the workers, all of them shall have something. */
	if (d->begun < FINE || (d->input_dry && !d->fast))
		return 0;
	return d->fast ? PIECE_FAST : PIECE;
}

/* Whether so many bytes of a block are not to be divided further, however many workers are idle. */
static int
indivisible(const struct deal *d, uint32_t bytes)
{
	return d->batch == 0 && bytes < 2 * least(d);
}

/*
 * Passes a whole block to a worker that only takes it and has nothing else to do: without a copy, for what has room in its pipe. 1; 0
 * where it has to be dealt otherwise; -1 with ENOMEM.
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

/* As deal_block, of data that is not passed on as it is. */
static int
deal_records(struct deal *d, struct rec_in *in, const struct block *b, struct leads *leads)
{
	struct held *h;

	if (d->how == DEAL_ROUND || d->how == DEAL_KEY)
		return divide(d, in, b, leads);
	if ((h = rec_in_hold(in, b)) == NULL)
		return -1;
	if (d->how == DEAL_COPY)
		return copy_to_all(d, h, leads);
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
		return d->gather->out != NULL ? gather_loss(d->gather, &b) : copy_to_all(d, held_records(&b, 0, 0), NULL);
	if (b.count == 0)
		return 0;
	if (d->how == DEAL_READY && (result = pass_on(d, &b)) != 0)
		return result < 0 ? -1 : 0;
	/* Who only takes gets the input's own positions. */
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
	/* Who only sums up answers at its end; nobody needs to keep the records until then. */
	while (!d->gather->order && !d->settles && w->sent.bytes > KEPT && batch_spend(&w->sent))
		;
}

/* How many records of the block in hand go to one of idle workers. */
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

int
deal_step(struct deal *d)
{
	struct worker *w;
	size_t load;
	uint32_t idle = 1;
	int moved = 0;

	for (size_t i = 0; i < d->count; i++) {
		w = &d->workers[i];
		worker_push(w);
		while (w->waiting.count > 0 && worker_ready(w) && fits(d, w, w->waiting.first) && !(d->settles && w->sent.bytes > HOARD)) {
			send_batch(d, w, batch_shift(&w->waiting));
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

int
deal_empty(const struct deal *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->workers[i].waiting.count > 0)
			return 0;
	return d->source.held == NULL && d->again.count == 0;
}

/* The input's position of the next record of the block in hand. */
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

	for (size_t i = 0; i < d->count; i++) {
		struct worker *w = &d->workers[i];

		any |= w->behind && !rec_out_heed(&w->out);
		w->behind = 0;
	}
	return any;
}

/* A worker that cannot be sent what it is to get, so that its next process must be. NULL if there is none. */
static struct worker *
worn(const struct deal *d)
{
	const struct batch *p = d->again.first;
	struct worker *worst = NULL;

	for (size_t i = 0; i < d->count; i++) {
		struct worker *w = &d->workers[i];

		if (w->state == WORKER_LIVE && w->waiting.count > 0 && !fits(d, w, w->waiting.first))
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

	if (window_full(d) && gather_starves(d->gather) && w != NULL && w->waiting.count == 0 && worker_hungry(w) &&
	    (d->how != DEAL_READY || w->sent.bytes > HOARD))
		return w;
	for (size_t i = 0; d->settles && i < d->count; i++)
		if (d->workers[i].sent.bytes > HOARD && worker_hungry(&d->workers[i]))
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
	if (w->sink && w->sent_records > 0)
		give_up(d, w->begin);
	else if (w->unsafe)
		give_up(d, w->safe);
}

/* Nobody will answer what is unanswered of a batch. */
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
	size_t i = (size_t)(w - d->workers);
	struct worker *to = d->how == DEAL_COPY ? w : heir(d, i);
	struct batch_queue *queue = d->how != DEAL_READY && to != NULL ? &to->waiting : &d->again;
	struct batch *p;
	int good = 1;

	while ((p = batch_shift(&w->sent)) != NULL) {
		int whole = p->answered == 0;

		if (d->how == DEAL_COPY && w->state == WORKER_ENOUGH) {
			batch_drop(p);
			continue;
		}
		/* Who has not even begun to read is no try: a host that cannot be reached. */
		if (w->untouched && tries > 0)
			p->tries--;
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
		p->worker = NULL;
		p->before = w;
		batch_insert(queue, p);
	}
	while (to != w && (p = batch_shift(&w->waiting)) != NULL)
		batch_insert(queue, p);
	if (d->how == DEAL_COPY && w->state == WORKER_ENOUGH)
		while ((p = batch_shift(&w->waiting)) != NULL)
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
		abandon(d, &d->workers[i].waiting, &left);
	if (d->source.held != NULL) {
		uint64_t at = source_position(d);

		left.first = left.count == 0 || at < left.first ? at : left.first;
		left.count++;
		give_up(d, at);
		batch_forget(&d->source);
	}
	return left.count > 0 && left.first < none ? left.first : none;
}
