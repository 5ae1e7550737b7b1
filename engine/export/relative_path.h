/* Where files lie from a folder: names that hold when both are moved together. */
#ifndef RQ_EXPORT_RELATIVE_PATH_H
#define RQ_EXPORT_RELATIVE_PATH_H

/* From the folder to the file, "../models/ssd.pb"; `file` as it is where either is not here.
 * malloc'd; NULL when memory is short. */
char *rq_relative_path(const char *folder, const char *file);

#endif
