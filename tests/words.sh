#!/bin/bash
# The field's words, which README's glossary lists: neither identifiers nor what users read have the
# private ones that they replaced.
# shellcheck disable=SC2016 # $ is perl's
. "$(dirname "$0")/lib.sh"
command -v perl >/dev/null || skip "no perl"
cd "$root"

# Parts of identifiers, in small letters or capitals.
identifiers='
    answer answers answering asker believed belief claimed contest contestant culprit demand demands
    dialect dies doubt doubts fitted heirs held hopeless judge judged judgement judgements maker makers
    mend mends mended middles mute picture pictures quantizing rides say
    soften standing standings surest survey surveyed surveys transparent widening wish wishes worth
    worthwhile anyway'
limits='LEAST|MOST|FEWEST|WORTH' # of macros: MIN and MAX

# What users read: texts of the program, the page's script, the schema, READMEs.
texts='
    \bmiddles\b|\bmoved? into the next|\bscales moved|\btravels? up|\breaders'"'"' outputs|\bother readers\b
    |\bleft out\b|\bleaving out\b|\bmend(s|ed)?\b|\bin turns\b|\b(took|takes?) turns\b|\bfrom turn to turn
    |\bmay be chance|\bnewly (wrong|right)|\bstill works|\bworth a look|\bculprit\b|\bsurest\b|\bhurts?\b
    |\bheld out|\bfitted\b|\bfitting codes|\bspelled out|\bcounterpart|\b(does|do) not compare|\bnoisy to say
    |\bthe model before\b|\bown noise\b|\bmade[- ]up\b|\bthe truth\b|\bwastes?\b|\bjudged?\b|\bdialects?\b
    |\bhow much (smaller|faster)|\bkept in floating point|\bms lost\b|\bnone better|\bnoticed on the way
    |\bsame of all this|\bwhere it lies|\bas it was typed|\btell apart|\btold (by|from)\b|\bseveral times for
    |\banew\b|\bon the spot\b|\bnearest code\b|\bpictures?\b|\banswers?\b|\bsums as the model|\bheld against
    |\bhold the budget|\btaken for\b|\bwho is\b'

sources()
{
    source_files '*.c' '*.h' '*.def' | grep -v '^tests/'
}

sources | xargs perl -0777 -ne '
    s{/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"}{ }gs;
    while (/\b([A-Za-z_]\w*)\b/g) { $seen{$1} = $ARGV }
    END { print "$_ $seen{$_}\n" for sort keys %seen }
' | sort -u >"$work/words"
part=$(tr -s ' \n' '|' <<<"$identifiers" | sed 's/^|//; s/|$//')
if grep -iE "^([a-z0-9_]*_)?($part)(_[a-z0-9_]*)? " "$work/words" ||
    grep -E "^([A-Z0-9_]*_)?($limits)(_[A-Z0-9_]*)? " "$work/words"; then
    fail "identifiers with private words"
fi
pass "$(wc -l <"$work/words") identifiers"

{
    sources | xargs perl -0777 -ne '
        s{/\*.*?\*/|//[^\n]*|^[ \t]*#[ \t]*include[^\n]*}{ }gms;
        while (/((?:"(?:\\.|[^"\\\n])*"\s*)+)/g) {
            my $text = $1;
            $text =~ s/(?<!\\)"\s*"//g;
            $text =~ s/\s+/ /g;
            print "$ARGV: $text\n" if $text =~ / /;
        }'
    grep -H . reports/html/report.js reports/schemas/*.json
    source_files '*README.md' | xargs grep -H .
} >"$work/texts"
pattern=$(tr -d '\n' <<<"$texts" | sed 's/  *|/|/g; s/^ *//; s/ *$//')
if grep -iE "$pattern" "$work/texts" >"$work/found"; then
    cat "$work/found"
    fail "texts with private words"
fi
pass "$(wc -l <"$work/texts") texts"
