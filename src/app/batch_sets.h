/* Files that a capturing program wrote one after the other: told by their names. */
#pragma once

#include "app/batch_files.h"

typedef struct cx_batch_set {
    uint32_t *files; /* owned: indices, in the order that the names say */
    size_t n;
} cx_batch_set;

typedef struct cx_batch_sets {
    cx_batch_set *list;
    size_t n, cap;
} cx_batch_sets;

/* Sets of two and more among paths: of dumpcap, Wireshark and editcap (name_00001_20261124100000),
 * tcpdump -C (name, name1, name2, ...), tcpdump -G (a date and time in the name), and numbers that
 * follow each other behind a separator (name_1, name-001, name.pcap.1); endings of compression do
 * not count. CX_NO_MEMORY. */
CX_USE cx_status cx_batch_sets_find(const char *const *paths, size_t n, cx_batch_sets *ret);
void cx_batch_sets_free(cx_batch_sets *sets);
