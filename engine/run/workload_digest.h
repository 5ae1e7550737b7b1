/* What a run over images depends on, as digests: results that are kept are taken again only where
 * these are equal. */
#ifndef RQ_RUN_WORKLOAD_DIGEST_H
#define RQ_RUN_WORKLOAD_DIGEST_H

#include "engine/base/hash.h"
#include "engine/base/text.h"
#include "engine/run/workload.h"

/* Of what reaches the model beside preprocessing, and of what computes: the images' content, fixed
 * inputs, shapes, the backend. Reads every file. */
rq_status rq_workload_data_digest(char digest[RQ_DIGEST_TEXT], const rq_workload *workload);
/* Its two parts, for who has the images in pieces: what beside the images it is of, as bytes; and
 * the digest of a list (rq_digests_join) with them. */
rq_status rq_workload_how(rq_buf *out, const rq_workload *workload);
rq_status rq_data_digest_extend(char digest[RQ_DIGEST_TEXT], const void *how, size_t bytes);

/* Of what results are measured against, too: labels and annotations, preprocessing, adapter, the
 * user's score, outputs' weights. The workload is bound. */
rq_status rq_workload_measure_digest(char digest[RQ_DIGEST_TEXT], const rq_workload *workload);

#endif
