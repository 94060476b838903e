# Random pipelines against a model: see model/pipelines. REC_SECONDS says how long (4), REC_SEED which ones.

load helper

# helper_setup takes these out of the environment.
seconds=${REC_SECONDS:-4} seed=${REC_SEED-}

# build COMMAND: fills the directory mine with the commands of $BUILD. COMMAND alone is the script
# on standard input, in which $real is the command of $BUILD.
build() {
	mkdir -p mine/bin
	ln -sf "$BUILD"/bin/* mine/bin
	ln -sf "$BUILD"/tools "$BUILD"/fault mine
	rm "mine/bin/$1"
	{
		echo "#!/bin/sh"
		echo "real='$BUILD/bin/$1'"
		cat
	} >"mine/bin/$1"
	chmod +x "mine/bin/$1"
}

# bats test_tags=random
@test "rec: random pipelines, left alone and with kills, do what a model in awk says" {
	REC_SECONDS=$seconds REC_SEED=${seed:-$((SRANDOM % 10000000))} run --separate-stderr "$repo/tests/model/pipelines"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} =~ ^'ok model: '([1-9][0-9]*)' rounds, ' ]]
}

# noticed PATTERN: the model, run with the commands of mine, ends within some runs from seed 1 on,
# by a failure that matches PATTERN.
noticed() {
	BUILD=$PWD/mine REC_FIRST=1 REC_SEED=1 run "$repo/tests/model/pipelines"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *$1*'again: '* ]]
	rm -r mine
}

# bats test_tags=sources
@test "rec: the model notices what is lost, misreported, left behind, or hangs" {
	build rec-unique <<-'X'
		"$real" "$@" | "${real%unique}take" 0
	X
	REC_ROUNDS=200 REC_KILLS=0 noticed 'is not what the model says'

	build rec-join <<-'X'
		"$real" "$@"
		exit 0
	X
	REC_ROUNDS=200 REC_KILLS=0 noticed 'has status 0, not 65'

	# This is noticed only if a command was killed.
	build rec-join <<-'X'
		{ said=$("$real" "$@" 2>&1 >&3 3>&-); status=$?; } 3>&1
		[ -z "$said" ] || echo "$said" >&2
		case $said in
		*'no bytes at all'*) exit 0 ;;
		esac
		exit $status
	X
	REC_ROUNDS=400 REC_KILLS=4 noticed 'FAILED: SIG'

	build rec-filter <<-'X'
		sleep 1000 >/dev/null 2>&1 </dev/null &
		exec "$real" "$@"
	X
	REC_ROUNDS=100 REC_KILLS=0 noticed 'a process is left: '

	build rec-drop <<-'X'
		exec sleep 1000
	X
	REC_ROUNDS=200 REC_KILLS=0 REC_PATIENCE=1 noticed 'hangs: '
}

# bats test_tags=sources
@test "rec: the model gives the same answers with every awk" {
	local awk seed awks=() command

	for awk in mawk gawk 'busybox awk'; do
		! command -v "${awk%% *}" >/dev/null || awks+=("$awk")
	done
	[ ${#awks[@]} -gt 1 ] || skip 'of mawk, gawk and busybox one alone is installed'
	for seed in $((SRANDOM % 10000000)) 3 4 5 6 7 8 9; do
		for awk in "${awks[@]}"; do
			rm -rf files
			mkdir files
			read -ra command <<<"$awk"
			LC_ALL=C "${command[@]}" -v seed="$seed" -v dir=files -f "$repo/tests/model/pipelines.awk"
			[ -s files/meta ]
			(cd files && sha256sum -- *) >sums
			[ "$awk" != "${awks[0]}" ] || mv sums first
			[ "$awk" = "${awks[0]}" ] || same first sums || {
				echo "seed $seed, $awk is not ${awks[0]}"
				return 1
			}
		done
	done
}
