/* UTF-8 as RFC 3629, section 4, has it: neither overlong forms nor surrogates. */
#ifndef RQ_BASE_UTF8_H
#define RQ_BASE_UTF8_H

#include "engine/base/text.h"

#define RQ_UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Bytes of the well-formed character that the NUL-terminated text begins with, and its code point;
 * 0, and *code_point as it was, if it begins with none. */
size_t rq_utf8_length(const char *text, int32_t *code_point);
/* As above, of a character that XML 1.0 can hold: no control characters but tab, newline and
 * carriage return, neither U+FFFE nor U+FFFF. */
size_t rq_utf8_xml_length(const char *text);

/* Appends the text; U+FFFD stands for each byte that is no UTF-8. */
void rq_utf8_append(rq_buf *buf, const char *text);
/* As above, also for each byte of a character that XML cannot hold. */
void rq_utf8_append_xml(rq_buf *buf, const char *text);

#endif
