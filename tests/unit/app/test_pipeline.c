/* The way of a packet, whole: facts about the capture, stopping, every allocation failing in turn.
 */
#include "app/pipeline.h"
#include "report/reporter.h"
#include "support/alloc.h"

#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FIXTURE(name) CX_SOURCE_DIR "/fixtures/" name "/" name ".pcap"

typedef struct run {
    cx_diagnosis *diagnosis;
    void *report;
    size_t events, batches, stop_after;
} run;

static void take_event(void *self, const cx_event *e)
{
    run *r = self;
    r->events++;
    if (r->diagnosis)
        cx_diagnosis_event(r->diagnosis, e);
}

static void take_member(void *self, const char *type, json_t *value)
{
    run *r = self;
    (void)cx_reporter_named("text")->member(r->report, "a.pcap", type, value);
}

static bool batch_done(void *self)
{
    run *r = self;
    return ++r->batches == r->stop_after;
}

static cx_status run_source(run *r, const char *path, cx_pipeline_result *ret)
{
    cx_source *source = NULL;
    char why[256];
    cx_status status = cx_source_open(path, 0, NULL, &source, why);
    const cx_pipeline pipeline = {
        .sink = {take_event, r}, .seed = 7, .batch_done = batch_done, .self = r};
    if (status == CX_OK)
        status = cx_pipeline_run(source, &pipeline, ret);
    if (status == CX_OK && r->diagnosis)
        cx_diagnosis_end(r->diagnosis, &ret->facts);
    cx_source_free(source);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    return cx_pipeline_setup() == CX_OK ? 0 : -1;
}

static void tells_facts(void **state)
{
    (void)state;
    run r = {0};
    cx_pipeline_result result;
    assert_int_equal(run_source(&r, FIXTURE("refused-5060"), &result), CX_OK);
    assert_int_equal(result.facts.packets, 8);
    assert_int_equal(result.facts.tcp_flows, 1);
    assert_int_equal(result.facts.n_unknown_links, 0);
    assert_false(result.facts.damaged);
    assert_true(result.facts.first_ns > 0 && result.facts.last_ns > result.facts.first_ns);
    assert_true(r.events > 0);
    assert_int_equal(r.batches, 2); /* one of packets, and the end */
}

/* A capture of a link type that is not decoded (DLT_USER0): counted and named, no event. */
static void names_unknown_links(void **state)
{
    static const uint8_t capture[] = {
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 147, 0, 0, 0, /* */
        1,    0,    0,    0,    0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 9, 9};
    (void)state;
    run r = {0};
    cx_pipeline_result result;
    char path[] = "/tmp/capdx-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(capture, 1, sizeof capture, f), sizeof capture);
    assert_int_equal(fclose(f), 0);
    cx_status status = run_source(&r, path, &result);
    (void)remove(path);
    assert_int_equal(status, CX_OK);
    assert_int_equal(r.events, 0);
    assert_int_equal(result.facts.packets, 1);
    assert_int_equal(result.facts.n_unknown_links, 1);
    assert_string_equal(result.facts.unknown_links[0].name, "LINKTYPE_147");
    assert_int_equal(result.facts.unknown_links[0].packets, 1);
    assert_int_equal(result.facts.unknown_links[0].first.frame, 1);
}

static void stops_when_told(void **state)
{
    (void)state;
    run r = {.stop_after = 1};
    cx_pipeline_result result;
    assert_int_equal(run_source(&r, FIXTURE("ok-port-scan"), &result), CX_OK);
    assert_int_equal(r.batches, 1);
    assert_int_equal(result.facts.packets, CX_BATCH);
}

static cx_status diagnose(const char *path, char **ret_text)
{
    static const cx_context context = {.has_min_server = true, .ntlm_min_server = 0x20080030};
    static const cx_report_options style = {.width = 80, .verbose = 1};
    const cx_reporter *text = cx_reporter_named("text");
    run r = {0};
    cx_pipeline_result result;
    size_t len;
    *ret_text = NULL;
    FILE *out = open_memstream(ret_text, &len);
    assert_non_null(out);
    cx_status status = text->open(&r.report, out, &style);
    if (status == CX_OK) {
        r.diagnosis = cx_diagnosis_new(&context, "a.pcap", (cx_member_sink){take_member, &r, NULL});
        status = r.diagnosis ? run_source(&r, path, &result) : CX_NO_MEMORY;
        cx_diagnosis_free(r.diagnosis);
        if (status == CX_OK)
            status = text->end(r.report, "a.pcap");
        (void)text->close(r.report);
    }
    (void)fclose(out);
    return status;
}

/* Nothing crashes or leaks, whichever allocation fails; the whole does not claim success having
 * read nothing. */
static void survives_failing_allocations(void **state)
{
    static const char *const paths[] = {FIXTURE("refused-5060"), FIXTURE("ntlm-mismatch"),
                                        FIXTURE("cert-name-mismatch"), FIXTURE("dns-srv-missing")};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *text;
        size_t refused = 0;
        test_alloc_fail_at(0);
        assert_int_equal(diagnose(paths[i], &text), CX_OK);
        size_t calls = test_alloc_calls(), step = calls / 2000 + 1;
        assert_non_null(strstr(text, "Evidence"));
        free(text);
        for (size_t k = 1; k <= calls; k += step) {
            test_alloc_fail_at(k);
            cx_status status = diagnose(paths[i], &text);
            test_alloc_fail_at(0);
            assert_true(status == CX_OK || status == CX_NO_MEMORY);
            refused += status == CX_NO_MEMORY;
            free(text);
        }
        assert_true(refused > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_facts),
        cmocka_unit_test(names_unknown_links),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
