/* Answers of autodiscover: the link that sends the client on, however it is written, and what looks
 * like it. Each is read whole and cut after every byte. */
#include "dissectors/discover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROOT(links)                                                                                \
    "<?xml version=\"1.0\"?><AutodiscoverResponse xmlns=\"http://x/\" "                            \
    "AccessLocation=\"External\">"                                                                 \
    "<Root>" links "</Root></AutodiscoverResponse>"
#define JSON(links) "{\"AccessLocation\":\"External\",\"Root\":{\"Links\":[" links "]}}"

static const struct {
    const char *body, *want; /* NULL: leads nowhere */
} rows[] = {
    {ROOT("<Link token=\"Redirect\" href=\"https://a/root?x=1\"/>"), "https://a/root?x=1"},
    {ROOT("<Link href='https://a/?x=1&amp;y=\"2\"' token='redirect' />"), "https://a/?x=1&y=\"2\""},
    {ROOT("<Link\n token = \"User\"\n href=\"b\"/><Link token=\"Redirect\"\thref = \"a\"></Link>"),
     "a"},
    {"\xef\xbb\xbf \n" ROOT("<Link token=\"Redirect\" href=\"a\"/>"), "a"},
    {JSON("{\"token\":\"Redirect\",\"href\":\"https:\\/\\/a\\/?x=1\\u0026y\"}"),
     "https://a/?x=1&y"},
    {JSON("{\"href\" : \"b\", \"token\" : \"User\"}, { \"href\" : \"a\" , \"token\" : \"redirect\" "
          "}"),
     "a"},
    {JSON("{\"x\":{\"y\":\"\\\"}\"},\"token\":\"Redirect\",\"href\":\"a\"}"), "a"},
    /* nowhere */
    {ROOT("<Link token=\"User\" href=\"a\"/><Link token=\"Domain\" href=\"b\"/>"), NULL},
    {ROOT("<Link token=\"Redirect\"/><Link href=\"a\"/>"), NULL},
    {ROOT("<Links token=\"Redirect\" href=\"a\"/>"), NULL},
    {ROOT("<Link token=\"Redirect\" href=\"\"/>"), NULL},
    {ROOT("<Link token=\"Redirect\" href=\"&nbsp;\"/>"), NULL},
    {JSON("{\"token\":\"Redirect\"},{\"href\":\"a\"}"), NULL},
    {JSON("{\"token\":\"Redirect\",\"href\":7}"), NULL},
    {JSON("{\"token\":\"Redirect\",\"href\":\"\\n\"}"), NULL},
    {"token=\"Redirect\" href=\"a\"", NULL},
    {"\x1f\x8b\x08", NULL},
    {"", NULL},
};

static void test_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t len = strlen(rows[i].body);
        for (size_t n = len;; n--) {
            uint8_t *body = malloc(n + !n);
            cx_slice to = {NULL, 0};
            assert_non_null(body);
            memcpy(body, rows[i].body, n);
            const bool found = cx_discover_redirect(body, n, &to);
            if (n == len && found != (rows[i].want != NULL))
                fail_msg("%s", rows[i].body);
            if (found && (!rows[i].want || !cx_slice_is(to, rows[i].want)))
                fail_msg("%s: %.*s", rows[i].body, (int)to.len, (const char *)to.p);
            free(body);
            if (!n)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_links)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
