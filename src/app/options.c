/* Reading the command line (options.h) with the tables of option_rows.h. Options may stand before
 * and after arguments; `--name=value`, `-nvalue`, `-qv` and `--` work as in GNU programs. */
#include "app/option_rows.h"

#include <stdarg.h>
#include <stdlib.h>

const char *cx_command_name(cx_command command)
{
    return cx_command_rows[command].name;
}

/* The row of a long name, or cx_n_options. */
static size_t find_name(cx_slice name)
{
    size_t i = 0;
    while (i < cx_n_options && !cx_slice_is(name, cx_option_rows[i].name))
        i++;
    return i;
}

static size_t find_letter(char letter)
{
    size_t i = 0;
    while (i < cx_n_options && (!cx_option_rows[i].letter || cx_option_rows[i].letter != letter))
        i++;
    return i;
}

typedef struct reader {
    int argc, at;
    char *const *argv;
    cx_options *o;
    char *why;
    bool past_command; /* what follows are arguments */
} reader;

static cx_status complain(reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static cx_status complain(reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(r->why, CX_WHY, format, args); /* a long argument is cut */
    va_end(args);
    return CX_USAGE;
}

/* One option as it was written ("-o", "--output"), with its value or NULL. */
static cx_status apply(reader *r, size_t row, const char *written, const char *value)
{
    const cx_option_row *option = &cx_option_rows[row];
    r->o->given |= UINT64_C(1) << row;
    if (!option->set)
        return complain(r, "%s is not available in this version", written);
    const char *wrong = option->set(r->o, value);
    if (wrong == cx_option_no_memory)
        return CX_NO_MEMORY;
    if (wrong)
        return complain(r, "%s: '%s' is not %s", written, value, wrong);
    return CX_OK;
}

static cx_status read_long(reader *r, const char *word)
{
    cx_slice value, name = cx_slice_split(cx_slice_of(word + 2), '=', &value);
    size_t row = find_name(name);
    if (row == cx_n_options)
        return complain(r, "unknown option %s; capdx --help lists them", word);
    const cx_option_row *option = &cx_option_rows[row];
    char written[32];
    (void)snprintf(written, sizeof written, "--%s", option->name); /* names are short */
    if (!option->argument)
        return value.p ? complain(r, "%s takes no value", written) : apply(r, row, written, NULL);
    const char *text = (const char *)value.p;
    if (!text && ++r->at < r->argc)
        text = r->argv[r->at];
    if (!text)
        return complain(r, "%s needs %s", written, option->argument);
    return apply(r, row, written, text);
}

static cx_status read_letters(reader *r, const char *word)
{
    for (const char *p = word + 1; *p; p++) {
        size_t row = find_letter(*p);
        char written[3] = {'-', *p, 0};
        if (row == cx_n_options)
            return complain(r, "unknown option %s; capdx --help lists them", written);
        if (!cx_option_rows[row].argument) {
            cx_status status = apply(r, row, written, NULL);
            if (status != CX_OK)
                return status;
            continue;
        }
        const char *text = p[1] ? p + 1 : NULL;
        if (!text && ++r->at < r->argc)
            text = r->argv[r->at];
        if (!text)
            return complain(r, "%s needs %s", written, cx_option_rows[row].argument);
        return apply(r, row, written, text);
    }
    return CX_OK;
}

/* The first argument may name a command; `./rules` is a file of such a name. */
static cx_status read_argument(reader *r, const char *word)
{
    if (!r->past_command && r->o->n_arguments == 0) {
        r->past_command = true;
        for (unsigned i = 0; i < CX_CMD_COMMANDS; i++) {
            if (strcmp(word, cx_command_rows[i].name) == 0) {
                r->o->command = (cx_command)i;
                r->o->command_named = true;
                return CX_OK;
            }
        }
    }
    return cx_option_add_argument(r->o, word, false) ? CX_OK : CX_NO_MEMORY;
}

/* After all words: does what was given suit the command? */
static cx_status check(reader *r)
{
    const cx_options *o = r->o;
    if (o->help || o->version)
        return CX_OK;
    const cx_command_row *command = &cx_command_rows[o->command];
    if (!command->available)
        return complain(r, "%s is not available in this version", command->name);
    for (size_t i = 0; i < cx_n_options; i++)
        if ((o->given >> i & 1) && !(cx_option_rows[i].commands & BIT(o->command)))
            return complain(r, "--%s does not apply to %s", cx_option_rows[i].name, command->name);
    if (o->command == CX_CMD_RULES && o->n_arguments)
        return complain(r, "rules takes no argument; capdx explain %s tells about one",
                        o->arguments[0].text);
    if (o->command == CX_CMD_EXPLAIN && !o->n_arguments)
        return complain(r, "explain needs the ID of a finding; capdx rules lists them");
    if ((BIT(o->command) & READERS) && !o->n_arguments)
        return complain(r, "no capture given; capdx --help tells how");
    if (o->command == CX_CMD_BATCH && !o->n_arguments && !o->watch)
        return complain(r, "no file or folder given; capdx batch --help tells how");
    if (o->command == CX_CMD_BATCH && !o->db && (!o->format || strcmp(o->format, "ndjson") != 0))
        return complain(r, "batch needs --db FILE, or -T ndjson for results without a database");
    if (o->import && o->watch)
        return complain(r, "--import excludes --watch");
    if (o->command == CX_CMD_REPORT && !o->n_arguments)
        return complain(r, "no result given: a database of batch, or NDJSON; - is standard input");
    for (size_t i = 0; i < o->n_expect; i++)
        if (strcmp(o->expect[i], "none") == 0 && o->n_expect > 1)
            return complain(r, "--expect none excludes other --expect");
    return CX_OK;
}

/* A number below zero, as logs print HRESULTs, for explain. */
static bool is_code(const reader *r, const char *word)
{
    return r->o->command == CX_CMD_EXPLAIN && word[1] >= '0' && word[1] <= '9';
}

cx_status cx_options_parse(int argc, char *const *argv, cx_options *ret, char why[CX_WHY])
{
    cx_options o = {.command = CX_CMD_ANALYZE,
                    .passphrase_fd = -1,
                    .time_limit = 300,
                    .memory_limit = UINT64_C(8192) << 20,
                    .newer_than_ns = INT64_MIN,
                    .since_ns = INT64_MIN};
    reader r = {.argc = argc, .at = 1, .argv = argv, .o = &o, .why = why};
    cx_status status = CX_OK;
    bool ended = false;
    why[0] = 0;
    for (; r.at < argc && status == CX_OK; r.at++) {
        const char *word = argv[r.at];
        if (!ended && strcmp(word, "--") == 0)
            ended = r.past_command = true; /* behind it are captures only */
        else if (!ended && word[0] == '-' && word[1] == '-')
            status = read_long(&r, word);
        else if (!ended && word[0] == '-' && word[1] && !is_code(&r, word))
            status = read_letters(&r, word);
        else
            status = read_argument(&r, word);
    }
    if (status == CX_OK)
        status = check(&r);
    if (status != CX_OK) {
        cx_options_free(&o);
        return status;
    }
    *ret = o;
    return CX_OK;
}

void cx_options_free(cx_options *o)
{
    if (!o)
        return;
    free(o->arguments);
    free(o->expect);
    free(o->keys);
    free(o->trust);
    free(o->server);
    o->arguments = NULL;
    o->expect = NULL;
    o->keys = NULL;
    o->trust = NULL;
    o->server = NULL;
}
