/* The catalogue of findings, from the rules' own records (rules/rule.h): texts exist once. */
#include "app/catalogue.h"

#include "app/exits.h"
#include "app/meaning.h"
#include "app/say.h"
#include "report/json_out.h"
#include "report/paper.h"
#include "rules/coverage.h"
#include "rules/rule.h"

#define LABEL 14 /* column where the texts of an explanation begin */
#define TITLE 33 /* column where the titles of the list begin */

static const char *severity_name(const cx_rule *rule)
{
    return rule->default_severity == CX_FAILURE   ? "failure"
           : rule->default_severity == CX_WARNING ? "warning"
                                                  : "note";
}

/* When a finding of the rule has another severity. */
static const char *severity_limit(const cx_rule *rule)
{
    return rule->stops ? "(failure where a sign-in fails by it)" : "unless it was recovered";
}

bool cx_catalogue_has(const char *id)
{
    return cx_rule_named(id) != NULL;
}

/* What `explain` and the Markdown document show of a rule, in this order. */
typedef struct field {
    const char *key, *label, *text;
} field;

enum { FIELDS = 6 };

static void fields_of(const cx_rule *rule, field out[FIELDS])
{
    out[0] = (field){"explain", "Says", rule->explain};
    out[1] = (field){"evidence", "Evidence", rule->evidence};
    out[2] = (field){"rules_out", "Ruled out by", rule->rules_out};
    out[3] = (field){"traps", "Traps", rule->traps};
    out[4] = (field){"remedy", "Remedy", rule->remedy};
    out[5] = (field){"source", "Source", rule->source};
}

static void put_text(cx_paper *p, const cx_rule *rule)
{
    cx_paper_words(p, CX_INK_BOLD, 0, rule->id);
    cx_paper_space(p, TITLE);
    cx_paper_words(p, CX_INK_PLAIN, TITLE, rule->title);
    cx_paper_newline(p);
}

static void put_explanation(cx_paper *p, const cx_rule *rule)
{
    char line[128];
    field fields[FIELDS];
    cx_paper_words(p, CX_INK_BOLD, 0, rule->title);
    cx_paper_newline(p);
    (void)snprintf(line, sizeof line, "%s: %s %s, layer %s", rule->id, severity_name(rule),
                   severity_limit(rule), rule->layer);
    cx_paper_words(p, CX_INK_PLAIN, 0, line);
    cx_paper_newline(p);
    cx_paper_newline(p);
    fields_of(rule, fields);
    for (size_t i = 0; i < FIELDS; i++) {
        if (!fields[i].text || !*fields[i].text)
            continue;
        cx_paper_words(p, CX_INK_PLAIN, 0, fields[i].label);
        cx_paper_space(p, LABEL);
        cx_paper_words(p, CX_INK_PLAIN, LABEL, fields[i].text);
        cx_paper_newline(p);
    }
}

static const cx_coverage_record *coverage_named(const char *id)
{
    for (int i = 0; i < CX_COV_IDS; i++)
        if (strcmp(cx_coverage_records[i].id, id) == 0)
            return &cx_coverage_records[i];
    return NULL;
}

static void put_lack(cx_paper *p, const cx_coverage_record *lack)
{
    static const char *const labels[] = {"Says", "Not judged", "Next time"};
    const char *ids[CX_MAX_WITHHELD];
    size_t n_ids = cx_coverage_withheld(lack, ids, CX_MAX_WITHHELD);
    cx_paper_words(p, CX_INK_BOLD, 0, lack->id);
    cx_paper_words(p, CX_INK_PLAIN, 0, ": what a capture could not show");
    cx_paper_newline(p);
    cx_paper_newline(p);
    for (size_t i = 0; i < 3; i++) {
        const char *text = i == 0 ? lack->text : lack->recapture;
        if (i == 1 ? !n_ids : !text || !*text)
            continue;
        cx_paper_words(p, CX_INK_PLAIN, 0, labels[i]);
        cx_paper_space(p, LABEL);
        if (i != 1)
            cx_paper_words(p, CX_INK_PLAIN, LABEL, text);
        for (size_t k = 0; i == 1 && k < n_ids; k++)
            (k == 0 ? cx_paper_words : cx_paper_more)(p, CX_INK_PLAIN, LABEL, ids[k]);
        cx_paper_newline(p);
    }
}

/* "id  title" of each id of a list, a line each. */
static void put_ids(cx_paper *p, const char *ids)
{
    char id[64];
    while (*ids) {
        size_t len = strcspn(ids, " ");
        (void)snprintf(id, sizeof id, "%.*s", (int)len, ids);
        const cx_rule *rule = cx_rule_named(id);
        cx_paper_space(p, LABEL);
        cx_paper_words(p, CX_INK_BOLD, LABEL, id);
        cx_paper_newline(p);
        cx_paper_space(p, LABEL);
        cx_paper_words(p, CX_INK_PLAIN, LABEL, rule ? rule->title : "what no capture shows");
        cx_paper_newline(p);
        ids += len + (ids[len] == ' ');
    }
}

static void put_meaning(cx_paper *p, const cx_meaning *m)
{
    char line[64];
    bool status = m->kind == CX_MEANING_HRESULT || m->kind == CX_MEANING_NTSTATUS;
    (void)snprintf(line, sizeof line, status ? "%s 0x%08X" : "%s %u", cx_meaning_kind_name(m->kind),
                   m->number);
    if (m->kind == CX_MEANING_TEXT)
        (void)snprintf(line, sizeof line, "%s:", cx_meaning_kind_name(m->kind));
    cx_paper_words(p, CX_INK_BOLD, 0, line);
    if (m->name)
        cx_paper_more(p, CX_INK_BOLD, 0, m->name);
    cx_paper_newline(p);
    cx_paper_words(p, CX_INK_PLAIN, 0, "Means");
    cx_paper_space(p, LABEL);
    cx_paper_words(p, CX_INK_PLAIN, LABEL, m->means);
    cx_paper_newline(p);
    cx_paper_words(p, CX_INK_PLAIN, 0, "Source");
    cx_paper_space(p, LABEL);
    cx_paper_words(p, CX_INK_PLAIN, LABEL, m->source);
    cx_paper_newline(p);
    cx_paper_words(p, CX_INK_PLAIN, 0, "May be");
    if (!*m->ids) {
        cx_paper_space(p, LABEL);
        cx_paper_words(p, CX_INK_PLAIN, LABEL, "no finding");
        cx_paper_newline(p);
    }
    put_ids(p, m->ids);
}

/* All that a code, a name or a message may stand for. False: nothing is known of it. */
static bool put_meanings(cx_paper *p, const char *given, bool behind_another)
{
    bool any = false;
    for (size_t i = 0; i < cx_n_meanings; i++) {
        if (!cx_meaning_fits(&cx_meanings[i], given))
            continue;
        if (any || behind_another)
            cx_paper_newline(p);
        put_meaning(p, &cx_meanings[i]);
        any = true;
    }
    return any;
}

static json_t *rule_json(const cx_rule *rule)
{
    field fields[FIELDS];
    json_t *value =
        json_pack("{s:s, s:s, s:s, s:b, s:s}", "id", rule->id, "title", rule->title, "severity",
                  severity_name(rule), "stops", cx_rule_may_stop(rule), "layer", rule->layer);
    fields_of(rule, fields);
    for (size_t i = 0; i < FIELDS && value; i++) {
        if (!fields[i].text || !*fields[i].text)
            continue;
        if (json_object_set_new(value, fields[i].key, json_string(fields[i].text)) != 0) {
            json_decref(value);
            return NULL;
        }
    }
    return value;
}

static int put_json(cx_output *output)
{
    json_t *list = json_array();
    cx_status status = list ? CX_OK : CX_NO_MEMORY;
    for (size_t i = 0; cx_rules[i] && status == CX_OK; i++)
        if (json_array_append_new(list, rule_json(cx_rules[i])) != 0)
            status = CX_NO_MEMORY;
    if (status == CX_OK)
        status = cx_json_line(output->stream, list);
    json_decref(list);
    if (status == CX_NO_MEMORY)
        cx_say("%s", cx_status_text(status));
    /* errors of writing are told when the output is closed */
    return status == CX_NO_MEMORY ? CX_EXIT_INTERNAL : CX_EXIT_CLEAN;
}

/* Markdown takes these as markup. */
static void put_markdown_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_{}[]<>#|", *text))
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
}

static void put_markdown(FILE *out, const cx_rule *rule)
{
    field fields[FIELDS];
    (void)fprintf(out, "\n## %s\n\n", rule->id);
    put_markdown_text(out, rule->title);
    (void)fprintf(out, ". Severity: %s%s%s. Layer: %s.\n\n", severity_name(rule),
                  rule->stops ? " " : "", rule->stops ? severity_limit(rule) : "", rule->layer);
    fields_of(rule, fields);
    for (size_t i = 0; i < FIELDS; i++) {
        if (!fields[i].text || !*fields[i].text)
            continue;
        (void)fprintf(out, "- **%s:** ", fields[i].label);
        put_markdown_text(out, fields[i].text);
        (void)fputc('\n', out);
    }
}

int cx_catalogue_list(const cx_options *options, cx_output *output)
{
    const char *format = options->format ? options->format : "text";
    cx_paper paper = {
        .out = output->stream, .width = output->style.width, .color = output->style.color};
    if (strcmp(format, "json") == 0)
        return put_json(output);
    if (strcmp(format, "markdown") == 0)
        (void)fputs("# Findings\n\nPrinted by `capdx rules --format markdown`.\n", output->stream);
    for (size_t i = 0; cx_rules[i]; i++) {
        if (strcmp(format, "markdown") == 0)
            put_markdown(output->stream, cx_rules[i]);
        else
            put_text(&paper, cx_rules[i]);
    }
    return CX_EXIT_CLEAN;
}

static bool is_known(const char *given)
{
    bool known = cx_rule_named(given) || coverage_named(given);
    for (size_t i = 0; i < cx_n_meanings && !known; i++)
        known = cx_meaning_fits(&cx_meanings[i], given);
    return known;
}

/* A message that was typed without quotes: the first word alone says nothing, all together do. */
static bool put_message_of_words(cx_paper *p, const cx_options *options)
{
    char message[1024];
    size_t len = 0;
    if (options->n_arguments < 2 || is_known(options->arguments[0].text))
        return false;
    for (size_t i = 0; i < options->n_arguments; i++) {
        int n = snprintf(message + len, sizeof message - len, "%s%s", i ? " " : "",
                         options->arguments[i].text);
        if (n < 0 || (size_t)n >= sizeof message - len)
            return false;
        len += (size_t)n;
    }
    return put_meanings(p, message, false);
}

int cx_catalogue_explain(const cx_options *options, cx_output *output)
{
    cx_paper paper = {
        .out = output->stream, .width = output->style.width, .color = output->style.color};
    int exits = CX_EXIT_CLEAN;
    if (put_message_of_words(&paper, options))
        return exits;
    for (size_t i = 0; i < options->n_arguments; i++) {
        const cx_rule *rule = cx_rule_named(options->arguments[i].text);
        const cx_coverage_record *lack = coverage_named(options->arguments[i].text);
        if (!rule && !lack) {
            if (put_meanings(&paper, options->arguments[i].text, i > 0))
                continue;
            cx_say("no finding has the ID %s, and no code or message is known by it; capdx rules "
                   "lists the IDs",
                   options->arguments[i].text);
            exits = CX_EXIT_USAGE;
            continue;
        }
        if (i)
            cx_paper_newline(&paper);
        if (rule)
            put_explanation(&paper, rule);
        else
            put_lack(&paper, lack);
    }
    return exits;
}
