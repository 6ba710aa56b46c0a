/* Which dissector is asked, in which order, and whose answer counts. */
#include "flow/identify.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static cx_match yes(const cx_chunk *first)
{
    (void)first;
    return CX_MATCH_YES;
}

static cx_match no(const cx_chunk *first)
{
    (void)first;
    return CX_MATCH_NO;
}

static cx_match maybe(const cx_chunk *first)
{
    (void)first;
    return CX_MATCH_MAYBE;
}

static const cx_mask any_a = {.mask = {0xff}, .value = {'a'}};

#define TOY(name_, transports_, port, answer)                                                      \
    static const cx_dissector name_ = {.name = #name_,                                             \
                                       .transports = transports_,                                  \
                                       .ports = {port},                                            \
                                       .masks = &any_a,                                            \
                                       .n_masks = 1,                                               \
                                       .probe = answer}

TOY(yes_1, CX_OVER_TCP, 1, yes);
TOY(yes_2, CX_OVER_TCP, 2, yes);
TOY(no_3, CX_OVER_TCP, 3, no);
TOY(maybe_4, CX_OVER_TCP, 4, maybe);
TOY(maybe_5, CX_OVER_TCP, 5, maybe);
TOY(udp_6, CX_OVER_UDP, 6, yes);
TOY(inner_7, 0, 7, yes);
TOY(trusting_8, CX_OVER_TCP, 8, NULL);

typedef struct row {
    const char *name;
    const cx_dissector *list[5];
    uint16_t ports[2];
    const char *bytes;
    uint64_t excluded;
    const cx_dissector *hint;
    cx_match want;
    const cx_dissector *who;
} row;

static cx_interest interest;

static void test_rows(void **state)
{
    (void)state;
    static const row rows[] = {
        {"no dissectors", {NULL}, {1, 9}, "a", 0, NULL, CX_MATCH_NO, NULL},
        {"by mask", {&yes_1}, {8000, 9000}, "a", 0, NULL, CX_MATCH_YES, &yes_1},
        {"neither mask nor port", {&yes_1}, {8000, 9000}, "b", 0, NULL, CX_MATCH_NO, NULL},
        {"by port", {&yes_1}, {1, 9000}, "b", 0, NULL, CX_MATCH_YES, &yes_1},
        {"by the other port", {&yes_1}, {9000, 1}, "b", 0, NULL, CX_MATCH_YES, &yes_1},
        {"the port goes first", {&yes_1, &yes_2}, {2, 9000}, "a", 0, NULL, CX_MATCH_YES, &yes_2},
        {"else the list decides", {&yes_2, &yes_1}, {9, 9000}, "a", 0, NULL, CX_MATCH_YES, &yes_2},
        {"a hint goes before the port",
         {&yes_1, &yes_2},
         {1, 9},
         "a",
         0,
         &yes_2,
         CX_MATCH_YES,
         &yes_2},
        {"a hint needs no mask", {&yes_1, &yes_2}, {8, 9}, "b", 0, &yes_2, CX_MATCH_YES, &yes_2},
        {"a hint that says no", {&no_3, &yes_2}, {8, 9}, "a", 0, &no_3, CX_MATCH_YES, &yes_2},
        {"a port that says no", {&no_3, &yes_2}, {3, 9}, "a", 0, NULL, CX_MATCH_YES, &yes_2},
        {"a port alone that says no", {&no_3}, {3, 9}, "a", 0, NULL, CX_MATCH_NO, NULL},
        {"excluded", {&yes_1, &yes_2}, {1, 9}, "a", 1, NULL, CX_MATCH_YES, &yes_2},
        {"all excluded", {&yes_1, &yes_2}, {1, 9}, "a", 3, NULL, CX_MATCH_NO, NULL},
        {"yes beats maybe", {&maybe_4, &yes_1}, {4, 9}, "a", 0, NULL, CX_MATCH_YES, &yes_1},
        {"the first maybe", {&maybe_4, &maybe_5}, {9, 9}, "a", 0, NULL, CX_MATCH_MAYBE, &maybe_4},
        {"the maybe of the port",
         {&maybe_4, &maybe_5},
         {9, 5},
         "a",
         0,
         NULL,
         CX_MATCH_MAYBE,
         &maybe_5},
        {"of the other transport", {&udp_6}, {6, 9}, "a", 0, NULL, CX_MATCH_NO, NULL},
        {"only inside others", {&inner_7}, {7, 9}, "a", 0, NULL, CX_MATCH_NO, NULL},
        {"without a probe", {&trusting_8}, {8, 9}, "b", 0, NULL, CX_MATCH_YES, &trusting_8},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const cx_chunk first = {.bytes = cx_slice_of(rows[r].bytes)};
        cx_interest_init(&interest, rows[r].list);
        const cx_identify i = {.interest = &interest,
                               .transport = CX_OVER_TCP,
                               .ports = {rows[r].ports[0], rows[r].ports[1]},
                               .excluded = rows[r].excluded,
                               .hint = rows[r].hint};
        const cx_dissector *who = NULL;
        print_message("  %s\n", rows[r].name);
        assert_int_equal(cx_identify_first(&i, &first, &who), rows[r].want);
        assert_ptr_equal(who, rows[r].who);
    }
}

/* Who cannot tell after 32 KiB is not it. */
static void test_maybe_for_too_long(void **state)
{
    (void)state;
    static uint8_t bytes[CX_MAX_PROBED] = "a";
    static const cx_dissector *const list[] = {&maybe_4, NULL};
    cx_interest_init(&interest, list);
    const cx_identify i = {.interest = &interest, .transport = CX_OVER_TCP};
    const cx_dissector *who = NULL;
    cx_chunk first = {.bytes = {bytes, CX_MAX_PROBED}};
    assert_int_equal(cx_identify_first(&i, &first, &who), CX_MATCH_NO);
    first.bytes.len--;
    assert_int_equal(cx_identify_first(&i, &first, &who), CX_MATCH_MAYBE);
    assert_ptr_equal(who, &maybe_4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_maybe_for_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
