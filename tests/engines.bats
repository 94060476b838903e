#!/usr/bin/env bats
# bats file_tags=clients
# The family together with other programs that it has to work with: ssh, Open MPI, Slurm, Kafka, and
# hosts with a network between them. Each test runs if its packages are installed; see .ci/run.

load helper

# tools PACKAGE PROGRAM ...: skips the test if one of the programs is missing.
tools() {
	local package=$1 program

	shift
	PATH=$PATH:/usr/sbin:/sbin
	for program; do
		type -P "$program" >/dev/null || skip "$program is not installed: apt-get install $package"
	done
}

# The environment of processes that another program starts: the path of the commands, a home without
# files that a shell reads first (pyenv's wait for one another, up to a minute each), and settings of
# sanitizers, hops and rings.
settings() {
	local name

	printf 'PATH=%s HOME=%s' "$PATH" "$PWD"
	for name in ASAN_OPTIONS UBSAN_OPTIONS REC_HOP REC_RING; do
		[ -z "${!name-}" ] || printf ' %s=%s' "$name" "${!name}"
	done
}

# ---- ssh ----

# door ADDRESS [CMD ...]: starts an sshd on a free port of that address, by CMD, with its own keys
# and settings. Its port is in $port, its log in sshd.ADDRESS, and $launch starts a worker through
# it. That it listens is known from its log alone.
door() {
	local address=$1 try

	shift
	mkdir -p /run/sshd 2>/dev/null || [ -d /run/sshd ] || skip '/run/sshd cannot be made, which sshd wants'
	[ -e key ] || {
		ssh-keygen -q -t ed25519 -N '' -f hostkey
		ssh-keygen -q -t ed25519 -N '' -f key
	}
	for try in 1 2 3 4 5; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		cat >"conf.$address" <<-X
			Port $port
			ListenAddress $address
			HostKey $PWD/hostkey
			AuthorizedKeysFile $PWD/key.pub
			PidFile none
			StrictModes no
			UsePAM no
			PasswordAuthentication no
			PermitRootLogin yes
			SetEnv $(settings)
		X
		start "$@" "$(type -P sshd)" -D -e -f "$PWD/conf.$address" </dev/null 2>"sshd.$address"
		within eval "grep -q '^Server listening' 'sshd.$address' || ended $pid" || return
		! grep -q '^Server listening' "sshd.$address" || break
		[ "$try" -lt 5 ] || skip "sshd does not run here: $(tail -n 1 "sshd.$address")"
	done
	launch="ssh -T -F none -p $port -i $PWD/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
	launch="$launch -o LogLevel=ERROR -o ConnectTimeout=20 {host}"
}

ssh_tools() {
	tools 'openssh-server openssh-client' sshd ssh ssh-keygen
}

@test "engines: ssh: -k through several workers is what one gives" {
	ssh_tools
	door 127.0.0.1
	seq 300000 | rec-split >in.rec
	rec-filter locate /7/ <in.rec | mkstream records >want
	for how in '' '--retries 1' '-N 1000 --round-robin'; do
		# shellcheck disable=SC2086 # words
		timeout 120 rec-fanout -k $how --hosts 3/127.0.0.1,: --launch "$launch" rec-filter locate /7/ <in.rec | mkstream records >got
		same want got
	done
	[ "$(grep -c '^Accepted' sshd.127.0.0.1)" -eq 9 ]
}

@test "engines: ssh: COMMAND arrives as it is, whatever is in it" {
	ssh_tools
	door 127.0.0.1
	# shellcheck disable=SC1003,SC2016 # they are to arrive as they are
	words=("it's" 'a b' ' ' '$HOME `id` $(id)' 'x"y' '\' '\n' '' '*' $'two\nlines\n' '-n' '~' '!x' '{a,b}' ';|&<>#' $'tab\there' $'\xff')
	# shellcheck disable=SC2016 # the worker's own
	seq 3 | rec-split | timeout 60 rec-fanout --hosts 127.0.0.1 --launch "$launch" --sink sh -c '
		rec-join >/dev/null
		printf "%s\0" "$REC_RANK/$REC_SIZE" "$@" >"$0"' "$PWD/got" "${words[@]}"
	printf '%s\0' 0/1 "${words[@]}" >want
	same want got
}

@test "engines: ssh: the status of COMMAND comes back" {
	ssh_tools
	door 127.0.0.1
	seq 3 | rec-split >in.rec
	run -77 timeout 60 rec-fanout --hosts 127.0.0.1 --launch "$launch" sh -c 'rec-filter locate; exit 77' <in.rec
	[[ $output == *'worker 1 (host 127.0.0.1): exit status 77'* ]]
	run -127 timeout 60 rec-fanout --hosts 127.0.0.1 --launch "$launch" /no/such/command <in.rec
}

@test "engines: ssh: a host that cannot be reached is a dead worker" {
	ssh_tools
	door 127.0.0.1
	seq 50000 | rec-split >in.rec
	rec-filter locate /7/ <in.rec | mkstream records >want
	run -65 timeout 60 rec-fanout -k --hosts 127.0.0.1,127.0.0.2 --launch "$launch" rec-filter locate /7/ <in.rec
	[[ $output == *'worker 2 (host 127.0.0.2): exit status 255'* ]]
	timeout 60 rec-fanout -k --retries 2 --hosts 127.0.0.1,127.0.0.2 --launch "$launch" rec-filter locate /7/ <in.rec 2>err |
		mkstream records >got
	same want got
	grep -q '(host 127.0.0.2): exit status 255: ' err
}

# Of 60 connections at once, sshd accepted 22.
@test "engines: ssh: 60 workers are started so that sshd drops none" {
	ssh_tools
	door 127.0.0.1
	for n in {1..60}; do
		echo "$n"
	done >want
	# shellcheck disable=SC2016 # the worker's own
	rec-split want | timeout 300 rec-fanout --round-robin -N 1 --hosts 60/127.0.0.1 --launch "$launch" --sink sh -c '
		rec-join >"$0/part.{%}"' "$PWD"
	for n in {1..60}; do
		cat "part.$n"
	done >got
	same want got
	[ "$(grep -c '^Accepted' sshd.127.0.0.1)" -eq 60 ]
	run -1 grep MaxStartups sshd.127.0.0.1
}

# ---- hosts with a network between them ----

# host NUMBER: a network namespace with an sshd, whose address from here is ${hosts[NUMBER]}: one
# that RFC 2544 reserves for tests, and that no other run uses at the same time.
host() {
	local name=rec$$$1 near=rn$$$1 far=rf$$$1 net=198.$((18 + $$ / 256 % 2)).$(($$ % 256))

	ip netns add "$name" 2>why || skip "no network namespace can be made here: $(<why)"
	spaces+=("$name")
	ip link add "$near" type veth peer name "$far" netns "$name" 2>why || skip "no veth can be made here: $(<why)"
	links+=("$near")
	hosts[$1]=$net.$((4 * $1 + 2))
	ip address add "$net.$((4 * $1 + 1))/30" dev "$near"
	ip link set "$near" up
	ip -n "$name" address add "${hosts[$1]}/30" dev "$far"
	ip -n "$name" link set "$far" up
	ip -n "$name" link set lo up
	door "${hosts[$1]}" ip netns exec "$name"
}

teardown() {
	local p name

	# The sessions of an sshd are process groups of their own.
	for name in "${spaces[@]}"; do
		for p in $(ip netns pids "$name"); do
			kill -KILL "$p" || :
		done
	done
	for name in "${links[@]}"; do
		ip link delete "$name" || :
	done
	for name in "${spaces[@]}"; do
		ip netns delete "$name" || :
	done
	helper_teardown
}

@test "engines: hosts: one is cut off in the middle of the stream, and the result is exact" {
	ssh_tools
	tools iproute2 ip
	[ "$(id -u)" -eq 0 ] || skip 'only root makes network namespaces'
	spaces=() links=() hosts=()
	host 1
	host 2
	# One launcher reaches both hosts: each by its own port.
	# shellcheck disable=SC2016 # the launcher's own
	printf '#!/bin/sh\nhost=$1 port=%s\nshift\n[ "$host" = %s ] || port=%s\n' \
		"$port" "${hosts[2]}" "$(sed -n 's/^Port //p' "conf.${hosts[1]}")" >to
	# shellcheck disable=SC2016
	echo 'exec ssh -T -F none -p "$port" -i key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null' \
		'-o LogLevel=ERROR -o ConnectTimeout=2 -o ServerAliveInterval=1 -o ServerAliveCountMax=2 "$host" "$1"' >>to
	chmod +x to
	seq 200000 >all
	grep 7 all >want
	for how in -k ''; do
		rm -f in seen.* err
		mkfifo in
		exec 9<>in
		# shellcheck disable=SC2016 # the worker's own
		start sh -c 'rec-split | exec rec-fanout '"$how"' --retries 3 --hosts "$1" --launch "./to {host} {command}" \
			sh -c "tee \$0/seen.{%} | exec rec-filter locate /7/" "$PWD"' sh "${hosts[1]},${hosts[2]}" <in >out.rec 2>err 9>&-
		sed -n '1,100000p' all >&9
		within test -s seen.2
		# Records that are sent to it from now on get no answer, and nothing reports that.
		ip link set "${links[1]}" down
		sed -n '100001,$p' all >&9
		exec 9>&-
		finish || { cat err; return 1; }
		[ "$status" -eq 0 ] || { cat err; return 1; }
		rec-join <out.rec | { [ -n "$how" ] && cat || sort -n; } >got
		same want got
		grep -q "(host ${hosts[2]}): exit status 255.*dealt again" err || { cat err; return 1; }
		ip link set "${links[1]}" up
	done
}

# ---- Open MPI ----

# mpirun tears records when it merges the output of its ranks (17,000 of 80,000), so each rank
# writes its own file.
@test "engines: mpirun: four ranks, each on its share, and fanin -k brings their files together" {
	tools openmpi-bin mpirun
	seq 100000 >input
	cat >task <<-'X'
		rec-split input | rec-sample --every "$OMPI_COMM_WORLD_SIZE" --offset "$OMPI_COMM_WORLD_RANK" |
			rec-filter locate /7/ >"share.$OMPI_COMM_WORLD_RANK"
	X
	# Its ranks are not in the test's process groups, but they end when it does.
	OMPI_MCA_plm_rsh_agent=true OMPI_MCA_btl=self,vader timeout -k 5 120 \
		mpirun -np 4 --oversubscribe --allow-run-as-root sh task </dev/null >out 2>err 3>&- || {
		cat err
		return 1
	}
	[ -s share.0 ] && [ -s share.3 ]
	rec-fanin -k share.0 share.1 share.2 share.3 | rec-join >got
	grep 7 input >want
	same want got
}

# ---- Slurm ----

# slurm: starts a cluster of this machine alone, all of it in this directory. Skips the test if that
# is not possible.
slurm() {
	local tree=autodetect

	node=$(hostname -s)
	[ "$(id -u)" -eq 0 ] || skip 'slurmd runs as root'
	mkdir state spool
	head -c 1024 /dev/urandom >munge.key
	chmod 600 munge.key
	# Slurm looks for one kind of cgroup or the other, and does not notice one that is there
	# only in part.
	[ "$(stat -f -c %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ] || tree=cgroup/v1
	printf '%s\n' "CgroupPlugin=$tree" CgroupAutomount=no IgnoreSystemd=yes >cgroup.conf
	cat >slurm.conf <<-X
		ClusterName=rec
		SlurmctldHost=$node(127.0.0.1)
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		AuthInfo=socket=$PWD/munge.sock
		CredType=cred/munge
		SlurmctldPort=$((20000 + RANDOM % 6000))
		SlurmdPort=$((26000 + RANDOM % 6000))
		SlurmctldPidFile=$PWD/slurmctld.pid
		SlurmdPidFile=$PWD/slurmd.pid
		StateSaveLocation=$PWD/state
		SlurmdSpoolDir=$PWD/spool
		SlurmdParameters=config_overrides
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/none
		AccountingStorageType=accounting_storage/none
		SwitchType=switch/none
		MpiDefault=none
		SchedulerType=sched/builtin
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU
		ReturnToService=2
		KillWait=1
		NodeName=$node NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
		PartitionName=all Nodes=ALL Default=YES State=UP
	X
	export SLURM_CONF=$PWD/slurm.conf
	start munged -F --force "--socket=$PWD/munge.sock" "--key-file=$PWD/munge.key" "--pid-file=$PWD/munged.pid" \
		"--log-file=$PWD/munged.log" "--seed-file=$PWD/munge.seed" </dev/null >munged.out 2>&1
	within eval "test -S munge.sock || ended $pid" || return
	[ -S munge.sock ] || skip "munged does not run here: $(tail -n 1 munged.out)"
	start slurmctld -D -f "$SLURM_CONF" </dev/null >slurmctld.out 2>&1
	start slurmd -D -f "$SLURM_CONF" </dev/null >slurmd.out 2>&1
	within eval 'sinfo -h -o %T | grep -qx idle' || skip "Slurm does not run here: $(grep error slurmd.out | tail -n 1)"
}

@test "engines: srun: -k through several workers is what one gives" {
	tools 'slurm-wlm munge' munged slurmctld slurmd srun sinfo
	slurm
	seq 300000 | rec-split >in.rec
	rec-filter locate /7/ <in.rec | mkstream records >want
	timeout 120 rec-fanout -k --hosts "3/$node" --launch 'srun -Q -w {host} -N1 -n1' rec-filter locate /7/ <in.rec 2>err | mkstream records >got
	same want got
	run -77 timeout 60 rec-fanout --hosts "$node" --launch 'srun -Q -w {host} -N1 -n1' sh -c 'rec-filter locate; exit 77' <in.rec
	# The ranks of one job: each has its share and its file.
	cat >task <<-'X'
		#!/bin/sh
		rec-sample --every "$SLURM_NTASKS" --offset "$SLURM_PROCID" <in.rec | rec-filter locate /7/ >"share.$SLURM_PROCID"
	X
	chmod +x task
	timeout 60 srun -Q -N1 -n4 ./task </dev/null
	rec-fanin -k share.0 share.1 share.2 share.3 | mkstream records >got
	same want got
}

# ---- Kafka ----

# broker: starts the broker that librdkafka brings along for tests, in a kcat that waits for its
# input. Its address is in $broker.
broker() {
	mkfifo hold
	exec 8<>hold
	start kcat -P -b none:1 -t held -X test.mock.num.brokers=1 <hold 2>broker.err 8>&-
	within grep -q 'replaced with 127' broker.err || {
		cat broker.err
		return 1
	}
	broker=$(sed -n 's/.*replaced with \([0-9.:]*\).*/\1/p' broker.err)
}

# kcat takes lines, but not empty ones; it prints whatever a message holds.
@test "engines: kafka: any records come back from a topic as they went in" {
	tools kcat kcat
	broker
	mkstream 'data:0:plain,,two\nlines,nul\0in\0it,tab\there,\xff\xfe,\\n,\\,a\r\n, blank ' end >in.rec
	seq 20000 | rec-split | cat in.rec - >all.rec
	rec-join -f escaped <all.rec | timeout 60 kcat -P -b "$broker" -t jobs -p 0
	timeout 60 kcat -C -q -e -o beginning -b "$broker" -t jobs -p 0 -f '%R%s' | rec-split -f u32be | rec-join | rec-split -f escaped >back.rec
	rec-join -f netstring <all.rec >want
	rec-join -f netstring <back.rec >got
	same want got
	# Messages that are not text are printed as they are.
	printf 'a\nb\0c\x5c' >message
	timeout 60 kcat -P -b "$broker" -t raw -p 0 message
	timeout 60 kcat -C -q -e -o beginning -b "$broker" -t raw -p 0 -f '%R%s' | rec-split -f u32be | rec-join -f netstring >got
	printf '6:a\nb\0c\\,' >want
	same want got
}
