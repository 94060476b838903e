#!/usr/bin/env bats
# rec-take: passes the front of a stream, or its back, and stops reading when it has it.

load helper
load partition
load take

@test "rec-take: N records from the beginning or the end" {
	take_numbers
}

@test "rec-take: N bytes; a record that they end in is divided, and both parts have its position" {
	take_bytes
}

@test "rec-take: until and while a verb decides; --after takes the deciding record too" {
	take_verbs
}

@test "rec-take: a table's header goes to both outputs, and is not judged, nor counted" {
	take_tables
}

@test "rec-take: --each-line, records of several lines and of any bytes" {
	take_each_line
}

@test "rec-take: 0 records have the table, also after segments that declare none" {
	printf 'id,price\n1,5\n' >o.csv
	{ printf '' | rec-split && rec-split csv:o.csv; } >in.rec
	for command in 'rec-take 0' 'rec-filter -n 0 where 1' 'rec-sample --reservoir 0'; do
		[ "$($command <in.rec | rec-join)" = id,price ]
		{ rec-split </dev/null && sleep .01 && cat in.rec; } | $command | rec-join >out
		[ "$(<out)" = id,price ]
	done
	# Its records are left to the next reader.
	{ printf '' | rec-split && seq 3 | rec-split; } >bare.rec
	{ rec-take 0 >/dev/null && rec-join; } <bare.rec >out
	seq 3 | cmp - out
	# A watermark says that no table comes. Others may follow it for ever, and here nothing does.
	mkfifo in
	exec 8<>in
	mkstream mark:3 >&8
	rec-take 0 <in | rec-join | cmp - /dev/null
	exec 8>&-
}

@test "rec-take: a table without the column asked for is 65, before any record" {
	take_refuses
}

# bats test_tags=random
@test "rec-take: random records, each way of dividing against head and tail" {
	take_by_chance
}

@test "rec-take: records of any bytes, and a last line without its newline" {
	take_any_bytes
}

@test "rec-take: losses of a known number stay known beside those of an unknown one" {
	take_known_losses
}

@test "rec-take: losses pass to both outputs at their place, also while records are held" {
	take_losses
}

@test "rec-take: wrong words are 64 and one line that says what is expected" {
	take_wrong_words
}

@test "rec-take: a damaged stream is passed up to the damage, which is reported" {
	take_damaged
}

@test "rec-take: stops reading when it has all, and looks at no later block" {
	statuses "yes | rec-split | rec-take 10 | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 10 ]
	statuses "yes | rec-split | rec-take --after until locate /y/ | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 1 ]
	statuses "yes | rec-split | rec-take 5 bytes | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 5 ]
	# The rest is no stream at all, which would be noticed if it were read.
	mkstream data:0:a,b,c data:3:d,e 'raw:something_else_that_is_longer_than_forty_bytes' >bad.rec
	for arguments in 5 '5 bytes' 'until --after locate /e/'; do
		# shellcheck disable=SC2086
		rec-take $arguments <bad.rec >kept.rec
		[ "$(mkstream records <kept.rec | tail -n 1)" = 'end 5 0 ' ]
	done
	rec-take 0 <bad.rec >kept.rec
	[ "$(mkstream records <kept.rec)" = 'end 0 0 ' ]
	st=0
	rec-take 6 <bad.rec >kept.rec 2>err || st=$?
	[ "$st" -eq 65 ]
	# The end mark's watermark is the first record that was not taken.
	rec-take 2 <bad.rec | "$BUILD/tools/mkstream" dump >blocks
	grep '^end .*next=2 ' blocks
}

@test "rec-take: with --else it stops when nobody wants the rest" {
	statuses "yes | rec-split | rec-take --else cmd:'rec-take 100 >rest.rec' 10 | rec-join"
	[ "$statuses" = '141 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 10 ]
	rec-join <rest.rec >rest
	[ "$(lines rest)" -eq 100 ]
}

@test "rec-take: a record that is taken passes at once" {
	mkfifo in
	start sh -c 'rec-split <in | rec-take 5 | rec-join >out'
	exec 7>in
	echo one >&7
	within grep -q one out
	exec 7>&-
	finish
}
