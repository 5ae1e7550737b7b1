/* Images and their boxes in YOLO's layout, for the kinds that find them differently. */
#ifndef RQ_DATASETS_KINDS_YOLO_FOLDERS_H
#define RQ_DATASETS_KINDS_YOLO_FOLDERS_H

#include "datasets/dataset.h"

/* Adds the images of root/images, whose boxes are in root/labels; classes are as many as the labels
 * need. */
rq_status rq_yolo_read_folders(rq_dataset *dataset, const char *images, const char *labels);
/* Names the classes; RQ_EFORMAT, naming `file`, for fewer than the labels need. */
rq_status rq_yolo_take_names(rq_dataset *dataset, const rq_class_names *names, const char *file);

#endif
