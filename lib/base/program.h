#ifndef PROGRAM_H
#define PROGRAM_H

/*
 * program: the name of the running program, for messages and end marks.
 */

/* Sets the name; borrowed, must outlive the program (a string literal). */
void program_set_name(const char *name);

/* Returns the name as it was set; "rec" before that. */
const char *program_name(void);

#endif
