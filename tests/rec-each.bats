# rec-each: how records reach a command, what becomes of its output, tasks that fail, and that nothing is cut, mixed, lost or doubled.

# shellcheck disable=SC2016 # programs for sh are in single quotes

load helper

# usage MESSAGE ARG ...: 64, one line, nothing written.
usage() {
	local message=$1 st=0

	shift
	mkstream data:0:a end >good
	rec-each "$@" <good >out 2>err || st=$?
	[ "$st" -eq 64 ] || { echo "status $st: $*" >&2; return 1; }
	[ ! -s out ] || return
	echo "rec-each: $message (rec-each -h shows the usage)" >message
	same message err
}

# records_of FILE: position=text of each record, on one line.
records_of() {
	mkstream records <"$1" | tr '\n' ' '
}

@test "rec-each: without {} the record is the standard input, by --in and --out" {
	printf 'a\nb c\n' | rec-split >in.rec
	rec-each -k sed 's/^/x/' <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=xa 1=xb c end 2 0  ' ]
	# Several records of one, none of one, and of a last line without its newline.
	rec-each -k tr ' ' '\n' <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=a 1=b 1=c end 2 0  ' ]
	rec-each -k grep -v a <in.rec >out.rec || [ $? -eq 65 ]
	rec-each -k sh -c 'grep b; :' <in.rec >out.rec
	[ "$(records_of out.rec)" = '1=b c end 2 0  ' ]
	rec-each -k sh -c 'printf x; cat | tr -d "\n"' <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=xa 1=xb c end 2 0  ' ]
	printf 'a\nb\0c\0' | rec-split -0 >in.rec
	rec-each -k --in nul --out netstring sh -c 'n=$(wc -c); printf "%s:%0${n}d," $n 0' <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=0000 1=00 end 2 0  ' ]
	rec-each -k --out 'json:.items[]' sh -c 'n=$(wc -c); echo "{\"n\":$n, \"items\": [$n, [0 ]]}"' <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=4 0=[0 ] 1=2 1=[0 ] end 2 0  ' ]
	printf '{"a": 1}\r\n2\n' | rec-split -f jsonl | rec-each -k --in jsonl --out jsonl cat >out.rec
	[ "$(records_of out.rec)" = '0={"a":1} 1=2 end 2 0  ' ]
	rec-each -k --in none --out jsonl sh -c 'cat; echo; echo' <out.rec >again.rec
	[ "$(records_of again.rec)" = '0={"a":1} 1=2 end 2 0  ' ]
	rec-each -k --out fixed:1 printf abc <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=a 0=b 0=c 1=a 1=b 1=c end 2 0  ' ]
	rec-each -k --out delim:-- printf a--b <in.rec >out.rec
	[ "$(records_of out.rec)" = '0=a 0=b 1=a 1=b end 2 0  ' ]
	rec-each -k --in json --out json cat <<<'' >out.rec 2>err || [ $? -eq 65 ]
}

@test "rec-each: {} is the record, alone or within a word, whatever is in it" {
	printf 'a b\0$(touch x)\0\x27"*\n\\\0\0-n\0' | rec-split -0 >in.rec
	rec-each -k --out nul printf '%s\0' {} <in.rec >out.rec
	rec-join -0 <out.rec >got
	rec-join -0 <in.rec >want
	same want got
	rec-each -k --out nul printf '%s\0' '<{}|{}>' '{}{' '{%' '{' <in.rec | rec-take 5 | rec-join -0 | tr '\0' ' ' >got
	[ "$(<got)" = '<a b|a b> a b{ {% { <$(touch x)|$(touch x)> ' ]
	[ ! -e x ]
	# Nothing on standard input.
	rec-each -k sh -c 'cat; echo "$1"' sh {} <in.rec | rec-take 1 | rec-join >got
	[ "$(<got)" = 'a b' ]
}

@test "rec-each: -N: number of records for each process" {
	seq 7 | rec-split >in.rec
	rec-each -k -N 3 echo {} - {} <in.rec >out.rec
	[ "$(records_of out.rec)" = '2=1 2 3 - 1 2 3 5=4 5 6 - 4 5 6 6=7 - 7 end 7 0  ' ]
	rec-each -k -N 3 paste -s -d , <in.rec >out.rec
	[ "$(records_of out.rec)" = '2=1,2,3 5=4,5,6 6=7 end 7 0  ' ]
	# The same tasks, whatever the blocks are.
	seq 7 | REC_BLOCK=1 rec-split | rec-each -k -N 3 paste -s -d , >again.rec
	[ "$(records_of again.rec)" = "$(records_of out.rec)" ]
	# A loss ends a task, and stays at its place.
	mkstream data:0:a,b loss:2:1:3 data:3:c,d end >in.rec
	rec-each -k -N 3 paste -s -d , <in.rec >out.rec
	[ "$(records_of out.rec)" = '1=a,b loss 2 1 4=c,d end 5 0  ' ]
	rec-each -j 1 -N 3 paste -s -d , <in.rec >out.rec
	[ "$(records_of out.rec | tr ' ' '\n' | grep -c =)" -eq 2 ]
	mkstream records <out.rec | grep -q '^loss [01] 1'
}

@test "rec-each: -k: the order of the input, however long a task takes; without it as they finish" {
	seq 40 | rec-split >in.rec
	seq 40 >want
	rec-each -k -j 8 sh -c '[ $(($1 % 4)) -ne 1 ] || while [ ! -e go$(($1 + 3)) ]; do sleep 0.01; done; : >go$1; echo $1' sh {} <in.rec | rec-join >got
	same want got
	# The first one waits for the last one's output to be out.
	mkfifo go
	rec-each -j 2 sh -c '[ $1 -ne 1 ] || read -r x <go; echo $1' sh {} <in.rec >out.rec &
	within grep -qa 40 out.rec
	echo go >go
	wait
	[ "$(mkstream records <out.rec | tail -n 2 | head -n 1)" = 39=1 ]
	rec-join <out.rec | sort -n >got
	same want got
}

@test "rec-each: {%}, REC_RANK, REC_SIZE and REC_POSITION" {
	seq 100 | rec-split >in.rec
	rec-each -j 3 sh -c 'mkdir lock$1 && echo $1 $REC_RANK $REC_SIZE && rmdir lock$1' sh '{%}' <in.rec | rec-join >got
	[ "$(lines got)" -eq 100 ]
	[ "$(sort -u got | tr '\n' ,)" = '1 0 3,2 1 3,3 2 3,' ] || grep -qxE '[123] [012] 3' got
	rec-each -k -N 10 sh -c 'echo $REC_POSITION' <in.rec | rec-join >got
	seq 0 10 90 >want
	same want got
}

@test "rec-each: wrong usage" {
	usage 'a command is needed'
	usage '-j 0: not a number from 1 to 65535' -j 0 cat
	usage '-N x: not a number from 1 to 4294967295' -N x cat
	usage 'a{}: {} within a word does not go with -N 2: it is one record' -N 2 echo a{}
	usage '--timeout 5: not a time from 1ms to 1000d such as 500ms or 2m' --timeout 5 cat
	usage '--spill-max x: not a size such as 100M or 2G' --spill-max x cat
	usage '--else -: standard output is taken already' --else - cat
	usage '--in regex:x: records cannot be written so, only read' --in regex:x cat
	usage '--in json:.[]: records cannot be written so, only read' --in 'json:.[]' cat
	usage '--out none: records cannot be read so, only written' --out none cat
	run -64 rec-each --out limes cat </dev/null
	[[ $output == 'rec-each: --out '* ]]
}

@test "rec-each: a command that is not there is 127, one that cannot be run 126" {
	local st=0

	seq 3 | rec-split >in.rec
	rec-each no-such-command <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 127 ]
	[ "$(<err)" = 'rec-each: no-such-command: No such file or directory' ]
	[ "$(records_of out.rec)" = 'end 0 127 rec-each: no-such-command: No such file or directory ' ]
	: >text
	st=0
	rec-each --else other.rec ./text <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 126 ]
	# If a record names the missing command, that task fails.
	printf 'true\nno-such-command\necho\n' | rec-split >in.rec
	st=0
	rec-each -k --else other.rec {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	[ "$(records_of other.rec)" = '1=no-such-command end 3 0  ' ]
	[ "$(records_of out.rec)" = '2= end 3 0  ' ]
	st=0
	rec-each -j 1 {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 127 ]
	[ "$(<err)" = 'rec-each: position 1: no-such-command: No such file or directory' ]
}

@test "rec-each: a command that is not there is 127 also if a folder of PATH may not be read" {
	local st=0

	seq 3 | rec-split >in.rec
	unreadable rec-each no-such-command <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 127 ]
	[ "$(<err)" = 'rec-each: no-such-command: No such file or directory' ]
	st=0
	unreadable rec-each ./closed/there <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 126 ]
	[ "$(<err)" = 'rec-each: ./closed/there: Permission denied' ]
	# A command that is there, but may not be run.
	mkdir open
	: >open/there
	st=0
	PATH=$PWD/open:$PATH rec-each there <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 126 ]
	[ "$(<err)" = 'rec-each: there: Permission denied' ]
}

@test "rec-each: a record that cannot reach the command names its position" {
	local st=0

	mkstream 'data:5:a,b\0c,d' end >in.rec
	rec-each -j 1 echo {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(<err)" = 'rec-each: position 6: it holds a NUL byte, which no argument can' ]
	[ "$(mkstream records <out.rec | head -n 1)" = 0=a ]
	mkstream data:0:a fill:1:1:3000000 data:2:b end >in.rec
	st=0
	rec-each -k --else other.rec sh -c 'echo ${#1}' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	[ "$(<err)" = 'rec-each: position 1: too long for the arguments of a process; its record is in other.rec' ]
	[ "$(records_of out.rec)" = '0=1 2=1 end 3 0  ' ]
	mkstream data:0:a,b end >in.rec
	st=0
	rec-each --in fixed:3 cat <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	grep -q '^rec-each: position 0: ' err
}

@test "rec-each: a task that fails: those that run end well, no other is started, one line and its status" {
	local st=0

	seq 100 | rec-split >in.rec
	rec-each -k -j 1 sh -c 'echo $1 >>ran; echo $1; [ $1 -ne 3 ] || exit 99' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 99 ]
	[ "$(<err)" = 'rec-each: position 2: exit status 99' ]
	[ "$(records_of out.rec)" = '0=1 1=2 end 3 99 rec-each: position 2: exit status 99 ' ] ||
		[ "$(records_of out.rec)" = '0=1 1=2 end 2 99 rec-each: position 2: exit status 99 ' ]
	[ "$(tr '\n' ' ' <ran)" = '1 2 3 ' ]
	st=0
	rec-each -j 1 sh -c 'kill -KILL $$' <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(<err)" = 'rec-each: position 0: killed by signal 9 (Killed)' ]
	# A task that runs at the same time is waited for, and its output comes out.
	mkfifo go
	st=0
	rec-each -j 2 sh -c 'case $1 in 1) read -r x <go; echo one ;; 2) echo go >go; exit 7 ;; esac' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(mkstream records <out.rec | head -n 1)" = 0=one ]
}

@test "rec-each: --else: the records of failed tasks, in order, as they were" {
	local st=0

	seq 50 | rec-split >in.rec
	rec-each -j 4 --else other.rec sh -c '[ $(($1 % 5)) -ne 0 ] && echo $1' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	[ "$(lines err)" -eq 1 ]
	grep -q '10 tasks failed in all, and their records are in other.rec$' err
	mkstream records <other.rec | head -n 10 >got
	seq 5 5 50 | awk '{ print $1 - 1 "=" $1 }' >want
	same want got
	rec-join <out.rec | sort -n >got
	seq 50 | awk '$1 % 5' >want
	same want got
	# With -k both together are the input.
	st=0
	rec-each -k --else other.rec sh -c '[ $(($1 % 7)) -ne 0 ] && echo $1' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	{
		mkstream records <other.rec | grep '='
		mkstream records <out.rec | grep '='
	} | sort -n >got
	mkstream records <in.rec | grep '=' >want
	same want got
	[ "$(mkstream records <out.rec | tail -n 1 | cut -d ' ' -f 3)" = 0 ]
}

@test "rec-each: --retries: a failed task is run again, and its output comes once" {
	local st=0

	seq 30 | rec-split >in.rec
	seq 30 >want
	mkdir tries
	rec-each -k --retries 2 sh -c 'echo $1; echo x >>tries/$1; [ $(wc -l <tries/$1) -eq 3 ]' sh {} <in.rec | rec-join >got
	same want got
	[ "$(cat tries/* | wc -l)" -eq 90 ]
	rec-each --retries 2 -j 1 sh -c 'echo $1 >>again; exit 5' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(lines again)" -eq 3 ]
	[ "$(lines err)" -eq 1 ]
}

@test "rec-each: --timeout: TERM, then KILL, and the task has failed" {
	local st=0

	seq 3 | rec-split >in.rec
	rec-each -k --timeout 5s --else other.rec sh -c '[ $1 -ne 2 ] || exec sleep 60; echo $1' sh {} <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 1 ]
	grep -q 'not done in time (--timeout)' err
	mkstream records <other.rec | grep -q '^1=2'
	st=0
	rec-each -j 1 --timeout 300ms sh -c 'trap "" TERM; while :; do sleep 0.1; done' <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	[ "$(<err)" = 'rec-each: position 0: not done in time (--timeout)' ]
}

@test "rec-each: --timeout ends the wait for an output that a process has left to others, of the last task too" {
	echo x | rec-split >in.rec
	for more in '' '--retries 1' '--else other.rec'; do
		st=0
		# shellcheck disable=SC2086 # words
		timeout 60 rec-each --timeout 1s $more sh -c 'sleep 100 & echo $! >>left; echo y' <in.rec >out.rec 2>err || st=$?
		[ "$st" -eq "$([ "$more" = '--else other.rec' ] && echo 1 || echo 65)" ]
		grep -q '^rec-each: position 0: not done in time (--timeout)' err
	done
	[ -s left ]
	# The process that was left gets the signal, too.
	while read -r p; do
		within ended "$p"
	done <left
}

@test "rec-each: --tag: whole lines of standard error, with the position" {
	seq 3 | rec-split | rec-each --tag -N 2 sh -c 'printf one >&2; printf "\ntwo" >&2' >out.rec 2>err
	sort err >got
	printf 'position 2: one\nposition 2: two\npositions 0 to 1: one\npositions 0 to 1: two\n' >want
	same want got
	# A last line without a newline comes too if another process still holds standard error.
	mkfifo hold
	echo | rec-split | rec-each --tag sh -c 'printf last >&2; cat hold </dev/null >/dev/null & ' >out.rec 2>err
	: >hold
	[ "$(<err)" = 'position 0: last' ]
	seq 2 | rec-split | rec-each -k sh -c 'cat >&2' >out.rec 2>err
	[ "$(sort err | tr '\n' ' ')" = '1 2 ' ]
}

# xargs -P8 cut 7 of 8 outputs of 3 MB.
@test "rec-each: large outputs are whole, in memory and in files" {
	local mode

	for mode in '' -k; do
		seq 8 | rec-split | rec-each $mode -j 8 sh -c 'yes "$1 a line of some length" | head -c 3000024' sh {} | rec-join >got
		[ "$(stat -c %s got)" -eq 24000192 ]
		[ "$(uniq got | lines /dev/stdin)" -eq 8 ]
	done
	# A slow first task, after which many outputs wait.
	mkfifo go
	seq 30 | rec-split | rec-each -k -j 2 sh -c '[ $1 -ne 1 ] || read -r x <go; [ $1 -ne 12 ] || echo go >go; yes $1 | head -n 100000' sh {} | rec-join >got
	[ "$(lines got)" -eq 3000000 ]
	uniq got >order
	seq 30 >want
	same want order
	run -65 --separate-stderr bash -c 'echo | rec-split | rec-each --spill-max 1M sh -c "yes | head -c 30000000" >out.rec'
	[ "$stderr" = 'rec-each: position 0: its output is larger than --spill-max allows' ]
	[ "$(mkstream records <out.rec | wc -l)" -eq 1 ]
}

@test "rec-each: records of the output as large as REC_MAX allows may have others before and after them" {
	local framing max

	for max in 262144 300000 1048576; do
		{
			echo first
			head -c "$max" /dev/zero | tr '\0' x
			printf '\n1\n2\n'
			head -c $((max - 9)) /dev/zero | tr '\0' y
			printf '\n3\nlast\n'
		} >in
		for framing in lines words; do
			echo in | rec-split | REC_MAX=$max rec-each --out $framing cat {} | REC_MAX=$max rec-join | cmp - in
		done
	done
	# Many values with nothing between them: a newline after each makes the block larger.
	{
		printf '"'
		head -c 258000 /dev/zero | tr '\0' x
		printf '"'
		printf '[]%.0s' {1..2000}
	} >in
	echo in | rec-split | REC_MAX=262144 rec-each --out json cat {} | REC_MAX=262144 rec-join >out
	{
		head -c 258002 in
		echo
		printf '[]\n%.0s' {1..2000}
	} | cmp - out
}

@test "rec-each: output that is not in the framing is a failed task" {
	run -65 --separate-stderr bash -c 'echo x | rec-split | rec-each --out netstring echo 3:abcd >out.rec'
	[[ $stderr == 'rec-each: position 0: its output: record '* ]]
	run -65 --separate-stderr bash -c 'REC_MAX=1000; export REC_MAX; echo x | rec-split | rec-each sh -c "head -c 2000 /dev/zero" >out.rec'
	[ "$stderr" = 'rec-each: position 0: its output: a record is larger than REC_MAX' ]
}

# Hundreds of processes that end in every way. The output is that of the processes that exited with
# 0, once each and whole. parallel and xargs also pass on what a process wrote before it died.
@test "rec-each: a storm of exits, kills, large and no outputs: nothing lost, doubled or mixed" {
	local mode st

	cat >task <<'X'
case $(($1 * 7919 % 11)) in
0) echo "$1 cut"; exit 3 ;;
1) echo "$1 cut"; kill -KILL $$ ;;
2) kill -TERM $$ ;;
3) : ;;
4) cat >/dev/null; echo "$1 ok" ;;
5) printf '%s ok' "$1" ;;
6) for i in 1 2 3; do echo "$1 ok"; done ;;
7) exec >&-; : ;;
8) yes "$1 ok" | head -n 20000 ;;
9) [ -e "did$1" ] || { : >"did$1"; echo "$1 cut"; exit 1; }; echo "$1 ok" ;;
*) echo "$1 ok" ;;
esac
X
	seq 300 | rec-split >in.rec
	awk 'BEGIN { for (i = 1; i <= 300; i++) { m = i * 7919 % 11; n = m == 6 ? 3 : m == 8 ? 20000 : m == 4 || m == 5 || m == 9 || m == 10 ? 1 : 0
		while (n-- > 0) print i, "ok" } }' >want
	awk 'BEGIN { for (i = 1; i <= 300; i++) if (i * 7919 % 11 < 3) print i }' >want.other
	for mode in '-j 1 -k' '-j 2' '-j 7 -k' '-j 40'; do
		rm -f did*
		st=0
		# shellcheck disable=SC2086 # words
		rec-each $mode --retries 1 --else other.rec sh ./task {} <in.rec >out.rec 2>err || st=$?
		[ "$st" -eq 1 ]
		rec-join <out.rec | sort -n -s >got
		same want got
		rec-join <other.rec >got.other
		same want.other got.other
		[[ $mode != *-k ]] || {
			rec-join <out.rec >got
			same want got
		}
	done
}

@test "rec-each: a reader that goes away: no further task is started, and that is no failure" {
	statuses "yes | rec-split | rec-each -j 2 sh -c 'echo x >>ran; echo x' | rec-take 3 | rec-join"
	[ "$statuses" = '141 0 0 0 0' ]
	[ "$(lines out)" -eq 3 ]
	[ ! -s err ]
	[ "$(lines ran)" -lt 100 ]
	# The output of --else is still wanted.
	seq 20 | rec-split >in.rec
	statuses "rec-each --else other.rec false <in.rec | true"
	[ "$statuses" = '1 0' ]
	mkstream records <other.rec | grep -c '=' | grep -qx 20
}

@test "rec-each: a full disk is 74, for the output and for the temporary file" {
	local st=0

	seq 100 | rec-split >in.rec
	rec-each echo {} <in.rec >/dev/full 2>err || st=$?
	[ "$st" -eq 74 ]
	[ "$(<err)" = 'rec-each: standard output: No space left on device' ]
	st=0
	TMPDIR=$PWD/none rec-each -j 1 sh -c 'yes | head -c 10000000' <in.rec >out.rec 2>err || st=$?
	[ "$st" -eq 74 ]
	grep -q '^rec-each: the temporary file for the output of position 0: No such file or directory' err
}

@test "rec-each: nothing is left behind: processes, descriptors, files" {
	seq 50 | rec-split >in.rec
	# shellcheck disable=SC2016 # sh's own
	rec-each -j 3 sh -c 'ls /proc/self/fd | wc -l' <in.rec 3>&- | rec-join | sort -u >got
	sh -c 'ls /proc/self/fd | wc -l' <in.rec 3>&- >want
	same want got
	# Ctrl-C ends all of it.
	mkfifo pids
	exec 9<>pids
	start rec-each -j 3 sh -c 'echo $$ >pids; exec sleep 60' <in.rec >out.rec 2>err 9>&-
	for _ in 1 2 3; do
		read -r -t 20 p <&9
		running+=("$p")
	done
	kill -INT "$pid"
	finish
	[ "$status" -eq 130 ]
	for p in "${running[@]}"; do
		within ended "$p"
	done
	[ ! -s err ]
}

@test "rec-each: an idle one uses no processor time, and a task's output goes out while the input is open" {
	mkfifo in
	exec 9<>in
	start rec-each -k cat <in >out.rec 9>&-
	mkstream data:0:alpha >&9
	within grep -qa alpha out.rec
	read -ra stat <"/proc/$pid/stat"
	# Other processes work meanwhile.
	seq 1000000 | rec-split | rec-join | sort >/dev/null
	read -ra later <"/proc/$pid/stat"
	[ $((later[13] + later[14] - stat[13] - stat[14])) -le 1 ]
	mkstream next:1 total:1 end >&9
	exec 9>&-
	finish
	[ "$status" -eq 0 ]
}

@test "rec-each: memory stays small, whatever waits" {
	[ -z "$SAN" ] || skip 'memory is measured without sanitizers'
	mkfifo go
	seq 40 | rec-split >in.rec
	"$BUILD/tools/peak" peak rec-each -k -j 2 sh -c '[ $1 -ne 1 ] || read -r x <go; [ $1 -ne 20 ] || echo go >go; yes | head -c 3000000' sh {} <in.rec >/dev/null
	[ "$(<peak)" -lt 32768 ]
}

# ---- the guard ----

# waits WORD N: at least N processes have that word. none WORD: no process has it.
waits() {
	[ "$(left "$1" | wc -l)" -ge "$2" ]
}

none() {
	[ -z "$(left "$1")" ]
}

@test "rec-each: killed, it leaves no task behind, nor what a task has started, nor one that ignores TERM" {
	local mark="100001.$$"

	seq 50 | rec-split >in.rec
	# shellcheck disable=SC2016 # sh's own
	start rec-each -j 3 sh -c 'trap "" TERM; (sleep "$1" & sleep "$1" &); sleep "$1"' sh "$mark" <in.rec >out.rec 2>err
	within waits "$mark" 9
	kill -KILL "$pid"
	finish
	[ "$status" -eq 137 ]
	within none "$mark"
	# The whole job, as by kill -9 %1: the guard is in a group of its own.
	# shellcheck disable=SC2016 # sh's own
	start rec-each -j 3 sh -c 'echo x; sleep "$1"' sh "$mark" <in.rec >out.rec 2>err
	within waits "$mark" 3
	kill -KILL -- "-$pid"
	finish
	within none "$mark"
}

@test "rec-each: killed at any moment, while tasks are being born too, it leaves none behind" {
	local mark="100002.$$" rounds=40 i

	seq 200 | rec-split >in.rec
	for i in $(seq 0 "$rounds"); do
		start rec-each -j 200 sleep "$mark" <in.rec >out.rec 2>err
		# The moments are from before the first task to about the hundredth.
		while read -ra born <"/proc/$pid/task/$pid/children" && [ "${#born[@]}" -lt $((i * 3)) ]; do :; done
		kill -KILL "$pid"
		finish
		[ "$status" -eq 137 ]
	done
	within none "$mark"
}

@test "rec-each: killed, it leaves its tasks the time that TERM takes, also if /proc is empty or another namespace's" {
	unshare -m sh -c 'mount -t tmpfs none /proc' 2>/dev/null || skip 'no right to mount, or unshare is not installed: apt-get install util-linux'
	unshare -pf true 2>/dev/null || skip 'no namespaces here'
	echo x | rec-split >in.rec
	cat >task <<-'EOT'
		trap 'sleep 0.1; : >obeyed; exit' TERM
		: >up
		while :; do sleep 0.02; done
	EOT
	cat >run <<-'EOT'
		rec-each sh task <in.rec >out.rec 2>err &
		until [ -e up ]; do sleep 0.02; done
		kill -KILL $!
		i=0
		until [ -e obeyed ] || [ $((i += 1)) -gt 200 ]; do sleep 0.02; done
	EOT
	for in in 'mount -t tmpfs none /proc && exec' 'exec unshare -pf'; do
		rm -f up obeyed
		unshare -m sh -c "$in sh run" 3>&-
		[ -e obeyed ]
	done
}

@test "rec-each: the guard has nothing open, and another one takes the place of a killed one" {
	local mark="100003.$$" g

	mkfifo in
	exec 9<>in
	start rec-each -j 3 sleep "$mark" <in >out.rec 2>err 9>&-
	seq 2 | rec-split | head -c 400 >&9 || :
	within waits "$mark" 2
	g=$(guard "$pid")
	[ "$(readlink /proc/"$g"/fd/*)" = "$(readlink /proc/"$g"/fd/0)" ]
	[[ $(readlink /proc/"$g"/fd/0) = pipe:* ]]
	[ "$(readlink "/proc/$g/cwd")" = / ]
	[ "$(tr -d '\0' <"/proc/$g/cmdline")" = rec-guard ]
	# The signals that end a job do not end it.
	kill -TERM "$g"
	kill -INT "$g"
	kill -HUP "$g"
	kill -KILL "$g"
	another() { [ -n "$(guard "$pid")" ] && [ "$(guard "$pid")" != "$g" ]; }
	within another
	kill -KILL "$pid"
	finish
	within none "$mark"
	exec 9>&-
}

@test "rec-each: TERM, INT, HUP and QUIT end what tasks have started, and a rec-each within a task" {
	local mark="100004.$$" sig n

	seq 2 | rec-split >in.rec
	for sig in TERM INT HUP QUIT KILL; do
		n=$((128 + $(kill -l $sig)))
		# shellcheck disable=SC2016 # sh's own
		start bash -c 'ulimit -c 0; exec "$@"' - rec-each -j 2 sh -c 'seq 2 | rec-split | rec-each sh -c "sleep $1; sleep $1" >/dev/null' sh "$mark" <in.rec >out.rec 2>err
		# Each inner sh and its sleep, of four tasks, have the word within a longer one or alone.
		within waits "$mark" 4
		kill -$sig "$pid"
		finish
		[ "$status" -eq "$n" ]
		within none "$mark"
	done
}

@test "rec-each: a process that a task has left running is not ended if all has ended well" {
	local p

	echo x | rec-split >in.rec
	rec-each sh -c 'sleep 100005 >/dev/null 2>&1 3>&- & echo $! >left' <in.rec >out.rec
	p=$(<left)
	kill -0 "$p"
	[ "$(readlink "/proc/$p/exe")" = "$(readlink -f "$(type -P sleep)")" ]
	kill "$p"
}

@test "rec-each: a stop by the terminal reaches the tasks, and they continue with it" {
	local each task

	echo x | rec-split >in.rec
	mkfifo pids never
	exec 9<>pids
	# shellcheck disable=SC2016 # bash's and sh's own
	start bash -c 'set -m; rec-each sh -c "echo \$\$ >pids; exec sleep 100006" <in.rec >out.rec 2>err 9>&- & echo $! >pids; read -r x <never' 2>/dev/null
	read -r -t "$patience" each <&9
	read -r -t "$patience" task <&9
	[ "$(<"/proc/$each/comm")" = rec-each ] || { p=$each each=$task task=$p; }
	stat_of() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$each/status" "/proc/$task/status" | tr -d '\n'; }
	for _ in 1 2; do
		kill -TSTP "$each"
		within eval '[ "$(stat_of)" = TT ]'
		kill -CONT "$each"
		within eval '[ "$(stat_of)" = SS ]'
	done
	kill -TERM "$each"
	within ended "$each"
	within ended "$task"
	exec 9>&-
}

@test "rec-each: a stop by the terminal while tasks are being born stops it, and it continues later" {
	local each i

	seq 100000 | rec-split >in.rec
	mkfifo pids never
	exec 9<>pids
	# shellcheck disable=SC2016 # bash's own
	start bash -c 'set -m; rec-each -j 2 true <in.rec >out.rec 2>err 9>&- & echo $! >pids; read -r x <never' 2>/dev/null
	read -r -t "$patience" each <&9
	within eval '[ -n "$(guard "$each")" ]'
	for ((i = 0; i < 100; i++)); do
		# To all of its process group, as Ctrl-Z does it. A child that runs no program yet
		# belongs to that, too.
		kill -TSTP -- "-$each"
		within grep -q '^State:.T' "/proc/$each/status"
		kill -CONT -- "-$each"
	done
	kill -TERM "$each"
	within ended "$each"
	exec 9>&-
}

@test "rec-each: a task that wants the terminal fails, and does not hang" {
	local task

	type -P script >/dev/null || skip 'script is not installed: apt-get install bsdutils'
	echo x | rec-split >in.rec
	for task in 'read x </dev/tty' 'stty -echo </dev/tty' 'trap "" TERM; sh -c "read x </dev/tty"; sleep 100'; do
		cat >run <<-EOT
			rec-each sh -c '$task' <in.rec >out.rec 2>err
			echo \$? >status
		EOT
		timeout "$patience" script -qec 'bash run' /dev/null </dev/null >/dev/null
		[ "$(<status)" -eq 65 ]
		grep -qx 'rec-each: position 0: killed by signal [0-9]* ([A-Za-z]*), because it wanted to use the terminal' err
	done
}

@test "rec-each: --timeout: KILL reaches what a task has started that outlives it, also while others go on" {
	local n pid

	seq 2 | rec-split >in.rec
	# shellcheck disable=SC2016 # the tasks' own
	run -1 --separate-stderr rec-each -j 1 --timeout 300ms --else /dev/null bash -c \
		'read -r n; (trap "" TERM; echo $BASHPID >pid.$n; exec sleep 1000)& exec sleep 1000' <in.rec
	for n in 1 2; do
		read -r pid <pid.$n
		within sh -c "! grep -qs '^State:' /proc/$pid/status || grep -q '^State:.Z' /proc/$pid/status"
	done
}

@test "rec-each: a record is said to be in an output only if that has not failed" {
	seq 3 | rec-split >in.rec
	for other in /dev/full cmd:'cat >/dev/null; exit 3'; do
		run -74 --separate-stderr rec-each --else "$other" -j 1 false <in.rec
		[[ $stderr = *'position 0: exit status 1'* && $stderr != *'in /dev/full'* && $stderr != *'are in'* ]]
	done
	run -1 --separate-stderr rec-each --else other.rec -j 1 false <in.rec
	[[ $stderr = *'3 tasks failed in all, and their records are in other.rec' ]]
}

# orders: a table of three rows in o.csv.
orders() {
	printf 'id,price\n1,5\n2,"a\nb"\n3,7\n' >o.csv
}

@test "rec-each: a process gets the table's header with --in csv, and rows alone in lines" {
	orders
	rec-split -f csv -H o.csv >o.rec
	rec-each -k cat <o.rec | rec-join | same - <(sed 1d o.csv)
	rec-each -k --in lines cat <o.rec | rec-join | same - <(sed 1d o.csv)
	rec-each -k --in csv cat <o.rec | rec-join >out
	printf 'id,price\n1,5\nid,price\n2,"a\nb"\nid,price\n3,7\n' | same - out
	rec-each -k -N 2 --in csv cat <o.rec | rec-join >out
	printf 'id,price\n1,5\n2,"a\nb"\nid,price\n3,7\n' | same - out
	rec-each -k -N 2 --in csv --no-header cat <o.rec | rec-join | same - <(sed 1d o.csv)
	# Ends of rows stay, and csv says any csv.
	printf 'a;b\r\n1;2\r\n3;4' | rec-split -f 'csv:;' -H | rec-each -N 9 --in csv sh -c 'cat >got'
	printf 'a;b\r\n1;2\r\n3;4' | same - got
	# What is not asked for has no table.
	for args in '' '--in lines' '--in csv' '--in csv --out csv --no-header' '--out csv' '--in json'; do
		# shellcheck disable=SC2086
		rec-each -k $args true <o.rec 2>err | mkstream dump >blocks || :
		[ "$(grep -c ^table blocks)" = 0 ]
	done
	# Records that are words of COMMAND have no header.
	rec-each -k --in csv --out csv echo {} <o.rec | mkstream dump >blocks
	[ "$(grep -c ^table blocks)" = 0 ]
}

@test "rec-each: --out csv or tsv takes the first record of each task as the table of the output" {
	orders
	rec-split -f csv -H o.csv >o.rec
	for args in -k '-k -N 2' '-k -N 9'; do
		# shellcheck disable=SC2086
		rec-each $args --in csv --out csv cat <o.rec | rec-join | same o.csv -
	done
	rec-each -j 4 --in csv --out csv cat <o.rec | rec-filter -c where '.price > 4' >n
	[ "$(<n)" = 3 ]
	rec-each -k --in csv --out tsv sh -c 'echo "n	size"; printf "1	"; wc -c' <o.rec | rec-join >out
	printf 'n\tsize\n1\t13\n1\t17\n1\t13\n' | same - out
	# A header alone, in one task; nothing at all in another.
	rec-each -k --in csv --out csv sh -c 'case $REC_POSITION in 0) printf "x,y" ;; 1) ;; *) printf "x,y\n5,6" ;; esac' <o.rec |
		rec-join >out
	printf 'x,y\n5,6\n' | same - out
	# Ends of rows are those that the process wrote.
	rec-each -k --in csv --out csv-crlf sh -c 'printf "x,y\r\n1,2\r\n"' <o.rec | rec-join >out
	printf 'x,y\r\n1,2\r\n1,2\r\n1,2\r\n' | same - out
	# The output's records have their positions.
	rec-each -k --in csv --out csv cat <o.rec | rec-each -k --in csv --out csv cat | rec-join | same o.csv -
}

@test "rec-each: tasks whose headers differ are 65, or go to --else" {
	orders
	rec-split -f csv -H o.csv >o.rec
	statuses 'rec-each -k -j 1 --in csv --out csv sh -c "sed \"1s/price/p\$REC_POSITION/;1s/p0/p1/\"" <o.rec | rec-join'
	[ "$statuses" = '65 65' ]
	printf 'id,p1\n1,5\n2,"a\nb"\n' | same - out
	grep -qx 'rec-each: position 2: the header of its output differs from that of position 0: column 2 is "p2", not "p1"' err
	statuses 'rec-each -k -j 1 --in csv --out csv --else csv:else.csv sh -c "sed \"1s/price/p\$REC_POSITION/;1s/p0/p1/\"" <o.rec | rec-join'
	[ "$statuses" = '1 0' ]
	printf 'id,p1\n1,5\n2,"a\nb"\n' | same - out
	printf 'id,price\n3,7\n' | same - else.csv
	statuses 'rec-each -k -j 1 --in csv --out tsv sh -c "echo; echo x" <o.rec | rec-join'
	[ "$statuses" = '65 65' ]
	grep -q 'position 0: its output: its first record is empty, and no header' err
}

@test "rec-each: --in with another format than the table's refuses before a process runs" {
	orders
	for framing in tsv json 'csv:;'; do
		statuses "rec-split -f csv -H o.csv | rec-each --in '$framing' touch ran | rec-join"
		[ "$statuses" = '0 65 65' ]
		mend=": put rec-map to $framing before it"
		[ "$framing" != 'csv:;' ] || mend=' with the separator ",": the framing csv writes that'
		grep -qxF "rec-each: --in $framing: the records are CSV$mend" err
		[ ! -e ran ]
	done
	printf 'a\tb\n1\t2\n' >t.tsv
	statuses "rec-split -f tsv -H t.tsv | rec-each --in csv touch ran | rec-join"
	[ "$statuses" = '0 65 65' ]
	grep -qx 'rec-each: --in csv: the records are TSV: put rec-map to csv before it' err
}

@test "rec-each: --else has the table of the input, and failed tasks their rows" {
	orders
	statuses "rec-split -f csv -H o.csv | rec-each -k --else csv:else.csv sh -c 'cat; [ \$REC_POSITION != 1 ]' | rec-join"
	[ "$statuses" = '0 1 0' ]
	printf '1,5\n3,7\n' | same - out
	printf 'id,price\n2,"a\nb"\n' | same - else.csv
	statuses "rec-split -f csv -H o.csv | rec-each -k --else csv:else.csv true | rec-join"
	[ "$statuses" = '0 0 0' ]
	printf 'id,price\n' | same - else.csv
}
