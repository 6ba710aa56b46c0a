/* Holding and sorting the members of a result (collect.h). */
#include "report/collect.h"

#include "base/grow.h"
#include "report/json_out.h"

#include <stdio.h>
#include <stdlib.h>

#define COVERAGE_ROOM 1048576u /* bytes past the maximum: what is missing must still be said */

static bool add(cx_kept_list *list, cx_kept item)
{
    cx_kept *grown = cx_grow(list->items, sizeof *grown, list->n, &list->cap);
    if (!grown)
        return false;
    list->items = grown;
    list->items[list->n++] = item;
    return true;
}

static uint64_t number(const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));
    return n > 0 ? (uint64_t)n : 0;
}

/* Findings that belong to no attempt stand at their first packet. */
static uint64_t frame_of(const json_t *value)
{
    uint64_t frame = number(value, "attempt");
    const json_t *evidence = json_array_get(json_object_get(value, "evidence"), 0);
    return frame ? frame : number(evidence, "frame");
}

/* max: bytes that all that is held may take. */
static cx_status keep(cx_collected *c, cx_kept_list *list, json_t *value, size_t max)
{
    cx_buf b = cx_buf_init(max > c->bytes ? max - c->bytes : 0);
    cx_status status = cx_json_put(&b, value);
    if (status == CX_LIMIT) {
        cx_buf_free(&b);
        c->dropped++;
        return CX_OK;
    }
    cx_kept item = {.text = (char *)b.p, .len = b.len, .frame = frame_of(value), .order = list->n};
    const char *client = json_string_value(json_object_get(value, "client"));
    if (client)
        (void)snprintf(item.client, sizeof item.client, "%s", client);
    char *fitted = status == CX_OK ? realloc(item.text, item.len) : NULL;
    if (fitted)
        item.text = fitted;
    if (status != CX_OK || !add(list, item)) {
        free(item.text);
        return CX_NO_MEMORY;
    }
    c->bytes += item.len + sizeof item;
    return CX_OK;
}

static cx_status hold(json_t **place, json_t *value)
{
    json_t *copy = json_copy(value);
    if (!copy)
        return CX_NO_MEMORY;
    json_decref(*place);
    *place = copy;
    return CX_OK;
}

cx_status cx_collect(cx_collected *c, const char *type, json_t *value)
{
    if (strcmp(type, "attempt") == 0)
        return keep(c, &c->attempts, value, c->max);
    if (strcmp(type, "finding") == 0)
        return keep(c, &c->findings, value, c->max);
    if (strcmp(type, "coverage") == 0)
        return keep(c, &c->coverage, value, c->max + COVERAGE_ROOM);
    if (strcmp(type, "capture") == 0)
        return hold(&c->capture, value);
    if (strcmp(type, "summary") == 0)
        return hold(&c->summary, value);
    return CX_OK;
}

static int by_frame(const void *a, const void *b)
{
    const cx_kept *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    int client = strcmp(x->client, y->client);
    if (client)
        return client;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void sort(cx_kept_list *list)
{
    if (list->n)
        qsort(list->items, list->n, sizeof *list->items, by_frame);
}

/* In a stream the totals come last, in the document they stand with the capture. */
static cx_status move_totals(cx_collected *c)
{
    static const char *const totals[] = {"packets", "bytes", "first", "last", "link_types"};
    if (!c->capture)
        c->capture = json_object();
    if (!c->summary)
        c->summary = json_object();
    if (!c->capture || !c->summary)
        return CX_NO_MEMORY;
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        json_t *value = json_object_get(c->summary, totals[i]);
        if (!value)
            continue;
        if (json_object_set(c->capture, totals[i], value) != 0)
            return CX_NO_MEMORY;
        (void)json_object_del(c->summary, totals[i]); /* it is there */
    }
    return CX_OK;
}

static cx_status say_dropped(cx_collected *c)
{
    if (!c->dropped)
        return CX_OK;
    json_t *value = json_pack("{s:s, s:o}", "id", "cap-limit", "text",
                              json_sprintf("%llu attempts and findings did not fit into the memory "
                                           "set aside for a sorted report and were left out of it; "
                                           "the exit status counts them, and the format ndjson "
                                           "prints them.",
                                           (unsigned long long)c->dropped));
    if (!value)
        return CX_NO_MEMORY;
    cx_status status = keep(c, &c->coverage, value, c->max + 2 * COVERAGE_ROOM);
    json_decref(value);
    return status;
}

cx_status cx_collected_close(cx_collected *c)
{
    sort(&c->attempts);
    sort(&c->findings);
    cx_status status = move_totals(c);
    return status == CX_OK ? say_dropped(c) : status;
}

json_t *cx_kept_json(const cx_kept *k)
{
    return json_loadb(k->text, k->len, JSON_ALLOW_NUL, NULL);
}

static void free_list(cx_kept_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (cx_kept_list){0};
}

void cx_collected_free(cx_collected *c)
{
    json_decref(c->capture);
    json_decref(c->summary);
    free_list(&c->attempts);
    free_list(&c->findings);
    free_list(&c->coverage);
    *c = (cx_collected){.max = c->max};
}
