# shellcheck shell=bash
# partition: for tests of commands that divide a stream between standard output and --else. After
# `load helper`.

# The command that the test file is named after.
command=$(basename "${BATS_TEST_FILENAME:?}" .bats)

# case_of KEPT OTHER ARG ...: of the lines in $input (as printf takes them) the command keeps KEPT
# and gives OTHER to --else, whatever the blocks are. All records have their own positions, and
# without --else the same ones are kept. $split (rec-split) makes the records of the input.
case_of() {
	local kept=$1 other=$2

	shift 2
	# shellcheck disable=SC2059 # they are formats
	printf -- "$input" >input && printf -- "$kept" >kept.want && printf -- "$other" >other.want || return
	split=${split-} sh -c "$case_script" "$command" "$@" || {
		echo "by: $*" >&2
		same kept.want kept && same other.want other
		return 1
	}
	cases=$((${cases:-0} + 1))
}

# By sh, which forks faster than bash: the command is $0.
# shellcheck disable=SC2016 # the other shell's
case_script='for size in 1 5 262080; do
	export REC_BLOCK=$size
	${split:-rec-split} <input >input.rec && "$0" --else other.rec "$@" <input.rec >kept.rec &&
		rec-join <kept.rec >kept && rec-join <other.rec >other && cmp kept.want kept && cmp other.want other &&
		echo "kept.rec other.rec ?" | "$BUILD/tools/divided" input.rec &&
		"$0" "$@" <input.rec >kept.rec && rec-join <kept.rec >kept && cmp kept.want kept || {
		echo "with REC_BLOCK=$size, of $0" >&2
		exit 1
	}
done'

# together: both outputs, merged by position, are the input, and end as it does.
together() {
	"$BUILD/tools/divided" input.rec <<<'kept.rec other.rec ?'
}

# refuses_table REASON ARG ...: 65 for the table of input.rec, with that reason, before any record;
# both outputs end with the reason too.
refuses_table() {
	local reason="$command: $1" st=0 name

	shift
	"$command" --else other.rec "$@" <input.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ] || { echo "status $st: $*" >&2; return 1; }
	echo "$reason" | same /dev/stdin err || return
	for name in kept other; do
		mkstream records <"$name.rec" | grep -v '^table ' >ended
		echo "end 0 65 $reason" | same /dev/stdin ended || return
	done
	cases=$((${cases:-0} + 1))
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
