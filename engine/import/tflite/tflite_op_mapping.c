#include "engine/import/import.h"
#include "engine/import/tflite/tflite.h"

#include <string.h>

#define RQ_GROUP(name) extern const rq_op_mapping_group rq_group_tflite_##name;
#include "engine/import/tflite/tflite_groups.def"
#undef RQ_GROUP

static const rq_op_mapping_group *const groups[] = {
#define RQ_GROUP(name) &rq_group_tflite_##name,
#include "engine/import/tflite/tflite_groups.def"
#undef RQ_GROUP
};

/* What the reader writes as TensorFlow's operators maps as those do. */
static const rq_op_mapping op_mapping = {rq_framework_tflite, groups,
                                         sizeof groups / sizeof groups[0], &rq_op_mapping_tf};

/* The schema's identifier, behind the offset of the root. */
static bool sniff(const rq_import_files *files, const uint8_t *data, size_t size)
{
    (void)files;
    return size >= 8 && !memcmp(data + 4, "TFL3", 4);
}

static rq_status read_files(rq_framework_model **out, const rq_import_files *files)
{
    return rq_tflite_open(out, files->model);
}

const rq_reader rq_reader_tflite = {sniff, read_files, &op_mapping, NULL};
