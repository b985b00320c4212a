#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The FlashVM authors
#
# A monitor of mmtests: what FlashVM has counted, each MONITOR_UPDATE_FREQUENCY
# seconds and once more at the end. The form is that of the monitor proc-vmstat,
# a line "time: SECONDS" and then a name and a value a line; a latency histogram
# has a line for each bucket that is not empty, with its lower bound.
#
# mmtests looks for it as monitors/watch-flashvm.sh.

root=${FLASHVM_ROOT:-}
pause=

sample() {
	echo "time: $(date +%s)"
	grep '^flashvm_' "$root/proc/vmstat"
	# A device may go while it is read.
	(cd "$root/sys/kernel/mm/flashvm" && grep '' ./*/stats/*) 2>/dev/null |
		sed -e '/ 0$/d' -e 's,^\./,,' -e 's/:/ /'
}

stop() {
	[[ ! $pause ]] || kill "$pause" 2>/dev/null
	sample
	exit 0
}

trap stop INT TERM
while :; do
	sample
	sleep "${MONITOR_UPDATE_FREQUENCY:-10}" &
	pause=$!
	wait "$pause"
done
