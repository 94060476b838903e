/*
 * expr_each: conditions that hold if they do for any element of an array, such as .tags[] == "x",
 * or for any of the fields of one name. The array or the record is read once, whatever its length,
 * and no further than to the first such element.
 */

#include <string.h>

#include "base/bom.h"
#include "base/jsonstring.h"
#include "match/expr_node.h"

/* Makes the element, as it is written, the value of the EXPR_EACH. */
static void
take_element(struct expr_program *g, struct expr_node *each, const struct range_view *element)
{
	struct expr_value *v = &g->elements[each->index];
	char first = *element->data;

	v->data = element->data;
	v->len = element->len;
	if (first == '"') {
		const char *end = element->data + element->len - 1;

		v->data++;
		v->len -= 2;
		if (memchr(v->data, '\\', v->len) != NULL) {
			int result = jsonstring_decode(&each->text, v->data, end);

			g->no_memory |= result < 0;
			expr_set_text(v, &each->text);
			if (result <= 0) {
				v->kind = EXPR_IS_NULL;
				return;
			}
		}
	}
	expr_json_of(g, first, v);
}

/* Makes a part of the element the value. */
static void
take_part(struct expr_program *g, struct expr_node *each, struct range *range, const struct range_view *element)
{
	struct expr_value *v = &g->elements[each->index];
	struct range_view view;
	char first = '"';
	int there = range_json(range, 0, element->data, element->len, &view, &first);

	g->no_memory |= there < 0;
	v->kind = EXPR_IS_NULL;
	if (there <= 0)
		return;
	v->data = view.data;
	v->len = view.len;
	expr_json_of(g, first, v);
}

static int walk(
    struct expr_program *, uint32_t condition, struct expr_node *each, uint32_t part, struct range_view rest);

/*
 * Judges an element as it is written, or a field's value, which is text: by what the part finds in
 * it, or, if the path goes on from it to an array, by the elements of that. Returns 1 if the
 * condition holds, or 0.
 */
static int
holds(struct expr_program *g, uint32_t condition, struct expr_node *each, uint32_t part, struct range_view element,
    int is_text)
{
	struct range *range = g->nodes[part].index != 0 ? &g->inner[g->nodes[part].index - 1] : NULL;
	uint32_t next = g->nodes[part].next;

	if (next == 0) {
		if (range != NULL)
			take_part(g, each, range, &element);
		else if (is_text)
			expr_set_input(&g->elements[each->index], element.data, element.len);
		else
			take_element(g, each, &element);
		return expr_truth_of(g, condition);
	}
	if (range != NULL) {
		char first = '\0';
		int there = range_json(range, 0, element.data, element.len, &element, &first);

		g->no_memory |= there < 0;
		if (there <= 0 || first != '[')
			return 0;
	}
	return walk(g, condition, each, next, element);
}

/*
 * Goes through the array, or, if the path goes on from its elements to arrays in them, through
 * these. Returns 1 as soon as the condition holds, or 0.
 */
static int
walk(struct expr_program *g, uint32_t condition, struct expr_node *each, uint32_t part, struct range_view rest)
{
	struct range_view element;

	while (range_each(&rest, &element))
		if (holds(g, condition, each, part, element, 0))
			return 1;
	return 0;
}

/* Goes through the fields of one name, as walk does. */
static int
walk_fields(struct expr_program *g, uint32_t condition, struct expr_node *each, struct range *range)
{
	struct range_view rest = { g->data, g->len }, value;
	int there;

	while ((there = range_repeat(range, 0, &rest, &value)) > 0)
		if (holds(g, condition, each, each->first, value, 1))
			return 1;
	g->no_memory |= there < 0;
	return 0;
}

int
expr_any_of(struct expr_program *g, const struct expr_node *t)
{
	struct expr_node *each = &g->nodes[t->index];
	size_t mark = bom_utf8(g->data, g->len);
	struct range_view array = { g->data + mark, g->len - mark };
	char first = '\0';
	int there = 1;

	if (g->asks && !g->tabled && !expr_record_is_json(g))
		return 0;
	if (each->path) {
		struct range *range = &g->ranges[each->range];

		if (range_repeats(range, 0))
			return walk_fields(g, t->first, each, range);
		there = range_is_json(range, 0) ? range_json(range, 0, g->data, g->len, &array, &first) :
		    range_view(range, 0, g->data, g->len, &array);
	}
	g->no_memory |= there < 0;
	/* A string of JSON may begin with a bracket, too. */
	if (there <= 0 || first == '"')
		return 0;
	while (array.len > 0 && strchr(" \t\r\n", *array.data) != NULL && *array.data != '\0') {
		array.data++;
		array.len--;
	}
	return array.len > 0 && *array.data == '[' && walk(g, t->first, each, each->first, array);
}
