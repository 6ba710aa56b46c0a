/* The table of attempts: one aligned line each, the stages reached by name. */
#include "report/text_parts.h"

#include <stdio.h>

#define MAX_SUCCESSES 40u   /* lines; beyond, sign-ins that worked are counted, not listed */
#define MAX_ROWS      100u  /* lines; the causes below must not scroll away */
#define MAX_ROWS_LONG 2000u /* lines with -v; nobody reads more */

enum { STAGES = 9 };
static const char *const stage_names[STAGES] = {"SRV", "A",   "SYN", "TLS", "CRT",
                                                "REG", "CHL", "AUT", "OK"};

typedef enum mark { MARK_NONE, MARK_OK, MARK_FAILED, MARK_UNSEEN } mark;

/* The stages that a step of the schema speaks of. */
static const struct {
    const char *step;
    int first, last;
} step_stages[] = {{"discover", 0, 0}, {"resolve", 1, 1},  {"connect", 2, 2},
                   {"secure", 3, 4},   {"register", 5, 5}, {"authenticate", 6, 7}};

static mark mark_of(const char *outcome)
{
    return strcmp(outcome, "ok") == 0       ? MARK_OK
           : strcmp(outcome, "failed") == 0 ? MARK_FAILED
           : strcmp(outcome, "unseen") == 0 ? MARK_UNSEEN
                                            : MARK_NONE;
}

/* From the member "stages" where it is given, else from the steps. */
static void marks_of(const json_t *attempt, mark marks[STAGES])
{
    const json_t *stages = json_object_get(attempt, "stages");
    for (int i = 0; i < STAGES; i++)
        marks[i] = mark_of(cx_text_str(stages, stage_names[i]));
    if (stages)
        return;
    const json_t *steps = json_object_get(attempt, "steps"), *step;
    size_t at;
    json_array_foreach(steps, at, step)
    {
        mark m = mark_of(cx_text_str(step, "outcome"));
        for (size_t i = 0; i < sizeof step_stages / sizeof *step_stages; i++) {
            if (strcmp(cx_text_str(step, "step"), step_stages[i].step) != 0)
                continue;
            int first = step_stages[i].first, last = step_stages[i].last;
            /* of a pair the first one is the way to the second */
            bool second = strcmp(step_stages[i].step, "authenticate") == 0 ||
                          strncmp(cx_text_str(attempt, "root_cause"), "tls-cert", 8) == 0;
            marks[first] = m == MARK_FAILED && last > first && second ? MARK_OK : m;
            if (last > first)
                marks[last] = m == MARK_FAILED && !second ? MARK_NONE : m;
        }
    }
    const char *outcome = cx_text_str(attempt, "outcome");
    marks[STAGES - 1] = strcmp(outcome, "success") == 0      ? MARK_OK
                        : strcmp(outcome, "incomplete") == 0 ? MARK_UNSEEN
                                                             : MARK_NONE;
}

static const char *who(const json_t *attempt, char out[512])
{
    const char *user = cx_text_str(attempt, "user"), *server = cx_text_str(attempt, "server_name");
    if (!*server)
        server = cx_text_str(attempt, "server");
    if (strncmp(user, "sip:", 4) == 0)
        user += 4;
    const char *kind = cx_text_str(attempt, "kind");
    /* of TLS the stages tell */
    bool logon = strcmp(kind, "logon") == 0;
    (void)snprintf(out, 512, "%s%s", *user ? user : server, logon ? " (logon)" : "");
    return out;
}

typedef struct columns {
    int frame, client;
    bool time;
} columns;

/* With many attempts, those that worked are not listed. */
static bool listed(const cx_text_page *page, const json_t *attempt)
{
    return page->options->verbose || page->kept->attempts.n <= MAX_SUCCESSES ||
           strcmp(cx_text_str(attempt, "outcome"), "success") != 0;
}

static void put_cells(cx_text_page *page, const columns *c, const char *frame, const char *time,
                      const char *const stages[STAGES], const mark marks[STAGES],
                      const char *client, const char *who)
{
    cx_paper *p = &page->paper;
    cx_paper_cell(p, CX_INK_PLAIN, c->frame, false, frame);
    if (c->time) {
        cx_paper_gap(p, 2);
        cx_paper_cell(p, CX_INK_PLAIN, 8, false, time);
    }
    cx_paper_gap(p, 1);
    for (int i = 0; i < STAGES; i++) {
        cx_paper_gap(p, 1);
        cx_paper_cell(p, marks[i] == MARK_FAILED ? CX_INK_RED : CX_INK_PLAIN,
                      (int)strlen(stage_names[i]), false, stages[i]);
    }
    cx_paper_gap(p, 2);
    int room = p->width - p->at, rest = room - c->client - 2;
    bool last = rest < 4 || !*who;
    cx_paper_cell(p, CX_INK_PLAIN, c->client < room ? c->client : room, last, client);
    if (!last) {
        cx_paper_gap(p, 2);
        cx_paper_cell(p, CX_INK_PLAIN, rest, true, who);
    }
    cx_paper_newline(p);
}

static void put_titles(cx_text_page *page, const columns *c)
{
    static const mark none[STAGES] = {MARK_NONE};
    char frame[24];
    (void)snprintf(frame, sizeof frame, "%*s", c->frame, "frame");
    cx_paper_newline(&page->paper);
    put_cells(page, c, frame, "time", stage_names, none, "client", "user or server");
}

static void put_row(cx_text_page *page, const columns *c, const json_t *attempt)
{
    static const char *const signs[] = {
        [MARK_NONE] = ".", [MARK_FAILED] = "!", [MARK_UNSEEN] = "?"};
    const char *stages[STAGES];
    char frame[24], time[64], text[512];
    mark marks[STAGES];
    marks_of(attempt, marks);
    for (int i = 0; i < STAGES; i++)
        stages[i] = marks[i] == MARK_OK ? stage_names[i] : signs[marks[i]];
    (void)snprintf(frame, sizeof frame, "%*llu", c->frame,
                   (unsigned long long)cx_text_num(attempt, "attempt"));
    cx_text_time(cx_text_str(attempt, "started"), "%H:%M:%S", false, time);
    put_cells(page, c, frame, time, stages, marks, cx_text_str(attempt, "client"),
              who(attempt, text));
}

void cx_text_attempts(cx_text_page *page)
{
    const cx_kept_list *list = &page->kept->attempts;
    columns c = {.frame = 5, .client = 6};
    size_t successes = 0, rows = 0, left_out = 0;
    for (size_t i = 0; i < list->n; i++) {
        int client = cx_paper_columns(list->items[i].client);
        char number[24];
        int n = snprintf(number, sizeof number, "%llu", (unsigned long long)list->items[i].frame);
        c.client = client > c.client ? client : c.client;
        c.frame = n > c.frame ? n : c.frame;
    }
    if (!list->n)
        return;
    /* frame, 2, time, 2, stages, 2, client: a long IPv6 address takes the room of the time */
    c.time = c.frame + 2 + 8 + 2 + 32 + 2 + c.client <= page->paper.width;
    put_titles(page, &c);
    for (size_t i = 0; i < list->n; i++) {
        json_t *attempt = cx_kept_json(&list->items[i]);
        if (!listed(page, attempt))
            successes++;
        else if (rows >= (page->options->verbose ? MAX_ROWS_LONG : MAX_ROWS))
            left_out++;
        else {
            put_row(page, &c, attempt);
            rows++;
        }
        json_decref(attempt);
    }
    char line[128];
    if (successes) {
        (void)snprintf(line, sizeof line, "and %zu sign-ins that succeeded; -v lists them",
                       successes);
        cx_paper_words(&page->paper, CX_INK_PLAIN, 0, line);
        cx_paper_newline(&page->paper);
    }
    if (left_out) {
        (void)snprintf(line, sizeof line, "and %zu more attempts; -T json has them all", left_out);
        cx_paper_words(&page->paper, CX_INK_PLAIN, 0, line);
        cx_paper_newline(&page->paper);
    }
}

void cx_text_steps(cx_text_page *page, uint64_t attempt, const char *client)
{
    const cx_kept_list *list = &page->kept->attempts;
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].frame != attempt || strcmp(list->items[i].client, client) != 0)
            continue;
        json_t *value = cx_kept_json(&list->items[i]);
        const json_t *step;
        size_t at;
        json_array_foreach(json_object_get(value, "steps"), at, step)
        {
            char line[512], time[64];
            cx_text_time(cx_text_str(step, "time"), "%H:%M:%S", true, time);
            (void)snprintf(line, sizeof line, "%s %s %s: %s", time, cx_text_str(step, "step"),
                           cx_text_str(step, "outcome"), cx_text_str(step, "text"));
            cx_text_field(&page->paper, CX_TEXT_INDENT, at ? " " : "Steps", line);
        }
        json_decref(value);
        return;
    }
}
