#!/bin/bash
# Help, man page and completion: made from the command tables, so they must know every command and
# option; and they must be well-formed for the programs that read them.
. "$(dirname "$0")/lib.sh"

commands=$(sed -n 's/^RQ_COMMAND(\(.*\))$/\1/p' "$root/engine/cli/commands.def")
"$program" help --man >page
"$program" help --completion bash >completion.bash
"$program" help --completion zsh >completion.zsh
for command in $commands; do
    "$program" "$command" --help >text || complain "$command --help"
    "$program" help "$command" | cmp -s - text || complain "help $command"
    sed -n '/^Examples:/,$p' text | grep -q "^  requant $command " || complain "$command has no example"
    grep -q "^\.SS requant $command" page || complain "$command is not in the man page"
    grep -q "^    $command)" completion.bash || complain "$command is not in bash's completion"
    grep -q "^        '$command:" completion.zsh || complain "$command is not in zsh's completion"
    sed -n 's/^  \(-o, \)\{0,1\}--\([a-z0-9_-]*\).*/\2/p' text | while read -r option; do
        grep -q -- "--$option" completion.bash || complain "--$option is not in bash's completion"
    done
done
[ "$("$program" help | cksum)" = "$("$program" --help | cksum)" ] || complain "help and --help"
code=0
"$program" help nothing >text 2>error || code=$?
[ $code = 2 ] || complain "help of nothing: $code"
grep -q -- --completion error || complain "help names its topics"

if command -v groff >/dev/null; then
    groff -ww -man -Tascii page >rendered 2>error || complain "groff: $(cat error)"
    [ -s error ] && complain "groff: $(cat error)"
    grep -q 'a budget is not met' rendered || complain "the man page as text"
else
    skip_part "the man page as text: there is no groff"
fi

bash -n completion.bash || complain "bash cannot read its completion"
# completed WORD...: what bash offers for the last word
completed()
{
    bash -c '. ./completion.bash; COMP_WORDS=(requant "$@"); COMP_CWORD=$#; _requant
        echo "${COMPREPLY[@]}"' - "$@"
}
[ "$(completed qua)" = quantize ] || complain "qua: $(completed qua)"
[ "$(completed compare --max-d)" = --max-drop ] || complain "--max-d: $(completed compare --max-d)"
: >model.xml
[ "$(completed quantize mod)" = model.xml ] || complain "files: $(completed quantize mod)"
[ "$(completed quantize --plan mod)" = model.xml ] || complain "files of options"
[ -z "$(completed quantize --layout mod)" ] || complain "files for --layout"
[ "$(completed help --ma)" = --man ] || complain "help --ma: $(completed help --ma)"
if command -v zsh >/dev/null; then
    zsh -n completion.zsh || complain "zsh cannot read its completion"
    # Typed into a zsh on a terminal of its own: one word completed by TAB, and the line then shown.
    mkdir zfunctions
    cp completion.zsh zfunctions/_requant
    cat >type.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1='> '; fpath=($PWD/zfunctions \$fpath); autoload -Uz compinit; compinit -u -D; echo re''ady"
zpty -r -m shell shown '*ready*'
zpty -w -n shell $'requant qua\t'
zpty -r -m shell shown '*requant quantize*' && echo "command"
zpty -w -n shell $'\025requant compare --max-d\t'
zpty -r -m shell shown '*compare --max-drop*' && echo "option"
zpty -d shell
END
    typed=$(TERM=dumb timeout 20 zsh -f type.zsh 2>&1) || true
    [ "$typed" = "command
option" ] || complain "zsh completes: $typed"
fi
