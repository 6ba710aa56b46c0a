/* Opening inputs and telling what became of them (fate.h). */
#include "app/fate.h"

#include "app/exits.h"
#include "app/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>

cx_source *cx_fate_open(const cx_options *options, const char *path, uint16_t index, int *exits)
{
    cx_source *source = NULL;
    char why[256] = "";
    cx_status status = cx_source_open(path, index, options->filter, &source, why);
    if (status == CX_OK)
        return source;
    if (status == CX_NO_MEMORY) {
        cx_fate_failed(path, status, exits);
        return NULL;
    }
    *exits = cx_exit_worse(*exits, CX_EXIT_USAGE);
    const char *what = status == CX_NOT_CAPTURE   ? "not a capture"
                       : status == CX_UNSUPPORTED ? "not read"
                       : status == CX_USAGE       ? "the filter does not suit it"
                                                  : "cannot be opened";
    /* a filter that does not compile is wrong usage, which -q does not silence */
    if (!options->quiet || status == CX_USAGE)
        cx_say("%s: %s%s%s", path, what, *why ? ": " : "", why);
    return NULL;
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
