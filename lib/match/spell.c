/* spell: see spell.h. */

#include <ctype.h>
#include <string.h>

#include "base/vis.h"
#include "base/words.h"
#include "match/spell.h"

enum { WIDTH = 40 }; /* columns of a name */

int
spell_plain(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((name[i] & 0x80) == 0 && !isalnum((unsigned char)name[i]) &&
		    (name[i] == '\0' || strchr("_@$", name[i]) == NULL))
			return 0;
	return len > 0 && (name[0] < '0' || name[0] > '9');
}

/*
 * Appends the content of a string of JSON. (json_quote is for output: it replaces what is not
 * UTF-8, which a message shows as \xFF.)
 */
static int
add_content(struct buf *out, const char *name, size_t len)
{
	struct buf content = { 0 };
	int bad = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c == '"' || c == '\\')
			bad |= buf_addf(&content, "\\%c", c);
		else if (c == '\t')
			bad |= buf_adds(&content, "\\t");
		else if (c < 0x20 || c == 0x7F)
			bad |= buf_addf(&content, "\\u%04x", (unsigned)c);
		else
			bad |= buf_addc(&content, (char)c);
	}
	if (bad == 0 && content.len > 0)
		bad = vis_cut(out, content.data, content.len, WIDTH, 0);
	buf_free(&content);
	return bad;
}

int
spell_quoted(struct buf *out, const char *name, size_t len)
{
	return buf_addc(out, '"') | add_content(out, name, len) | buf_addc(out, '"');
}

int
spell_name(struct buf *out, const char *name, size_t len)
{
	return spell_plain(name, len) ? vis_cut(out, name, len, WIDTH, 0) : spell_quoted(out, name, len);
}

int
spell_path(struct buf *out, const char *name, size_t len, int within)
{
	struct buf path = { 0 };
	int bad;

	if (within || (spell_plain(name, len) && memchr(name, '$', len) == NULL))
		return buf_addc(out, '.') | spell_name(out, name, len);
	bad = buf_addc(&path, '.') | spell_name(&path, name, len);
	if (bad == 0)
		bad = words_quote(out, path.data, path.len);
	buf_free(&path);
	return bad;
}

int
spell_meant(struct buf *out, const char *word, int within)
{
	const char *name = word + (*word == '.');
	size_t len = strlen(name);

	/* A bare word with a point in it is rather the name of a file. */
	for (size_t i = 0; i < len; i++)
		if ((name[i] & 0x80) == 0 && !isalnum((unsigned char)name[i]) &&
		    strchr(*word == '.' ? "_@$%-#/: ." : "_@$%-# ", name[i]) == NULL)
			return 0;
	if (len == 0 || strchr("-#/: .", *name) != NULL || (name == word && *name >= '0' && *name <= '9'))
		return 0;
	return spell_path(out, name, len, within) == 0;
}

int
spell_joined(struct buf *out, const char *before, const char *word, int within)
{
	struct buf name = { 0 };
	int bad;

	/* The name of such a path has ended in it. */
	if (*before != '.' || strpbrk(before, "\"[(,") != NULL)
		return 0;
	bad = buf_addf(&name, "%s %s", before + 1, word);
	if (bad == 0)
		bad = buf_adds(out, " or ") | spell_path(out, name.data, name.len, within);
	buf_free(&name);
	return bad;
}
