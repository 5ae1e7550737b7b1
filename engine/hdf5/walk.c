#include "engine/hdf5/walk.h"

#include "engine/hdf5/content.h"
#include "engine/hdf5/item_writer.h"

#define MAX_DEPTH 4

static herr_t visit_attribute(hid_t group, const char *name, const H5A_info_t *info, void *ctx)
{
    (void)info;
    (void)ctx;
    hid_t attribute = H5Aopen(group, name, H5P_DEFAULT);
    if (attribute < 0) rq_items_fail("an attribute that cannot be read");
    rq_content_attribute(attribute);
    H5Aclose(attribute);
    return 0;
}

static void walk_attributes(hid_t group)
{
    if (H5Aiterate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_attribute, NULL) < 0)
        rq_items_fail("a group whose attributes cannot be read");
}

static void walk_group(hid_t group, int depth, bool all);

static void walk_object(hid_t object, const char *name, int depth, bool all)
{
    H5I_type_t type = H5Iget_type(object);
    if (type == H5I_DATASET) rq_content_array(object, name);
    if (type != H5I_GROUP || !all) return;
    if (depth + 1 == MAX_DEPTH) rq_items_fail("groups in more than %d groups", MAX_DEPTH);
    rq_items_mark(RQ_HDF5_GROUP, name);
    walk_group(object, depth + 1, all);
    rq_items_mark(RQ_HDF5_LEAVE, "");
}

static void walk_link(hid_t group, hsize_t i, int depth, bool all)
{
    char name[RQ_HDF5_MAX_NAME + 1];
    H5L_info_t info;
    ssize_t n = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                                   H5P_DEFAULT);
    if (n < 0 || n >= (ssize_t)sizeof name || H5Lget_info(group, name, &info, H5P_DEFAULT) < 0)
        rq_items_fail("a name that cannot be read, or is too long");
    if (info.type != H5L_TYPE_HARD) return; /* other files are nobody's input */
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0) rq_items_fail("'%s' cannot be opened", name);
    walk_object(object, name, depth, all);
    H5Oclose(object);
}

static void walk_group(hid_t group, int depth, bool all)
{
    H5G_info_t info;
    if (all) walk_attributes(group);
    if (H5Gget_info(group, &info) < 0) rq_items_fail("no root group");
    for (hsize_t i = 0; i < info.nlinks; i++) walk_link(group, i, depth, all);
}

void rq_walk_file(hid_t file, bool all)
{
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0) rq_items_fail("no root group");
    walk_group(root, 0, all);
    H5Gclose(root);
}
