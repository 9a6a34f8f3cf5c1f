# SPDX-License-Identifier: GPL-2.0-only
# bash completion for hum: asks hum itself for its tables, so it cannot be stale.
# shellcheck shell=bash disable=SC2207

# Print the first column (commands and long options) and the short options.
_hum_words()
{
	"$@" --list-options 2>/dev/null | cut -f 1,2 | tr '\t' '\n' | grep .
}

# What an option takes, from the table: the ARG column of its row.
_hum_arg()
{
	"$1" "$2" --list-options 2>/dev/null | awk -F '\t' -v o="$3" '$1 == o || $2 == o { print $3 }'
}

# The command that hum runs: completed as if it stood alone.
_hum_command()
{
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	else
		COMPREPLY=($(compgen -c -- "${COMP_WORDS[COMP_CWORD]}"))
	fi
}

# One argument of an option. $1 = what the table calls it, $2 = what is typed.
_hum_complete_arg()
{
	case $1 in
	FILE)	compopt -o filenames; COMPREPLY=($(compgen -f -- "$2")) ;;
	DIR | SRC*)	compopt -o filenames; COMPREPLY=($(compgen -d -- "$2")) ;;
	USER)	COMPREPLY=($(compgen -u -- "$2")) ;;
	NAME*)	compopt -o nospace; COMPREPLY=($(compgen -v -- "$2")) ;;
	MODE)	COMPREPLY=($(compgen -W 'auto seccomp ptrace' -- "$2")) ;;
	CPU)	COMPREPLY=($(compgen -W 'auto off' -- "$2")) ;;
	esac
}

# The tags of the shares on the line so far.
_hum_tags()
{
	local n=0 at

	echo cwd
	for at in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
		if [[ $at == -v* || $at == --volume* ]]; then
			echo "v$((n++))"
		fi
	done
}

_hum()
{
	local hum=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} i=2 arg
	local IFS=$'\n'

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W "$(_hum_words "$hum")" -- "$word"))
		return
	fi
	# Walk to the word to complete: is it an option, its argument, the command?
	while ((i < COMP_CWORD)); do
		case ${COMP_WORDS[i]} in
		--)	_hum_command $((i + 1)); return ;;
		-*)	arg=$(_hum_arg "$hum" "${COMP_WORDS[1]}" "${COMP_WORDS[i]}")
			if [[ -n $arg ]]; then
				if ((i + 1 == COMP_CWORD)); then
					_hum_complete_arg "$arg" "$word"
					return
				fi
				((i++))
			fi ;;
		*)	_hum_command "$i"; return ;;
		esac
		((i++))
	done
	if [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$(_hum_words "$hum" "${COMP_WORDS[1]}")" -- "$word"))
	elif [[ ${COMP_WORDS[1]} == run ]]; then
		_hum_command "$COMP_CWORD"
	elif [[ ${COMP_WORDS[1]} == conformance ]]; then
		_hum_complete_arg DIR "$word"
		COMPREPLY+=($(compgen -W "$(_hum_tags)" -- "$word"))
	fi
}

complete -F _hum hum
