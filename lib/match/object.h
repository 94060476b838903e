#ifndef OBJECT_H
#define OBJECT_H

/*
 * object: goes from member to member of a JSON object (RFC 8259), and from element to element of
 * an array, without building anything. What is read must be JSON (json_valid), or members may be
 * missed; but no byte outside of the given ones is read.
 */

#include <stddef.h>

#include "base/buf.h"
#include "match/range.h"

/* Returns the first place from p on that has no space of JSON, or end. */
static inline const char *
object_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

struct object_member {
	struct range_view name;  /* as it is written, without its quotes */
	int escapes;             /* 1: it has backslashes */
	struct range_view value; /* as it is written */
};

/*
 * Returns the place after the value that begins at p, or NULL if none begins there or it does not
 * end.
 */
const char *object_value_end(const char *p, const char *end);

/*
 * Returns the place after the brace or bracket that begins data[0, len), with spaces or a byte
 * order mark before it, and sets *open to '{' or '['; or NULL if something else begins there.
 */
const char *object_begin(const char *data, size_t len, char *open);

/*
 * Reads the next member, and moves *p past its value. Returns 1; or 0 if there is none, and *p is
 * at the brace that closes the object, if there is one.
 */
int object_next(const char **p, const char *end, struct object_member *);

/* The same for the next element of an array. */
int object_element(const char **p, const char *end, struct range_view *value);

/*
 * Returns 1 if the member has that name, else 0; or -1 with errno ENOMEM. scratch is used if its
 * name has escapes.
 */
int object_named(const struct object_member *, const char *name, size_t len, struct buf *scratch);

#endif
