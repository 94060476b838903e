/* range_refuse: what is wrong with words that are no parts, and what may have been meant. */

#include <ctype.h>
#include <string.h>

#include "base/words.h"
#include "match/range_lex.h"
#include "match/spell.h"

int
range_refuse_csv(struct range_reader *r, const struct buf *name)
{
	const char *in = name->len == 0 ? r->p : name->data;
	size_t n = name->len;

	if (*in == '(') {
		in += 1 + strspn(in + 1, " \t\n");
		n = range_token(in);
		(void)range_wrong(r, "csv(%.*s): a column is ", (int)n, in);
		if (range_is_number(in))
			return range_wrong(
			    r, "written csv %.*s here, and csv(%.*s) in expressions", (int)n, in, (int)n, in);
	} else {
		(void)range_wrong(r, "csv %s: a column is ", name->data);
	}
	(void)range_wrong(r, "named by a dot: ");
	if (n > 1 && *in == '.') {
		in++;
		n--;
	}
	(void)spell_path(r->error, in, n, r->range->within);
	return range_wrong(r, ", and rec-split -f csv -H takes the names from the first row");
}

int
range_refuse_digit(struct range_reader *r, const char *path)
{
	size_t n = strcspn(path + 1, " \t\n,().[]\"");
	int digits = (int)strspn(path + 1, "0123456789"), result;
	struct buf name = { 0 };

	(void)spell_path(&name, path + 1, n, r->range->within);
	result = range_wrong_word(r, "%s: a name that begins with a digit is written %s, column %.*s f%.*s", path,
	    buf_string(&name), digits, path + 1, digits, path + 1);
	buf_free(&name);
	return result;
}

int
range_refuse_name(struct range_reader *r, const char *path, size_t n)
{
	static const char operators[] = "<>=!~+-*/%^&|?";
	const char *name = r->p + 1;
	struct buf meant = { 0 }, word = { 0 };
	int bad, result, expression = 0;

	for (size_t i = 0; i < n; i++)
		expression |= strchr(operators, name[i]) != NULL;
	bad = buf_add(&meant, path, (size_t)(r->p - path)) | buf_addc(&meant, '.') | spell_quoted(&meant, name, n);
	if (bad == 0 && !r->range->within)
		bad = words_quote(&word, meant.data, meant.len);
	else
		bad |= buf_add(&word, meant.data != NULL ? meant.data : "", meant.len);
	if (bad != 0)
		result = range_no_memory(r);
	else
		result = range_wrong(r, "%.*s: %s; a member or column of that name is written %s",
		    (int)range_token(path), path,
		    expression ?
			"no part of a record, but an expression, as where, rec-map set and rec-reduce take it" :
			"a name without quotes has letters, digits, _ @ and $",
		    buf_string(&word));
	buf_free(&meant);
	buf_free(&word);
	return result;
}

int
range_refuse_word(struct range_reader *r)
{
	const char *word = r->words[r->at], *before = r->at > 0 && r->p == word ? r->words[r->at - 1] : "";
	int n = (int)range_token(r->p), within = r->range->within;
	struct buf column = { 0 }, token = { 0 };
	const char *number = r->p + 1;

	if (*r->p == '$' && (isdigit((unsigned char)*number) || strncmp(number, "NF", 2) == 0)) {
		int digits = (int)strspn(number, "0123456789");

		if (digits == 0)
			number = "-1", digits = 2;
		return range_wrong_word(
		    r, "%.*s: that word is w%.*s here, that field f%.*s", n, r->p, digits, number, digits, number);
	}
	if (r->p > word && *word == '.' && spell_meant(&column, word, within)) {
		(void)range_wrong_word(r, "%s: a column is %s", word, buf_string(&column));
	} else if (buf_add(&token, r->p, (size_t)n) == 0 && spell_meant(&column, buf_string(&token), within)) {
		(void)spell_joined(&column, before, word, within);
		(void)range_wrong_word(r, "%.*s: not a part of a record such as 1-8, w2, f3 or csv 4; a column is %s",
		    n, r->p, buf_string(&column));
	} else {
		(void)range_wrong_word(
		    r, "%.*s: not a part of a record such as 1-8, w2, f3, csv 4 or .user.id", n, r->p);
	}
	buf_free(&column);
	buf_free(&token);
	return -1;
}
