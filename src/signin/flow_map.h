/* Which connection of which attempt a conversation belongs to: flow number to two pointers. Open
 * addressing; removal shifts back, so that no tombstones pile up in an endless capture. */
#pragma once

#include "signin/attempt.h"

typedef struct cx_flow_entry {
    uint32_t flow; /* 0: free */
    cx_attempt *attempt;
    cx_conn *conn;
} cx_flow_entry;

typedef struct cx_flow_map {
    cx_flow_entry *slot;
    uint32_t cap, used; /* cap is a power of two, or 0 */
} cx_flow_map;

/* The entry of flow, or NULL. Valid until the next put or remove. */
cx_flow_entry *cx_flow_map_get(const cx_flow_map *m, uint32_t flow);

/* Sets the entry of flow. False: no memory. */
bool cx_flow_map_put(cx_flow_map *m, uint32_t flow, cx_attempt *attempt, cx_conn *conn);

void cx_flow_map_remove(cx_flow_map *m, uint32_t flow);
void cx_flow_map_free(cx_flow_map *m);
