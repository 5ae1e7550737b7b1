#include "engine/api/network.h"

#include "engine/api/options/extension_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/workload_options.h"
#include "engine/base/mem.h"
#include "engine/import/model_folder.h"
#include "engine/import/model_metadata.h"
#include "engine/ir/ir.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_network_create(rq_network **out, const rq_context *context, const char *path)
{
    rq_network *network;
    *out = NULL;
    RQ_TRY(rq_calloc(&network, 1, sizeof *network, "a network"));
    *out = network;
    network->context = context;
    RQ_TRY(rq_arena_create(&network->arena));
    char *stem = rq_path_stem(path);
    if (!stem) return RQ_ENOMEM;
    network->path = rq_arena_strdup(network->arena, path);
    network->name = rq_arena_strdup(network->arena, stem);
    free(stem);
    return network->path && network->name ? RQ_OK : RQ_ENOMEM;
}

void rq_network_destroy(rq_network **network)
{
    rq_network *n = network ? *network : NULL;
    if (!n) return;
    rq_graph_destroy(&n->graph);
    rq_framework_model_destroy(&n->source);
    rq_buf_free(&n->text);
    rq_arena_destroy(&n->arena);
    free(n);
    *network = NULL;
}

static rq_status open_ir(rq_network **out, const rq_context *context, const char *path)
{
    RQ_TRY(rq_network_create(out, context, path));
    RQ_TRY(rq_ir_open(&(*out)->graph, path));
    return rq_model_metadata_read_beside((*out)->graph, path);
}

static rq_status import(rq_network **out, const rq_context *context, const char *path,
                        const rq_settings *settings)
{
    rq_import_files files = {0};
    RQ_TRY(rq_import_refuse(settings));
    RQ_TRY(rq_import_read_files(&files, path, settings));
    RQ_TRY(rq_network_create(out, context, files.model));
    return rq_network_import(*out, &files, settings);
}

static bool is_ir(const char *path)
{
    return path && rq_ends_with(path, ".xml");
}

/* With import's own options. */
static rq_status open_imported(rq_network **out, const rq_context *context, const char *path,
                               const rq_settings *settings)
{
    if (is_ir(path))
        return rq_fail(RQ_EARG, "%s: an IR already; import is for other formats", path);
    return import(out, context, path, settings);
}

/* With those of another procedure, or none. */
static rq_status open_any(rq_network **out, const rq_context *context, const char *path,
                          const rq_settings *settings)
{
    rq_settings selected = {0};
    if (is_ir(path)) {
        RQ_TRY(rq_import_refuse_for_ir(settings, path));
        return open_ir(out, context, path);
    }
    rq_status status = rq_import_select(&selected, settings);
    if (status == RQ_OK) status = import(out, context, path, &selected);
    rq_settings_free(&selected);
    return status;
}

static rq_status open_model(rq_network **out, const rq_context *context, const char *path,
                            const rq_settings *settings, bool of_import)
{
    rq_arena *arena;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = path ? rq_import_find_model(&path, path, arena) : RQ_OK;
    if (status == RQ_OK)
        status = (of_import ? open_imported : open_any)(out, context, path, settings);
    rq_arena_destroy(&arena);
    return status;
}

static rq_status enter_and_open(rq_network **out, const rq_context *context, const char *path,
                                const rq_settings *settings, bool of_import)
{
    *out = NULL;
    const rq_api_call call = rq_api_enter(context);
    rq_status status = rq_extensions_read(settings);
    if (status == RQ_OK) status = open_model(out, context, path, settings, of_import);
    rq_api_leave(&call);
    bool described = *out && (*out)->import.n_unmapped;
    if (status != RQ_OK && !described) rq_network_destroy(out);
    return status;
}

rq_status rq_network_open(rq_network **out, const rq_context *context, const char *path,
                          const rq_options *options)
{
    static const rq_settings none;
    bool of_import = options && !strcmp(options->procedure->name, "import");
    return enter_and_open(out, context, path, options ? &options->settings : &none, of_import);
}

rq_status rq_network_open_by(rq_network **out, const rq_context *context, const char *path,
                             const rq_settings *settings)
{
    return enter_and_open(out, context, path, settings, false);
}

/* OUTPUT.xml is the file itself; a folder gets NAME.xml. */
static rq_status choose_path(const char **out, const rq_network *network, const char *output)
{
    rq_arena *arena = network->arena;
    if (rq_ends_with(output, ".xml")) {
        char *dir = rq_path_dir(output);
        *out = rq_arena_strdup(arena, output);
        rq_status status = dir && *out ? rq_make_dirs(dir) : rq_fail_memory(0, "a file name");
        free(dir);
        return status;
    }
    const char *name = rq_arena_printf(arena, "%s.xml", network->name);
    char *path = name ? rq_path_join(output, name) : NULL;
    *out = path ? rq_arena_strdup(arena, path) : NULL;
    free(path);
    return *out ? rq_make_dirs(output) : rq_fail_memory(0, "a file name");
}

/* RQ_EARG of a network that is only to be looked at. */
static rq_status require_whole(const rq_network *network)
{
    if (!network->graph)
        return rq_fail(RQ_EARG, "%s: some of its operators are not supported", network->path);
    if (network->import.lacks_weights)
        return rq_fail(RQ_EARG,
                       "%s: a net without weights can be looked at (--dry_run); give the "
                       ".caffemodel, and this file by --input_proto",
                       network->path);
    return RQ_OK;
}

static rq_status save(rq_network *network, const char *output)
{
    RQ_TRY(require_whole(network));
    RQ_TRY(choose_path(&network->saved, network, output));
    return rq_ir_write(network->graph, network->saved);
}

rq_status rq_network_save(rq_network *network, const char *output)
{
    const rq_api_call call = rq_api_enter(network->context);
    rq_status status = save(network, output);
    rq_api_leave(&call);
    return status;
}

rq_status rq_network_workload(rq_workload *out, const rq_network *network,
                              const rq_settings *settings)
{
    RQ_TRY(rq_api_workload(out, network->context, settings));
    RQ_TRY(require_whole(network));
    rq_workload_lend(out, network->graph);
    return RQ_OK;
}

rq_status rq_network_workload_with_data(rq_workload *out, const rq_network *network,
                                        const rq_settings *settings)
{
    RQ_TRY(rq_network_workload(out, network, settings));
    RQ_TRY(rq_workload_options_need_data(out));
    return rq_graph_load(network->graph);
}
