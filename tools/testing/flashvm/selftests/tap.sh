# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Copyright (C) 2026 The FlashVM authors
#
# What the tests in the guest share. A test is a shell function and one line
# that says what it shows:
#
#	it "swapoff(2) removes the directory" goes_away
#	...
#	run_tests "$@"
#
# run_tests prints the plan, then a line of TAP for each test. A test runs in a
# subshell with "set -e": it fails when a command fails, and says why when that
# is one of the checks below. What a test leaves behind (swap areas, devices,
# control groups, processes, settings) is removed after it, so that tests do
# not depend on each other. --list prints the descriptions and runs nothing,
# --only REGEX takes those that match.
#
# The debug kernel, which checks everything and is many times slower, runs the
# same tests: SCALE, 1 or more, divides the work and multiplies the patience.
# What it would show nothing more in is an it_lab, with the reason beside it.

top=$(cd "$(dirname "$0")/../../../.." && pwd -P) || exit 1
bin=$top/build/bin/selftests
call=$bin/call
flashvm=/sys/kernel/mm/flashvm
# What is there without a device.
# shellcheck disable=SC2034 # for those that source this
no_device="auto
streams"
nullb=/sys/kernel/config/nullb
flashsim=/sys/kernel/config/flashsim
cgroups=/sys/fs/cgroup
scratch=/tmp/flashvm-test
if [ -z "${KERNEL:-}" ]; then
	KERNEL=lab
	[ "${LAB:-}" != 1 ] || [ ! -e /proc/lockdep_stats ] || KERNEL=debug
fi
[ -n "${SCALE:-}" ] || SCALE=$([ "$KERNEL" = lab ] && echo 1 || echo 8)
debugfs=/sys/kernel/debug
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# No udev in the guest: libdevmapper makes its own nodes.
DM_DISABLE_UDEV=1
LC_ALL=C
export PATH DM_DISABLE_UDEV LC_ALL

# Flags of swapon(2).
FLASHVM=0x80000
PREFER=0x8000

tests=

# --- the harness ------------------------------------------------------------

# it DESCRIPTION FUNCTION [ARG...]
it() {
	_it=$1
	shift
	tests="$tests$_it|$*
"
}

# The same on the lab kernel only, on the debug kernel only.
it_lab() { [ "$KERNEL" = debug ] || it "$@"; }
it_debug() { [ "$KERNEL" != debug ] || it "$@"; }

# Hundredths of a second since the boot.
now() {
	read -r _now _ </proc/uptime
	echo $((${_now%.*} * 100 + 1${_now#*.} - 100))
}

run_tests() {
	_want='' _list=''
	while [ $# -gt 0 ]; do
		case $1 in
		--list) _list=1 ;;
		--only)
			_want=${2:?--only needs a pattern}
			shift
			;;
		*) echo "$0: what is $1?" >&2; exit 2 ;;
		esac
		shift
	done
	tests=$(printf '%s' "$tests" |
		WANT=$_want awk -F'|' '$1 ~ ENVIRON["WANT"]')
	if [ -n "$_list" ]; then
		printf '%s' "${tests:+$tests
}" | sed 's/|.*//'
		return
	fi
	[ "${LAB:-}" = 1 ] || { echo "$0: runs in a guest of the lab only" >&2; exit 2; }
	_total=$(printf '%s\n' "$tests" | grep -c .)
	_number=0 _failed=0
	echo "1..$_total"
	[ "$_total" -gt 0 ] || exit 2
	mkdir -p "$scratch"
	[ "$KERNEL" != debug ] || small_tools
	"$call" seed
	# Most of the time of swapoff(2) is grace periods.
	echo 1 >/sys/kernel/rcu_expedited
	save_settings
	while IFS='|' read -r _name _command <&3; do
		[ -z "$_name" ] || run_test
	done 3<<-END
		$tests
	END
	[ $_failed = 0 ]
}

# Under the debug kernel a program with libraries takes 0.4 s of a CPU to start,
# busybox, which has none, 0.1 s; tests start hundreds.
small_tools() {
	PATH=$scratch/bin:$PATH
	[ ! -d "$scratch/bin" ] || return 0
	mkdir "$scratch/bin"
	busybox --install -s "$scratch/bin"
	_others=
	for _tool in "$scratch"/bin/*; do
		case ${_tool##*/} in
		awk | cat | dd | dmesg | find | grep | head | ls | mkdir | rm | rmdir) ;;
		sed | sleep | sort | tail | touch | tr | wc | xargs) ;;
		*) _others="$_others $_tool" ;;
		esac
	done
	# shellcheck disable=SC2086
	rm $_others
}

run_test() {
	_number=$((_number + 1))
	_begin=$(now)
	echo "flashvm-test $_number: $_name" >/dev/kmsg
	# shellcheck disable=SC2086
	(set -e; cd /; $_command) >"$scratch/log" 2>&1 </dev/null 3<&-
	_status=$?
	(clean_up) >"$scratch/clean" 2>&1 3<&- || _status=99
	_time=$(($(now) - _begin))
	_time=$((_time / 100)).$((_time / 10 % 10))
	if [ $_status = 0 ]; then
		echo "ok $_number - $_name # time=$_time"
		return
	fi
	_failed=$((_failed + 1))
	echo "not ok $_number - $_name # time=$_time"
	tail -n 25 "$scratch/log" | sed 's/^/# /'
	[ $_status != 99 ] || { echo "# it could not be cleaned up:"
		tail -n 5 "$scratch/clean" | sed 's/^/# /'; }
	echo "# exit status $_status; the kernel said:"
	kernel_log | tail -n 8 | sed 's/^/#   /'
}

# The kernel's messages since the test began.
kernel_log() {
	dmesg | awk '/flashvm-test [0-9]+: / { n = 0; next } { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

# kernel_says PATTERN [NUMBER]: so many lines of ours, and one each matches.
kernel_says() {
	_said=$(kernel_log | grep 'flashvm: ' || :)
	if [ "$(printf '%s\n' "$_said" | grep -c .)" != "${2:-1}" ] ||
		[ "$(printf '%s\n' "$_said" | grep -cE "$1")" != "${2:-1}" ]; then
		fail "expected ${2:-1} line(s) of the kernel like '$1', got:" "$_said"
	fi
}

# --- checks -----------------------------------------------------------------

fail() {
	printf '%s\n' "$*"
	exit 1
}

# is WHAT GOT WANTED; at_least, at_most WHAT GOT LIMIT
is() { [ "$2" = "$3" ] || fail "$1: got '$2', expected '$3'"; }
at_least() { [ "$2" -ge "$3" ] || fail "$1: got $2, expected at least $3"; }
at_most() { [ "$2" -le "$3" ] || fail "$1: got $2, expected at most $3"; }

# gives RESULT COMMAND...: the command prints that, whatever its status.
gives() {
	_wanted=$1
	shift
	_got=$("$@" 2>&1) || :
	[ "$_got" = "$_wanted" ] || fail "$*: got '$_got', expected '$_wanted'"
}

present() { [ -d "$flashvm/$1" ] || fail "$flashvm/$1 is missing"; }
absent() { [ ! -e "$flashvm/$1" ] || fail "$flashvm/$1 exists"; }

# eventually SECONDS COMMAND...: it succeeds in that time, times SCALE.
eventually() {
	_until=$(($(now) + $1 * SCALE * 100))
	shift
	while ! ("$@") >"$scratch/last" 2>&1; do
		[ "$(now)" -lt $_until ] || fail "still not so: $*" "$(cat "$scratch/last")"
		sleep 0.1
	done
}

# --- figures ----------------------------------------------------------------

scaled() { echo $(($1 / SCALE > 0 ? $1 / SCALE : 1)); }

value() { cat "$flashvm/$1"; }
# Without a process: there are many of these.
stat_of() {
	read -r _stat <"$flashvm/$1/stats/$2"
	echo "$_stat"
}

# All requests of a histogram.
requests() {
	_sum=0
	while read -r _ _count; do
		_sum=$((_sum + _count))
	done <"$flashvm/$1/stats/$2_latency_us"
	echo $_sum
}

vmstat() {
	while read -r _key _value; do
		[ "$_key" != "$1" ] || { echo "$_value"; return; }
	done </proc/vmstat
	fail "/proc/vmstat has no $1"
}

meminfo() {
	while read -r _key _value _; do
		[ "$_key" != "$1:" ] || { echo "$_value"; return; }
	done </proc/meminfo
	fail "/proc/meminfo has no $1"
}

# Pages in use of a swap area.
used() {
	while read -r _path _ _ _kb _; do
		[ "$_path" != "$1" ] || { echo $((_kb / 4)); return; }
	done </proc/swaps
	fail "$1 is not in /proc/swaps"
}

swapped_on() { used "$1" >/dev/null; }

# NAME's slots allocated and not freed are those that /proc/swaps shows.
slots_add_up() {
	is "slots of $1 in use" $(($(stat_of "$1" slots_allocated) - \
		$(stat_of "$1" slots_freed))) "$(used "${2:-/dev/$1}")"
}

# No CPU keeps a part of the counts for itself.
fold_counts() { cat /proc/sys/vm/stat_refresh; }

no_stuck_pages() {
	fold_counts
	is "swap areas" "$(sed 1d /proc/swaps | grep -cv deleted)" 0
	is SwapTotal "$(meminfo SwapTotal)" 0
	is SwapCached "$(meminfo SwapCached)" 0
	_left=$(find "$flashvm" -mindepth 1 -maxdepth 1 -type d)
	is "directories left" "$_left" ""
}

# --- devices ----------------------------------------------------------------

# disk NAME MB [KEY=VALUE...]: a null_blk device with its own memory. It completes
# in a softirq: waking an idle CPU by a timer takes milliseconds on a busy host.
# Tests to which requests on their way matter ask for $timer.
# shellcheck disable=SC2034
timer="irqmode=2 completion_nsec=50000"

disk() {
	_disk=$nullb/$1
	mkdir "$_disk"
	echo "$2" >"$_disk/size"
	shift 2
	for _pair in memory_backed=1 blocksize=4096 irqmode=1 discard=1 "$@"; do
		echo "${_pair#*=}" >"$_disk/${_pair%%=*}"
	done
	echo 1 >"$_disk/power"
}

# swap_disk NAME MB [KEY=VALUE...]: the same with a swap signature.
swap_disk() {
	disk "$@"
	if [ "$KERNEL" = debug ]; then
		busybox mkswap "/dev/$1"
	else
		mkswap "/dev/$1"
	fi >/dev/null
}

# flash NAME MB [KEY=VALUE...]: a device of flashsim. simulated NAME FIGURE: one
# of its counters.
flash() {
	[ -d "$flashsim" ] || busybox insmod "$top/build/flashsim/$KERNEL/flashsim.ko"
	_disk=$flashsim/$1
	mkdir "$_disk"
	echo "$2" >"$_disk/size_mb"
	shift 2
	for _pair; do
		echo "${_pair#*=}" >"$_disk/${_pair%%=*}"
	done
	echo 1 >"$_disk/power"
}

simulated() {
	while read -r _key _value; do
		[ "$_key" != "$2" ] || { echo "$_value"; return; }
	done <"$flashsim/$1/counters"
	fail "flashsim has no counter $2"
}

# flash_on PATH [PRIORITY], ordinary_on PATH [PRIORITY], off PATH
flash_on() { gives ok "$call" swapon "$1" "$(flags $FLASHVM ${2:+"$2"})"; }
ordinary_on() { gives ok "$call" swapon "$1" "$(flags 0 ${2:+"$2"})"; }
flags() { if [ $# -gt 1 ]; then echo $(($1 | PREFER | $2)); else echo "$1"; fi; }
off() { gives ok "$call" swapoff "$1"; }

# dm NAME TABLE: /dev/mapper/test-NAME
dm() { dmsetup create "test-$1" --table "$2"; }
sectors() { blockdev --getsz "$1"; }

# --- load -------------------------------------------------------------------

# group NAME MB: a control group with so much memory (max: no limit). The limit
# is memory.high, which makes its processes wait: at memory.max Linux kills one
# of them when all that is there is being written, however much swap is free.
group() {
	mkdir "$cgroups/test-$1"
	limit "$1" "$2"
}

limit() { megabytes "$2" >"$cgroups/test-$1/memory.high"; }
hard_limit() { megabytes "$2" >"$cgroups/test-$1/memory.max"; }
megabytes() { if [ "$1" = max ]; then echo max; else echo "$1M"; fi; }

# enter NAME COMMAND...: become it, in that group. in_group: run it there.
enter() {
	echo 0 >"$cgroups/test-$1/cgroup.procs"
	shift
	exec "$@"
}

in_group() { (enter "$@"); }

# reclaim NAME MB: swap out that much; less if there is no more to take.
reclaim() { echo "$2M" >"$cgroups/test-$1/memory.reclaim" 2>/dev/null || :; }

# One more push until the group has no more than that.
shrunk() {
	reclaim "$1" 2
	[ "$(cat "$cgroups/test-$1/memory.current")" -le $(($2 << 20)) ]
}

# start GROUP NUMBER WORKER-OPTION...: workers in the background, filled.
# Sets $worker; their output goes to $scratch/worker.
start() {
	_group=$1 _count=$2
	shift 2
	rm -f "$scratch/ready"
	enter "$_group" "$bin/worker" -c "$_count" -r "$scratch/ready" "$@" \
		>"$scratch/worker" 2>&1 &
	worker=$!
	eventually 120 filled "$_count"
}

filled() {
	kill -0 "$worker" 2>/dev/null || { cat "$scratch/worker"; return 0; }
	[ -f "$scratch/ready" ] && [ "$(grep -c . "$scratch/ready")" = "$1" ]
}

# End them; they check all their pages first, and end with that status.
finish() { finish_with 0; }

finish_with() {
	kill "$worker" 2>/dev/null || :
	_rc=0
	wait "$worker" || _rc=$?
	[ $_rc = "$1" ] || fail "workers ended with $_rc:" "$(cat "$scratch/worker")"
}

# Sum of a figure over the lines of the workers.
worked() {
	sed -n "s/.*$1=\([0-9]*\).*/\1/p" "$scratch/worker" |
		{ _sum=0; while read -r _n; do _sum=$((_sum + _n)); done; echo $_sum; }
}

# quiet NAME: wait until nothing is on its way to or from a device any more.
quiet() {
	_last=
	while
		_figures=$(cat "$flashvm/$1"/stats/*)
		[ "$_figures" != "$_last" ]
	do
		_last=$_figures
		sleep 0.2
	done
}

# serve NAME: load on a FlashVM device that is on, every page checked: so many
# MB in a group that has half of that.
served=$((SCALE > 1 ? 4 : 16))

serve() {
	_written=$(stat_of "$1" pages_written)
	_read=$(($(stat_of "$1" pages_demand) + $(stat_of "$1" pages_ahead)))
	group serve $((served / 2))
	in_group serve "$bin/worker" -m $served -n "$(scaled 2)" >/dev/null
	rmdir "$cgroups/test-serve"
	at_least "pages written to $1" \
		$(($(stat_of "$1" pages_written) - _written)) $((served * 90))
	at_least "pages read from $1" $(($(stat_of "$1" pages_demand) + \
		$(stat_of "$1" pages_ahead) - _read)) $((served * 90))
	is "errors of $1" "$(stat_of "$1" read_errors),$(stat_of "$1" write_errors)" 0,0
}

# serve_gently NAME: the same without a limit, for a device so slow that a
# small group would be out of memory before its first page is written.
serve_gently() {
	group serve max
	start serve 1 -m $served -i
	eventually 60 shrunk serve $((served / 2))
	finish
	rmdir "$cgroups/test-serve"
	at_least "pages written to $1" "$(stat_of "$1" pages_written)" $((served * 90))
	at_least "pages read from $1" $(($(stat_of "$1" pages_demand) + \
		$(stat_of "$1" pages_ahead))) $((served * 90))
	is "errors of $1" "$(stat_of "$1" read_errors),$(stat_of "$1" write_errors)" 0,0
}

# --- afterwards -------------------------------------------------------------

# Settings that tests change, "file value" a line.
save_settings() {
	for _file in /proc/sys/vm/page-cluster /proc/sys/vm/overcommit_memory \
		/proc/sys/vm/overcommit_ratio /sys/kernel/mm/lru_gen/enabled \
		/sys/kernel/mm/ksm/run /sys/kernel/tracing/events/enable \
		"$debugfs"/fail*/probability; do
		[ ! -e "$_file" ] || echo "$_file $(cat "$_file")"
	done >"$scratch/settings"
	_thp=$(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/enabled)
	echo "/sys/kernel/mm/transparent_hugepage/enabled $_thp" >>"$scratch/settings"
}

restore_settings() {
	while read -r _file _value; do
		echo "$_value" >"$_file"
	done <"$scratch/settings"
	[ ! -e "$flashvm/auto" ] || echo >"$flashvm/auto"
}

# Nothing may be left of a test. Devices that were removed with swap on them
# stay in /proc/swaps until the guest ends: nobody can name them any more.
clean_up() {
	_ok=0
	for _dir in "$cgroups"/test-*; do
		[ -d "$_dir" ] || continue
		echo 1 >"$_dir/cgroup.kill"
		eventually 30 rmdir "$_dir" || _ok=1
	done
	restore_settings
	sed 1d /proc/swaps | while read -r _path _; do
		[ ! -e "$_path" ] || "$call" swapoff "$_path" >/dev/null ||
			{ echo "cannot swapoff $_path"; exit 1; }
	done || _ok=1
	for _dir in "$scratch"/mnt*; do
		[ ! -d "$_dir" ] || { umount "$_dir"; rmdir "$_dir"; } || _ok=1
	done
	for _dir in /dev/mapper/test-*; do
		[ ! -b "$_dir" ] || dmsetup remove "$_dir" || _ok=1
	done
	for _dir in "$nullb"/*/ "$flashsim"/*/; do
		[ -d "$_dir" ] || continue
		rmdir "$_dir" || _ok=1
	done
	rm -f "$scratch"/file*
	return $_ok
}
