/* event/logon_names.c: codes of which the meaning decides. All names of NTSTATUS were compared once
 * with Samba's ntstatus_gen.h. */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void ntstatus(void **state)
{
    static const struct {
        uint32_t status;
        const char *name;
    } rows[] = {
        {0, "STATUS_SUCCESS"},
        {0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED"},
        {0xc0000022, "STATUS_ACCESS_DENIED"},
        {0xc000005e, "STATUS_NO_LOGON_SERVERS"},
        {0xc0000064, "STATUS_NO_SUCH_USER"},
        {0xc000006a, "STATUS_WRONG_PASSWORD"},
        {0xc000006d, "STATUS_LOGON_FAILURE"},
        {0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
        {0xc000006f, "STATUS_INVALID_LOGON_HOURS"},
        {0xc0000070, "STATUS_INVALID_WORKSTATION"},
        {0xc0000071, "STATUS_PASSWORD_EXPIRED"},
        {0xc0000072, "STATUS_ACCOUNT_DISABLED"},
        {0xc00000bb, "STATUS_NOT_SUPPORTED"},
        {0xc0000124, "STATUS_SPECIAL_ACCOUNT"},
        {0xc0000133, "STATUS_TIME_DIFFERENCE_AT_DC"},
        {0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED"},
        {0xc000018b, "STATUS_NO_TRUST_SAM_ACCOUNT"},
        {0xc000018d, "STATUS_TRUSTED_RELATIONSHIP_FAILURE"},
        {0xc0000192, "STATUS_NETLOGON_NOT_STARTED"},
        {0xc0000193, "STATUS_ACCOUNT_EXPIRED"},
        {0xc0000203, "STATUS_USER_SESSION_DELETED"},
        {0xc0000224, "STATUS_PASSWORD_MUST_CHANGE"},
        {0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
        {0xc00002c3, "STATUS_MUTUAL_AUTHENTICATION_FAILED"},
        {0xc00002f9, "STATUS_PKINIT_NAME_MISMATCH"},
        {0xc00002fc, "STATUS_KDC_UNABLE_TO_REFER"},
        {0xc0000351, "STATUS_UNSUPPORTED_PREAUTH"},
        {0xc000035c, "STATUS_NETWORK_SESSION_EXPIRED"},
        {0xc0000388, "STATUS_DOWNGRADE_DETECTED"},
        {0xc0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED"},
        {0xc0000418, "STATUS_NTLM_BLOCKED"},
        {0x8009030c, "SEC_E_LOGON_DENIED"},
    };
    static const uint32_t nameless[] = {1,          0xc0000069, 0xc00002e0,
                                        0xc0000307, 0x4000006d, 0xffffffff};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(cx_ntstatus_name(rows[i].status), rows[i].name);
    for (size_t i = 0; i < COUNT(nameless); i++)
        assert_null(cx_ntstatus_name(nameless[i]));
}

static void win32(void **state)
{
    static const struct {
        uint32_t code, status;
    } rows[] = {
        {1326, 0xc000006d}, {1317, 0xc0000064}, {1331, 0xc0000072},
        {1793, 0xc0000193}, {1907, 0xc0000224}, {1909, 0xc0000234},
        {1398, 0xc0000133}, {1311, 0xc000005e}, {0, 0},
        {1325, 0},          {0xffffffff, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(cx_ntstatus_of_win32(rows[i].code), rows[i].status);
    for (uint32_t code = 0; code < 0x1000; code++) /* what they stand for has a name */
        if (cx_ntstatus_of_win32(code))
            assert_non_null(cx_ntstatus_name(cx_ntstatus_of_win32(code)));
}

static void ldap(void **state)
{
    static const struct {
        uint32_t code;
        const char *name;
    } rows[] = {
        {0, "success"},
        {7, "authMethodNotSupported"},
        {8, "strongerAuthRequired"},
        {14, "saslBindInProgress"},
        {49, "invalidCredentials"},
        {51, "busy"},
        {53, "unwillingToPerform"},
        {80, "other"},
    };
    static const uint32_t nameless[] = {9, 15, 35, 70, 81, 0xffffffff};
    size_t named = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(cx_ldap_result_name(rows[i].code), rows[i].name);
    for (size_t i = 0; i < COUNT(nameless); i++)
        assert_null(cx_ldap_result_name(nameless[i]));
    for (uint32_t i = 0; i < 200; i++)
        named += cx_ldap_result_name(i) != NULL;
    assert_int_equal(named, 39); /* RFC 4511 4.1.9 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntstatus),
        cmocka_unit_test(win32),
        cmocka_unit_test(ldap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
