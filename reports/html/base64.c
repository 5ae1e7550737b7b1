#include "reports/html/html.h"

void rq_buf_base64(rq_buf *out, const uint8_t *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t second = i + 1 < size ? data[i + 1] : 0, third = i + 2 < size ? data[i + 2] : 0;
        uint32_t block = (uint32_t)data[i] << 16 | second << 8 | third;
        char text[4] = {digits[block >> 18], digits[block >> 12 & 63],
                        i + 1 < size ? digits[block >> 6 & 63] : '=',
                        i + 2 < size ? digits[block & 63] : '='};
        rq_buf_append_n(out, text, 4);
    }
}
