/* What people see instead of ids: which rows a given text fits, and that each id of the table is
 * one. */
#include "app/meaning.h"

#include "event/event.h"
#include "rules/coverage.h"
#include "rules/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_id(const char *id)
{
    for (int i = 0; i < CX_COV_IDS; i++)
        if (strcmp(cx_coverage_records[i].id, id) == 0)
            return true;
    return cx_rule_named(id) != NULL;
}

static void test_ids_exist(void **state)
{
    (void)state;
    for (size_t i = 0; i < cx_n_meanings; i++) {
        const cx_meaning *m = &cx_meanings[i];
        char ids[512], *rest = NULL;
        assert_true(snprintf(ids, sizeof ids, "%s", m->ids) < (int)sizeof ids);
        for (char *id = strtok_r(ids, " ", &rest); id; id = strtok_r(NULL, " ", &rest))
            if (!is_id(id))
                fail_msg("%s %u: no finding %s", cx_meaning_kind_name(m->kind), m->number, id);
        assert_true(*m->means && *m->source);
        assert_true(m->name || m->kind == CX_MEANING_DIAG);
        for (size_t k = 0; k < i; k++)
            if (m->kind == cx_meanings[k].kind && m->kind != CX_MEANING_TEXT)
                assert_int_not_equal(m->number, cx_meanings[k].number);
    }
}

#define OUTLOOK                                                                                    \
    "\xe2\x80\x9c"                                                                                 \
    "Cannot sign in to Communicator.\nYou may have entered your sign-in address"

/* fits: numbers of the rows that fit, in the order of the table; "text" for messages. */
static const struct {
    const char *given, *fits;
} rows[] = {
    {"10061", "10061"},
    {"0x274D", "10061"},
    {"10060", "10060"},
    {"10054", "10054"},
    {"11001", "11001"},
    {"0xC3E93EE4", "3286843108"},
    {"c3e93ee4", "3286843108"},
    {"-1008124188", "3286843108"},
    {"80090322", "2148074274"},
    {"-2146893022", "2148074274"},
    {"52e", "1326"}, /* "data 52e" of LDAP */
    {"4005", "4005"},
    {"1000", "1000"},
    {"42", "42"},
    {"23", "23"},
    {"0x18", "24"}, /* as security events print codes of Kerberos */
    {"36887", "36887"},
    {"KDC_ERR_KEY_EXPIRED", "23"},
    {"kdc_err_key_expired", "23"},
    {"KRB5KDC_ERR_KEY_EXPIRED", "23"},
    {"KRB5KRB_AP_ERR_SKEW", "37"},
    {"STATUS_ACCOUNT_LOCKED_OUT", "3221226036"},
    {"NT_STATUS_ACCOUNT_LOCKED_OUT", "3221226036"},
    {"SIP_E_AUTH_NTLMMISMATCH", "3286843108"},
    {"WSAECONNREFUSED", "10061"},
    {"unknown_ca", "48"},
    {"unknown ca", "48"},
    {"Forbidden", "403"},
    {"403", "403"},
    {"error 10061", "10061"},
    {"error 10061 (0x274D)", "10061"},
    {"connect: WSAECONNREFUSED", "10061"},
    {"Communicator failed to connect to server (10.0.0.5) on port 5060 due to error 10061.",
     "10061 text"},
    {"session setup failed: NT_STATUS_LOGON_FAILURE", "3221225581"},
    {"80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v4563",
     "2148074248 1326"},
    {"kinit: KRB-ERROR 37", "37"},
    {"sslv3 alert handshake failure", "40"},
    {"The following fatal alert was received: 48.", "48"},
    {"Schannel 36887", "36887"},
    {"SIP/2.0 404 Not Found", "404"},
    {"404 Not Found", "404"},
    {"ms-diagnostics: 1000;reason=\"Final handshake "
     "failed\";HRESULT=\"0xC3E93EE4(SIP_E_AUTH_NTLMMISMATCH)\"",
     "3286843108 1000"},
    {"4005;reason=\"Destination URI either not enabled for SIP\"", "4005"},
    {"Final handshake failed", "1000"},
    {"the certificate did not match the expected host name", "text"},
    {"did not match the expected host name", "text"},
    {"server is unavailable", "text"},
    {"SERVER IS UNAVAILABLE", "text"},
    {"Server is temporarily unavailable", "text"},
    {"Cannot sign in to Communicator", "text"},
    {OUTLOOK, "text"},
    {"couldn\xe2\x80\x99t find a Lync Server for contoso.com", "text"},
    {"Couldn't find a Lync Server for", "text"},
    /* what stands for nothing */
    {"", ""},
    {"server", ""},
    {"no-such-id", ""},
    {"is un", ""}, /* ends within a word */
    {"99999", ""},
    {"0x", ""},
    {"10061x", ""},
    {"4294967296", ""},
    {"we met at 4005 Main Street", ""},
    {"room 404", ""},
    {"48 hours later", ""},
};

static void test_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[256] = "";
        for (size_t k = 0; k < cx_n_meanings; k++) {
            const cx_meaning *m = &cx_meanings[k];
            if (!cx_meaning_fits(m, rows[i].given))
                continue;
            size_t len = strlen(got);
            if (m->kind == CX_MEANING_TEXT)
                (void)snprintf(got + len, sizeof got - len, "%stext", len ? " " : "");
            else
                (void)snprintf(got + len, sizeof got - len, "%s%u", len ? " " : "", m->number);
        }
        if (strcmp(got, rows[i].fits))
            fail_msg("%s: %s, not %s", rows[i].given, got, rows[i].fits);
    }
}

/* The names of this table are those that findings and events use. */
static void test_names_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < cx_n_meanings; i++) {
        const cx_meaning *m = &cx_meanings[i];
        const char *name = m->kind == CX_MEANING_KRB        ? cx_krb_error_name((int32_t)m->number)
                           : m->kind == CX_MEANING_ALERT    ? cx_tls_alert_name((uint8_t)m->number)
                           : m->kind == CX_MEANING_NTSTATUS ? cx_ntstatus_name(m->number)
                                                            : m->name;
        if (name && strcmp(name, m->name) != 0)
            fail_msg("%s %u: %s here, %s elsewhere", cx_meaning_kind_name(m->kind), m->number,
                     m->name, name);
    }
}

/* The tables of the reference (signin-failures 4.3, 6.3, 8, 8.1, 9.3; ntlm-kerberos-tls 4.3) are
 * here as a whole, and nothing of what they could not confirm. */
static void test_complete(void **state)
{
    static const struct {
        cx_meaning_kind kind;
        uint32_t numbers[64];
        bool known;
    } want[] = {
        {CX_MEANING_WINSOCK,
         {10013, 10048, 10049, 10050, 10051, 10053, 10054, 10060, 10061, 10064, 10065, 11001, 11002,
          11003, 11004},
         true},
        {CX_MEANING_ALERT,
         {10, 20, 21, 22, 40, 41, 42, 43,  44,  45,  46,  47,  48,  49,
          50, 51, 70, 71, 80, 86, 90, 109, 110, 112, 113, 115, 116, 120},
         true},
        {CX_MEANING_KRB, {6, 7, 12, 14, 18, 23, 24, 25, 31, 32, 33, 34, 37, 41, 52, 60, 68}, true},
        {CX_MEANING_HRESULT,
         {0xc3e93ee4, 0xc3e93ec3, 0xc3e93d67, 0xc3e93d6f, 0x80090302, 0x8009030c,
          0x80090311, 0x80090322, 0x80090324, 0x80090325, 0x80090326, 0x80090327,
          0x80090328, 0x80090331, 0x80090349, 0x80096004, 0x800b0101, 0x800b0109,
          0x800b010f, 0x800b0110, 0x80092010, 0x80092012, 0x80092013},
         true},
        {CX_MEANING_DIAG,
         {1,      4,      1000,   1001,   1002,    1003,   1004,  1005,   1006,   1007,
          1008,   1009,   1010,   1011,   1012,    1013,   1014,  1015,   1017,   1027,
          1034,   1047,   2000,   2004,   2005,    2007,   2008,  2139,   4000,   4003,
          4004,   4005,   4006,   4007,   4013,    4141,   4268,  5000,   5001,   5008,
          10003,  15000,  17000,  17001,  17002,   17003,  17004, 500001, 510532, 531000,
          549002, 560408, 560503, 569002, 2000001, 2000004},
         true},
        {CX_MEANING_DIAG, {1018, 1033, 1035, 1036, 1037, 1038, 1046, 4140, 4142}, false},
    };
    (void)state;
    for (size_t w = 0; w < sizeof want / sizeof *want; w++)
        for (size_t i = 0; want[w].numbers[i]; i++) {
            bool known = false;
            for (size_t k = 0; k < cx_n_meanings; k++)
                known |= cx_meanings[k].kind == want[w].kind &&
                         cx_meanings[k].number == want[w].numbers[i];
            if (known != want[w].known)
                fail_msg("%s %u is %s", cx_meaning_kind_name(want[w].kind), want[w].numbers[i],
                         known ? "there" : "missing");
        }
}

/* Longer than what is compared, and bytes that are no text. */
static void test_odd(void **state)
{
    (void)state;
    char *given = malloc(5001);
    assert_non_null(given);
    for (int fill = 1; fill < 256; fill += 17) {
        memset(given, fill, 5000);
        given[5000] = 0;
        for (size_t k = 0; k < cx_n_meanings; k++)
            assert_false(cx_meaning_fits(&cx_meanings[k], given));
    }
    free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ids_exist),
                                       cmocka_unit_test(test_fits),
                                       cmocka_unit_test(test_names_agree),
                                       cmocka_unit_test(test_complete), cmocka_unit_test(test_odd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
