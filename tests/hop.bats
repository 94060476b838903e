#!/usr/bin/env bats
# The hop: pipes between commands that go through shared memory must be seen by nobody. Each shape is run with rings from the second
# block on and compared with REC_HOP=0.

load helper

setup() {
	helper_setup
	export REC_HOP=1 REC_RING=2
}

# Records of 1 to 20,000 bytes: around every size of slot that is used here.
mixed() {
	awk -v n="$1" 'BEGIN {
		srand(7)
		for (i = 0; i < n; i++) {
			size = int(exp(rand() * 9.9))
			line = i ":"
			while (length(line) < size)
				line = line line i
			print substr(line, 1, size)
		}
	}'
}

@test "hop: blocks larger than a slot, with the reader asleep or awake" {
	mixed 600 >in
	cp in wanted
	for REC_BLOCK in 1 16 64 1000; do
		for REC_RING in 1 2 3 8; do
			export REC_BLOCK REC_RING
			statuses 'rec-split in | rec-filter nlocate /nothing/ | rec-join'
			[ "$statuses" = '0 0 0' ]
			same out wanted
		done
	done
	# Each large one comes while the reader sleeps.
	export REC_BLOCK=16 REC_RING=1
	statuses 'while read -r line; do echo "$line"; done <in | rec-split | rec-join'
	[ "$statuses" = '0 0 0' ]
	same out wanted
}
