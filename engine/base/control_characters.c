#include "engine/base/control_characters.h"

#include <stdbool.h>
#include <string.h>

static bool is_between(unsigned char c, unsigned char first, unsigned char last)
{
    return c >= first && c <= last;
}

size_t rq_control_bytes(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;
    if (*c && (*c < 0x20 || *c == 0x7f)) return 1;
    if (*c == 0xc2 && is_between(c[1], 0x80, 0x9f)) return 2;
    if (*c != 0xe2) return 0;
    bool turns = (c[1] == 0x80 && is_between(c[2], 0xaa, 0xae)) ||
                 (c[1] == 0x81 && is_between(c[2], 0xa6, 0xa9));
    return turns ? 3 : 0;
}

static bool is_behind_a_word(const char *text, size_t at)
{
    return at > 0 && is_between((unsigned char)text[at - 1], 0x21, 0x7e);
}

size_t rq_command_bytes(const char *text, size_t at)
{
    const char *c = &text[at];
    if (!strncmp(c, "##[", 3)) return 1;
    if (!strncmp(c, "::", 2) && !is_behind_a_word(text, at)) return 1;
    return rq_control_bytes(c);
}

void rq_text_disarm(char *text)
{
    for (size_t i = 0, n; text[i]; i += n ? n : 1) {
        n = rq_command_bytes(text, i);
        if (text[i] != '\t') memset(&text[i], text[i] == '\n' ? ' ' : '?', n);
    }
}
