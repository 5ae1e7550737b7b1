/* JSON values to text. */
#include "engine/base/formats/json.h"

#include "engine/base/control_characters.h"
#include "engine/base/file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What commands a terminal or a log (control_characters.h) is escaped: at[0..n-1], a character. */
static void write_escaped(rq_buf *out, const unsigned char *at, size_t n)
{
    unsigned character = n == 1 ? at[0] : at[n - 1] & 0x3fu;
    if (n == 2) character |= (at[0] & 0x1fu) << 6;
    if (n == 3) character |= (at[0] & 0xfu) << 12 | (at[1] & 0x3fu) << 6;
    rq_buf_printf(out, "\\u%04x", character);
}

static void write_string(rq_buf *out, const char *text)
{
    static const char *const short_escapes[256] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\t'] = "\\t", ['\r'] = "\\r"};
    rq_buf_append(out, "\"");
    for (size_t i = 0, n; text[i]; i += n ? n : 1) {
        unsigned char c = (unsigned char)text[i];
        n = rq_command_bytes(text, i);
        if (short_escapes[c])
            rq_buf_append(out, short_escapes[c]);
        else if (n)
            write_escaped(out, (const unsigned char *)&text[i], n);
        else
            rq_buf_append_n(out, &text[i], 1);
    }
    rq_buf_append(out, "\"");
}

static void write_number(rq_buf *out, double x)
{
    char text[32];
    if (x == floor(x) && fabs(x) < 1e15) {
        /* -0 without a point would read back as the integer 0 */
        rq_buf_printf(out, x == 0 && signbit(x) ? "-0.0" : "%.0f", x);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    rq_buf_append(out, text);
}

static void line_break(rq_buf *out, int depth)
{
    if (depth >= 0) rq_buf_printf(out, "\n%*s", 2 * depth, "");
}

static bool is_list(const rq_json *json)
{
    return rq_json_is_array(json) || rq_json_is_object(json);
}

/* Arrays of plain values stay on one line: shapes, histograms. */
static bool on_one_line(const rq_json *json)
{
    for (size_t i = 0; i < rq_json_length(json); i++)
        if (is_list(rq_json_at(json, i))) return false;
    return rq_json_is_array(json);
}

static void write_value(rq_buf *out, const rq_json *json, int depth);

/* depth < 0: no line breaks. */
static void write_array(rq_buf *out, const rq_json *json, int depth)
{
    size_t n = rq_json_length(json);
    bool flat = on_one_line(json);
    int inner = depth < 0 || flat ? -1 : depth + 1;
    rq_buf_append(out, "[");
    for (size_t i = 0; i < n; i++) {
        if (i) rq_buf_append(out, flat && depth >= 0 ? ", " : ",");
        line_break(out, inner);
        write_value(out, rq_json_at(json, i), inner);
    }
    if (n && !flat) line_break(out, depth);
    rq_buf_append(out, "]");
}

static void write_object(rq_buf *out, const rq_json *json, int depth)
{
    int inner = depth < 0 ? -1 : depth + 1;
    const char *key = NULL, *comma = "";
    rq_buf_append(out, "{");
    while ((key = rq_json_next_key(json, key))) {
        rq_buf_append(out, comma);
        comma = ",";
        line_break(out, inner);
        write_string(out, key);
        rq_buf_append(out, depth >= 0 ? ": " : ":");
        write_value(out, rq_json_get(json, key), inner);
    }
    if (rq_json_length(json)) line_break(out, depth);
    rq_buf_append(out, "}");
}

static void write_value(rq_buf *out, const rq_json *json, int depth)
{
    if (rq_json_is_object(json))
        write_object(out, json, depth);
    else if (rq_json_is_array(json))
        write_array(out, json, depth);
    else if (rq_json_is_string(json))
        write_string(out, rq_json_as_string(json, ""));
    else if (rq_json_is_integer(json))
        rq_buf_printf(out, "%" PRId64, rq_json_as_integer(json, 0));
    else if (rq_json_is_number(json))
        write_number(out, rq_json_as_number(json, 0));
    else if (rq_json_is_bool(json))
        rq_buf_append(out, rq_json_as_bool(json, false) ? "true" : "false");
    else
        rq_buf_append(out, "null");
}

rq_status rq_json_dump(const rq_json *json, rq_buf *out, bool indent)
{
    bool broken = rq_json_was_broken();
    if (json) write_value(out, json, indent ? 0 : -1);
    if (!json || broken || out->failed)
        return rq_fail(RQ_ENOMEM, "out of memory while JSON was built");
    return RQ_OK;
}

rq_status rq_json_save(const rq_json *json, const char *path)
{
    rq_buf text = {0};
    rq_status status = rq_json_dump(json, &text, true);
    if (status == RQ_OK) {
        rq_buf_append(&text, "\n");
        status = text.failed ? rq_fail(RQ_ENOMEM, "%s: out of memory", path)
                             : rq_write_file(path, text.data, text.length);
    } else {
        status = rq_fail_prefix(status, "%s", path);
    }
    rq_buf_free(&text);
    return status;
}
