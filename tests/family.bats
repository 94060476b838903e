# family: rules for every command. Each check goes through all of cmd/*.c, so a new command is held
# to the rules from the day it is added. All that it needs is a row here:
#
#   reads      bytes or records, from standard input; -: the command is a device, whose verbs do either; its own tests check that
#   writes     records, or bytes or text (at the end of a record stream), to standard output
#   positions  keep: those of its input's records; new: 0, 1, 2 and so on; -: it writes no records
#   arguments  with which every record comes through, in its order

load helper

table='
command     reads    writes   positions  arguments
rec-split   bytes    records  new
rec-filter  records  records  keep       locate //
rec-take    records  records  keep       5k
rec-drop    records  records  keep       0
rec-between records  records  keep       // //
rec-around  records  records  keep       -C 0 locate //
rec-sample  records  records  keep       --every 1
rec-map     records  records  keep       cut 1-*
rec-unique  records  records  keep       first
rec-sort    records  records  new        w999
rec-tee     records  records  keep       --until any /dev/null
rec-meter   records  records  keep       -q
rec-fanin   records  records  keep       -k -
rec-only    records  records  keep       locate rec-filter locate //
rec-fanout  records  records  keep       -k -j 2 rec-filter locate //
rec-route   records  records  keep       locate -
rec-lookup  records  records  keep       -v w1 lines:/dev/null
rec-each    records  records  keep       -k env -u LD_PRELOAD cat
rec-reduce  records  records  keep       -N 1 first
rec-join    records  bytes    -
rec-view    records  text     -
rec-shm     -        -        -          list
rec-queue   -        -        -          stat .
'

# Commands that put nothing out before their input ends.
gathers=' rec-sort '

# What each command that reads and writes records does with the table of its input (rec-stream(5)):
#
#   table  keep: its output has it, and with the arguments above the bytes come through; own: what it
#          runs writes the output, and its own tests check that
#   union  split: the records come out at standard output or at OUT; copy: at both; -: it has no other
#          output
#   arguments with which another output, OUT, gets records
# shellcheck disable=SC2016 # no variables of the shell
tables='
command     table  union  arguments
rec-filter  keep   split  --else OUT locate /7/
rec-take    keep   split  --else OUT 1
rec-drop    keep   split  --else OUT 1
rec-between keep   split  --else OUT /7/ 1
rec-around  keep   split  --else OUT -A 0 locate /7/
rec-sample  keep   split  --else OUT --every 2
rec-map     own    -
rec-unique  keep   split  --else OUT first
rec-sort    keep   -
rec-reduce  own    -
rec-tee     keep   copy   OUT
rec-meter   keep   -
rec-fanin   keep   -
rec-only    keep   -
rec-fanout  keep   -
rec-route   keep   split  locate,/7/ OUT
rec-lookup  keep   split  --else OUT -v 1-* cmd:echo,1,7|rec-split
rec-each    own    -
'

# Arguments with which it shows if a header is counted, judged, compared or drawn: what comes out depends
# on how many records there are, on which is the first or the last, and on what is in them. Commas are
# spaces in an argument; what comes to OUT counts, too.
asks='
rec-filter  -c locate //
rec-filter  -c locate /7/
rec-filter  -c -v locate /i/
rec-filter  -n 1 locate //
rec-filter  --else OUT locate /i/
rec-filter  --else OUT where POS,>,0
rec-take    1
rec-take    last 2
rec-take    --else OUT until locate /7/
rec-take    --else OUT while locate /i/
rec-drop    1
rec-drop    last 2
rec-drop    --else OUT until locate /7/
rec-between --else OUT /7/ 1
rec-between -v --else OUT /i/ /7/
rec-around  --else OUT -B 1 locate /7/
rec-around  --else OUT -A 1 -n 2 locate /i/
rec-sample  --else OUT --every 2
rec-sample  --else OUT --rate 50% --seed 3
rec-sample  --reservoir 2 --seed 3
rec-map     print POS
rec-unique  --else OUT first
rec-unique  --else OUT last
rec-unique  --else OUT singles
rec-unique  --else OUT --all first w1
rec-sort    w1:r
rec-sort    -n 1
rec-sort    --tac
rec-sort    --random --seed 3
rec-reduce  count
rec-tee     --until any OUT
rec-tee     --slow skip OUT
rec-meter   -q --rate 1000Mrec/s
rec-fanin   -
rec-fanin   --any -
rec-fanin   -k -
rec-fanin   --round-robin - file
rec-fanin   --zip --overlay --until any - file
rec-only    locate,/7/ rec-filter locate /1/
rec-only    nlocate,/i/ rec-take 1
rec-fanout  -k -j 2 -N 1 rec-filter locate /7/
rec-fanout  -k -j 2 --round-robin rec-filter locate /7/
rec-fanout  -k -j 3 --key w1 rec-filter nlocate /i/
rec-fanout  --round-robin -N 1 --to OUT --to cmd:cat,>/dev/null
rec-route   locate,/7/ OUT
rec-route   nlocate,/i/ - OUT
rec-lookup  --semi --else OUT 1-* cmd:echo,1,7|rec-split
rec-each    -k env -u LD_PRELOAD cat
rec-each    -k -N 2 env -u LD_PRELOAD wc -l
rec-join    -f netstring
rec-join    -f u32le
rec-view    --no-table
rec-view    -n 1 --no-table
'

# row_of TABLE COMMAND: sets $row to the rest of the command's first line there, or to nothing.
row_of() {
	row=$'\n'$1
	[[ $row == *$'\n'"$2 "* ]] || {
		row=
		return
	}
	row=${row#*$'\n'"$2 "}
	row=${row%%$'\n'*}
	row=${row#"${row%%[! ]*}"}
}

# each CHECK: runs CHECK for every command, with its row in $command, $reads, $writes, $keeps and
# ${args[@]}. $input is a file of the records alpha and beta as the command reads them; $x is the
# command and its arguments as text for a shell. CHECK counts its cases by right, or by try and
# holds, which call it, and complains by wrong.
each() {
	local check=$1 source row -

	set +T # bats notes each line that runs, which takes longer than the line
	rights=0 wrongs=0 turn=0 untried=() taken=()
	mkstream data:0:alpha,beta end >good
	printf 'alpha\nbeta\n' >text
	for source in "$repo"/cmd/*.c; do
		command=${source##*/}
		command=${command%.c}
		row_of "$table" "$command"
		[ -n "$row" ] || {
			wrong "it has no row in the table at the head of tests/family.bats"
			continue
		}
		[ -x "$BUILD/bin/$command" ] || {
			wrong "$BUILD/bin/$command is not built"
			continue
		}
		read -r reads writes keeps row <<<"$row"
		read -ra args <<<"$row"
		case $reads.$check in
		-.has_parts | -.help_is_synopsis | -.page_has_options | -.shows_version | -.refuses_options) ;;
		-.*) continue ;;
		esac
		input=good
		[ "$reads" = records ] || input=text
		x="$command ${args[*]}"
		"$check"
		turn=$((turn + 1))
	done
	verdict
}

declare -gA untried taken

# in_turn N WORD ...: sets $chosen to N of the words, each time those that follow, because all
# commands share the code that tells these words apart. Lists of one test differ in length, by which
# verdict knows whether all words were tried.
in_turn() {
	local n=$1 i at

	shift
	chosen=()
	at=${taken["$#"]-0}
	for ((i = 0; i < $#; i++)); do
		: "${untried["$#:$i"]=yes}"
	done
	for ((i = at; i < at + n; i++)); do
		chosen+=("${@:i % $# + 1:1}")
		untried["$#:$((i % $#))"]=
	done
	taken["$#"]=$((at + n))
}

# verdict: all went well, there was something to check, and no word of in_turn was left out.
verdict() {
	local word

	for word in "${!untried[@]}"; do
		[ -z "${untried[$word]}" ] || wrong "of the words in turn, length:index, this was not tried: $word"
	done
	echo "$rights right, $wrongs wrong"
	[ "$rights" -gt 0 ] && [ "$wrongs" -eq 0 ]
}

right() {
	rights=$((rights + 1))
}

wrong() {
	wrongs=$((wrongs + 1))
	echo "$command: $*"
}

# holds WHAT CMD...: CMD succeeds, or WHAT is what is wrong.
holds() {
	if "${@:2}"; then
		right
	else
		wrong "$1"
	fi
}

# try STATUS LINES [ARGUMENT...]: the command with these arguments ends with STATUS after LINES
# lines on standard error that begin with its name. Output goes to the file out, or to $to (- is
# nowhere: closed); messages go to the file err.
try() {
	local want=$1 want_lines=$2 got=0 fine=1

	shift 2
	if [ "${to-}" = - ]; then
		"$command" "$@" >&- 2>err || got=$?
	else
		"$command" "$@" >"${to:-out}" 2>err || got=$?
	fi
	judge "$*" "$want" "$want_lines" "$got"
}

# lacks PATTERN FILE: no line of the file has it.
lacks() {
	! LC_ALL=C grep -qa -e "$1" "$2"
}

judge() {
	local fine=1 said=() line named=0

	# Without a process of its own: the family's checks are thousands.
	mapfile -t said <err
	for line in "${said[@]}"; do
		[[ $line != "$command: "* ]] || named=$((named + 1))
	done
	[ "$4" -eq "$2" ] || fine=
	[ "${#said[@]}" -eq "$3" ] || fine=
	[ "$named" -eq "$3" ] || fine=
	if [ "$fine" ]; then
		right
	else
		wrong "$1: status $4 where $2 is wanted; of lines that begin \"$command: \" $3 are wanted and this came: $(head -c 2000 err)"
	fi
}

# records_are FILE LINES: the records of the stream in the file are these lines (see mkstream
# records); else it says what is wrong.
records_are() {
	local got

	got=$(mkstream records <"$1") || :
	[ "$got" = "$2" ] && return
	echo "in $1: $got"
	echo "wanted: $2"
	return 1
}

# ---- the parts of a command ----

has_parts() {
	holds "there is no page man/$command.1" test -s "$repo/man/$command.1"
	holds "there are no tests in tests/$command.bats" test -s "$repo/tests/$command.bats"
	holds "man/rec.7 does not name it" grep -qsw -e "$command" "$repo/man/rec.7"
	[ -s "$repo/tests/$command.bats" ] || return 0
	# shellcheck disable=SC2016 # awk's own
	holds "a test's title does not begin with its name" \
		awk -v name="$command" '/^@test/ { n++; if (index($2, name) != 2) exit 1 } END { exit n == 0 }' \
		"$repo/tests/$command.bats"
}

@test "family: each command has a page and tests, and each row of the table a command" {
	each has_parts
	while read -r command row; do
		case $command in
		'' | command) continue ;;
		esac
		holds "it is in the table, but there is no cmd/$command.c" test -s "$repo/cmd/$command.c"
	done <<<"$table"
	verdict
}

# synopsis PAGE: the SYNOPSIS of a page as text: the macros of mdoc(7) that may occur there, spaced
# as its formatter does it.
synopsis() {
	awk '
	function emit(text) {
		line = line (line == "" || close_up ? "" : " ") text
		close_up = 0
	}
	function macros(n,   i, macro, more, behind) {
		for (i = 1; i <= n; i++) {
			w = word[i]
			more = i < n && !(word[i + 1] in callable)
			if (w == "Op" || w == "Brq") {
				emit(w == "Op" ? "[" : "{")
				close_up = 1
				behind = (w == "Op" ? "]" : "}") behind
			} else if (w == "Oo" || w == "Bro") {
				emit(w == "Oo" ? "[" : "{")
				close_up = 1
			} else if (w == "Oc" || w == "Brc") {
				close_up = 1
				emit(w == "Oc" ? "]" : "}")
			} else if (w == "Ns") {
				close_up = 1
			} else if (w in callable) {
				macro = w
				if (w == "Nm" && !more)
					emit(name)
				else if (w == "Fl" && !more)
					emit("-")
				else if (w == "Ar" && !more)
					emit("file ...")
			} else if (w ~ /^[].,:;)?!]$/) {
				close_up = 1
				emit(w)
			} else if (w ~ /^[[(]$/) {
				emit(w)
				close_up = 1
			} else {
				emit((macro == "Fl" && w != "|" ? "-" : "") w)
			}
		}
		for (i = 1; i <= length(behind); i++) {
			close_up = 1
			emit(substr(behind, i, 1))
		}
	}
	BEGIN {
		split("Nm Op Oo Oc Fl Ar Cm Ic Ns No Li Pa Ev Sy Em Brq Bro Brc", list, " ")
		for (i in list)
			callable[list[i]] = 1
	}
	/^\.Nm / && name == "" { name = $2 }
	/^\.Sh/ { inside = $2 == "SYNOPSIS"; next }
	!inside || /^\.\\"/ || /^\.(Pp|Bk|Ek)/ { next }
	{
		gsub(/\\&/, "")
		gsub(/\\-/, "-")
		gsub(/"/, "")
		begins = sub(/^\./, "")
		n = split($0, word, " ")
		if (begins && !(word[1] in callable)) {
			print "the macro " word[1] " is not known to tests/family.bats"
			exit
		}
		if (begins)
			macros(n)
		else
			for (i = 1; i <= n; i++)
				emit(word[i])
	}
	END { print line }' "$1"
}

help_is_synopsis() {
	local page usage

	[ -f "$repo/man/$command.1" ] || {
		wrong "there is no page man/$command.1"
		return
	}
	page=$(synopsis "$repo/man/$command.1")
	try 0 0 -h </dev/null
	usage=$(sed -n '1s/^usage://; /^$/q; p' out | tr -s '[:space:]' ' ')
	usage=${usage# }
	holds "-h and the page's SYNOPSIS differ:"$'\n'"${usage% }"$'\n'"$page" test "${usage% }" = "$page"
	cp out long
	try 0 0 --help </dev/null
	holds "-h and --help differ" same out long
}

@test "family: -h prints the SYNOPSIS of the page" {
	printf '.Nm rec-x\n.Sh SYNOPSIS\n.Nm\n.Op Fl ab | Fl -long\n.Fl n Ns Ar N\n.Oo\n.Ar A ,\n.Cm b Oc\n.Nm rec-x Op Ar\n' >page
	[ "$(synopsis page)" = 'rec-x [-ab | --long] -nN [A, b] rec-x [file ...]' ]
	each help_is_synopsis
}

# Every option that -h shows is explained in the page, and the other way round; but rec(7) explains
# those that all commands have.
page_has_options() {
	local option

	[ -f "$repo/man/$command.1" ] || {
		wrong "there is no page man/$command.1"
		return
	}
	"$command" -h | sed 1d | grep -oE -- '(^| )--?[a-zA-Z0-9][a-z-]*' | tr -d ' ' | sort -u >in_help
	sed 's/\\&//g; s/\\-/-/g' "$repo/man/$command.1" | awk '
		/^\.It / {
			of = 0
			for (i = 2; i <= NF; i++)
				if ($i ~ /^[A-Z][a-z]$/)
					of = $i == "Fl"
				else if (of && $i !~ /^[,|]$/)
					print "-" $i
		}' | sort -u >in_page
	holds "-h does not show all of -h, --help, -V and --version" \
		test "$(grep -cxE -e '-h|--help|-V|--version' in_help)" -eq 4
	while read -r option; do
		case $option in
		-h | --help | -V | --version) continue ;;
		esac
		holds "-h has $option, the page's OPTIONS do not" grep -qx -e "$option" in_page
	done <in_help
	while read -r option; do
		holds "the page's OPTIONS have $option, -h does not" grep -qx -e "$option" in_help
	done <in_page
}

@test "family: the options of -h are those of the page" {
	each page_has_options
	[ "$rights" -gt 16 ]
}

shows_version() {
	try 0 0 -V </dev/null
	holds "-V prints: $(<out)" grep -qxE "$command [0-9]+\.[0-9]+\.[0-9]+" out
	cp out short
	try 0 0 --version </dev/null
	holds "-V and --version differ" same out short
}

@test "family: -V prints name and version" {
	each shows_version
}

# ---- wrong usage: 64, one line, nothing read and nothing written ----

refuses_options() {
	local option

	try 64 1 --no-such-option "${args[@]}" <"$input"
	holds "--no-such-option: the message does not name it" says '--no-such-option'
	holds "--no-such-option: something was written" test ! -s out
	try 64 1 '-~' "${args[@]}" <"$input"
	holds "-~: the message does not name it" says '-~'
	try 64 1 --help=yes <"$input"
	# Options with an argument are those that -h shows with a word in capitals after them.
	for option in $("$command" -h | grep -oE -- '--?[a-z0-9][a-z0-9-]*,? (--[a-z-]+ )?[A-Z]{1,}' |
		sed 's/,* .*//' | grep -xE -- '-[^-]|--.*' | sort -u); do
		try 64 1 "$option" <"$input"
		holds "$option: the message does not name it" says "$option"
		with_argument=$((with_argument + 1))
	done
}

@test "family: a wrong option and a missing argument of an option are 64 and one line" {
	with_argument=0
	each refuses_options
	[ "$with_argument" -ge 4 ]
}

# A pipe for records gets an end mark that tells the next command; a pipe for text gets nothing.
ends_wrong_usage() {
	local words

	if [ "$writes" != records ]; then
		statuses "$command --no-such-option ${args[*]} <$input | cat"
		holds "it writes something else into a pipe" test ! -s out
		return
	fi
	# A file stays as it is: see refuses_options.
	for words in '--no-such-option' "-~ ${args[*]}" "$(printf '%q' $'--no\x9b\n')"; do
		statuses "$command $words <$input | rec-join"
		holds "$words: $statuses" test "$statuses" = '64 65'
		sed -n "s/ ($command -h shows the usage)\$//p" err >told
		sed -n 's/^rec-join: standard input: its producer failed: //p' err >passed
		holds "$words: the next command does not tell why: $(<err)" test -s told -a "$(lines err)" -eq 2
		holds "$words: the next command tells something else: $(<err)" same told passed
	done
	REC_MAX=12x statuses "$x <$input | env -u REC_MAX rec-join"
	holds "REC_MAX=12x: $statuses" test "$statuses" = '64 65'
	holds "REC_MAX=12x: the next command does not tell: $(<err)" grep -q '^rec-join: .*REC_MAX' err
	statuses "$command -h --no-such-option <$input | cat"
	holds "-h and a wrong option" lacks '[^ -~]' out
	statuses "$command --no-such-option -h <$input | cat"
	holds "a wrong option and -h" test ! -s out
	statuses "$command --no-such-option <$input | true"
	holds "nobody reads the end mark: $statuses" test "$statuses" = '64 0' -a "$(lines err)" -eq 1
}

@test "family: wrong usage ends a stream in a pipe with its reason" {
	each ends_wrong_usage
	# Names after -- are no options, as in a folder with a file called --help.
	touch -- --help 'cmd:true'
	statuses "rec-split -- --help cmd:true | rec-join"
	[ "$statuses" = '64 65' ]
	grep -q '^rec-join: standard input: its producer failed: rec-split: cmd:true: a file of that name exists' err
}

refuses_settings() {
	REC_MAX=12x try 64 1 "${args[@]}" <"$input"
	holds "REC_MAX=12x: the message does not name it" says REC_MAX
	REC_CHECKSUM=2 try 64 1 "${args[@]}" <"$input"
	holds "REC_CHECKSUM=2: the message does not name it" says REC_CHECKSUM
	REC_SCAN=best try 64 1 "${args[@]}" <"$input"
	holds "REC_SCAN=best: the message does not name it" says REC_SCAN
	REC_MAX=3 try 65 1 "${args[@]}" <"$input"
	holds "REC_MAX=3: the message does not name it" says REC_MAX
}

@test "family: a wrong setting in the environment is 64 and one line, a record above REC_MAX 65" {
	each refuses_settings
}

refuses_terminal() {
	local line

	[ "$reads" = records ] || return 0
	printf -v line '%q ' "$command" "${args[@]}"
	script -qec "$line >out 2>err; echo \$? >status" /dev/null </dev/null >/dev/null
	judge "a terminal as standard input" 64 1 "$(<status)"
	holds "the message does not name rec-split" says rec-split
	holds "something was written" test ! -s out
}

@test "family: a terminal as standard input is 64, and the message names rec-split" {
	needs_terminal
	each refuses_terminal
}

# ---- endpoints ----

# The ways in which commands take an endpoint, EP: as an output (out) or an input (in), and words
# with which they do.
# shellcheck disable=SC2016 # what is in it is for eval
ways='
rec-split    in   EP
rec-view     in   EP
rec-fanin    in   EP
rec-fanin    in   -k EP
rec-filter   out  --else EP locate //
rec-take     out  --else EP 5
rec-drop     out  --else EP 0
rec-between  out  --else EP // //
rec-around   out  --else EP -C 1 locate //
rec-sample   out  --every 1 --else EP
rec-map      out  --else EP cut 1-*
rec-unique   out  --else EP
rec-split    out  -f csv --bad EP
rec-join     out  --bad EP
rec-each     out  --else EP cat
rec-tee      out  EP
rec-route    out  ["locate //"] EP
rec-lookup   out  --else EP -v w1 lines:/dev/null
rec-reduce   out  --else EP -N 1 first
rec-lookup   in   --left w1 EP
rec-fanout   out  --to EP
rec-queue    out  send --else EP "$queue"
'

# ways CHECK: runs CHECK for every way, with $command, $way and ${args[@]}, in which EP is the
# endpoint. Each command whose -h has ENDPOINT has a way.
ways() {
	local check=$1 source words -

	set +T
	rights=0 wrongs=0 turn=0 untried=() taken=()
	mkstream data:0:alpha,beta end >good
	printf 'alpha\nbeta\n' >text
	queue=$PWD/queue # as a way has it
	rec-queue create "$queue"
	for source in "$repo"/cmd/*.c; do
		command=${source##*/}
		command=${command%.c}
		! "$command" -h | grep -q ENDPOINT || holds "it has no row among the ways of tests/family.bats" grep -q "^$command " <<<"$ways"
	done
	while read -r command way words; do
		[ -n "$command" ] || continue
		eval "args=(${words//[][]/})"
		input=good
		[ "$command" != rec-split ] || input=text
		"$check"
		turn=$((turn + 1))
	done <<<"$ways"
	verdict
}

# with EP: the arguments with that endpoint.
with() {
	local i

	words=("${args[@]}")
	for i in "${!words[@]}"; do
		[ "${words[i]}" != EP ] || words[i]=$1
	done
}

names_a_file() {
	local name words chosen

	rm -f ./*:*
	in_turn 4 cmd:'>ran' "cmd:cat $input" fd:0 fd:1 fd:x append:x fifo:x shm:x 'shm:a b' cmd: fd:
	for name in "${chosen[@]}"; do
		: >"$name"
		with "$name"
		try 64 1 "${words[@]}" <"$input"
		holds "$name: the message does not say so: $(<err)" says "$name: a file of that name exists: write ./$name for the file"
		holds "$name: it was used" test ! -s "$name" -a ! -e ran -a ! -s out -a ! -e x
		# A link that points nowhere is as good a name.
		rm "$name"
		ln -s nowhere "$name"
		try 64 1 "${words[@]}" <"$input"
		rm "$name"
	done
	mkdir 'cmd:cat '
	cp "$input" 'cmd:cat /in'
	with 'cmd:cat /in'
	try 64 1 "${words[@]}" <"$input"
	rm -r 'cmd:cat '
	# With its directory before it, it is the file, and so is a name that begins with any other
	# word.
	in_turn 2 ./cmd:x ./fd:1 clangd:amd64.list a: CMD:x
	for name in "${chosen[@]}"; do
		[ "$way" = out ] || cp "$input" "$name"
		with "$name"
		# If a file is made under a name that could be a misspelt endpoint, a message says
		# so.
		case $way$name in
		out[a-z]*) try 0 1 "${words[@]}" <"$input" ;;
		*) try 0 0 "${words[@]}" <"$input" ;;
		esac
		holds "$name: the file was not used" test -s "$name"
		try 0 0 "${words[@]}" <"$input"
		rm "$name"
	done
}

@test "family: a name that looks like an endpoint but is that of a file is refused, any other is a file" {
	ways names_a_file
	[ "$rights" -gt 300 ]
}

# A number that the command itself has given to another endpoint is not that of an inherited
# descriptor.
has_own_descriptor() {
	local words number st

	# rec-lookup has one such operand.
	[ "$way" = out ] || [ "$command" = rec-lookup ] && return 0
	for number in 3 4 5 6; do
		with "fd:$number"
		"$command" "${words[@]:0:${#words[@]}-1}" "./$input" "fd:$number" <"$input" >out 2>err 3>&- 4>&- 5>&- 6>&- && st=0 || st=$?
		judge "./$input fd:$number" 66 1 "$st"
	done
	with "fd:5"
	[ "$command" = rec-split ] || return 0
	"$command" fd:5 fd:5 5<"$input" >out 2>err && st=0 || st=$?
	judge "fd:5 fd:5" 66 1 "$st"
}

@test "family: fd:N is an inherited descriptor, not one of the command's own" {
	ways has_own_descriptor
	[ "$rights" -gt 12 ]
}

# apart REDIRECTIONS: the command with ${words[@]} and these redirections refuses to read and write
# one file at once, and the file is unchanged.
apart() {
	local line

	cp "$input" file
	printf -v line '%q ' "$command" "${words[@]}"
	statuses "$line$1"
	judge "$line$1" 64 1 "$statuses"
	holds "$line$1: the message does not say it: $(<err)" says 'is the same file, which cannot be read and written at once'
	holds "$line$1: the file has changed" same "$input" file
}

reads_its_output() {
	local name words chosen

	rm -f file link hard
	: >file
	ln -s file link
	ln file hard
	in_turn 2 file link ./hard /dev/fd/7 fd:7
	for name in "${chosen[@]}"; do
		with "$name"
		if [ "$way" = in ]; then
			apart "7<file >>file"
			apart "7<file 1<>file"
			# rec-lookup has one such operand.
			[ "$command" != rec-lookup ] || continue
			words=("${words[@]::${#words[@]}-1}" - "${words[-1]}")
			apart "7<file <$input >>file"
		else
			apart "7<>file <file"
			apart "7<>file 0<>file"
		fi
	done
	if [ "$way" = in ] && [ "$command" != rec-lookup ]; then
		words=()
		[ "$command" = rec-fanin ] || apart "<file >>file"
		words=(-)
		apart "<file >>file"
		apart "0<>file >&0"
		# A file that is empty now may have grown when its turn comes.
		: >empty
		with empty
		words=("${words[@]::${#words[@]}-1}" "$input" "${words[-1]}")
		statuses "$(printf '%q ' "$command" "${words[@]}") >>empty"
		judge "${words[*]} >>empty" 64 1 "$statuses"
	elif [ "$way" = out ]; then
		with append:link
		apart '<file'
	fi
}

same_file() {
	local words=("${args[@]}")

	apart '<file >>file'
	apart '<file 1<>file'
}

@test "family: a file is not read and written at once" {
	each same_file
	ways reads_its_output
	[ "$rights" -gt 200 ]
}

doubts_its_name() {
	local name words instead chosen

	[ "$way" = out ] || return 0
	in_turn 4 a.csv a.tsv a.json a.jsonl a.ndjson a.txt a.log a.xml a.yaml a.html a.md A.CSV append:a.log ./b.rec.txt a.CSV
	for name in "${chosen[@]}"; do
		with "$name"
		try 0 1 "${words[@]}" <"$input"
		case $name in
		*.csv | *.CSV) instead="csv:$name writes CSV" ;;
		*.tsv) instead="tsv:$name writes TSV" ;;
		*.json) instead="json:$name writes JSON" ;;
		*.jsonl | *.ndjson) instead="jsonl:$name writes JSON, a value on each line" ;;
		append:*) instead="cmd:'rec-join >>FILE' adds bytes" ;;
		*) instead="lines:$name writes lines" ;;
		esac
		holds "$name: the message does not say so: $(<err)" \
			grep -qxF "$command: $name: a record stream is written there; $instead" err
		holds "$name: it was not written" test -s "${name#append:}"
	done
	mkfifo pipe.csv
	exec 9<>pipe.csv
	in_turn 2 a.rec csv a.csv.rec .csvx fd:9 pipe.csv ./csv
	for name in "${chosen[@]}"; do
		with "$name"
		try 0 0 "${words[@]}" <"$input"
	done
	exec 9>&-
	rm pipe.csv
}

@test "family: a record stream into a file whose name is that of text gives a warning" {
	ways doubts_its_name
	[ "$rights" -gt 150 ]
}

# No byte of the messages could control a terminal, whatever is named in them.
harmless() {
	local LC_ALL=C text='' line lines beyond=$'[!\n -~]'

	# To the end: read finds no NUL.
	if IFS= read -rd '' text <err || [[ $text == *$beyond* ]]; then
		wrong "$1: its messages are not harmless: $(od -c err | head -n 20)"
		return
	fi
	mapfile -t lines <<<"${text%$'\n'}"
	for line in "${lines[@]}"; do
		[[ $line =~ ^rec-[a-z]*:\ . ]] || wrong "$1: not each line begins with the name of a command: $text"
	done
	right
}

nasty=$'a\e[31m\n\r\x9b31m\xc2\x9bb\x7f\xff\xe2\x80\xae\xf0\x9f'

names_harmless() {
	local words
	local -x LC_ALL=C.UTF-8

	((turn % 2)) || LC_ALL=C
	with "missing/$nasty"
	try "$([ "$way" = in ] && echo 66 || echo 73)" 1 "${words[@]}" <"$input"
	harmless "a file's name"
	# If a long name is cut, the reason after it is not, in the end mark too.
	with "$(printf '%05000d' 0)"
	try "$([ "$way" = in ] && echo 66 || echo 73)" 1 "${words[@]}" <"$input"
	harmless "a long name"
	holds "a long name: no reason at the end" grep -q ': File *name too long$' err
	[[ $command = rec-@(view|fanout|join|queue) ]] || holds "a long name: no reason in the end mark" ends_with out ".*: File *name too long\$"
	with "cmd:exit 7; $nasty"
	"$command" "${words[@]}" <"$input" >out 2>all || :
	grep '^rec-' all >err
	harmless "a command"
	with "shm:$nasty"
	try 64 1 "${words[@]}" <"$input"
	harmless "a wrong name"
}

words_harmless() {
	try 64 1 "--$nasty"
	harmless "an option"
	try 64 1 $'-\x9b'
	harmless "an option's letter"
	REC_MAX=$nasty try 64 1 "${args[@]}" <"$input"
	harmless "a setting"
	[ "$reads" = records ] || return 0
	mkstream data:0:alpha "end:3:rec-x: $nasty" >failed
	statuses "$x <failed | rec-join >/dev/null"
	harmless "the reason in an end mark"
	printf '%s' "$nasty" >text
	try 65 1 "${args[@]}" <text
	harmless "what is no record stream"
}

@test "family: messages hold nothing that could control a terminal" {
	for LC_ALL in C C.UTF-8; do
		each words_harmless
	done
	ways names_harmless
	[ "$rights" -gt 100 ]
}

# ---- outputs that fail ----

notices_lost_output() {
	local what

	to=/dev/full try 74 1 "${args[@]}" <"$input"
	to=- try 74 1 "${args[@]}" <"$input"
	for what in -h -V; do
		to=/dev/full try 74 1 $what </dev/null
		to=- try 74 1 $what </dev/null
	done
	REC_FAULT_WRITE=1:10:ENOSPC faulty 74 1 <"$input"
	REC_FAULT_WRITE=1:0:EIO faulty 74 1 <"$input"
	REC_FAULT_CLOSE=1:EIO faulty 74 1 <"$input"
	# Another process made the descriptor non-blocking.
	REC_FAULT_WRITE=1:10:EAGAIN faulty 0 0 <"$input"
	limited
}

# limited: the command's standard output is a file that may not grow. Messages go through a pipe,
# because the limit is for all files.
limited() {
	local got

	# shellcheck disable=SC2016 # bash's own
	{ bash -c 'ulimit -f 0 && exec "$@"' - "$command" "${args[@]}" <"$input" >limited 3>&- || echo "$?" >ended; } 2>&1 | cat >err
	got=$(cat ended 2>&1) || got=0
	rm -f ended
	judge "a limit of a file's size" 74 1 "$got"
}

# faulty STATUS LINES ...: as try, under the shim.
faulty() {
	local got=0 settings

	settings=$(compgen -v REC_FAULT | while read -r name; do printf '%s=%s ' "$name" "${!name}"; done)
	rm -f log
	REC_FAULT_LOG=$PWD/log fault "$command" "${args[@]}" >out 2>err || got=$?
	judge "$settings" "$1" "$2" "$got"
	# shellcheck disable=SC2016 # awk's own
	holds "$settings: the shim did nothing" awk '$1 + $2 + $3 > 0 { n++ } END { exit n == 0 }' log
}

@test "family: a full disk, a closed standard output and a failed write or close are 74 and one line" {
	each notices_lost_output
}

reader_goes() {
	local before='yes alpha |' reader='head -c 100 >/dev/null' last want

	# If it writes at the end of its input, the reader waits for nothing.
	[[ $gathers != *" $command "* ]] || reader=true

	[ "$reads" = bytes ] || before='yes alpha | rec-split |'
	[ "$writes" = records ] && last=0 || last=141
	[ "$reads" = bytes ] && want="141 $last 0" || want="141 0 $last 0"
	statuses "$before $x | $reader"
	holds "$before $x | $reader: $statuses, wanted $want" test "$statuses" = "$want"
	holds "the reader went, and it says: $(<err)" test ! -s err
	statuses "$before env --ignore-signal=PIPE $x | $reader"
	holds "where SIGPIPE is ignored: $statuses, wanted $want" test "$statuses" = "$want"
	holds "where SIGPIPE is ignored it says: $(<err)" test ! -s err
}

@test "family: a reader that wants no more ends records with 0 and bytes with SIGPIPE, in silence" {
	each reader_goes
}

# On a socket a reader that leaves may reset the connection; a lost link is another thing.
reader_resets() {
	local last n got

	[ "$writes" = records ] && last=0 || last=141
	for n in 0 30; do
		got=0
		"$BUILD/tools/reset" out $n "$command" "${args[@]}" <"$input" 2>err || got=$?
		# With a limit of 30 bytes all may have been written by then.
		[ $n -eq 0 ] || [ $got -ne 0 ] || got=$last
		judge "reset after $n bytes" $last 0 $got
	done
	[ "$writes" != records ] || REC_FAULT_WRITE=1:10:ECONNRESET faulty 0 0 <"$input"
	REC_FAULT_WRITE=1:10:ETIMEDOUT faulty 74 1 <"$input"
	REC_FAULT_WRITE=1:0:EHOSTUNREACH faulty 74 1 <"$input"
}

@test "family: a socket that its reader resets is a reader that wants no more, a lost link is 74" {
	each reader_resets
}

# The kernel reports the error once: a command that misses it takes what follows for the end.
input_resets() {
	local part

	: >nothing
	head -c 20 good >some
	for part in nothing some; do
		[ "$reads" = records ] || printf 'al' >some
		got=0
		"$BUILD/tools/reset" in $part "$command" "${args[@]}" >out 2>err || got=$?
		judge "reset after $part" 74 1 $got
		holds "reset after $part: the message does not say so" says 'Connection reset by peer'
		[ "$writes" != records ] || holds "reset after $part: the end mark does not tell" ends_with out "74 $command: "
	done
}

@test "family: a socket as input that is reset is 74, also if that came before the read" {
	each input_resets
}

# ---- inputs that are damaged ----

# Streams whose first block is whole and the rest is not, as words for mkstream; in the first three
# not even that is whole.
damaged=(
	'data:0:alpha cut:50'
	'data:0:alpha cut:1'
	'sum data:0:alpha end flip:41.3'
	'data:0:alpha'
	'data:0:alpha end cut:1'
	'data:0:alpha end cut:39'
	'data:0:alpha data:1:beta end cut:70'
	'data:0:alpha data:1:beta end flip:60.1'
	'data:0:alpha data:1:beta end flip:64.0'
	'data:0:alpha sum data:1:beta end flip:97.7'
	'data:0:alpha data:1:beta total:3 end'
	'data:0:alpha data:0:beta data:0:gamma end'
	'data:0:alpha raw:beta\nand_other_text_of_more_than_forty_bytes\n'
	'data:0:alpha switch data:1:beta end'
)

notices_damage() {
	local i words

	[ "$reads" = records ] || return 0
	for i in "${!damaged[@]}"; do
		words=${damaged[i]}
		try 65 1 "${args[@]}" <"damaged.$i"
		[ "$i" -lt 3 ] || holds "$words: what came whole is not there" grep -qa alpha out
		[ "$writes" != records ] || holds "$words: the end mark does not tell" ends_with out "65 $command: "
	done
	: >bad
	try 65 1 "${args[@]}" <bad
	holds "an empty input: the message does not say so" says 'no bytes'
	[ "$writes" != records ] || holds "an empty input: the end mark does not tell" ends_with out "65 $command: "
	try 65 1 "${args[@]}" </dev/null
}

# ends_with FILE PATTERN: the stream in the file ends with an end mark that begins so.
ends_with() {
	local got

	got=$(mkstream records <"$1") || :
	[[ ${got##*$'\n'} =~ ^end\ [0-9]*\ $2 ]]
}

@test "family: cut off, corrupted and empty input is 65 and one line, after what came whole" {
	local i words

	for i in "${!damaged[@]}"; do
		words=${damaged[i]}
		# shellcheck disable=SC2086 # a list of words
		mkstream $words >"damaged.$i"
		! mkstream records <"damaged.$i" >known || { echo "$words: a good stream"; false; }
	done
	each notices_damage
}

refuses_text() {
	[ "$reads" = records ] || return 0
	try 65 1 "${args[@]}" <text
	holds "the message does not name rec-split" says 'rec-split'
	holds "the message does not show how it begins" says 'alpha'
	printf 'x' >one
	try 65 1 "${args[@]}" <one
	holds "the message on a single byte does not name rec-split" says 'rec-split'
}

@test "family: plain text as input is 65, and the message names rec-split" {
	each refuses_text
}

cannot_read() {
	try 66 1 "${args[@]}" <.
	try 74 1 "${args[@]}" <&-
	REC_FAULT_READ=0:8:EIO faulty 74 1 <"$input"
	[ "$writes" != records ] || holds "the end mark does not tell" ends_with out "74 $command: "
}

@test "family: a directory as input is 66, a closed one and a failed read are 74, with one line" {
	each cannot_read
}

tells_failure() {
	local before="rec-split cmd:'echo alpha; exit 3' |" reason

	if [ "$reads" = bytes ]; then
		statuses "$x cmd:'echo alpha; exit 3' | rec-join"
		holds "$x cmd: $statuses" test "$statuses" = '65 65'
	elif [ "$writes" = records ]; then
		statuses "$before $x | rec-join"
		holds "$before $x | rec-join: $statuses" test "$statuses" = '65 65 65'
	else
		statuses "$before $x"
		holds "$before $x: $statuses" test "$statuses" = '65 65'
	fi
	holds "the record before the failure is not there" grep -q alpha out
	# The command that finds it reports it, and the last command reports it again.
	reason=$(sed -n '1s/^rec-split: //p' err)
	holds "the reason is not told twice: $(<err)" \
		test -n "$reason" -a "$(lines err)" -eq 2 -a "$(grep -cF -- "$reason" err)" -eq 2

	[ "$reads" = records ] || return 0
	mkstream data:0:alpha 'end:3:rec-x: it broke' >failed
	if [ "$writes" = records ]; then
		try 65 0 "${args[@]}" <failed
		holds "status and reason are not passed on" records_are out $'0=alpha\nend 1 3 rec-x: it broke'
	else
		try 65 1 "${args[@]}" <failed
		holds "the reason is not told" says 'rec-x: it broke'
	fi
}

@test "family: a failure upstream travels through, with its reason" {
	each tells_failure
}

# ---- watermarks ----

# watermarks_stay FILE MOST: the stream in the file has no watermark above MOST, in no block and not
# in its end mark.
watermarks_stay() {
	mkstream dump <"$1" >dumped || :
	[ "$(grep -c ' next=' dumped)" -gt 0 ] || {
		echo "$1 has no block with a watermark: $(<dumped)"
		return 1
	}
	awk -v most="$2" '
	match($0, / next=[0-9]+/) && substr($0, RSTART + 6, RLENGTH - 6) + 0 > most { print "a watermark above " most ": " $0; bad = 1 }
	END { exit bad }' dumped
}

# Records that were given up upstream stay given up: more records come, but the watermark stays at
# 1.
keeps_watermark() {
	if [ "$reads" != records ] || [ "$writes" != records ]; then
		return
	fi
	mkstream next:1 data:0:alpha,beta next:1 data:2:gamma next:1 end:65:why >held
	"$command" "${args[@]}" <held >out 2>err || :
	holds "it raises a watermark that stays" watermarks_stay out 1
	holds "it loses the records above a watermark that stays" test "$(mkstream records <out | grep -c =)" -eq 3
}

@test "family: a watermark that stays upstream is not passed" {
	each keeps_watermark
}

# Lines of: the highest watermark allowed, and a command that reads ten records from 0 on and fails
# to keep all of them. Each command that runs others, or has outputs besides standard output, must
# be here.
# shellcheck disable=SC2016 # for sh -c to expand
given_up='
0  rec-tee /dev/full
0  rec-tee other.rec /dev/full
0  rec-tee cmd:"exit 3"
0  rec-filter --else /dev/full locate /1/
0  rec-filter --else cmd:"exit 3" locate /1/
0  rec-filter --else cmd:"cat >/dev/null; exit 3" locate /1/
0  rec-take --else /dev/full 5
0  rec-take --else cmd:"exit 3" 5
0  rec-drop --else /dev/full 5
0  rec-drop --else cmd:"exit 3" 5
0  rec-between --else /dev/full /2/ /3/
0  rec-between --else cmd:"exit 3" /2/ /3/
0  rec-around --else /dev/full -C 1 locate /5/
0  rec-around --else cmd:"exit 3" -C 1 locate /5/
0  rec-map --else /dev/full cut .a
0  rec-map --else cmd:"exit 3" cut .a
0  rec-lookup --else /dev/full w1 lines:/dev/null
0  rec-lookup --else cmd:"exit 3" w1 lines:/dev/null
0  rec-reduce --else /dev/full --need --key w2 count
0  rec-reduce --else cmd:"exit 3" --need --key w2 count
0  rec-unique --else /dev/full first 2-2
0  rec-unique --else cmd:"exit 3"
0  rec-sample --else /dev/full --every 3
0  rec-sample --else cmd:"exit 3" --every 3
0  rec-route "locate /1/" /dev/full
0  rec-route "locate /1/" cmd:"exit 3" "locate /2/" cmd:"exit 4"
3  rec-only "match /[3-5]/" false
5  rec-only "match /3|5/" sh -c "rec-take 1; exit 3"
5  rec-each -k -j 1 sh -c "test \$1 != 5 && echo \$1" x {}
5  rec-each -k -j 3 sh -c "test \$1 != 5 && echo \$1" x {}
4  rec-each -k -j 1 -N 2 sh -c "test \$1 != 4 && echo \$1" x {}
0  rec-each -k --else /dev/full false {}
0  rec-each -k --else cmd:"exit 3" false {}
0  rec-fanout -k -j 2 -N 1 false
3  rec-fanout -k -j 1 -N 1 sh -c "rec-take 3; exit 3"
5  rec-fanin -k - cut.rec
5  rec-fanin -k cut.rec -
'

@test "family: a watermark never passes records that were given up" {
	local most line source cases=0

	rights=0 wrongs=0
	seq 0 9 | rec-split >in.rec
	# Its producer died after it had come to 5.
	mkstream at:3=odd mark:5 >cut.rec
	while read -r most line; do
		[ -n "$line" ] || continue
		command=${line%% *}
		cases=$((cases + 1))
		for out in out.rec pipe; do
			st=0
			rm -f other.rec out.rec
			if [ $out = pipe ]; then
				subshell "$line" <in.rec 2>err | cat >out.rec
				st=${PIPESTATUS[0]}
			else
				subshell "$line" <in.rec >out.rec 2>err || st=$?
			fi
			holds "$line: status $st: $(<err)" test "$st" -ge 64 -a "$st" -lt 124
			holds "$line, to a $out" watermarks_stay out.rec "$most"
		done
	done <<<"$given_up"
	[ $cases -gt 20 ]
	# Every command with another output has a line.
	for source in "$repo"/cmd/*.c; do
		command=${source##*/}
		command=${command%.c}
		case $command in
		rec-split | rec-sort | rec-join | rec-view | rec-shm | rec-queue | rec-meter) continue ;; # one output, and nothing that they could give up
		esac
		holds "it has no line in given_up" grep -q "^[0-9]* *$command " <<<"$given_up"
	done
	verdict
}

# ---- what comes through ----

# comes_through: what the command writes for these records is this: POS=TEXT as mkstream prints
# them, then the end's watermark; or, if it makes a new stream, the same with positions from 0 on.
comes_through() {
	local what=$1 records=$2 next=$3 got=0

	case $writes in
	records)
		if [ "$keeps" = new ]; then
			records=$(awk '{ sub(/^[0-9]+=/, NR - 1 "="); print }' <<<"$records")
			next=$(wc -l <<<"$records")
		fi
		holds "$what" records_are out "$records"$'\n'"end $next 0 "
		;;
	bytes)
		cut -d = -f 2- <<<"$records" >want
		holds "$what" same out want
		;;
	text)
		awk -F = '
		NR == FNR { want[NR] = $1; text[NR] = $2; n = NR; next }
		index($0, text[at + 1]) && (" " $0) ~ (" " want[at + 1] " ") { at++ }
		END { exit n == 0 || at != n }' - out <<<"$records" || got=$?
		holds "$what: $(<out)" test "$got" -eq 0
		;;
	esac
}

keeps_positions() {
	if [ "$reads" = bytes ]; then
		try 0 0 "${args[@]}" <text
		holds "positions" records_are out $'0=alpha\n1=beta\nend 2 0 '
		return
	fi
	mkstream at:3=a,7=b,7=c,1000000=d at:99999999999=e next:123456789012 mark:123456789012 end >jumps
	try 0 0 "${args[@]}" <jumps
	comes_through "positions" $'3=a\n7=b\n7=c\n1000000=d\n99999999999=e' 123456789012
}

@test "family: records come out with their positions" {
	each keeps_positions
}

reads_segments() {
	[ "$reads" = records ] || return 0
	mkstream nogap data:0:alpha,beta end >first
	mkstream at:0=gamma,5=delta end >second
	mkstream end >third
	mkstream next:20 data:2:eta end >fourth
	cat first second third fourth third first second >all
	try 0 0 "${args[@]}" <all
	comes_through "one stream behind another" \
		$'0=alpha\n1=beta\n2=gamma\n7=delta\n9=eta\n27=alpha\n28=beta\n29=gamma\n34=delta' 34
	mkstream 'end:3:it broke' >broken
	cat first broken second >all
	try 65 "$([ "$writes" = records ] && echo 0 || echo 1)" "${args[@]}" <all
	holds "what stands before a failure is not there" grep -qa beta out
	holds "what stands behind a failure was read" lacks 'gamma\|delta' out
}

@test "family: streams one after another are one stream" {
	each reads_segments
}

passes_hop_and_loss() {
	[ "$reads" = records ] || return 0
	mkstream offer data:0:a offer wake nogap data:1:b wake end offer data:0:c offer end wake offer >hop
	try 0 0 "${args[@]}" <hop
	comes_through "offers are skipped" $'0=a\n1=b\n2=c' 3
	[ "$writes" != records ] || {
		mkstream dump <out >listed || :
		holds "blocks of the hop were passed on" awk '/^(offer|switch|wake)/ { bad = 1 } END { exit bad || NR == 0 }' listed
	}
	mkstream data:0:a loss:1:2:3 data:3:b loss:4:40:44 end >lossy
	if [ "$keeps" = new ]; then
		try 0 0 "${args[@]}" <lossy
		holds "losses are told at the end" records_are out $'0=a\n1=b\nloss 2 42\nend 2 0 '
	elif [ "$writes" = records ]; then
		try 0 0 "${args[@]}" <lossy
		holds "losses are passed on" records_are out $'0=a\nloss 1 2\n3=b\nloss 4 40\nend 44 0 '
	else
		try 0 1 "${args[@]}" <lossy
		holds "42 losses are not told: $(<err)" grep -qw 42 err
	fi
	mkstream data:0:a 'loss:1:?:9' end >lossy
	if [ "$keeps" = new ]; then
		try 0 0 "${args[@]}" <lossy
		holds "an unknown loss is told at the end" records_are out $'0=a\nloss 1 -1\nend 1 0 '
	elif [ "$writes" = records ]; then
		try 0 0 "${args[@]}" <lossy
		holds "an unknown loss is passed on" records_are out $'0=a\nloss 1 -1\nend 9 0 '
	else
		try 0 1 "${args[@]}" <lossy
	fi
}

# csv_files: files of CSV with a header of many kinds: their names, one a line.
csv_files() {
	printf 'id,price\n' >no-row.csv
	printf 'id,price' >no-row-no-end.csv
	printf '\357\273\277id,price\r\n' >no-row-mark.csv
	printf 'id,price\n1,7\n' >one.csv
	printf 'id,price\n1,7' >one-no-end.csv
	printf 'zz,7\n3,7\n1,5\n2,5\n' >sorts-last.csv
	printf '7,7\n7,7\n7,8\n' >like-rows.csv
	{ echo id,price; for i in {1..400}; do echo "$i,$((i * 7 % 100))"; done; } >many.csv
	printf '\357\273\277"id","unit ""price"", net"\r\n1,"5\r\n6"\n"a ""b""",7\r\n,\r\n4,"7\n"\n5,7' >odd.csv
	ls -- *.csv
}

# rows FILE: the records of a stream, without positions; the table's payload as the first line.
rows() {
	mkstream records <"$1" | sed '/^end /d; s/^[0-9]*=//'
}

keeps_tables() {
	local row union more csv chosen

	{ [ "$reads" = records ] && [ "$writes" = records ]; } || return 0
	row_of "$tables" "$command"
	[ -n "$row" ] || {
		wrong "it has no row in the list of tables at the head of tests/family.bats"
		return
	}
	read -r row union more <<<"$row"
	[ "$row" = keep ] || return 0
	# shellcheck disable=SC2086 # names without spaces
	in_turn 2 $files
	# rec-route --else goes with --key, which writes no records to standard output.
	if [ "$command" != rec-route ] && "$command" -h | grep -q -e '--else ENDPOINT'; then
		holds "it has --else, but no arguments for it in the list of tables" grep -q -e '--else OUT' <<<"$more"
	fi
	for csv in "${chosen[@]}"; do
		rec-split -f csv -H "$csv" >in.rec || { wrong "rec-split fails"; return; }
		try 0 0 "${args[@]}" <in.rec
		holds "$csv: its stream is not good, or its table is not one and the first block: $(mkstream dump <out | head -n 5)" \
			awk '/^table/ { n++; at = NR } /^broken/ { exit 1 } END { exit n != 1 || at != 1 }' <(mkstream dump <out)
		holds "$csv: its records are others" same <(rows in.rec) <(rows out)
		rec-join <out >joined 2>&1 || :
		holds "$csv: its bytes are others" same "$csv" joined
		[ "$union" != - ] || continue
		read -ra words <<<"$more"
		words=("${words[@]/#OUT/other.rec}")
		words=("${words[@]//,/ }")
		rm -f other.rec
		try 0 0 "${words[@]}" <in.rec
		rows out >rows.out
		rows other.rec >rows.other || :
		rows in.rec >rows.in
		holds "$csv: ${words[*]}: standard output has another table" same <(head -n 1 rows.in) <(head -n 1 rows.out)
		holds "$csv: ${words[*]}: the other output has another table" same <(head -n 1 rows.in) <(head -n 1 rows.other)
		if [ "$union" = copy ]; then
			holds "$csv: the copy has other records" same rows.in rows.other
			holds "$csv: the copy has other records" same rows.in rows.out
		else
			holds "$csv: ${words[*]}: the two outputs together are not the input" same <(sed 1d rows.in | sort) \
				<({ sed 1d rows.out; sed 1d rows.other; } | sort)
		fi
	done
}

@test "family: a table is never a record, comes to every output, and the bytes come through" {
	files=$(csv_files)
	[ "$(wc -w <<<"$files")" -eq 9 ]
	each keeps_tables
	[ "$rights" -gt 125 ]
}

# Without their table the records are the same stream, and get the same answer.
asks_as_without() {
	local words of way csv chosen
	local -A told

	[ "$reads" = records ] || return 0
	[[ $asks == *$'\n'"$command "* ]] || {
		wrong "it has no row in the list of questions at the head of tests/family.bats"
		return
	}
	while read -r of words; do
		[ "$of" = "$command" ] || continue
		read -ra words <<<"$words"
		words=("${words[@]//,/ }")
		# shellcheck disable=SC2086 # names without spaces
		in_turn 3 $files
		for csv in "${chosen[@]}"; do
			for way in tabled plain; do
				[[ ${words[*]} != *file* ]] || cp "$csv.$way" file
				: >other
				try 0 0 "${words[@]/#OUT/other}" <"$csv.$way"
				told[$way]=$(mkstream told out other)
			done
			holds "$csv: ${words[*]}: with a table ${told[tabled]}, without it ${told[plain]}" \
				[ "${told[tabled]}" = "${told[plain]}" ]
		done
	done <<<"$asks"
}

@test "family: a table changes no answer: its header is not counted, judged, compared or drawn" {
	local csv

	csv_files >all
	files="no-row.csv one.csv sorts-last.csv like-rows.csv many.csv odd.csv"
	[ "$(grep -cxF "${files// /$'\n'}" all)" -eq 6 ]
	for csv in $files; do
		rec-split -f csv -H "$csv" >"$csv.tabled"
		rec-join -f netstring <"$csv.tabled" | rec-split -f netstring >"$csv.plain"
		[ "$(mkstream told "$csv.tabled")" = "$(mkstream told "$csv.plain")" ]
	done
	each asks_as_without
	[ "$rights" -gt 350 ]
}

# Segments that say the same in other bytes, and segments without records.
joins_tables() {
	local row

	{ [ "$reads" = records ] && [ "$writes" = records ]; } || return 0
	row_of "$tables" "$command"
	[[ $row == keep* ]] || return 0
	cat table first first table table second empty >all
	try 0 0 "${args[@]}" <all
	holds "equal tables are not one: $(rows out)" same <(rows out) <(printf '%s\n' 'table {"framing":"csv"}\nid,price\n' 1,7 2,7 1,7 2,7 3,7)
	cat first other >all
	try 65 1 "${args[@]}" <all
	holds "the column that differs is not named: $(<err)" says 'column 2 is "amount", not "price"'
	holds "what came before another table is not there" grep -qa 2,7 out
	holds "what came after another table was read" lacks '9,9' out
	cat first bare >all
	try 65 1 "${args[@]}" <all
	holds "that there is no table is not told: $(<err)" says 'its records have no table'
	cat bare first >all
	try 65 1 "${args[@]}" <all
	holds "that there is a table is not told: $(<err)" says 'it has a table (id, price)'
}

@test "family: equal tables become one, different ones are 65 and name the column" {
	mkstream 'table:{"framing":"csv"}\nid,price\n' data:0:1\\,7,2\\,7 end >first
	mkstream 'table:{"framing":"csv"}\nid,price\n' end >table
	mkstream 'table:{"framing":"csv-crlf"}\n"id","price"\r\n' data:0:3\\,7 end >second
	mkstream 'table:{"framing":"csv"}\nid,amount\n' data:0:9\\,9 end >other
	mkstream data:0:8\\,8 end >bare
	mkstream end >empty
	each joins_tables
	[ "$rights" -gt 80 ]
}

# A command whose input's table has been taken by another one.
misses_table() {
	[ "$reads" = records ] || return 0
	try 65 1 "${args[@]}" <headless
	holds "it does not say what is missing: $(<err)" says "the stream's table is missing (has another command read it?)"
	holds "a record came through" lacks '1,7' out
}

@test "family: records whose table another command has read are refused" {
	mkstream flags:4 data:0:1\\,7 flags:4 end >headless
	each misses_table
}

@test "family: offers are skipped, losses are passed on or reported" {
	each passes_hop_and_loss
}

bears_short_counts() {
	local seed

	if [ "$reads" = bytes ]; then
		seq 9000 >large
		head -c 140000 /dev/zero >>large # more than a block
	else
		mkstream fill:0:1000:37 sum fill:1000:1:140000 fill:1001:10:0 at:1011=x,4000=y end >large
	fi
	try 0 0 "${args[@]}" <large
	shown out >want
	holds "nothing came out" test -s want
	for seed in 1 2 ${long:+3 4 5 6 7 8 9 10 11 12}; do
		REC_FAULT_SEED=$seed faulty 0 0 <large
		shown out >got
		holds "seed $seed changes the output" same got want
	done
}

shown() {
	if [ "$writes" = records ]; then
		mkstream records <"$1"
	else
		cat "$1"
	fi
}

# bats test_tags=long
@test "family: short reads and writes and interrupted calls change nothing" {
	each bears_short_counts
}

# ---- while it waits ----

# idle: the command with a FIFO as its input that stays open, and output to the file out.
idle() {
	rm -f in out
	mkfifo in
	exec 9<>in
	start "$command" "${args[@]}" <in >out 2>err 9>&-
	one_record >&9
}

one_record() {
	if [ "$reads" = bytes ]; then
		echo alpha
	else
		mkstream data:0:alpha
	fi
}

passes_at_once() {
	[[ $gathers != *" $command "* ]] || return 0
	idle
	holds "the record did not come while the producer was silent" within grep -qa alpha out
	[ "$reads" = bytes ] || mkstream next:1 total:1 end >&9
	exec 9>&-
	finish
	judge "at the end of the input" 0 0 "$status"
	# The same if the output is a pipe to another process.
	rm -f in out
	mkfifo in
	exec 9<>in
	# shellcheck disable=SC2016 # the arguments are bash's own
	start bash -c '"$@" | cat' - "$command" "${args[@]}" <in >out 2>err 9>&-
	one_record >&9
	holds "the record did not come through a pipe" within grep -qa alpha out
	exec 9>&-
	finish
}

@test "family: a record passes an idle command at once" {
	each passes_at_once
}

dies_of_signals() {
	local sig number

	for sig in TERM INT HUP; do
		idle
		number=$((128 + $(kill -l $sig)))
		if [[ $gathers = *" $command "* ]]; then
			holds "it does not wait for more" within waits
		else
			holds "no record came" within grep -qa alpha out
			holds "it does not sleep" within asleep "$pid"
		fi
		kill -$sig "$pid" || wrong "it has ended: $(<err)"
		finish
		exec 9>&-
		judge "SIG$sig" $number 0 "$status"
		[ "$writes" != records ] || holds "SIG$sig: the end mark does not tell" ends_with out "$number $command: "
	done
}

@test "family: TERM, INT and HUP end an idle command in silence, and its end mark tells" {
	each dies_of_signals
}

# flags: of descriptors 7 and 8, which the command shares.
flags() {
	grep -h ^flags: /proc/self/fdinfo/7 /proc/self/fdinfo/8
}

leaves_flags() {
	local before during

	rm -f in out
	mkfifo in out
	exec 7<>in 8<>out
	before=$(flags)
	start "$command" "${args[@]}" <&7 >&8 2>err 7>&- 8>&-
	one_record >in
	if [[ $gathers = *" $command "* ]]; then
		holds "it does not wait for more" within waits
	else
		holds "no record came" within waits_idle
	fi
	during=$(flags)
	holds "flags while it waits: $during, before: $before" test "$during" = "$before"
	kill -TERM "$pid" || wrong "it has ended: $(<err)"
	finish
	holds "flags after a signal: $(flags), before: $before" test "$(flags)" = "$before"
	exec 7<"$input"
	before=$(flags)
	"$command" "${args[@]}" <&7 >&8
	holds "flags at the end: $(flags), before: $before" test "$(flags)" = "$before"
	exec 7>&- 8>&-
}

# waits: the process is the command, and sleeps in poll or read.
waits() {
	[ "$(awk '/^(Name|State):/ { printf "%s ", $2 }' "/proc/$pid/status")" = "$command S " ]
}

# waits_idle: something came out, and the process sleeps in poll or read.
waits_idle() {
	timeout 5 dd bs=1 count=1 status=none <out >byte && [ -s byte ] && asleep "$pid"
}

@test "family: the flags of inherited descriptors stay as they were" {
	each leaves_flags
}

bears_small_stack() {
	local got=0

	# shellcheck disable=SC2016 # bash's own
	env -i PATH="$PATH" bash -c 'ulimit -s 20 && exec "$@"' - "$command" "${args[@]}" <"$input" >out 2>err || got=$?
	judge "a stack of 20 KiB" 0 0 "$got"
}

@test "family: a small stack is enough" {
	[ -z "$SAN" ] || skip "sanitizers need more"
	each bears_small_stack
	# small ...: fails if the command took more than libc itself does.
	small() { env -i PATH="$PATH" bash -c 'ulimit -s 16 && exec "$@"' - "$@"; }
	seq 3 | rec-split >in.rec
	small rec-each -j 1 echo {} <in.rec | rec-join | grep -qx 2
	# The beginning of the stack is random, and so is the room that a signal finds on it. The
	# environment takes 1400 bytes of it, however long PATH is.
	for _ in {1..30}; do
		env -i PATH="$PATH" FILLED="$(printf "%0$((${#PATH} < 1400 ? 1400 - ${#PATH} : 1))d" 0)" bash -c 'ulimit -s 16 && exec "$@"' - rec-fanout -j 2 cat <in.rec >out.rec
	done
	seq 3 | small rec-split --start 2 | rec-filter -c locate | grep -qx 2
	seq 3 | small rec-split --start '(a|b)c|2' | rec-filter -c locate | grep -qx 2
	small rec-filter help locate | grep -q '^locate '
	small rec-split missing >out.rec 2>err || [ $? -eq 66 ]
	# With a large environment, which is on the stack too, even true(1) sometimes dies.
	start env -i PATH="$PATH" bash -c 'ulimit -s 16 && exec rec-tee "shm:small$$"' <in.rec >out.rec
	small timeout "$patience" rec-fanin "shm:small$pid" >copy.rec
	finish
	[ "$status" -eq 0 ]
	rec-join <copy.rec | cmp - <(seq 3)
	small rec-shm create "small$$"
	small rec-shm stat "small$$" >seen
	small rec-shm rm "small$$"
}

# The settings of signals that the parent has left.
@test "family: children are seen to end, and get the default signals, whatever the parent has left" {
	local line want how mask signals='' lines=(
		"rec-split 'cmd:exit 3' >out.rec"
		"rec-tee 'cmd:exit 3' <good >out.rec"
		"rec-fanin -k 'cmd:cat good; exit 3' >out.rec"
		"rec-filter --else 'cmd:exit 3' locate /x/ <good >out.rec"
		"rec-route 'locate /alpha/' 'cmd:exit 3' <good >out.rec"
		"rec-fanout --to 'cmd:exit 3' --to 'cmd:exit 3' <good"
		"rec-each -j 1 false <good >out.rec"
		"rec-only locate false <good >out.rec"
		"rec-fanout -j 2 false <good >out.rec"
	)

	mkstream data:0:alpha,beta end >good
	command=family rights=0 wrongs=0
	for line in "${lines[@]}"; do
		want=0
		subshell "$line" 2>err || want=$?
		holds "$line: $want: $(<err)" test "$want" -ge 65
		for how in --ignore-signal --block-signal; do
			st=0
			subshell "env $how=CHLD $how=XFSZ $how=BUS $line" 2>err || st=$?
			holds "$how: $line: $st, not $want: $(<err)" test "$st" -eq "$want"
		done
	done
	for how in --ignore-signal --block-signal; do
		env "$how=CHLD" "$how=XFSZ" "$how=PIPE" rec-each -j 1 -N 2 grep -E '^Sig(Ign|Blk)' /proc/self/status <good >out.rec
		signals+=$(rec-join <out.rec | sed 's/.*\t//' | tr '\n' ' ')
		env "$how=CHLD" "$how=XFSZ" "$how=PIPE" rec-split cmd:"grep -E '^Sig(Ign|Blk)' /proc/self/status" >out.rec
		signals+=$(rec-join <out.rec | sed 's/.*\t//' | tr '\n' ' ')
	done
	# CHLD, XFSZ and PIPE; some libcs leave their own signals 32 and 33 ignored in what they
	# start.
	for mask in $signals; do
		holds "signals of children: $signals" [ $((16#$mask & 16#1011000)) -eq 0 ]
	done
	holds "signals of children: $signals" [ "$(wc -w <<<"$signals")" -ge 5 ]
	verdict
}

# ---- pages ----

# lib/ against the map of the folders.
# bats test_tags=sources
@test "family: lib/ is as lib/README.md says, and tests/layers notices what is not" {
	layers() { BUILD=$PWD/built NEWER=old "$repo/tests/layers" "$PWD"; }
	# wrong PATTERN: the check complains so about the copy in this directory, of which a new one
	# is made afterwards.
	wrong() {
		run layers
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"layers: "*$1* ]]
		[[ ${lines[-1]} == *' files, '*' includes, 1 wrong' ]]
		rm -r lib cmd built
		copied
	}
	copied() {
		cp -r "$repo/lib" "$repo/cmd" .
		mkdir built
		cp "$BUILD/librec.a" built/
		# Every header is compiled once, and then only those that were changed.
		find lib -name '*.h' -exec touch -d 2000-01-01 {} +
	}

	touch -d 2001-01-01 old
	copied
	BUILD=$PWD/built run "$repo/tests/layers" "$PWD"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output =~ ^[0-9]{3,}' files, '[0-9]{3,}' includes, 0 wrong'$ ]]

	echo '#include "os/io.h"' >>lib/base/buf.c
	wrong 'lib/base/buf.c:*"os/io.h": points upwards, from base to os'
	echo '#include "os/guard.h"' >>lib/work/each.c
	wrong 'lib/work/each.c:*"os/guard.h": private to lib/os'
	echo '#include "os/guard.h"' >>cmd/rec-tee.c
	wrong 'cmd/rec-tee.c:*"os/guard.h": private to lib/os'
	echo '#include "stream/hop_private.h"' >>lib/stream/rec_in.c
	wrong 'lib/stream/rec_in.c:*"stream/hop_private.h": private to room hop'
	echo '#include "buf.h"' >>lib/base/vis.c
	wrong 'lib/base/vis.c:*"buf.h" is not "folder/name.h"'
	echo '#include "attic/buf.h"' >>lib/base/vis.c
	wrong 'lib/base/vis.c:*"attic/buf.h": there is no such folder'
	mkdir lib/attic
	echo '/* box: of old things. */' >lib/attic/box.h
	wrong 'lib/attic/box.h: its folder is not in lib/README.md'
	sed -i 's/^| base | /&siphash2 /' lib/README.md
	wrong 'lib/base/siphash2.h: shown to others, but nobody includes it'
	sed -i 's/^| report | .*/&\n| attic | box | old things |/' lib/README.md
	run layers
	[[ $output == *'lib/attic: in lib/README.md, but there is no such folder'* ]]
	rm -r lib cmd built
	copied
	sed -i 's/^#include <stdint.h>$//' lib/base/crc32c.h
	sed -i '/^#include <stddef.h>$/d' lib/base/crc32c.h
	wrong 'lib/base/crc32c.h:*the header does not compile by itself'
	echo '/* box: old things. */' >lib/base/box.c
	echo 'int thing_of_old(void); int thing_of_old(void) { return 0; }' >>lib/base/box.c
	cc -c -o built/box.o lib/base/box.c
	ar r built/librec.a built/box.o
	wrong 'lib/base/box.c: exports thing_of_old, which does not begin with the name of its room'
	echo '/* box: old things. */' >lib/base/box.c
	echo 'int box_lid(void); int box_lid(void) { return 0; }' >>lib/base/box.c
	cc -c -o built/box.o lib/base/box.c
	ar r built/librec.a built/box.o
	wrong 'lib/base/box.c: exports box_lid, which no other file uses'
	sed -i 's/ .ere_search./& and \x60box_key\x60/' lib/README.md
	wrong 'lib/README.md: box_key: no file exports it'
	echo '/* buf: another one. */' >lib/os/buf.c
	wrong 'lib/os/buf.c: there is a room of that name in lib/base'
	sed -i '1,8s/buf:/bufs:/' lib/base/buf.h
	wrong 'lib/base/buf.h: its first comment does not begin with "buf: "'
	echo '#include <unistd.h>' >>lib/base/num.c
	wrong 'lib/base/num.c:*base makes no system calls'
	# What objects use, whatever they include: FOLDER NAME.
	uses() {
		echo "/* old_$1: old things. */" >"lib/$1/old_$1.c"
		echo "void $2(void); static void g(void) __attribute__((used)); static void g(void) { $2(); }" >>"lib/$1/old_$1.c"
		cc -fno-builtin -c -o "built/old_$1.o" "lib/$1/old_$1.c"
		ar r built/librec.a "built/old_$1.o"
	}
	uses base write
	uses os _exit
	uses stream puts
	uses work exit
	uses report _exit
	uses command exit
	run layers
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'lib/base/old_base.c: uses write: base makes no system calls'* ]]
	[[ $output == *'lib/stream/old_stream.c: uses puts: only lib/command prints or exits'* ]]
	[[ $output == *'lib/work/old_work.c: uses exit: only lib/command prints or exits'* ]]
	[[ $output == *'lib/report/old_report.c: uses _exit: only lib/command prints or exits'* ]]
	[[ ${lines[-1]} == *' files, '*' includes, 4 wrong' ]]
	rm -r lib cmd built
	copied
	echo 'void f(void) { command_fail(0, 0, ""); }' >>lib/endpoint/endpoint.c
	wrong 'lib/endpoint/endpoint.c:*command_fail*only after lib/command'
	# A check that has seen nothing must not succeed.
	touch lib/base/buf.h
	CC=no-such-compiler wrong 'no-such-compiler has failed'
	rm lib/[!bR]*/*.[ch]
	run layers
	[ "$status" -eq 1 ]
}

# bats test_tags=sources
@test "family: private members stay within their folder, and tests/members notices those that do not" {
	cp -r "$repo/lib" "$repo/cmd" .
	run "$repo/tests/members" "$PWD"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output =~ ^[0-9]{3,}' lines of private members, used '[0-9]{3,}' times, 0 wrong'$ ]]

	# The rest needs not all of them.
	find lib cmd -name '*.c' ! -name gather.c ! -name slow.c ! -name 'rec-[tu]*.c' -delete
	# After the line /* private */, by a comment of its own, and by way of another struct.
	echo 'int gather_shown(struct rec_out *o); int gather_shown(struct rec_out *o) { return o->terminal; }' >>lib/work/gather.c
	echo 'unsigned slow_shares(struct held *h); unsigned slow_shares(struct held *h) { return h->shares; }' >>lib/stream/slow.c
	echo 'size_t tee_gone(struct slow *s); size_t tee_gone(struct slow *s) { return s->out->writer.parts; }' >>cmd/rec-tee.c
	run "$repo/tests/members" "$PWD"
	echo "$output"
	[ "$status" -eq 1 ]
	[ ${#lines[@]} -eq 4 ]
	[[ ${lines[0]} == 'members: cmd/rec-tee.c:'*': writer is private to lib/stream' ]]
	[[ ${lines[1]} == 'members: lib/stream/slow.c:'*': shares is private to lib/record' ]]
	[[ ${lines[2]} == 'members: lib/work/gather.c:'*': terminal is private to lib/stream' ]]
	# An array in parentheses.
	echo 'int uses(struct keyset *s); int uses(struct keyset *s) { return s->slots != NULL; }' >>cmd/rec-unique.c
	run "$repo/tests/members" "$PWD"
	[ "$status" -eq 1 ]
	[[ $output == *'members: cmd/rec-unique.c:'*': slots is private to lib/choose'* ]]
	# A check that has seen nothing must not succeed.
	for cc in no-such-compiler true; do
		CC=$cc run "$repo/tests/members" "$repo"
		echo "$output"
		[ "$status" -eq 1 ]
	done
	rm lib/*/*.h
	run "$repo/tests/members" "$PWD"
	[ "$status" -eq 1 ]
}

# bats test_tags=examples
@test "family: every example of every page prints what the page shows" {
	local page pages=()

	for page in "$repo"/man/*.[1-9]; do
		case $page in
		*.1) ;;
		*) grep -q '^\.Sh EXAMPLES' "$page" || continue ;;
		esac
		pages+=("$page")
	done
	[ ${#pages[@]} -gt 0 ]
	"$repo/tests/examples" "${pages[@]}"
}

@test "family: an option after the operands is named, and not counted as an operand" {
	rights=0 wrongs=0
	echo list >list
	while IFS='|' read -r line want; do
		command=${line%% *} st=0
		eval "$line" </dev/null >/dev/null 2>err || st=$?
		holds "$line" [ "$st" -eq 64 ]
		holds "$line: $(<err)" [ "$(wc -l <err)" -eq 1 ]
		holds "$line: $(<err)" says "$command: $want options come before the"
		cases=$((${cases:-0} + 1))
	done <<-'END'
		rec-filter match /a/ -c|match: -c:
		rec-filter find /a/ --count|find: --count:
		rec-filter where '$1 == 2' -c|where: -c:
		rec-filter locate w3 --texts list|locate: --texts:
		rec-filter match w3 --eres list|match: --eres:
		rec-filter locate /a/ -n list|locate: -n:
		rec-around locate /a/ -C 2|-C:
		rec-around where '$1 == 2' -A 1 -B 2|-A:
		rec-map cut w1 -v|-v:
		rec-take 5 -v|-v:
		rec-drop last 5 --else x|--else:
		rec-take until match /a/ --after|match: --after:
		rec-unique first -c|-c:
		rec-unique w2 --all|--all:
		rec-between /a/ /b/ -v|-v:
	END
	[ "$cases" -eq 15 ]
	verdict
}

@test "family: a file as an operand of a command that reads standard input: the message shows how it is read" {
	printf 'id,name\n1,a\n2,b\n' >my.csv
	printf 'id,name\n1,a\n2,b\n' >'x y'
	printf 'a\n' >list
	rec-split csv:my.csv >s.rec
	while read -r command words; do
		for file in my.csv 'x y' s.rec; do
			st=0
			# shellcheck disable=SC2086 # words
			"$command" $words "$file" </dev/null >/dev/null 2>err || st=$?
			[ "$st" -eq 64 ]
			case $file in
			my.csv) want="rec-split csv:my.csv | $command ..." ;;
			x*) want="rec-split 'x y' | $command ..." ;;
			*) want="$command ... <s.rec" ;;
			esac
			echo "$command: $file: a file is no operand: $want ($command -h shows the usage)" | same - err
			cases=$((${cases:-0} + 1))
		done
		# A word that names no file gets another message.
		# shellcheck disable=SC2086 # words
		! "$command" $words nosuch </dev/null >/dev/null 2>err || return
		! grep 'a file is no operand' err || return
	done <<-'END'
		rec-filter locate /a/
		rec-filter where .id==1
		rec-filter find /a/
		rec-filter match -e a
		rec-filter --texts list locate
		rec-take 5
		rec-take until locate /a/
		rec-drop last 5
		rec-unique .id
		rec-unique first
		rec-between /a/ /b/
		rec-around -C 1 locate /a/
		rec-around -A 1 find /a/
		rec-map cut w1
		rec-sample --every 2
		rec-join -f csv
		rec-meter -q
	END
	[ "$cases" -eq 51 ]
	# The file of an option that came too late is none of these operands: the option is named.
	cases=0
	while read -r command option words; do
		st=0
		# shellcheck disable=SC2086 # words
		"$command" $words "$option" my.csv </dev/null >/dev/null 2>err || st=$?
		[ "$st" -eq 64 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -e "^$command: \(locate: \|match: \|\)$option: " err
		cases=$((cases + 1))
	done <<-'END'
		rec-filter --texts locate w1
		rec-filter --else locate /a/
		rec-filter -e locate /a/
		rec-filter --eres match w1
		rec-around --else -C 1 locate /a/
		rec-map --else cut w1
		rec-take --else 5
		rec-drop --texts until locate w1
		rec-unique --else first .id
	END
	[ "$cases" -eq 9 ]
}
