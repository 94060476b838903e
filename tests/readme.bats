#!/usr/bin/env bats
# README.md shows nothing that does not run: its console blocks are run one after another in one
# copy of tests/data, as a reader does in one directory, and must print what they show. A block is
# one session of the shell.

load helper

readme=${repo:?}/README.md

# blocks KIND: writes the README's blocks of that kind to 1.KIND, 2.KIND …; prints their number.
blocks() {
	awk -v kind="$1" '
		/^```/ && open { close(file); open = 0; file = ""; next }
		/^```/ { open = 1; if ($0 == "```" kind) { file = ++n "." kind; printf "" >file }; next }
		open && file != "" { print >file }
		END { if (open) exit 1; print n + 0 }' "$readme"
}

# play FILE: runs the commands of a block, the lines that begin with "$ ", and prints them with their output.
play() {
	awk -v quote="'" '
		/^\$ / {
			line = substr($0, 3)
			shown = line
			gsub(quote, quote "\\" quote quote, shown)
			printf "printf %s$ %%s\\n%s %s%s%s\n{ %s\n} </dev/null\n", quote, quote, quote, shown, quote, line
		}' "$1" >session
	[ -d play ] || { mkdir play && cp "$repo"/tests/data/* play; } || return
	(cd play && timeout 60 bash ../session >../played 2>&1 3>&-)
}

@test "readme: every console block prints what it shows, one after another, and leaves the files for the next reader" {
	n=$(blocks console)
	[ "$n" -ge 6 ]
	commands=0
	for i in $(seq "$n"); do
		head -n 1 "$i.console" | grep -q '^\$ ' || { echo "block $i begins with no command"; return 1; }
		commands=$((commands + $(grep -c '^\$ ' "$i.console")))
		play "$i.console" || true # the status of its last command, which the block shows if it matters
		diff -u "$i.console" played
	done
	[ "$commands" -ge 20 ]
	for f in "$repo"/tests/data/*; do
		same "$f" "play/${f##*/}"
	done
	# The directory may well be tests/data itself: the demonstration copies all that is there now.
	mkdir tree && cp "$repo/tests/demo" tree && mv play tree/data
	tree/demo >out 2>&1 </dev/null 3>&- || { cat out; return 1; }
	[ "$(grep -c '^\$ ' out)" -ge 6 ]
}

@test "readme: a console block that does not print what it shows is found" {
	# shellcheck disable=SC2016
	printf '$ rec-split app.log | rec-filter -c locate /WARN/\n4\n' >false
	play false || true
	run ! diff false played
	[ "$(head -n 1 played)" = "$(head -n 1 false)" ]
	[ "$(tail -n +2 played)" = 3 ]
}

@test "readme: all that is shown is also run, except how to clone, install and test" {
	[ "$(blocks sh)" -eq 1 ]
	[ "$(<1.sh)" = "sudo apt-get install -y gcc make && make demo
sudo apt-get install -y bats && make check" ]
	[ "$(blocks text)" -eq 1 ]
	grep -qx 'git clone .* && cd rec .*' 1.text
	fences=$(grep -c '^ *```' "$readme")
	[ "$fences" -eq $((2 * ($(blocks console) + 2))) ]
	for target in $(sed -n 's/.*&& make //p' 1.sh) bench install play html; do
		grep -q "^$target:" "$repo/Makefile" || { echo "make $target"; return 1; }
	done
}

@test "readme: the first screen of 38 lines has two pairs of before and after, the clone line, the two commands and a measured line" {
	head -n 38 "$readme" >screen
	[ "$(grep -c '^\$ .*grep ' screen)" -eq 2 ]
	[ "$(grep -c '^\$ rec-split ' screen)" -eq 2 ]
	[ "$(grep '^status ' screen | tr '\n' ' ')" = 'status 0 status 65 ' ]
	[ "$(grep -c '^git clone ' screen)" -eq 1 ]
	[ "$(grep -c '^sudo apt-get install' screen)" -eq 2 ]
	sed -n 38p screen | grep -q 'make bench'
}

@test "readme: make play opens a shell in a scratch copy of tests/data, and removes it" {
	# shellcheck disable=SC2016 # for that shell
	printf '%s\n' 'rec-split app.log | rec-filter -c locate /WARN/' 'echo "in $PWD"; echo gone >app.log; false' >lines
	MAKEFLAGS='' SHELL=/bin/sh run -0 make -s -o all -C "$repo" BUILD="$BUILD" play <lines 3>&-
	[[ $output == *$'\n3\n'* ]]
	dir=${output##*in }
	[[ $dir == /* && ! -e $dir ]]
	[ "$(wc -l <"$repo/tests/data/app.log")" -eq 105 ]
}

@test "readme: make html writes the pages, with links between them" {
	command -v mandoc >/dev/null || skip 'mandoc is not installed'
	MAKEFLAGS='' make -s -C "$repo" BUILD="$PWD/build" html 3>&-
	for page in "$repo"/man/*; do
		[ -s "build/html/${page##*/}.html" ] || { echo "$page"; return 1; }
	done
	grep -q '<a class="Xr" href="rec-split.1.html">' build/html/rec.7.html
	for link in $(grep -o '](build/html/[^)]*)' "$readme" | tr -d '()]'); do
		[ -s "$link" ] || { echo "$link"; return 1; }
	done
}

@test "readme: the table of framings is that of rec-split" {
	# shellcheck disable=SC2016
	sed -n '/^## Framings/,/^## The filter/p' "$readme" | grep '^| `' | sed 's/ | .*//' | grep -o '`[^`]*`' | tr -d '`' |
		grep -v '^-' | sort >shown
	run rec-split -f none-such
	[ "$status" -eq 64 ]
	echo "$output" | sed 's/.*there are //; s/ (.*//' | tr ' ' '\n' >names
	# If a parameter may be left out, the table has both.
	grep '^csv' names | sed 's/:.*//' | sort -o plain
	sort names plain -o names
	[ "$(wc -l <names)" -ge 20 ]
	diff -u names shown
}

@test "readme: the table of the tree names folders that are there" {
	n=0
	# shellcheck disable=SC2016
	sed -n '/^## The tree/,/^## Licence/s/^| `\([^`]*\)`.*/\1/p' "$readme" >paths
	while read -r path; do
		[ -d "$repo/$path" ] || { echo "$path"; return 1; }
		n=$((n + 1))
	done <paths
	[ "$n" -eq 4 ]
	for path in fuzz fault demo bench data; do
		[ -e "$repo/tests/$path" ] || { echo "tests/$path"; return 1; }
	done
}

@test "readme: the demonstration fails if an answer differs" {
	mkdir bin
	printf '#!/bin/sh\nexec cat\n' >bin/rec-join
	chmod +x bin/rec-join
	PATH=$PWD/bin:$PATH run -1 "$repo/tests/demo" </dev/null 3>&-
	[[ $output == *'answers are wrong'* ]]
}
