#include "app/batch_sets.h"

#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MAX_PATHS 8

/* Names, and the sets among them: "012" the first three in this order, sets divided by spaces. */
static void finds(void **state)
{
    static const struct {
        const char *paths[MAX_PATHS];
        const char *sets;
    } cases[] = {
        {{"/a/x_00001_20261124100000.pcap", "/a/x_00002_20261124100100.pcap"}, "01"},
        /* in the order of their numbers; rings lose their first files */
        {{"/a/x_00012_20261124100000.pcapng", "/a/x_00011_20261124100100.pcapng"}, "10"},
        {{"/a/x_20261124100000_00001.pcap", "/a/x_20261124100100_00002.pcap"}, "01"},
        {{"/a/x_00001_20261124100000.pcap.gz", "/a/x_00002_20261124100100.pcap.zst"}, "01"},
        {{"/a/x_00001_20261124100000.pcap", "/b/x_00002_20261124100100.pcap"}, ""},
        {{"/a/x_00001_20261124100000.pcap", "/a/y_00002_20261124100100.pcap"}, ""},
        {{"/a/t.pcap", "/a/t.pcap1", "/a/t.pcap2", "/a/t.pcap3"}, "0123"},
        {{"/a/t.pcap", "/a/t.pcap2"}, ""},
        {{"/a/t-2026-11-24_10:00:00.pcap", "/a/t-2026-11-24_11:00:00.pcap"}, "01"},
        {{"/a/t-20261130.pcap", "/a/t-20261201.pcap"}, "01"}, /* a day each */
        {{"/a/t_1.pcap", "/a/t_2.pcap", "/a/t_10.pcap"}, ""},
        {{"/a/t_9.pcap", "/a/t_10.pcap", "/a/t_8.pcap"}, "201"},
        {{"/a/t-001.pcap", "/a/t-002.pcap"}, "01"},
        {{"/a/t.pcap.1", "/a/t.pcap.2"}, "01"},
        {{"/a/t1.pcap", "/a/t2.pcap"}, ""}, /* two clients, two tests: anything */
        {{"/a/1.pcap", "/a/2.pcap"}, ""},
        {{"/a/alone_1.pcap"}, ""},
        {{"/a/a_1.pcap", "/a/b_1.pcap", "/a/a_2.pcap", "/a/b_2.pcap"}, "02 13"},
        {{"", "/", "/a/", ".", "_", "/a/_1", "/a/.1", "x_"}, ""},
        {{"/a/x_99999999999999999999_1.pcap", "/a/x_99999999999999999998_1.pcap"}, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        while (n < MAX_PATHS && cases[i].paths[n])
            n++;
        cx_batch_sets sets;
        char got[64] = "";
        assert_int_equal(cx_batch_sets_find(cases[i].paths, n, &sets), CX_OK);
        for (size_t k = 0; k < sets.n; k++) {
            if (k)
                strcat(got, " ");
            for (size_t m = 0; m < sets.list[k].n; m++)
                snprintf(got + strlen(got), sizeof got - strlen(got), "%u", sets.list[k].files[m]);
        }
        assert_string_equal(got, cases[i].sets);
        cx_batch_sets_free(&sets);
    }
}

static void without_memory(void **state)
{
    static const char *const paths[] = {"/a/t_1.pcap", "/a/t_2.pcap"};
    (void)state;
    for (size_t k = 1; k < 8; k++) {
        cx_batch_sets sets = {.list = NULL};
        test_alloc_fail_at(k);
        cx_status status = cx_batch_sets_find(paths, 2, &sets);
        test_alloc_fail_at(0);
        assert_true(status == CX_OK || status == CX_NO_MEMORY);
        cx_batch_sets_free(&sets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds), cmocka_unit_test(without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
