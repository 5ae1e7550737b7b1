/* XML as a tree in an arena: the only door to libxml2 (reading), and a byte-stable writer. */
#ifndef RQ_BASE_XML_H
#define RQ_BASE_XML_H

#include "engine/base/arena.h"
#include "engine/base/text.h"

typedef struct rq_attr {
    const char *name, *value;
} rq_attr;

typedef struct rq_xml rq_xml;
struct rq_xml {
    const char *name;
    const char *text; /* character data when there are no children; NULL if blank */
    rq_attr *attrs;
    size_t n_attrs;
    rq_xml *first, *next; /* first child; next sibling */
};

/* Parses a whole document into `arena`. Refuses DTDs and entity declarations, depth over 256,
 * and files over 1 GB; never touches the network. The message names line and reason. */
rq_status rq_xml_parse(const rq_xml **root, rq_arena *arena, const char *data, size_t size,
                       const char *path);

const char *rq_xml_attr(const rq_xml *element, const char *name);    /* NULL when absent */
const rq_xml *rq_xml_child(const rq_xml *element, const char *name); /* first of that name */
size_t rq_xml_count(const rq_xml *element, const char *name);

/* Deep copy into another arena; NULL when memory is short. */
const rq_xml *rq_xml_copy(rq_arena *arena, const rq_xml *element);
/* New element, its name borrowed; NULL when memory is short. */
rq_xml *rq_xml_element(rq_arena *arena, const char *name, size_t n_attrs);

#endif
