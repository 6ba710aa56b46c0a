/* Names of rotated files (batch_sets.h). A name is cut into what all files of a set share and the
 * digits that count; files with the same share, the same kind of digits and different numbers are a
 * set. */
#include "app/batch_sets.h"

#include "base/grow.h"

#include <stdio.h>
#include <stdlib.h>

#define MIN_TIME_DIGITS 8 /* of a date: 20261124 */

typedef enum kind { K_NONE, K_RING, K_TIMES, K_NUMBER, K_APPENDED } kind;

typedef struct name {
    char *share; /* owned: the path with # for what counts */
    kind kind;
    uint64_t number; /* in this order */
    uint32_t file;
} name;

static size_t digits_from(const char *p)
{
    return strspn(p, "0123456789");
}

/* Where the name of the file ends without endings of compression. */
static size_t bare_length(const char *path)
{
    static const char *const packed[] = {".gz", ".zst", ".lz4"};
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        size_t n = strlen(packed[i]);
        if (len > n && strcmp(path + len - n, packed[i]) == 0)
            return len - n;
    }
    return len;
}

static bool number(const char *p, size_t n, uint64_t *ret)
{
    return cx_slice_number((cx_slice){(const uint8_t *)p, n}, UINT64_MAX, ret);
}

/* name_00001_20261124100000: what stands before both numbers, and behind. */
static bool cut_ring(const char *path, size_t len, size_t base, name *n)
{
    for (size_t i = base; i + 1 < len; i++) {
        size_t a = path[i] == '_' ? digits_from(path + i + 1) : 0;
        size_t second = i + 1 + a;
        size_t b = a && path[second] == '_' ? digits_from(path + second + 1) : 0;
        size_t end = second + 1 + b;
        bool count_first = a >= 5 && b == 14, time_first = a == 14 && b >= 5;
        if ((!count_first && !time_first) || (end < len && path[end] != '.'))
            continue;
        const char *counted = count_first ? path + i + 1 : path + second + 1;
        if (!number(counted, count_first ? a : b, &n->number))
            return false;
        n->kind = K_RING;
        return asprintf(&n->share, "%.*s_#%.*s", (int)i, path, (int)(len - end), path + end) >= 0;
    }
    return false;
}

/* A date and time: all digits of the name together are one number. */
static bool cut_times(const char *path, size_t len, size_t base, name *n)
{
    char digits[21];
    size_t k = 0, to = base;
    char *share = malloc(len + 1);
    if (!share)
        return false;
    memcpy(share, path, base);
    for (size_t i = base; i < len; i++) {
        bool digit = path[i] >= '0' && path[i] <= '9';
        if (digit && k < sizeof digits - 1)
            digits[k++] = path[i];
        if (!digit || to == base || share[to - 1] != '#')
            share[to++] = digit ? '#' : path[i];
    }
    share[to] = 0;
    digits[k] = 0;
    bool dated = k >= MIN_TIME_DIGITS && k < 20 && (strstr(digits, "19") || strstr(digits, "20"));
    if (!dated || !number(digits, k, &n->number)) {
        free(share);
        return false;
    }
    n->kind = K_TIMES;
    n->share = share;
    return true;
}

/* name_12.pcap, name.pcap.3: digits behind a separator, before the ending or at the end. */
static bool cut_number(const char *path, size_t len, size_t base, name *n)
{
    size_t end = len;
    for (int ending = 0; ending < 2; ending++) {
        size_t from = end;
        while (from > base && path[from - 1] >= '0' && path[from - 1] <= '9')
            from--;
        if (from < end && from > base + 1 && strchr("._-", path[from - 1]) &&
            number(path + from, end - from, &n->number)) {
            n->kind = K_NUMBER;
            return asprintf(&n->share, "%.*s#%.*s", (int)from, path, (int)(len - end),
                            path + end) >= 0;
        }
        while (end > base && path[end - 1] != '.')
            end--;
        if (end <= base + 1)
            return false;
        end--; /* once more, before the ending */
    }
    return false;
}

/* name.pcap, name.pcap1, name.pcap2: digits behind the ending. */
static bool cut_appended(const char *path, size_t len, size_t base, name *n)
{
    size_t from = len;
    while (from > base && path[from - 1] >= '0' && path[from - 1] <= '9')
        from--;
    const char *dot = memrchr(path + base, '.', from - base);
    if (!dot || dot + 1 >= path + from)
        return false;
    n->number = 0;
    if (from < len && !number(path + from, len - from, &n->number))
        return false;
    n->kind = K_APPENDED;
    return asprintf(&n->share, "%.*s#", (int)from, path) >= 0;
}

static name cut(const char *path, uint32_t file)
{
    static bool (*const cuts[])(const char *path, size_t len, size_t base,
                                name *n) = {cut_ring, cut_times, cut_number, cut_appended};
    name n = {.kind = K_NONE, .file = file};
    const char *slash = strrchr(path, '/');
    size_t base = slash ? (size_t)(slash - path) + 1 : 0, len = bare_length(path);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts && n.kind == K_NONE; i++)
        if (!cuts[i](path, len, base, &n))
            n.kind = K_NONE;
    return n;
}

static int by_share(const void *a, const void *b)
{
    const name *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int order = x->kind == K_NONE ? 0 : strcmp(x->share, y->share);
    if (order)
        return order;
    return x->number != y->number ? (x->number < y->number ? -1 : 1)
                                  : (x->file > y->file) - (x->file < y->file);
}

/* Do these numbers count the files of one set? Bare numbers have to follow each other. */
static bool is_set(const name *first, size_t n)
{
    if (n < 2 || first->kind == K_NONE)
        return false;
    for (size_t i = 1; i < n; i++) {
        bool follows = first[i].number == first[i - 1].number + 1;
        if (first[i].number == first[i - 1].number || (first->kind >= K_NUMBER && !follows))
            return false;
    }
    return true;
}

static cx_status add(cx_batch_sets *sets, const name *first, size_t n)
{
    cx_batch_set *grown = cx_grow(sets->list, sizeof *grown, sets->n, &sets->cap);
    if (!grown)
        return CX_NO_MEMORY;
    sets->list = grown;
    cx_batch_set set = {.files = calloc(n, sizeof *set.files), .n = n};
    if (!set.files)
        return CX_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        set.files[i] = first[i].file;
    sets->list[sets->n++] = set;
    return CX_OK;
}

cx_status cx_batch_sets_find(const char *const *paths, size_t n, cx_batch_sets *ret)
{
    name *names = calloc(n ? n : 1, sizeof *names);
    cx_batch_sets sets = {.list = NULL};
    cx_status status = names ? CX_OK : CX_NO_MEMORY;
    for (size_t i = 0; i < n && names; i++)
        names[i] = cut(paths[i], (uint32_t)i);
    if (n && names)
        qsort(names, n, sizeof *names, by_share);
    for (size_t i = 0, k; i < n && status == CX_OK; i = k) {
        for (k = i + 1; k < n && names[i].kind != K_NONE && names[k].kind == names[i].kind &&
                        strcmp(names[k].share, names[i].share) == 0;)
            k++;
        if (is_set(&names[i], k - i))
            status = add(&sets, &names[i], k - i);
    }
    for (size_t i = 0; i < n && names; i++)
        free(names[i].share);
    free(names);
    if (status == CX_OK)
        *ret = sets;
    else
        cx_batch_sets_free(&sets);
    return status;
}

void cx_batch_sets_free(cx_batch_sets *sets)
{
    for (size_t i = 0; i < sets->n; i++)
        free(sets->list[i].files);
    free(sets->list);
    *sets = (cx_batch_sets){.list = NULL};
}
