# shellcheck shell=bash
# map: what the test files of rec-map share. After `load helper`.

# what VERB ...: what rec-map writes of the file in, as `split` makes records of it and rec-join shows
# them, in blocks of several sizes, and by parallel workers, which must give the same bytes.
what() {
	local size

	for size in 1 7 262080; do
		# shellcheck disable=SC2086 # words
		REC_BLOCK=$size rec-split ${split-} <in >in.rec || return
		REC_BLOCK=$size rec-map "$@" <in.rec >out.rec && rec-join <out.rec >out.$size || return
	done
	rec-fanout -k -j 2 -N 3 rec-map "$@" <in.rec >fan.rec && rec-join <fan.rec >out.fan || return
	same out.1 out.7 && same out.1 out.262080 && same out.1 out.fan && cat out.1
}

# fails STATUS LINE VERB ...: rec-map ends with that status and line, and the reader with 65.
fails() {
	local want=$1 line=$2

	shift 2
	cases=$((${cases:-0} + 1))
	# shellcheck disable=SC2086 # words
	rec-split ${split-} <in >in.rec
	status=0
	rec-map "$@" <in.rec >out.rec 2>err || status=$?
	if [ "$status" -ne "$want" ] || ! same <(echo "rec-map: $line") err; then
		echo "of $*: status $status"
		return 1
	fi
	status=0
	rec-join <out.rec >out 2>err || status=$?
	[ "$status" -eq 65 ]
}
