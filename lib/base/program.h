#ifndef PROGRAM_H
#define PROGRAM_H

/*
 * program: the name of the running program, for messages and end marks.
 */

/* Sets the name, which is borrowed until the process ends (a string literal). */
void program_set_name(const char *name);

/* Returns the name that was set, or "rec" if none was. */
const char *program_name(void);

#endif
