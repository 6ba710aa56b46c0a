/* Walking folders for captures (batch_files.h). What is a capture is decided later, by content. */
#include "app/batch_files.h"

#include "app/say.h"
#include "base/grow.h"
#include "base/text.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct walk {
    cx_batch_files *files;
    const cx_batch_choice *choice;
} walk;

/* The name under which results are kept: JSON and SQLite hold UTF-8, file systems hold bytes. */
static char *written(const char *path)
{
    char *text = malloc(4 * strlen(path) + 1), *to = text;
    for (const char *p = path; text && *p; p++) {
        if ((unsigned char)*p < 0x80)
            *to++ = *p;
        else
            to += sprintf(to, "\\x%02x", (unsigned)(unsigned char)*p);
    }
    if (text)
        *to = 0;
    return text;
}

static cx_status add(cx_batch_files *files, const char *path, const cx_batch_file *like)
{
    cx_batch_file *grown = cx_grow(files->list, sizeof *grown, files->n, &files->cap);
    if (!grown)
        return CX_NO_MEMORY;
    files->list = grown;
    cx_batch_file f = *like;
    bool plain = cx_is_utf8(cx_slice_of(path));
    f.path = plain ? strdup(path) : written(path);
    f.real = plain ? NULL : strdup(path);
    if (!f.path || (!plain && !f.real)) {
        free(f.path);
        free(f.real);
        return CX_NO_MEMORY;
    }
    files->list[files->n++] = f;
    return CX_OK;
}

static const char *odd_name(mode_t mode)
{
    return S_ISFIFO(mode)   ? "a named pipe"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISDIR(mode)  ? "a symbolic link to a folder, which is not followed"
           : S_ISREG(mode)  ? NULL
                            : "a device";
}

static cx_status add_file(walk *w, const char *path, const struct stat *st, bool named)
{
    for (size_t i = 0; i < w->choice->n_own && !named; i++)
        if (strcmp(w->choice->own[i], path) == 0)
            return CX_OK;
    const cx_batch_file f = {
        .size = st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec,
        .named = named,
        .odd = odd_name(st->st_mode),
    };
    if (f.mtime_ns < w->choice->newer_than_ns) {
        w->files->older++;
        return CX_OK;
    }
    return add(w->files, path, &f);
}

static cx_status add_broken(walk *w, const char *path, int error, bool named)
{
    const cx_batch_file f = {.size = -1, .named = named, .error = error};
    return add(w->files, path, &f);
}

static cx_status entry(walk *w, const FTSENT *e, size_t *unread)
{
    struct stat st;
    switch (e->fts_info) {
    case FTS_F:
    case FTS_DEFAULT:
        return add_file(w, e->fts_path, e->fts_statp, false);
    case FTS_SL:
    case FTS_SLNONE: /* a link to a file is that file; links to folders could go round in circles */
        if (stat(e->fts_path, &st) == 0)
            return add_file(w, e->fts_path, &st, false);
        return add_broken(w, e->fts_path, errno, false);
    case FTS_NS:
        return add_broken(w, e->fts_path, e->fts_errno, false);
    case FTS_DNR:
    case FTS_ERR:
        cx_say("%s: folder cannot be read: %s", e->fts_path, strerror(e->fts_errno));
        (*unread)++;
        return CX_OK;
    default:
        return CX_OK; /* folders on the way */
    }
}

static cx_status walk_folder(walk *w, char *path, size_t *unread)
{
    char *const roots[] = {path, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
    cx_status status = fts ? CX_OK : CX_NO_MEMORY;
    const FTSENT *e;
    while (status == CX_OK && (e = fts_read(fts)))
        status = entry(w, e, unread);
    if (fts)
        (void)fts_close(fts); /* nothing is changed by it */
    return status;
}

/* Absolute, with the links of its folders resolved, its own name kept. */
static char *absolute(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    char *whole = NULL, *resolved = folder ? realpath(folder, NULL) : NULL;
    if (resolved && asprintf(&whole, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, name) < 0)
        whole = NULL;
    free(folder);
    free(resolved);
    return whole ? whole : strdup(path);
}

cx_status cx_batch_choice_own(cx_batch_choice *choice, const char *path)
{
    static const char *const beside[] = {"", "-journal", "-wal", "-shm"};
    const size_t n = sizeof beside / sizeof *beside;
    char *whole = absolute(path);
    char **grown = realloc(choice->own, (choice->n_own + n) * sizeof *grown);
    if (grown)
        choice->own = grown;
    for (size_t i = 0; i < n && whole && grown; i++)
        if (asprintf(&grown[choice->n_own], "%s%s", whole, beside[i]) >= 0)
            choice->n_own++;
    free(whole);
    return whole && grown ? CX_OK : CX_NO_MEMORY;
}

void cx_batch_choice_free(cx_batch_choice *choice)
{
    for (size_t i = 0; i < choice->n_own; i++)
        free(choice->own[i]);
    free(choice->own);
    *choice = (cx_batch_choice){.own = NULL};
}

cx_status cx_batch_files_add(cx_batch_files *files, const char *path, const cx_batch_choice *choice,
                             size_t *ret_unread)
{
    walk w = {files, choice};
    struct stat st;
    *ret_unread = 0;
    bool there = stat(path, &st) == 0;
    int error = errno;
    bool folder = there && S_ISDIR(st.st_mode);
    char *whole = folder ? realpath(path, NULL) : absolute(path);
    cx_status status = whole ? CX_OK : CX_NO_MEMORY;
    if (status == CX_OK && folder)
        status = walk_folder(&w, whole, ret_unread);
    else if (status == CX_OK && there)
        status = add_file(&w, whole, &st, true);
    else if (status == CX_OK)
        status = add_broken(&w, whole, error, true);
    free(whole);
    return status;
}

/* Named before found, so that it counts as named. */
static int by_path(const void *a, const void *b)
{
    const cx_batch_file *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    return order ? order : (int)y->named - (int)x->named;
}

void cx_batch_files_sort(cx_batch_files *files)
{
    size_t n = 0;
    if (files->n)
        qsort(files->list, files->n, sizeof *files->list, by_path);
    for (size_t i = 0; i < files->n; i++) {
        if (n && strcmp(files->list[n - 1].path, files->list[i].path) == 0) {
            free(files->list[i].path);
            free(files->list[i].real);
        } else {
            files->list[n++] = files->list[i];
        }
    }
    files->n = n;
}

void cx_batch_files_free(cx_batch_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->list[i].path);
        free(files->list[i].real);
    }
    free(files->list);
    *files = (cx_batch_files){.list = NULL};
}
