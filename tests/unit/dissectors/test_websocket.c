/* dissectors/websocket.c: frames and fragments of both sides, damaged ones, and gaps. (Recorded
 * ones: the transcript http-websocket-sip in test_http.c.) */
#include "base/limits.h"
#include "support/feeder.h"
#include "support/recording.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_websocket, cx_dissector_sip;

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct record {
    char text[1024];
} record;

static record *taken;

static void say(record *r, const char *what, uint64_t frame, const char *text, size_t n)
{
    size_t used = strlen(r->text);
    (void)snprintf(r->text + used, sizeof r->text - used, "%" PRIu64 " %s %.*s\n", frame, what,
                   (int)n, text);
}

static cx_fed take_sip(void *state, const cx_chunk *in, cx_emit *out)
{
    (void)state;
    assert_true(in->datagram && !out->carrier);
    say(taken, in->dir ? "server" : "client", in->at.frame, (const char *)in->bytes.p,
        in->bytes.len);
    return cx_fed_ok(in->bytes.len);
}

static const cx_dissector sip_taker = {.name = "sip", .feed = take_sip};
static const cx_dissector *const takers[] = {&sip_taker, NULL};

static void note(void *self, const cx_event *e)
{
    say(self, "malformed", e->at.frame, e->u.malformed.reason, strlen(e->u.malformed.reason));
}

/* Pieces in hexadecimal, ">" of the client, "<" of the server, ">#n" a gap; a packet each. */
static const struct {
    const char *name;
    const char *pieces[10];
    const char *expected;
} cases[] = {
    {"text, in clear", {"<81 03 61 62 63"}, "1 server abc\n"},
    {"binary", {"<82 03 61 62 63"}, "1 server abc\n"},
    {"masked (RFC 6455 5.7)", {">81 85 37fa213d 7f9f4d5158"}, "1 client Hello\n"},
    {"two in a packet, the second ends later",
     {"<81 01 61 81 02 62", "<63"},
     "1 server a\n2 server bc\n"},
    {"fragments, with a ping between them (5.7)",
     {">01 83 37fa213d 7f9f4d", ">89 80 00000000", ">00 80 01020304", ">80 82 37fa213d 5b95"},
     "4 client Hello\n"},
    {"length in 16 bits", {"<81 7e 0003 616263"}, "1 server abc\n"},
    {"length in 64 bits", {"<81 7f 0000000000000003 616263"}, "1 server abc\n"},
    {"no payload", {"<81 00 80 00 01 00 80 00 81 01 61"}, "1 server a\n"},
    {"ping, pong and close tell nothing",
     {"<89 02 6162", ">8a 82 00000000 6162", "<88 02 03e8"},
     ""},
    {"a message within another one ends that", {"<01 01 61 81 01 62 80 01 63"}, "1 server b\n"},
    {"a continuation of nothing", {"<80 01 61 81 01 62"}, "1 server b\n"},
    {"compressed messages are passed over, and that is said once",
     {"<c1 02 0102 81 01 61", "<41 01 01 80 01 02", "<81 01 62"},
     "1 malformed compressed messages are not read\n1 server a\n3 server b\n"},
    {"one that is too long is passed over",
     {"<81 7f 0000000000080001", "<6162", "<#524285", "<6364 81 01 65"},
     "4 server e\n"},
    {"reserved opcode", {"<83 00"}, "1 malformed no frame where one should begin\n"},
    {"reserved bits", {"<91 00"}, "1 malformed no frame where one should begin\n"},
    {"reserved control opcode", {"<8b 00"}, "1 malformed no frame where one should begin\n"},
    {"a ping in fragments", {"<09 00"}, "1 malformed no frame where one should begin\n"},
    {"a ping that is too long", {"<89 7e 007e"}, "1 malformed no frame where one should begin\n"},
    {"more than 63 bits of length",
     {"<81 7f 8000000000000000"},
     "1 malformed no frame where one should begin\n"},
    {"a gap inside of a frame", {"<81 09 6162", "<#6", "<63 81 01 64"}, "3 server d\n"},
    {"a gap inside of a fragment: the message is lost",
     {"<01 02 6162 00 05 63", "<#2", "<6465 80 01 66 81 01 67"},
     "3 server g\n"},
    {"a gap between frames: nothing tells where the next begins",
     {"<81 01 61", "<#2", "<81 01 62"},
     "1 server a\n"},
    {"a gap behind the end of a frame", {"<81 04 61", "<#4", "<81 01 62"}, ""},
    {"cut by the end", {"<81 04 61", ">81 84 000000"}, ""},
};

static void run(size_t i, size_t step, record *r)
{
    test_feeder f = {.dissector = &cx_dissector_websocket,
                     .children = takers,
                     .sink = {.event = note, .self = r}};
    *r = (record){.text = ""};
    taken = r;
    assert_true(test_feeder_start(&f));
    for (uint64_t k = 0; k < COUNT(cases[i].pieces) && cases[i].pieces[k]; k++) {
        const char *text = cases[i].pieces[k];
        uint8_t bytes[64], dir = text[0] == '<' ? CX_FROM_SERVER : CX_FROM_CLIENT;
        cx_evidence at = {.frame = k + 1};
        if (text[1] == '#') {
            test_feeder_gap(&f, dir, strtoull(text + 2, NULL, 10), at);
            continue;
        }
        size_t n = test_hex(text + 1, bytes, sizeof bytes);
        for (size_t from = 0; from < n; from += step)
            test_feeder_push(&f, dir, cx_slice_sub((cx_slice){bytes, n}, from, step), at);
    }
    test_feeder_finish(&f);
}

static void frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t step = 64; step; step /= 2) {
            record r;
            run(i, step, &r);
            if (strcmp(r.text, cases[i].expected) != 0)
                fail_msg("%s, in steps of %zu: expected\n%sgot\n%s", cases[i].name, step,
                         cases[i].expected, r.text);
        }
}

/* The largest message, and fragments that together are larger. */
static void largest(void **state)
{
    record r = {.text = ""};
    uint8_t *bytes = calloc(1, 10 + CX_MAX_SIP_MESSAGE);
    (void)state;
    assert_non_null(bytes);
    taken = &r;
    for (int fragmented = 0; fragmented < 2; fragmented++) {
        test_feeder f = {.dissector = &cx_dissector_websocket,
                         .children = takers,
                         .sink = {.event = note, .self = &r}};
        assert_true(test_feeder_start(&f));
        const uint8_t header[10] = {fragmented ? 0x01 : 0x81, 0x7f, 0, 0, 0, 0, 0, 8, 0, 0};
        memcpy(bytes, header, 10);
        test_feeder_push(&f, 1, (cx_slice){bytes, 10 + CX_MAX_SIP_MESSAGE},
                         (cx_evidence){.frame = 1});
        if (fragmented)
            test_feeder_push(&f, 1, (cx_slice){(const uint8_t *)"\x80\x01x", 3},
                             (cx_evidence){.frame = 2});
        test_feeder_finish(&f);
        assert_string_equal(r.text, "1 server \n");
    }
    free(bytes);
}

static void damage(void **state)
{
    static uint8_t bytes[3][64];
    static const cx_dissector *const sip[] = {&cx_dissector_sip, NULL};
    static const char *const hex[] = {">01 83 37fa213d 7f9f4d", ">80 82 37fa213d 5b95",
                                      "<81 19 5349502f322e3020323030204f4b0d0a435365713a20310d0a"};
    test_piece pieces[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        pieces[i] = (test_piece){.dir = hex[i][0] == '<',
                                 .bytes = {bytes[i], test_hex(hex[i] + 1, bytes[i], 64)}};
    const test_talk talk = {
        .dissector = &cx_dissector_websocket, .children = sip, .pieces = pieces, .n_pieces = 3};
    mutate_all(&talk, 50);
    fail_each_alloc(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(frames), cmocka_unit_test(largest),
                                       cmocka_unit_test(damage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
