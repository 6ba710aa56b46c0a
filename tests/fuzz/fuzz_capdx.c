/* Fuzzes the whole program from the bytes of a capture to the text of events and of the result:
 * source, decoder, flows, dissectors, correlation, rules. Input: a capture file as it is. */
#include "app/pipeline.h"
#include "report/diagnosis.h"
#include "report/event_json.h"
#include "report/json_out.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

typedef struct run {
    cx_diagnosis *diagnosis;
    FILE *out; /* takes what the program would print */
} run;

static void print(FILE *out, json_t *value)
{
    if (value && cx_json_line(out, value) == CX_IO)
        abort(); /* out never fails: what was to be printed is wrong */
}

static void take_event(void *self, const cx_event *e)
{
    run *r = self;
    const cx_event_json_options options = {.file = "a.pcap", .time_digits = 6};
    json_t *line = cx_event_json(e, &options);
    print(r->out, line);
    json_decref(line);
    cx_diagnosis_event(r->diagnosis, e);
}

static void take_member(void *self, const char *type, json_t *value)
{
    (void)type;
    print(((run *)self)->out, value);
}

static void analyze(run *r, cx_source *source)
{
    const cx_pipeline pipeline = {.sink = {take_event, r}, .seed = 1};
    cx_pipeline_result result;
    if (cx_pipeline_run(source, &pipeline, &result) == CX_OK)
        cx_diagnosis_end(r->diagnosis, &result.facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static bool set_up;
    char why[256];
    cx_source *source;
    const cx_context context = {0};
    if (n == 0) /* fmemopen wants one byte */
        return 0;
    if (!set_up && cx_pipeline_setup() != CX_OK)
        abort();
    set_up = true;
    FILE *in = fmemopen((void *)(uintptr_t)bytes, n, "rb"); /* never written to */
    if (!in || cx_source_open_stream(in, "a.pcap", 0, NULL, &source, why) != CX_OK)
        return 0;
    run r = {.out = fopen("/dev/null", "w")};
    r.diagnosis = cx_diagnosis_new(&context, "a.pcap", (cx_member_sink){take_member, &r});
    if (!r.out || !r.diagnosis)
        abort();
    analyze(&r, source);
    cx_diagnosis_free(r.diagnosis);
    cx_source_free(source);
    fclose(r.out);
    return 0;
}
