/* The findings of the text report: a block per cause, those of the same cause at the same server
 * together, since forty attempts that failed alike are one problem. */
#include "report/text_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_GROUPS  64u /* blocks; a capture with more different causes is a scan */
#define MAX_OTHERS  12u /* further attempts that a block names */
#define MAX_RELATED 6u  /* consequences that a block names */

typedef struct group {
    json_t *first; /* the earliest finding; owned */
    size_t n;      /* findings in it */
    struct {
        char client[CX_ADDR_TEXT];
        uint64_t attempt;
    } others[MAX_OTHERS];
    json_t *related[MAX_RELATED]; /* of the attempt of first; owned */
    size_t n_related;
} group;

typedef struct groups {
    group *g;
    size_t n, left_out, notes;
} groups;

static bool is(const json_t *object, const char *key, const char *text)
{
    return strcmp(cx_text_str(object, key), text) == 0;
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    return strcmp(cx_text_str(a, key), cx_text_str(b, key)) == 0;
}

static bool alike(const json_t *a, const json_t *b)
{
    return same(a, b, "id") && same(a, b, "severity") && same(a, b, "role") &&
           same(a, b, "server") && same(a, b, "server_name") &&
           cx_text_num(a, "port") == cx_text_num(b, "port");
}

static bool of_attempt(const json_t *a, const json_t *b)
{
    uint64_t attempt = cx_text_num(a, "attempt");
    return attempt && attempt == cx_text_num(b, "attempt") && same(a, b, "client");
}

static void add(groups *all, json_t *finding)
{
    for (size_t i = 0; i < all->n; i++) {
        group *g = &all->g[i];
        if (!alike(g->first, finding))
            continue;
        if (g->n <= MAX_OTHERS) {
            (void)snprintf(g->others[g->n - 1].client, CX_ADDR_TEXT, "%s",
                           cx_text_str(finding, "client"));
            g->others[g->n - 1].attempt = cx_text_num(finding, "attempt");
        }
        g->n++;
        return;
    }
    if (all->n == MAX_GROUPS) {
        all->left_out++;
        return;
    }
    all->g[all->n++] = (group){.first = json_incref(finding), .n = 1};
}

static void relate(groups *all, json_t *finding)
{
    for (size_t i = 0; i < all->n; i++) {
        group *g = &all->g[i];
        if (is(g->first, "role", "root-cause") && of_attempt(g->first, finding)) {
            if (g->n_related < MAX_RELATED)
                g->related[g->n_related++] = json_incref(finding);
            return;
        }
    }
}

/* "10.20.1.21 (alice@contoso.com) to ocs1.contoso.com (10.20.2.20) port 5060" */
static void put_parties(cx_paper *p, const json_t *f)
{
    char line[1024];
    int n = 0;
    const char *user = cx_text_str(f, "user"), *name = cx_text_str(f, "server_name"),
               *server = cx_text_str(f, "server"), *client = cx_text_str(f, "client");
    if (strncmp(user, "sip:", 4) == 0)
        user += 4;
    unsigned long long port = cx_text_num(f, "port");
    n = snprintf(line, sizeof line, "%s%s%s%s", client, *user ? " (" : "", user, *user ? ")" : "");
    if (n > 0 && (size_t)n < sizeof line && (*name || *server))
        n += snprintf(line + n, sizeof line - (size_t)n, "%s%s%s%s%s", *line ? " to " : "",
                      *name ? name : server, *name && *server ? " (" : "", *name ? server : "",
                      *name && *server ? ")" : "");
    if (n > 0 && (size_t)n < sizeof line && port)
        (void)snprintf(line + n, sizeof line - (size_t)n, " port %llu", port);
    if (!*line)
        return;
    cx_paper_space(p, CX_TEXT_INDENT);
    cx_paper_words(p, CX_INK_PLAIN, CX_TEXT_INDENT, line);
    cx_paper_newline(p);
}

static void put_evidence(cx_text_page *page, const json_t *finding)
{
    const json_t *list = json_object_get(finding, "evidence"), *e;
    bool set_of_files = json_object_get(page->kept->capture, "files") != NULL;
    size_t at;
    int width = 0;
    json_array_foreach(list, at, e)
    {
        char frame[24];
        int n = snprintf(frame, sizeof frame, "%llu", (unsigned long long)cx_text_num(e, "frame"));
        width = n > width ? n : width;
    }
    json_array_foreach(list, at, e)
    {
        char frame[64], time[64];
        cx_paper *p = &page->paper;
        cx_paper_gap(p, CX_TEXT_INDENT);
        cx_paper_cell(p, CX_INK_PLAIN, CX_TEXT_LABEL, false, at ? "" : "Evidence");
        (void)snprintf(frame, sizeof frame, "frame %*llu", width,
                       (unsigned long long)cx_text_num(e, "frame"));
        cx_paper_cell(p, CX_INK_PLAIN, (int)strlen(frame), false, frame);
        cx_text_time(cx_text_str(e, "time"), "%H:%M:%S", true, time);
        cx_paper_gap(p, 2);
        cx_paper_cell(p, CX_INK_PLAIN, (int)strlen(time), false, time);
        cx_paper_gap(p, 2);
        int column = p->at;
        cx_paper_words(p, CX_INK_PLAIN, column, cx_text_str(e, "shows"));
        const char *file = cx_text_str(e, "file");
        if (*file && (set_of_files || strcmp(file, page->file) != 0)) {
            cx_paper_more(p, CX_INK_PLAIN, column, "in");
            cx_paper_more(p, CX_INK_PLAIN, column, file);
        }
        cx_paper_newline(p);
    }
}

static void put_others(cx_text_page *page, const group *g)
{
    char line[1024];
    size_t used = 0, shown = g->n - 1 < MAX_OTHERS ? g->n - 1 : MAX_OTHERS;
    if (g->n < 2)
        return;
    int n = snprintf(line, sizeof line, "%zu more like it:", g->n - 1);
    used = n > 0 ? (size_t)n : 0;
    for (size_t i = 0; i < shown && used < sizeof line; i++) {
        n = snprintf(line + used, sizeof line - used, "%s %s (frame %llu)", i ? "," : "",
                     g->others[i].client, (unsigned long long)g->others[i].attempt);
        used += n > 0 ? (size_t)n : 0;
    }
    if (shown < g->n - 1 && used < sizeof line)
        (void)snprintf(line + used, sizeof line - used, ", ...");
    cx_text_field(&page->paper, CX_TEXT_INDENT, "Also", line);
}

static void put_related(cx_text_page *page, const json_t *f)
{
    char line[512];
    const json_t *e = json_array_get(json_object_get(f, "evidence"), 0);
    int n = snprintf(line, sizeof line, "%s [%s]", cx_text_str(f, "title"), cx_text_str(f, "id"));
    if (e && n > 0 && (size_t)n < sizeof line)
        (void)snprintf(line + n, sizeof line - (size_t)n, ", frame %llu",
                       (unsigned long long)cx_text_num(e, "frame"));
    cx_text_field(&page->paper, CX_TEXT_INDENT,
                  is(f, "role", "consequence") ? "Then" : "Adds to it", line);
}

/* The values that the explanation names: "port: 5060; policy: 0x20080030". */
static void put_details(cx_text_page *page, const json_t *finding)
{
    json_t *details = json_object_get(finding, "details"), *value;
    cx_paper *p = &page->paper;
    const char *key;
    size_t left = json_object_size(details);
    if (!left)
        return;
    cx_paper_gap(p, CX_TEXT_INDENT);
    cx_paper_cell(p, CX_INK_PLAIN, CX_TEXT_LABEL, false, "Details");
    json_object_foreach(details, key, value)
    {
        char *text = json_is_string(value)
                         ? NULL
                         : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY); /* a number */
        char line[512];
        (void)snprintf(line, sizeof line, "%s: %s%s", key,
                       json_is_string(value) ? json_string_value(value)
                       : text                ? text
                                             : "?",
                       --left ? ";" : "");
        (p->at == CX_TEXT_INDENT + CX_TEXT_LABEL ? cx_paper_words : cx_paper_more)(
            p, CX_INK_PLAIN, CX_TEXT_INDENT + CX_TEXT_LABEL, line);
        free(text);
    }
    cx_paper_newline(p);
}

static void put_group(cx_text_page *page, const group *g, size_t number)
{
    cx_paper *p = &page->paper;
    const json_t *f = g->first;
    char line[256];
    bool failure = is(f, "severity", "failure");
    cx_paper_newline(p);
    (void)snprintf(line, sizeof line, "%zu.", number);
    cx_paper_words(p, CX_INK_BOLD, 0, line);
    cx_paper_space(p, CX_TEXT_INDENT);
    cx_paper_words(p, failure ? CX_INK_RED : CX_INK_BOLD, CX_TEXT_INDENT, cx_text_str(f, "title"));
    cx_paper_newline(p);
    (void)snprintf(line, sizeof line, "%s (%s, %s)", cx_text_str(f, "id"),
                   cx_text_str(f, "severity"), cx_text_str(f, "confidence"));
    cx_paper_space(p, CX_TEXT_INDENT);
    cx_paper_words(p, CX_INK_PLAIN, CX_TEXT_INDENT, line);
    cx_paper_newline(p);
    put_parties(p, f);
    cx_paper_newline(p);
    cx_paper_space(p, CX_TEXT_INDENT);
    cx_paper_words(p, CX_INK_PLAIN, CX_TEXT_INDENT, cx_text_str(f, "explanation"));
    cx_paper_newline(p);
    if (json_array_size(json_object_get(f, "evidence")) || *cx_text_str(f, "remedy"))
        cx_paper_newline(p);
    put_evidence(page, f);
    cx_text_field(p, CX_TEXT_INDENT, "Wireshark", cx_text_str(f, "filter"));
    cx_text_field(p, CX_TEXT_INDENT, "Remedy", cx_text_str(f, "remedy"));
    cx_text_field(p, CX_TEXT_INDENT, "Source", cx_text_str(f, "source"));
    for (size_t i = 0; i < g->n_related; i++)
        put_related(page, g->related[i]);
    put_others(page, g);
    if (page->options->verbose) {
        if (is(f, "role", "root-cause"))
            cx_text_steps(page, cx_text_num(f, "attempt"), cx_text_str(f, "client"));
        put_details(page, f);
    }
}

static size_t put_groups(cx_text_page *page, const groups *all, const char *severity, size_t number)
{
    for (size_t i = 0; i < all->n; i++)
        if (is(all->g[i].first, "severity", severity))
            put_group(page, &all->g[i], number++);
    return number;
}

/* The final status to REGISTER with which an attempt failed; 0: it failed elsewhere. */
static int refusal_of(const json_t *attempt)
{
    const json_t *steps = json_object_get(attempt, "steps");
    for (size_t i = json_array_size(steps); i-- > 0;) {
        const json_t *step = json_array_get(steps, i);
        int status = atoi(cx_text_str(step, "text"));
        if (is(step, "step", "register") && is(step, "outcome", "failed") && status >= 300 &&
            status <= 699)
            return status;
    }
    return 0;
}

/* Failed attempts whose cause the capture hides. */
static void put_unexplained(cx_text_page *page)
{
    const cx_kept_list *list = &page->kept->attempts;
    char line[256];
    size_t n = 0, used = 0;
    for (size_t i = 0; i < list->n; i++) {
        json_t *a = cx_kept_json(&list->items[i]);
        if (is(a, "outcome", "failure") && !*cx_text_str(a, "root_cause") && n++ < 8 &&
            used < sizeof line) {
            int put = snprintf(line + used, sizeof line - used, "%s%llu", n > 1 ? ", " : "",
                               (unsigned long long)list->items[i].frame);
            used += put > 0 ? (size_t)put : 0;
            int status = refusal_of(a);
            if (status && used < sizeof line) {
                put = snprintf(line + used, sizeof line - used, ": %d to REGISTER", status);
                used += put > 0 ? (size_t)put : 0;
            }
        }
        json_decref(a);
    }
    if (!n)
        return;
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "%zu attempt%s failed for a reason that this capture does not show (frame %s%s).", n,
        n == 1 ? "" : "s", line, n > 8 ? ", ..." : "");
    cx_paper_newline(&page->paper);
    cx_paper_words(&page->paper, CX_INK_BOLD, 0, text);
    cx_paper_newline(&page->paper);
}

/* The findings of one attempt, which stand together from index at on: the cause and what stands
 * alone become blocks, what follows from the cause a line of its block. Returns how many. */
static size_t sort_attempt(cx_text_page *page, groups *all, size_t at)
{
    const cx_kept *items = &page->kept->findings.items[at];
    size_t n = 0, left = page->kept->findings.n - at;
    bool has_cause = false;
    while (n < left && items[n].frame == items->frame &&
           strcmp(items[n].client, items->client) == 0) {
        json_t *f = cx_kept_json(&items[n++]);
        has_cause = has_cause || is(f, "role", "root-cause");
        json_decref(f);
    }
    for (int causes = 1; causes >= 0; causes--) {
        for (size_t i = 0; i < n; i++) {
            json_t *f = cx_kept_json(&items[i]);
            bool note = is(f, "severity", "note"), cause = is(f, "role", "root-cause");
            bool related = has_cause && cx_text_num(f, "attempt") && !is(f, "role", "observation");
            if (cause != causes)
                ;
            else if (note && !page->options->verbose)
                all->notes++;
            else if (cause || note || !related)
                add(all, f);
            else
                relate(all, f);
            json_decref(f);
        }
    }
    return n;
}

size_t cx_text_findings(cx_text_page *page)
{
    const cx_kept_list *list = &page->kept->findings;
    groups all = {.g = calloc(MAX_GROUPS, sizeof(group))};
    if (!all.g) {
        page->paper.failed = true;
        return 0;
    }
    for (size_t i = 0; i < list->n;)
        i += sort_attempt(page, &all, i);
    size_t number = put_groups(page, &all, "failure", 1);
    put_unexplained(page);
    number = put_groups(page, &all, "warning", number);
    (void)put_groups(page, &all, "note", number);
    if (all.left_out) {
        char line[128];
        (void)snprintf(line, sizeof line, "%zu findings of further causes; -T json has them all.",
                       all.left_out);
        cx_paper_newline(&page->paper);
        cx_paper_words(&page->paper, CX_INK_PLAIN, 0, line);
        cx_paper_newline(&page->paper);
    }
    for (size_t i = 0; i < all.n; i++) {
        json_decref(all.g[i].first);
        for (size_t k = 0; k < all.g[i].n_related; k++)
            json_decref(all.g[i].related[k]);
    }
    free(all.g);
    return all.notes;
}
