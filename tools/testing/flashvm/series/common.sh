# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154,SC2015,SC2317
# Copyright (C) 2026 The FlashVM authors
#
# What the programs of this directory share: the order of the series, stock
# files, and small git trees that hold nothing but what the series touches.
# The caller has set $here to the directory of this file.

lab=$(cd "$here/../lab" && pwd -P) || exit 1
# shellcheck source-path=SCRIPTDIR source=../lab/lib.sh
. "$lab/lib.sh"

export LC_ALL=C
version=6.12
package=linux-source-$version
patches=$top/patches/$version
tree=$build/linux
state=$build/state
mirror=(mm include Documentation tools)	# where files of ours can be

command -v git >/dev/null || die "git is missing: install the package git"
# shellcheck disable=SC2046	# names of variables
unset $(git rev-parse --local-env-vars)

# A directory that goes away with the program.
make_tmp() {
	mkdir -p "$build" && tmp=$(mktemp -d "$build/tmp.XXXXXX") || exit 1
	on_exit() { rm -rf "$tmp"; }
}

# git for what must come out the same everywhere; $who, $address and $date are
# the committer's, who appears in a cover letter only.
g() {
	GIT_CONFIG_GLOBAL=$here/gitconfig GIT_CONFIG_NOSYSTEM=1 \
		GIT_COMMITTER_NAME=${who:-FlashVM} GIT_COMMITTER_EMAIL=${address:-flashvm} \
		GIT_COMMITTER_DATE=${date:-2026-01-01T00:00:00Z} TZ=UTC git "$@"
}

# --- patches/VERSION ------------------------------------------------------

# The names in a file of series, or a list in a file of order: no comments.
lines() { sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$1"; }

# slugs: names of hook patches without number and ".patch".
slugs() { sed -E 's/^[0-9]+-//; s/\.patch$//'; }

touched() {
	sed -nE 's,^(--- a|\+\+\+ b)/([^[:space:]]+).*,\2,p' "$@" | sort -u
}

# header FILE NAME: of a message; continued lines are joined.
header() {
	awk -v name="$2: " '
		/^$/ { exit }
		/^[ \t]/ { if (on) { sub(/^[ \t]+/, ""); v = v " " $0 }; next }
		{ on = index($0, name) == 1; if (on) v = substr($0, length(name) + 1) }
		END { print v }' "$1"
}

# The text of a message, with "@version@" and lines "@include FILE" replaced.
body() {
	awk -v top="$top" -v version="$(kernel_version)" '
		!text { text = /^$/; next }
		/^@include / {
			file = top "/" $2
			while ((got = (getline line < file)) > 0)
				print line
			if (got < 0) { print "no file " $2 >"/dev/stderr"; exit 1 }
			close(file)
			next
		}
		{ gsub(/@version@/, version); print }' "$1"
}

# --- the stock kernel -----------------------------------------------------

kernel_version() {
	sed -nE 's/^(VERSION|PATCHLEVEL|SUBLEVEL) = ([0-9]+)$/\2/p' \
		"$tree/Makefile" | paste -sd.
}

need_source() { "$lab/kernel" fetch || exit 1; }

# copy_stock DIR FILE...: as they were before lab/kernel patched them.
copy_stock() {
	local dir=$1 file from

	shift
	for file; do
		from=$state/pristine/$file
		[[ -e $from ]] || from=$tree/$file
		[[ -f $from && ! -L $from ]] &&
			! grep -qxF -- "$file" "$state/created" 2>/dev/null ||
			die "Linux $(kernel_version) has no file $file, but a patch changes it"
		mkdir -p "$(dirname "$dir/$file")" && cp "$from" "$dir/$file" || exit 1
	done
}

# git_tree DIR: make a git tree of what is in DIR, tagged "stock".
git_tree() {
	mkdir -p "$1" && g -C "$1" init -q --template= && mkdir -p "$1/.git/info" &&
		printf '%s\n' '*.[ch] diff=cpp' >"$1/.git/info/attributes" &&
		g -C "$1" add -f -A &&
		g -C "$1" commit -q --allow-empty --date=2026-01-01T00:00:00Z \
			--author='Linux <linux>' -m "Linux $(kernel_version)" &&
		g -C "$1" tag stock || die "cannot make a git tree in $1"
}

# am DIR PATCH...: git am, or the reason why not.
am() {
	local dir=$1 patch

	shift
	for patch; do
		g -C "$dir" am -q --keep-cr "$patch" >"$dir/.git/am.log" 2>&1 && continue
		grep -E '^(error|fatal):' "$dir/.git/am.log" >&2
		g -C "$dir" am -q --abort >/dev/null 2>&1
		note "${0##*/}: git am does not take ${patch##*/}"
		return 1
	done
}

# strict DIR PATCH...: apply by patch without fuzz. What went wrong, and moved
# hunks ("offset"), go to stdout; fails when something went wrong.
strict() {
	local dir=$1 patch status=0

	shift
	for patch; do
		patch -d "$dir" -p1 -F0 --no-backup-if-mismatch -f -r - \
			<"$patch" >"$tmp/patch.log" 2>&1 || status=1
		! grep -q 'with fuzz' "$tmp/patch.log" || status=1
		awk -v patch="${patch##*/}" '
			/^patching file / { file = $3 }
			/FAILED|fuzz|offset|t find file|malformed|Skipping/ {
				print patch ": " file ": " $0
			}' "$tmp/patch.log"
		[[ $status == 0 ]] || return 1
	done
}

# --- the archive ----------------------------------------------------------

# The versions of the source package that apt offers, newest first.
offered() {
	apt-cache madison "$package" 2>/dev/null | awk -F'|' '{ gsub(/ /, "", $2); print $2 }'
}

# The lists of apt are fetched only if they are not there.
need_lists() {
	[[ -z $(offered) ]] || return 0
	[[ $(id -u) == 0 ]] ||
		die "apt knows no package $package: run apt-get update as root, or set KERNEL_SRC="
	apt-get update >"$logs/apt.log" 2>&1 ||
		die "apt-get update failed: no network? (log: $logs/apt.log)"
	[[ -n $(offered) ]] ||
		die "no package $package: it is in Debian's security archive (see lab/setup), or set KERNEL_SRC="
}

# unpack VERSION DIR [FILE...]: the source package of VERSION, or some files of
# it. What was downloaded stays in build/archive until forget is called.
# run_logged can call it by "bash -c".
archive=$build/archive
export package archive
unpack() {
	local want=$1 dir=$2 file names=() deb=$archive/$1.deb tarball=./usr/src/$package.tar.xz

	shift 2
	for file; do names+=("$package/$file"); done
	rm -rf "$dir.new" && mkdir -p "$dir.new" "$archive" || return
	if [[ $want == "$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null)" ]]; then
		tar -C "$dir.new" --strip-components=1 -xmf "/usr/src/$package.tar.xz" "${names[@]}"
	else
		if [[ ! -e $deb ]]; then
			rm -rf "$deb.new" && mkdir "$deb.new" || return
			(cd "$deb.new" && apt-get -q download "$package=$want") ||
				{ echo "cannot download $package $want: no network?"; rm -rf "$deb.new" "$dir.new"; return 1; }
			mv "$deb.new"/*.deb "$deb" && rmdir "$deb.new" || return
		fi
		(set -o pipefail; dpkg-deb --fsys-tarfile "$deb" | tar -xOf - "$tarball" |
			tar -C "$dir.new" --strip-components=1 -xJmf - "${names[@]}")
	fi || { echo "cannot unpack $package $want"; rm -rf "$dir.new" "$deb"; return 1; }
	rm -rf "$dir" && mv "$dir.new" "$dir"
}

forget() { rm -rf "$archive/$1.deb" "$archive/$1.deb.new"; }

# archived VERSION FILE...: stock files of a version, in build/archive/VERSION.
archived() {
	local want=$1

	shift
	if (cd "$archive/$want" && ls "$@") >/dev/null 2>&1; then return; fi
	export -f unpack
	# shellcheck disable=SC2016
	run_logged "getting $package $want" "$logs/archive.log" "" "" \
		bash -c 'unpack "$@"' - "$want" "$archive/$want" "$@" && return
	tail -n 5 "$logs/archive.log"
	return 1
}
