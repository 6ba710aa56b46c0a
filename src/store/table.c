/* Views on their way out (table.h). */
#include "store/table.h"

#include "base/grow.h"
#include "report/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELL 48 /* columns of text; longer names are cut */

/* ---- text: all rows are held, so that columns are as wide as they must be ---- */

typedef struct rows {
    char *(*list)[CX_VIEW_COLUMNS]; /* owned texts, as they are shown */
    size_t n, cap, max, left_out;
    int width[CX_VIEW_COLUMNS];
} rows;

/* 2026-11-24T00:19:36.137880Z as 2026-11-24 00:19:36; lists with commas. */
static char *shown(const cx_view_column *column, const char *value)
{
    char *text = strdup(value ? value : "");
    char *t = text && column->kind == 'd' ? strchr(text, 'T') : NULL;
    if (t) {
        *t = ' ';
        t[strcspn(t, ".")] = 0;
    }
    return text;
}

static cx_status keep(void *self, const cx_view *view, const char *const *values)
{
    rows *r = self;
    if (r->max && r->n == r->max) {
        r->left_out++;
        return CX_OK;
    }
    void *grown = cx_grow(r->list, sizeof *r->list, r->n, &r->cap);
    if (!grown)
        return CX_NO_MEMORY;
    r->list = grown;
    char **row = r->list[r->n++];
    memset(row, 0, sizeof r->list[0]);
    for (int i = 0; i < CX_VIEW_COLUMNS && view->columns[i].name; i++) {
        row[i] = shown(&view->columns[i], values[i]);
        if (!row[i])
            return CX_NO_MEMORY;
        int wide = cx_paper_columns(row[i]);
        r->width[i] = wide > r->width[i] ? wide : r->width[i];
    }
    return CX_OK;
}

static int last_column(const cx_view *view)
{
    int n = 0;
    while (n + 1 < CX_VIEW_COLUMNS && view->columns[n + 1].name)
        n++;
    return n;
}

static void put_row(cx_paper *p, const cx_view *view, const rows *r, char *const *row, cx_ink ink)
{
    int last = last_column(view);
    for (int i = 0; i <= last; i++) {
        const char *text = row ? row[i] : view->columns[i].title;
        int width = r->width[i] < MAX_CELL ? r->width[i] : MAX_CELL;
        int before = view->columns[i].kind == 'n' ? width - cx_paper_columns(text) : 0;
        if (i)
            cx_paper_gap(p, 2);
        if (before > 0)
            cx_paper_gap(p, before);
        cx_paper_cell(p, ink, before > 0 ? width - before : width, i == last, text);
    }
    cx_paper_newline(p);
}

cx_status cx_table_text(cx_store *s, const cx_view *view, const char *since, size_t max,
                        const char *title, cx_paper *paper)
{
    rows r = {.max = max};
    for (int i = 0; i <= last_column(view); i++)
        r.width[i] = (int)strlen(view->columns[i].title);
    cx_status status = cx_view_run(s, view, since, keep, &r);
    if (status == CX_OK && title && r.n) {
        cx_paper_newline(paper);
        cx_paper_words(paper, CX_INK_BOLD, 0, title);
        cx_paper_newline(paper);
    }
    if (status == CX_OK && (r.n || !title))
        put_row(paper, view, &r, NULL, CX_INK_PLAIN);
    for (size_t i = 0; i < r.n && status == CX_OK; i++)
        put_row(paper, view, &r, r.list[i], CX_INK_PLAIN);
    if (status == CX_OK && r.left_out) {
        char more[96];
        (void)snprintf(more, sizeof more, "and %zu more: capdx report --by %s", r.left_out,
                       view->name);
        cx_paper_words(paper, CX_INK_PLAIN, 0, more);
        cx_paper_newline(paper);
    }
    for (size_t i = 0; i < r.n; i++)
        for (int k = 0; k < CX_VIEW_COLUMNS; k++)
            free(r.list[i][k]);
    free(r.list);
    return status;
}

/* ---- JSON ---- */

static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    for (const char *p = text; list && *p;) {
        size_t n = strcspn(p, ",");
        if (json_array_append_new(list, json_stringn(p, n)) != 0) {
            json_decref(list);
            return NULL;
        }
        p += n + (p[n] == ',');
    }
    return list;
}

json_t *cx_table_object(const cx_view *view, const char *const *values)
{
    json_t *o = json_object();
    for (int i = 0; o && i < CX_VIEW_COLUMNS && view->columns[i].name; i++) {
        const cx_view_column *c = &view->columns[i];
        if (!values[i])
            continue;
        json_t *value = c->kind == 'n'   ? json_integer(strtoll(values[i], NULL, 10))
                        : c->kind == 'l' ? list_of(values[i])
                                         : cx_json_text(cx_slice_of(values[i]));
        if (json_object_set_new(o, c->name, value) != 0) {
            json_decref(o);
            return NULL;
        }
    }
    return o;
}

static cx_status json_row(void *self, const cx_view *view, const char *const *values)
{
    json_t *o = cx_table_object(view, values);
    cx_status status = o ? cx_json_line(self, o) : CX_NO_MEMORY;
    json_decref(o);
    return status == CX_IO ? CX_OK : status; /* of the stream, where it is asked for at the end */
}

cx_status cx_table_json(cx_store *s, const cx_view *view, const char *since, FILE *out)
{
    return cx_view_run(s, view, since, json_row, out);
}

/* ---- CSV ---- */

void cx_csv_put(FILE *out, const char *text)
{
    bool formula = *text && strchr("=+-@\t\r", *text);
    if (!formula && !strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, out);
        return;
    }
    (void)fputs(formula ? "\"'" : "\"", out);
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            (void)fputc('"', out);
        (void)fputc(*p, out);
    }
    (void)fputc('"', out);
}

static cx_status csv_row(void *self, const cx_view *view, const char *const *values)
{
    for (int i = 0; i < CX_VIEW_COLUMNS && view->columns[i].name; i++) {
        if (i)
            (void)fputc(',', self);
        if (values[i])
            cx_csv_put(self, values[i]);
    }
    (void)fputs("\r\n", self); /* errors stay with the stream */
    return CX_OK;
}

cx_status cx_table_csv(cx_store *s, const cx_view *view, const char *since, FILE *out)
{
    const char *names[CX_VIEW_COLUMNS] = {NULL};
    for (int i = 0; i < CX_VIEW_COLUMNS && view->columns[i].name; i++)
        names[i] = view->columns[i].name;
    cx_status status = csv_row(out, view, names);
    return status == CX_OK ? cx_view_run(s, view, since, csv_row, out) : status;
}
