/* requant-data(5): what the names in options mean, and the files that requant reads and writes. */
#include "datasets/image/preprocess.h"
#include "engine/cli/help_pages.h"
#include "engine/cli/help_roff.h"
#include "engine/cli/help_text.h"
#include "engine/api/options/option_words.h"

/* The names of one option. */
typedef struct section {
    const char *title, *text;
    rq_status (*list)(rq_word_list *out);
} section;

static const section sections[] = {
    {"Data sets",
     "What --data and --val may name. The format is detected from what is there, in this order; "
     "--format names it. Folders may hold JPEG, PNG, WebP, BMP and TIFF images, in sub-folders "
     "too.",
     rq_list_formats},
    {"Adapters",
     "How a model's outputs are read into classes, boxes, masks or texts. Evident ones are "
     "detected; --adapter names one, with settings behind colons: --adapter ssd:score=0.3:first=0.",
     rq_list_adapters},
    {"Kinds of outputs",
     "What an output is recognised as: by the end of the graph (Softmax, Sigmoid over a map, a "
     "normalization, non-maximum suppression), its name (logits, landmarks), labels whose classes "
     "fit it, and the adapter. Metrics, verdicts and advice follow it; reports list it with the "
     "evidence. Without evidence it is a tensor: --adapter says more.",
     rq_list_output_kinds},
    {"Metrics", "What is measured, where model, data and adapter allow it.", rq_list_metrics},
    {"Range estimators", "The values of --range.", rq_list_ranges},
    {"Configurations", "Preprocessing that ships with requant, for --config.",
     rq_list_configurations},
};

static void put_values(rq_buf *out, const rq_word_list *list)
{
    bool indented = false;
    for (size_t i = 0; i < list->n; i++) {
        const rq_word *v = &list->words[i];
        if (v->is_setting && !indented) rq_roff_indent(out);
        if (!v->is_setting && indented) rq_roff_unindent(out);
        indented = v->is_setting;
        rq_roff_term(out, v->name, NULL, v->help);
    }
    if (indented) rq_roff_unindent(out);
}

static rq_status put_section(rq_buf *out, const section *s)
{
    const rq_option option = {.list = s->list};
    rq_word_list list;
    rq_roff_section(out, s->title);
    rq_roff_text(out, s->text);
    rq_status status = rq_words_open(&list, &option);
    if (status == RQ_OK) put_values(out, &list);
    rq_words_close(&list);
    return status;
}

/* Keys of a configuration: those of the flags. */
static void put_keys(rq_buf *out)
{
    const rq_preprocess_key *key;
    rq_roff_section(out, "Preprocessing files");
    rq_roff_text(out, "--config FILE names a YAML file of lines `key: value`; a number for each "
                      "channel is written [123.7, 116.3, 103.5]. Every key is a flag too, which "
                      "wins over the file.");
    for (size_t i = 0; (key = rq_preprocess_key_at(i)); i++) {
        const rq_option option = {
            .help = key->help, .keywords = key->keywords, .fallback = key->fallback};
        rq_buf text = {0};
        rq_help_sentence(&text, &option);
        out->failed = out->failed || text.failed;
        if (!out->failed) rq_roff_term(out, key->name, key->argument, text.data);
        rq_buf_free(&text);
    }
}

static const struct file {
    const char *name, *text;
} read_files[] =
    {{"MODEL.xml, MODEL.bin", "a model in OpenVINO's IR, version 10 or 11"},
     {"MODEL.onnx, .pb, .pbtxt, .meta, .tflite, .caffemodel, saved_model.pb",
      "a model of ONNX, TensorFlow, TensorFlow Lite or Caffe (with its .prototxt beside it), for "
      "import and show"},
     {"LIST",
      "images, or files of tensors, one a line: a path relative to the list, or a path and a class "
      "behind a blank"},
     {"labels (--labels FILE)",
      "lines of a path, relative to the folder of the images, and a class, a number or a name"},
     {"charset (--adapter ctc:charset=FILE)",
      "the characters that a text recogniser knows, one a line in the order of its classes; an "
      "empty line is a blank"},
     {"tensors", "NumPy's files, or HDF5, an array for each input:"
#define RQ_ARRAY_FORMAT(name, extensions) " " extensions
#include "datasets/arrays/array_formats.def"
#undef RQ_ARRAY_FORMAT
     }},
  written_files[] = {
      {"NAME-int8.xml, NAME-int8.bin",
       "the quantized model, which OpenVINO runs; NAME-int8-weights, NAME-int4-weights and "
       "NAME-fp16 likewise"},
      {"report.html", "the report as one page that needs no other file"},
      {"report.json",
       "the report for programs; share/requant/schemas/report.schema.json describes it, and others "
       "there plan.json, tune.json, and what --json prints"},
      {"plan.json",
       "every decision with its reason: ranges, scales, zero points, ignored layers; may be "
       "edited, --plan applies it. Where OpenVINO is there, runtime, kernel and ran_in say what it "
       "ran each layer in; --plan passes over them"},
      {"stats.h5",
       "statistics of activations (HDF5); --stats, or the same command again, decides from them "
       "without running the images; an interrupted calibration is continued from it"},
      {"stats-equalized.h5",
       "the same of the model behind cross-layer equalization, where that was applied; --stats of "
       "a plan that has it"},
      {"tune.json", "trials of tune, from which the same command continues"}};

static void put_files(rq_buf *out, const char *title, const struct file *files, size_t n)
{
    rq_roff_subsection(out, title);
    for (size_t i = 0; i < n; i++) rq_roff_term(out, files[i].name, NULL, files[i].text);
}

static const char *const examples[] = {
    "requant evaluate yolo.xml --data coco --format coco --split val2017 --adapter "
    "yolov8:score=0.001:iou=0.7 --config yolo",
    "requant evaluate rec.xml --data words.csv --adapter ctc:charset=en.txt --config ocr",
    NULL,
};

rq_status rq_man_data(rq_buf *out)
{
    rq_roff_title(out, "requant-data", 5, "File Formats",
                  "data sets, adapters, configurations and files of requant");
    rq_roff_section(out, "Description");
    rq_roff_text(out, "What requant's options name, and the files that it reads and writes.");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        RQ_TRY(put_section(out, &sections[i]));
    put_keys(out);
    rq_roff_section(out, "Files");
    put_files(out, "Read", read_files, sizeof read_files / sizeof *read_files);
    put_files(out, "Written", written_files, sizeof written_files / sizeof *written_files);
    rq_roff_section(out, "Examples");
    rq_roff_examples(out, examples);
    rq_roff_section(out, "See also");
    rq_roff_reference(out, "requant", 1, "");
    return RQ_OK;
}
