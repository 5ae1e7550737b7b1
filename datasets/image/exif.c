#include "datasets/image/exif.h"

#include "datasets/image/image.h"

#include <stdbool.h>
#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_BYTES = 12 };

typedef struct reader {
    const uint8_t *data;
    size_t size;
    bool big;
} reader;

static bool get_u16(const reader *r, size_t at, unsigned *out)
{
    if (r->size < 2 || at > r->size - 2) return false;
    const uint8_t *p = r->data + at;
    *out = r->big ? (unsigned)p[0] << 8 | p[1] : (unsigned)p[1] << 8 | p[0];
    return true;
}

static bool get_u32(const reader *r, size_t at, size_t *out)
{
    unsigned first, second;
    if (!get_u16(r, at, &first) || !get_u16(r, at + 2, &second)) return false;
    *out = r->big ? (size_t)first << 16 | second : (size_t)second << 16 | first;
    return true;
}

/* The value when the entry at `at` is the orientation, 0 when it is not. */
static int entry_orientation(const reader *r, size_t at)
{
    unsigned tag, type, value;
    if (!get_u16(r, at, &tag) || tag != TAG_ORIENTATION) return 0;
    if (!get_u16(r, at + 2, &type) || type != TYPE_SHORT) return 0;
    if (!get_u16(r, at + 8, &value) || value < 1 || value > 8) return 0;
    return (int)value;
}

int rq_exif_orientation(const uint8_t *tiff, size_t size)
{
    if (size < 8) return RQ_ORIENTATION_UPRIGHT;
    reader r = {tiff, size, memcmp(tiff, "MM\0*", 4) == 0};
    if (!r.big && memcmp(tiff, "II*\0", 4) != 0) return RQ_ORIENTATION_UPRIGHT;
    size_t directory;
    unsigned entries;
    if (!get_u32(&r, 4, &directory) || !get_u16(&r, directory, &entries))
        return RQ_ORIENTATION_UPRIGHT;
    for (unsigned i = 0; i < entries; i++) {
        int found = entry_orientation(&r, directory + 2 + (size_t)i * ENTRY_BYTES);
        if (found) return found;
    }
    return RQ_ORIENTATION_UPRIGHT;
}
