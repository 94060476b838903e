#ifndef SHM_PORT_PRIVATE_H
#define SHM_PORT_PRIVATE_H

/*
 * shm_port_private: what shm_port.c and shm_port_open.c share.
 */

#include "shm/shm_port.h"

/*
 * The bounds of a sleep in milliseconds, each twice the one before: short if a death may hold us
 * up, long when idle.
 */
enum { SHORT = 2, LONG = 512 };

/*
 * Puts the end on the list of open ends, or takes it off. A signal handler removes the names of
 * streams on the list.
 */
void shm_port_list(struct shm_port *, int on);

/*
 * Clears up after the dead, and looks whether anybody can still come: sets nameless and deserted. A
 * participant has seen the name within the gate, and the name is removed there. So once it is gone,
 * the other side's participants can only become fewer.
 */
void shm_port_look_around(struct shm_port *);

#endif
