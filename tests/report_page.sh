# report.html in a real browser: opens without console errors, and each control does what it says.
# BROWSER names a Chromium; skipped where there is none.
set -eu
browser=${BROWSER:-}
for name in chromium chromium-browser google-chrome; do
    if [ -z "$browser" ]; then browser=$(command -v $name || true); fi
done
if [ -z "$browser" ]; then
    echo "skipped: there is no chromium (set BROWSER)"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. tests/tools/report_sample.c "$BUILD_DIR/librequant.a" \
    $(pkg-config --cflags --libs cmocka jansson libxxhash) -lm -pthread -o "$folder/sample"

# open NAME WINDOW [MS]: the page's DOM after its scripts ran (for MS of the page's own time), in
# $folder/NAME.dom
open()
{
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --enable-logging=stderr \
        --user-data-dir="$folder/profile" --window-size="$2" \
        ${3:+--virtual-time-budget="$3"} --dump-dom "file://$folder/$1.html" \
        >"$folder/$1.dom" 2>"$folder/$1.log"
    if grep CONSOLE "$folder/$1.log"; then
        echo "$1: the browser's console is not empty"
        exit 1
    fi
}

"$folder/sample" "$folder" 90 24
{ sed '$d' "$folder/report.html"; echo '<script>'; cat tests/interop/report_page.js
  echo '</script></body></html>'; } >"$folder/driven.html"
for window in 1280,900 500,900; do
    open driven $window
    result=$(grep -o 'data-result="[^"]*"' "$folder/driven.dom") || { echo "no result"; exit 1; }
    echo "$window: $result"
    case $result in *FAILED*) exit 1 ;; esac
done

# A network of 1000 layers: all of them are shown, the late ones too. The time is said, not judged:
# what else runs on the machine would be measured too.
"$folder/sample" "$folder" 1000 1000
{ sed '$d' "$folder/report.html"
  echo '<script>addEventListener("load", () => setTimeout(() => { document.body.dataset.ms ='
  echo 'Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd) }))</script>'
  echo '</body></html>'; } >"$folder/timed.html"
open timed 1280,900
ms=$(grep -o 'data-ms="[0-9]*"' "$folder/timed.dom" | tr -dc 0-9)
echo "1000 layers: loaded in $ms ms, $(wc -c <"$folder/report.html") bytes"
test "$(wc -c <"$folder/report.html")" -lt 3000000
open report 1280,900 5000
test "$(grep -c '<tr id="layer-[0-9]\|<tr class="" id="layer-[0-9]' "$folder/report.dom")" = 1000
