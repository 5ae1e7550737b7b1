/* The comparison as tables, which every form of it shows. */
#include "reports/compare/compare_table.h"

#include "engine/base/text.h"
#include "reports/units.h"

#include <math.h>
#include <string.h>

/* -- settings ------------------------------------------------------------------------------- */

/* Shorter texts are shown whole. */
#define LONG_TEXT 24

static bool has_word(const char *text, const char *word, size_t length)
{
    for (const char *at = text; at && (at = strstr(at, word)); at++)
        if ((at == text || at[-1] == ' ') && (!at[length] || at[length] == ' ')) return true;
    return false;
}

static bool all_have(const rq_compare_setting *setting, size_t n, const char *word, size_t length)
{
    for (size_t k = 0; k < n; k++)
        if (!has_word(setting->texts[k], word, length)) return false;
    return true;
}

/* Of a long text, such as that of the preprocessing, the words that not all runs have: else a
 * narrow column cuts what differs. */
static rq_status what_differs(const char **out, const rq_compare_setting *setting, size_t n,
                              size_t k, rq_arena *arena)
{
    const char *text = setting->texts[k];
    *out = text ? text : "-";
    if (!text || !setting->differs || strlen(text) <= LONG_TEXT) return RQ_OK;
    char *rest = rq_arena_strdup(arena, text);
    if (!rest) return RQ_ENOMEM;
    rq_buf kept = {0};
    for (char *word; (word = strsep(&rest, " "));)
        if (!all_have(setting, n, word, strlen(word)))
            rq_buf_printf(&kept, "%s%s", kept.length ? " " : "", word);
    if (kept.length) *out = rq_arena_strdup(arena, kept.data);
    bool good = *out && !kept.failed;
    rq_buf_free(&kept);
    return good ? RQ_OK : rq_fail_memory(strlen(text), "a comparison");
}

static rq_status make_settings(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "settings",
        .title = "Settings",
        .lead = "Settings and machines of the runs; differences come first."};
    rq_compare_column *columns;
    RQ_TRY(rq_compare_columns_by_run(&columns, c, "setting", false, arena));
    RQ_TRY(rq_compare_table_begin(out, &like, columns, c->n + 1, c->n_settings, arena));
    for (int differs = 1; differs >= 0; differs--)
        for (size_t i = 0; i < c->n_settings; i++) {
            const rq_compare_setting *setting = &c->settings[i];
            if (setting->differs != differs) continue;
            rq_compare_cell *row = rq_compare_table_row(out);
            row[0] = rq_compare_text(setting->title);
            row[0].mark = differs ? "watch" : NULL;
            for (size_t k = 0; k < c->n; k++) {
                const char *text;
                RQ_TRY(what_differs(&text, setting, c->n, k, arena));
                row[k + 1] = rq_compare_text(text);
            }
            out->brief += (size_t)differs;
        }
    return RQ_OK;
}

/* -- plans ---------------------------------------------------------------------------------- */

#define BRIEF_CHANGES 10

static rq_status make_changes(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "plan",
        .title = "Plans",
        .lead = "Differences between plans (plan.json, or read from the models): ranges, "
                "estimators, scales and ignored layers."};
    static const rq_compare_column columns[] = {
        {"plan", false}, {"run", false}, {"section", false}, {"what", false},
        {"was", false},  {"now", false}, {"against", false}};
    RQ_TRY(rq_compare_table_begin(out, &like, columns, 7, c->n_changes, arena));
    for (size_t i = 0; i < c->n_changes; i++) {
        const rq_compare_change *change = &c->changes[i];
        rq_compare_cell *row = rq_compare_table_row(out);
        row[0] = rq_compare_text(change->name);
        row[1] = rq_compare_text(c->runs[change->run].name);
        row[2] = rq_compare_text(change->section);
        row[3] = rq_compare_text(change->key);
        row[4] = rq_compare_text(change->first ? change->first : "-");
        row[5] = rq_compare_text(change->now ? change->now : "-");
        row[6] = rq_compare_text(c->runs[change->against].name);
    }
    out->brief = out->rows < BRIEF_CHANGES ? out->rows : BRIEF_CHANGES;
    return RQ_OK;
}

/* -- images --------------------------------------------------------------------------------- */

#define BRIEF_IMAGES 8

static const char *class_text(const char *name, double class, rq_arena *arena)
{
    char buffer[RQ_NUMBER_TEXT];
    if (name || isnan(class)) return name;
    return rq_arena_strdup(arena, rq_unit_text(RQ_UNIT_INDEX, class, buffer));
}

static rq_status make_images(rq_compare_table *out, const rq_comparison *c, rq_arena *arena)
{
    static const rq_compare_table like = {
        .id = "images",
        .title = "Images",
        .lead = "Images on which a run is worse than the first run: regressions (without labels: "
                "other predictions), then those whose metric fell most."};
    static const rq_compare_column columns[] = {{"image", false}, {"run", false}, {"label", false},
                                                {"first", false}, {"now", false}, {"before", true},
                                                {"after", true},  {"", false}};
    RQ_TRY(rq_compare_table_begin(out, &like, columns, 8, c->n_images, arena));
    for (size_t i = 0; i < c->n_images; i++) {
        const rq_compare_image *image = &c->images[i];
        rq_compare_cell *row = rq_compare_table_row(out);
        row[0] = rq_compare_text(image->path);
        row[1] = rq_compare_text(c->runs[image->run].name);
        row[2] = rq_compare_text(class_text(image->label_name, image->label, arena));
        row[3] = rq_compare_text(class_text(image->first_name, image->first_class, arena));
        row[4] = rq_compare_text(class_text(image->class_name, image->class, arena));
        row[5] = rq_compare_unit(RQ_UNIT_REAL, image->first_value, arena);
        row[6] = rq_compare_unit(RQ_UNIT_REAL, image->value, arena);
        if (image->newly_wrong)
            row[7] = (rq_compare_cell){.text = "regression", .sort = NAN, .mark = "bad"};
    }
    out->brief = out->rows < BRIEF_IMAGES ? out->rows : BRIEF_IMAGES;
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

rq_status rq_compare_tables(rq_comparison *out, rq_arena *arena)
{
    static rq_status (*const make[])(rq_compare_table *, const rq_comparison *, rq_arena *) = {
        rq_compare_table_runs,
        rq_compare_table_accuracy,
        rq_compare_table_size,
        rq_compare_table_speed,
        rq_compare_table_transitions,
        rq_compare_table_layers,
        make_settings,
        make_changes,
        make_images,
    };
    size_t n = sizeof make / sizeof *make;
    out->tables = rq_arena_alloc(arena, n, sizeof *out->tables);
    if (!out->tables) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        RQ_TRY(make[i](&out->tables[out->n_tables], out, arena));
        out->n_tables += out->tables[out->n_tables].rows > 0;
    }
    return RQ_OK;
}
