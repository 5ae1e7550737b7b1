#!/bin/bash
# requant demo: from the build tree, one that lies elsewhere, and installed in a prefix that was moved.
. "$(dirname "$0")/lib.sh"

files="resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json stats.h5 report.json report.html"

check_results() # folder
{
    for file in $files; do
        [ -s "$1/$file" ] || complain "no $1/$file"
    done
}

"$program" demo --quiet >stdout 2>stderr || fail "in the build tree"
check_results requant-demo
grep -q 'open requant-demo/report.html in a browser' stdout || complain "does not say where the report is"
grep -q 'requant quantize MODEL --data FOLDER' stdout || complain "does not say what to do with a model of one's own"
pass "in the build tree"

# The Adds of this network have a range for each of their two inputs.
sed -n '/"histograms": \[/,/"images": \[/p' requant-demo/report.json | grep -E '^ +"(layer|value)": ' | paste -d' ' - - >ranges
grep -q '"input 1"' ranges || complain "the histogram of a layer with two ranges does not say which input it is of"
[ -z "$(sort ranges | uniq -d)" ] || complain "histograms that are called alike: $(sort ranges | uniq -d)"
pass "histograms are told apart"

# What it says it did, gives the same.
command=$(sed -n 's/^ *requant \(quantize .*\) -o requant-demo$/\1/p' stdout)
[ "$command" ] || fail "does not say what it did"
# shellcheck disable=SC2086 # words
"$program" $command -o again --seconds 0 --quiet >/dev/null 2>stderr || fail "what it says it did"
for file in $files; do
    case $file in report.*) ;; *) cmp "requant-demo/$file" "again/$file" || complain "$file: it did something else" ;; esac
done
pass "what it says it did"

# make BUILD=elsewhere: what it puts beside the program, and that it does so whenever it links the program.
unset MAKEFLAGS MFLAGS
make -C "$root" -s -n BUILD="$work/elsewhere" all 2>/dev/null | grep -q "elsewhere/share/requant " ||
    complain "make BUILD=elsewhere: nothing beside the program"
make -C "$root" -s BUILD="$work/elsewhere" "$work/elsewhere/share/requant" >stdout 2>stderr || fail "make BUILD=elsewhere"
mkdir -p elsewhere/release
cp "$program" "$build/requant-hdf5" elsewhere/release
elsewhere/release/requant demo -o out-elsewhere --quiet >stdout 2>stderr || fail "in a build folder elsewhere"
check_results out-elsewhere
grep -q "quantize $demo/model" stdout || complain "in a build folder elsewhere: takes other data"
pass "in a build folder elsewhere"

# lone: a program without its data.
mkdir -p prefix/bin prefix/libexec/requant prefix/share/requant lone
cp "$program" prefix/bin/requant
cp "$program" lone/requant
cp "$build/requant-hdf5" prefix/libexec/requant
cp -R "$demo" "$root/configs" prefix/share/requant
mv prefix moved
moved/bin/requant demo -o out --quiet >stdout 2>stderr || fail "installed"
check_results out
grep -q "quantize $work/moved/share/requant/demo/model" stdout || complain "installed: takes other data"
pass "installed, in a prefix that was moved"

refused() # what, exit status, pattern, COMMAND...
{
    what=$1 want=$2 pattern=$3 status=0
    shift 3
    "$@" >stdout 2>stderr || status=$?
    [ $status = "$want" ] || fail "$what: exit $status, not $want"
    grep -q -e "$pattern" stderr || fail "$what: says something else"
    pass "$what"
}
refused "a program without its data" 1 "demo's model and images are not there: .* from .*/lone" lone/requant demo
refused "-o of a file" 2 'expected a folder' "$program" demo -o out.xml
refused "an operand" 2 'one too many' "$program" demo model.xml
