#include "engine/base/control_characters.h"

bool rq_is_control(const char *at)
{
    unsigned char c = (unsigned char)at[0], next = (unsigned char)at[c ? 1 : 0];
    return c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0);
}

void rq_text_disarm(char *text)
{
    for (; *text; text++) {
        if (!rq_is_control(text) || *text == '\n' || *text == '\t') continue;
        if ((unsigned char)*text == 0xc2) *text++ = '?';
        *text = '?';
    }
}
