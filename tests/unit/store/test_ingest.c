/* Results into a database and out again: lines of the public schema, good, hostile and cut. */
#include "store/ingest.h"

#include "store/get.h"
#include "store/run.h"
#include "store/scope.h"
#include "support/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BEGIN                                                                                      \
    "{\"type\":\"capture\",\"file\":\"/x\",\"schema\":1,\"tool\":\"capdx 1\",\"format\":\"pcap\""
#define WHOLE    BEGIN ",\"sha256\":\"" SHA "\"}"
#define SHARD(k) BEGIN ",\"sha256\":\"" SHA "\",\"shards\":\"" k "\"}"
#define ATTEMPT(n, client)                                                                         \
    "{\"type\":\"attempt\",\"file\":\"/x\",\"attempt\":" n                                         \
    ",\"kind\":\"sip\",\"client\":\"" client                                                       \
    "\",\"outcome\":\"failure\",\"started\":\"2026-11-24T00:00:00.000000Z\"}"
#define FINDING                                                                                    \
    "{\"type\":\"finding\",\"file\":\"/x\",\"id\":\"tls-cert-expired\",\"severity\":\"failure\","  \
    "\"role\":\"root-cause\",\"confidence\":\"proven\",\"attempt\":3,\"client\":\"10.0.0.1\","     \
    "\"details\":{\"subject\":\"CN=a\"},\"evidence\":[{\"file\":\"/x\",\"frame\":1}]}"
#define COVERAGE "{\"type\":\"coverage\",\"file\":\"/x\",\"id\":\"cap-no-dns\",\"text\":\"t\"}"
#define SUMMARY                                                                                    \
    "{\"type\":\"summary\",\"file\":\"/x\",\"attempts\":1,\"packets\":5,\"bytes\":9,"              \
    "\"link_types\":[\"EN10MB\",\"RAW\"]}"
#define INPUT                                                                                      \
    "{\"type\":\"input\",\"file\":\"/x\",\"fate\":\"read\",\"sha256\":\"" SHA                      \
    "\",\"capture\":\"" SHA                                                                        \
    "\",\"size\":7,\"mtime\":\"2026-11-24T00:00:00.000000000Z\",\"tool\":\"capdx 1\"}"

static const cx_store_origin whole = {"capdx 1", "", 0, 0};

static cx_store *scratch(void)
{
    cx_store *s = NULL;
    char why[256];
    assert_int_equal(cx_store_open("", CX_STORE_SCRATCH, &s, why), CX_OK);
    return s;
}

static cx_status put(cx_ingest *in, const char *line)
{
    return cx_ingest_line(in, cx_slice_of(line));
}

static void put_all(cx_ingest *in, const char *const *lines)
{
    for (size_t i = 0; lines[i]; i++)
        assert_int_equal(put(in, lines[i]), CX_OK);
}

static const char *const good[] = {
    WHOLE, ATTEMPT("3", "10.0.0.1"), FINDING, FINDING, COVERAGE, SUMMARY, INPUT, NULL};

typedef struct counted {
    size_t n[5]; /* capture, attempt, finding, coverage, summary and input */
    bool named;
} counted;

static cx_status count_member(void *self, const char *file, const char *type, json_t *value)
{
    static const char *const types[] = {"capture", "attempt", "finding", "coverage"};
    counted *c = self;
    size_t i = 0;
    while (i < 4 && strcmp(types[i], type) != 0)
        i++;
    c->n[i]++;
    if (i == 2) {
        const json_t *e = json_array_get(json_object_get(value, "evidence"), 0);
        c->named = strcmp(json_string_value(json_object_get(e, "file")), file) == 0;
    }
    return CX_OK;
}

static cx_status count_end(void *self, const char *file)
{
    (void)self; /* without its input a capture has its key for a name */
    assert_true(strcmp(file, "/x") == 0 || strcmp(file, SHA) == 0);
    return CX_OK;
}

static counted count(cx_store *s)
{
    counted c = {.named = false};
    const cx_store_reader reader = {
        .member = count_member, .end = count_end, .self = &c, .inputs = true, .since = ""};
    assert_int_equal(cx_scope_all(s), CX_OK);
    assert_int_equal(cx_store_read(s, &reader), CX_OK);
    return c;
}

static void takes_results(void **state)
{
    cx_ingest in = {.store = scratch()};
    cx_store_known known;
    bool failures = false;
    (void)state;
    put_all(&in, good);
    put_all(&in, good); /* twice is once */
    assert_int_equal(cx_ingest_end(&in), CX_OK);
    assert_int_equal(in.captures, 2);
    assert_int_equal(in.known, 1);
    counted c = count(in.store);
    assert_int_equal(c.n[0], 1);
    assert_int_equal(c.n[1], 1);
    assert_int_equal(c.n[2], 2);
    assert_int_equal(c.n[3], 1);
    assert_int_equal(c.n[4], 2);
    assert_true(c.named); /* evidence has the name of the file again */
    assert_int_equal(cx_scope_has_failures(in.store, &failures), CX_OK);
    assert_true(failures);
    assert_int_equal(cx_store_find_input(in.store, "/x", &whole, &known), CX_OK);
    assert_true(known.found && known.results && known.same_tool && known.same_options);
    assert_int_equal(known.size, 7);
    assert_string_equal(known.capture, SHA);
    assert_int_equal(cx_store_find_content(in.store, SHA, &whole, &known), CX_OK);
    assert_true(known.found && known.results);
    assert_string_equal(known.fate, "read");
    assert_int_equal(cx_store_find_input(in.store, "/y", &whole, &known), CX_OK);
    assert_false(known.found);
    cx_store_free(in.store);
}

/* Cut behind any line: the capture is there whole, or not at all. */
static void takes_whole_captures(void **state)
{
    (void)state;
    for (size_t n = 0; n < 7; n++) {
        cx_ingest in = {.store = scratch()};
        for (size_t i = 0; i < n; i++)
            assert_int_equal(put(&in, good[i]), CX_OK);
        assert_int_equal(cx_ingest_end(&in), CX_OK);
        counted c = count(in.store);
        assert_int_equal(c.n[0], n >= 6);
        assert_int_equal(c.n[2], n >= 6 ? 2 : 0);
        assert_int_equal(in.incomplete, n > 0 && n < 6);
        put_all(&in, good);
        assert_int_equal(count(in.store).n[2], 2);
        cx_store_free(in.store);
    }
}

static void refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"type\":1,\"file\":\"/x\"}",
        "{\"type\":\"capture\"}",
        "{\"type\":\"capture\",\"type\":\"capture\",\"file\":\"/x\"}",
        BEGIN "}",
        BEGIN ",\"sha256\":\"AA\"}",
        BEGIN ",\"sha256\":\"" SHA "\",\"shards\":\"0/2\"}",
        BEGIN ",\"sha256\":\"" SHA "\",\"shards\":\"1/5000\"}",
        BEGIN ",\"sha256\":\"" SHA "\",\"shards\":\"1/2 2/2\"}",
        "{\"type\":\"capture\",\"file\":\"/x\",\"schema\":2,\"tool\":\"t\",\"sha256\":\"" SHA "\"}",
        "{\"type\":\"attempt\",\"file\":\"/other\",\"attempt\":1}",
        ("{\"type\":\"attempt\",\"file\":\"/x\",\"attempt\":0,\"kind\":\"sip\",\"client\":\"c\","
         "\"outcome\":\"failure\"}"),
        "{\"type\":\"attempt\",\"file\":\"/x\",\"attempt\":\"1\"}",
        "{\"type\":\"finding\",\"file\":\"/x\",\"id\":\"x\"}",
        "{\"type\":\"coverage\",\"file\":\"/x\",\"id\":7,\"text\":\"t\"}",
        "{\"type\":\"summary\",\"file\":\"/x\",\"link_types\":[7]}",
        "{\"type\":\"input\",\"file\":\"/x\",\"fate\":\"eaten\",\"tool\":\"t\"}",
        "{\"type\":\"input\",\"file\":\"/x\",\"fate\":\"read\"}",
        "{\"type\":\"input\",\"file\":\"/x\",\"fate\":\"read\",\"tool\":\"t\",\"sha256\":\"x\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cx_ingest in = {.store = scratch()};
        assert_int_equal(put(&in, WHOLE), CX_OK);
        assert_int_equal(put(&in, bad[i]), CX_MALFORMED);
        assert_true(in.why[0]);
        assert_int_equal(count(in.store).n[0], 0); /* what was begun is undone */
        put_all(&in, good);
        assert_int_equal(count(in.store).n[0], 1);
        cx_store_free(in.store);
    }
}

static void adds_shards_up(void **state)
{
    static const char *const first[] = {SHARD("1/2"), COVERAGE, SUMMARY, INPUT, NULL};
    static const char *const second[] = {
        SHARD("2/2"), ATTEMPT("3", "10.0.0.1"), FINDING, COVERAGE, SUMMARY, INPUT, NULL};
    const cx_store_origin one = {"capdx 1", "", 1, 2}, two = {"capdx 1", "", 2, 2};
    cx_store_known known;
    cx_ingest in = {.store = scratch()};
    (void)state;
    put_all(&in, first);
    assert_int_equal(cx_store_find_input(in.store, "/x", &one, &known), CX_OK);
    assert_true(known.results);
    assert_int_equal(cx_store_find_input(in.store, "/x", &two, &known), CX_OK);
    assert_false(known.results);
    assert_int_equal(cx_store_find_input(in.store, "/x", &whole, &known), CX_OK);
    assert_false(known.results);
    put_all(&in, second);
    put_all(&in, second);
    assert_int_equal(cx_store_find_input(in.store, "/x", &whole, &known), CX_OK);
    assert_true(known.results);
    counted c = count(in.store);
    assert_int_equal(c.n[1], 1);
    assert_int_equal(c.n[2], 1);
    assert_int_equal(c.n[3], 1);
    cx_store_free(in.store);
}

static void drops_what_no_input_has(void **state)
{
    cx_ingest in = {.store = scratch()};
    const cx_store_input changed = {.path = "/x",
                                    .size = 1,
                                    .mtime = "2026-11-25T00:00:00.000000000Z",
                                    .fate = "not-a-capture",
                                    .part = -1,
                                    .tool = "capdx 1"};
    (void)state;
    put_all(&in, good);
    assert_int_equal(cx_store_put_input(in.store, &changed), CX_OK);
    counted c = count(in.store);
    assert_int_equal(c.n[0] + c.n[1] + c.n[2] + c.n[3], 0);
    assert_int_equal(put(&in, INPUT), CX_OK); /* of before the change */
    cx_store_known known;
    assert_int_equal(cx_store_find_input(in.store, "/x", &whole, &known), CX_OK);
    assert_string_equal(known.fate, "not-a-capture");
    cx_store_free(in.store);
}

static void knows_shards(void **state)
{
    (void)state;
    assert_true(cx_store_has_shard("", 0, 0));
    assert_true(cx_store_has_shard("", 3, 4));
    assert_true(cx_store_has_shard("1/4 3/4", 3, 4));
    assert_false(cx_store_has_shard("1/4 3/4", 2, 4));
    assert_false(cx_store_has_shard("1/4 3/4", 0, 0));
    assert_false(cx_store_has_shard("11/40", 1, 4));
}

static void without_memory(void **state)
{
    (void)state;
    for (size_t k = 1; k < 60; k++) {
        cx_ingest in = {.store = scratch()};
        cx_status status = CX_OK;
        test_alloc_fail_at(k);
        for (size_t i = 0; good[i] && status == CX_OK; i++)
            status = put(&in, good[i]);
        test_alloc_fail_at(0);
        status = cx_ingest_end(&in);
        assert_true(status == CX_OK || status == CX_NO_MEMORY);
        size_t n = count(in.store).n[2];
        assert_true(n == 0 || n == 2);
        cx_store_free(in.store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_results),  cmocka_unit_test(takes_whole_captures),
        cmocka_unit_test(refuses),        cmocka_unit_test(adds_shards_up),
        cmocka_unit_test(knows_shards),   cmocka_unit_test(drops_what_no_input_has),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
