/* Fuzzes one dissector (FUZZ_DISSECTOR, its name) with a conversation in any order and cut.
 *
 * Input: an options byte (OPTION_…), then pieces. A piece ends at the separator FE ED BE and the
 * byte behind it: bit 0: the next piece has the same direction, else the other one; bit 1: as many
 * bytes as the whole byte says are lost before it. Each piece reaches the dissector in an
 * allocation of its own. Events are printed as JSON and copied, as the program does. */
#include "base/limits.h"
#include "dissectors/registry.h"
#include "report/event_json.h"
#include "support/feeder.h"

#include <stdlib.h>

enum { OPTION_DATAGRAM = 1, OPTION_FROM_SERVER = 2, OPTION_CUT = 4 };
enum { OP_SAME_DIRECTION = 1, OP_GAP = 2 };

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

extern const cx_dissector JOIN(cx_dissector_, FUZZ_DISSECTOR);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void use_event(void *self, const cx_event *e)
{
    cx_arena *arena = self;
    const cx_event_json_options options = {.file = "a.pcap", .time_digits = 6};
    cx_buf line = cx_buf_init(SIZE_MAX);
    cx_status status = cx_event_json(e, &options, &line);
    if (status != CX_OK && status != CX_END)
        abort();
    cx_buf_free(&line);
    (void)cx_event_copy(e, arena); /* NULL at the arena's cap is fine */
    cx_arena_reset(arena);
}

/* Length of the first piece; *ret_op: the byte behind its separator, -1 for none. */
static size_t piece_length(cx_slice s, int *ret_op)
{
    static const uint8_t separator[] = {0xfe, 0xed, 0xbe};
    const uint8_t *at = memmem(s.p, s.len, separator, sizeof separator);
    *ret_op = -1;
    if (!at || (size_t)(at - s.p) + sizeof separator >= s.len)
        return s.len;
    *ret_op = at[sizeof separator];
    return (size_t)(at - s.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    cx_slice left = {bytes + 1, n - 1};
    uint8_t options = bytes[0],
            dir = options & OPTION_FROM_SERVER ? CX_FROM_SERVER : CX_FROM_CLIENT;
    bool datagram = options & OPTION_DATAGRAM;
    uint8_t proto = datagram ? CX_IPPROTO_UDP : CX_IPPROTO_TCP;
    cx_arena arena = cx_arena_init(CX_MAX_ATTEMPT_BYTES);
    test_feeder f = {.dissector = &JOIN(cx_dissector_, FUZZ_DISSECTOR),
                     .children = cx_dissectors,
                     .sink = {.event = use_event, .self = &arena},
                     .client = {.family = 4, .port = 49152, .proto = proto},
                     .server = {.family = 4, .port = 5060, .proto = proto}};
    if (!test_feeder_start(&f))
        return 0;
    for (uint64_t frame = 1; left.len; frame++) {
        int op;
        cx_evidence at = {.frame = frame, .ts_ns = (int64_t)frame * 1000000};
        cx_slice piece = cx_slice_sub(left, 0, piece_length(left, &op));
        if (frame == 1 && f.dissector->probe) {
            cx_chunk first = {.bytes = piece,
                              .dir = dir,
                              .datagram = datagram,
                              .cut = options & OPTION_CUT,
                              .first = at,
                              .at = at};
            (void)f.dissector->probe(&first);
        }
        if (datagram)
            test_feeder_datagram(&f, dir, piece, options & OPTION_CUT, at);
        else
            test_feeder_push(&f, dir, piece, at);
        if (op < 0)
            break;
        left = cx_slice_sub(left, piece.len + 4, left.len);
        if (!(op & OP_SAME_DIRECTION))
            dir = !dir;
        if (op & OP_GAP && !datagram)
            test_feeder_gap(&f, dir, (uint64_t)op, at);
    }
    test_feeder_finish(&f);
    cx_arena_free(&arena);
    return 0;
}
