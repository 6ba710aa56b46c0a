/* snoop (RFC 1761), and what Shomiti and Finisar Surveyor made of it. */
#include "capture/reader.h"

#include "base/cursor.h"

#include <pcap/dlt.h>
#include <stdlib.h>

enum {
    HEADER = 16,
    RECORD = 24,
    SURVEYOR_TRAILER = 16, /* bytes behind each packet, by which Surveyor's files are known */
    SURVEYOR_RADIO = 19
};

static const uint8_t magic[8] = {'s', 'n', 'o', 'o', 'p', 0, 0, 0};

typedef struct snoop {
    cx_input *in;
    cx_source_info *info;
    uint16_t link;
    uint32_t padding; /* of the last record, not taken yet */
    bool radio;       /* a header with its own length stands before each packet */
} snoop;

static bool knows(cx_slice head)
{
    return head.len >= sizeof magic && memcmp(head.p, magic, sizeof magic) == 0;
}

/* DLT_ value of a data link type (RFC 1761 4, <sys/dlpi.h> of Solaris). */
static uint16_t link_of(uint32_t type, bool surveyor)
{
    static const uint8_t unknown = 0xff;
    static const uint8_t solaris[] = {
        [0] = DLT_EN10MB,      [1] = unknown,  [2] = DLT_IEEE802, [3] = unknown,
        [4] = DLT_EN10MB,      [5] = unknown,  [6] = unknown,     [7] = unknown,
        [8] = DLT_FDDI,        [9] = DLT_NULL, [10] = unknown,    [11] = unknown,
        [12] = unknown,        [13] = unknown, [14] = DLT_NULL,   [15] = unknown,
        [16] = DLT_IP_OVER_FC, [17] = unknown, [18] = DLT_SUNATM,
    };
    static const uint8_t others[] = {
        [0] = DLT_EN10MB,  [1] = unknown,      [2] = DLT_IEEE802,  [3] = unknown,
        [4] = DLT_EN10MB,  [5] = unknown,      [6] = unknown,      [7] = unknown,
        [8] = DLT_FDDI,    [9] = unknown,      [10] = DLT_EN10MB,  [11] = DLT_IEEE802,
        [12] = DLT_EN10MB, [13] = DLT_IEEE802, [14] = DLT_IEEE802, [15] = unknown,
        [16] = unknown,    [17] = unknown,     [18] = unknown,     [19] = DLT_IEEE802_11,
        [20] = DLT_EN10MB,
    };
    size_t n = surveyor ? sizeof others : sizeof solaris;
    uint8_t link = type < n ? (surveyor ? others : solaris)[type] : unknown;
    if (type == 0x80000005) /* ipnet(7D) */
        return DLT_IPNET;
    return link == unknown ? (uint16_t)(CX_LINK_SNOOP | (type & 0xff)) : link;
}

static cx_status open_reader(cx_input *in, cx_source_info *info, void **ret_state, char why[256])
{
    cx_slice head = cx_input_peek(in, HEADER + RECORD);
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    (void)cx_take(&c, sizeof magic);
    uint32_t version = cx_be32(&c), type = cx_be32(&c);
    if (c.err != CX_OK) {
        snprintf(why, 256, "cut inside the snoop header: %zu of %d bytes", head.len, HEADER);
        return CX_NOT_CAPTURE;
    }
    if (version < 2 || version > 5) { /* 3 to 5: Surveyor */
        snprintf(why, 256, "snoop version %u, known are 2 to 5", (unsigned)version);
        return CX_UNSUPPORTED;
    }
    (void)cx_be32(&c);
    uint32_t len = cx_be32(&c), record = cx_be32(&c);
    bool surveyor = c.err == CX_OK && record >= RECORD + SURVEYOR_TRAILER &&
                    len <= record - RECORD - SURVEYOR_TRAILER;
    snoop *s = malloc(sizeof *s);
    if (!s)
        return CX_NO_MEMORY;
    *s = (snoop){.in = in,
                 .info = info,
                 .link = link_of(type, surveyor),
                 .radio = surveyor && type == SURVEYOR_RADIO};
    (void)cx_input_skip(in, HEADER);
    *ret_state = s;
    return CX_OK;
}

/* Takes the header that Surveyor puts before 802.11 frames: its length is in the fourth byte and
 * does not count the first four. */
static void strip_radio(cx_packet *p)
{
    size_t len = p->bytes.len >= 4 ? 4u + p->bytes.p[3] : 4;
    if (len > p->bytes.len)
        len = p->bytes.len;
    p->bytes = cx_slice_sub(p->bytes, len, p->bytes.len);
    p->wire_len = p->wire_len > len ? p->wire_len - (uint32_t)len : 0;
}

/* Notes that the input ends, fails or goes on with nonsense in the record at this offset. */
static cx_status cut(snoop *s, uint64_t at, uint64_t have, uint64_t len)
{
    if (s->in->error)
        return cx_source_failed(s->info, at, s->in);
    cx_source_damaged(s->info, at, "cut inside a record: %llu of %llu bytes",
                      (unsigned long long)have, (unsigned long long)len);
    return CX_END;
}

static cx_status next_packet(void *state, cx_packet *ret)
{
    snoop *s = state;
    if (cx_input_skip(s->in, s->padding) < s->padding) /* of which packets do not depend */
        return s->in->error ? cx_source_failed(s->info, s->in->at, s->in) : CX_END;
    s->padding = 0;
    const uint64_t at = s->in->at;
    cx_cursor c = cx_cursor_over(cx_input_peek(s->in, RECORD), CX_TRUNCATED);
    const size_t have = c.left;
    uint32_t wire_len = cx_be32(&c), len = cx_be32(&c), record = cx_be32(&c), drops = cx_be32(&c),
             seconds = cx_be32(&c), micros = cx_be32(&c);
    if (have == 0 && !s->in->error)
        return CX_END;
    if (c.err != CX_OK)
        return cut(s, at, have, RECORD);
    if (record < RECORD || len > record - RECORD || len > CX_INPUT_BUFFER - RECORD) {
        cx_source_damaged(s->info, at, "a packet of %u bytes in a record of %u", (unsigned)len,
                          (unsigned)record);
        return CX_END;
    }
    cx_slice whole = cx_input_peek(s->in, RECORD + len);
    if (whole.len < RECORD + len)
        return cut(s, at, whole.len, record);
    ret->bytes = cx_slice_sub(whole, RECORD, len);
    ret->wire_len = wire_len;
    ret->ts_ns = cx_capture_time(seconds, (int64_t)micros * 1000);
    ret->link = s->link;
    if (s->radio)
        strip_radio(ret);
    if (drops > s->info->drops) /* so far, from the beginning */
        s->info->drops = drops;
    (void)cx_input_skip(s->in, RECORD + len);
    s->padding = record - RECORD - len;
    return CX_OK;
}

const cx_reader cx_reader_snoop = {
    .name = "snoop",
    .knows = knows,
    .open = open_reader,
    .next = next_packet,
    .close = free,
};
