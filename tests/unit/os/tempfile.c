#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/tempfile.h"
#include "unit/unit.h"

/* Returns the number of names in the folder. */
static int
names(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (d != NULL)
		closedir(d);
	return n;
}

int
main(void)
{
	char own[] = "tempfile.XXXXXX", bytes[4] = { 0 };
	struct stat st, folder;
	int fd;

	CHECK(mkdtemp(own) != NULL && stat(own, &folder) == 0);
	for (int i = 0; i < 3; i++) {
		/* TMPDIR is set, empty, and not set. */
		if (i == 0)
			setenv("TMPDIR", own, 1);
		else if (i == 1)
			setenv("TMPDIR", "", 1);
		else
			unsetenv("TMPDIR");
		fd = tempfile_open(i == 0 ? "/nowhere" : own);
		CHECK(fd >= 0 && names(own) == 0);
		CHECK(fstat(fd, &st) == 0 && st.st_dev == folder.st_dev && st.st_size == 0 &&
		    (st.st_mode & 0777) == 0600);
		CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		CHECK(write(fd, "abc", 3) == 3 && pread(fd, bytes, 4, 0) == 3 && strcmp(bytes, "abc") == 0);
		close(fd);
	}
	errno = 0;
	CHECK(tempfile_open("/nowhere") == -1 && errno == ENOENT);
	setenv("TMPDIR", "/nowhere", 1);
	errno = 0;
	CHECK(tempfile_open(own) == -1 && errno == ENOENT);
	CHECK(rmdir(own) == 0);
	return unit_end("tempfile");
}
