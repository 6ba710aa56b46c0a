/* The files that `capdx batch` is about: named ones, and those found below folders. */
#pragma once

#include "app/inputs.h"

typedef struct cx_batch_file {
    char *path;       /* owned: absolute, valid UTF-8 (other bytes as \xNN) */
    char *real;       /* owned: what the system calls it, NULL: as path */
    int64_t size;     /* bytes */
    int64_t mtime_ns; /* since 1970 */
    bool named;       /* by the person, not found by walking */
    int error;        /* errno: it cannot be opened; 0 */
    const char *odd;  /* not NULL: no regular file, what it is */
} cx_batch_file;

typedef struct cx_batch_files {
    cx_batch_file *list;
    size_t n, cap;
    uint64_t older; /* left out by newer_than_ns */
} cx_batch_files;

/* What is left out when folders are walked. */
typedef struct cx_batch_choice {
    int64_t newer_than_ns; /* older files are counted only; INT64_MIN: all are wanted */
    char **own;            /* owned: absolute paths of the database, its journal, the output */
    size_t n_own;
} cx_batch_choice;

/* Adds path, or what is below it. A folder that cannot be read is told and counted in *ret_unread.
 * CX_NO_MEMORY. */
CX_USE cx_status cx_batch_files_add(cx_batch_files *files, const char *path,
                                    const cx_batch_choice *choice, size_t *ret_unread);

/* Adds a file of capdx itself, with what SQLite puts beside a database. CX_NO_MEMORY. */
CX_USE cx_status cx_batch_choice_own(cx_batch_choice *choice, const char *path);
void cx_batch_choice_free(cx_batch_choice *choice);

/* Sorts by path and leaves each once. */
void cx_batch_files_sort(cx_batch_files *files);
void cx_batch_files_free(cx_batch_files *files);
