# Help, man page and completion: made from the command tables, so they must know every command and
# option; and they must be well-formed for the programs that read them.
set -eu
program=$(realpath "${PROGRAM:?names the requant binary}")
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

fail()
{
    failed=$((failed + 1))
    echo "FAIL  $1"
}

commands=$(sed -n 's/^RQ_COMMAND(\(.*\))$/\1/p' "$root/engine/cli/commands.def")
"$program" help --man >man
"$program" help --completion bash >completion.bash
"$program" help --completion zsh >completion.zsh
for command in $commands; do
    "$program" $command --help >text || fail "$command --help"
    "$program" help $command | cmp -s - text || fail "help $command"
    sed -n '/^Examples:/,$p' text | grep -q "^  requant $command " || fail "$command has no example"
    grep -q "^\.SS requant $command" man || fail "$command is not in the man page"
    grep -q "^    $command)" completion.bash || fail "$command is not in bash's completion"
    grep -q "^        '$command:" completion.zsh || fail "$command is not in zsh's completion"
    for option in $(sed -n 's/^  \(-o, \)\{0,1\}--\([a-z0-9_-]*\).*/\2/p' text); do
        grep -q -- "--$option" completion.bash || fail "--$option is not in bash's completion"
    done
done
[ "$("$program" help | cksum)" = "$("$program" --help | cksum)" ] || fail "help and --help"
code=0
"$program" help nothing >text 2>error || code=$?
[ $code = 2 ] || fail "help of nothing: $code"
grep -q -- --completion error || fail "help names its topics"

if command -v groff >/dev/null; then
    groff -ww -man -Tascii man >rendered 2>error || fail "groff: $(cat error)"
    [ -s error ] && fail "groff: $(cat error)"
    grep -q 'a budget is not met' rendered || fail "the man page as text"
else
    echo "the man page: not rendered, there is no groff"
fi

bash -n completion.bash || fail "bash cannot read its completion"
# completed WORD...: what bash offers for the last word
completed()
{
    bash -c '. ./completion.bash; COMP_WORDS=(requant "$@"); COMP_CWORD=$#; _requant
        echo "${COMPREPLY[@]}"' - "$@"
}
[ "$(completed qua)" = quantize ] || fail "qua: $(completed qua)"
[ "$(completed compare --max-d)" = --max-drop ] || fail "--max-d: $(completed compare --max-d)"
: >model.xml
[ "$(completed quantize mod)" = model.xml ] || fail "files: $(completed quantize mod)"
[ "$(completed quantize --plan mod)" = model.xml ] || fail "files of options"
[ -z "$(completed quantize --layout mod)" ] || fail "files for --layout"
[ "$(completed help --ma)" = --man ] || fail "help --ma: $(completed help --ma)"
if command -v zsh >/dev/null; then
    zsh -n completion.zsh || fail "zsh cannot read its completion"
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
option" ] || fail "zsh completes: $typed"
fi

[ $failed = 0 ] && echo "all as expected"
