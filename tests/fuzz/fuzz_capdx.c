/* Fuzzes the whole program on one capture: from the bytes of a file to the results in every format,
 * as `analyze` and `events` make them, without files. Input: a capture (pcap, pcapng). */
#include "app/pipeline.h"
#include "report/event_json.h"
#include "report/json_out.h"
#include "report/reporter.h"

#include <stdlib.h>

#define FORMATS 3

typedef struct run {
    FILE *out;
    cx_diagnosis *diagnosis;
    void *reports[FORMATS];
} run;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* No secrets but those that captures bring. Once, for OpenSSL's providers are slow to load. */
static cx_keys keys;

static void end(void)
{
    cx_keys_free(&keys);
}

static void begin(void)
{
    static const cx_options none = {.passphrase_fd = -1};
    if (keys.crypto)
        return;
    if (unsetenv("SSLKEYLOGFILE") != 0 || cx_keys_open(&none, &keys) != CX_OK || atexit(end) != 0)
        abort();
}

static void use_event(void *self, const cx_event *e)
{
    run *r = self;
    const cx_event_json_options options = {.file = "a.pcap", .time_digits = 6};
    cx_buf line = cx_buf_init(SIZE_MAX);
    cx_status status = cx_event_json(e, &options, &line);
    if (status != CX_OK && status != CX_END)
        abort();
    (void)fwrite(line.p, 1, line.len, r->out); /* a fault in it is found by the sanitizers */
    cx_buf_free(&line);
    cx_diagnosis_event(r->diagnosis, e);
}

static void use_member(void *self, const char *type, json_t *value)
{
    run *r = self;
    for (size_t i = 0; i < FORMATS; i++)
        (void)cx_reporters[i]->member(r->reports[i], "a.pcap", type, value);
}

static void analyze(run *r, cx_source *source)
{
    const cx_context context = {.server = "sip.contoso.com",
                                .domain = "contoso.com",
                                .has_min_server = true,
                                .ntlm_min_server = 0x20080030};
    const cx_report_options style = {.width = 80, .verbose = 1};
    const cx_pipeline pipeline = {.sink = {use_event, r}, .keys = &keys};
    cx_pipeline_result result;
    r->diagnosis = cx_diagnosis_new(&context, "a.pcap", (cx_member_sink){use_member, r, NULL});
    for (size_t i = 0; i < FORMATS; i++)
        if (cx_reporters[i]->open(&r->reports[i], r->out, &style) != CX_OK)
            abort();
    if (!r->diagnosis || cx_pipeline_run(source, &pipeline, &result) != CX_OK)
        abort(); /* nothing here fails for want of memory but by a leak or an unbounded need */
    cx_diagnosis_end(r->diagnosis, &result.facts);
    const cx_diagnosis_totals *totals = cx_diagnosis_totals_of(r->diagnosis);
    if (totals->failures + totals->successes > totals->attempts)
        abort();
    for (size_t i = 0; i < FORMATS; i++) {
        if (cx_reporters[i]->end(r->reports[i], "a.pcap") != CX_OK)
            abort();
        (void)cx_reporters[i]->close(r->reports[i]);
    }
    cx_diagnosis_free(r->diagnosis);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static bool set_up;
    if (!set_up && cx_pipeline_setup() != CX_OK)
        abort();
    set_up = true;
    begin();
    if (n == 0)
        return 0; /* fmemopen refuses it; an empty file is tested from the command line */
    run r = {.out = fopen("/dev/null", "w")};
    FILE *in = fmemopen((void *)(uintptr_t)bytes, n, "r");
    cx_source *source = NULL;
    char why[256];
    if (!in || !r.out)
        abort();
    if (cx_source_open_stream(in, "a.pcap", 0, NULL, &source, why) == CX_OK)
        analyze(&r, source);
    cx_source_free(source);
    (void)fclose(r.out);
    return 0;
}
