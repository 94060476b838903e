/* tempfile: see tempfile.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/tempfile.h"

int
tempfile_open(const char *folder)
{
	const char *wish = getenv("TMPDIR");
	struct buf path = { 0 };
	int fd, error;

	if (wish != NULL && *wish != '\0')
		folder = wish;
	if ((fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)) >= 0)
		return fd;
	/*
	 * Not every file system has O_TMPFILE, and they refuse it with several errors. If something
	 * else is wrong, mkostemp reports that.
	 */
	if (buf_addf(&path, "%s/rec-XXXXXX", folder) < 0)
		return -1;
	if ((fd = mkostemp(path.data, O_CLOEXEC)) >= 0)
		(void)unlink(path.data);
	error = errno;
	buf_free(&path);
	errno = error;
	return fd;
}
