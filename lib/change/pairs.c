/* pairs: see pairs.h. */

#include "base/jsonstring.h"
#include "change/pairs.h"
#include "match/logfmt.h"
#include "match/object.h"

void
pairs_kind(struct pairs *p, const struct table *t)
{
	p->format = t != NULL ? t->format : TABLE_JSON;
	p->fields = t != NULL ? t->fields : FIELDS_PLAIN;
}

void
pairs_begin(struct pairs *p, const char *data, size_t len)
{
	char open;

	p->p = data != NULL ? data : "";
	p->end = p->p + len;
	p->json = p->format == TABLE_JSON;
	if (p->json && (p->p = object_begin(p->p, len, &open)) == NULL)
		p->p = p->end;
}

static int
next_member(struct pairs *p)
{
	struct object_member m;
	int result;

	if (!object_next(&p->p, p->end, &m))
		return 0;
	p->name = m.name;
	p->value = m.value;
	if (!m.escapes)
		return 1;
	result = jsonstring_decode(&p->name_scratch, m.name.data, m.name.data + m.name.len);
	p->name = (struct range_view){ p->name_scratch.data != NULL ? p->name_scratch.data : "", p->name_scratch.len };
	return result < 0 ? -1 : 1;
}

static int
next_key(struct pairs *p)
{
	struct logfmt_pair pair;
	int result;

	pair.escapes = 0;
	if (!logfmt_next(&p->p, p->end, &pair))
		return 0;
	p->name = pair.key;
	result = logfmt_value(&pair, &p->value, &p->scratch);
	return result < 0 ? -1 : 1;
}

static int
next_field(struct pairs *p)
{
	struct fields_field field;
	int result;

	if (!fields_next(p->fields, &p->p, p->end, &field))
		return 0;
	p->name = field.name;
	result = fields_value(p->fields, &field, &p->value, &p->scratch);
	if (result == 0)
		p->value = field.text; /* no base64: as it stands */
	return result < 0 ? -1 : 1;
}

int
pairs_next(struct pairs *p)
{
	return p->format == TABLE_LOGFMT ? next_key(p) : p->format == TABLE_FIELDS ? next_field(p) : next_member(p);
}

void
pairs_free(struct pairs *p)
{
	buf_free(&p->name_scratch);
	buf_free(&p->scratch);
	*p = (struct pairs){ 0 };
}
