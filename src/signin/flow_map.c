/* Flow numbers to connections: see flow_map.h. Flow numbers are ours, so they need no seed. */
#include "signin/flow_map.h"

#include <stdlib.h>

static uint32_t home(const cx_flow_map *m, uint32_t flow)
{
    return (flow * 2654435761u) & (m->cap - 1);
}

cx_flow_entry *cx_flow_map_get(const cx_flow_map *m, uint32_t flow)
{
    if (!m->cap || !flow)
        return NULL;
    for (uint32_t i = home(m, flow); m->slot[i].flow; i = (i + 1) & (m->cap - 1))
        if (m->slot[i].flow == flow)
            return &m->slot[i];
    return NULL;
}

static void insert(cx_flow_map *m, cx_flow_entry entry)
{
    uint32_t i = home(m, entry.flow);
    while (m->slot[i].flow)
        i = (i + 1) & (m->cap - 1);
    m->slot[i] = entry;
    m->used++;
}

bool cx_flow_map_put(cx_flow_map *m, uint32_t flow, cx_attempt *attempt, cx_conn *conn)
{
    cx_flow_entry *found = cx_flow_map_get(m, flow);
    if (found) {
        *found = (cx_flow_entry){flow, attempt, conn};
        return true;
    }
    if (m->used * 2 >= m->cap) {
        cx_flow_map grown = {.cap = m->cap ? m->cap * 2 : 64};
        grown.slot = calloc(grown.cap, sizeof *grown.slot);
        if (!grown.slot)
            return false;
        for (uint32_t i = 0; i < m->cap; i++)
            if (m->slot[i].flow)
                insert(&grown, m->slot[i]);
        free(m->slot);
        *m = grown;
    }
    insert(m, (cx_flow_entry){flow, attempt, conn});
    return true;
}

void cx_flow_map_remove(cx_flow_map *m, uint32_t flow)
{
    cx_flow_entry *found = cx_flow_map_get(m, flow);
    if (!found)
        return;
    uint32_t hole = (uint32_t)(found - m->slot);
    for (uint32_t i = (hole + 1) & (m->cap - 1); m->slot[i].flow; i = (i + 1) & (m->cap - 1)) {
        uint32_t at = home(m, m->slot[i].flow);
        if (((i - at) & (m->cap - 1)) >= ((i - hole) & (m->cap - 1))) {
            m->slot[hole] = m->slot[i];
            hole = i;
        }
    }
    m->slot[hole] = (cx_flow_entry){0};
    m->used--;
}

void cx_flow_map_free(cx_flow_map *m)
{
    free(m->slot);
    *m = (cx_flow_map){0};
}
