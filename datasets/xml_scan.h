/* A small XML reader for annotation files: elements and their text, one event at a time. No
 * entities but the five predefined ones and numbers, no DTDs; attributes are passed over. (The
 * graph's own XML is read in engine/ir; this room may not use it.) */
#ifndef RQ_DATASETS_XML_SCAN_H
#define RQ_DATASETS_XML_SCAN_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define RQ_XML_DEPTH 16
#define RQ_XML_NAME 64

typedef struct rq_xml_scan {
    const char *file; /* for messages */
    const char *begin, *at;
    size_t depth;
    bool closing;                         /* the last event was RQ_XML_CLOSE */
    char path[RQ_XML_DEPTH][RQ_XML_NAME]; /* of the open elements */
} rq_xml_scan;

typedef enum rq_xml_event {
    RQ_XML_OPEN,  /* the element is path[depth - 1] */
    RQ_XML_CLOSE, /* the same, before it goes */
    RQ_XML_TEXT,  /* of the element path[depth - 1], blanks cut off both ends, not empty */
    RQ_XML_END
} rq_xml_event;

/* `text` ends in a zero and must stay. */
void rq_xml_begin(rq_xml_scan *scan, const char *file, const char *text);

/* `text` (of `capacity` bytes) gets what RQ_XML_TEXT tells. RQ_EFORMAT names file and line. */
rq_status rq_xml_next(rq_xml_scan *scan, rq_xml_event *event, char *text, size_t capacity);

#endif
