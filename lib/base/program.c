/* program: see program.h. */

#include "base/program.h"

static const char *name = "rec";

void
program_set_name(const char *n)
{
	name = n;
}

const char *
program_name(void)
{
	return name;
}
