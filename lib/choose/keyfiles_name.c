/* keyfiles_name: see keyfiles.h and keyfiles_private.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/status.h"
#include "choose/keyfiles_private.h"
#include "endpoint/endpoint.h"
#include "os/io.h"
#include "os/publish.h"

#define HOLE "{}"
enum {
	DIGITS = 32, /* of a digest */
	MARK = 2,    /* %~ */
	LEAST = 64   /* bytes of a name that a key must have */
};

/* ---- the endpoint ---- */

int
keyfiles_take(struct keyfiles *k, const char *endpoint, struct buf *error)
{
	const char *path = endpoint, *slash;

	if (strncmp(endpoint, "append:", 7) == 0 && endpoint_framing(endpoint + 7) != NULL) {
		(void)buf_addf(error,
		    "%s: only records are appended to a file for each key: append:dir/{}.rec; rec-join -f %s <FILE "
		    "makes text of one",
		    endpoint, endpoint_framing(endpoint + 7));
		return -1;
	}
	if (endpoint_check(endpoint, 1, error) != 0)
		return -1;
	k->name = endpoint;
	k->framing = endpoint_framing(endpoint);
	k->appends = !endpoint_is_path(endpoint) && strncmp(endpoint, "append:", 7) == 0;
	if (k->framing != NULL || k->appends) {
		path = strchr(endpoint, ':') + 1;
	} else if (!endpoint_is_path(endpoint)) {
		(void)buf_addf(error, "%s: a file for each key is a path with {}, such as csv:dir/{}.csv", endpoint);
		return -1;
	}
	slash = strrchr(path, '/');
	k->last = slash != NULL ? slash + 1 : path;
	k->folder.len = 0;
	if (buf_add(&k->folder, path, (size_t)(k->last - path)) < 0 || buf_terminate(&k->folder) < 0) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	if (strstr(k->last, HOLE) != NULL && strstr(k->folder.data, HOLE) == NULL)
		return 0;
	if (strstr(path, HOLE) != NULL)
		(void)buf_addf(error, "%s: {} is for the last part of the path only, such as dir/{}.rec", endpoint);
	else
		(void)buf_addf(
		    error, "%s: {} is missing, in whose place the key is put, as in csv:dir/{}.csv", endpoint);
	return -1;
}

/* ---- the names of files ---- */

/*
 * Appends a part of the key, made safe. Without `first` its first byte may be a dot; several: other
 * parts are beside it.
 */
static int
add_part(struct buf *out, const struct range_view *part, int first, int several)
{
	static const char digits[] = "0123456789ABCDEF";
	int bad = 0;

	for (size_t i = 0; i < part->len; i++) {
		unsigned char c = (unsigned char)part->data[i];

		if (c >= ' ' && c != 0x7f && c != '/' && c != '%' && !(c == '.' && i == 0 && first) &&
		    !(c == ',' && several)) {
			bad |= buf_addc(out, (char)c);
			continue;
		}
		bad |= buf_addc(out, '%') | buf_addc(out, digits[c >> 4]) | buf_addc(out, digits[c & 15]);
	}
	return bad;
}

/*
 * Returns how many of the first `most` bytes of a name can be its beginning: all but a %XX or a
 * character of UTF-8 that would be cut.
 */
static size_t
whole(const char *name, size_t most)
{
	for (size_t back = 1; back <= 2 && back <= most; back++)
		if (name[most - back] == '%')
			return most - back;
	while (most > 0 && ((unsigned char)name[most] & 0xc0) == 0x80)
		most--;
	return most;
}

/* Shortens the key's text to `most` bytes: its beginning, and a digest of it. */
static int
shorten(struct buf *text, size_t most)
{
	unsigned char digest[SHA256_SIZE];
	struct sha256 sum;
	int bad;

	if (text->len <= most)
		return 0;
	sha256_begin(&sum);
	sha256_add(&sum, text->data, text->len);
	sha256_end(&sum, digest);
	text->len = whole(text->data, most - DIGITS - MARK);
	bad = buf_adds(text, "%~");
	for (int i = 0; i < DIGITS / 2; i++)
		bad |= buf_addf(text, "%02x", digest[i]);
	return bad;
}

/*
 * Returns the number of bytes that the key may take each time in a name, and in *holes how often it
 * is there.
 */
static size_t
key_most(const struct keyfiles *k, size_t *holes)
{
	size_t fixed = strlen(k->last), most = k->place.name_max;

	*holes = 0;
	for (const char *p = k->last; (p = strstr(p, HOLE)) != NULL; p += 2, ++*holes)
		fixed -= 2;
	return fixed < most ? (most - fixed) / *holes : 0;
}

int
keyfiles_fits(const struct keyfiles *k)
{
	size_t holes;

	return key_most(k, &holes) >= LEAST;
}

/* Adds the name for the parts of the last record looked up to k->names. */
static int
add_name(struct keyfiles *k)
{
	const char *p = k->last, *hole;
	struct buf *text = &k->bytes;
	size_t holes, most = key_most(k, &holes);
	int bad = 0;

	text->len = 0;
	for (size_t i = 0; i < k->key.count; i++) {
		bad |= i > 0 ? buf_addc(text, ',') : 0;
		bad |= add_part(text, &k->key.views[i], i == 0, k->key.count > 1);
	}
	if (text->len == 0)
		bad |= buf_adds(text, "%empty");
	bad |= shorten(text, most);
	while (bad == 0 && (hole = strstr(p, HOLE)) != NULL) {
		bad |= buf_add(&k->names, p, (size_t)(hole - p)) | buf_add(&k->names, text->data, text->len);
		p = hole + 2;
	}
	return bad | buf_adds(&k->names, p) | buf_addc(&k->names, '\0');
}

const char *
keyfiles_name(const struct keyfiles *k, const struct keyfile *f)
{
	return k->names.data + f->name;
}

void
keyfiles_fail(struct keyfiles *k, const struct keyfile *f, int status, const char *why)
{
	if (k->status != 0)
		return;
	k->status = status;
	if (f != NULL)
		(void)buf_addf(&k->why, "%s%s: %s", k->folder.data, keyfiles_name(k, f), why);
	else
		(void)buf_adds(&k->why, why);
}

/* ---- opening ---- */

static int
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Returns 1 if another output of the command goes to the file, or will replace it, or if it is read
 * and added to at once; else 0. To be asked before any output has ended.
 */
static int
is_elsewhere(struct keyfiles *k, const char *name)
{
	struct stat st, other;
	struct buf path = { 0 };
	int there = fstatat(k->place.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0, found;

	for (struct rec_out *o = rec_out_first(); there && o != NULL; o = rec_out_after(o))
		if (o != &k->out && !rec_out_is_shm(o) && fstat(o->fd, &other) == 0 && same(&st, &other))
			return 1;
	if (there && k->appends && fstat(STDIN_FILENO, &other) == 0 && same(&st, &other))
		return 1;
	(void)buf_addf(&path, "%s%s", k->folder.data, name);
	found = publish_replaces(buf_string(&path), there ? &st : NULL);
	buf_free(&path);
	return found;
}

uint32_t
keyfiles_add(struct keyfiles *k, const char *record, size_t len)
{
	size_t name = k->names.len;

	if (k->count == k->room) {
		size_t room = k->room > 0 ? k->room * 2 : 64;
		struct keyfile *files = room < KEYMAP_NONE ? reallocarray(k->files, room, sizeof *files) : NULL;

		if (files == NULL) {
			keyfiles_fail(k, NULL, EX_OSERR, "out of memory");
			return KEYMAP_NONE;
		}
		k->files = files;
		k->room = room;
	}
	if (range_views(&k->key, record, len) < 0 || add_name(k) != 0) {
		keyfiles_fail(k, NULL, EX_OSERR, "out of memory");
		return KEYMAP_NONE;
	}
	k->files[k->count] = (struct keyfile){ .name = name };
	if (is_elsewhere(k, k->names.data + name)) {
		keyfiles_fail(
		    k, &k->files[k->count], EX_USAGE, "another output of this command, or its input, is that file");
		return KEYMAP_NONE;
	}
	return (uint32_t)k->count++;
}

static const char same_file[] = "to this file system the file of another key has the same name";

/* With append:, two names may lead to one file. Returns 0, or -1 with a failure noted. */
static int
note_inode(struct keyfiles *k, struct keyfile *f, int fd)
{
	struct stat st;
	uint64_t id[2], hash[2];
	uint32_t number = (uint32_t)(f - k->files);

	if (fstat(fd, &st) < 0) {
		keyfiles_fail(k, f, EX_CANTCREAT, strerror(errno));
		return -1;
	}
	id[0] = (uint64_t)st.st_dev;
	id[1] = (uint64_t)st.st_ino;
	keymap_hash(&k->inodes, id, sizeof id, hash);
	if (keymap_add(&k->inodes, hash, number) == number)
		return 0;
	keyfiles_fail(k, f, EX_CANTCREAT, same_file);
	return -1;
}

/* Begins a file. Returns its descriptor, or -1 with errno, or with a failure noted. */
static int
begin(struct keyfiles *k, struct keyfile *f)
{
	int fd = publish_folder_begin(&k->place, keyfiles_name(k, f));

	if (fd >= 0 && k->appends && note_inode(k, f, fd) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
cannot_open(struct keyfiles *k, const struct keyfile *f)
{
	int error = errno;

	keyfiles_fail(k, f, error == EACCES || error == EPERM ? EX_NOPERM : EX_CANTCREAT,
	    error == EEXIST     ? same_file :
		error == ELOOP  ? "a symbolic link has that name" :
		error == EINVAL ? "what has that name is no regular file" :
				  strerror(error));
}

/* Closes one of the open files. Returns 0, or -1 with a failure noted. */
static int
close_slot(struct keyfiles *k, struct keyfiles_slot *slot)
{
	uint32_t file = slot->file;

	slot->file = KEYMAP_NONE;
	if (file == KEYMAP_NONE || io_close(slot->fd) == 0)
		return 0;
	keyfiles_fail(k, &k->files[file], EX_IOERR, strerror(errno));
	return -1;
}

int
keyfiles_close(struct keyfiles *k)
{
	int result = 0;

	for (size_t i = 0; i < KEYFILES_OPEN; i++)
		result |= close_slot(k, &k->slots[i]);
	return result;
}

int
keyfiles_descriptor(struct keyfiles *k, struct keyfile *f)
{
	uint32_t number = (uint32_t)(f - k->files);
	struct keyfiles_slot *slot = &k->slots[number % KEYFILES_OPEN];

	if (slot->file == number) {
		k->fd = slot->fd;
		return 0;
	}
	if (close_slot(k, slot) < 0)
		return -1;
	for (int tries = 0; tries < 2 && k->status == 0; tries++) {
		k->fd = f->begun ? publish_folder_append(&k->place, keyfiles_name(k, f)) : begin(k, f);
		/* The user allows fewer than KEYFILES_OPEN. */
		if (k->fd >= 0 || k->status != 0 || (errno != EMFILE && errno != ENFILE) || keyfiles_close(k) < 0)
			break;
	}
	if (k->fd < 0) {
		cannot_open(k, f);
		return -1;
	}
	*slot = (struct keyfiles_slot){ .fd = k->fd, .file = number };
	return 0;
}
