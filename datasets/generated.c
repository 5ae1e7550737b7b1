#include "datasets/generated.h"

#include "engine/base/rng.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LEAVES 400
#define MIN_RADIUS 2.0    /* pixels */
#define MAX_RADIUS 0.6    /* of the longer side */
#define SHADE 60.0        /* grey levels across a leaf, at most */
#define COLOUR_SHARE 0.35 /* of a leaf's spread of colour that is not grey */
#define NOISE 4.0         /* grey levels, standard deviation */

bool rq_is_generated(const char *name)
{
    return rq_starts_with(name, RQ_GENERATED_PREFIX);
}

/* -- painting ------------------------------------------------------------------------------- */

typedef struct leaf {
    double x, y, radius, height; /* half sides of a box: radius, height */
    bool box;
    double cosine, sine;     /* of a box's turn, and of where a leaf grows lighter */
    double colour[3], light; /* light: change from the middle to the rim */
} leaf;

/* Where light is even over an image, images differ in brightness and contrast. */
typedef struct exposure {
    double middle, spread;
} exposure;

static double uniform(rq_rng *rng, double low, double high)
{
    return low + (high - low) * rq_rng_unit(rng);
}

/* Radii with density r^-3 between the limits: as many leaves of each size meet a pixel. */
static double draw_radius(rq_rng *rng, double most)
{
    double a = 1.0 / (MIN_RADIUS * MIN_RADIUS), b = 1.0 / (most * most);
    return 1.0 / sqrt(uniform(rng, b, a));
}

static leaf draw_leaf(rq_rng *rng, int width, int height, const exposure *e, double share)
{
    double most = fmax(MAX_RADIUS * fmax(width, height), 2.0 * MIN_RADIUS);
    double angle = uniform(rng, 0.0, 2.0 * 3.14159265358979323846);
    leaf l = {.x = uniform(rng, 0.0, width),
              .y = uniform(rng, 0.0, height),
              .radius = share > 0.0 ? share * most : draw_radius(rng, most),
              .box = rq_rng_unit(rng) < 0.5,
              .cosine = cos(angle),
              .sine = sin(angle),
              .light = uniform(rng, 0.0, SHADE)};
    l.height = l.radius * uniform(rng, 0.2, 1.0);
    double grey = e->middle + e->spread * rq_rng_normal(rng);
    for (int c = 0; c < 3; c++) l.colour[c] = grey + COLOUR_SHARE * e->spread * rq_rng_normal(rng);
    return l;
}

static uint8_t to_pixel(double x)
{
    return x <= 0.0 ? 0 : x >= 255.0 ? 255 : (uint8_t)(x + 0.5);
}

static void paint_leaf(rq_image *image, const leaf *l)
{
    double reach = l->box ? hypot(l->radius, l->height) : l->radius;
    int top = (int)fmax(l->y - reach, 0.0), bottom = (int)fmin(l->y + reach + 1.0, image->height);
    int left = (int)fmax(l->x - reach, 0.0), right = (int)fmin(l->x + reach + 1.0, image->width);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            double dx = x - l->x, dy = y - l->y;
            double along = dx * l->cosine + dy * l->sine, across = dy * l->cosine - dx * l->sine;
            bool inside = l->box ? fabs(along) <= l->radius && fabs(across) <= l->height
                                 : dx * dx + dy * dy <= l->radius * l->radius;
            if (!inside) continue;
            uint8_t *pixel = image->pixels + (size_t)y * rq_image_stride(image) + (size_t)x * 3;
            double light = l->light * along / l->radius;
            for (int c = 0; c < 3; c++) pixel[c] = to_pixel(l->colour[c] + light);
        }
}

static void add_noise(rq_image *image, rq_rng *rng)
{
    size_t n = rq_image_stride(image) * (size_t)image->height;
    for (size_t i = 0; i < n; i++) {
        /* The sum of four bytes is near enough to a normal number. */
        uint64_t bits = rq_rng_u64(rng);
        double sum = (double)(bits & 255) + (double)(bits >> 8 & 255) + (double)(bits >> 16 & 255) +
                     (double)(bits >> 24 & 255);
        image->pixels[i] = to_pixel(image->pixels[i] + NOISE * (sum - 510.0) / 147.8);
    }
}

/* "generated:SEED:I" */
static bool parse_name(const char *name, uint64_t *seed, uint64_t *index)
{
    int end = 0;
    return sscanf(name, RQ_GENERATED_PREFIX "%" SCNu64 ":%" SCNu64 "%n", seed, index, &end) == 2 &&
           name[end] == '\0';
}

rq_status rq_generate_image(rq_image *out, const char *name, int width, int height)
{
    uint64_t seed, index;
    if (!parse_name(name, &seed, &index))
        return rq_fail(RQ_EARG, "'%s' names no generated image, expected generated:SEED:INDEX",
                       name);
    RQ_TRY(rq_image_reserve(out, width, height, 3));
    rq_rng rng;
    rq_rng_seed(&rng, seed * 0x9e3779b97f4a7c15u + index);
    exposure e = {uniform(&rng, 60.0, 195.0), uniform(&rng, 25.0, 80.0)};
    leaf ground = draw_leaf(&rng, width, height, &e, 4.0);
    ground.box = false;
    paint_leaf(out, &ground);
    for (int i = 0; i < LEAVES; i++) {
        leaf l = draw_leaf(&rng, width, height, &e, 0.0);
        paint_leaf(out, &l);
    }
    add_noise(out, &rng);
    return RQ_OK;
}
