/* A model of which parts stay with their framework (TensorFlowCall, OnnxCall), as plain IRs that
 * are cut there, for any program to run one after another. */
#ifndef RQ_EXPORT_SPLIT_H
#define RQ_EXPORT_SPLIT_H

#include "engine/ir/graph.h"

/* Makes the folder, and writes folder/STEM-1.xml, ... and folder/offload.json, all or, where it
 * fails, none of them:
 *
 *     {"inputs": ["image"], "outputs": {"detection_boxes": "boxes"},
 *      "parts": [
 *        {"ir": "ssd-1.xml", "inputs": ["image"], "outputs": ["concat", "concat_1"]},
 *        {"tensorflow": "/models/ssd.pb", "feeds": {"concat:0": "concat", "concat_1:0":
 * "concat_1"}, "fetches": {"boxes:0": "boxes"}}]}
 *
 * Names are tensor names: of the model's inputs, of each IR's inputs and outputs, and so of what is
 * handed from part to part; feeds and fetches map the framework's values to them, `outputs` those
 * of the model by what they are called. Parts are in an order in which each finds what it reads.
 * RQ_EARG: the graph has no such part. */
rq_status rq_export_split(const rq_graph *graph, const char *folder, const char *stem);

#endif
