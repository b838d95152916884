#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: boot_systemd.sh STAGE PROGRAM RESULTS
#
# Boots systemd as PID 1 of a container whose files are this machine's own,
# with STAGE (a tree from "make install DESTDIR=STAGE") laid over them, and
# runs PROGRAM, a path inside. Its output is printed and its exit code is
# ours; RESULTS is a directory it sees as /results.
#
# BOOT_TIMEOUT: seconds until everything is killed, 300 unless told (exit 124).
#
# Needs root and systemd-nspawn. The machine is not changed: mounts, control
# group, processes and network belong to namespaces that end with it, and what
# the guest writes goes to memory.
set -eu

fail() {
	echo "boot_systemd.sh: $2" >&2
	exit "$1"
}

outside() {
	[ $# -eq 3 ] || fail 64 "usage: boot_systemd.sh STAGE PROGRAM RESULTS"
	[ "$(id -u)" -eq 0 ] || fail 77 "needs root"
	command -v systemd-nspawn >/dev/null ||
		fail 69 "needs systemd-nspawn (package systemd-container)"
	local stage results group code=0
	stage=$(readlink -f "$1")
	mkdir -p "$3"
	results=$(readlink -f "$3")
	group=postern-boot.$$
	: >"$results/output"
	# when unshare goes, its PID namespace takes all of the guest with it
	timeout -k 10 "${BOOT_TIMEOUT:-300}" \
		unshare --mount --propagation private --pid --fork \
		--kill-child --mount-proc \
		"$0" --inside "$stage" "$2" "$results" "$group" \
		>"$results/console" 2>&1 </dev/null || code=$?
	remove_group "$group"
	cat "$results/output"
	if [ "$code" -ne 0 ]; then
		echo "boot_systemd.sh: exit $code; the console said:"
		cat "$results/console"
	fi
	exit "$code"
}

remove_group() {
	local tree
	tree=$(findmnt -rn -t cgroup2 -o TARGET | head -n 1)
	if [ -n "$tree" ] && [ -d "$tree/$1" ]; then
		find "$tree/$1" -depth -type d -exec rmdir {} + || true
	fi
}

# systemd wants one unified tree, and a group of its own in it.
enter_group() {
	if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
		umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup
		mount -t cgroup2 none /sys/fs/cgroup
	fi
	mkdir "/sys/fs/cgroup/$1"
	echo $$ >"/sys/fs/cgroup/$1/cgroup.procs"
}

inside() {
	local stage=$1 program=$2 results=$3 root=/run/boot/root
	enter_group "$4"
	mount -t tmpfs -o mode=0755,size=2g none /run
	mkdir -p /run/boot/upper /run/boot/work $root
	mount -t overlay -o \
		lowerdir=/,upperdir=/run/boot/upper,workdir=/run/boot/work \
		none $root
	tar -C "$stage" -cf - . |
		tar -C $root -xf - --keep-directory-symlink --no-overwrite-dir
	cat >$root/etc/systemd/system/postern-boot.service <<-EOF
		[Unit]
		After=basic.target dbus.socket
		Wants=dbus.socket
		SuccessAction=exit-force
		FailureAction=exit-force
		[Service]
		Type=oneshot
		ExecStart=$program
		StandardOutput=append:/results/output
		StandardError=append:/results/output
		Environment=LC_ALL=C.UTF-8 SYSTEMD_COLORS=0 SYSTEMD_PAGER=cat
	EOF
	# nspawn's filter would refuse libsodium's mlock(2) without the first
	# capability, and without bpf(2) IPAddressDeny= is dropped in silence
	exec systemd-nspawn --quiet --boot --directory=$root \
		--register=no --keep-unit --console=read-only --link-journal=no \
		--private-network --capability=CAP_IPC_LOCK,CAP_BPF \
		--system-call-filter=bpf --bind="$results:/results" \
		systemd.unit=postern-boot.service systemd.show_status=0 \
		systemd.log_target=journal
}

if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
fi
outside "$@"
