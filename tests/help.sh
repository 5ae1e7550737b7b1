#!/bin/bash
# Help, manual pages and completion: made from the command tables, so they must know every command and
# option; and they must be well-formed for the programs that read them.
. "$(dirname "$0")/lib.sh"

commands=$(sed -n 's/^RQ_COMMAND(\(.*\))$/\1/p' "$root/engine/cli/commands.def")
export COLUMNS=80

# options_of HELP: their names
options_of()
{
    sed -n 's/^  \(-[a-z]*, \)*--\([a-z0-9_-]*\).*/\2/p' "$1"
}

# -- --help -----------------------------------------------------------------------------------------

# Options under headings, no line longer than the terminal is wide (but for examples).
"$program" help --completion bash >completion.bash
"$program" help --completion zsh >completion.zsh
for command in $commands; do
    "$program" "$command" --help >text || complain "$command --help"
    "$program" help "$command" | cmp -s - text || complain "help $command"
    "$program" "$command" -h | cmp -s - text || complain "$command -h"
    sed -n '/^Examples:/,$p' text >examples
    grep -q "^  requant $command" examples || complain "$command has no example"
    tail -n +2 examples | bash -n || complain "$command: an example that a shell cannot read"
    if sed '/^Examples:/,$d' text | grep -q '.\{81\}'; then complain "$command --help is wider than 80 columns"; fi
    grep -q '^General:$' text || complain "$command has no heading for its options"
    grep -q "^    $command)" completion.bash || complain "$command is not in bash's completion"
    grep -q "^        '$command:" completion.zsh || complain "$command is not in zsh's completion"
    options_of text | while read -r option; do
        grep -q -- "--$option" completion.bash || complain "--$option is not in bash's completion"
        grep -q -- "--$option" completion.zsh || complain "--$option is not in zsh's completion"
    done
done
COLUMNS=50 "$program" quantize --help | sed '/^Examples:/,$d' >text
if grep -q '.\{51\}' text; then complain "--help is wider than COLUMNS"; fi
[ "$(COLUMNS=200 "$program" quantize --help | wc -l)" -lt "$(wc -l <text)" ] ||
    complain "--help does not use the columns there are"
for heading in Data Preprocessing Quantization 'Model and execution' Output General; do
    grep -q "^$heading:$" text || complain "no heading '$heading'"
done
if [ -n "$python" ]; then
    widest=$("$python" - "$program" <<'END'
import fcntl, os, pty, struct, sys, termios

child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 60, 0, 0))
    os.environ.pop("COLUMNS")
    os.execv(sys.argv[1], ["requant", "quantize", "--help"])
text = b""
try:
    while part := os.read(terminal, 65536): text += part
except OSError: pass  # the end
print(max(map(len, text.decode().split("Examples:")[0].split("\r\n"))))
END
    )
    if [ "$widest" -gt 60 ] || [ "$widest" -lt 50 ]; then
        complain "--help on a terminal of 60 columns: $widest"
    fi
fi
"$program" import --help >text
[ "$(grep -c 'Accepted for compatibility and ignored: --' text)" = 1 ] || complain "ignored flags"
if grep -q '^  --silent' text; then complain "an ignored flag has a line of its own"; fi
tr '\n' ' ' <text | grep -q "'-' and '_' are alike" || complain "'-' and '_' in import --help"

"$program" --help >usage
for words in help -h 'help --help' 'help -h' '--help --help'; do
    # shellcheck disable=SC2086 # two words
    "$program" $words | cmp -s - usage || complain "requant $words"
done
for word in --version -V -v; do
    "$program" $word | grep -q '^requant [0-9.]*$' || complain "requant $word"
done
# refused WORDS... : exit 2, and the message in `error`
refused()
{
    code=0
    "$program" "$@" >text 2>error || code=$?
    [ $code = 2 ] || complain "requant $*: exit $code"
}
refused help nothing
grep -q -- --completion error || complain "help names its topics"
refused help --completion fish
refused help --man nothing
refused -x
grep -q "'-x' is not a command; \`requant --help\` lists them" error || complain "unknown: $(cat error)"
refused quantise
grep -q "did you mean 'quantize'? \`requant --help\` lists them" error || complain "near: $(cat error)"

pass "--help of every command"

# -- values -----------------------------------------------------------------------------------------

# lists COMMAND OPTION VALUE: `--OPTION help` needs no model, and has a line for the value
lists()
{
    "$program" "$1" "--$2" help >text 2>error || complain "$1 --$2 help: $(cat error)"
    grep -q "^ *$3  *[^ ]" text || complain "$1 --$2 help lacks $3"
    if grep -q '.\{81\}' text; then complain "$1 --$2 help is wider than 80 columns"; fi
}
lists quantize adapter yolov8
lists quantize adapter 'score=X'
lists quantize adapter 'charset=FILE'
lists quantize adapter none
lists evaluate format coco
lists quantize config imagenet
lists quantize range hodges-lehmann
lists quantize range auto
lists quantize filter bicubic
lists quantize preset performance
lists quantize backend reference
lists quantize precision int8-weights
lists quantize target-isa vnni
lists tune rounding adaptive
lists quantize overflow-fix first-layer
lists quantize fit stretch
lists quantize decode scaled
lists quantize float-precision fp32
lists quantize equalize off
lists calibrate integers native
lists compare metric top-1
lists import framework caffe
"$program" quantize --adapter=help | grep -q '^  ssd' || complain "--adapter=help"
sed -n 's/^RQ_DATASET_KIND(\(.*\))$/\1/p' "$root/datasets/dataset_kinds.def" |
    sed 's/_/-/; s/^wider$/wider-face/' >kinds
while read -r name; do lists quantize format "$name"; done <kinds
for file in "$root"/configs/*.yaml; do lists quantize config "$(basename "$file" .yaml)"; done

# Every key of a configuration is a flag: what the files themselves promise.
sed -n 's/^RQ_PREPROCESS_KEY("\([^"]*\)".*/\1/p' "$root/datasets/image/preprocess_keys.def" >keys
"$program" quantize --help >text
while read -r key; do
    grep -q -- "^  --$key " text || complain "--$key is not a flag"
done <keys
# decoded FLAGS...: exit status of a run that reads them, and its message in `error`
decoded()
{
    code=0
    "$program" lint "$model" \
        --data "$calib" --images 0 --subset 2 "$@" >text 2>error || code=$?
}
decoded --orientation ignore --decode full --std 1
[ $code = 0 ] || [ $code = 3 ] || complain "--orientation, --decode, --std: $code, $(cat error)"
decoded --decode half
grep -q -- "--decode: 'half' is not one of its values; there are scaled, full" error || complain "--decode: $(cat error)"

pass "values of options"

# -- manual pages -----------------------------------------------------------------------------------

mkdir man
"$program" help --man >man/requant.1
"$program" help --man data >man/requant-data.5
for command in $commands; do
    page=man/requant-$command.1
    "$program" help --man "$command" >"$page"
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES 'EXIT STATUS' FILES 'SEE ALSO'; do
        grep -q "^\.SH $section$" "$page" || complain "requant-$command(1) has no $section"
    done
    grep -q "^\.BR requant\\\\-$command (1)" man/requant.1 || complain "$command is not in requant(1)"
    sed 's/\\-/-/g; s/\\f[BIR]//g' "$page" >plain
    "$program" "$command" --help >text
    options_of text | while read -r option; do
        grep -q -- "^\(-[a-z]*, \)*--$option\( \|$\)" plain ||
            complain "--$option is not in requant-$command(1)"
    done
done
for status in 0 1 2 3 4 129 130 143; do
    grep -q "^.fB$status.fR" man/requant.1 || complain "exit status $status is not in requant(1)"
done
for word in imagenet hodges 'score=X' wider plan.json charset orientation; do
    grep -q -- "$word" man/requant-data.5 || complain "$word is not in requant-data(5)"
done
if command -v mandoc >/dev/null; then
    mandoc -T lint man/* >error 2>&1 || true
    if [ -s error ]; then complain "mandoc: $(head -3 error)"; fi
else
    skip_part "manual pages are not checked: there is no mandoc"
fi
if command -v groff >/dev/null; then
    for page in man/*; do
        groff -ww -man -Tascii "$page" >rendered 2>error || complain "groff: $(cat error)"
        if [ -s error ]; then complain "groff, $page: $(cat error)"; fi
        [ -s rendered ] || complain "$page as text"
    done
else
    skip_part "manual pages are not rendered: there is no groff"
fi

pass "manual pages"

# -- completion -------------------------------------------------------------------------------------

bash -n completion.bash || complain "bash cannot read its completion"
# completed WORD...: what bash offers for the last word
completed()
{
    bash -c '. ./completion.bash; COMP_WORDS=(requant "$@"); COMP_CWORD=$#; _requant
        echo $(printf "%s\n" "${COMPREPLY[@]}" | LC_ALL=C sort)' - "$@"
}
# offers EXPECTED WORD...
offers()
{
    expected=$1
    shift
    [ "$(completed "$@")" = "$expected" ] || complain "bash, $*: '$(completed "$@")', not '$expected'"
}
: >model.xml
: >model.onnx
: >model.txt
: >model.h5
: >model.yaml
: >model.npy
mkdir models
offers quantize qua
offers --max-drop compare --max-d
offers 'model.onnx model.xml models' quantize mod
offers 'model.onnx model.xml models' import mod
offers 'model.h5 models' quantize --stats mod
offers models run --save mod
offers '' quantize --subset mod
offers performance quantize --preset perf
offers performance quantize --preset = perf
offers 'exif help ignore' quantize --orientation ''
offers 'exif help ignore' quantize --orientation =
offers 'mean-minmax median-minmax' quantize --range me
offers imagenet lint --config im
offers 'model.yaml models' lint --config mod
offers 'yolov3 yolov5 yolov5-heads yolov6 yolov8 yolox' evaluate --adapter yo
offers wider-face evaluate --format wi
offers reference bench --backend ref
offers 'model.npy models' run --input x = mod
offers 'model.onnx model.xml models' quantize -o mod
offers '--input-meta_graph --input-model' import --input-m
offers '--target_isa --target_layout' quantize --target_
offers 'model.onnx model.xml models' import --input-model mod
offers 'onednn,openvino' bench --backend onednn,op
offers 'onednn,openvino,reference' bench --backend onednn,openvino,re
offers --man help --ma
offers zsh help --completion z
offers data help --man da
[ -n "$(completed compare --metric COCO)" ] || complain "bash: names with blanks"
[ -z "$(completed import --sil)" ] || complain "bash: an ignored flag is offered"

# Typed into shells on a terminal of their own: words completed by TAB, and the line then shown.
cat >type.py <<'END'
import os, pty, select, sys, time

starts = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "PS1='> '; . ./completion.bash"),
    "zsh": (["zsh", "-f", "-i"], "PS1='> '; fpath=($PWD/zfunctions $fpath); "
            "autoload -Uz compinit; compinit -u -D"),
}
lines = [
    ("requant qua", "requant quantize "),
    ("requant compare --max-d", "compare --max-drop"),
    ("requant quantize --preset perf", "--preset performance"),
    ("requant quantize --range=med", "--range=median-minmax"),
    ("requant lint --config imagen", "--config imagenet"),
    ("requant evaluate --adapter text", "--adapter text-boxes"),
    ("requant evaluate --format wi", "--format wider-face"),
    ("requant quantize net", "quantize net.xml"),
    ("requant import pic", "import pic.onnx"),
    ("requant quantize --stats sta", "--stats stats.h5"),
    ("requant bench --backend onednn,openv", "--backend onednn,openvino"),
]
command, setup = starts[sys.argv[1]]
child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "dumb"
    os.execvp(command[0], command)


def shown(text):
    """What appears until `text` does, at most a while."""
    seen, end = "", time.time() + 10
    while text not in seen and time.time() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")
    return seen


os.write(terminal, (setup + "; echo re''ady\n").encode())
shown("\nready")
for line, wanted in lines:
    os.write(terminal, b"\x15" + line.encode() + b"\t")
    seen = shown(wanted)
    if wanted not in seen:
        print(f"'{line}' becomes {seen!r}")
os.close(terminal)
END
: >net.xml
: >net.txt
: >pic.onnx
: >pic.png
: >stats.h5
: >stats.txt
# types_into SHELL
types_into()
{
    if ! command -v "$1" >/dev/null || [ -z "$python" ]; then
        skip_part "completion is not typed into $1: there is no $1 or no python3"
        return
    fi
    timeout 120 "$python" type.py "$1" >typed 2>&1 || complain "typing into $1: $(cat typed)"
    if [ -s typed ]; then complain "$1: $(cat typed)"; fi
}
types_into bash
if command -v zsh >/dev/null; then
    zsh -n completion.zsh || complain "zsh cannot read its completion"
fi
mkdir zfunctions
cp completion.zsh zfunctions/_requant
types_into zsh
pass "completion"
