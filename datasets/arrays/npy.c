#include "datasets/arrays/npy.h"

#include "datasets/arrays/arrays.h"
#include "datasets/arrays/npy_header.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static const char magic[6] = "\x93NUMPY";

/* Offset of the data, after the header at *text (header_size bytes). */
static rq_status find_header(const rq_mapping *file, const char *path, const char **text,
                             size_t *header_size, size_t *data_at)
{
    const uint8_t *p = file->data;
    if (file->size < 10 || memcmp(p, magic, sizeof magic) != 0)
        return rq_fail(RQ_EFORMAT, "%s: not a .npy file (no \\x93NUMPY at its beginning)", path);
    if (p[6] < 1 || p[6] > 3)
        return rq_fail(RQ_EUNSUPPORTED, "%s: .npy version %u; 1 to 3 can be read", path, p[6]);
    size_t begin = p[6] == 1 ? 10 : 12, size = p[8] | (size_t)p[9] << 8;
    if (file->size < begin) return rq_fail(RQ_EFORMAT, "%s: ends within its .npy header", path);
    if (p[6] > 1) size |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (size > file->size - begin)
        return rq_fail(RQ_EFORMAT, "%s: .npy header of %zu bytes in a file of %zu", path, size,
                       file->size);
    *text = (const char *)p + begin;
    *header_size = size;
    *data_at = begin + size;
    return RQ_OK;
}

static void copy_element(uint8_t *to, const uint8_t *from, size_t size, bool swapped)
{
    for (size_t b = 0; b < size; b++) to[b] = from[swapped ? size - 1 - b : b];
}

/* Walks the elements in C order; strides are those of the file. */
static void copy_elements(uint8_t *to, const uint8_t *from, const rq_npy_header *header)
{
    const rq_shape *shape = &header->shape;
    size_t size = rq_dtype_bits(header->dtype) / 8, count = rq_shape_count(shape);
    size_t stride[RQ_MAX_RANK], index[RQ_MAX_RANK] = {0}, at = 0, step = size;
    for (int i = 0; i < shape->rank; i++) {
        int axis = header->fortran ? i : shape->rank - 1 - i;
        stride[axis] = step;
        step *= (size_t)shape->d[axis];
    }
    for (size_t n = 0; n < count; n++, to += size) {
        copy_element(to, from + at, size, header->swapped);
        for (int axis = shape->rank - 1; axis >= 0; axis--) {
            at += stride[axis];
            if (++index[axis] < (size_t)shape->d[axis]) break;
            at -= index[axis] * stride[axis];
            index[axis] = 0;
        }
    }
}

static rq_status read_mapped(rq_tensor *out, const rq_mapping *file, const char *path)
{
    const char *text = NULL;
    size_t header_size = 0, data_at = 0, bytes = 0;
    rq_npy_header header;
    RQ_TRY(find_header(file, path, &text, &header_size, &data_at));
    RQ_TRY(rq_npy_header_parse(&header, text, header_size, path));
    if (!rq_dtype_bytes(&bytes, header.dtype, rq_shape_count(&header.shape)) ||
        bytes != file->size - data_at) {
        char shape[RQ_SHAPE_TEXT];
        return rq_fail(RQ_EFORMAT, "%s: %zu bytes of data; %s of %s needs %zu", path,
                       file->size - data_at, rq_shape_text(&header.shape, shape),
                       rq_dtype_name(header.dtype), bytes);
    }
    rq_tensor tensor = {header.dtype, header.shape, NULL};
    RQ_TRY(rq_alloc_aligned(&tensor.data, bytes ? bytes : 1, path));
    if (header.fortran || header.swapped)
        copy_elements(tensor.data, file->data + data_at, &header);
    else if (bytes)
        memcpy(tensor.data, file->data + data_at, bytes);
    *out = tensor;
    return RQ_OK;
}

rq_status rq_npy_parse(rq_tensor *out, const void *data, size_t size, const char *name)
{
    const rq_mapping bytes = {.data = data, .size = size};
    *out = (rq_tensor){0};
    return read_mapped(out, &bytes, name);
}

rq_status rq_npy_read(rq_tensor *out, const char *path)
{
    rq_mapping file;
    *out = (rq_tensor){0};
    RQ_TRY(rq_map_file(&file, path));
    rq_status status = read_mapped(out, &file, path);
    rq_unmap_file(&file);
    return status;
}

bool rq_npy_probe(const uint8_t *data, size_t size)
{
    return size >= sizeof magic && memcmp(data, magic, sizeof magic) == 0;
}

rq_status rq_npy_arrays(rq_arrays *out, const char *path)
{
    RQ_TRY(rq_npy_read(&out->arrays[0], path));
    out->n = 1;
    out->names[0] = strdup("");
    return out->names[0] ? RQ_OK : rq_fail_memory(1, "a name");
}

rq_dtype rq_npy_dtype(rq_dtype dtype)
{
    if (rq_npy_descr(dtype)) return dtype;
    if (rq_dtype_is_float(dtype)) return RQ_DT_F32;
    return rq_dtype_kind_of(dtype) == RQ_KIND_SIGNED ? RQ_DT_I8 : RQ_DT_U8;
}

static void print_header(rq_buf *out, rq_dtype dtype, const rq_shape *shape)
{
    rq_buf_printf(out, "{'descr': '%s', 'fortran_order': False, 'shape': (", rq_npy_descr(dtype));
    for (int i = 0; i < shape->rank; i++)
        rq_buf_printf(out, "%s%lld", i ? ", " : "", (long long)shape->d[i]);
    rq_buf_append(out, shape->rank == 1 ? ",), }" : "), }");
    /* The data begin at a multiple of 64: 10 bytes come before the header, '\n' ends it. */
    while ((10 + out->length + 1) % 64 != 0 && !out->failed) rq_buf_append(out, " ");
    rq_buf_append(out, "\n");
}

static rq_status write_parts(rq_writer *writer, const rq_buf *header, const void *data,
                             size_t bytes)
{
    uint8_t start[10] = {1, 0};
    memcpy(start, magic, sizeof magic);
    start[6] = 1;
    start[7] = 0;
    start[8] = (uint8_t)(header->length & 0xFF);
    start[9] = (uint8_t)(header->length >> 8);
    RQ_TRY(rq_writer_write(writer, start, sizeof start));
    RQ_TRY(rq_writer_write(writer, header->data, header->length));
    return rq_writer_write(writer, data, bytes);
}

static rq_status write_file(const char *path, const rq_buf *header, const void *data, size_t bytes)
{
    rq_writer *writer;
    if (header->failed) return rq_fail_memory(header->length, "a .npy header");
    RQ_TRY(rq_writer_open(&writer, path));
    rq_status status = write_parts(writer, header, data, bytes);
    if (status == RQ_OK) return rq_writer_commit(&writer);
    rq_writer_abort(&writer);
    return status;
}

rq_status rq_npy_write(const char *path, const rq_tensor *tensor)
{
    rq_dtype dtype = rq_npy_dtype(tensor->dtype);
    size_t count = rq_tensor_count(tensor), bytes;
    if (rq_dtype_kind_of(tensor->dtype) == RQ_KIND_OTHER || !rq_dtype_bytes(&bytes, dtype, count))
        return rq_fail(RQ_EUNSUPPORTED, "%s: %s cannot be written as .npy", path,
                       rq_dtype_name(tensor->dtype));
    void *widened = NULL;
    rq_buf header = {0};
    rq_status status = RQ_OK;
    if (dtype != tensor->dtype) {
        RQ_TRY_GOTO(rq_alloc_aligned(&widened, bytes ? bytes : 1, path), out);
        RQ_TRY_GOTO(rq_convert(widened, dtype, tensor->data, tensor->dtype, count), out);
    }
    print_header(&header, dtype, &tensor->shape);
    status = write_file(path, &header, widened ? widened : tensor->data, bytes);
out:
    rq_buf_free(&header);
    free(widened);
    return status;
}
