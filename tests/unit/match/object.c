/* Members of objects and elements of arrays, in memory of the text's exact size. */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "match/object.h"
#include "unit/unit.h"

/* Appends each member as NAME=VALUE; or each element, and ! if what closes it does not follow. */
static void
is_at(int line, const char *text, const char *want)
{
	size_t len = strlen(text);
	char *copy = malloc(len > 0 ? len : 1), open = '\0';
	const char *p, *end = copy + len;
	struct object_member m;
	struct range_view v;
	struct buf out = { 0 };

	memcpy(copy, text, len);
	p = object_begin(copy, len, &open);
	if (p == NULL)
		(void)buf_adds(&out, "none");
	while (p != NULL && open == '{' && object_next(&p, end, &m))
		(void)buf_addf(&out, "%.*s=%.*s;", (int)m.name.len, m.name.data, (int)m.value.len, m.value.data);
	while (p != NULL && open == '[' && object_element(&p, end, &v))
		(void)buf_addf(&out, "%.*s;", (int)v.len, v.data);
	if (p != NULL && (p == end || (*p != '}' && *p != ']')))
		(void)buf_adds(&out, "!");
	if (strcmp(buf_string(&out), want) != 0)
		printf("line %d: %s\n", line, buf_string(&out));
	CHECK(strcmp(buf_string(&out), want) == 0);
	buf_free(&out);
	free(copy);
}

#define IS(text, want) is_at(__LINE__, text, want)

int
main(void)
{
	struct object_member m = { .name = { "a\\u0062", 7 }, .escapes = 1 };
	struct buf scratch = { 0 };

	IS("{}", "");
	IS(" { } ", "");
	IS("\xEF\xBB\xBF{\"a\":1}", "a=1;");
	IS("{\"a\":1,\"b\" : \"x,}\\\"\" , \"c\":{\"d\":[1,\"]\"]}, \"\":null}",
	    "a=1;b=\"x,}\\\"\";c={\"d\":[1,\"]\"]};=null;");
	IS("[1,\"a\",[2, 3],{\"x\":4} , true]", "1;\"a\";[2, 3];{\"x\":4};true;");
	IS("[]", "");
	IS("[[]]", "[];");
	IS("5", "none");
	IS("", "none");
	IS("{\"a\":1", "a=1;!");
	IS("{\"a\"", "!");
	IS("{\"a\":", "!");
	IS("{\"a", "!");
	IS("[1,", "1;!");
	IS("[\"x", "!");
	CHECK(object_named(&m, "ab", 2, &scratch) == 1);
	CHECK(object_named(&m, "a\\u0062", 7, &scratch) == 0);
	m.escapes = 0;
	CHECK(object_named(&m, "a\\u0062", 7, &scratch) == 1);
	buf_free(&scratch);
	return unit_end("object");
}
