/* launch: see launch.h. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/words.h"
#include "os/launch.h"

enum { WORKERS_MAX = 4096 };

/* ---- hosts ---- */

static int
add_host(struct launch_hosts *hosts, char *word, struct buf *error)
{
	char *slash = strchr(word, '/'), *name = slash != NULL ? slash + 1 : word;
	uint64_t n = 1;
	char **more;

	if (slash != NULL)
		*slash = '\0';
	/* A name that begins with - would be an option of the launcher. */
	if ((slash != NULL && num_digits(word, WORKERS_MAX, &n) < 0) || n == 0 || *name == '\0' || *name == '-' ||
	    hosts->count + n > WORKERS_MAX) {
		if (slash != NULL)
			*slash = '/';
		(void)buf_addf(error, "%s: not a host such as a, 4/b or :", word);
		errno = 0;
		return -1;
	}
	if ((more = reallocarray(hosts->names, hosts->count + n, sizeof *more)) == NULL) {
		(void)buf_adds(error, "out of memory");
		return -1;
	}
	hosts->names = more;
	while (n-- > 0)
		hosts->names[hosts->count++] = strcmp(name, ":") == 0 ? NULL : name;
	return 0;
}

/*
 * Returns the bytes of a file as a string, with comments replaced by spaces, for free(3). Returns
 * NULL with errno and a line in error.
 */
static char *
read_file(const char *path, struct buf *error)
{
	struct buf text = { 0 };
	FILE *f = fopen(path, "re");
	size_t n;
	int bad = f == NULL;

	while (!bad && (bad = buf_reserve(&text, 4096) < 0) == 0 && (n = fread(text.data + text.len, 1, 4096, f)) > 0)
		text.len += n;
	/* A string would end at a NUL byte, and the hosts after it would be left out. */
	if (!bad && !ferror(f) && text.len > 0 && memchr(text.data, '\0', text.len) != NULL) {
		errno = EILSEQ;
		bad = 1;
	}
	if (bad || ferror(f) || buf_terminate(&text) < 0) {
		int saved = errno;

		(void)buf_addf(error, "%s: %s", path, strerror(saved));
		buf_free(&text);
		if (f != NULL)
			(void)fclose(f);
		errno = saved;
		return NULL;
	}
	(void)fclose(f);
	for (char *p = strchr(text.data, '#'); p != NULL; p = strchr(p, '#'))
		while (*p != '\0' && *p != '\n')
			*p++ = ' ';
	return text.data;
}

int
launch_hosts(struct launch_hosts *hosts, const char *list, struct buf *error)
{
	char *word, *rest;

	*hosts = (struct launch_hosts){ 0 };
	hosts->text = *list == '@' ? read_file(list + 1, error) : strdup(list);
	if (hosts->text == NULL) {
		if (error->len == 0)
			(void)buf_adds(error, "out of memory");
		return -1;
	}
	for (rest = hosts->text; (word = strtok_r(rest, ", \t\r\n", &rest)) != NULL;)
		if (add_host(hosts, word, error) < 0)
			return -1;
	if (hosts->count > 0)
		return 0;
	(void)buf_addf(error, "%s: names no host", list);
	errno = 0;
	return -1;
}

/* ---- words ---- */

static const char spaces[] = " \t\n";

int
launch_check(const char *launcher, struct buf *error)
{
	if (strspn(launcher, spaces) == strlen(launcher))
		(void)buf_adds(error, "a launcher is needed, such as 'ssh {host}'");
	else if (strpbrk(launcher, "'\"\\") != NULL)
		(void)buf_addf(error, "%s: a launcher is split at spaces, and knows no quotes; write a script",
		    launcher);
	else
		return 0;
	return -1;
}

/*
 * Appends a word and a NUL. Each `what` in the word is replaced by `with`. Returns 0, or not 0 with
 * ENOMEM.
 */
static int
add_word(struct buf *words, const char *word, size_t len, const char *what, const char *with)
{
	size_t n = strlen(what);
	int bad = 0;

	for (size_t i = 0; i < len;) {
		if (len - i >= n && memcmp(word + i, what, n) == 0) {
			bad |= buf_adds(words, with);
			i += n;
		} else {
			bad |= buf_addc(words, word[i++]);
		}
	}
	return bad | buf_addc(words, '\0');
}

/*
 * Appends the words of COMMAND for this worker, each ended by a NUL; if `settings`, after those
 * that set REC_RANK and REC_SIZE on another machine.
 */
static int
add_command(struct buf *words, char *const *command, size_t number, size_t size, int settings)
{
	char slot[24];
	int bad = 0;

	snprintf(slot, sizeof slot, "%zu", number);
	if (settings) {
		bad |= buf_add(words, "env", 4);
		bad |= buf_addf(words, "REC_RANK=%zu", number - 1) | buf_addc(words, '\0');
		bad |= buf_addf(words, "REC_SIZE=%zu", size) | buf_addc(words, '\0');
	}
	for (; *command != NULL; command++)
		bad |= add_word(words, *command, strlen(*command), "{%}", slot);
	return bad;
}

/* Appends one word for a shell: `begin`, then all of COMMAND's words, quoted. */
static int
add_line(struct buf *words, const char *begin, const struct buf *command)
{
	int bad = buf_adds(words, begin);

	for (size_t i = 0, len; i < command->len; i += len + 1) {
		len = strlen(command->data + i);
		bad |= (i > 0 ? buf_addc(words, ' ') : 0) | words_quote(words, command->data + i, len);
	}
	return bad | buf_addc(words, '\0');
}

static int
is_ssh(const char *word, size_t len)
{
	return len >= 3 && memcmp(word + len - 3, "ssh", 3) == 0 && (len == 3 || word[len - 4] == '/');
}

static int
add_launcher(struct buf *words, const char *launcher, const char *host, const struct buf *command)
{
	int bad = 0, placed = 0, first = 1, shell = 0;

	for (const char *p = launcher + strspn(launcher, spaces); *p != '\0'; p += strspn(p, spaces)) {
		size_t len = strcspn(p, spaces);

		shell |= first && is_ssh(p, len);
		first = 0;
		if (len == 9 && memcmp(p, "{command}", len) == 0) {
			placed = 1;
			bad |= add_line(words, "", command); /* without exec: a word such as nice may be before it */
		} else {
			bad |= add_word(words, p, len, "{host}", host);
		}
		p += len;
	}
	if (placed)
		return bad;
	return bad | (shell ? add_line(words, "exec ", command) : buf_add(words, command->data, command->len));
}

char **
launch_argv(const char *launcher, const char *host, char *const *command, size_t number, size_t size)
{
	struct buf words = { 0 }, own = { 0 };
	size_t count = 0, n = 0;
	char **argv = NULL;
	int bad = add_command(host != NULL ? &own : &words, command, number, size, host != NULL);

	if (host != NULL)
		bad |= add_launcher(&words, launcher, host, &own);
	for (size_t i = 0; i < words.len; i++)
		count += words.data[i] == '\0';
	if (bad == 0 && (argv = malloc((count + 1) * sizeof *argv + words.len)) != NULL) {
		char *text = memcpy(argv + count + 1, words.data, words.len);

		for (size_t i = 0; i < words.len; i += strlen(text + i) + 1)
			argv[n++] = text + i;
		argv[n] = NULL;
	}
	buf_free(&words);
	buf_free(&own);
	return argv;
}
