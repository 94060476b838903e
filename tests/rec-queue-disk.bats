# rec-queue on a disk of its own, as root: power cuts, and a disk that is full. Without the right to
# mount file systems the tests are skipped.

load helper

# disk SIZE TYPE: makes a file system of that size in the file image, and mounts it as disk.
disk() {
	[ "$(id -u)" -eq 0 ] || skip 'only root may mount file systems'
	type -P "mkfs.$2" >/dev/null || skip "mkfs.$2 is not installed"
	truncate -s "$1" image
	"mkfs.$2" -q image >/dev/null 2>&1
	mkdir -p disk
	mount -o loop image disk 2>/dev/null || skip 'no image of a file system can be mounted here'
}

again() {
	within umount disk 2>/dev/null
	mount -o loop image disk
}

teardown() {
	helper_teardown
	! mountpoint -q disk || umount -l disk
}

# cuts N TYPE: N times the power is cut while five processes send, receive and acknowledge.
cuts() {
	local first=0 i

	disk 512M "$2"
	rec-queue create disk/q
	for ((i = 0; i < $1; i++)); do
		start "$BUILD/tools/powercut" load disk/q journal "$first" "$i" >/dev/null 2>&1
		within test -s journal
		sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
		"$BUILD/tools/powercut" cut disk journal || skip 'this file system cannot be shut down'
		kill -KILL -- "-$pid" 2>/dev/null || : # if the disk has not ended them already
		finish
		again
		first=$("$BUILD/tools/powercut" check disk/q journal) || {
			echo "after cut $i: $first"
			return 1
		}
		rec-queue check disk/q
	done
	[ "$first" -gt 100 ]
}

@test "rec-queue: after power cuts all is there that was told to be, on ext4" {
	cuts "$([ -n "$long" ] && echo 200 || echo 6)" ext4
}

@test "rec-queue: after power cuts all is there that was told to be, on xfs" {
	cuts "$([ -n "$long" ] && echo 200 || echo 3)" xfs
}

@test "rec-queue: a disk that is full fails sends with 74, and lets the queue drain" {
	disk 16M ext4
	rec-queue create --visibility 1h disk/q
	statuses 'seq 10000000 | rec-split | rec-queue send disk/q'
	[ "${statuses##* }" = 74 ]
	says 'disk/q: No space left on device'
	n=$(sed -n 's/^rec-queue: \([0-9]*\) messages were sent$/\1/p' err)
	[ "$n" -gt 10000 ]
	# Nothing is left for anybody.
	dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null || :
	rec-queue receive --session s disk/q | rec-tee copy.rec | rec-queue commit --session s disk/q
	rec-join <copy.rec | same - <(seq "$n")
	rec-queue check disk/q
	rm disk/filler
	echo more | rec-split | rec-queue send disk/q
	rec-queue receive --ack auto disk/q | rec-join | grep -qx more
}

@test "rec-queue: file systems of a network are refused, one in memory is not durable" {
	[ "$(id -u)" -eq 0 ] || skip 'only root may mount file systems'
	mkdir -p disk
	mount -t tmpfs -o size=20m tmpfs disk || skip 'no tmpfs can be mounted here'
	rec-queue create disk/q
	seq 3 | rec-split | rec-queue send disk/q
	rec-queue stat disk/q | grep -qx 'durable      no: the file system is in memory'
	rec-queue receive --ack auto disk/q | rec-join | same - <(seq 3)
}
