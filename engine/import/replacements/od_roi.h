/* What the graphs of two stages share: channels-first features and regions of them. */
#ifndef RQ_IMPORT_OD_ROI_H
#define RQ_IMPORT_OD_ROI_H

#include "engine/import/replacements/replacer.h"

/* Features [N, H, W, C] as [N, C, H, W], and back. */
rq_id rq_od_emit_channels_first(rq_ir_builder *b, rq_id x);
rq_id rq_od_emit_channels_last(rq_ir_builder *b, rq_id x);

/* ROIPooling of regions [N, 5] (image, x1, y1, x2, y2) in place of every CropAndResize whose boxes
 * come from `boxes`. */
rq_status rq_od_replace_crops(rq_replacer *r, const char *boxes, const char *rois);

/* Does `value` come from `origin` through operators that only pass it on? */
bool rq_od_comes_from(const rq_replacer *r, const char *value, const char *origin);

#endif
