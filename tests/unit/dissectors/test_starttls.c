/* dissectors/starttls.h: where TLS begins, and where it may. */
#include "dissectors/starttls.h"

#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void beginnings(void **state)
{
    static const struct {
        const char *hex;
        cx_match expected;
    } rows[] = {
        {"160301", CX_MATCH_YES},   {"1603010200010001fc", CX_MATCH_YES},
        {"140303", CX_MATCH_YES},   {"150304", CX_MATCH_YES},
        {"170307", CX_MATCH_YES},   {"16", CX_MATCH_MAYBE},
        {"1603", CX_MATCH_MAYBE},   {"160308", CX_MATCH_NO},
        {"160201", CX_MATCH_NO},    {"130301", CX_MATCH_NO},
        {"180301", CX_MATCH_NO},    {"802e0103", CX_MATCH_YES}, /* SSL 2.0 form */
        {"802e0100", CX_MATCH_YES}, {"802e01", CX_MATCH_MAYBE},
        {"80", CX_MATCH_MAYBE},     {"802e0102", CX_MATCH_NO},
        {"802e0203", CX_MATCH_NO},  {"300c0201", CX_MATCH_NO},
        {"32323020", CX_MATCH_NO}, /* "220 " */
        {"", CX_MATCH_NO},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[16];
        cx_slice s = {bytes, test_hex(rows[i].hex, bytes, sizeof bytes)};
        if (cx_starttls_match(s) != rows[i].expected)
            fail_msg("%s: not %d", rows[i].hex, (int)rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(beginnings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
