/* Reading the command line (options.h): a row per command, a row per option. Options may stand
 * before and after arguments; `--name=value`, `-nvalue`, `-qv` and `--` work as in GNU programs. */
#include "app/options.h"

#include "app/when.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#define BIT(command) (1u << (command))
#define BATCH        BIT(CX_CMD_BATCH)
#define REPORT       BIT(CX_CMD_REPORT)
#define READERS      (BIT(CX_CMD_ANALYZE) | BIT(CX_CMD_EVENTS))
#define ANALYZERS    (READERS | BATCH)
#define EVERY        (BIT(CX_CMD_COMMANDS) - 1u)

#define MAX_ARGUMENTS 1048576u /* captures named on one command line; argv itself is smaller */

/* NTLM policy bits that mean something (KB239869): sign, seal, extended session security, 128, 56
 */
#define NTLM_POLICY_BITS 0xA0080030u

typedef struct command_row {
    const char *name, *synopsis, *help;
    bool available;
} command_row;

static const command_row commands[CX_CMD_COMMANDS] = {
    [CX_CMD_ANALYZE] = {"analyze", "[analyze] [OPTIONS] CAPTURE...",
                        "say why sign-ins failed (default)", true},
    [CX_CMD_EVENTS] = {"events", "events [OPTIONS] CAPTURE...",
                       "print the protocol facts, one JSON object a line", true},
    [CX_CMD_BATCH] = {"batch", "batch [OPTIONS] PATH... --db FILE",
                      "every capture under PATH, in parallel, resumable, into a database", true},
    [CX_CMD_REPORT] = {"report", "report [OPTIONS] RESULT...",
                       "stored results (NDJSON, or the database) as tables or reports", true},
    [CX_CMD_RULES] = {"rules", "rules [OPTIONS]", "list every finding that can be made", true},
    [CX_CMD_EXPLAIN] = {"explain", "explain [OPTIONS] ID...",
                        "one finding, or what a code or message may be", true},
};

typedef struct option_row {
    const char *name;
    char letter;
    const char *argument; /* NULL: takes none */
    uint32_t commands;    /* BIT of each it applies to */
    /* NULL: not available in this version. Answers NULL, or what is wrong with the value. */
    const char *(*set)(cx_options *o, const char *value);
    const char *help;
} option_row;

static bool add_argument(cx_options *o, const char *text, bool list)
{
    if (o->n_arguments >= MAX_ARGUMENTS)
        return false;
    /* grows in powers of two, so that the capacity need not be kept */
    if ((o->n_arguments & (o->n_arguments - 1)) == 0) {
        size_t cap = o->n_arguments ? o->n_arguments * 2 : 1;
        cx_argument *grown = realloc(o->arguments, cap * sizeof *grown);
        if (!grown)
            return false;
        o->arguments = grown;
    }
    o->arguments[o->n_arguments++] = (cx_argument){text, list};
    return true;
}

static void warn(cx_options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void warn(cx_options *o, const char *format, ...)
{
    if (o->n_warnings == sizeof o->warnings / sizeof *o->warnings)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(o->warnings[o->n_warnings++], CX_WHY, format, args); /* may be cut */
    va_end(args);
}

static const char *const no_memory = "out of memory";

static const char *set_input(cx_options *o, const char *value)
{
    return add_argument(o, value, false) ? NULL : no_memory;
}

static const char *set_list(cx_options *o, const char *value)
{
    return add_argument(o, value, true) ? NULL : no_memory;
}

static const char *set_filter(cx_options *o, const char *value)
{
    o->filter = value;
    return NULL;
}

static const char *set_format(cx_options *o, const char *value)
{
    o->format = value;
    return NULL;
}

static const char *set_output(cx_options *o, const char *value)
{
    o->output = value;
    return NULL;
}

static const char *set_quiet(cx_options *o, const char *value)
{
    (void)value;
    o->quiet = true;
    return NULL;
}

static const char *set_verbose(cx_options *o, const char *value)
{
    (void)value;
    o->verbose++;
    return NULL;
}

static const char *set_as_one(cx_options *o, const char *value)
{
    (void)value;
    o->as_one = true;
    return NULL;
}

static const char *set_nothing(cx_options *o, const char *value)
{
    (void)o;
    (void)value;
    return NULL;
}

static const char *set_help(cx_options *o, const char *value)
{
    (void)value;
    o->help = true;
    return NULL;
}

static const char *set_version(cx_options *o, const char *value)
{
    (void)value;
    o->version = true;
    return NULL;
}

static const char *set_color(cx_options *o, const char *value)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) == 0) {
            o->color = (cx_color)i;
            return NULL;
        }
    }
    return "auto, always or never";
}

/* NAME, NAME:PORT, ADDRESS, [IPv6]:PORT or a bare IPv6 address. */
static const char *set_server(cx_options *o, const char *value)
{
    static const char *const form = "NAME, ADDRESS or NAME:PORT";
    cx_slice host = cx_slice_of(value);
    uint64_t port = 0;
    size_t colon = cx_slice_find(host, ':', 0);
    cx_endpoint address;
    if (host.len && host.p[0] == '[') {
        size_t close = cx_slice_find(host, ']', 0);
        if (close == SIZE_MAX)
            return form;
        cx_slice rest = cx_slice_sub(host, close + 1, host.len);
        host = cx_slice_sub(host, 1, close - 1);
        if (!cx_addr_parse(host, &address))
            return form;
        if (rest.len &&
            (rest.p[0] != ':' || !cx_slice_number(cx_slice_sub(rest, 1, rest.len), 65535, &port) ||
             port == 0))
            return form;
    } else if (colon != SIZE_MAX && !cx_addr_parse(host, &address)) {
        if (!cx_slice_number(cx_slice_sub(host, colon + 1, host.len), 65535, &port) || port == 0)
            return form;
        host = cx_slice_sub(host, 0, colon);
    }
    if (host.len == 0)
        return form;
    free(o->server);
    o->server = strndup((const char *)host.p, host.len);
    if (!o->server)
        return no_memory;
    o->context.server = o->server;
    o->context.server_port = (uint16_t)port;
    return NULL;
}

static const char *set_domain(cx_options *o, const char *value)
{
    if (!*value)
        return "a domain";
    o->context.domain = value;
    return NULL;
}

static bool parse_u32(const char *text, uint32_t *ret)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hex ? text + 2 : text;
    if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits) || !*digits)
        return false;
    errno = 0;
    unsigned long long n = strtoull(digits, NULL, hex ? 16 : 10);
    if (errno || n > UINT32_MAX)
        return false;
    *ret = (uint32_t)n;
    return true;
}

static const char *set_policy(cx_options *o, const char *value)
{
    static const char *const form = "ntlm-min-server=0x..., ntlm-min-client=0x..., or "
                                    "strict-naming=strict|permissive";
    cx_slice rest, key = cx_slice_split(cx_slice_of(value), '=', &rest);
    if (!rest.p)
        return form;
    const char *text = (const char *)rest.p;
    if (cx_slice_is(key, "strict-naming")) {
        if (strcmp(text, "strict") == 0)
            o->context.naming = CX_NAMING_STRICT;
        else if (strcmp(text, "permissive") == 0)
            o->context.naming = CX_NAMING_PERMISSIVE;
        else
            return "strict-naming=strict or strict-naming=permissive";
        return NULL;
    }
    uint32_t bits;
    bool server = cx_slice_is(key, "ntlm-min-server");
    if (!server && !cx_slice_is(key, "ntlm-min-client"))
        return form;
    if (!parse_u32(text, &bits))
        return "a number of 32 bits, as 0x20080030 or 537395248";
    /* 0x20040000 (537133056), printed by some pages for 0x20080000, would demand nothing useful */
    if (bits & ~NTLM_POLICY_BITS)
        warn(o, "policy %s: bits outside 0xA0080030 demand nothing and are ignored", value);
    bits &= NTLM_POLICY_BITS;
    if (server) {
        o->context.has_min_server = true;
        o->context.ntlm_min_server = bits;
    } else {
        o->context.has_min_client = true;
        o->context.ntlm_min_client = bits;
    }
    return NULL;
}

/* An option that may be given again: its values in their order. */
static const char *add_value(const char ***list, size_t *n, const char *value)
{
    const char **grown = realloc(*list, (*n + 1) * sizeof *grown);
    if (!grown)
        return no_memory;
    *list = grown;
    grown[(*n)++] = value;
    return NULL;
}

static const char *set_expect(cx_options *o, const char *value)
{
    return *value ? add_value(&o->expect, &o->n_expect, value) : "an ID or none";
}

static const char *set_keys(cx_options *o, const char *value)
{
    return add_value(&o->keys, &o->n_keys, value);
}

static const char *set_trust(cx_options *o, const char *value)
{
    return add_value(&o->trust, &o->n_trust, value);
}

static const char *set_passphrase_fd(cx_options *o, const char *value)
{
    uint64_t fd;
    if (!cx_slice_number(cx_slice_of(value), 1048576, &fd))
        return "the number of an open descriptor";
    o->passphrase_fd = (int)fd;
    return NULL;
}

static const char *set_decrypt(cx_options *o, const char *value)
{
    o->decrypt_all = strcmp(value, "all") == 0;
    return o->decrypt_all || strcmp(value, "useful") == 0 ? NULL : "useful or all";
}

static const char *set_db(cx_options *o, const char *value)
{
    o->db = value;
    return *value ? NULL : "the name of a file";
}

static const char *set_watch(cx_options *o, const char *value)
{
    o->watch = value;
    return *value ? NULL : "a folder";
}

/* The files are arguments like others: --import a.ndjson b.ndjson */
static const char *set_import(cx_options *o, const char *value)
{
    o->import = true;
    return add_argument(o, value, false) ? NULL : no_memory;
}

static const char *set_again(cx_options *o, const char *value)
{
    (void)value;
    o->again = true;
    return NULL;
}

static const char *set_jobs(cx_options *o, const char *value)
{
    uint64_t n;
    if (!cx_slice_number(cx_slice_of(value), 1024, &n) || n == 0)
        return "a number of processes from 1 to 1024";
    o->jobs = (uint32_t)n;
    return NULL;
}

static const char *set_time_limit(cx_options *o, const char *value)
{
    uint64_t n;
    if (!cx_slice_number(cx_slice_of(value), 86400, &n) || n == 0)
        return "a number of seconds from 1 to 86400";
    o->time_limit = (uint32_t)n;
    return NULL;
}

static const char *set_memory_limit(cx_options *o, const char *value)
{
    uint64_t n;
    if (!cx_slice_number(cx_slice_of(value), 1048576, &n) || n == 0)
        return "a number of MiB from 1 to 1048576";
    o->memory_limit = n << 20;
    return NULL;
}

static const char *set_time(int64_t *ret_ns, const char *value)
{
    return cx_when_parse(value, (int64_t)time(NULL) * INT64_C(1000000000), ret_ns)
               ? NULL
               : "a time in UTC (2026-11-24, 2026-11-24T14:02:01) or an age (90s, 30m, 24h, 7d)";
}

static const char *set_newer_than(cx_options *o, const char *value)
{
    return set_time(&o->newer_than_ns, value);
}

static const char *set_since(cx_options *o, const char *value)
{
    return set_time(&o->since_ns, value);
}

static const char *set_shard(cx_options *o, const char *value)
{
    cx_slice n, k = cx_slice_split(cx_slice_of(value), '/', &n);
    uint64_t shard, shards;
    if (!cx_slice_number(k, 4096, &shard) || !cx_slice_number(n, 4096, &shards) || shard < 1 ||
        shard > shards)
        return "K/N with K from 1 to N, N at most 4096";
    o->context.shard = (uint32_t)shard;
    o->context.shards = (uint32_t)shards;
    return NULL;
}

static const char *set_by(cx_options *o, const char *value)
{
    o->by = value; /* what there is the report knows */
    return NULL;
}

static const option_row options[] = {
    {"read", 'r', "FILE", READERS, set_input,
     "a capture, the same as CAPTURE; - is standard input"},
    {"files-from", 0, "FILE", ANALYZERS, set_list, "captures named in FILE, one a line"},
    {"filter", 'f', "BPF", ANALYZERS, set_filter, "only packets that match"},
    {"format", 'T', "FORMAT", ANALYZERS | REPORT | BIT(CX_CMD_RULES), set_format,
     "text (default), json, ndjson; report: csv too; rules: text, json, markdown"},
    {"output", 'o', "FILE", EVERY, set_output, "write there and not to standard output"},
    {"write", 'w', "FILE", READERS, NULL, "write the packets of the evidence"},
    {"keys", 'k', "FILE", ANALYZERS, set_keys,
     "what opens TLS, by content: a key log, or RSA private keys (PEM, DER, PKCS#12)"},
    {"passphrase-fd", 0, "N", ANALYZERS, set_passphrase_fd,
     "read the passphrase of private keys from descriptor N, not from the terminal"},
    {"decrypt", 0, "WHAT", ANALYZERS, set_decrypt,
     "useful (default): as long as somebody reads on in a connection; all: every record"},
    {"trust", 0, "FILE", ANALYZERS, set_trust,
     "certificates that the client trusts (PEM): chains are verified with them, as of their time"},
    {"server", 0, "NAME[:PORT]", ANALYZERS, set_server, "the server that the person typed"},
    {"domain", 0, "DOMAIN", ANALYZERS, set_domain, "the domain of the sign-in address"},
    {"policy", 0, "KEY=VALUE", ANALYZERS, set_policy,
     "a policy in force: ntlm-min-server=0x20080030, ntlm-min-client=0x..., "
     "strict-naming=strict|permissive"},
    {"expect", 0, "ID", BIT(CX_CMD_ANALYZE), set_expect,
     "status 0 when exactly the failures named were found; none: no failure"},
    {"as-one", 0, NULL, ANALYZERS, set_as_one,
     "the captures are parts of one, read in the order of their first packets"},
    {"shard", 0, "K/N", BIT(CX_CMD_ANALYZE) | BATCH, set_shard,
     "clients whose address hashes to K of N only"},
    {"db", 0, "FILE", BATCH, set_db, "the database that results go to; made when absent"},
    {"jobs", 'j', "N", BATCH, set_jobs, "worker processes at a time (default: processors)"},
    {"newer-than", 0, "T", BATCH, set_newer_than,
     "only files changed since: 2026-11-24, 2026-11-24T14:02:01 (UTC), 24h, 7d"},
    {"again", 0, NULL, BATCH, set_again,
     "read anew what another version, or other options, gave the results of"},
    {"watch", 0, "DIR", BATCH, set_watch, "go on with files that come into DIR, until interrupted"},
    {"import", 0, "FILE", BATCH, set_import,
     "take results of other machines (FILE and arguments: batch -T ndjson) into the database"},
    {"time-limit", 0, "SECONDS", BATCH, set_time_limit,
     "end a worker that gets no further for so long (default 300)"},
    {"memory-limit", 0, "MIB", BATCH, set_memory_limit, "address space of a worker (default 8192)"},
    {"by", 0, "WHAT", REPORT, set_by,
     "a table: cause, server, client, day, certificate, coverage or fate"},
    {"since", 0, "T", REPORT, set_since,
     "only what ended since: a time or an age, as --newer-than"},
    {"color", 0, "WHEN", EVERY, set_color, "auto (default), always or never"},
    {"no-names", 'n', NULL, READERS, set_nothing, "no effect: names are never resolved"},
    {"line-buffered", 'l', NULL, READERS, set_nothing, "no effect: lines are always flushed"},
    {"quiet", 'q', NULL, EVERY, set_quiet, "no line on standard error for each capture"},
    {"verbose", 'v', NULL, EVERY, set_verbose, "notes and every step as well"},
    {"help", 'h', NULL, EVERY, set_help, "this text"},
    {"version", 0, NULL, EVERY, set_version, "name and version"},
};

#define N_OPTIONS (sizeof options / sizeof *options)
_Static_assert(N_OPTIONS <= 64, "cx_options.given has a bit for each row");

const char *cx_command_name(cx_command command)
{
    return commands[command].name;
}

/* The row of a long name, or N_OPTIONS. */
static size_t find_name(cx_slice name)
{
    size_t i = 0;
    while (i < N_OPTIONS && !cx_slice_is(name, options[i].name))
        i++;
    return i;
}

static size_t find_letter(char letter)
{
    size_t i = 0;
    while (i < N_OPTIONS && (!options[i].letter || options[i].letter != letter))
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
    const option_row *option = &options[row];
    r->o->given |= UINT64_C(1) << row;
    if (!option->set)
        return complain(r, "%s is not available in this version", written);
    const char *wrong = option->set(r->o, value);
    if (wrong == no_memory)
        return CX_NO_MEMORY;
    if (wrong)
        return complain(r, "%s: '%s' is not %s", written, value, wrong);
    return CX_OK;
}

static cx_status read_long(reader *r, const char *word)
{
    cx_slice value, name = cx_slice_split(cx_slice_of(word + 2), '=', &value);
    size_t row = find_name(name);
    if (row == N_OPTIONS)
        return complain(r, "unknown option %s; capdx --help lists them", word);
    const option_row *option = &options[row];
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
        if (row == N_OPTIONS)
            return complain(r, "unknown option %s; capdx --help lists them", written);
        if (!options[row].argument) {
            cx_status status = apply(r, row, written, NULL);
            if (status != CX_OK)
                return status;
            continue;
        }
        const char *text = p[1] ? p + 1 : NULL;
        if (!text && ++r->at < r->argc)
            text = r->argv[r->at];
        if (!text)
            return complain(r, "%s needs %s", written, options[row].argument);
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
            if (strcmp(word, commands[i].name) == 0) {
                r->o->command = (cx_command)i;
                r->o->command_named = true;
                return CX_OK;
            }
        }
    }
    return add_argument(r->o, word, false) ? CX_OK : CX_NO_MEMORY;
}

/* After all words: does what was given suit the command? */
static cx_status check(reader *r)
{
    const cx_options *o = r->o;
    if (o->help || o->version)
        return CX_OK;
    const command_row *command = &commands[o->command];
    if (!command->available)
        return complain(r, "%s is not available in this version", command->name);
    for (size_t i = 0; i < N_OPTIONS; i++)
        if ((o->given >> i & 1) && !(options[i].commands & BIT(o->command)))
            return complain(r, "--%s does not apply to %s", options[i].name, command->name);
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
        else if (!ended && word[0] == '-' && word[1])
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

#define HELP_COLUMN 26 /* where the texts begin */
#define HELP_WIDTH  80

/* text, wrapped between HELP_COLUMN and HELP_WIDTH; the cursor stands at column at. */
static void put_help(FILE *out, size_t at, const char *text)
{
    while (*text) {
        if (at < HELP_COLUMN)
            (void)fprintf(out, "%*s", (int)(HELP_COLUMN - at), "");
        else
            (void)fprintf(out, "\n%*s", HELP_COLUMN, "");
        size_t room = HELP_WIDTH - HELP_COLUMN, n = strlen(text);
        if (n > room) {
            for (n = room; n > 0 && text[n] != ' ';)
                n--;
            if (n == 0)
                n = room;
        }
        (void)fprintf(out, "%.*s", (int)n, text);
        text += n;
        while (*text == ' ')
            text++;
        at = HELP_WIDTH;
    }
    (void)fputc('\n', out);
}

static void put_option(FILE *out, const option_row *option)
{
    char left[64];
    int n = option->letter
                ? snprintf(left, sizeof left, "  -%c, --%s", option->letter, option->name)
                : snprintf(left, sizeof left, "      --%s", option->name);
    if (n > 0 && option->argument)
        n += snprintf(left + n, sizeof left - (size_t)n, " %s", option->argument);
    (void)fputs(left, out);
    put_help(out, (size_t)n + 1 < HELP_COLUMN ? (size_t)n : HELP_WIDTH, option->help);
}

void cx_options_help(cx_command command, FILE *out)
{
    uint32_t bit = BIT(command);
    if (command == CX_CMD_COMMANDS) {
        (void)fputs("usage: capdx [analyze] [OPTIONS] CAPTURE...\n"
                    "       capdx COMMAND [OPTIONS] ...\n\n"
                    "Names why a SIP sign-in failed, from a packet capture (pcap, pcapng).\n\n"
                    "commands:\n",
                    out);
        for (unsigned i = 0; i < CX_CMD_COMMANDS; i++) {
            if (!commands[i].available)
                continue;
            (void)fprintf(out, "  %s", commands[i].name);
            put_help(out, strlen(commands[i].name) + 2, commands[i].help);
        }
        bit = BIT(CX_CMD_ANALYZE);
    } else {
        (void)fprintf(out, "usage: capdx %s\n\n%s", commands[command].synopsis,
                      commands[command].help);
        (void)fputs(commands[command].available ? "\n" : "; not available in this version\n", out);
    }
    (void)fputs(command == CX_CMD_COMMANDS ? "\noptions of analyze:\n" : "\noptions:\n", out);
    for (size_t i = 0; i < N_OPTIONS; i++)
        if ((options[i].commands & bit) && options[i].set)
            put_option(out, &options[i]);
    if (command == CX_CMD_COMMANDS || command == CX_CMD_ANALYZE || command == CX_CMD_BATCH)
        (void)fputs("\nstatus: 0 no failure, 1 a failure was found, 2 wrong usage or an input "
                    "that is\nno capture, 3 internal error\n",
                    out);
}
