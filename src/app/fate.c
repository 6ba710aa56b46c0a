/* Opening inputs and telling what became of them (fate.h). */
#include "app/fate.h"

#include "app/exits.h"
#include "app/say.h"
#include "capture/set.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>

/* Says why it was not opened. */
static void say_not_opened(const cx_options *options, const char *path, cx_status status,
                           const char *why, int *exits)
{
    if (status == CX_NO_MEMORY) {
        cx_fate_failed(path, status, exits);
        return;
    }
    *exits = cx_exit_worse(*exits, CX_EXIT_USAGE);
    const char *what = status == CX_NOT_CAPTURE                         ? "not a capture"
                       : status == CX_UNSUPPORTED || status == CX_LIMIT ? "not read"
                       : status == CX_USAGE ? "the filter does not suit it"
                                            : "cannot be opened";
    /* a filter that does not compile is wrong usage, which -q does not silence */
    if (!options->quiet || status == CX_USAGE)
        cx_say("%s: %s%s%s", path, what, *why ? ": " : "", why);
}

cx_source *cx_fate_open(const cx_options *options, const char *path, uint16_t index, int *exits)
{
    cx_source *source = NULL;
    char why[256] = "";
    cx_status status = cx_source_open(path, index, options->filter, &source, why);
    if (status != CX_OK)
        say_not_opened(options, path, status, why, exits);
    return source;
}

static void file_read(void *self, const cx_source_info *info)
{
    cx_fate_read(((cx_fate_watch *)self)->options, info);
}

static void file_lost(void *self, const char *path, const char *why)
{
    cx_fate_watch *watch = self;
    say_not_opened(watch->options, path, CX_IO, why, watch->exits);
}

static void seam_met(void *self, const cx_seam *seam)
{
    char text[512];
    cx_seam_text(seam, text);
    if (!((cx_fate_watch *)self)->options->quiet)
        cx_say("%s", text);
}

cx_source *cx_fate_open_set(const cx_inputs *inputs, cx_fate_watch *watch)
{
    const cx_options *options = watch->options;
    cx_source *source = NULL;
    cx_set *set =
        cx_set_new(options->filter, (cx_set_watch){file_read, file_lost, seam_met, watch});
    cx_status status = set ? CX_OK : CX_NO_MEMORY;
    for (size_t i = 0; i < inputs->n && status != CX_NO_MEMORY; i++) {
        char why[256] = "";
        status = cx_set_add(set, inputs->paths[i], why);
        if (status != CX_OK)
            say_not_opened(options, inputs->paths[i], status, why, watch->exits);
    }
    if (!set || cx_set_size(set) == 0 || status == CX_NO_MEMORY) {
        if (!set)
            cx_fate_failed(inputs->paths[0], status, watch->exits);
        cx_set_free(set);
        return NULL;
    }
    status = cx_set_open(set, &source);
    if (status != CX_OK)
        cx_fate_failed(inputs->paths[0], status, watch->exits);
    return source;
}

void cx_fate_read(const cx_options *options, const cx_source_info *info)
{
    if (options->quiet)
        return;
    const char *plural = info->packets == 1 ? "" : "s";
    char at[80] = "", more[64] = "";
    if (!info->damaged) {
        cx_say("%s: read, %" PRIu64 " packet%s", info->path, info->packets, plural);
        return;
    }
    bool ends = !info->resumed && info->damages <= 1 && info->damaged_at;
    if (info->damaged_at)
        snprintf(at, sizeof at, " at byte %" PRIu64 "%s", info->damaged_at,
                 info->compression ? " unpacked" : "");
    if (info->damages > 1)
        snprintf(more, sizeof more, ", and at %" PRIu64 " more place%s", info->damages - 1,
                 info->damages > 2 ? "s" : "");
    cx_say("%s: %s%s: %s%s; %" PRIu64 " packet%s read", info->path, ends ? "cut" : "damaged", at,
           info->damage, more, info->packets, plural);
}

void cx_fate_opened(const cx_options *options, const char *path, const char *text)
{
    if (!options->quiet && *text)
        cx_say("%s: %s", path, text);
}

void cx_fate_failed(const char *path, cx_status status, int *exits)
{
    cx_say("%s: %s", path, cx_status_text(status));
    *exits = cx_exit_worse(*exits, CX_EXIT_INTERNAL);
}

uint64_t cx_fate_seed(void)
{
    uint64_t seed = 0;
    const char *text = getenv("CAPDX_SEED");
    if (text && cx_slice_number(cx_slice_of(text), UINT64_MAX, &seed))
        return seed;
    /* without entropy (early boot, a sandbox) the analysis is still right, only guessable */
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = 0;
    return seed;
}
