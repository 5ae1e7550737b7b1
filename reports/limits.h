/* The limits of verdicts: one table, limits.def, for the verdicts and for the texts that tell them.
 */
#ifndef RQ_REPORTS_LIMITS_H
#define RQ_REPORTS_LIMITS_H

#include "engine/base/option.h" /* RQ_TEXT */

#define RQ_LIMIT_ROUNDING 1e-9 /* 93.0 - 92.5 is not quite 0.5 */
#define RQ_LIMIT_NOISE_DB 5
#define RQ_LIMIT_NOTHING_PERCENT 1
#define RQ_LIMIT_GAIN_POINTS 1
/* OpenVINO's outputs against requant's: less is more than another order of sums explains. Where
 * quantization is coarse two right ways to round differ by about as much as it does (3 dB). */
#define RQ_LIMIT_DEPLOYMENT_DB 20
#define RQ_LIMIT_DEPLOYMENT_BEYOND_DB 6
/* Below it a metric in percent is small, and its loss is counted relative to it. */
#define RQ_LIMIT_SMALL_PERCENT 50
/* Fewer leave ranges that fit them better than others: of EfficientNet-Lite0 with 16, 32, 64, 128
 * and 250 images the output SQNR on others was 12, 9, 5, 3 and 1 dB less than on these. */
#define RQ_LIMIT_CALIBRATION_IMAGES 100

/* The table as lists, for --help and pages: a line, then lines that begin with "- ". */
extern const char rq_limits_of_suspicion[], rq_limits_of_loss[], rq_limits_of_images[];

#endif
