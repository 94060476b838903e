#ifndef PUBLISH_FOLDER_H
#define PUBLISH_FOLDER_H

/*
 * publish_folder: many files of one folder that are not seen before all of them are complete, and
 * of which few are open at a time. They are written into a hidden folder beside, by the names that
 * they will have. So the file system itself tells if two names mean one file to it (letters of
 * either case, or accents written in two ways). At the end each file replaces by rename(2) what has
 * its name. TERM, INT and HUP remove the folder beside, and all that is in it.
 *
 * Only regular files are replaced; and none that the user may not write, as with publish.h.
 */

#include <stddef.h>

#include "base/buf.h"

struct publish_folder {
	int fd;          /* the folder where the files will be; to be read */
	size_t name_max; /* bytes of a name there, at most; to be read */

	/* private */
	int beside;      /* the folder beside; -1: none is open */
	struct buf name; /* its name in the folder, a string */
	struct publish_folder *next;
};

/*
 * Makes a folder beside the files of the folder that path leads to: "" is the present one, others
 * end with a slash. Without `hidden` only opens that folder, for files that are seen at once.
 * Returns 0, or -1 with errno; publish_folder_drop must be called in both cases.
 */
int publish_folder_open(struct publish_folder *, const char *path, int hidden);

/*
 * Begins the file of that name, which is no path, for writing; publish_folder_append opens it once
 * more after that. The file gets the mode of the one that it will replace. They return a
 * descriptor, close-on-exec, which the caller closes; or -1 with errno: EEXIST if there is a file
 * of that name already, among those that were begun here; EISDIR, ELOOP or EINVAL if a folder, a
 * symbolic link or something else that is no regular file has the name now.
 */
int publish_folder_begin(struct publish_folder *, const char *name);
int publish_folder_append(struct publish_folder *, const char *name);

/*
 * Makes sure that a crash of the machine cannot leave names with empty files, and then replaces
 * what has the names: name(owner, i) for i below count, files that were begun and are closed. No
 * signal comes between two of them. Returns 0; or -1 with errno and *failed, the number of the one
 * that failed, or count if they could not be synced.
 */
int publish_folder_now(struct publish_folder *, const char *(*name)(const void *owner, size_t i), const void *owner,
    size_t count, size_t *failed);

/* Removes the folder beside with what is in it, and closes all. May be called twice. */
void publish_folder_drop(struct publish_folder *);

#endif
