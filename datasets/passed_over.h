/* Files of a folder that look like images, but are of kinds that nothing here reads: told, so that
 * nobody takes a part of their images for all. */
#ifndef RQ_DATASETS_PASSED_OVER_H
#define RQ_DATASETS_PASSED_OVER_H

#include <stddef.h>

#define RQ_FOREIGN_KINDS 24

typedef struct rq_passed_over {
    size_t n[RQ_FOREIGN_KINDS]; /* files of each kind */
} rq_passed_over;

/* Counts a name by its extension, in any case; others, such as labels, are nothing to tell of. */
void rq_passed_over_count(rq_passed_over *passed, const char *name);
/* "photos: 4 files were passed over, of kinds that are not read: 3 .gif, 1 .heic; ..."; nothing
 * where there are none. */
void rq_passed_over_log(const rq_passed_over *passed, const char *folder);

#endif
