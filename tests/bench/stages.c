/* Where the time goes: reads a capture as far as each stage of the way of a packet, and prints the
 * nanoseconds of processor time a packet that all stages up to there take. The best of three.
 * usage: stages CAPTURE */
#include "app/pipeline.h"
#include "dissectors/registry.h"
#include "flow/flow_table.h"
#include "net/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef enum stage { WALK, DECODE, LOOKUP, READ, WHOLE, STAGES } stage;

static const char *const names[STAGES] = {
    [WALK] = "walk",     /* records in batches */
    [DECODE] = "decode", /* and headers */
    [LOOKUP] = "lookup", /* and the table of conversations, with what became of TCP connections */
    [READ] = "read",     /* and streams and dissectors */
    [WHOLE] = "whole",   /* and the diagnosis */
};

static void ignore_event(void *self, const cx_event *e)
{
    (void)self;
    (void)e;
}

static void diagnose(void *self, const cx_event *e)
{
    cx_diagnosis_event(self, e);
}

static void ignore_member(void *self, const char *type, json_t *value)
{
    (void)self;
    (void)type;
    (void)value;
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double run(const char *path, stage s)
{
    static const cx_dissector *const none[] = {NULL};
    static cx_packet packets[CX_BATCH];
    static cx_l4 decoded[CX_DECODED];
    char why[256] = "";
    cx_source *source;
    const int64_t start = now_ns();
    if (cx_source_open(path, 0, NULL, &source, why) != CX_OK) {
        (void)fprintf(stderr, "stages: %s\n", why);
        exit(1);
    }
    const cx_context context = {.time_digits = 6};
    cx_diagnosis *diagnosis =
        s == WHOLE ? cx_diagnosis_new(&context, path, (cx_member_sink){ignore_member, NULL, NULL})
                   : NULL;
    const cx_flow_config config = {.dissectors = s >= READ ? cx_dissectors : none,
                                   .sink = {s == WHOLE ? diagnose : ignore_event, diagnosis}};
    cx_decoder *decoder = cx_decoder_new();
    cx_flows *flows = cx_flows_new(&config);
    size_t n = 0;
    if (!decoder || !flows || (s == WHOLE && !diagnosis))
        exit(1);
    while (cx_source_next(source, packets, &n) == CX_OK) {
        if (s >= DECODE)
            n = cx_decode(decoder, packets, n, decoded, CX_DECODED);
        if (s >= LOOKUP)
            cx_flows_batch(flows, decoded, n);
    }
    if (s >= LOOKUP)
        cx_flows_end(flows);
    const uint64_t total = cx_source_info_of(source)->packets;
    if (diagnosis)
        cx_diagnosis_end(diagnosis, &(cx_capture_facts){.file = path, .packets = total});
    const int64_t spent = now_ns() - start;
    cx_diagnosis_free(diagnosis);
    cx_flows_free(flows);
    cx_decoder_free(decoder);
    cx_source_free(source);
    return total ? (double)spent / (double)total : 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 || cx_pipeline_setup() != CX_OK)
        return 2;
    for (int s = 0; s < STAGES; s++) {
        double best = 0;
        for (int i = 0; i < 3; i++) {
            const double ns = run(argv[1], (stage)s);
            best = i == 0 || ns < best ? ns : best;
        }
        (void)printf("%s %.1f\n", names[s], best);
    }
    return 0;
}
