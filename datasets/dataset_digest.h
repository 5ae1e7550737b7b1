/* What a list of samples is, by its content: what is kept of a run (statistics, trials) is of the
 * same data only where these are equal. */
#ifndef RQ_DATASETS_DATASET_DIGEST_H
#define RQ_DATASETS_DATASET_DIGEST_H

#include "datasets/dataset.h"
#include "engine/base/hash.h"

/* Of names and bytes of the samples, in order: every file is read. A file that cannot be read
 * counts as such, and is no error here. RQ_ECANCELLED as rq_parallel_for. */
rq_status rq_dataset_digest(const rq_dataset *dataset, unsigned threads,
                            char digest[RQ_DIGEST_TEXT]);
/* The same in two steps, between which lists may be joined: that of each sample, [dataset->n], and
 * that of the list. */
rq_status rq_dataset_sample_digests(const rq_dataset *dataset, unsigned threads,
                                    char (*digests)[RQ_DIGEST_TEXT]);
rq_status rq_digests_join(char digest[RQ_DIGEST_TEXT], const char (*digests)[RQ_DIGEST_TEXT],
                          size_t n);
/* Of the names alone, in order: no file is read. */
rq_status rq_dataset_names_digest(const rq_dataset *dataset, char digest[RQ_DIGEST_TEXT]);

/* Of labels and annotations, in order, masks and images that they name included. */
rq_status rq_dataset_truth_digest(const rq_dataset *dataset, unsigned threads,
                                  char digest[RQ_DIGEST_TEXT]);

#endif
