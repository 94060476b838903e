#ifndef SPIN_H
#define SPIN_H

/*
 * spin: how often one side of a ring looks for the other side's next step before it sleeps. A sleep
 * and the wake that ends it cost each side some microseconds, more than a short wait does; but
 * looking for longer costs processor time that others may want. So a side looks 200 times (FEW);
 * after a sleep that turned out to be short, 2,000 times (MANY), and then every 50th look offers
 * the processor to others.
 *
 * Measured, 1 GB of lines through rec-split | rec-filter | rec-join on two processors: 0.27 s and
 * 0.46 s of processor time with 200 looks always, 0.21 s and 0.41 s with up to 2,000; five filters
 * in a row, which want more processors than there are, 1.22 s, with 2,000 looks 1.42 s, and with an
 * offer at every 50th of them 1.25 s.
 */

#include <stdint.h>

struct spin {
	int most;     /* private: looks before a sleep; 0: FEW */
	int64_t from; /* private: clock_ns when the sleep began */
};

/*
 * To be called after each look in vain; looks: the number of those before it. Returns 1, after a
 * moment's pause, if the caller is to look again, or 0 if it is to sleep.
 */
int spin_again(struct spin *, int looks);

/* To be called right before and right after a sleep: they measure it. */
void spin_sleeps(struct spin *);
void spin_woken(struct spin *);

#endif
