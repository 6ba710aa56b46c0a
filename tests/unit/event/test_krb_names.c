/* event/krb_names.c: codes of which the meaning decides, and the edges of the tables. All names
 * were compared once with those of MIT's krb5.h and of its krb5_enctype_to_name. */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void errors(void **state)
{
    static const struct {
        int32_t code;
        const char *name;
    } rows[] = {
        {0, "KDC_ERR_NONE"},
        {1, "KDC_ERR_NAME_EXP"},
        {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
        {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
        {12, "KDC_ERR_POLICY"},
        {14, "KDC_ERR_ETYPE_NOSUPP"},
        {18, "KDC_ERR_CLIENT_REVOKED"},
        {23, "KDC_ERR_KEY_EXPIRED"},
        {24, "KDC_ERR_PREAUTH_FAILED"},
        {25, "KDC_ERR_PREAUTH_REQUIRED"},
        {29, "KDC_ERR_SVC_UNAVAILABLE"},
        {31, "KRB_AP_ERR_BAD_INTEGRITY"},
        {32, "KRB_AP_ERR_TKT_EXPIRED"},
        {37, "KRB_AP_ERR_SKEW"},
        {41, "KRB_AP_ERR_MODIFIED"},
        {52, "KRB_ERR_RESPONSE_TOO_BIG"},
        {60, "KRB_ERR_GENERIC"},
        {68, "KDC_ERR_WRONG_REALM"},
        {81, "KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED"},
        {93, "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS"},
        {100, "KDC_ERR_NO_ACCEPTABLE_KDF"},
    };
    static const int32_t nameless[] = {-1, 30, 53, 59, 82, 94, 99, 101, INT32_MIN, INT32_MAX};
    size_t named = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(cx_krb_error_name(rows[i].code), rows[i].name);
    for (size_t i = 0; i < COUNT(nameless); i++)
        assert_null(cx_krb_error_name(nameless[i]));
    for (int32_t i = -200; i < 200; i++)
        named += cx_krb_error_name(i) != NULL;
    assert_int_equal(named, 81);
}

static void etypes(void **state)
{
    static const struct {
        int32_t etype;
        const char *name;
    } rows[] = {
        {1, "des-cbc-crc"},
        {3, "des-cbc-md5"},
        {16, "des3-cbc-sha1-kd"},
        {17, "aes128-cts-hmac-sha1-96"},
        {18, "aes256-cts-hmac-sha1-96"},
        {20, "aes256-cts-hmac-sha384-192"},
        {23, "rc4-hmac"},
        {24, "rc4-hmac-exp"},
        {-133, "rc4-hmac-old"},
    };
    static const int32_t nameless[] = {0, 4, 15, 21, 27, -1, -134, INT32_MIN, INT32_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(cx_krb_etype_name(rows[i].etype), rows[i].name);
    for (size_t i = 0; i < COUNT(nameless); i++)
        assert_null(cx_krb_etype_name(nameless[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test(etypes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
