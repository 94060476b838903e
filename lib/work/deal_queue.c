/*
 * deal_queue: what deal.h says of records whose worker is settled: by key, in turn, or all. They
 * wait in that worker's own queue.
 */

#include <string.h>

#include "base/siphash.h"
#include "base/status.h"
#include "work/deal_private.h"

static int
tabled(struct rec_in *in, const struct table *t)
{
	struct deal *d = in->tabled_by;
	struct buf error = { 0 };
	int got = range_table(d->key, t, &error);

	d->names.tabled |= t != NULL;
	if (got < 0)
		command_fail(d->fault, EX_DATAERR, "--key: %s", buf_string(&error));
	buf_free(&error);
	return got;
}

void
deal_follow(struct deal *d, struct rec_in *in, struct command_fault *fault)
{
	d->fault = fault;
	d->names.used = d->how == DEAL_KEY && range_names(d->key);
	in->tabled = d->how == DEAL_KEY ? tabled : NULL;
	in->tabled_by = d;
	if (d->gather != NULL)
		d->gather->input = in;
}

struct batch_queue *
deal_queue(const struct deal *d, const struct worker *w)
{
	return &d->queues[w - d->workers];
}

struct worker *
deal_heir(const struct deal *d, size_t i)
{
	for (size_t n = 0; n < d->count; n++) {
		struct worker *w = &d->workers[(i + n) % d->count];

		if (w->state != WORKER_ENOUGH)
			return w;
	}
	return NULL;
}

/*
 * Puts the batch into the queue of worker i, or of its heir. Returns 0, or -1 if there is no batch.
 */
static int
queue(struct deal *d, size_t i, struct batch *p)
{
	struct worker *w = deal_heir(d, i);

	if (p == NULL)
		return -1;
	if (w != NULL)
		batch_put(deal_queue(d, w), p);
	else
		batch_put(&d->again, p);
	return 0;
}

int
deal_copy(struct deal *d, struct held *h, struct leads *leads)
{
	int bad = h == NULL;

	for (size_t i = 0; i < d->count && !bad; i++)
		if (d->workers[i].state != WORKER_ENOUGH) {
			struct batch *p = batch_new(held_share(h), leads);

			bad = p == NULL;
			if (!bad)
				batch_put(&d->queues[i], p);
		}
	held_drop(h);
	return bad ? -1 : 0;
}

/* Returns the number of the worker that the key of record i belongs to, or -1 with ENOMEM. */
static int64_t
keyed(const struct deal *d, const struct block *b, uint32_t i)
{
	uint32_t start = block_start(b, i);
	struct siphash_key key = { { 0, 0 } };

	if (range_views(d->key, b->payload + start, b->ends[i] - start) < 0)
		return -1;
	/*
	 * The hash of each part is keyed by the hash of those before it, so that "a,bc" is not
	 * "ab,c".
	 */
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

/*
 * Notes the worker that owns each record, and the number of each one's. Returns the owner of all
 * records, or d->count if there are several; -1 with ENOMEM.
 */
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

int
deal_divide(struct deal *d, struct rec_in *in, const struct block *block, struct leads *leads)
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
	names_look(&d->names, block);
	if (all < (int64_t)d->count) {
		struct held *h = rec_in_hold(in, &b);

		if (h == NULL || (p = batch_new(h, leads)) == NULL ||
		    (d->gather->order && gather_run(d->gather, p, 0, b.count) < 0))
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
