/* What people see instead of ids: which rows a given text fits, and that each id of the table is
 * one. */
#include "app/meaning.h"

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
    {"10060", "10060"},
    {"10054", "10054"},
    {"11001", "11001"},
    {"0xC3E93EE4", "3286843108"},
    {"c3e93ee4", "3286843108"},
    {"-1008124188", "3286843108"},
    {"4005", "4005"},
    {"1000", "1000"},
    {"42", "42"},
    {"23", "23"},
    {"KDC_ERR_KEY_EXPIRED", "23"},
    {"kdc_err_key_expired", "23"},
    {"STATUS_ACCOUNT_LOCKED_OUT", "3221226036"},
    {"WSAECONNREFUSED", "10061"},
    {"unknown_ca", "48"},
    {"Forbidden", "403"},
    {"403", "403"},
    {"Communicator failed to connect to server (10.0.0.5) on port 5060 due to error 10061.",
     "10061 text"},
    {"the certificate did not match the expected host name", "text"},
    {"did not match the expected host name", "text"},
    {"server is unavailable", "text"},
    {"Server is temporarily unavailable", "text"},
    {"Cannot sign in to Communicator", "text"},
    {OUTLOOK, "text"},
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
                                       cmocka_unit_test(test_fits), cmocka_unit_test(test_odd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
