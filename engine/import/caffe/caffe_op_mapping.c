#include "engine/import/caffe/caffe.h"
#include "engine/import/import.h"

#include "engine/base/text.h"

#include <stdlib.h>

#define RQ_GROUP(name) extern const rq_op_mapping_group rq_group_caffe_##name;
#include "engine/import/caffe/caffe_op_mapping.def"
#undef RQ_GROUP

static const rq_op_mapping_group *const groups[] = {
#define RQ_GROUP(name) &rq_group_caffe_##name,
#include "engine/import/caffe/caffe_op_mapping.def"
#undef RQ_GROUP
};

static const rq_op_mapping op_mapping = {rq_framework_caffe, groups,
                                         sizeof groups / sizeof groups[0], NULL};

static bool sniff(const rq_import_files *files, const uint8_t *data, size_t size)
{
    (void)data, (void)size;
    return files->proto || rq_ends_with(files->model, ".caffemodel") ||
           rq_ends_with(files->model, ".prototxt");
}

/* "net.caffemodel" lies beside "net.prototxt" where no other is given; the latter alone is a net
 * without weights. */
static rq_status read_files(rq_framework_model **out, const rq_import_files *files)
{
    if (rq_ends_with(files->model, ".prototxt")) return rq_caffe_open(out, files->model, NULL);
    if (files->proto) return rq_caffe_open(out, files->proto, files->model);
    char *proto = rq_path_with_suffix(files->model, ".caffemodel", ".prototxt");
    if (!proto) return rq_fail_memory(0, "a file name");
    rq_status status = rq_is_file(proto)
                           ? rq_caffe_open(out, proto, files->model)
                           : rq_fail(RQ_EARG,
                                     "%s: there is no %s; give the net's prototxt with "
                                     "--input_proto",
                                     files->model, proto);
    free(proto);
    return status;
}

const rq_reader rq_reader_caffe = {
    .sniff = sniff, .read = read_files, .op_mapping = &op_mapping, .read_mean = rq_caffe_read_mean};
