#include "tests/unit/scratch.h"

#include "datasets/bad_images.h"
#include "datasets/dataset.h"
#include "datasets/dataset_digest.h"
#include "engine/base/callbacks.h"
#include "engine/base/file.h"
#include "engine/base/threads.h"

/* An empty file; what is in it does not matter before it is decoded. */
static void touch(void **state, const char *name)
{
    char *folder = rq_path_dir(scratch_path(state, name));
    assert_ok(rq_make_dirs(folder));
    free(folder);
    scratch_file(state, name, "x", 1);
}

static void touch_all(void **state, const char *const *names)
{
    for (; *names; names++) touch(state, *names);
}

static rq_status open_in(rq_dataset **out, void **state, const char *data, const char *labels)
{
    char data_path[4200], labels_path[4200];
    snprintf(data_path, sizeof data_path, "%s", scratch_path(state, data));
    snprintf(labels_path, sizeof labels_path, "%s", scratch_path(state, labels ? labels : ""));
    rq_dataset_options options = {.data = data_path, .labels = labels ? labels_path : NULL};
    return rq_dataset_open(out, &options);
}

static void write_text(void **state, const char *name, const char *text)
{
    scratch_file(state, name, text, strlen(text));
}

static void folders_are_sorted_and_filtered(void **state)
{
    touch_all(state, (const char *const[]){"d/b.png", "d/a/z.JPG", "d/B.jpeg", "d/.hidden.png",
                                           "d/notes.txt", "d/.git/c.png", "d/a.jpg",
                                           "d/a/deep/er/q.png", NULL});
    rq_dataset *set;
    assert_ok(open_in(&set, state, "d/", NULL));
    static const char *const want[] = {"B.jpeg", "a.jpg", "a/deep/er/q.png", "a/z.JPG", "b.png"};
    assert_int_equal(set->n, 5);
    for (size_t i = 0; i < 5; i++) assert_string_equal(set->samples[i].name, want[i]);
    assert_string_equal(set->samples[3].path, scratch_path(state, "d/a/z.JPG"));
    assert_int_equal(set->samples[3].bytes, 1);
    assert_false(set->labelled);
    assert_int_equal(set->samples[0].label, RQ_UNLABELLED);
    rq_dataset_close(&set);
    assert_null(set);
}

static void sub_folders_are_classes(void **state)
{
    touch_all(state, (const char *const[]){"d/dog/1.png", "d/cat/x/2.png", "d/ant/none.txt",
                                           "d/cat/1.png", "d/dog-b/1.png", NULL});
    rq_dataset *set;
    assert_ok(open_in(&set, state, "d", NULL));
    assert_true(set->labelled);
    assert_int_equal(set->n_classes, 4); /* ant, cat, dog, dog-b: an empty one counts */
    assert_string_equal(set->class_names[1], "cat");
    static const char *const names[] = {"cat/1.png", "cat/x/2.png", "dog-b/1.png", "dog/1.png"};
    static const int labels[] = {1, 1, 3, 2};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(set->samples[i].name, names[i]);
        assert_int_equal(set->samples[i].label, labels[i]);
    }
    rq_dataset_close(&set);
}

static void folders_of_numbers_are_sorted_as_numbers(void **state)
{
    touch_all(state, (const char *const[]){"d/10/1.png", "d/2/1.png", "d/0/1.png", NULL});
    rq_dataset *set;
    assert_ok(open_in(&set, state, "d", NULL));
    assert_true(set->by_folder);
    assert_string_equal(set->class_names[1], "2");
    assert_string_equal(set->class_names[2], "10");
    assert_string_equal(set->samples[1].name, "10/1.png");
    assert_int_equal(set->samples[1].label, 2);
    assert_int_equal(set->samples[2].label, 1);
    rq_dataset_close(&set);
}

static void one_sub_folder_or_images_beside_are_no_classes(void **state)
{
    rq_dataset *set;
    touch_all(state,
              (const char *const[]){"d/images/1.png", "d/images/2.png", "d/labels/1.txt", NULL});
    assert_ok(open_in(&set, state, "d", NULL));
    assert_false(set->labelled);
    rq_dataset_close(&set);
    touch_all(state, (const char *const[]){"d/more/1.png", "d/top.png", NULL});
    assert_ok(open_in(&set, state, "d", NULL));
    assert_false(set->labelled);
    rq_dataset_close(&set);
}

static void loops_and_dead_links_are_survived(void **state)
{
    char target[4096];
    touch(state, "d/a/1.png");
    snprintf(target, sizeof target, "%s", scratch_path(state, "d"));
    assert_int_equal(symlink(target, scratch_path(state, "d/a/up")), 0);
    assert_int_equal(symlink("nowhere", scratch_path(state, "d/dead.png")), 0);
    assert_int_equal(mkfifo(scratch_path(state, "d/pipe.png"), 0600), 0);
    rq_dataset *set;
    assert_ok(open_in(&set, state, "d", NULL));
    assert_int_equal(set->n, 2); /* the dead link is listed, to be counted as bad when read */
    assert_string_equal(set->samples[1].name, "dead.png");
    rq_dataset_close(&set);
}

static void keep_line(void *ctx, const char *text)
{
    snprintf(ctx, 200, "%s", text);
}

static void said_of(char said[200], void **state, const char *folder)
{
    rq_dataset *set;
    const rq_callbacks listener = {.ctx = said, .log = keep_line};
    const rq_callbacks *before = rq_callbacks_install(&listener);
    said[0] = '\0';
    assert_ok(open_in(&set, state, folder, NULL));
    assert_int_equal(set->n, 1);
    rq_dataset_close(&set);
    rq_callbacks_install(before);
}

static void other_kinds_are_told(void **state)
{
    char said[200];
    touch_all(state, (const char *const[]){"d/1.png", "d/2.GIF", "d/x/3.gif", "d/4.heic",
                                           "d/labels.txt", NULL});
    said_of(said, state, "d");
    assert_non_null(strstr(said, "d: 3 files were passed over, of kinds that are not read: 2 .gif, "
                                 "1 .heic; "));
    touch_all(state, (const char *const[]){"a/1.png", "a/2.npy", NULL});
    said_of(said, state, "a");
    assert_non_null(strstr(said, "a: 1 image was passed over beside arrays"));
    touch_all(state, (const char *const[]){"e/1.png", "e/notes.txt", NULL});
    said_of(said, state, "e");
    assert_string_equal(said, "");
}

static void nothing_found_is_an_error(void **state)
{
    rq_dataset *set;
    touch(state, "d/readme.txt");
    assert_fails(open_in(&set, state, "d", NULL), RQ_EFORMAT,
                 "no images found (looked for .jpg .jpeg");
    assert_null(set);
    assert_fails(open_in(&set, state, "missing", NULL), RQ_EIO, "missing: no such file or folder");
    write_text(state, "list.txt", "# nothing\n\n");
    assert_fails(open_in(&set, state, "list.txt", NULL), RQ_EFORMAT, "no images found");
    rq_dataset_options options = {.data = *state, .format = "floder"};
    assert_fails(rq_dataset_open(&set, &options), RQ_EARG,
                 "no data set format 'floder'; did you mean 'folder'? There are ");
    options.format = "list";
    assert_fails(rq_dataset_open(&set, &options), RQ_EARG, "is not of the format list");
}

static void lists_keep_their_order(void **state)
{
    touch_all(state, (const char *const[]){"sub/b b.png", "a.png", NULL});
    write_text(state, "list.txt", "\xEF\xBB\xBF# comment\r\n./sub/b b.png\r\n\r\n  a.png  \n");
    rq_dataset *set;
    assert_ok(open_in(&set, state, "list.txt", NULL));
    assert_int_equal(set->n, 2);
    assert_string_equal(set->samples[0].name, "sub/b b.png");
    assert_string_equal(set->samples[1].path, scratch_path(state, "a.png"));
    assert_int_equal(set->samples[1].bytes, 1);
    assert_false(set->labelled);
    rq_dataset_close(&set);
    write_text(state, "list.txt", "sub/b b.png 7\na.png\t0");
    assert_ok(open_in(&set, state, "list.txt", NULL));
    assert_true(set->labelled);
    assert_int_equal(set->n_classes, 8);
    assert_int_equal(set->samples[0].label, 7);
    assert_int_equal(set->samples[1].label, 0);
    rq_dataset_close(&set);
}

static void lists_are_checked(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a.png\n\ngone.png\n", "list.txt:3: no image 'gone.png' (paths are relative to"},
        {"a.png 1\na.png\n", "list.txt:2: 'a.png' has no class"},
        {"a.png 1\na.png x\n", "list.txt:2: class 'x' is not an index"},
        {"a.png x\na.png 1\n", "list.txt:2: class '1' is a number, in line 1 it is a name"},
        {"a.png -1\n", "list.txt:1: class '-1' is not an index"},
        {"a.png 1.5\n", "list.txt:1: class '1.5' is not an index"},
        {"a.png 99999999999\n", "list.txt:1: class '99999999999' is not an index in [0, 1048576)"},
    };
    touch(state, "a.png");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_dataset *set;
        write_text(state, "list.txt", cases[i].text);
        assert_fails(open_in(&set, state, "list.txt", NULL), RQ_EFORMAT, cases[i].message);
    }
    rq_dataset *set;
    scratch_file(state, "list.txt", "a.png\0b", 7);
    assert_fails(open_in(&set, state, "list.txt", NULL), RQ_EFORMAT, "not a text file");
}

static void class_names_are_numbered_in_order(void **state)
{
    touch_all(state, (const char *const[]){"a.png", "b.png", "c.png", NULL});
    write_text(state, "list.txt", "a.png zebra\nb.png ant\nc.png zebra\n");
    rq_dataset *set;
    assert_ok(open_in(&set, state, "list.txt", NULL));
    assert_int_equal(set->n_classes, 2);
    assert_string_equal(set->class_names[0], "ant");
    assert_int_equal(set->samples[0].label, 1);
    assert_int_equal(set->samples[1].label, 0);
    rq_dataset_close(&set);
}

static void a_labels_file_labels_and_filters(void **state)
{
    touch_all(state, (const char *const[]){"d/1.png", "d/2.png", "d/x/3.png", NULL});
    write_text(state, "labels.txt", "x/3.png 5\n1.png 2\n1.png 2\n");
    rq_dataset *set;
    assert_ok(open_in(&set, state, "d", "labels.txt"));
    assert_int_equal(set->n, 2);
    assert_int_equal(set->skipped_unlabelled, 1);
    assert_string_equal(set->samples[1].name, "x/3.png");
    assert_int_equal(set->samples[1].label, 5);
    assert_int_equal(set->n_classes, 6);
    rq_dataset_close(&set);
}

static void labels_files_are_checked(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"1.png 2\n9.png 1\n", "labels.txt:2: no image '9.png' in "},
        {"note.txt 2\n", "labels.txt:1: not among the images: 'note.txt'"},
        {"1.png 2\n1.png 3\n", "labels.txt:2: '1.png' has class 3 here and class 2 above"},
        {"1.png\n", "labels.txt:1: '1.png' has no class; expected 'path class'"},
        {"justoneword\n", "labels.txt:1: 'justoneword' has no class"},
        {"\n", "no lines"},
    };
    touch_all(state, (const char *const[]){"d/1.png", "d/note.txt", NULL});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_dataset *set;
        write_text(state, "labels.txt", cases[i].text);
        assert_fails(open_in(&set, state, "d", "labels.txt"), RQ_EFORMAT, cases[i].message);
    }
}

static void labels_may_use_folder_names(void **state)
{
    touch_all(state, (const char *const[]){"d/ant/1.png", "d/bee/2.png", NULL});
    rq_dataset *set;
    write_text(state, "labels.txt", "ant/1.png bee\nbee/2.png ant\n");
    assert_ok(open_in(&set, state, "d", "labels.txt"));
    assert_int_equal(set->samples[0].label, 1);
    assert_int_equal(set->samples[1].label, 0);
    rq_dataset_close(&set);
    write_text(state, "labels.txt", "ant/1.png wasp\nbee/2.png ant\n");
    assert_fails(open_in(&set, state, "d", "labels.txt"), RQ_EFORMAT,
                 "labels.txt:1: 'wasp' is neither an index nor a class folder");

    static const char *const model[] = {"cow", "bee", "ant"}; /* in the model's order, then */
    char data[4096], labels[4096];
    snprintf(data, sizeof data, "%s", scratch_path(state, "d"));
    snprintf(labels, sizeof labels, "%s", scratch_path(state, "labels.txt"));
    const rq_dataset_options options = {.data = data, .labels = labels, .model_names = {model, 3}};
    assert_fails(rq_dataset_open(&set, &options), RQ_EFORMAT,
                 "labels.txt:1: 'wasp' is neither an index nor a class folder");
    write_text(state, "labels.txt", "ant/1.png cow\nbee/2.png ant\n");
    assert_ok(rq_dataset_open(&set, &options));
    assert_int_equal(set->samples[0].label, 0);
    assert_int_equal(set->samples[1].label, 2);
    rq_dataset_close(&set);
}

/* Names in their order are told from numbers and from names that are known. */
static void labels_by_name_are_the_models_or_sorted(void **state)
{
    static const char *const model[] = {"cow", "bee", "ant"};
    rq_dataset *set;
    char data[4096], labels[4096];
    touch_all(state, (const char *const[]){"m/1.png", "m/2.png", NULL});
    write_text(state, "labels.txt", "1.png cow\n2.png ant\n");
    assert_ok(open_in(&set, state, "m", "labels.txt"));
    assert_int_equal(set->n_sorted_names, 2);
    rq_dataset_close(&set);
    snprintf(data, sizeof data, "%s", scratch_path(state, "m"));
    snprintf(labels, sizeof labels, "%s", scratch_path(state, "labels.txt"));
    const rq_dataset_options options = {.data = data, .labels = labels, .model_names = {model, 3}};
    assert_ok(rq_dataset_open(&set, &options));
    assert_int_equal(set->n_sorted_names, 0);
    assert_int_equal(set->samples[1].label, 2);
    rq_dataset_close(&set);
    write_text(state, "m/list.txt", "1.png cow\n2.png ant\n"); /* a list's own as well */
    const rq_dataset_options list = {.data = scratch_path(state, "m/list.txt"),
                                     .model_names = {model, 3}};
    assert_ok(rq_dataset_open(&set, &list));
    assert_int_equal(set->n_sorted_names, 0);
    assert_int_equal(set->samples[1].label, 2);
    rq_dataset_close(&set);
    write_text(state, "labels.txt", "1.png cow\n2.png wasp\n");
    assert_fails(rq_dataset_open(&set, &options), RQ_EFORMAT,
                 "labels.txt:2: 'wasp' is none of the 3 names of the model's classes");
    write_text(state, "labels.txt", "1.png a\n2.png b\n"); /* other names altogether */
    assert_ok(rq_dataset_open(&set, &options));
    assert_int_equal(set->n_sorted_names, 2);
    rq_dataset_close(&set);
}

/* As many folders as classes, one of them called otherwise: their order is no better. */
static void folders_in_another_order_than_the_models(void **state)
{
    static const char *const model[] = {"cow", "bee", "ant"}, *const sorted[] = {"a", "bee", "cow"};
    rq_dataset *set;
    char data[4096];
    touch_all(state, (const char *const[]){"o/ants/1.png", "o/bee/2.png", "o/cow/3.png", NULL});
    snprintf(data, sizeof data, "%s", scratch_path(state, "o"));
    rq_dataset_options options = {.data = data, .model_names = {model, 3}};
    assert_fails(rq_dataset_open(&set, &options), RQ_EFORMAT,
                 "folder 'ants' is none of the 3 names of the model's classes");
    char labels[4096];
    snprintf(labels, sizeof labels, "%s", scratch_path(state, "labels.txt"));
    write_text(state, "labels.txt", "ants/1.png 2\n");
    options.labels = labels; /* which replaces what folders say */
    assert_ok(rq_dataset_open(&set, &options));
    rq_dataset_close(&set);
    options.labels = NULL;
    options.model_names.v = sorted;
    assert_ok(rq_dataset_open(&set, &options));
    assert_int_equal(set->samples[2].label, 2);
    rq_dataset_close(&set);
}

/* ImageNet has two cranes: no mistake, unless something is said to be one. */
static void names_that_two_classes_have(void **state)
{
    static const char *const model[] = {"ant", "crane", "cow", "crane"};
    rq_dataset *set;
    char data[4096], labels[4096];
    int32_t first, second;
    assert_ok(rq_class_names_twice(&first, &second, &(rq_class_names){model, 4}));
    assert_int_equal(first, 1);
    assert_int_equal(second, 3);
    assert_ok(rq_class_names_twice(&first, &second, &(rq_class_names){model, 3}));
    assert_int_equal(second, -1);
    touch_all(state, (const char *const[]){"t/ant/1.png", "t/cow/2.png", NULL});
    snprintf(data, sizeof data, "%s", scratch_path(state, "t"));
    snprintf(labels, sizeof labels, "%s", scratch_path(state, "labels.txt"));
    rq_dataset_options options = {.data = data, .labels = labels, .model_names = {model, 4}};
    write_text(state, "labels.txt", "ant/1.png cow\ncow/2.png crane\n");
    assert_fails(rq_dataset_open(&set, &options), RQ_EFORMAT,
                 "labels.txt:2: 'crane' is the name of class 1 and of class 3");
    options.labels = NULL;
    assert_ok(rq_dataset_open(&set, &options));
    rq_dataset_close(&set);
    touch(state, "t/crane/3.png");
    assert_fails(rq_dataset_open(&set, &options), RQ_EFORMAT,
                 "folder 'crane' is called like class 1 and class 3");
}

/* Sub-folders may be there for other reasons: neither their names nor their number stays. */
static void labels_replace_the_classes_of_folders(void **state)
{
    touch_all(state, (const char *const[]){"d/0/1.png", "d/1/2.png", "d/10/3.png", NULL});
    rq_dataset *set;
    write_text(state, "labels.txt", "0/1.png 1\n1/2.png 0\n10/3.png 1\n");
    assert_ok(open_in(&set, state, "d", "labels.txt"));
    assert_int_equal(set->n_classes, 2);
    assert_null(set->class_names);
    assert_int_equal(set->samples[0].label, 1);
    rq_dataset_close(&set);

    write_text(state, "labels.txt", "0/1.png wasp\n1/2.png ant\n10/3.png wasp\n");
    assert_ok(open_in(&set, state, "d", "labels.txt"));
    assert_int_equal(set->n_classes, 2);
    assert_string_equal(set->class_names[0], "ant");
    assert_int_equal(set->samples[0].label, 1);
    rq_dataset_close(&set);

    touch_all(state, (const char *const[]){"e/ant/1.png", "e/bee/2.png", "e/cow/3.png", NULL});
    write_text(state, "labels.txt", "ant/1.png bee\ncow/3.png bee\n");
    assert_ok(open_in(&set, state, "e", "labels.txt"));
    assert_int_equal(set->n_classes, 2); /* as in the folders' order, and no more */
    assert_int_equal(set->n_sorted_names, 3);
    assert_string_equal(set->class_names[1], "bee");
    assert_int_equal(set->samples[1].label, 1);
    rq_dataset_close(&set);
}

static void one_image_is_a_data_set(void **state)
{
    touch(state, "only.png");
    rq_dataset *set;
    assert_ok(open_in(&set, state, "only.png", NULL));
    assert_int_equal(set->n, 1);
    assert_string_equal(set->samples[0].name, "only.png");
    rq_dataset_close(&set);
}

/* 10 images of class 0, 20 of class 1, 70 of class 2. */
static rq_dataset *hundred(void **state)
{
    static char text[8192];
    size_t at = 0;
    touch(state, "a.png");
    for (int i = 0; i < 100; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%sa.png %d\n", i % 2 ? "./" : "",
                               i < 10   ? 0
                               : i < 30 ? 1
                                        : 2);
    write_text(state, "list.txt", text);
    rq_dataset *set;
    assert_ok(open_in(&set, state, "list.txt", NULL));
    for (size_t i = 0; i < set->n; i++) set->samples[i].bytes = i; /* tells them apart */
    return set;
}

static void subsets_keep_the_shares(void **state)
{
    static const struct {
        size_t n;
        int want[3];
    } cases[] = {{10, {1, 2, 7}}, {99, {10, 20, 69}},  {4, {0, 1, 3}},
                 {1, {0, 0, 1}},  {100, {10, 20, 70}}, {500, {10, 20, 70}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rq_dataset *set = hundred(state);
        assert_ok(rq_dataset_subset(set, cases[i].n, 1));
        int got[3] = {0};
        for (size_t k = 0; k < set->n; k++) {
            got[set->samples[k].label]++;
            if (k) assert_true(set->samples[k - 1].bytes < set->samples[k].bytes);
        }
        for (int c = 0; c < 3; c++) assert_int_equal(got[c], cases[i].want[c]);
        rq_dataset_close(&set);
    }
}

static void subsets_depend_on_the_seed_alone(void **state)
{
    uint64_t taken[3][20];
    for (int i = 0; i < 3; i++) {
        rq_dataset *set = hundred(state);
        assert_ok(rq_dataset_subset(set, 20, i == 2 ? 8 : 7));
        for (size_t k = 0; k < 20; k++) taken[i][k] = set->samples[k].bytes;
        rq_dataset_close(&set);
    }
    assert_memory_equal(taken[0], taken[1], sizeof taken[0]);
    assert_memory_not_equal(taken[0], taken[2], sizeof taken[0]);
    rq_dataset *set = hundred(state);
    assert_fails(rq_dataset_subset(set, 0, 0), RQ_EARG, "at least one");
    rq_dataset_close(&set);
}

/* -- digests --------------------------------------------------------------------------------- */

typedef struct digests {
    char data[RQ_DIGEST_TEXT], truth[RQ_DIGEST_TEXT];
} digests;

static digests digests_of(const rq_dataset *set)
{
    digests out, by_many;
    assert_ok(rq_dataset_digest(set, 1, out.data));
    assert_ok(rq_dataset_truth_digest(set, 1, out.truth));
    assert_ok(rq_dataset_digest(set, 3, by_many.data));
    assert_ok(rq_dataset_truth_digest(set, 3, by_many.truth));
    assert_string_equal(out.data, by_many.data);
    assert_string_equal(out.truth, by_many.truth);
    return out;
}

/* As a user does: the files change, the list is made again. */
static digests digests_in(void **state, const char *data)
{
    rq_dataset *set;
    assert_ok(open_in(&set, state, data, NULL));
    digests out = digests_of(set);
    rq_dataset_close(&set);
    return out;
}

/* A run whose statistics another cannot take says why. */
static void what_cannot_be_read_is_said(void **state)
{
    char said[200] = "", digest[RQ_DIGEST_TEXT];
    const rq_callbacks listener = {.ctx = said, .log = keep_line};
    rq_dataset *set, *generated;
    touch_all(state, (const char *const[]){"d/a.png", "d/b.png", NULL});
    assert_ok(open_in(&set, state, "d", NULL));
    const rq_callbacks *before = rq_callbacks_install(&listener);
    assert_ok(rq_dataset_digest(set, 1, digest));
    assert_ok(rq_dataset_open(&generated, &(rq_dataset_options){.data = "generated:3"}));
    assert_ok(rq_dataset_digest(generated, 1, digest));
    assert_string_equal(said, "");
    rq_dataset_close(&generated);
    assert_int_equal(unlink(set->samples[1].path), 0);
    assert_ok(rq_dataset_digest(set, 1, digest));
    rq_callbacks_install(before);
    assert_non_null(strstr(said, "files of 1 sample cannot be read now"));
    rq_dataset_close(&set);
}

static void digests_see_content_names_and_order(void **state)
{
    touch_all(state, (const char *const[]){"d/a.png", "d/b.png", "e/a.png", "e/b.png", NULL});
    write_text(state, "d/b.png", "y");
    write_text(state, "e/b.png", "y");
    digests first = digests_in(state, "d");
    assert_string_equal(first.data, digests_in(state, "e").data); /* wherever the folder is */
    write_text(state, "d/a.png", "z");                            /* of the same size */
    digests changed = digests_in(state, "d");
    assert_string_not_equal(first.data, changed.data);
    assert_string_equal(first.truth, changed.truth);
    write_text(state, "d/a.png", "x");
    rq_dataset *set;
    assert_ok(open_in(&set, state, "d", NULL));
    assert_string_equal(first.data, digests_of(set).data);
    rq_sample swap = set->samples[0];
    set->samples[0] = set->samples[1];
    set->samples[1] = swap;
    assert_string_not_equal(first.data, digests_of(set).data);
    assert_int_equal(unlink(set->samples[0].path), 0);
    set->samples[1] = set->samples[0];
    set->samples[0] = swap;
    assert_string_not_equal(first.data, digests_of(set).data); /* it cannot be read */
    rq_dataset_close(&set);
}

static void digests_of_truth_see_labels_and_annotations(void **state)
{
    char mask[4200];
    rq_dataset *set = hundred(state);
    digests first = digests_of(set);
    set->samples[3].label = 2;
    digests relabelled = digests_of(set);
    assert_string_equal(first.data, relabelled.data);
    assert_string_not_equal(first.truth, relabelled.truth);

    snprintf(mask, sizeof mask, "%s", scratch_file(state, "mask.png", "1", 1));
    rq_box box = {.class_id = 1, .x1 = 5, .y1 = 5};
    const rq_annotation truth = {.boxes = &box, .n_boxes = 1, .mask = mask};
    set->samples[3].truth = &truth;
    digests annotated = digests_of(set);
    assert_string_not_equal(relabelled.truth, annotated.truth);
    box.x0 = 1;
    digests moved = digests_of(set);
    assert_string_not_equal(annotated.truth, moved.truth);
    scratch_file(state, "mask.png", "2", 1);
    assert_string_not_equal(moved.truth, digests_of(set).truth);
    rq_dataset_close(&set);
}

static rq_status add_bad(void *context, unsigned worker, size_t i)
{
    char name[32];
    (void)worker;
    snprintf(name, sizeof name, "%zu.jpg", i);
    return rq_bad_images_add(context, i, name, "cut");
}

static void bad_images_are_counted_in_order(void **state)
{
    (void)state;
    rq_bad_images *bad;
    size_t n;
    assert_ok(rq_bad_images_create(&bad));
    assert_ok(rq_bad_images_check(bad, 0, 0.0));
    assert_ok(rq_parallel_for(4, 100, add_bad, bad));
    const rq_bad_image *list = rq_bad_images_get(bad, &n);
    assert_int_equal(n, 100);
    for (size_t i = 0; i < n; i++) assert_int_equal(list[i].index, i);
    assert_string_equal(list[42].name, "42.jpg");
    rq_bad_images_destroy(&bad);
    rq_bad_images_destroy(&bad);
}

static void too_many_bad_images_are_an_error(void **state)
{
    (void)state;
    rq_bad_images *bad;
    assert_ok(rq_bad_images_create(&bad));
    assert_ok(rq_bad_images_add(bad, 5, "b.jpg", "reason b"));
    assert_ok(rq_bad_images_check(bad, 100, RQ_MAX_BAD_DEFAULT)); /* exactly 1 % */
    assert_fails(rq_bad_images_check(bad, 99, RQ_MAX_BAD_DEFAULT), RQ_EFORMAT, "1 of 99 images");
    assert_fails(rq_bad_images_check(bad, 1, 1.0), RQ_EFORMAT,
                 "b.jpg: reason b"); /* none is good */
    assert_ok(rq_bad_images_add(bad, 2, "a.jpg", "reason a"));
    assert_fails(rq_bad_images_check(bad, 100, 0.01), RQ_EFORMAT,
                 "2 of 100 images cannot be used (1 % are allowed, see --max-bad); the first is "
                 "a.jpg: reason a");
    rq_bad_images_destroy(&bad);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(folders_are_sorted_and_filtered),
        IN_FOLDER(sub_folders_are_classes),
        IN_FOLDER(folders_of_numbers_are_sorted_as_numbers),
        IN_FOLDER(one_sub_folder_or_images_beside_are_no_classes),
        IN_FOLDER(loops_and_dead_links_are_survived),
        IN_FOLDER(other_kinds_are_told),
        IN_FOLDER(nothing_found_is_an_error),
        IN_FOLDER(lists_keep_their_order),
        IN_FOLDER(lists_are_checked),
        IN_FOLDER(class_names_are_numbered_in_order),
        IN_FOLDER(a_labels_file_labels_and_filters),
        IN_FOLDER(labels_files_are_checked),
        IN_FOLDER(labels_may_use_folder_names),
        IN_FOLDER(labels_by_name_are_the_models_or_sorted),
        IN_FOLDER(names_that_two_classes_have),
        IN_FOLDER(folders_in_another_order_than_the_models),
        IN_FOLDER(labels_replace_the_classes_of_folders),
        IN_FOLDER(one_image_is_a_data_set),
        IN_FOLDER(subsets_keep_the_shares),
        IN_FOLDER(subsets_depend_on_the_seed_alone),
        IN_FOLDER(digests_see_content_names_and_order),
        IN_FOLDER(what_cannot_be_read_is_said),
        IN_FOLDER(digests_of_truth_see_labels_and_annotations),
        cmocka_unit_test(bad_images_are_counted_in_order),
        cmocka_unit_test(too_many_bad_images_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
