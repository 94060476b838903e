/*
 * Values of expressions, and lists of them: what each is for a record in memory of its exact size,
 * and what is refused and with which words.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "match/expr_list.h"
#include "match/table.h"
#include "unit/unit.h"

static const struct table *table;

static const char *
kind(enum expr_gives gives)
{
	static const char *const names[] = { "nothing", "null", "bool", "number", "field", "text", "json" };

	return names[gives];
}

/* Appends each value of the list as KIND:TEXT, or !WHY, with blanks between them. */
static void
show(struct expr_list *l, const struct expr_record *record, struct buf *out)
{
	for (size_t i = 0; i < l->count; i++) {
		struct expr_result r;
		const char *why;
		char digits[DECIMAL_MAX];
		int got = expr_evaluate(&l->items[i].expr, record, &r, &why);

		CHECK(got >= 0 && (got == 0) == (why != NULL));
		(void)buf_adds(out, i > 0 ? " " : "");
		if (l->items[i].name.data != NULL) {
			(void)buf_add(out, l->items[i].name.data, l->items[i].name.len);
			(void)buf_adds(out, "=");
		}
		if (got == 0) {
			(void)buf_addf(out, "!%s", why);
			continue;
		}
		(void)buf_addf(out, "%s:", kind(r.gives));
		if (r.text != NULL)
			(void)buf_add(out, r.text, r.len);
		else if (r.gives == EXPR_GIVES_NUMBER)
			(void)buf_add(out, digits, decimal_write(r.number, digits));
	}
}

static void
gives_at(int line, const char *text, int named, const char *separator, const char *data, const char *want)
{
	struct expr_list l;
	struct buf error = { 0 }, out = { 0 };
	size_t len = strlen(data);
	/* Without the NUL, so that a read beyond the record is noticed. */
	char *copy = malloc(len > 0 ? len : 1);
	struct expr_record record = { .data = copy, .len = len, .position = 41 };

	memcpy(copy, data, len);
	if (expr_list(&l, text, strlen(text), named, EXPR_UTF8, separator, &error) < 0 ||
	    (table != NULL && expr_list_table(&l, table, &error) < 0)) {
		(void)buf_add(&out, error.data, error.len);
		if (l.count > 0)
			expr_list_free(&l);
	} else {
		show(&l, &record, &out);
		expr_list_free(&l);
	}
	if (strcmp(buf_string(&out), want) != 0)
		printf("line %d: %s of %s: %s\n", line, text, data, buf_string(&out));
	CHECK(strcmp(buf_string(&out), want) == 0);
	CHECK(l.count == 0 && l.items == NULL);
	buf_free(&error);
	buf_free(&out);
	free(copy);
}

#define GIVES(text, data, want) gives_at(__LINE__, text, 0, NULL, data, want)
#define SETS(text, data, want) gives_at(__LINE__, text, 1, NULL, data, want)

static void
values(void)
{
	GIVES("$1", "a b", "field:a");
	GIVES("$2, $1, $3", "a b", "field:b field:a nothing:");
	GIVES("$0", "", "field:");
	GIVES("$1 + 1", "9007199254740992", "number:9007199254740992");
	GIVES("$1 * .1", "3", "number:0.3");
	GIVES("$1 / $2", "1 0", "!something is divided by zero");
	GIVES("$2 == 0 ? \"no\" : $1 / $2", "1 0", "text:no");
	GIVES("$1 > 5, !$2, contains($0, \"x\")", "7 0", "bool:1 bool:1 bool:0");
	GIVES("$1 == 7 ? $1 > 3 : 0", "7", "bool:1");
	GIVES("$1 \"-\" $2, length", "a b", "text:a-b number:3");
	GIVES("pad($1, $1)", "70000", "!a text would be too long");
	GIVES("POS, NR", "a", "number:41 number:42");
	GIVES("5, 1.50, \"x\", true, null", "", "number:5 number:1.5 text:x bool:true null:");
	GIVES("12345678901234567890", "", "number:12345678901234567890");
	GIVES(" $1 , (1, 2)", "", "at \", 2)\" (byte 9): an operator, or the parenthesis that closes, is expected");

	/* JSON */
	GIVES(".a, .b, .c", "{\"a\": 1.50, \"b\": null}", "number:1.50 null: nothing:");
	GIVES(
	    ".a, .b", "{\"a\": 12345678901234567890123, \"b\": \"x\\ny\"}", "number:12345678901234567890123 text:x\ny");
	GIVES(".a, .b[1], .c.d, .e", "{\"a\":{\"x\": 1},\"b\":[1, [2]],\"c\":{\"d\":true},\"e\":\"\"}",
	    "json:{\"x\": 1} json:[2] bool:true text:");
	GIVES(".a + 0, .a", "{\"a\":1", "!it is not JSON !it is not JSON");
	GIVES(".a", "a,b", "!it is not JSON");
	GIVES("isjson ? 1 : 0, isjson", "a,b", "number:0 bool:0");
	GIVES("coalesce(.a, .b, 3)", "{\"a\":null}", "number:3");
	GIVES("coalesce(.a, .b)", "{\"a\":null,\"b\":2}", "number:2");
	GIVES(".a[] == 2", "{\"a\":[1,2]}", "bool:1");
}

static void
refused(void)
{
	GIVES("", "", "at the end (byte 1): a value is expected");
	GIVES("$1,", "", "at the end (byte 4): a value is expected");
	GIVES("$1,,$2", "", "at \",$2\" (byte 4): a value is expected, such as $1, 5, \"text\", /ere/ or .member");
	GIVES("$1 = 2", "", "at \"= 2\" (byte 4): a comparison is ==");
	GIVES("$1, $2)", "", "at \")\" (byte 7): a parenthesis is closed that is not open");
	GIVES("null + 1", "", "at the end (byte 9): null goes only with == and !=");
	GIVES(
	    ".a[]", "", "at \".a[]\" (byte 1): each element of an array goes only into a condition: .tags[] == \"x\"");
	SETS("", "", "at the end (byte 1): a name and = are expected: total=.price * 2, or .\"unit price\"=3");
	SETS("a", "", "at the end (byte 2): = is expected after the name: total=.price * 2");
	SETS("a == 3", "", "at \"== 3\" (byte 3): = is expected after the name: total=.price * 2");
	SETS("3=4", "", "at \"3=4\" (byte 1): a name that begins with a digit is written in quotes: .\"3\"=5");
	SETS("a=1 b=2", "", "at \"b=2\" (byte 5): a comma is expected before the next name and =: a=1, b=2");
	SETS("a=1, $3=2", "",
	    "at \"$3=2\" (byte 6): a name is expected: total=.price * 2; a member called $id is .$id=1");
	SETS("\"a=1", "", "at \"\"a=1\" (byte 1): the name is not closed by a quote");
	SETS("\"\\q\"=1", "",
	    "at \"\"\\q\"=1\" (byte 1): a backslash in a name begins an escape of JSON; itself it is \\\\");
}

static void
lists(void)
{
	static const char payload[] = "{\"framing\":\"csv\"}\nid,unit price\n";
	const char *rule;
	struct table *t = table_parse(payload, sizeof payload - 1, &rule);

	SETS("a=1,b=$1 \"x\"", "y", "a=number:1 b=text:yx");
	SETS(" .a = 1 , .\"unit price\" = $2 ,\"\" = 3,\xC3\xA9@$=4", "y z",
	    "a=number:1 unit price=field:z =number:3 \xC3\xA9@$=number:4");
	SETS("\"\\u00e9\\n\"=1", "", "\xC3\xA9\n=number:1");
	table = t;
	SETS("x=.\"unit price\" * 2, id=.id, z=$3", "7,\"2.50\"", "x=number:5 id=field:7 z=nothing:");
	GIVES(".id, .price", "1,2", ".price: no such column (the table has id, \"unit price\")");
	table = NULL;
	table_drop(t);
}

int
main(void)
{
	values();
	refused();
	lists();
	return unit_end("expr_list");
}
