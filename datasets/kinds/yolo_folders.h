/* Images and their boxes in YOLO's layout, for the kinds that find them differently. */
#ifndef RQ_DATASETS_KINDS_YOLO_FOLDERS_H
#define RQ_DATASETS_KINDS_YOLO_FOLDERS_H

#include "datasets/dataset.h"
#include "engine/base/formats/yaml.h"

/* Adds the images of root/images, whose boxes are in root/labels; classes are as many as the labels
 * need. */
rq_status rq_yolo_read_folders(rq_dataset *dataset, const char *images, const char *labels);
/* Names the classes as a data.yaml does, if it does; RQ_EFORMAT, naming `file` and both numbers,
 * for fewer than the labels need, and where names and nc differ. */
rq_status rq_yolo_take_yaml(rq_dataset *dataset, const rq_yaml *yaml, const char *file);

#endif
