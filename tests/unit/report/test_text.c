/* The text report: recorded pages, hostile texts, long tables, width. */
#include "sample.h"

#define SAMPLES CX_SOURCE_DIR "/tests/unit/report/samples/"

static const cx_report_options plain = {.width = 80};

static void records_pages(void **state)
{
    static const struct {
        const char *name, *page;
        cx_report_options options;
    } cases[] = {
        {"refused", "refused", {.width = 80, .command = "capdx explain ID"}},
        {"refused", "refused-verbose", {.width = 80, .verbose = 1}},
        {"refused", "refused-narrow", {.width = 60}},
        {"refused", "refused-color", {.width = 80, .color = true}},
        {"healthy", "healthy", {.width = 80}},
        {"nothing", "nothing", {.width = 80}},
    };
    (void)state;
    assert_int_equal(setenv("TZ", "CET-1", 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[512], out[512], file[64];
        (void)snprintf(in, sizeof in, SAMPLES "%s.ndjson", cases[i].name);
        (void)snprintf(out, sizeof out, SAMPLES "%s.txt", cases[i].page);
        (void)snprintf(file, sizeof file, "%s.pcap", cases[i].name);
        sample s;
        sample_begin(&s, "text", &cases[i].options);
        sample_file(&s, file, in);
        char *text = sample_end(&s);
        sample_compare(text, out);
        free(text);
    }
}

/* No line past the width, no control byte but line feed. Signs here take one column each. */
static void check_page(const char *text, size_t width)
{
    size_t column = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        assert_true(*p == '\n' || (*p >= 0x20 && *p != 0x7f));
        /* C1 controls are C2 80 to C2 9F in UTF-8 */
        assert_false(p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f);
        if (*p == '\n')
            column = 0;
        else if ((*p & 0xc0) != 0x80)
            column++;
        if (column > width)
            fail_msg("wider than %zu columns: ...%.60s", width, (const char *)p - 59);
    }
}

#define ESCAPES                                                                                    \
    "\033[2J\033]0;owned\007\xc2\x9b"                                                              \
    "31m\xe2\x80\xae\r\n\t\x7f"
#define LONG "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword"

static void escapes_and_wraps_anything(void **state)
{
    static const int widths[] = {60, 80, 100};
    (void)state;
    for (size_t w = 0; w < 3; w++) {
        cx_report_options options = {.width = widths[w], .verbose = 1};
        sample s;
        sample_begin(&s, "text", &options);
        sample_member(&s, "f", "capture", json_pack("{s:s}", "format", "pcap" ESCAPES));
        sample_member(&s, "f", "attempt",
                      json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s}]}",
                                "attempt", 1, "kind", "sip", "client", "1.2.3.4", "user",
                                ESCAPES LONG LONG, "started", "no time" ESCAPES, "outcome",
                                "failure", "steps", "step", ESCAPES, "outcome", "failed", "text",
                                ESCAPES LONG, "time", ESCAPES));
        json_t *finding = json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", "x" ESCAPES,
            "title", ESCAPES LONG LONG, "severity", "failure", "role", "root-cause", "confidence",
            ESCAPES, "attempt", 1, "client", "1.2.3.4", "user", ESCAPES, "server_name",
            LONG LONG LONG, "explanation", LONG " " ESCAPES " " LONG, "remedy", ESCAPES, "source",
            LONG ESCAPES, "filter", LONG LONG);
        assert_int_equal(
            json_object_set_new(finding, "details", json_pack("{s:s}", ESCAPES, ESCAPES)), 0);
        assert_int_equal(json_object_set_new(finding, "evidence",
                                             json_pack("[{s:s, s:I, s:s, s:s}]", "file", ESCAPES,
                                                       "frame", (json_int_t)123456789012345, "time",
                                                       "2026-11-23T14:02:01.123456789Z", "shows",
                                                       ESCAPES LONG LONG)),
                         0);
        sample_member(&s, "f", "finding", finding);
        sample_member(&s, "f", "coverage",
                      json_pack("{s:s, s:s, s:[s], s:s}", "id", ESCAPES, "text", ESCAPES LONG LONG,
                                "withheld", ESCAPES, "recapture", LONG ESCAPES));
        sample_member(
            &s, "f", "summary",
            json_pack("{s:i, s:i, s:[s]}", "attempts", 1, "failures", 1, "link_types", ESCAPES));
        assert_int_equal(s.reporter->end(s.self, "a" ESCAPES LONG LONG ".pcap"), CX_OK);
        char *text = sample_end(&s);
        check_page(text, (size_t)widths[w]);
        assert_non_null(strstr(text, "owned")); /* shown, with its escapes made visible */
        free(text);
    }
}

static void put_attempt(sample *s, int i, bool fails)
{
    char client[32];
    (void)snprintf(client, sizeof client, "10.20.%d.%d", i / 250, i % 250);
    sample_member(s, "f", "attempt",
                  json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "attempt", i * 7 + 1, "kind", "sip",
                            "client", client, "started", "2026-11-23T14:02:01.123456Z", "outcome",
                            fails ? "failure" : "success", fails ? "root_cause" : "user",
                            fails ? "dns-timeout" : "sip:a@b.c"));
    if (fails)
        sample_member(s, "f", "finding",
                      json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "id",
                                "dns-timeout", "title", "No DNS answer", "severity", "failure",
                                "role", "root-cause", "confidence", "proven", "attempt", i * 7 + 1,
                                "client", client, "server", "10.0.0.53", "explanation", "e"));
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    while ((text = strstr(text, what))) {
        n++;
        text++;
    }
    return n;
}

/* Forty that failed alike are forty lines and one block; a thousand that worked are one line. */
static void tables_stay_readable(void **state)
{
    (void)state;
    sample s;
    sample_begin(&s, "text", &plain);
    for (int i = 0; i < 40; i++)
        put_attempt(&s, i, true);
    sample_member(&s, "f", "summary", json_pack("{s:i, s:i}", "attempts", 40, "failures", 40));
    assert_int_equal(s.reporter->end(s.self, "f"), CX_OK);
    for (int i = 0; i < 1000; i++)
        put_attempt(&s, i, i == 500);
    sample_member(&s, "g", "summary",
                  json_pack("{s:i, s:i, s:i}", "attempts", 1000, "failures", 1, "successes", 999));
    assert_int_equal(s.reporter->end(s.self, "g"), CX_OK);
    for (int i = 0; i < 300; i++)
        put_attempt(&s, i, true);
    sample_member(&s, "h", "summary", json_pack("{s:i, s:i}", "attempts", 300, "failures", 300));
    assert_int_equal(s.reporter->end(s.self, "h"), CX_OK);
    char *text = sample_end(&s);
    check_page(text, 80);
    char *second = strstr(text, "\ng: "), *third = strstr(text, "\nh: ");
    assert_non_null(second);
    assert_non_null(third);
    *second = *third = 0;
    assert_int_equal(count(third + 1, "  15:02:01  "), 100);
    assert_non_null(strstr(third + 1, "and 200 more attempts"));
    assert_int_equal(count(text, "  15:02:01  "), 40);
    assert_int_equal(count(text, "No DNS answer"), 1);
    assert_non_null(strstr(text, "39 more like it"));
    assert_int_equal(count(second + 1, "  15:02:01  "), 1);
    assert_non_null(strstr(second + 1, "999 sign-ins that succeeded"));
    free(text);
}

/* A consequence without a cause of its attempt is not lost. */
static void shows_what_has_no_cause(void **state)
{
    (void)state;
    sample s;
    sample_begin(&s, "text", &plain);
    sample_member(&s, "f", "finding",
                  json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "id", "tcp-some-addresses-dead",
                            "title", "Part of the addresses do not answer", "severity", "warning",
                            "role", "contributing", "attempt", 5, "client", "1.2.3.4"));
    assert_int_equal(s.reporter->end(s.self, "f"), CX_OK);
    char *text = sample_end(&s);
    assert_non_null(strstr(text, "1. Part of the addresses do not answer"));
    free(text);
}

/* A refusal that no rule has an id for: its status is told all the same. */
static void tells_the_status_of_the_unexplained(void **state)
{
    (void)state;
    sample s;
    sample_begin(&s, "text", &plain);
    const char *const text_of[] = {"603 Decline", "connected"};
    for (int i = 0; i < 2; i++)
        sample_member(&s, "f", "attempt",
                      json_pack("{s:i, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s}]}", "attempt",
                                7 * i + 3, "kind", "sip", "client", "10.0.0.21", "started",
                                "2026-11-23T14:02:01.123456Z", "outcome", "failure", "steps",
                                "step", i ? "connect" : "register", "outcome", "failed", "text",
                                text_of[i]));
    sample_member(&s, "f", "summary", json_pack("{s:i, s:i}", "attempts", 2, "failures", 2));
    assert_int_equal(s.reporter->end(s.self, "f"), CX_OK);
    char *text = sample_end(&s);
    assert_non_null(strstr(text, "(frame 3: 603"));
    assert_non_null(strstr(text, "REGISTER, 10)."));
    free(text);
}

static void tells_of_a_full_disk(void **state)
{
    (void)state;
    static const char *const formats[] = {"text", "json", "ndjson"};
    for (size_t i = 0; i < 3; i++) {
        const cx_reporter *r = cx_reporter_named(formats[i]);
        FILE *full = fopen("/dev/full", "w");
        void *self;
        json_t *value = json_pack("{s:i}", "attempts", 0);
        assert_non_null(full);
        assert_int_equal(r->open(&self, full, &plain), CX_OK);
        cx_status a = r->member(self, "f", "summary", value), b = r->end(self, "f"),
                  c = r->close(self);
        assert_true(a == CX_IO || b == CX_IO || c == CX_IO);
        json_decref(value);
        (void)fclose(full);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_pages),
        cmocka_unit_test(escapes_and_wraps_anything),
        cmocka_unit_test(tables_stay_readable),
        cmocka_unit_test(shows_what_has_no_cause),
        cmocka_unit_test(tells_of_a_full_disk),
        cmocka_unit_test(tells_the_status_of_the_unexplained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
