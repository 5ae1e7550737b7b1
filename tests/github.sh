#!/bin/bash
# requant compare --github: annotations, the job's summary, exit status; and the steps of
# .ci/example-workflow.yml, run as GitHub's runner runs them.
. "$(dirname "$0")/lib.sh"
workflow=$root/.ci/example-workflow.yml

# step NAME: the commands of that step
step()
{
    awk -v name="$1" '$0 ~ "^      - name: " name "$" { here = 1; next }
        /^      [^ ]/ { here = inside = 0 }
        here && /^        run: \|$/ { inside = 1; next }
        inside && NF { sub(/^          /, ""); print }' "$workflow"
}

# variable NAME: its value under `env`
variable()
{
    sed -n "s/^  $1: \([^#]*[^# ]\) *\(#.*\)\?$/\1/p" "$workflow"
}

# run_step CODE NAME
run_step()
{
    code=0
    step "$2" >commands
    [ -s commands ] || fail "no step '$2' in the workflow"
    sh -e commands >stdout 2>stderr || code=$?
    [ $code = "$1" ] || complain "step '$2': exit $code, expected $1"
}

for name in MODEL IMAGES VALIDATION PREPROCESSING BUDGETS; do
    value=$(variable $name)
    [ "$value" ] || fail "the workflow has no $name"
    export $name="$value"
done
PATH=$(dirname "$program"):$PATH
export GITHUB_STEP_SUMMARY=$work/summary.md
ln -s "$root" requant-source

sh -n <(step "Install requant") || complain "the step that installs"
run_step 0 Quantize
[ -s out/report.json ] || fail "quantize left no report"
run_step 0 "Check budgets"
grep -q '^::notice file=out/report.json,title=requant compare%3A out::precision INT8, top-1 ' stdout ||
    complain "no notice: $(cat stdout)"
grep -v '^::\(error\|warning\|notice\) ' stdout && complain "a line that is no annotation"
grep -q '^::error' stdout && complain "an error though budgets are met"
[ "$(wc -c <comment.md)" -lt 60000 ] || complain "the comment is too long"
cmp comment.md summary.md || complain "the summary is not the comment"
grep -q '^## requant compare: PASS' summary.md || complain "summary: $(head -1 summary.md)"

export BUDGETS="--max-drop 3 --max-size 0.1"
run_step 3 "Check budgets"
grep -q '^::error file=out/report.json,title=requant compare%3A budget missed::out has .* %25' stdout ||
    complain "no error: $(cat stdout)"
[ "$(grep -c '^## requant compare' summary.md)" = 2 ] || complain "the summary is not added to"

echo '{"schema": "requant-report", "schema_version": 1}' >empty.json
code=0
"$program" compare empty.json --max-drop 1 --github >stdout 2>stderr || code=$?
[ $code = 4 ] || complain "not measured: exit $code"
grep -q '^::warning file=empty.json,title=requant compare%3A budget not measured::' stdout ||
    complain "no warning: $(cat stdout)"

code=0
"$program" compare out --github --json - >stdout 2>stderr || code=$?
[ $code = 2 ] || complain "--github and --json -: exit $code"
code=0
GITHUB_STEP_SUMMARY=$work/missing/summary "$program" compare out --github >stdout 2>stderr || code=$?
[ $code = 1 ] || complain "a summary that cannot be written: exit $code"
unset GITHUB_STEP_SUMMARY
"$program" compare out --github >stdout 2>stderr || complain "outside of GitHub"
