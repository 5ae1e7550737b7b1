/* Strict numbers out of text (engine/base/text.h). */
#include "engine/base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

/* One number at *at; moves *at behind it. */
static bool take_i64(const char **at, void *out)
{
    char *end;
    errno = 0;
    long long x = strtoll(*at, &end, 10);
    if (end == *at || errno == ERANGE) return false;
    *(int64_t *)out = x;
    *at = end;
    return true;
}

static bool take_f64(const char **at, void *out)
{
    char *end;
    errno = 0;
    double x = strtod(*at, &end);
    /* An underflow to 0 or a denormal is the nearest value; an overflow is a wrong number. */
    if (end == *at || (errno == ERANGE && isinf(x))) return false;
    *(double *)out = x;
    *at = end;
    return true;
}

typedef bool take_fn(const char **at, void *out);

static void skip_blanks(const char **at)
{
    *at += strspn(*at, blanks);
}

static bool parse_one(const char *text, take_fn *take, void *out)
{
    skip_blanks(&text);
    char value[sizeof(double)] __attribute__((aligned(8)));
    if (!take(&text, value)) return false;
    skip_blanks(&text);
    if (*text) return false;
    memcpy(out, value, sizeof value);
    return true;
}

bool rq_parse_i64(const char *text, int64_t *out)
{
    return parse_one(text, take_i64, out);
}

bool rq_parse_f64(const char *text, double *out)
{
    return parse_one(text, take_f64, out);
}

static bool parse_list(const char *text, take_fn *take, char *out, size_t capacity, size_t *n)
{
    size_t count = 0;
    skip_blanks(&text);
    while (*text) {
        if (count == capacity || !take(&text, out + count * sizeof(int64_t))) return false;
        count++;
        const char *behind = text;
        skip_blanks(&text);
        bool comma = *text == ',';
        if (comma) {
            text++;
            skip_blanks(&text);
            if (!*text) return false; /* "1,2," */
        }
        if (*text && !comma && text == behind) return false; /* "1x", "1+2" */
    }
    *n = count;
    return true;
}

bool rq_parse_i64_list(const char *text, int64_t *out, size_t capacity, size_t *n)
{
    return parse_list(text, take_i64, (char *)out, capacity, n);
}

bool rq_parse_f64_list(const char *text, double *out, size_t capacity, size_t *n)
{
    return parse_list(text, take_f64, (char *)out, capacity, n);
}
