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

void rq_text_disarm(char *text)
{
    for (size_t n; *text; text += n ? n : 1) {
        n = rq_control_bytes(text);
        if (*text != '\n' && *text != '\t') memset(text, '?', n);
    }
}
