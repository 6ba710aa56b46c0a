/* Commands and options: a row each (option_rows.h), and how the values of options are read. */
#include "app/option_rows.h"

#include "app/when.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#define MAX_ARGUMENTS 1048576u /* captures named on one command line; argv itself is smaller */

/* NTLM policy bits that mean something (KB239869): sign, seal, extended session security, 128, 56
 */
#define NTLM_POLICY_BITS 0xA0080030u

const cx_command_row cx_command_rows[CX_CMD_COMMANDS] = {
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

bool cx_option_add_argument(cx_options *o, const char *text, bool list)
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

const char *const cx_option_no_memory = "out of memory";

static const char *set_input(cx_options *o, const char *value)
{
    return cx_option_add_argument(o, value, false) ? NULL : cx_option_no_memory;
}

static const char *set_list(cx_options *o, const char *value)
{
    return cx_option_add_argument(o, value, true) ? NULL : cx_option_no_memory;
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
        return cx_option_no_memory;
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
        return cx_option_no_memory;
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
    return cx_option_add_argument(o, value, false) ? NULL : cx_option_no_memory;
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

const cx_option_row cx_option_rows[] = {
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

const size_t cx_n_options = sizeof cx_option_rows / sizeof *cx_option_rows;
_Static_assert(sizeof cx_option_rows / sizeof *cx_option_rows <= 64,
               "cx_options.given has a bit for each row");
