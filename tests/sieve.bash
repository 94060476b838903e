# shellcheck shell=bash
# What the tests of commands that divide a stream between standard output and --else share. Behind `load helper`.

# The command that the file of tests is named for.
command=$(basename "${BATS_TEST_FILENAME:?}" .bats)

# case_of KEPT OTHER ARG ...: of the lines in $input (as printf takes them) the command keeps KEPT and gives OTHER to --else, whatever
# the blocks are; both in their places, and what is kept is the same without --else.
case_of() {
	local kept=$1 other=$2 size

	shift 2
	# shellcheck disable=SC2059 # they are formats
	printf -- "$input" >input && printf -- "$kept" >kept.want && printf -- "$other" >other.want || return
	for size in 1 5 262080; do
		if ! REC_BLOCK=$size rec-split <input >input.rec ||
			! REC_BLOCK=$size "$command" --else other.rec "$@" <input.rec >kept.rec ||
			! rec-join <kept.rec >kept || ! rec-join <other.rec >other ||
			! same kept.want kept || ! same other.want other || ! together; then
			echo "by: $*" >&2
			return 1
		fi
		"$command" "$@" <input.rec | rec-join >kept || return
		same kept.want kept || return
	done
	cases=$((${cases:-0} + 1))
}

# Both outputs, merged by position, are the input.
together() {
	local name

	for name in input kept other; do
		mkstream records <$name.rec >$name.records || return
		grep -v ^end $name.records >$name.only || :
	done
	sort -n kept.only other.only | cmp - input.only
}

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1 st=0

	shift
	mkstream data:0:a end >good.rec
	"$command" "$@" <good.rec >out 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: $*" >&2; return 1; }
	[ ! -s out ] || return
	echo "$command: $message ($command -h shows the usage)" >message
	same message err || return
	cases=$((${cases:-0} + 1))
}

# The same with the two the other way round: what is given first is the front of the input.
swapped() {
	case_of "$2" "$1" "${@:3}"
}
