# helper: what all tests/*.bats share. A file begins with
#
#	load helper
#
# and then each of its tests runs in a directory of its own, empty, with the commands of $BUILD
# (build unless set) first in PATH and without the user's settings, except REC_HOP and REC_RING
# (which turn rings on or off for a whole run) and REC_ROUNDS (see check). A file with its own setup
# or teardown calls helper_setup or helper_teardown in it.
#
#	same A B                 the files hold the same bytes
#	within CMD ...           tries CMD again and again until it succeeds; fails after $patience
#	start CMD ...            CMD in the background, its process in $pid; redirections as usual. Ended with the test
#	finish [PID]             waits for what start began, at most $patience; its exit status in $status
#	guard PID                the guard of that command (lib/os/guard.h), nothing if it has none
#	children PID             the processes that it has started, except its guard
#	left WORD                processes that have WORD, a regular expression, among their own words
#	table_first S FIFO F ... writes the stream S to the FIFO: its table, and the rest when each file F has the line of the
#	                         table's header. Then as finish
#	subshell COMMANDS        runs them in a process of its own, without the settings and traps of bats
#	statuses PIPELINE        runs it in a subshell; exit statuses in $statuses ("0 0 65"), output in the files out and err
#	lines FILE               number of lines of FILE
#	says TEXT [FILE]         the file, err unless named, has that text; it has no NUL before it
#	needs_terminal           skips the test if script(1) cannot make a terminal
#	unreadable CMD ...       CMD as a user who may not read the first folder of PATH; skips the test if that is not possible
#	fault CMD ...            CMD under the shim of fault/short.c, whose settings come before it:
#	                         REC_FAULT_SEED=7 fault rec-split <in >out. Also within the pipelines of statuses
#	narrow CMD ...           CMD and what it starts; every pipe is one page large, by fault/narrow.c
#	rounds                   while rounds; do ...: a random test, again and again for REC_SECONDS (1 unless set), but at least
#	                         once, or REC_ROUNDS times if that is set. $seed is the round's own, REC_SEED (1 unless set) that of
#	                         the first; RANDOM begins with it. $round counts rounds, and is their number after the loop.
#	                         Such a test has # bats test_tags=random above it; REC_SEED=N REC_ROUNDS=1 repeats a round
#	mkstream WORD ...        record streams, good and bad, and what is in one: see tools/mkstream.c
#
# A test waits by within, finish or by opening a FIFO, never by sleep alone. A process that it puts
# in the background without start has 3>&- (bats waits until descriptor 3 is closed everywhere) and
# is ended by the test itself. SAN names the sanitizers of the build, or is empty: for tests that
# measure memory. long is set for make check-long, else empty.

bats_require_minimum_version 1.5.0

# Few processes of its own: a test runs a thousand lines of shell in the time of one.
repo=${BATS_TEST_DIRNAME:?}
repo=${repo%/*}
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$repo/$BUILD ;;
esac
export BUILD repo
SAN=${SAN-}
if [ -z "$SAN" ] && [ -r "$BUILD/flags" ] && [[ $(<"$BUILD/flags") =~ \ -fsanitize=([^ ]*) ]]; then
	SAN=${BASH_REMATCH[1]}
fi
export SAN

# The tests' own settings, before helper_setup removes all that begin with REC_.
chance_seconds=${REC_SECONDS:-1} chance_rounds=${REC_ROUNDS-} chance_seed=${REC_SEED:-1}
# shellcheck disable=SC2034 # tests read it
long=${REC_LONG-}

helper_setup() {
	local name

	[ -d "$BUILD/bin" ] || {
		echo "$BUILD/bin: there are no commands to test; run make first, or make check" >&2
		return 1
	}
	cd "$BATS_TEST_TMPDIR" || return
	[ -z "${RUNNING-}" ] || echo "$BATS_TEST_DESCRIPTION" >"$RUNNING"
	PATH=$BUILD/bin:$PATH
	for name in "${!REC_@}" NO_COLOR COLUMNS TMPDIR CDPATH ENV BASH_ENV; do
		[[ $name = REC_@(HOP|RING|ROUNDS) ]] || unset "$name"
	done
	export LC_ALL=C.UTF-8 TERM=xterm
	started=()
	pid='' status='' statuses='' round=''
}

helper_teardown() {
	local p

	[ -z "$round" ] || [ -n "${chance_over-}" ] || echo "in the round of REC_SEED=$seed"
	for p in "${started[@]}"; do
		# Each leads a process group of its own, so that what it started ends with it. In
		# its first moment it does not lead one yet.
		! jobs -rp | grep -qx "$p" || kill -KILL "$p" 2>/dev/null || :
		kill -KILL -- "-$p" 2>/dev/null || :
		wait "$p" 2>/dev/null || :
	done
	started=()
}

setup() { helper_setup; }
teardown() { helper_teardown; }

same() {
	local LC_ALL=C message name one two -

	set +T
	# Small files without a NUL are compared without a process.
	if [ -f "$1" ] && [ -f "$2" ] && ! IFS= read -rd '' -n 8192 one <"$1" &&
		! IFS= read -rd '' -n 8192 two <"$2" && [ "$one" = "$two" ]; then
		return 0
	fi
	message=$(cmp -- "$1" "$2" 2>&1) && return 0
	{
		echo "$1 and $2 are not the same: $message"
		for name in "$1" "$2"; do
			[ ! -f "$name" ] || {
				echo "$name has $(stat -c %s -- "$name") bytes; it begins and ends:"
				od -A d -c -- "$name" | sed -n '1,12p'
				echo ...
				od -A d -c -- "$name" | tail -n 4
			}
		done
	} >&2
	return 1
}

# Seconds after which something counts as hung. No test asserts a time: what takes a moment here
# takes a while on a loaded machine.
patience=120

within() {
	local end=$((${EPOCHREALTIME/[.,]/} + patience * 1000000))

	until "$@" >"$BATS_TEST_TMPDIR/.within" 2>&1; do
		((${EPOCHREALTIME/[.,]/} < end)) || {
			echo "not within $patience seconds: $*; it said last:" \
				"$(tail -n 5 "$BATS_TEST_TMPDIR/.within")" >&2
			return 1
		}
		sleep 0.02
	done
}

# setsid makes the group that teardown ends. A shell without job control starts background jobs with
# SIGINT ignored, hence env, and with /dev/null as standard input, hence <&0.
start() {
	setsid env --default-signal=INT,QUIT,PIPE "$@" <&0 3>&- &
	pid=$!
	started+=("$pid")
}

ended() {
	local lines=() state=''

	# Without a process of its own, since tests ask often. And to the end of the file: bash would
	# keep what it has not used, and take it for the next file, if the process ends meanwhile.
	{ mapfile -t lines <"/proc/$1/status"; } 2>/dev/null || return 0
	for state in "${lines[@]}"; do
		[[ $state != State:* ]] || break
	done
	state=${state#State:?} state=${state:0:1}
	# A zombie has ended, and waits for the shell to ask for its status.
	[ -z "$state" ] || [ "$state" = Z ]
}

# asleep PID: the process waits. A record that it wrote is seen before it is done with it: a signal
# that must meet it between two blocks is sent only after this.
asleep() {
	grep -q '^State:[[:space:]]*S' "/proc/$1/status"
}

finish() {
	local p=${1:-$pid}

	within ended "$p" || return
	# shellcheck disable=SC2034 # tests read it
	status=0
	# shellcheck disable=SC2034
	wait "$p" || status=$?
	# From now on the number may belong to a group that is not the test's, unless something is
	# left of the test's own.
	kill -0 -- "-$p" 2>/dev/null || forget "$p"
}

# forget PID: the end of the test does not look for that process.
forget() {
	local i

	for i in "${!started[@]}"; do
		[ "${started[i]}" != "$1" ] || unset "started[i]"
	done
}

guard() {
	local child born=()

	read -ra born <"/proc/$1/task/$1/children" || :
	for child in "${born[@]}"; do
		[ "$(cat "/proc/$child/comm" 2>/dev/null)" != rec-guard ] || echo "$child"
	done
}

children() {
	local child born=()

	read -ra born <"/proc/$1/task/$1/children" || :
	for child in "${born[@]}"; do
		[ "$(cat "/proc/$child/comm" 2>/dev/null)" = rec-guard ] || echo "$child"
	done
}

# Returns 0 if the process has a child.
has_child() {
	[ -n "$(children "$1")" ]
}

left() {
	grep -lsze "^$1\$" /proc/[0-9]*/cmdline || :
}

table_first() {
	local stream=$1 fifo=$2 file size header

	shift 2
	size=$(od -A n -t u4 -j 12 -N 4 "$stream") # of the table block's body, which is filled up to eighths
	header=$(tail -c +41 "$stream" | head -c "$size" | sed 1d)
	size=$((40 + (size + 7) / 8 * 8))
	exec 9>"$fifo"
	head -c "$size" "$stream" >&9
	for file; do
		within grep -aqsxFe "$header" "$file"
	done
	tail -c "+$((size + 1))" "$stream" >&9
	exec 9>&-
	finish "$pid"
}

subshell() {
	(
		trap - DEBUG ERR EXIT
		set +eET
		eval "$1"
	)
}

statuses() {
	: >statuses
	# The newline ends a comment or a here-document of the pipeline.
	subshell "$1"$'\necho "${PIPESTATUS[*]}" >statuses' >out 2>err 3>&- || {
		echo "bash could not run this: $1" >&2
		return 1
	}
	statuses=$(<statuses)
	[ -n "$statuses" ]
}

lines() {
	local some=() -

	set +T
	# Without a process if they are few; what is read from a pipe is gone.
	if [ -f "$1" ] && mapfile -n 100 some <"$1" && [ ${#some[@]} -gt 0 ] && [ ${#some[@]} -lt 100 ] &&
		[[ ${some[-1]} == *$'\n' ]]; then
		echo ${#some[@]}
	else
		wc -l <"$1"
	fi
}

says() {
	local text='' -

	set +T
	IFS= read -rd '' text <"${2:-err}" || :
	[[ $text == *"$1"* ]]
}

rounds() {
	local now=${EPOCHREALTIME/[.,]/}

	if [ -z "$round" ] || [ -n "${chance_over-}" ]; then
		round=0 seed=$((chance_seed - 1)) chance_over='' chance_begun=$now
	elif [ -n "$chance_rounds" ] && [ "$round" -ge "$chance_rounds" ] ||
		[ -z "$chance_rounds" ] && ((now - chance_begun >= chance_seconds * 1000000)); then
		chance_over=yes
		echo "# $BATS_TEST_DESCRIPTION: $round rounds, seeds $chance_seed to $seed" >&3
		return 1
	fi
	round=$((round + 1)) seed=$((seed + 1))
	RANDOM=$seed
}

needs_terminal() {
	type -P script >/dev/null || skip 'script, of bsdutils, is not installed'
	script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip 'no terminal can be made: /dev/pts is not mounted'
}

unreadable() {
	local as=()

	mkdir -p closed
	chmod 000 closed
	if [ "$(id -u)" -eq 0 ]; then
		type -P setpriv >/dev/null || skip 'setpriv, of util-linux, is not installed'
		chmod 755 .
		as=(setpriv --reuid 65534 --clear-groups)
		"${as[@]}" "$(type -P rec-split)" -h >/dev/null 2>&1 || skip 'the commands cannot be run by others here'
	fi
	PATH=$PWD/closed:$PATH "${as[@]}" "$@"
}

mkstream() {
	"$BUILD/tools/mkstream" "$@"
}
export -f mkstream

# preload SHIM: prints what LD_PRELOAD is with the shim. If there is an address sanitizer, its runtime
# has to be the first of all libraries.
preload() {
	local shim=$BUILD/fault/$1.so first=

	[ -r "$shim" ] || {
		echo "$shim: not there; make check builds it" >&2
		return 125
	}
	case $SAN in
	*address*) first=$(ldd "$(type -P rec-split)" | awk '$1 ~ /^libasan/ { print $3 }') ;;
	esac
	echo "${first:+$first }$shim"
}

# preloaded SHIM CMD ...: CMD with the shim.
preloaded() {
	local with

	with=$(preload "$1") || return
	shift
	LD_PRELOAD=$with "$@"
}

fault() {
	preloaded short "$@"
}

narrow() {
	preloaded narrow "$@"
}
export -f preload preloaded fault narrow
