"""The scripts by which shells ask for completions."""

from __future__ import annotations

from click.shell_completion import BashComplete, FishComplete, add_completion_class

_BASH = r"""
%(complete_func)s() {
    # Bash parts words at its COMP_WORDBREAKS too, as at : @ = ( of a selection, and replaces only what is behind the
    # last of them. So words are put together again to ask for them, and what is before that is taken off the answers.
    local IFS=$'\n' line=$COMP_LINE before="" words=() word gap i response type value
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        gap=${line%%%%"$word"*}
        [[ -n $word ]] || gap=$line
        line=${line#*"$word"}
        if ((i == 0)) || [[ -n $gap ]]; then
            before=""
            words+=("$word")
        else
            before=${words[-1]}
            words[-1]+=$word
        fi
    done
    [[ -n $word && -z ${word//[:=@(]/} ]] && before=${words[-1]}
    before=${before//\\/}
    before=${before%%@}  # which readline leaves to what is replaced
    [[ $before == -*=* ]] && before=${before#*=}

    response=$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) %(complete_var)s=bash_complete "$1")

    COMPREPLY=()
    while IFS=',' read -r type value; do
        if [[ $type == 'dir' ]]; then
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            value=${value#"$before"}
            # Within quotes nothing else has to be quoted.
            [[ $word != [\'\"]* && $value == *[\ \'\"\(\)\*\?\&\;\|\<\>\$\`]* ]] && printf -v value '%%q' "$value"
            [[ $value == *[:=@/\(] ]] && compopt -o nospace
            COMPREPLY+=("$value")
        fi
    done <<< "$response"

    return 0
}

%(complete_func)s_setup() {
    complete -o nosort -F %(complete_func)s %(prog_name)s
}

%(complete_func)s_setup;
"""


class BashScript(BashComplete):
    """Completion in bash, also of words with colons."""

    source_template = _BASH


class FishScript(FishComplete):
    """Completion in fish, also of words with commas."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split --max 1 ","')


for script in (BashScript, FishScript):
    add_completion_class(script)
