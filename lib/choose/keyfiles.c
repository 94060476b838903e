/*
 * keyfiles: see keyfiles.h. Here is the division of blocks, and the output as a transport
 * (transport.h), which takes whole blocks.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/status.h"
#include "choose/keyfiles_private.h"
#include "choose/keyparts.h"
#include "os/io.h"
#include "stream/rec_group.h"
#include "stream/transport.h"

/* ---- dividing ---- */

/* Gathers record i of the block in the file of the key with that hash. */
static void
give(struct keyfiles *k, const struct block *b, uint32_t i, const uint64_t hash[2])
{
	uint32_t number = keymap_get(&k->map, hash);

	if (number == KEYMAP_NONE) {
		number = keyfiles_add(k, b->payload + block_start(b, i), b->ends[i] - block_start(b, i));
		if (number == KEYMAP_NONE)
			return;
		if (keymap_add(&k->map, hash, number) == KEYMAP_NONE) {
			keyfiles_fail(k, NULL, EX_OSERR, "out of memory");
			return;
		}
	}
	keyfiles_gather(k, &k->files[number], b, i);
}

static void
divide(struct keyfiles *k, const struct block *b)
{
	/*
	 * Number of hashes that are computed before the map is read, so that its memory is fetched
	 * meanwhile.
	 */
	enum { AT_ONCE = 16 };
	uint64_t hashes[AT_ONCE][2];

	if (b->count > 0)
		keyfiles_fill(k);
	for (uint32_t i = 0; i < b->count && k->status == 0; i += AT_ONCE) {
		uint32_t n = b->count - i < AT_ONCE ? b->count - i : AT_ONCE;

		for (uint32_t j = 0; j < n; j++) {
			uint32_t start = block_start(b, i + j);
			struct range_view key;

			if (keyparts_find(&k->key, b->payload + start, b->ends[i + j] - start, &k->bytes, &key) < 0) {
				keyfiles_fail(k, NULL, EX_OSERR, "out of memory");
				return;
			}
			keymap_hash(&k->map, key.data, key.len, hashes[j]);
		}
		for (uint32_t j = 0; j < n && k->status == 0; j++)
			give(k, b, i + j, hashes[j]);
	}
}

/* ---- the output ---- */

/* For framing_write. */
static int
put(void *sink, const void *bytes, size_t n)
{
	const struct keyfiles *k = sink;

	return io_write(k->fd, bytes, n);
}

static void
take(struct rec_out *out, const struct block *block, int last)
{
	struct keyfiles *k = out->port;
	struct table *t = rec_out_sent(out);

	if (k->table == NULL && t != NULL)
		k->table = table_share(t);
	if (block->kind == BLOCK_DATA)
		divide(k, block);
	else if (block->kind == BLOCK_LOSS && k->framing == NULL) /* bytes do not say it */
		keyfiles_loss(k, block);
	if (block->kind == BLOCK_DATA || block->kind == BLOCK_LOSS)
		k->next = block->next > k->next ? block->next : k->next;
	if (block->kind == BLOCK_END && last) {
		/* Files that are not published need no end. */
		if (k->appends || block->status == 0)
			keyfiles_end(k, block);
		k->good = block->status == 0;
		k->ended = 1;
	}
	if (k->status != 0)
		rec_out_broken(out, EIO);
}

/* What is gathered for files that are seen at once is written before the command waits. */
static int
polled(struct rec_out *out, int busy, struct pollfd *p)
{
	struct keyfiles *k = out->port;

	(void)busy;
	(void)p; /* files: nobody goes away */
	if (!k->appends || !k->dirty || rec_out_told(out))
		return 1;
	rec_out_leaves(out, 1);
	return 0;
}

static int
push(struct rec_out *out, int wait)
{
	struct keyfiles *k = out->port;

	(void)wait;
	keyfiles_fill(k);
	keyfiles_flush_all(k);
	rec_out_leaves(out, 0);
	errno = EIO;
	return k->status != 0 ? -1 : 1;
}

static void
failed(struct rec_out *out)
{
	rec_out_leaves(out, 0);
}

static const char *
name_of(const void *owner, size_t i)
{
	const struct keyfiles *k = owner;

	return keyfiles_name(k, &k->files[i]);
}

static void
close_all(struct rec_out *out)
{
	struct keyfiles *k = out->port;
	size_t at;

	if (!k->ended && k->appends) {
		struct block end = { .kind = BLOCK_END,
			.status = (uint32_t)(k->status != 0 ? k->status : EX_IOERR),
			.next = k->next,
			.payload = k->why.data,
			.size = (uint32_t)k->why.len };

		end.size = end.size < BLOCK_REASON ? end.size : BLOCK_REASON;
		keyfiles_end(k, &end);
	}
	if (keyfiles_close(k) < 0 && out->state == REC_OUT_OPEN)
		rec_out_broken(out, EIO);
	if (!k->appends && k->good && out->state == REC_OUT_OPEN && k->status == 0 &&
	    publish_folder_now(&k->place, name_of, k, k->count, &at) < 0) {
		int error = errno;

		keyfiles_fail(k, at < k->count ? &k->files[at] : NULL, EX_IOERR, strerror(error));
		rec_out_broken(out, error);
	}
	publish_folder_drop(&k->place);
}

static int
verdict(const struct rec_out *out, const char **why)
{
	struct keyfiles *k = out->port;

	*why = k->status != 0 ? buf_string(&k->why) : NULL;
	return k->status;
}

/* There are no last words: the room publish_folder removes files that are not published. */
static const struct transport_out transport = {
	.take = take,
	.push = push,
	.polled = polled,
	.failed = failed,
	.close = close_all,
	.verdict = verdict,
};

static int
cannot(struct keyfiles *k, struct command_fault *fault, int status, const char *why)
{
	command_fail(fault, status, "%s: %s", k->name, why);
	return -1;
}

int
keyfiles_open(struct keyfiles *k, struct command_fault *fault)
{
	k->write = (struct framing_write){ .framing = k->framing, .strictness = -1, .put = put, .sink = k };
	k->open_gap = KEYMAP_NONE;
	for (size_t i = 0; i < KEYFILES_OPEN; i++)
		k->slots[i].file = KEYMAP_NONE;
	if (publish_folder_open(&k->place, k->folder.data, !k->appends) < 0)
		return cannot(k, fault, errno == EACCES || errno == EPERM || errno == EROFS ? EX_NOPERM : EX_CANTCREAT,
		    strerror(errno));
	if (!keyfiles_fits(k))
		return cannot(k, fault, EX_CANTCREAT, "the name is too long to put keys into it");
	if (keymap_init(&k->map) < 0 || keymap_init(&k->inodes) < 0 ||
	    rec_out_open_by(&k->out, &rec_group_default, &transport, k, k->place.fd, k->name) < 0)
		return cannot(k, fault, EX_OSERR, strerror(errno));
	k->out.late = 1; /* if anything fails before the end, there is no record in a file */
	return 0;
}

/* ---- the stream ---- */

/* Looks which records have all parts of the key. */
static uint32_t
judge(void *arg, struct block *b, struct partition_verdict *verdict)
{
	static uint64_t bits[BLOCK_RECORDS / 64];
	struct keyfiles *k = arg;
	int parts = (int)k->key.count, there;

	names_look(&k->called, b);
	memset(bits, 0, BITS_WORDS((size_t)b->count) * sizeof bits[0]);
	if (!k->need)
		bits_fill(bits, 0, b->count);
	for (uint32_t i = 0; k->need && i < b->count; i++) {
		uint32_t start = block_start(b, i);

		if ((there = range_views(&k->key, b->payload + start, b->ends[i] - start)) < 0) {
			command_fail(k->fault, EX_OSERR, "out of memory");
			break;
		}
		if (there == parts)
			bits_set(bits, i);
	}
	verdict->bits = bits;
	return b->count;
}

/* For the input's hook. */
static int
tabled(struct rec_in *in, const struct table *t)
{
	struct keyfiles *k = in->tabled_by;
	struct buf error = { 0 };
	int result = range_table(&k->key, t, &error);

	k->called.tabled |= t != NULL;
	if (result < 0)
		command_fail(k->fault, EX_DATAERR, "--key: %s", buf_string(&error));
	buf_free(&error);
	return result;
}

void
keyfiles_stream(struct keyfiles *k, struct rec_in *in, struct partition *partition, struct command_fault *fault)
{
	const struct partition_judge judges = { .job = k, .block = judge };

	k->fault = fault;
	k->called.used = range_names(&k->key);
	if (fault->status == 0)
		partition->kept = &k->out;
	in->tabled = tabled;
	in->tabled_by = k;
	partition_stream(partition, in, &judges, fault);
	if (rec_in_whole(in))
		names_lacking(&k->called, &k->key);
}

void
keyfiles_free(struct keyfiles *k)
{
	(void)names_end(&k->called);
	publish_folder_drop(&k->place);
	for (size_t i = 0; i < k->count; i++) {
		free(k->files[i].payload);
		free(k->files[i].index);
	}
	free(k->files);
	keymap_free(&k->map);
	keymap_free(&k->inodes);
	framing_write_free(&k->write);
	table_drop(k->table);
	range_free(&k->key);
	buf_free(&k->folder);
	buf_free(&k->names);
	buf_free(&k->bytes);
	buf_free(&k->why);
}
