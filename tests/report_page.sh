#!/bin/bash
# report.html in a real browser: opens without console errors, and each control does what it says.
# BROWSER names a Chromium; skipped where there is none.
. "$(dirname "$0")/lib.sh"
if [ -z "$browser" ]; then skip "there is no chromium (set BROWSER)"; fi

"$tools/report_sample" . 90 24
drive_page report.html "$root/tests/interop/report_page.js"

# A network of 1000 layers: all of them are shown, the late ones too. The time is said, not judged:
# what else runs on the machine would be measured too.
"$tools/report_sample" . 1000 1000
{ sed '$d' report.html
  echo '<script>addEventListener("load", () => setTimeout(() => { document.body.dataset.ms ='
  echo 'Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd) }))</script>'
  echo '</body></html>'; } >timed.html
open_page timed 1280,900
ms=$(grep -o 'data-ms="[0-9]*"' timed.dom | tr -dc 0-9)
echo "1000 layers: loaded in $ms ms, $(wc -c <report.html) bytes"
[ "$(wc -c <report.html)" -lt 3000000 ] || fail "1000 layers take more than 3 MB"
open_page report 1280,900 5000
rows=$(grep -c '<tr id="layer-[0-9]\|<tr class="" id="layer-[0-9]' report.dom)
[ "$rows" = 1000 ] || fail "$rows rows of 1000 layers"

# An address that names a layer opens it.
"$tools/report_sample" . 90 24
name=$(grep -o 'data-name="[^"]*_52[^"]*"' report.html | head -n 1 | cut -d '"' -f 2)
open_page report 1280,900 2000 "#layer=$name"
grep -q '<dialog id="panel"[^>]* open=""' report.dom || fail "#layer=$name does not open the layer"
