# SPDX-License-Identifier: GPL-2.0-only
# bash completion for humfs-meta: asks it for its tables and for a tree's paths.
# shellcheck shell=bash disable=SC2207

# Print the first column (commands and long options) and the short options.
_humfs_meta_words()
{
	"$@" --list-options 2>/dev/null | cut -f 1,2 | tr '\t' '\n' | grep .
}

# What an option takes, from the table: the ARG column of its row.
_humfs_meta_arg()
{
	"$1" "$2" --list-options 2>/dev/null | awk -F '\t' -v o="$3" '$1 == o || $2 == o { print $3 }'
}

# Paths in the tree $2 that begin as $3 does.
_humfs_meta_paths()
{
	local dir=
	[[ $3 != */* ]] || dir=${3%/*}
	compopt -o filenames -o nospace
	COMPREPLY=($(compgen -W "$("$1" ls --json "$2" $dir 2>/dev/null |
		sed -n 's/^.*"path": "\(.*\)",$/\1/p')" -- "$3"))
}

# A word of a command, the N-th ($3) behind the options; $4 is what is typed,
# $5 the tree.
_humfs_meta_word()
{
	compopt -o filenames
	case $2:$3 in
	*:0 | mount:1)	COMPREPLY=($(compgen -d -- "$4")) ;;
	import:1 | export:1) COMPREPLY=($(compgen -f -- "$4")) ;;
	convert:1)	COMPREPLY=($(compgen -W $'xattr\nside\nv2' -- "$4")) ;;
	chown:1 | chmod:1 | setcap:1 | setfacl:1) ;;
	mknod:2)	COMPREPLY=($(compgen -W $'c\nb\np\ns' -- "$4")) ;;
	ls:* | stat:* | chown:* | chmod:* | mknod:1 | setcap:* | setfacl:*)
		_humfs_meta_paths "$1" "$5" "$4" ;;
	esac
}

_humfs_meta()
{
	local meta=${COMP_WORDS[0]} command=${COMP_WORDS[1]} i=2 n=0 tree= arg
	local word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "$(_humfs_meta_words "$meta")" -- "$word"))
		return
	fi
	# Walk to the word to complete: an option, its argument, which word?
	while ((i < COMP_CWORD)); do
		if ((n == 0)) && [[ ${COMP_WORDS[i]} == -* ]]; then
			arg=$(_humfs_meta_arg "$meta" "$command" "${COMP_WORDS[i]}")
			if [[ -n $arg ]] && ((i + 1 == COMP_CWORD)); then
				case $arg in
				FILE)	COMPREPLY=($(compgen -f -- "$word")) ;;
				KIND)	COMPREPLY=($(compgen -W $'xattr\nside\nauto' -- "$word")) ;;
				FORMAT)	COMPREPLY=($(compgen -W $'pax\nplain\nv2' -- "$word")) ;;
				esac
				return
			fi
			[[ -z $arg ]] || ((i++))
		else
			((n++)) || tree=${COMP_WORDS[i]}
		fi
		((i++))
	done
	if ((n == 0)) && [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$(_humfs_meta_words "$meta" "$command")" -- "$word"))
	else
		_humfs_meta_word "$meta" "$command" "$n" "$word" "$tree"
	fi
}

complete -F _humfs_meta humfs-meta
