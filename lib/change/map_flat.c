/*
 * map_flat: the verbs flatten and unflatten: {"a":{"b":1},"c":[2]} as {"a.b":1,"c.0":2}, and back.
 *
 * Neither recurses, so the depth of a record costs only memory. flatten goes through the bytes
 * once; it keeps the name of the present place, and how long that was at each level. unflatten
 * makes a tree in an array; a node's child is found by a hash of parent and name, so that a wide
 * object costs no more than a deep one. flatten finds doubled names in the same way. Names are
 * compared by what they mean: those with escapes are written anew, with as few as possible.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonstring.h"
#include "change/edit.h"
#include "change/map_private.h"
#include "match/json.h"
#include "match/object.h"

/* A name of the tree. Node 0 is the object itself, and as an index none. */
struct node {
	const char *name; /* in the record, or in names if it has escapes there */
	size_t len;
	uint32_t parent, first, last, next, count; /* children: the first, the last, their number; the next brother */
	int list;                                  /* 1: the children so far are 0, 1, 2 ... */
	struct range_view value;                   /* data is NULL: it has children */
};

/* A level of flatten: an object or an array that is open. */
struct level {
	size_t name;   /* length of the name of the place */
	size_t index;  /* of the next element */
	int array;
};

struct flat {
	struct buf levels; /* for json_valid */
	struct buf name;   /* flatten: of the present place, with escapes, without quotes */
	struct buf stack;  /* of struct level */
	struct buf names, decoded;
	struct node *nodes;
	size_t count, room;
	uint32_t *slots;   /* indexes of nodes by hash; 0: free */
	size_t slot_count; /* a power of 2 */
};

static void
flat_free(struct map *m)
{
	struct flat *f = m->job;

	if (f == NULL)
		return;
	buf_free(&f->levels);
	buf_free(&f->name);
	buf_free(&f->stack);
	buf_free(&f->names);
	buf_free(&f->decoded);
	free(f->nodes);
	free(f->slots);
	free(f);
	m->job = NULL;
}

static int
flat_compile(struct map *m, char *const words[], size_t count, struct buf *error)
{
	if (count > 0) {
		(void)buf_addf(error, "%s: it takes no operands: the record is the JSON", words[0]);
		return -1;
	}
	m->job = calloc(1, sizeof(struct flat));
	return m->job != NULL ? 0 : map_no_memory(error);
}

/* ---- the tree ---- */

static uint64_t
hash(uint32_t parent, const char *name, size_t len)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325) ^ parent;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(0x100000001B3);
	return h ^ h >> 29;
}

/* Makes the tree empty, with room for that many nodes. Returns 0, or -1 with errno ENOMEM. */
static int
clear(struct flat *f, size_t most)
{
	size_t slots = 64;

	while (slots < 2 * most)
		slots *= 2;
	if (slots > f->slot_count) {
		uint32_t *more = realloc(f->slots, slots * sizeof *more);
		struct node *nodes = more != NULL ? realloc(f->nodes, (slots / 2 + 1) * sizeof *nodes) : NULL;

		if (more != NULL)
			f->slots = more;
		if (nodes == NULL)
			return -1;
		f->nodes = nodes;
		f->slot_count = slots;
		f->room = slots / 2 + 1;
	}
	memset(f->slots, 0, f->slot_count * sizeof *f->slots);
	f->nodes[0] = (struct node){ .list = 0 };
	f->count = 1;
	return 0;
}

/* Returns 1 if the name is that number, without leading zeros; else 0. */
static int
is_index(const char *name, size_t len, uint32_t index)
{
	char digits[12];
	size_t n = 0;

	do
		digits[sizeof digits - ++n] = (char)('0' + index % 10);
	while ((index /= 10) > 0);
	return n == len && memcmp(digits + sizeof digits - n, name, n) == 0;
}

/* Returns the child of that name, which is made if there is none. */
static uint32_t
child(struct flat *f, uint32_t parent, const char *name, size_t len)
{
	size_t at = hash(parent, name, len) & (f->slot_count - 1);
	struct node *p;
	uint32_t n;

	for (; (n = f->slots[at]) != 0; at = (at + 1) & (f->slot_count - 1))
		if (f->nodes[n].parent == parent && f->nodes[n].len == len && memcmp(f->nodes[n].name, name, len) == 0)
			return n;
	n = f->slots[at] = (uint32_t)f->count++;
	f->nodes[n] = (struct node){ .name = name, .len = len, .parent = parent, .list = 1 };
	p = &f->nodes[parent];
	p->list &= is_index(name, len, p->count);
	p->count++;
	if (p->last != 0)
		f->nodes[p->last].next = n;
	else
		p->first = n;
	p->last = n;
	return n;
}

/*
 * Makes the tree empty, with room for the names of an object whose members begin at p. most: nodes
 * that the names may make beside one each. Returns 0, or -1 with errno ENOMEM.
 */
static int
begin(struct flat *f, const char *p, const char *end, size_t most)
{
	struct object_member member;
	size_t bytes = 0;

	for (most++; object_next(&p, end, &member); most++)
		if (member.escapes)
			bytes += 6 * member.name.len + 2; /* a byte has an escape of six at most */
	f->names.len = 0;
	return buf_reserve(&f->names, bytes) < 0 ? -1 : clear(f, most);
}

/* Sets the member's name to one that is the same for all ways to write it. Returns 0, or -1. */
static int
resolve(struct flat *f, struct object_member *member)
{
	size_t before = f->names.len;

	if (!member->escapes)
		return 0;
	if (jsonstring_decode(&f->decoded, member->name.data, member->name.data + member->name.len) < 0 ||
	    jsonstring_encode(&f->names, f->decoded.data != NULL ? f->decoded.data : "", f->decoded.len) < 0)
		return -1;
	if (f->names.len > before)
		member->name = (struct range_view){ f->names.data + before + 1, f->names.len - before - 2 };
	return 0;
}

/* ---- flatten ---- */

static struct level *
top(struct flat *f)
{
	return (struct level *)(void *)f->stack.data + f->stack.len / sizeof(struct level) - 1;
}

/* Begins with an object or an array. Returns 0, or -1. */
static int
enter(struct flat *f, int array)
{
	struct level level = { .name = f->name.len, .array = array };

	return buf_add(&f->stack, &level, sizeof level);
}

/* Appends the name of the member or element to that of the place. Returns 0, or -1. */
static int
add_name(struct flat *f, struct level *level, const char *name, size_t len)
{
	f->name.len = level->name;
	if (f->stack.len > sizeof *level && buf_addc(&f->name, '.') < 0)
		return -1;
	if (level->array)
		return buf_addf(&f->name, "%zu", level->index++);
	return len > 0 ? buf_add(&f->name, name, len) : 0;
}

/* Appends a member with the name of the place. Returns 0, or -1. */
static int
add_flat(const struct flat *f, const char *value, const char *stop, int first, struct buf *out)
{
	if (buf_addc(out, first ? '{' : ',') < 0 || buf_addc(out, '"') < 0 ||
	    (f->name.len > 0 && buf_add(out, f->name.data, f->name.len) < 0) || buf_adds(out, "\":") < 0)
		return -1;
	return json_compact(out, value, (size_t)(stop - value));
}

/*
 * Appends the flat object of a record that is valid; p is the place after its brace. Returns 0; 1
 * if it has more than `most` bytes; -1 with errno ENOMEM.
 */
static int
flatten(struct flat *f, const char *p, const char *end, size_t most, struct buf *out)
{
	size_t before = out->len;

	f->name.len = f->stack.len = 0;
	if (enter(f, 0) < 0)
		return -1;
	while (f->stack.len > 0 && (p = object_space(p, end)) < end) {
		struct level *level = top(f);
		const char *name = p + 1, *stop = name, *inner;

		if (*p == ',') {
			p++;
			continue;
		}
		if (*p == '}' || *p == ']') {
			f->stack.len -= sizeof *level;
			p++;
			continue;
		}
		if (!level->array) {
			stop = jsonstring_end(name, end, NULL);
			p = object_space(object_space(stop + 1, end) + 1, end); /* after the colon */
		}
		if (add_name(f, level, name, (size_t)(stop - name)) < 0)
			return -1;
		inner = object_space(p + 1, end);
		if ((*p == '{' || *p == '[') && *inner != '}' && *inner != ']') {
			if (enter(f, *p == '[') < 0)
				return -1;
			p = inner;
			continue;
		}
		stop = object_value_end(p, end);
		if (add_flat(f, p, stop, out->len == before, out) < 0)
			return -1;
		p = stop;
		if (out->len - before > most)
			return 1;
	}
	return buf_adds(out, out->len == before ? "{}" : "}");
}

/* Returns NULL if no two members of the object have one name, or why it is refused. */
static const char *
check_names(struct map *m, const char *data, size_t len)
{
	struct flat *f = m->job;
	const char *p = data + 1, *end = data + len;
	struct object_member member;

	if (begin(f, p, end, 0) < 0)
		return "";
	while (object_next(&p, end, &member)) {
		size_t count = f->count;
		struct range_view name = member.name;

		if (resolve(f, &member) < 0)
			return "";
		(void)child(f, 0, member.name.data, member.name.len);
		if (f->count == count)
			return map_wrong(m, "two results have that name", name.data, name.len);
	}
	return NULL;
}

static const char *
flatten_apply(struct map *m, const struct rec *r)
{
	struct flat *f = m->job;
	const char *why = edit_check_object(r->data, r->len, &f->levels), *p;
	struct buf *out;
	size_t before;
	char open;
	int result;

	if (why != NULL)
		return why;
	p = object_begin(r->data, r->len, &open);
	out = map_bytes(m);
	before = out->len;
	if ((result = flatten(f, p, r->data + r->len, m->made.most, out)) < 0)
		return "";
	/* What is too long already is refused by map_record. */
	if (result == 0 && (why = check_names(m, out->data + before, out->len - before)) != NULL)
		return why;
	return map_record(m, r);
}

/* ---- unflatten ---- */

/* Adds a value by its name. Returns 0; or 1 if a part of the name has a value itself. */
static int
add_value(struct flat *f, const struct object_member *member)
{
	const char *p = member->name.data, *end = p + member->name.len;
	uint32_t n = 0;

	for (;;) {
		const char *dot = memchr(p, '.', (size_t)(end - p)), *stop = dot != NULL ? dot : end;

		n = child(f, n, p, (size_t)(stop - p));
		if (dot == NULL)
			break;
		if (f->nodes[n].value.data != NULL)
			return 1;
		p = dot + 1;
	}
	if (f->nodes[n].first != 0)
		return 1;
	f->nodes[n].value = member->value; /* of equal names the last one counts */
	return 0;
}

/* Appends what is before the node, and its value or what opens its children. Returns 0, or -1. */
static int
open_node(const struct flat *f, uint32_t n, struct buf *out)
{
	const struct node *node = &f->nodes[n], *parent = &f->nodes[node->parent];

	if (n != 0 && n != parent->first && buf_addc(out, ',') < 0)
		return -1;
	if (n != 0 && !parent->list &&
	    (buf_addc(out, '"') < 0 || (node->len > 0 && buf_add(out, node->name, node->len) < 0) ||
		buf_adds(out, "\":") < 0))
		return -1;
	if (node->value.data != NULL)
		return json_compact(out, node->value.data, node->value.len);
	return buf_addc(out, node->list ? '[' : '{');
}

/* Appends the tree. Returns 0, or -1 with errno ENOMEM. */
static int
write_tree(const struct flat *f, struct buf *out)
{
	uint32_t n = 0;

	if (f->count == 1)
		return buf_adds(out, "{}");
	for (;;) {
		if (open_node(f, n, out) < 0)
			return -1;
		if (f->nodes[n].first != 0) {
			n = f->nodes[n].first;
			continue;
		}
		/* After the last child its parent is closed. */
		while (n != 0 && f->nodes[n].next == 0) {
			n = f->nodes[n].parent;
			if (buf_addc(out, f->nodes[n].list ? ']' : '}') < 0)
				return -1;
		}
		if (n == 0)
			return 0;
		n = f->nodes[n].next;
	}
}

static const char *
unflatten_apply(struct map *m, const struct rec *r)
{
	struct flat *f = m->job;
	const char *why = edit_check_object(r->data, r->len, &f->levels), *first, *p, *end = r->data + r->len;
	struct object_member member;
	size_t dots = 0;
	char open;

	if (why != NULL)
		return why;
	first = object_begin(r->data, r->len, &open);
	/* Each name makes as many nodes as it has dots, which may have escapes, and one. */
	for (p = first; object_next(&p, end, &member); dots++)
		for (size_t i = 0; i < member.name.len; i++)
			dots += member.name.data[i] == '.' || member.name.data[i] == '\\';
	if (dots >= UINT32_MAX / 4)
		return "it has too many names";
	if (begin(f, first, end, dots) < 0)
		return "";
	for (p = first; object_next(&p, end, &member);) {
		struct range_view name = member.name;

		if (resolve(f, &member) < 0)
			return "";
		if (add_value(f, &member))
			return map_wrong(m, "a part of the name has a value itself", name.data, name.len);
	}
	return write_tree(f, map_bytes(m)) < 0 ? "" : map_record(m, r);
}

const struct map_verb map_flatten = {
	.name = "flatten",
	.operands = "",
	.summary = "JSON: members of members by one name, {\"a\":{\"b\":[1]}} as {\"a.b.0\":1}",
	.help = "",
	.options = 0,
	.compile = flat_compile,
	.bind = map_bind_json,
	.apply = flatten_apply,
	.free = flat_free,
};

const struct map_verb map_unflatten = {
	.name = "unflatten",
	.operands = "",
	.summary = "JSON: the contrary of flatten",
	.help = "  Parts that are 0, 1, 2 and so on in this order make an array.\n",
	.options = 0,
	.compile = flat_compile,
	.bind = map_bind_json,
	.apply = unflatten_apply,
	.free = flat_free,
};
