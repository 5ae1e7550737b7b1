/* Fields of images, and of the classes in them. */
#include "reports/field_tables.h"

#define T rq_report_image
static const rq_field images[] = {
    TEXT(T, path, "Image", "In its folder."),
    REAL(T, label, INDEX, "Label", "Ground-truth class."),
    TEXT(T, label_name, "Label", "Ground-truth class."),
    REAL(T, before_class, INDEX, "Before", "Prediction before."),
    TEXT(T, before_name, "Before", "Prediction before."),
    REAL(T, before_score, SHARE, "Score before", "Softmax score in %."),
    REAL(T, after_class, INDEX, "After", "Prediction after."),
    TEXT(T, after_name, "After", "Prediction after."),
    REAL(T, after_score, SHARE, "Score after", "Softmax score in %."),
    REAL(T, sqnr_db, DB, "Image SQNR", "Of the model's output for this image, in dB."),
    TEXT(T, metric, "Metric", "What the values of this image are of."),
    REAL(T, before_value, REAL, "Value before", "The metric of this image alone, before."),
    REAL(T, after_value, REAL, "Value after", "The metric of this image alone, after."),
    FLAG(T, newly_wrong, "Regression",
         "Right before, wrong after; without labels, another prediction."),
    REALS(T, label_boxes, "Boxes", "Of the ground truth: six numbers each, see before_boxes."),
    REALS(
        T, before_boxes, "Boxes before",
        "Left, top, right, bottom (0..1 of the model's view of the image), class, score of each."),
    REALS(T, after_boxes, "Boxes after", "The same as before_boxes."),
    REALS(T, label_mask, "Mask", "Of the ground truth, see before_mask."),
    REALS(T, before_mask, "Mask before",
          "Runs over a grid of 48 by 48 cells, row by row: class, cells; -1: no class."),
    REALS(T, after_mask, "Mask after", "The same as before_mask."),
    TEXT(T, label_text, "Text", "Ground-truth text."),
    TEXT(T, before_text, "Text before", "Text recognised before."),
    TEXT(T, after_text, "Text after", "Text recognised after."),
};
RECORD(rq_image_type, T, images);
#undef T

#define T rq_report_validated
static const rq_field validated[] = {
    FIELD(TEXTS, REAL, T, paths, "paths", "Image", "In its folder."),
    REALS(T, labels, "Label", "Ground-truth class."),
    REALS(T, before_classes, "Before", "Prediction before."),
    REALS(T, after_classes, "After", "Prediction after."),
    FIELD(TEXTS, REAL, T, class_names, "class_names", "Classes", "Names by class."),
};
RECORD(rq_validated_type, T, validated);
#undef T

#define T rq_report_values
static const rq_field values[] = {
    TEXT(T, metric, "Metric", "As in the row of accuracy."),
    TEXT(T, output, "Output", "Of the model."),
    REALS(T, before, "Before", "Of each validated image alone; 1 is right, 0 is wrong."),
    REALS(T, after, "After", "Of each validated image alone; 1 is right, 0 is wrong."),
};
RECORD(rq_values_type, T, values);
#undef T

#define T rq_report_class
static const rq_field classes[] = {
    TEXT(T, metric, "Metric", "AP50, IoU or accuracy, in %."),
    TEXT(T, name, "Name", "Of the class."),
    REAL(T, class_id, INDEX, "Class", "Index."),
    REAL(T, items, COUNT, "Items", "Objects, pixels or images of the ground truth."),
    REAL(T, before, REAL, "Before", "In %."),
    REAL(T, after, REAL, "After", "In %."),
};
RECORD(rq_class_type, T, classes);
#undef T
