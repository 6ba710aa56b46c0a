/* Rotated sets (set.h): order, seams, and one account of all. */
#include "capture/set.h"

#include "base/hash.h"
#include "base/limits.h"
#include "capture/reader.h"
#include "capture/source_parts.h"

#include <stdlib.h>
#include <sys/stat.h>

#define GAP_NS (60 * INT64_C(1000000000)) /* pauses that long may be a file that is missing */

enum { REMEMBERED = 65536 }; /* packets that the next file may repeat; a power of two */

/* One file. */
typedef struct part {
    const char *path;
    int64_t first_ns; /* of its first packet; INT64_MAX: it has none */
    size_t given;     /* place in the order of the calls */
    cx_source *open;  /* what cannot be opened twice; else NULL until its turn */
} part;

struct cx_set {
    const char *filter;
    cx_set_watch watch;
    part *parts;
    cx_file *files; /* n of them, for evidence, from cx_set_open on */
    cx_files list;
    size_t n, pipes;
    bool standard_input;
    cx_source_info before;     /* all that was read to its end */
    size_t at;                 /* the part that is being read, or comes next */
    cx_source *source;         /* of it; NULL: not opened yet */
    int64_t last_ns;           /* latest packet of the parts before */
    uint64_t *seen, *seen_now; /* hashes of packets that may come twice, of the part before and of
                                 this one; REMEMBERED each; NULL: nothing to remember yet */
    uint64_t repeated, repeated_bytes; /* of packets of this part that were left out */
};

cx_set *cx_set_new(const char *filter, cx_set_watch watch)
{
    cx_set *set = calloc(1, sizeof *set);
    if (set)
        *set = (cx_set){.filter = filter, .watch = watch, .last_ns = INT64_MIN};
    return set;
}

void cx_set_free(cx_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->n; i++)
        cx_source_free(set->parts[i].open);
    cx_source_free(set->source);
    free(set->parts);
    free(set->files);
    free(set->seen);
    free(set->seen_now);
    free(set);
}

size_t cx_set_size(const cx_set *set)
{
    return set->n;
}

const cx_files *cx_set_files(const cx_set *set)
{
    return &set->list;
}

/* ---- Adding and ordering ---- */

/* What to say of the formats of both. */
static const char *common(const char *a, const char *b)
{
    return !a || strcmp(a, b) == 0 ? b : "mixed";
}

static bool on_disk(const char *path)
{
    struct stat s;
    return strcmp(path, "-") != 0 && stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

cx_status cx_set_add(cx_set *set, const char *path, char why[256])
{
    bool standard = strcmp(path, "-") == 0, again = on_disk(path);
    if (set->n == UINT16_MAX || (!again && set->pipes == CX_MAX_SET_PIPES) ||
        (standard && set->standard_input)) {
        const char *what = set->n == UINT16_MAX              ? "more than 65535 files in a set"
                           : standard && set->standard_input ? "standard input can be read once"
                                                             : "too many pipes in a set";
        snprintf(why, 256, "%s", what);
        return CX_LIMIT;
    }
    /* grows in powers of two, so that the capacity need not be kept */
    if ((set->n & (set->n - 1)) == 0) {
        part *grown = realloc(set->parts, (set->n ? set->n * 2 : 1) * sizeof *grown);
        if (!grown) {
            snprintf(why, 256, "%s", cx_status_text(CX_NO_MEMORY));
            return CX_NO_MEMORY;
        }
        set->parts = grown;
    }
    cx_source *source = NULL;
    cx_status status = cx_source_open(path, 0, set->filter, &source, why);
    if (status != CX_OK)
        return status;
    part *p = &set->parts[set->n];
    *p = (part){.path = path, .given = set->n++, .first_ns = cx_source_first_ns(source)};
    const cx_source_info *info = cx_source_info_of(source);
    set->before.nanoseconds |= info->nanoseconds;
    set->before.format = common(set->before.format, info->format);
    set->standard_input |= standard;
    if (again) {
        cx_source_free(source);
        return CX_OK;
    }
    set->pipes++;
    p->open = source;
    return CX_OK;
}

static int by_time(const void *a, const void *b)
{
    const part *x = a, *y = b;
    if (x->first_ns != y->first_ns)
        return x->first_ns < y->first_ns ? -1 : 1;
    return x->given < y->given ? -1 : 1;
}

cx_status cx_set_open(cx_set *set, cx_source **ret)
{
    qsort(set->parts, set->n, sizeof *set->parts, by_time);
    set->files = calloc(set->n, sizeof *set->files);
    if (!set->files) {
        cx_set_free(set);
        return CX_NO_MEMORY;
    }
    for (size_t i = 0; i < set->n; i++)
        set->files[i].path = set->parts[i].path;
    set->list = (cx_files){set->files, set->n};
    cx_source_info *all = &set->before;
    *all = (cx_source_info){.path = set->files[0].path,
                            .format = all->format,
                            .nanoseconds = all->nanoseconds,
                            .first_ns = INT64_MAX,
                            .last_ns = INT64_MIN};
    return cx_source_over_set(set, all, ret);
}

/* ---- One account of all ---- */

/* The last part of a path. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Adds what is known of a part to what is known of those before it. */
static void add_info(cx_source_info *all, const cx_source_info *one)
{
    all->format = common(all->format, one->format);
    all->nanoseconds |= one->nanoseconds;
    all->local_time |= one->local_time;
    if (all->snaplen == 0)
        all->snaplen = one->snaplen;
    all->packets += one->packets;
    all->bytes += one->bytes;
    all->snapped += one->snapped;
    all->snapped_to = one->snapped_to > all->snapped_to ? one->snapped_to : all->snapped_to;
    all->untimed += one->untimed;
    all->drops += one->drops;
    if (one->first_ns < all->first_ns)
        all->first_ns = one->first_ns;
    if (one->last_ns > all->last_ns)
        all->last_ns = one->last_ns;
    for (uint32_t i = 0; i < one->n_links; i++)
        cx_source_note_link(all, one->links[i]);
    if (one->damaged) {
        cx_source_damaged(all, one->damaged_at, "%.48s: %s", name_of(one->path), one->damage);
        all->damages += one->damages - 1;
        all->resumed = one->resumed;
    } else if (all->damaged && one->packets) {
        all->resumed = true;
    }
}

/* Brings info up to date. Secrets are moved there, where all of the set can be found. */
static cx_status refresh(cx_set *set, cx_source_info *info)
{
    cx_source_info now = set->before;
    cx_status status = CX_OK;
    if (set->source) {
        status = cx_source_move_secrets(set->source, info);
        add_info(&now, cx_source_info_of(set->source));
    }
    now.packets -= set->repeated;
    now.bytes -= set->repeated_bytes;
    now.secrets = info->secrets;
    now.n_secrets = info->n_secrets;
    now.secret_bytes = info->secret_bytes;
    now.secrets_lost = info->secrets_lost;
    *info = now;
    return status;
}

/* ---- Seams ---- */

/* Where a packet is remembered, or would be. */
static uint64_t *place(uint64_t *table, uint64_t hash)
{
    for (size_t i = 0; i < 64; i++) {
        uint64_t *slot = &table[(hash + i) & (REMEMBERED - 1)];
        if (*slot == hash || *slot == 0)
            return slot;
    }
    return NULL; /* full there: forgotten, so it will be read twice */
}

static uint64_t hash_of(const cx_packet *p)
{
    uint64_t hash = cx_hash(p->bytes.p, p->bytes.len, (uint64_t)p->ts_ns ^ p->wire_len);
    return hash ? hash : 1;
}

/* Takes out what the part before had as well, and remembers what the next one may have. */
static size_t pass(cx_set *set, cx_packet *packets, size_t n)
{
    size_t kept = 0;
    int64_t next_ns = set->at + 1 < set->n ? set->parts[set->at + 1].first_ns : INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        const cx_packet *p = &packets[i];
        bool old = set->seen && p->ts_ns <= set->last_ns,
             next = set->seen_now && p->ts_ns >= next_ns;
        uint64_t hash = old || next ? hash_of(p) : 0;
        uint64_t *slot = old ? place(set->seen, hash) : NULL;
        if (slot && *slot == hash) {
            set->repeated++;
            set->repeated_bytes += p->bytes.len;
            continue;
        }
        slot = next ? place(set->seen_now, hash) : NULL;
        if (slot)
            *slot = hash;
        packets[kept++] = *p;
    }
    return kept;
}

void cx_seam_text(const cx_seam *seam, char out[512])
{
    double s = (double)(seam->ns < 0 ? -seam->ns : seam->ns) / 1e9;
    if (seam->ns >= 0)
        (void)snprintf(out, 512, "%.200s begins %.1f s after %.200s ends", name_of(seam->after), s,
                       name_of(seam->before));
    else
        (void)snprintf(
            out, 512,
            "%.180s begins %.6f s before %.180s ends: they are read one after the other, "
            "and %llu packets that both hold once",
            seam->after, s, seam->before, (unsigned long long)seam->repeated);
}

/* The part that was read: does it begin where those before it ended? */
static void tell_seam(cx_set *set)
{
    const part *p = &set->parts[set->at];
    if (p->first_ns == INT64_MAX || set->last_ns == INT64_MIN)
        return;
    cx_seam seam = {.before = set->parts[set->at - 1].path,
                    .after = p->path,
                    .ns = p->first_ns - set->last_ns,
                    .repeated = set->repeated};
    if (seam.ns >= 0 && seam.ns < GAP_NS)
        return;
    if (set->before.n_seams++ == 0)
        set->before.seam = seam;
    if (set->watch.seam)
        set->watch.seam(set->watch.self, &seam);
}

/* ---- Reading ---- */

/* Opens the next part. CX_UNSUPPORTED: it is not there any more; CX_NO_MEMORY. */
static cx_status begin(cx_set *set)
{
    part *p = &set->parts[set->at];
    char why[256];
    cx_status status = CX_OK;
    if (!set->seen && set->n > 1) {
        set->seen = calloc(REMEMBERED, sizeof *set->seen);
        set->seen_now = calloc(REMEMBERED, sizeof *set->seen_now);
        if (!set->seen || !set->seen_now)
            return CX_NO_MEMORY;
    }
    set->source = p->open;
    p->open = NULL;
    if (!set->source)
        status = cx_source_open(p->path, 0, set->filter, &set->source, why);
    if (status != CX_OK && status != CX_NO_MEMORY) {
        cx_source_damaged(&set->before, 0, "%.48s cannot be opened any more: %s", name_of(p->path),
                          why);
        if (set->watch.lost)
            set->watch.lost(set->watch.self, p->path, why);
        return CX_UNSUPPORTED;
    }
    if (status == CX_OK)
        cx_source_set_file(set->source, (uint16_t)set->at);
    return status;
}

/* The part is over: sums up, and goes on to the next. */
static void finish(cx_set *set)
{
    const cx_source_info *one = set->source ? cx_source_info_of(set->source) : NULL;
    uint64_t frames = set->source ? cx_source_frames(set->source) : 0;
    if (one) {
        tell_seam(set);
        if (set->watch.read)
            set->watch.read(set->watch.self, one);
        add_info(&set->before, one);
        if (cx_source_last_ns(set->source) > set->last_ns)
            set->last_ns = cx_source_last_ns(set->source);
    }
    if (set->at + 1 < set->n)
        set->files[set->at + 1].frames_before = set->files[set->at].frames_before + frames;
    cx_source_free(set->source);
    set->source = NULL;
    set->before.packets -= set->repeated;
    set->before.bytes -= set->repeated_bytes;
    set->repeated = set->repeated_bytes = 0;
    if (set->seen) { /* what may come twice is now in this part and the next */
        uint64_t *old = set->seen;
        set->seen = set->seen_now;
        set->seen_now = old;
        memset(old, 0, REMEMBERED * sizeof *old);
    }
    set->at++;
}

cx_status cx_set_next(cx_set *set, cx_source_info *info, cx_packet out[CX_BATCH], size_t *ret_n)
{
    while (set->at < set->n) {
        size_t n = 0;
        cx_status status = set->source ? CX_OK : begin(set);
        if (status == CX_OK)
            status = cx_source_next(set->source, out, &n);
        if (status == CX_OK)
            n = pass(set, out, n);
        else if (status == CX_NO_MEMORY)
            return status;
        else if (refresh(set, info) == CX_OK) /* for its secrets */
            finish(set);
        status = refresh(set, info);
        if (status != CX_OK)
            return status;
        if (n) {
            *ret_n = n;
            return CX_OK;
        }
    }
    return CX_END;
}
