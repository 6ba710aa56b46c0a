/* What became of each input: opening it, and its line on standard error. */
#pragma once

#include "app/inputs.h"
#include "capture/source.h"

/* Opens one capture. NULL: its fate was said (unless quiet) and *exits is raised accordingly. */
cx_source *cx_fate_open(const cx_options *options, const char *path, uint16_t index, int *exits);

/* What the files of a set are told with; alive as long as the source. */
typedef struct cx_fate_watch {
    const cx_options *options;
    int *exits;
} cx_fate_watch;

/* Opens all captures as the files of one. What cannot be opened is told as by cx_fate_open, and the
 * fate of each file and how they follow each other when they were read. NULL: none can be opened.
 */
cx_source *cx_fate_open_set(const cx_inputs *inputs, cx_fate_watch *watch);

/* Read to its end, or as far as it is readable: says so, unless quiet. */
void cx_fate_read(const cx_options *options, const cx_source_info *info);

/* What became of its TLS connections where there were secrets; text may be empty: then nothing is
 * said, and nothing when quiet. */
void cx_fate_opened(const cx_options *options, const char *path, const char *text);

/* The analyzer failed on it: says so, and raises *exits to an internal error. */
void cx_fate_failed(const char *path, cx_status status, int *exits);

/* A seed for hash tables: random, or the number in CAPDX_SEED, for tests. Results do not depend on
 * it. */
uint64_t cx_fate_seed(void);
