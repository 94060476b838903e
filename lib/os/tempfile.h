#ifndef TEMPFILE_H
#define TEMPFILE_H

/*
 * tempfile: files without a name, which are gone when their last descriptor is closed, however the
 * process ends.
 */

/*
 * Opens a new empty file for reading and writing, close-on-exec, mode 0600. It is in the folder
 * that TMPDIR names, or in `folder` if TMPDIR is not set or is empty. Returns its descriptor, which
 * is the caller's, or -1 with errno.
 */
int tempfile_open(const char *folder);

#endif
