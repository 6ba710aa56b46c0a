/* What the source and the set of sources know of each other. */
#pragma once

#include "capture/set.h"

/* A source that gives the packets of set, which it owns, also on failure. */
CX_USE cx_status cx_source_over_set(cx_set *set, const cx_source_info *info, cx_source **ret);

/* Times of the first packet and of the latest one read so far, whatever the filter wants; INT64_MAX
 * and INT64_MIN before any. */
int64_t cx_source_first_ns(const cx_source *s);
int64_t cx_source_last_ns(const cx_source *s);

/* Number of the last record read, as Wireshark numbers them. */
uint64_t cx_source_frames(const cx_source *s);

/* Before the first packet was taken: the index of the file in the packets. */
void cx_source_set_file(cx_source *s, uint16_t file_index);

/* Moves the secrets that it found to another account, which owns them then, and lets go of those
 * above CX_MAX_SECRETS there. CX_NO_MEMORY: nothing was moved. */
CX_USE cx_status cx_source_move_secrets(cx_source *s, cx_source_info *to);

/* Notes a link type, once. */
void cx_source_note_link(cx_source_info *info, uint16_t link);
