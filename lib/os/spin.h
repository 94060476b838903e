#ifndef SPIN_H
#define SPIN_H

/*
 * spin: how long one side of a ring looks for the other's next step before it sleeps. A sleep and the wake that ends it cost both sides
 * some microseconds each, more than a short wait, and a longer look costs processor time that others may want. So a side looks
 * FEW times, and MANY times once its sleeps turn out to be short; between those it offers its processor to others.
 *
 * Measured, 1 GB of lines through rec-split | rec-filter | rec-join on two processors: 0.27 s and 0.46 s of processor time with 200
 * looks always, 0.21 s and 0.41 s with up to 2,000; five filters in a row, which want more processors than there are, 1.22 s,
 * with 2,000 looks 1.42 s, and with an offer at every 50th of them 1.25 s.
 */

#include <stdint.h>

struct spin {
	int most;     /* looks before a sleep; 0 is FEW */
	int64_t from; /* when the sleep began: clock_ns */
};

/* After so many looks in vain, counted from 0: 1 after a moment's pause, for another look; 0 where it is time to sleep. */
int spin_again(struct spin *, int looks);

/* Around a sleep. */
void spin_sleeps(struct spin *);
void spin_woken(struct spin *);

#endif
