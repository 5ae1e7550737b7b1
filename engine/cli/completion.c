#include "engine/cli/completion.h"

#include <ctype.h>
#include <string.h>

/* Words that stand for files, when no extension follows. */
static const struct {
    const char *word, *patterns;
} file_words[] = {
    {"FILE", "*"}, {"LIST", "*"},
    {"PATH", "*"}, {"DIR", "/"},
    {"OUT", "/"},  {"MODEL", "*.xml *.onnx *.pb *.pbtxt *.prototxt *.caffemodel *.meta *.tflite"},
};

static const char *find_patterns(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof file_words / sizeof *file_words; i++)
        if (strlen(file_words[i].word) == length && !strncmp(file_words[i].word, word, length))
            return file_words[i].patterns;
    return NULL;
}

/* Letters from `text` on that are of one case. */
static size_t span(const char *text, int (*of_case)(int))
{
    size_t n = 0;
    while (of_case((unsigned char)text[n]) || (n && isdigit((unsigned char)text[n]))) n++;
    return n;
}

void rq_completion_patterns(rq_buf *out, const char *argument)
{
    const char *separator = "";
    while (*argument) {
        size_t length = span(argument, isupper);
        const char *end = argument + length;
        size_t extension = length && *end == '.' ? span(end + 1, islower) : 0;
        const char *patterns = extension ? NULL : find_patterns(argument, length);
        if (extension)
            rq_buf_printf(out, "%s*.%.*s", separator, (int)extension, end + 1);
        else if (patterns)
            rq_buf_printf(out, "%s%s", separator, patterns);
        if (extension || patterns) separator = " ";
        argument = end + (extension ? extension + 1 : 0);
        if (length == 0) argument++;
    }
}
