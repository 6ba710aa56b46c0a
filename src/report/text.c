/* The text report: what was read, who tried and how far they came, why it failed, and what the
 * capture could not show. Reads members of the schema only (docs/result.schema.json). */
#include "report/text_parts.h"

#include "base/limits.h"

#include <stdlib.h>
#include <time.h>

typedef struct sheet {
    FILE *out;
    cx_report_options options;
    cx_collected kept;
    size_t captures; /* reported so far */
} sheet;

const char *cx_text_str(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

uint64_t cx_text_num(const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));
    return n > 0 ? (uint64_t)n : 0;
}

/* *fraction: the digits behind the second, with their point, up to the zone. */
static bool parse_time(const char *rfc3339, time_t *ret, cx_slice *fraction)
{
    struct tm tm = {0};
    const char *end = strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!end)
        return false;
    *ret = timegm(&tm);
    *fraction = (cx_slice){(const uint8_t *)end, strspn(end, ".0123456789")};
    return true;
}

void cx_text_time(const char *rfc3339, const char *format, bool with_fraction, char out[64])
{
    time_t seconds;
    cx_slice fraction;
    struct tm tm;
    out[0] = 0;
    if (!parse_time(rfc3339, &seconds, &fraction) || !localtime_r(&seconds, &tm))
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    size_t n = strftime(out, 64, format, &tm);
#pragma GCC diagnostic pop
    if (with_fraction && fraction.len <= 10)
        (void)snprintf(out + n, 64 - n, "%.*s", (int)fraction.len, (const char *)fraction.p);
}

double cx_text_seconds(const char *from, const char *to)
{
    time_t a, b;
    cx_slice a_fraction, b_fraction;
    if (!parse_time(from, &a, &a_fraction) || !parse_time(to, &b, &b_fraction))
        return 0;
    return difftime(b, a) + strtod((const char *)b_fraction.p, NULL) -
           strtod((const char *)a_fraction.p, NULL);
}

void cx_text_field(cx_paper *p, int indent, const char *label, const char *text)
{
    if (!*text)
        return;
    cx_paper_gap(p, indent);
    cx_paper_cell(p, CX_INK_PLAIN, CX_TEXT_LABEL, false, label);
    cx_paper_words(p, CX_INK_PLAIN, indent + CX_TEXT_LABEL, text);
    cx_paper_newline(p);
}

static void duration(double seconds, char out[32])
{
    if (seconds < 0)
        seconds = 0;
    unsigned long long s = (unsigned long long)seconds;
    if (seconds < 1)
        (void)snprintf(out, 32, "%.1f ms", seconds * 1000);
    else if (seconds < 60)
        (void)snprintf(out, 32, "%.1f s", seconds);
    else if (s < 3600)
        (void)snprintf(out, 32, "%llu min %llu s", s / 60, s % 60);
    else if (s < 86400)
        (void)snprintf(out, 32, "%llu h %llu min", s / 3600, s % 3600 / 60);
    else
        (void)snprintf(out, 32, "%llu d %llu h", s / 86400, s % 86400 / 3600);
}

/* Coverage that concerns the reading of the file stands in short at the top as well. */
static const struct {
    const char *id, *words;
} defects[] = {
    {"cap-damaged", "damaged"},
    {"cap-drops", "packets dropped while capturing"},
    {"cap-missing-segments", "gaps"},
    {"cap-truncated", "packets cut short"},
    {"cap-duplicates", "duplicate packets"},
    {"cap-one-direction", "one direction only"},
    {"cap-mid-connection", "connections without their start"},
    {"cap-unknown-link", "packets of a link type that is not decoded"},
    {"cap-starts-late", "starts late"},
    {"cap-ends-early", "ends early"},
    {"cap-tls-secrets", "TLS connections that the secrets do not open"},
    {"cap-clock", "times that are not sure"},
    {"cap-limit", "limits reached"},
};

static void put_defects(cx_text_page *page)
{
    cx_paper *p = &page->paper;
    bool any = false;
    for (size_t d = 0; d < sizeof defects / sizeof *defects; d++) {
        bool found = false;
        for (size_t i = 0; i < page->kept->coverage.n && !found; i++) {
            json_t *c = cx_kept_json(&page->kept->coverage.items[i]);
            found = strcmp(cx_text_str(c, "id"), defects[d].id) == 0;
            json_decref(c);
        }
        if (!found)
            continue;
        if (!any)
            cx_paper_words(p, CX_INK_YELLOW, CX_TEXT_INDENT, "This capture has: ");
        else
            cx_paper_words(p, CX_INK_YELLOW, CX_TEXT_INDENT, ",");
        cx_paper_more(p, CX_INK_YELLOW, CX_TEXT_INDENT, defects[d].words);
        any = true;
    }
    if (any)
        cx_paper_newline(p);
}

/* "12, 15, 20", at most so many of them. */
static void list_of(const json_t *array, size_t most, char *out, size_t size)
{
    size_t used = 0, n = json_array_size(array);
    out[0] = 0;
    for (size_t i = 0; i < n && i < most && used < size; i++) {
        const json_t *item = json_array_get(array, i);
        const char *sep = i ? ", " : "";
        int put = json_is_string(item)
                      ? snprintf(out + used, size - used, "%s%s", sep, json_string_value(item))
                      : snprintf(out + used, size - used, "%s%lld", sep,
                                 (long long)json_integer_value(item));
        used += put > 0 ? (size_t)put : 0;
    }
    if (n > most && used < size)
        (void)snprintf(out + used, size - used, " and %zu more", n - most);
}

static void put_head(cx_text_page *page)
{
    cx_paper *p = &page->paper;
    const json_t *c = page->kept->capture;
    char line[256], from[64], to[64], zone[64], length[32];
    char *file = NULL;
    if (asprintf(&file, "%s:", page->file) < 0) {
        p->failed = true;
        return;
    }
    cx_paper_words(p, CX_INK_BOLD, CX_TEXT_INDENT, file);
    free(file);
    unsigned long long packets = cx_text_num(c, "packets");
    (void)snprintf(line, sizeof line, "%llu packet%s, %llu bytes, %s", packets,
                   packets == 1 ? "" : "s", (unsigned long long)cx_text_num(c, "bytes"),
                   cx_text_str(c, "format"));
    cx_paper_more(p, CX_INK_PLAIN, CX_TEXT_INDENT, line);
    const json_t *links = json_object_get(c, "link_types");
    for (size_t i = 0; i < json_array_size(links); i++) {
        const char *name = json_string_value(json_array_get(links, i));
        cx_paper_more(p, CX_INK_PLAIN, CX_TEXT_INDENT, name ? name : "?");
    }
    cx_paper_newline(p);
    const json_t *files = json_object_get(c, "files");
    if (files) {
        char names[2048];
        list_of(files, 20, names, sizeof names);
        cx_text_field(p, CX_TEXT_INDENT, "Files", names);
    }
    const char *first = cx_text_str(c, "first"), *last = cx_text_str(c, "last");
    cx_text_time(first, "%Y-%m-%d %H:%M:%S", true, from);
    cx_text_time(first, "%z", false, zone);
    cx_text_time(last, "%Y-%m-%d %H:%M:%S", true, to);
    bool same_day = strncmp(from, to, strlen("2026-11-23 ")) == 0;
    duration(cx_text_seconds(first, last), length);
    if (*from) {
        (void)snprintf(line, sizeof line, "%s to %s %s (%s)", from,
                       same_day ? to + strlen("2026-11-23 ") : to, zone, length);
        cx_paper_words(p, CX_INK_PLAIN, CX_TEXT_INDENT, line);
        cx_paper_newline(p);
    }
    put_defects(page);
}

/* Attempts of which only the handshake can be read: a channel that came up and was used. Whether
 * the sign-in inside it succeeded is not known. */
static unsigned long long sealed_successes(const cx_text_page *page)
{
    const cx_kept_list *list = &page->kept->attempts;
    unsigned long long n = 0;
    for (size_t i = 0; i < list->n; i++) {
        json_t *a = cx_kept_json(&list->items[i]);
        n += strcmp(cx_text_str(a, "kind"), "tls") == 0 &&
             strcmp(cx_text_str(a, "outcome"), "success") == 0;
        json_decref(a);
    }
    return n;
}

static void put_verdict(cx_text_page *page)
{
    cx_paper *p = &page->paper;
    const json_t *s = page->kept->summary;
    unsigned long long all = cx_text_num(s, "attempts"), bad = cx_text_num(s, "failures"),
                       good = cx_text_num(s, "successes");
    unsigned long long open = all > bad + good ? all - bad - good : 0;
    char line[256];
    cx_ink ink = CX_INK_BOLD;
    int n = 0;
    if (all == 0) {
        n = snprintf(line, sizeof line, "No sign-in attempt in this capture");
    } else if (bad) {
        ink = CX_INK_RED;
        n = all == 1
                ? snprintf(line, sizeof line, "The sign-in failed")
                : snprintf(line, sizeof line, "%llu of %llu sign-in attempts failed", bad, all);
    } else if (good) {
        unsigned long long sealed = sealed_successes(page);
        ink = CX_INK_GREEN;
        if (good > sealed)
            n = snprintf(line, sizeof line, "%llu sign-in%s succeeded%s", good - sealed,
                         good - sealed == 1 ? "" : "s", sealed ? "; " : ", nothing failed");
        if (sealed)
            n += snprintf(line + n, sizeof line - (size_t)n,
                          "%llu secure connection%s came up and %s used, what was said inside is "
                          "encrypted; no failure in sight",
                          sealed, sealed == 1 ? "" : "s", sealed == 1 ? "was" : "were");
    } else {
        n = snprintf(line, sizeof line, "%llu sign-in attempt%s without a visible end", all,
                     all == 1 ? "" : "s");
        open = 0;
    }
    if (open && n > 0)
        n += snprintf(line + n, sizeof line - (size_t)n, "; of %llu the end is not visible", open);
    if (n > 0)
        (void)snprintf(line + n, sizeof line - (size_t)n, ".");
    cx_paper_newline(p);
    cx_paper_words(p, ink, 0, line);
    cx_paper_newline(p);
}

#define TOLD 2048 /* bytes of commands that were told; what does not fit is told again */

/* How to capture next time. The commands stand behind what is special to each: they are the same
 * for many, and said once. told: those that were; "" at first. */
static void put_recapture(cx_text_page *page, const char *text, char told[TOLD])
{
    const char *commands = strstr(text, "Windows: ");
    size_t special = commands ? (size_t)(commands - text) : strlen(text);
    char line[1024];
    bool again = commands && strstr(told, commands);
    while (special && text[special - 1] == ' ')
        special--;
    if (again && !special)
        return;
    (void)snprintf(line, sizeof line, "%.*s", again ? (int)special : (int)strlen(text), text);
    cx_text_field(&page->paper, CX_TEXT_INDENT, "Next time", line);
    if (commands && !again)
        (void)snprintf(told + strlen(told), TOLD - strlen(told), "%s\n", commands);
}

static void put_coverage(cx_text_page *page)
{
    cx_paper *p = &page->paper;
    const cx_kept_list *list = &page->kept->coverage;
    if (!list->n)
        return;
    cx_paper_newline(p);
    cx_paper_words(p, CX_INK_BOLD, 0, "What this capture could not show");
    cx_paper_newline(p);
    char last[1024] = "", told[TOLD] = "";
    for (size_t i = 0; i < list->n; i++) {
        json_t *c = cx_kept_json(&list->items[i]);
        char items[512];
        cx_paper_words(p, CX_INK_PLAIN, 0, " -");
        cx_paper_space(p, CX_TEXT_INDENT);
        cx_paper_words(p, CX_INK_PLAIN, CX_TEXT_INDENT, cx_text_str(c, "text"));
        (void)snprintf(items, sizeof items, "[%s]", cx_text_str(c, "id"));
        cx_paper_more(p, CX_INK_PLAIN, CX_TEXT_INDENT, items);
        cx_paper_newline(p);
        list_of(json_object_get(c, "frames"), 10, items, sizeof items);
        if (page->options->verbose && *items)
            cx_text_field(p, CX_TEXT_INDENT, "Frames", items);
        list_of(json_object_get(c, "withheld"), page->options->verbose ? 20 : 3, items,
                sizeof items);
        if (*items)
            cx_text_field(p, CX_TEXT_INDENT, "Not judged", items);
        /* several lacks often have one cure */
        const char *again = cx_text_str(c, "recapture");
        if (strcmp(again, last) != 0)
            put_recapture(page, again, told);
        (void)snprintf(last, sizeof last, "%s", again);
        json_decref(c);
    }
}

/* How to see more, when there is more. */
static void put_foot(cx_text_page *page, size_t hidden_notes)
{
    cx_paper *p = &page->paper;
    const char *command = page->options->command;
    char line[160];
    if (hidden_notes || (command && page->kept->findings.n))
        cx_paper_newline(p);
    if (hidden_notes) {
        (void)snprintf(line, sizeof line, "%zu note%s not shown; -v shows them.", hidden_notes,
                       hidden_notes == 1 ? "" : "s");
        cx_paper_words(p, CX_INK_PLAIN, 0, line);
        cx_paper_newline(p);
    }
    if (command && page->kept->findings.n) {
        (void)snprintf(line, sizeof line, "More about a finding: %s", command);
        cx_paper_words(p, CX_INK_PLAIN, 0, line);
        cx_paper_newline(p);
    }
}

static cx_status text_open(void **ret_self, FILE *out, const cx_report_options *options)
{
    sheet *self = calloc(1, sizeof *self);
    if (!self)
        return CX_NO_MEMORY;
    self->out = out;
    self->options = *options;
    self->kept.max = CX_MAX_REPORT_BYTES;
    *ret_self = self;
    return CX_OK;
}

static cx_status text_member(void *data, const char *file, const char *type, json_t *value)
{
    (void)file;
    return cx_collect(&((sheet *)data)->kept, type, value);
}

static cx_status text_end(void *data, const char *file)
{
    sheet *self = data;
    cx_status status = cx_collected_close(&self->kept);
    if (status == CX_OK) {
        cx_text_page page = {
            .paper = {.out = self->out, .width = self->options.width, .color = self->options.color},
            .options = &self->options,
            .file = file,
            .kept = &self->kept};
        if (self->captures++)
            cx_paper_newline(&page.paper);
        put_head(&page);
        put_verdict(&page);
        cx_text_attempts(&page);
        size_t hidden = cx_text_findings(&page);
        put_coverage(&page);
        put_foot(&page, hidden);
        if (page.paper.failed)
            status = CX_NO_MEMORY;
    }
    cx_collected_free(&self->kept);
    if (status == CX_OK && (fflush(self->out) != 0 || ferror(self->out)))
        status = CX_IO;
    return status;
}

static cx_status text_close(void *data)
{
    sheet *self = data;
    cx_status status = fflush(self->out) == 0 && !ferror(self->out) ? CX_OK : CX_IO;
    cx_collected_free(&self->kept);
    free(self);
    return status;
}

const cx_reporter cx_reporter_text = {
    .name = "text",
    .media_type = "text/plain",
    .open = text_open,
    .member = text_member,
    .end = text_end,
    .close = text_close,
};
