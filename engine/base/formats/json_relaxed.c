/* JSON with comments and commas too many, as people write it into configurations. */
#include "engine/base/file.h"
#include "engine/base/formats/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 16 << 20 };

/* The character behind what begins at `at`: a string, a comment, or one character. */
static char *skip(char *at)
{
    char *end = at + 1;
    if (*at == '"') {
        while (*end && *end != '"') end += *end == '\\' && end[1] ? 2 : 1;
        return *end ? end + 1 : end;
    }
    if (at[0] == '/' && at[1] == '/') return at + strcspn(at, "\n");
    if (at[0] != '/' || at[1] != '*') return end;
    end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
}

static void blank(char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != '\n') *from = ' ';
}

/* Blanks for comments, then for commas that nothing follows: places in messages stay. */
static void make_plain(char *text)
{
    char *comma = NULL;
    for (char *at = text, *next; *at; at = next) {
        next = skip(at);
        if (*at == '/' && next > at + 1) blank(at, next);
    }
    for (char *at = text, *next; *at; at = next) {
        next = skip(at);
        if (isspace((unsigned char)*at)) continue;
        if (comma && (*at == ']' || *at == '}')) *comma = ' ';
        comma = *at == ',' ? at : NULL;
    }
}

rq_status rq_json_load_relaxed(rq_json **out, const char *path)
{
    char *text;
    size_t size;
    *out = NULL;
    RQ_TRY(rq_read_file(&text, &size, path, MAX_FILE));
    make_plain(text);
    rq_status status = rq_json_parse(out, text, size, path);
    free(text);
    return status;
}
