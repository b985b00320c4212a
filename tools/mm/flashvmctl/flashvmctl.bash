# SPDX-License-Identifier: GPL-2.0
# bash completion of flashvmctl(8)

# Swap areas by path and by tag, for "on".
_flashvmctl_areas()
{
	lsblk --noheadings --raw --paths --output NAME,FSTYPE 2>/dev/null |
		awk '$2 == "swap" { print $1 }'
	lsblk --noheadings --pairs --output UUID,FSTYPE 2>/dev/null |
		awk -F '"' '$4 == "swap" { print "UUID=" $2 }'
}

# Active FlashVM devices, by the kernel's names.
_flashvmctl_active()
{
	local dir

	for dir in /sys/kernel/mm/flashvm/*/; do
		[[ -d $dir ]] || continue
		dir=${dir%/}
		echo "${dir##*/}"
	done
}

# The last item of a list of columns separated by commas.
_flashvmctl_columns()
{
	local cur=$1 done='' columns

	columns=$(flashvmctl status --help 2>/dev/null |
		awk 'p { print $1 } /^Columns:/ { p = 1 }')
	[[ $cur == *,* ]] && done=${cur%,*},
	[[ $cur == +* && -z $done ]] && done=+
	mapfile -t COMPREPLY < <(compgen -P "$done" -W "$columns" -- \
		"${cur#"$done"}")
	compopt -o nospace
}

_flashvmctl()
{
	local cur prev command='' i words=''

	# UUID=x has to stay one word.
	if declare -F _get_comp_words_by_ref >/dev/null; then
		_get_comp_words_by_ref -n '=' cur prev
	else
		cur=${COMP_WORDS[COMP_CWORD]}
		prev=${COMP_WORDS[COMP_CWORD - 1]}
	fi
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		on | off | status | apply | fstab)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done

	case $command:$prev in
	on:-p | on:--priority)
		return
		;;
	apply:-f | apply:--file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames
		return
		;;
	status:-o | status:--output)
		_flashvmctl_columns "$cur"
		return
		;;
	esac
	case $command:$cur in
	:*)
		words='on off status apply fstab --help --version'
		;;
	on:-*)
		words='--priority --discard --discard=once --discard=pages
			--fallback --help'
		;;
	off:-*)
		words='--all --fallback --help'
		;;
	status:-*)
		words='--bytes --json --noheadings --output --raw --verbose
			--help'
		;;
	apply:-*)
		words='--check --file --fallback --help'
		;;
	fstab:-*)
		words='--dry-run --help'
		;;
	on:/* | fstab:/*)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames
		return
		;;
	on:* | fstab:*)
		words=$(_flashvmctl_areas)
		;;
	off:/* | status:/* | apply:/*)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames
		return
		;;
	*)
		words=$(_flashvmctl_active)
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	if declare -F __ltrim_colon_completions >/dev/null &&
	   [[ $cur == *=* && $COMP_WORDBREAKS == *=* ]]; then
		# Readline replaces only what follows the '='.
		COMPREPLY=("${COMPREPLY[@]#"${cur%%=*}="}")
	fi
}

complete -F _flashvmctl flashvmctl
