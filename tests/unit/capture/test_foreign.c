#include "capture/foreign.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* First bytes as the programs that own the formats write them. */
static const struct {
    const char *bytes;
    size_t len; /* what must be there to know it */
    const char *says;
} formats[] = {
    {"\x02\x21\x4c\x18", 4, "lz4 -dc"},
    {"\xfd\x37\x7a\x58\x5a\x00", 6, "xz -dc"},
    {"BZh", 3, "bzip2 -dc"},
    {"XCP\0", 4, "Sniffer"},
    {"TRSNIFF data    \x1a", 17, "Sniffer"},
    {"\xac\x01\x00\x1c", 4, "IXIA"},
    {"iptrace 2.0", 11, "iptrace"},
    {"TR\x00\x64\x00", 5, "nettl"},
    {"+---------+---------------+----------+", 38, "K12 text"},
};

static void knows_magics(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        uint8_t head[64] = {0};
        memcpy(head, formats[i].bytes, formats[i].len);
        const char *exact = cx_foreign_format((cx_slice){head, formats[i].len});
        assert_non_null(exact);
        assert_non_null(strstr(exact, formats[i].says));
        assert_null(strchr(exact, '\n'));
        assert_ptr_equal(cx_foreign_format((cx_slice){head, sizeof head}), exact);
        assert_null(cx_foreign_format((cx_slice){head, formats[i].len - 1}));
    }
}

static void knows_event_traces(void **state)
{
    (void)state;
    uint8_t head[128] = {0, 0, 1, 0}; /* buffers of 64 KiB */
    memcpy(head + 72, (const uint8_t[4]){2, 0, 2, 0xc0}, 4);
    const char *text = cx_foreign_format((cx_slice){head, 76});
    assert_non_null(text);
    assert_non_null(strstr(text, "etl2pcapng"));
    assert_null(cx_foreign_format((cx_slice){head, 75}));
    head[75] = 0;
    assert_null(cx_foreign_format((cx_slice){head, sizeof head}));
}

static void knows_archives(void **state)
{
    (void)state;
    uint8_t head[300] = "signin.pcap";
    memcpy(head + 257, "ustar", 5);
    assert_non_null(strstr(cx_foreign_format((cx_slice){head, 262}), "tar -xf"));
    assert_null(cx_foreign_format((cx_slice){head, 261}));
}

/* Two records of type 2 (Ethernet) of 80 bytes each. */
static void knows_erf(void **state)
{
    (void)state;
    uint8_t head[160] = {0};
    for (size_t at = 0; at < sizeof head; at += 80)
        memcpy(head + at,
               (const uint8_t[16]){0, 0, 0, 0x80, 0, 0x10, 0x5e, 0x5f, 2, 4, 0, 80, 0, 0, 0, 60},
               16);
    assert_non_null(strstr(cx_foreign_format((cx_slice){head, sizeof head}), "ERF"));
    assert_non_null(cx_foreign_format((cx_slice){head, 80}));
    assert_null(cx_foreign_format((cx_slice){head, 15}));
    head[88] = 77; /* the second has no known type */
    assert_null(cx_foreign_format((cx_slice){head, sizeof head}));
    head[88] = 2;
    head[84 + 3] = 0x50; /* or lies years before the first */
    assert_null(cx_foreign_format((cx_slice){head, sizeof head}));
}

static void does_not_know_text_and_captures(void **state)
{
    (void)state;
    static const char *const others[] = {
        "",
        "\xd4\xc3\xb2\xa1\x02\x00\x04\x00",
        "\x0a\x0d\x0d\x0a",
        "{ \"schema\": 1, \"tool\": \"x\", \"file\": \"a.pcap\", \"more\": 1 }",
        "Return-Path: <a@example.com>\nReceived: from b by c; 1 Jan 2026\n",
        "%PDF-1.7 and so on, and so on, and so on, and so on",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><a b=\"c\"/>",
        "                                                    ",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_null(cx_foreign_format(cx_slice_of(others[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_magics),
        cmocka_unit_test(knows_archives),
        cmocka_unit_test(knows_event_traces),
        cmocka_unit_test(knows_erf),
        cmocka_unit_test(does_not_know_text_and_captures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
