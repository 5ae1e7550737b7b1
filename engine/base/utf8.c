#include "engine/base/utf8.h"

size_t rq_utf8_length(const char *text, int32_t *code_point)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC0 ? 2 : 0;
    if (n == 0 || p[0] == 0 || p[0] > 0xF4) return 0;
    int32_t x = n == 1 ? p[0] : p[0] & (0x7F >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
        x = x << 6 | (p[i] & 0x3F);
    }
    if (x < least[n] || x > 0x10FFFF || (x >= 0xD800 && x <= 0xDFFF)) return 0;
    *code_point = x;
    return n;
}

size_t rq_utf8_xml_length(const char *text)
{
    int32_t c = 0;
    size_t n = rq_utf8_length(text, &c);
    bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    return control || c == 0xFFFE || c == 0xFFFF ? 0 : n;
}

static void append(rq_buf *buf, const char *text, bool xml)
{
    if (!text) buf->failed = true; /* as for rq_buf_append */
    if (!text) return;
    rq_buf_append_n(buf, "", 0); /* an empty text still gives an empty string */
    while (*text) {
        int32_t code_point;
        size_t n = xml ? rq_utf8_xml_length(text) : rq_utf8_length(text, &code_point);
        rq_buf_append_n(buf, n ? text : RQ_UTF8_REPLACEMENT, n ? n : 3);
        text += n ? n : 1;
    }
}

void rq_utf8_append(rq_buf *buf, const char *text)
{
    append(buf, text, false);
}

void rq_utf8_append_xml(rq_buf *buf, const char *text)
{
    append(buf, text, true);
}
