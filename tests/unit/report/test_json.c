/* JSON and NDJSON: order, totals, members of streams, ASCII. */
#include "sample.h"

#define SAMPLES CX_SOURCE_DIR "/tests/unit/report/samples/"

static const cx_report_options plain = {.width = 80};

static char *rendered(const char *format, const char *file, const char *name)
{
    char path[512];
    sample s;
    (void)snprintf(path, sizeof path, SAMPLES "%s.ndjson", name);
    sample_begin(&s, format, &plain);
    sample_file(&s, file, path);
    return sample_end(&s);
}

static json_int_t number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *string(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "(none)";
}

static void document_is_sorted_and_whole(void **state)
{
    (void)state;
    char *text = rendered("json", "a b.pcap", "refused");
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
    json_t *d = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(d);
    static const char *const order[] = {"schema",   "tool",     "file",     "capture",
                                        "attempts", "findings", "coverage", "summary"};
    const char *key;
    json_t *value;
    size_t i = 0;
    json_object_foreach(d, key, value) assert_string_equal(key, order[i++]);
    assert_int_equal(i, 8);
    assert_int_equal(number(d, "schema"), 1);
    assert_string_equal(string(d, "file"), "a b.pcap");
    const json_t *capture = json_object_get(d, "capture"), *summary = json_object_get(d, "summary");
    assert_int_equal(number(capture, "packets"), 44);
    assert_int_equal(number(capture, "bytes"), 17129);
    assert_string_equal(string(capture, "format"), "pcap");
    assert_string_equal(string(capture, "first"), "2026-11-23T14:02:01.123456Z");
    assert_int_equal(json_object_size(summary), 3);
    assert_int_equal(number(summary, "failures"), 1);
    const json_t *attempts = json_object_get(d, "attempts"), *f = json_object_get(d, "findings");
    assert_int_equal(json_array_size(attempts), 2);
    assert_int_equal(number(json_array_get(attempts, 0), "attempt"), 4);
    assert_int_equal(number(json_array_get(attempts, 1), "attempt"), 30);
    assert_int_equal(json_array_size(f), 3);
    assert_string_equal(string(json_array_get(f, 0), "id"), "tcp-connection-refused");
    assert_int_equal(json_array_size(json_object_get(d, "coverage")), 2);
    json_decref(d);
    free(text);
}

static void stream_is_in_order_of_decision(void **state)
{
    static const char *const types[] = {"capture", "attempt",  "finding",  "finding", "finding",
                                        "attempt", "coverage", "coverage", "summary"};
    (void)state;
    char *text = rendered("ndjson", "x.pcap", "refused"), *rest = text;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char *end = strchr(rest, '\n');
        assert_non_null(end);
        *end = 0;
        json_t *line = json_loads(rest, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(line);
        assert_string_equal(string(line, "type"), types[i]);
        assert_string_equal(string(line, "file"), "x.pcap");
        if (i == 0)
            assert_int_equal(number(line, "schema"), 1);
        if (i == 8)
            assert_int_equal(number(line, "packets"), 44);
        json_decref(line);
        rest = end + 1;
    }
    assert_int_equal(*rest, 0);
    free(text);
}

/* Each member is on its way when the call returns. */
static void stream_is_flushed(void **state)
{
    (void)state;
    sample s;
    sample_begin(&s, "ndjson", &plain);
    assert_int_equal(setvbuf(s.stream, NULL, _IOFBF, 65536), 0);
    sample_member(&s, "f", "attempt", json_pack("{s:i}", "attempt", 1));
    assert_non_null(strstr(s.text, "\"attempt\":1}\n"));
    free(sample_end(&s));
}

static void several_captures_are_a_line_each(void **state)
{
    (void)state;
    sample s;
    sample_begin(&s, "json", &plain);
    sample_file(&s, "1.pcap", SAMPLES "refused.ndjson");
    sample_file(&s, "2.pcap", SAMPLES "nothing.ndjson");
    char *text = sample_end(&s), *second = strchr(text, '\n');
    assert_non_null(second);
    *second++ = 0;
    json_t *a = json_loads(text, 0, NULL), *b = json_loads(second, 0, NULL);
    assert_non_null(a);
    assert_non_null(b);
    assert_string_equal(string(b, "file"), "2.pcap");
    assert_int_equal(json_array_size(json_object_get(b, "attempts")), 0);
    assert_int_equal(json_array_size(json_object_get(b, "findings")), 0);
    json_decref(a);
    json_decref(b);
    free(text);
}

/* Whatever the names hold, the bytes are printable ASCII and the text survives. */
static void bytes_are_ascii(void **state)
{
    static const char *const formats[] = {"json", "ndjson"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        sample s;
        sample_begin(&s, formats[i], &plain);
        sample_member(&s, "\xff\x7f\x1b[2J", "coverage",
                      json_pack("{s:s}", "text", "del \x7f\x7f csi \xc2\x9b end \x7f"));
        assert_int_equal(s.reporter->end(s.self, "\xff\x7f\x1b[2J"), CX_OK);
        char *text = sample_end(&s);
        for (const char *p = text; *p; p++)
            assert_true(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
        assert_non_null(strstr(text, "del \\u007f\\u007f csi \\u009B end \\u007f"));
        assert_non_null(strstr(text, "\"file\":\"\\uFFFD\\u007f\\u001B[2J\""));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_is_sorted_and_whole),
        cmocka_unit_test(stream_is_in_order_of_decision),
        cmocka_unit_test(stream_is_flushed),
        cmocka_unit_test(several_captures_are_a_line_each),
        cmocka_unit_test(bytes_are_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
