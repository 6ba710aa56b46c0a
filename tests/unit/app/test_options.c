/* The command line: every way of writing options, and every complaint. */
#include "app/options.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MAX_WORDS 12

static cx_status parse(const char *const *words, cx_options *o, char why[CX_WHY])
{
    char *argv[MAX_WORDS + 2] = {(char *)(uintptr_t) "capdx"};
    int argc = 1;
    while (words[argc - 1] && argc <= MAX_WORDS) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
        argc++;
    }
    return cx_options_parse(argc, argv, o, why);
}

static void reads_words(void **state)
{
    static const struct {
        const char *words[MAX_WORDS];
        cx_command command;
        const char *inputs; /* joined with spaces; lists in < > */
        const char *format, *output, *filter;
        int verbose;
        bool quiet;
    } cases[] = {
        {{"a.pcap"}, CX_CMD_ANALYZE, "a.pcap ", NULL, NULL, NULL, 0, false},
        {{"analyze", "a.pcap", "b c.pcap"},
         CX_CMD_ANALYZE,
         "a.pcap b c.pcap ",
         NULL,
         NULL,
         NULL,
         0,
         false},
        {{"events", "-"}, CX_CMD_EVENTS, "- ", NULL, NULL, NULL, 0, false},
        {{"-q", "events", "x"}, CX_CMD_EVENTS, "x ", NULL, NULL, NULL, 0, true},
        {{"x", "events"}, CX_CMD_ANALYZE, "x events ", NULL, NULL, NULL, 0, false},
        {{"./events"}, CX_CMD_ANALYZE, "./events ", NULL, NULL, NULL, 0, false},
        {{"--", "events"}, CX_CMD_ANALYZE, "events ", NULL, NULL, NULL, 0, false},
        {{"events", "--", "-q"}, CX_CMD_EVENTS, "-q ", NULL, NULL, NULL, 0, false},
        {{"-r", "a", "b", "-rc"}, CX_CMD_ANALYZE, "a b c ", NULL, NULL, NULL, 0, false},
        {{"-r", "-"}, CX_CMD_ANALYZE, "- ", NULL, NULL, NULL, 0, false},
        {{"--files-from=list", "a"}, CX_CMD_ANALYZE, "<list> a ", NULL, NULL, NULL, 0, false},
        {{"-Tjson", "-oout", "a"}, CX_CMD_ANALYZE, "a ", "json", "out", NULL, 0, false},
        {{"-T", "json", "--output", "o", "a"}, CX_CMD_ANALYZE, "a ", "json", "o", NULL, 0, false},
        {{"--format=ndjson", "-o=x", "a"}, CX_CMD_ANALYZE, "a ", "ndjson", "=x", NULL, 0, false},
        {{"-qvv", "a"}, CX_CMD_ANALYZE, "a ", NULL, NULL, NULL, 2, true},
        {{"-vTjson", "a"}, CX_CMD_ANALYZE, "a ", "json", NULL, NULL, 1, false},
        {{"-f", "tcp port 5060", "-n", "-l", "a"},
         CX_CMD_ANALYZE,
         "a ",
         NULL,
         NULL,
         "tcp port 5060",
         0,
         false},
        {{"--filter=", "a"}, CX_CMD_ANALYZE, "a ", NULL, NULL, "", 0, false},
        {{"rules", "--format", "markdown"}, CX_CMD_RULES, "", "markdown", NULL, NULL, 0, false},
        {{"explain", "a-b", "c"}, CX_CMD_EXPLAIN, "a-b c ", NULL, NULL, NULL, 0, false},
        {{"explain", "-123", "-q"}, CX_CMD_EXPLAIN, "-123 ", NULL, NULL, NULL, 0, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_options o;
        char why[CX_WHY], inputs[256] = "";
        if (parse(cases[i].words, &o, why) != CX_OK)
            fail_msg("case %zu: %s", i, why);
        for (size_t k = 0; k < o.n_arguments; k++) {
            size_t n = strlen(inputs);
            (void)snprintf(inputs + n, sizeof inputs - n, o.arguments[k].list ? "<%s> " : "%s ",
                           o.arguments[k].text);
        }
        assert_int_equal(o.command, cases[i].command);
        assert_string_equal(inputs, cases[i].inputs);
        assert_string_equal(o.format ? o.format : "-", cases[i].format ? cases[i].format : "-");
        assert_string_equal(o.output ? o.output : "-", cases[i].output ? cases[i].output : "-");
        assert_string_equal(o.filter ? o.filter : "-", cases[i].filter ? cases[i].filter : "-");
        assert_int_equal(o.verbose, cases[i].verbose);
        assert_int_equal(o.quiet, cases[i].quiet);
        assert_int_equal(o.n_warnings, 0);
        cx_options_free(&o);
    }
}

static void complains(void **state)
{
    static const struct {
        const char *words[MAX_WORDS], *why;
    } cases[] = {
        {{NULL}, "no capture given"},
        {{"events"}, "no capture given"},
        {{"--nothing", "a"}, "unknown option --nothing"},
        {{"-Z", "a"}, "unknown option -Z"},
        {{"-qZ", "a"}, "unknown option -Z"},
        {{"-V"}, "unknown option -V"}, /* -V, -c and -Y stay free */
        {{"-c"}, "unknown option -c"},
        {{"-Y"}, "unknown option -Y"},
        {{"a", "-o"}, "-o needs FILE"},
        {{"a", "--output"}, "--output needs FILE"},
        {{"--quiet=yes", "a"}, "--quiet takes no value"},
        {{"--color", "blue", "a"}, "--color: 'blue' is not auto, always or never"},
        {{"--color=", "a"}, "--color: '' is not"},
        {{"-w", "x", "a"}, "-w is not available in this version"},
        {{"--write=x", "a"}, "--write is not available in this version"},
        {{"--shard", "0/2", "a"}, "--shard: '0/2' is not K/N with K from 1 to N, N at most 4096"},
        {{"--shard", "3/2", "a"}, "--shard: '3/2' is not K/N with K from 1 to N, N at most 4096"},
        {{"--shard", "1", "a"}, "--shard: '1' is not K/N with K from 1 to N, N at most 4096"},
        {{"--db", "x", "a"}, "--db does not apply to analyze"},
        {{"batch", "d"}, "batch needs --db FILE, or -T ndjson for results without a database"},
        {{"batch", "--db", "x"}, "no file or folder given; capdx batch --help tells how"},
        {{"batch", "-j", "0", "d"}, "-j: '0' is not a number of processes from 1 to 1024"},
        {{"batch", "--import", "a", "--watch", "d", "--db", "x"}, "--import excludes --watch"},
        {{"report"}, "no result given: a database of batch, or NDJSON; - is standard input"},
        {{"events", "--expect", "none", "a"}, "--expect does not apply to events"},
        {{"rules", "-f", "tcp"}, "--filter does not apply to rules"},
        {{"rules", "x"}, "rules takes no argument"},
        {{"explain"}, "explain needs the ID"},
        {{"--expect=none", "--expect=dns-timeout", "a"}, "--expect none excludes"},
        {{"--expect=", "a"}, "--expect: '' is not an ID or none"},
        {{"--domain=", "a"}, "--domain: '' is not a domain"},
        {{"--server=", "a"}, "--server: '' is not NAME"},
        {{"--server=a:0", "a"}, "--server: 'a:0' is not NAME"},
        {{"--server=a:65536", "a"}, "--server: 'a:65536' is not NAME"},
        {{"--server=a:", "a"}, "--server: 'a:' is not NAME"},
        {{"--server=a:b:c", "a"}, "--server: 'a:b:c' is not NAME"},
        {{"--server=[::1", "a"}, "--server: '[::1' is not NAME"},
        {{"--server=[x]:1", "a"}, "--server: '[x]:1' is not NAME"},
        {{"--server=[::1]5060", "a"}, "--server: '[::1]5060' is not NAME"},
        {{"--server=:5060", "a"}, "--server: ':5060' is not NAME"},
        {{"--policy=x", "a"}, "--policy: 'x' is not ntlm-min-server"},
        {{"--policy=x=1", "a"}, "--policy: 'x=1' is not ntlm-min-server"},
        {{"--policy=ntlm-min-server=", "a"}, "is not a number of 32 bits"},
        {{"--policy=ntlm-min-server=0x", "a"}, "is not a number of 32 bits"},
        {{"--policy=ntlm-min-server=-1", "a"}, "is not a number of 32 bits"},
        {{"--policy=ntlm-min-server= 1", "a"}, "is not a number of 32 bits"},
        {{"--policy=ntlm-min-server=0x100000000", "a"}, "is not a number of 32 bits"},
        {{"--policy=ntlm-min-server=4294967296", "a"}, "is not a number of 32 bits"},
        {{"--policy=ntlm-min-server=20080030x", "a"}, "is not a number of 32 bits"},
        {{"--policy=strict-naming=enabled", "a"}, "strict-naming=strict or"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cx_options o;
        char why[CX_WHY];
        assert_int_equal(parse(cases[i].words, &o, why), CX_USAGE);
        if (!strstr(why, cases[i].why))
            fail_msg("case %zu: '%s', wanted '%s'", i, why, cases[i].why);
        assert_null(strchr(why, '\n'));
    }
}

static void reads_what_the_person_knows(void **state)
{
    static const struct {
        const char *server, *host;
        uint16_t port;
    } servers[] = {
        {"--server=ocs1.contoso.com", "ocs1.contoso.com", 0},
        {"--server=sip.contoso.com:443", "sip.contoso.com", 443},
        {"--server=10.0.0.1:65535", "10.0.0.1", 65535},
        {"--server=2001:db8::1", "2001:db8::1", 0},
        {"--server=[2001:db8::1]", "2001:db8::1", 0},
        {"--server=[2001:db8::1]:5061", "2001:db8::1", 5061},
    };
    (void)state;
    char why[CX_WHY];
    cx_options o;
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        const char *words[] = {servers[i].server, "--server=old:1", servers[i].server, "a", NULL};
        assert_int_equal(parse(words, &o, why), CX_OK);
        assert_string_equal(o.context.server, servers[i].host);
        assert_int_equal(o.context.server_port, servers[i].port);
        cx_options_free(&o);
    }
    static const struct {
        const char *policy;
        bool server, client;
        uint32_t bits;
        size_t warnings;
    } policies[] = {
        {"ntlm-min-server=0x20080030", true, false, 0x20080030, 0},
        {"ntlm-min-server=537395248", true, false, 0x20080030, 0},
        {"ntlm-min-client=0xA0080030", false, true, 0xa0080030, 0},
        {"ntlm-min-client=0", false, true, 0, 0},
        {"ntlm-min-client=0xffffffff", false, true, 0xa0080030, 1},
        /* printed by some pages for 0x20080000; it is 0x20040000 */
        {"ntlm-min-server=537133056", true, false, 0x20000000, 1},
    };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        const char *words[] = {"--policy", policies[i].policy, "--domain", "contoso.com", "a",
                               NULL};
        assert_int_equal(parse(words, &o, why), CX_OK);
        assert_int_equal(o.context.has_min_server, policies[i].server);
        assert_int_equal(o.context.has_min_client, policies[i].client);
        assert_int_equal(policies[i].server ? o.context.ntlm_min_server : o.context.ntlm_min_client,
                         policies[i].bits);
        assert_int_equal(o.n_warnings, policies[i].warnings);
        assert_string_equal(o.context.domain, "contoso.com");
        cx_options_free(&o);
    }
    const char *naming[] = {
        "--policy=strict-naming=strict", "--expect", "a", "--expect=b", "c", NULL};
    assert_int_equal(parse(naming, &o, why), CX_OK);
    assert_int_equal(o.context.naming, CX_NAMING_STRICT);
    assert_int_equal(o.n_expect, 2);
    assert_string_equal(o.expect[1], "b");
    cx_options_free(&o);
}

static void takes_roots(void **state)
{
    (void)state;
    const char *words[] = {"--trust=roots", "a", "--trust", "more", NULL};
    cx_options o;
    char why[CX_WHY];
    assert_int_equal(parse(words, &o, why), CX_OK);
    assert_int_equal(o.n_warnings, 0);
    assert_int_equal(o.n_trust, 2);
    assert_string_equal(o.trust[0], "roots");
    assert_string_equal(o.trust[1], "more");
    assert_int_equal(o.n_arguments, 1);
    cx_options_free(&o);
}

static void takes_what_opens_tls(void **state)
{
    (void)state;
    const char *words[] = {"-k",        "one", "--keys=two", "--passphrase-fd=7",
                           "--decrypt", "all", "a",          NULL};
    const char *plain[] = {"a", NULL}, *useful[] = {"--decrypt=useful", "a", NULL};
    const char *bad_fd[] = {"--passphrase-fd", "x", "a", NULL},
               *bad[] = {"--decrypt=none", "a", NULL};
    cx_options o;
    char why[CX_WHY];
    assert_int_equal(parse(words, &o, why), CX_OK);
    assert_int_equal(o.n_keys, 2);
    assert_string_equal(o.keys[0], "one");
    assert_string_equal(o.keys[1], "two");
    assert_int_equal(o.passphrase_fd, 7);
    assert_true(o.decrypt_all);
    cx_options_free(&o);
    assert_int_equal(parse(plain, &o, why), CX_OK);
    assert_int_equal(o.n_keys, 0);
    assert_int_equal(o.passphrase_fd, -1);
    assert_false(o.decrypt_all);
    cx_options_free(&o);
    assert_int_equal(parse(useful, &o, why), CX_OK);
    assert_false(o.decrypt_all);
    cx_options_free(&o);
    assert_int_equal(parse(bad_fd, &o, why), CX_USAGE);
    assert_non_null(strstr(why, "descriptor"));
    assert_int_equal(parse(bad, &o, why), CX_USAGE);
    assert_non_null(strstr(why, "useful or all"));
}

static void helps(void **state)
{
    (void)state;
    const char *words[] = {"events", "--help", NULL}, *version[] = {"--version", NULL};
    cx_options o;
    char why[CX_WHY];
    assert_int_equal(parse(words, &o, why), CX_OK);
    assert_true(o.help && o.command_named);
    assert_int_equal(o.command, CX_CMD_EVENTS);
    cx_options_free(&o);
    assert_int_equal(parse(version, &o, why), CX_OK);
    assert_true(o.version && !o.command_named);
    cx_options_free(&o);
    for (int c = 0; c <= CX_CMD_COMMANDS; c++) {
        char *text = NULL;
        size_t len = 0, column = 0;
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        cx_options_help((cx_command)c, out);
        (void)fclose(out);
        assert_memory_equal(text, "usage: capdx ", 13);
        for (size_t i = 0; i < len; i++) {
            column = text[i] == '\n' ? 0 : column + 1;
            assert_true(column <= 80);
        }
        assert_non_null(strstr(text, "--help"));
        assert_int_equal(c == CX_CMD_ANALYZE || c == CX_CMD_COMMANDS,
                         strstr(text, "--expect ID") != NULL);
        assert_null(strstr(text, "--write")); /* not built, not offered */
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_words),
        cmocka_unit_test(complains),
        cmocka_unit_test(reads_what_the_person_knows),
        cmocka_unit_test(takes_roots),
        cmocka_unit_test(takes_what_opens_tls),
        cmocka_unit_test(helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
