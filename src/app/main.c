/* capdx: names why a sign-in failed from a packet capture. Reads the command line and runs the
 * command. */
#include "app/analyze.h"
#include "app/batch.h"
#include "app/catalogue.h"
#include "app/exits.h"
#include "app/pipeline.h"
#include "app/report.h"
#include "app/say.h"

#include <signal.h>

/* Formats of docs/interface that other versions have. */
static const char *const later_formats[] = {"html", "sqlite"};

static bool format_suits(const cx_options *o)
{
    const char *format = o->format;
    if (o->command == CX_CMD_REPORT && (!format || o->by))
        return cx_report_suits(o);
    if (!format)
        return true;
    if (o->command == CX_CMD_ANALYZE && cx_reporter_named(format))
        return true;
    if (o->command == CX_CMD_EVENTS && strcmp(format, "ndjson") == 0)
        return true;
    if (o->command == CX_CMD_BATCH && (strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
                                       strcmp(format, "ndjson") == 0))
        return true;
    if (o->command == CX_CMD_REPORT && cx_report_suits(o))
        return true;
    if (o->command == CX_CMD_RULES && (strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
                                       strcmp(format, "markdown") == 0))
        return true;
    for (size_t i = 0; i < sizeof later_formats / sizeof *later_formats; i++) {
        if (strcmp(format, later_formats[i]) == 0) {
            cx_say("format %s is not available in this version", format);
            return false;
        }
    }
    cx_say("unknown format '%s'; %s has %s", format, cx_command_name(o->command),
           o->command == CX_CMD_EVENTS   ? "ndjson only"
           : o->command == CX_CMD_REPORT ? "text, json, ndjson and csv"
           : o->command == CX_CMD_RULES  ? "text, json and markdown"
                                         : "text, json and ndjson");
    return false;
}

static bool expectations_exist(const cx_options *o)
{
    for (size_t i = 0; i < o->n_expect; i++) {
        if (strcmp(o->expect[i], "none") != 0 && !cx_catalogue_has(o->expect[i])) {
            cx_say("--expect: no finding has the ID %s; capdx rules lists them", o->expect[i]);
            return false;
        }
    }
    return true;
}

static int run(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
               cx_output *output)
{
    switch (options->command) {
    case CX_CMD_ANALYZE:
        return cx_analyze(options, keys, inputs, output);
    case CX_CMD_EVENTS:
        return cx_events(options, keys, inputs, output);
    case CX_CMD_RULES:
        return cx_catalogue_list(options, output);
    case CX_CMD_EXPLAIN:
        return cx_catalogue_explain(options, output);
    case CX_CMD_BATCH:
        return options->import ? cx_batch_import(options, inputs)
                               : cx_batch(options, keys, inputs, output);
    case CX_CMD_REPORT:
        return cx_report(options, inputs, output);
    case CX_CMD_COMMANDS:
        break; /* refused by cx_options_parse */
    }
    return CX_EXIT_USAGE;
}

static int run_with_output(const cx_options *options)
{
    cx_inputs inputs = {0};
    cx_keys keys = {0};
    cx_output output;
    bool analyzes = options->command == CX_CMD_ANALYZE || options->command == CX_CMD_EVENTS ||
                    (options->command == CX_CMD_BATCH && !options->import);
    bool reads = analyzes || options->command == CX_CMD_BATCH || options->command == CX_CMD_REPORT;
    cx_status status = reads ? cx_inputs_open(options, &inputs) : CX_OK;
    if (status == CX_OK && reads && inputs.n == 0 && !options->watch) {
        cx_say("the list names no capture");
        status = CX_USAGE;
    }
    if (status == CX_OK && analyzes)
        status = cx_keys_open(options, &keys);
    if (status == CX_OK)
        status = cx_output_open(options, &inputs, &output);
    int exits = CX_EXIT_USAGE;
    if (status == CX_OK) {
        exits = run(options, &keys, &inputs, &output);
        exits = cx_exit_worse(exits, cx_output_close(&output));
    } else if (status == CX_NO_MEMORY) {
        cx_say("%s", cx_status_text(status));
        exits = CX_EXIT_INTERNAL;
    }
    cx_inputs_free(&inputs);
    cx_keys_free(&keys);
    return exits;
}

/* Help and version go to standard output, with errors of writing told like any other. */
static int print(const cx_options *options, bool whole)
{
    cx_output output;
    const cx_inputs none = {0};
    const cx_options plain = {.color = CX_COLOR_NEVER};
    if (cx_output_open(&plain, &none, &output) != CX_OK)
        return CX_EXIT_USAGE;
    if (options->version)
        (void)fputs("capdx " CX_VERSION "\n", output.stream);
    else
        cx_options_help(whole ? CX_CMD_COMMANDS : options->command, output.stream);
    return cx_output_close(&output);
}

int main(int argc, char **argv)
{
    cx_options options;
    char why[CX_WHY];
    /* a reader that has seen enough ends the program by a failed write, quietly */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || cx_pipeline_setup() != CX_OK) {
        cx_say("cannot be set up");
        return CX_EXIT_INTERNAL;
    }
    if (argc < 2) {
        cx_options_help(CX_CMD_COMMANDS, stderr);
        return CX_EXIT_USAGE;
    }
    cx_status status = cx_options_parse(argc, argv, &options, why);
    if (status != CX_OK) {
        cx_say("%s", status == CX_USAGE ? why : cx_status_text(status));
        return status == CX_USAGE ? CX_EXIT_USAGE : CX_EXIT_INTERNAL;
    }
    int exits = CX_EXIT_USAGE;
    if (options.help || options.version) {
        exits = print(&options, !options.command_named);
    } else if (format_suits(&options) && expectations_exist(&options)) {
        for (size_t i = 0; i < options.n_warnings; i++)
            cx_say("%s", options.warnings[i]);
        exits = run_with_output(&options);
    }
    cx_options_free(&options);
    return exits;
}
