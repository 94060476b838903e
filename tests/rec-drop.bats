#!/usr/bin/env bats
# rec-drop: passes all but the front of a stream, or all but its back.

load helper
load partition
load take

@test "rec-drop: N records from the beginning or the end" {
	take_numbers
}

@test "rec-drop: N bytes; a record that they end in is divided, and both parts have its position" {
	take_bytes
}

@test "rec-drop: until and while a verb decides; --after takes the deciding record too" {
	take_verbs
}

@test "rec-drop: a table's header goes to both outputs, and is not judged, nor counted" {
	take_tables
}

@test "rec-drop: --each-line, records of several lines and of any bytes" {
	take_each_line
}

@test "rec-drop: a table without the column asked for is 65, before any record" {
	take_refuses
}

# bats test_tags=random
@test "rec-drop: random records, each way of dividing against head and tail" {
	take_by_chance
}

@test "rec-drop: records of any bytes, and a last line without its newline" {
	take_any_bytes
}

@test "rec-drop: losses of a known number stay known beside those of an unknown one" {
	take_known_losses
}

@test "rec-drop: losses pass to both outputs at their place, also while records are held" {
	take_losses
}

@test "rec-drop: wrong words are 64 and one line that says what is expected" {
	take_wrong_words
}

@test "rec-drop: a damaged stream is passed up to the damage, which is reported" {
	take_damaged
}

@test "rec-drop: stops when nobody wants what is kept" {
	statuses "yes | rec-split | rec-drop --else dropped.rec 10 | rec-take 5 | rec-join"
	[ "$statuses" = '141 0 0 0 0' ] && [ ! -s err ] && [ "$(lines out)" -eq 5 ]
	rec-join <dropped.rec >dropped
	[ "$(lines dropped)" -eq 10 ]
}

@test "rec-drop: the last N are held, and no more than they" {
	[ -z "$SAN" ] || skip 'memory of a sanitizer'
	(
		ulimit -v 40000
		yes 'some line or other' | head -c 60M | rec-split | rec-drop last 10 | rec-filter -c locate
	) >out
	[ "$(<out)" -eq 3311313 ] || [ "$(<out)" -ge 3300000 ]
}

@test "rec-drop: a record passes as soon as it is certain" {
	mkfifo in
	start sh -c 'rec-split <in | rec-drop last 2 | rec-join >out'
	exec 7>in
	printf 'one\ntwo\nthree\n' >&7
	within grep -q one out
	exec 7>&-
	finish
	[ "$(<out)" = one ]
}
