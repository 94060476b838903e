/* expr_code: encodings and digests of strings, which are bytes for them. */

#include "base/base64.h"
#include "base/crc32c.h"
#include "base/hex.h"
#include "base/md5.h"
#include "base/percent.h"
#include "base/sha1.h"
#include "base/sha256.h"
#include "match/expr_function.h"

/* Sets v to the text that was made, if result is 1; a value that is missing, if it is 0. */
static void
made(struct expr_program *g, const struct expr_node *t, struct expr_value *v, int result)
{
	g->no_memory |= result < 0;
	expr_set_text(v, &t->text);
	if (result == 0)
		v->kind = EXPR_IS_MISSING;
}

/* Takes the argument as a string, and empties the text. */
static void
begin(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	expr_string_of(g, t->first, v);
	t->text.len = 0;
}

void
expr_call_base64(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	begin(g, t, v);
	made(g, t, v, base64_encode(&t->text, v->data, v->len) < 0 ? -1 : 1);
}

void
expr_call_unbase64(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	begin(g, t, v);
	made(g, t, v, base64_decode(&t->text, v->data, v->len));
}

void
expr_call_url(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	begin(g, t, v);
	made(g, t, v, percent_encode(&t->text, v->data, v->len) < 0 ? -1 : 1);
}

void
expr_call_unurl(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	begin(g, t, v);
	made(g, t, v, percent_decode(&t->text, v->data, v->len));
}

void
expr_call_hex(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	begin(g, t, v);
	made(g, t, v, hex_encode(&t->text, v->data, v->len) < 0 ? -1 : 1);
}

void
expr_call_unhex(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	begin(g, t, v);
	made(g, t, v, hex_decode(&t->text, v->data, v->len));
}

void
expr_call_crc32c(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	expr_string_of(g, t->first, v);
	expr_set_number(v, crc32c(0, v->data, v->len));
}

void
expr_call_md5(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	unsigned char digest[MD5_SIZE];
	struct md5 state;

	begin(g, t, v);
	md5_begin(&state);
	md5_add(&state, v->data, v->len);
	md5_end(&state, digest);
	made(g, t, v, hex_encode(&t->text, digest, sizeof digest) < 0 ? -1 : 1);
}

void
expr_call_sha1(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	unsigned char digest[SHA1_SIZE];
	struct sha1 state;

	begin(g, t, v);
	sha1_begin(&state);
	sha1_add(&state, v->data, v->len);
	sha1_end(&state, digest);
	made(g, t, v, hex_encode(&t->text, digest, sizeof digest) < 0 ? -1 : 1);
}

void
expr_call_sha256(struct expr_program *g, struct expr_node *t, struct expr_value *v)
{
	unsigned char digest[SHA256_SIZE];
	struct sha256 state;

	begin(g, t, v);
	sha256_begin(&state);
	sha256_add(&state, v->data, v->len);
	sha256_end(&state, digest);
	made(g, t, v, hex_encode(&t->text, digest, sizeof digest) < 0 ? -1 : 1);
}
