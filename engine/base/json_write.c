/* JSON values to text. */
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/json_node.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void write_string(rq_buf *out, const char *text)
{
    static const char *const short_escapes[256] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\t'] = "\\t", ['\r'] = "\\r"};
    rq_buf_append(out, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (short_escapes[c])
            rq_buf_append(out, short_escapes[c]);
        else if (c < 0x20)
            rq_buf_printf(out, "\\u%04x", c);
        else
            rq_buf_append_n(out, text, 1);
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

/* Arrays of plain values stay on one line: shapes, histograms. */
static bool on_one_line(const rq_json *json)
{
    if (json->type != JSON_IS_ARRAY) return false;
    for (size_t i = 0; i < json->as.list.n; i++)
        if (json->as.list.items[i]->type >= JSON_IS_ARRAY) return false;
    return true;
}

static bool write_value(rq_buf *out, const rq_json *json, int depth);

/* depth < 0: no line breaks. */
static bool write_list(rq_buf *out, const rq_json *json, int depth)
{
    bool object = json->type == JSON_IS_OBJECT, flat = on_one_line(json);
    size_t n = json->as.list.n;
    int inner = depth < 0 || flat ? -1 : depth + 1;
    rq_buf_append(out, object ? "{" : "[");
    for (size_t i = 0; i < n; i++) {
        if (i) rq_buf_append(out, flat && depth >= 0 ? ", " : ",");
        line_break(out, inner);
        if (object) {
            write_string(out, json->as.list.keys[i]);
            rq_buf_append(out, depth >= 0 ? ": " : ":");
        }
        if (!write_value(out, json->as.list.items[i], inner)) return false;
    }
    if (n && !flat) line_break(out, depth);
    rq_buf_append(out, object ? "}" : "]");
    return !json->broken;
}

/* False where memory was short while the value was built. */
static bool write_value(rq_buf *out, const rq_json *json, int depth)
{
    switch (json->type) {
    case JSON_IS_NULL:
        rq_buf_append(out, "null");
        return true;
    case JSON_IS_BOOL:
        rq_buf_append(out, json->as.boolean ? "true" : "false");
        return true;
    case JSON_IS_INTEGER:
        rq_buf_printf(out, "%" PRId64, json->as.integer);
        return true;
    case JSON_IS_NUMBER:
        write_number(out, json->as.number);
        return true;
    case JSON_IS_STRING:
        write_string(out, json->as.string);
        return true;
    default:
        return write_list(out, json, depth);
    }
}

rq_status rq_json_dump(const rq_json *json, rq_buf *out, bool indent)
{
    if (!json || !write_value(out, json, indent ? 0 : -1) || out->failed)
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
