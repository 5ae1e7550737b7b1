#include "engine/import/import.h"
#include "engine/import/tensorflow/tf.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define RQ_GROUP(name) extern const rq_op_mapping_group rq_group_tf_##name;
#include "engine/import/tensorflow/tf_op_mapping.def"
#undef RQ_GROUP

static const rq_op_mapping_group *const groups[] = {
#define RQ_GROUP(name) &rq_group_tf_##name,
#include "engine/import/tensorflow/tf_op_mapping.def"
#undef RQ_GROUP
};

const rq_op_mapping rq_op_mapping_tf = {rq_framework_tf, groups, sizeof groups / sizeof groups[0],
                                        NULL};

static bool holds_saved_model(const char *dir)
{
    static const char *const names[] = {"saved_model.pb", "saved_model.pbtxt"};
    bool found = false;
    for (int i = 0; i < 2 && !found; i++) {
        char *path = rq_path_join(dir, names[i]);
        found = path && rq_is_file(path);
        free(path);
    }
    return found;
}

/* A GraphDef begins with a node: field 1 of it is the node's name. Other files by their names. */
static bool sniff(const rq_import_files *files, const uint8_t *data, size_t size)
{
    static const char *const endings[] = {".pb", ".pbtxt", ".meta", ".graphdef"};
    if (rq_is_dir(files->model)) return holds_saved_model(files->model);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (rq_ends_with(files->model, endings[i])) return true;
    return files->checkpoint || (size > 4 && !memcmp(data, "node", 4));
}

/* A .meta lies beside its checkpoint: "model.ckpt.meta", "model.ckpt.index"; of the first version
 * "model.ckpt". NULL: there is none. */
static char *own_checkpoint(const char *model)
{
    char *prefix = rq_path_with_suffix(model, ".meta", ""), *index = NULL;
    if (prefix) index = rq_path_with_suffix(model, ".meta", ".index");
    bool found = rq_ends_with(model, ".meta") && index && (rq_is_file(index) || rq_is_file(prefix));
    free(index);
    if (found) return prefix;
    free(prefix);
    return NULL;
}

static rq_status read_files(rq_framework_model **out, const rq_import_files *files)
{
    char *own = files->checkpoint ? NULL : own_checkpoint(files->model);
    rq_tf_options options = {.checkpoint = files->checkpoint ? files->checkpoint : own,
                             .tags = files->tags,
                             .whole = files->whole,
                             .keep_loops = files->keep_loops};
    rq_status status = rq_tf_open(out, files->model, &options);
    free(own);
    return status;
}

const rq_reader rq_reader_tf = {sniff, read_files, &rq_op_mapping_tf, NULL};
