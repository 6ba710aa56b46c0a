/* Ports and first bytes that make a conversation worth a look: exact values and their neighbours.
 */
#include "flow/interest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const cx_mask masks[] = {{.mask = {0xff, 0xf0, 0, 0xff}, .value = {'a', 0x30, 0, 'z'}},
                                {.mask = {0xff, 0xff}, .value = {'q', 'q'}}};
static const cx_dissector stream_one = {.name = "stream",
                                        .transports = CX_OVER_TCP,
                                        .ports = {1, 63, 64, 65535, 7, 8, 9, 10},
                                        .masks = masks,
                                        .n_masks = 2};
static const cx_dissector both = {
    .name = "both", .transports = CX_OVER_TCP | CX_OVER_UDP, .ports = {53}};
static const cx_dissector inside = {.name = "inside", .ports = {99}};
static const cx_dissector *const list[] = {&stream_one, &both, &inside, NULL};

static void test_ports(void **state)
{
    (void)state;
    static const struct {
        uint16_t port;
        bool tcp, udp;
    } rows[] = {{0, false, false},   {1, true, false},  {2, false, false},  {62, false, false},
                {63, true, false},   {64, true, false}, {65, false, false}, {10, true, false},
                {11, false, false},  {53, true, true},  {99, false, false}, {65534, false, false},
                {65535, true, false}};
    cx_interest i;
    cx_interest_init(&i, list);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        assert_int_equal(cx_interest_port(&i, CX_OVER_TCP, rows[r].port), rows[r].tcp);
        assert_int_equal(cx_interest_port(&i, CX_OVER_UDP, rows[r].port), rows[r].udp);
    }
    static const struct {
        uint8_t transport;
        uint16_t port;
        uint64_t whose;
    } owners[] = {{CX_OVER_TCP, 10, 1}, /* the eighth: no 0 behind it */
                  {CX_OVER_TCP, 0, 0},  /* the end of a list is no port */
                  {CX_OVER_UDP, 10, 0}, {CX_OVER_TCP, 53, 2}, {CX_OVER_UDP, 53, 2},
                  {CX_OVER_TCP, 99, 0}, {CX_OVER_TCP, 2, 0}};
    for (size_t r = 0; r < sizeof owners / sizeof *owners; r++)
        assert_true(cx_interest_whose(&i, owners[r].transport, owners[r].port) == owners[r].whose);
}

static void test_late(void **state)
{
    (void)state;
    static const cx_mask late[] = {{.mask = {0xff, 0, 0, 0xff}, .value = {'x', 0, 0, 'y'}}};
    const cx_dissector d = {.name = "late", .late = late, .n_late = 1};
    const cx_dissector *const one[] = {&both, &d, NULL};
    cx_interest i;
    cx_interest_init(&i, one);
    assert_true(cx_interest_late(&i, cx_slice_of("x12y5678")));
    assert_true(cx_interest_late(&i, cx_slice_of("x12y56789")));
    assert_false(cx_interest_late(&i, cx_slice_of("x12y567"))); /* too short to tell */
    assert_false(cx_interest_late(&i, cx_slice_of("x12z5678")));
    assert_false(cx_interest_late(&i, cx_slice_of("y12y5678")));
    cx_interest_init(&i, list);
    assert_false(cx_interest_late(&i, cx_slice_of("x12y5678")));
}

static void test_masks(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool fits;
    } rows[] = {
        {"", 0, false},           {"a", 1, true},
        {"b", 1, false},          {"a9", 2, true},
        {"a@", 2, false},         {"a9\xff", 3, true},
        {"a9\xffz", 4, true},     {"a9\xffy", 4, false},
        {"a9\xffz????", 8, true}, {"a9\xffz?????", 9, true},
        {"q", 1, true},           {"qq", 2, true},
        {"qa", 2, false},         {"qq--------", 10, true},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        assert_int_equal(
            cx_interest_mask(&stream_one, (cx_slice){(const uint8_t *)rows[r].bytes, rows[r].len}),
            rows[r].fits);
    assert_false(cx_interest_mask(&both, cx_slice_of("anything"))); /* it has none */
}

/* Those of servers near a sign-in, and those of dissectors. */
static void test_services(void **state)
{
    (void)state;
    static const uint16_t servers[] = {21, 53, 443, 5061, 8443, 63},
                          others[] = {0, 20, 54, 5063, 8444, 99};
    static cx_interest i;
    cx_interest_init(&i, list);
    for (size_t k = 0; k < sizeof servers / sizeof *servers; k++) {
        assert_true(cx_interest_service(&i, servers[k]));
        assert_false(cx_interest_service(&i, others[k]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
