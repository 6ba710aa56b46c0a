/* report/community_id.c against published values (corelight/community-id-spec, baseline with seed
 * 0, and the tests of pycommunityid). */
#include "report/community_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    uint8_t proto;
    const char *src, *dst;
    uint16_t sport, dport; /* of ICMP: type and code */
    const char *id;
} published[] = {
    {6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "10.0.0.1", "10.0.0.2", 10, 11569, "1:SXBGMX1lBOwhhoDrZynfROxnhnM="},
    {6, "10.0.0.2", "10.0.0.1", 11569, 10, "1:SXBGMX1lBOwhhoDrZynfROxnhnM="},
    {6, "192.168.1.42", "192.168.1.42", 42, 41, "1:eRcf7I/xocOxnYo5pbJBV5NhVm0="},
    {6, "192.168.1.42", "192.168.1.42", 41, 42, "1:eRcf7I/xocOxnYo5pbJBV5NhVm0="},
    {17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.1", "192.168.0.89", 0, 8, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.89", "192.168.0.1", 20, 0, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
    {1, "192.168.0.89", "192.168.0.1", 20, 1, "1:tz/fHIDUHs19NkixVVoOZywde+I="},
    {58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
    {58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
    {58, "3ffe:501:0:1802:260:97ff:feb6:7ff0", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0,
     "1:bnQKq8A2r//dWnkRW2EYcMhShjc="},
    {58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", 3, 0,
     "1:/OGBt9BN1ofenrmSPWYicpij2Vc="},
};

static void test_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        char id[CX_COMMUNITY_ID_TEXT];
        cx_endpoint a, b;
        assert_true(cx_addr_parse(cx_slice_of(published[i].src), &a));
        assert_true(cx_addr_parse(cx_slice_of(published[i].dst), &b));
        a.port = published[i].sport;
        b.port = published[i].dport;
        a.proto = b.proto = published[i].proto;
        assert_true(cx_community_id(&a, &b, id));
        assert_string_equal(id, published[i].id);
    }
}

static void test_no_address(void **state)
{
    (void)state;
    char id[CX_COMMUNITY_ID_TEXT] = "untouched";
    cx_endpoint none = {.proto = 6}, four = {.family = 4, .proto = 6}, six = {.family = 6};
    assert_false(cx_community_id(&none, &none, id));
    assert_false(cx_community_id(&four, &six, id));
    assert_string_equal(id, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_no_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
