/*
 * endpoint_framed: csv:PATH, tsv: and the others: bytes in a framing. See endpoint_private.h.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "endpoint/endpoint_private.h"
#include "framing/framed_in.h"
#include "framing/framed_out.h"

/* The scheme of what follows the colon: - or a path. */
static const struct endpoint_scheme *
scheme_below(const char *rest)
{
	return strcmp(rest, "-") == 0 ? &endpoint_file_standard : &endpoint_file_path;
}

static int
open_bytes(struct endpoint *ep, const char *rest)
{
	return scheme_below(rest)->open(ep, rest);
}

static int
stat_target(const char *rest, int output, struct stat *st)
{
	return scheme_below(rest)->stat(rest, output, st);
}

#define FRAMED(scheme)                                                                             \
	static const struct endpoint_scheme framed_##scheme = {                                    \
		.name = #scheme,                                                                   \
		.example = #scheme ":FILE",                                                        \
		.framing = #scheme,                                                                \
		.makes_file = 1,                                                                   \
		.stat = stat_target,                                                               \
		.open = open_bytes,                                                                \
	}

FRAMED(csv);
FRAMED(tsv);
FRAMED(json);
FRAMED(jsonl);
FRAMED(lines);
FRAMED(nul);
FRAMED(escaped);

const struct endpoint_scheme *const endpoint_framed[] = { &framed_csv, &framed_tsv, &framed_json, &framed_jsonl,
	&framed_lines, &framed_nul, &framed_escaped, NULL };

/* ---- streams ---- */

int
endpoint_framed_out(struct endpoint *ep, const struct endpoint_scheme *scheme, const char *rest, struct rec_out *out)
{
	struct stat st;
	int status;

	if (strcmp(rest, "-") != 0 && (stat(rest, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		if (framed_out_file(out, &ep->framed_out, rest, ep->name, scheme->framing) < 0)
			return endpoint_refuse_errno(ep);
		return 0;
	}
	if ((status = scheme->open(ep, rest)) != 0)
		return status;
	if (framed_out_open(out, &ep->framed_out, ep->fd, strcmp(rest, "-") == 0 ? "standard output" : ep->name,
	        scheme->framing) < 0)
		return endpoint_refuse(ep, EX_OSERR, strerror(errno));
	return 0;
}

int
endpoint_framed_in(struct endpoint *ep, const struct endpoint_scheme *scheme, struct rec_in *in)
{
	const char *name = strcmp(strchr(ep->name, ':') + 1, "-") == 0 ? "standard input" : ep->name;

	if (framed_in_open(in, &ep->framed_in, ep->fd, name, scheme->framing) < 0)
		return endpoint_refuse(ep, EX_OSERR, strerror(errno));
	return 0;
}

void
endpoint_framed_free(struct endpoint *ep)
{
	framed_in_free(ep->framed_in);
	ep->framed_in = NULL;
	framed_out_free(ep->framed_out);
	ep->framed_out = NULL;
}
