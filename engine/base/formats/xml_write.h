/* The pieces of an XML file, for writing without a tree. U+FFFD stands for bytes that are no
 * UTF-8; control characters are left out. */
#ifndef RQ_BASE_XML_WRITE_H
#define RQ_BASE_XML_WRITE_H

#include "engine/base/formats/xml.h"

void rq_xml_put_begin(rq_buf *out, int depth, const char *name);        /* tabs and `<name` */
void rq_xml_put_attr(rq_buf *out, const char *name, const char *value); /* ` name="value"` */
void rq_xml_put_attrs(rq_buf *out, const rq_attr *attrs, size_t n);
void rq_xml_put_end(rq_buf *out, int depth, const char *name); /* tabs, `</name>`, newline */
/* An element and those linked after it: indented with tabs as OpenVINO does; `/>` for empty ones.
 */
void rq_xml_write_list(rq_buf *out, const rq_xml *first, int depth);

#endif
