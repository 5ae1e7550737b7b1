#include "engine/import/tensorflow/graph/tf_input_text.h"

#include "engine/base/text.h"

#include <string.h>

static bool copy_part(char *out, size_t size, const char *from, size_t n)
{
    if (n >= size) return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

static bool parse_output(uint32_t *out, const char *text)
{
    int64_t value;
    if (!rq_parse_i64(text, &value) || value < 0 || value > 65535) return false;
    *out = (uint32_t)value;
    return true;
}

bool rq_tf_split_input(rq_tf_input_text *out, const char *text)
{
    const char *colon = strchr(text, ':'), *last = strrchr(text, ':');
    out->output = 0;
    out->argument[0] = '\0';
    if (!colon) return copy_part(out->name, sizeof out->name, text, strlen(text));
    if (!copy_part(out->name, sizeof out->name, text, (size_t)(colon - text))) return false;
    if (colon != last &&
        !copy_part(out->argument, sizeof out->argument, colon + 1, (size_t)(last - colon - 1)))
        return false;
    return parse_output(&out->output, last + 1);
}
