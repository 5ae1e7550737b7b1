#include "calib/h5_seal.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"

#include <stdio.h>
#include <string.h>

#define SEAL "requant statistics, HDF5 from byte 512; xxh3-128 of it: "

static rq_status digest_of(char digest[RQ_DIGEST_TEXT], const uint8_t *data, size_t size)
{
    rq_hasher *hasher;
    RQ_TRY(rq_hasher_create(&hasher));
    rq_hasher_update(hasher, data, size);
    rq_hasher_finish(&hasher, digest);
    return RQ_OK;
}

static void write_seal(char block[RQ_H5_USER_BLOCK], const char *digest)
{
    memset(block, 0, RQ_H5_USER_BLOCK);
    snprintf(block, RQ_H5_USER_BLOCK, SEAL "%s\n", digest);
}

static bool has_seal(const uint8_t *data, size_t size)
{
    return size >= strlen(SEAL) && memcmp(data, SEAL, strlen(SEAL)) == 0;
}

static rq_status check_mapping(const rq_mapping *mapping, const char *path)
{
    char digest[RQ_DIGEST_TEXT], block[RQ_H5_USER_BLOCK];
    if (!has_seal(mapping->data, mapping->size))
        return rq_fail(RQ_EFORMAT, "%s: not a statistics file of requant", path);
    if (mapping->size <= RQ_H5_USER_BLOCK)
        return rq_fail(RQ_EFORMAT, "%s: damaged: only the first %zu bytes are there", path,
                       mapping->size);
    RQ_TRY(digest_of(digest, mapping->data + RQ_H5_USER_BLOCK, mapping->size - RQ_H5_USER_BLOCK));
    write_seal(block, digest);
    if (memcmp(mapping->data, block, RQ_H5_USER_BLOCK) != 0)
        return rq_fail(RQ_EFORMAT, "%s: damaged or changed: its content has digest %s, not %.32s",
                       path, digest, (const char *)mapping->data + strlen(SEAL));
    return RQ_OK;
}

rq_status rq_h5_seal(char block[RQ_H5_USER_BLOCK], const uint8_t *image, size_t size)
{
    char digest[RQ_DIGEST_TEXT];
    RQ_TRY(digest_of(digest, image, size));
    write_seal(block, digest);
    return RQ_OK;
}

rq_status rq_h5_check_seal(size_t *size, const char *path)
{
    rq_mapping mapping;
    RQ_TRY(rq_map_file(&mapping, path));
    rq_status status = check_mapping(&mapping, path);
    *size = mapping.size;
    rq_unmap_file(&mapping);
    return status;
}

rq_status rq_h5_may_replace(const char *path)
{
    uint8_t head[sizeof SEAL];
    size_t n;
    if (!rq_is_file(path)) return RQ_OK;
    RQ_TRY(rq_read_head(head, &n, sizeof head, path));
    return n == 0 || has_seal(head, n)
               ? RQ_OK
               : rq_fail(RQ_EARG,
                         "%s: is there already and is not a statistics file of requant; expected "
                         "another name",
                         path);
}
