/* Classic pcap as nearly all programs write it: version 2.4, times in micro- or nanoseconds, in
 * this machine's byte order (draft-ietf-opsawg-pcap). Its packets are given out where they stand in
 * the input's buffer; through libpcap (pcap.c) each is copied three times, which takes longer than
 * decoding it. Older versions, patched writers, the other byte order and rare link types stay with
 * libpcap. */
#include "capture/reader.h"

#include "base/limits.h"

#include <pcap/dlt.h>
#include <stdlib.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

static const uint32_t magic_micro = 0xa1b2c3d4, magic_nano = 0xa1b23c4d;

typedef struct pcap_plain {
    cx_input *in;
    cx_source_info *info;
    uint32_t ns_per_unit; /* of the fractions of a second */
    uint16_t link;        /* DLT_ value */
} pcap_plain;

static uint32_t native32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint16_t native16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Link types whose packets libpcap gives out as they are, and no larger than CX_MAX_PACKET. */
static bool is_common(uint32_t linktype)
{
    static const uint16_t common[] = {
        DLT_NULL, DLT_EN10MB,    DLT_PPP,        DLT_RAW,        101 /* LINKTYPE_RAW */,
        DLT_LOOP, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_IEEE802_11, DLT_IEEE802_11_RADIO,
        DLT_IPV4, DLT_IPV6,
    };
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (common[i] == linktype)
            return true;
    return false;
}

static bool knows(cx_slice header)
{
    if (header.len < FILE_HEADER)
        return false;
    uint32_t magic = native32(header.p);
    return (magic == magic_micro || magic == magic_nano) && native16(header.p + 4) == 2 &&
           native16(header.p + 6) == 4 && is_common(native32(header.p + 20));
}

static cx_status open_reader(cx_input *in, cx_source_info *info, void **ret_state, char why[256])
{
    cx_slice header = cx_input_peek(in, FILE_HEADER);
    pcap_plain *s = malloc(sizeof *s);
    if (!s) {
        snprintf(why, 256, "%s", cx_status_text(CX_NO_MEMORY));
        return CX_NO_MEMORY;
    }
    info->nanoseconds = native32(header.p) == magic_nano;
    info->snaplen = native32(header.p + 16);
    *s = (pcap_plain){.in = in,
                      .info = info,
                      .ns_per_unit = info->nanoseconds ? 1 : 1000,
                      .link = cx_capture_link((uint16_t)native32(header.p + 20))};
    (void)cx_input_skip(in, FILE_HEADER);
    *ret_state = s;
    return CX_OK;
}

/* The input ends inside the record that it stands at, or cannot be read on. */
static cx_status cut(pcap_plain *s, size_t have, size_t len)
{
    if (s->in->error)
        return cx_source_failed(s->info, s->in->at, s->in);
    if (have)
        cx_source_damaged(s->info, s->in->at, "cut inside a record: %zu of %zu bytes", have, len);
    return CX_END;
}

static cx_status next_packet(void *state, cx_packet *ret)
{
    pcap_plain *s = state;
    cx_slice record = cx_input_there(s->in);
    if (record.len < RECORD_HEADER)
        record = cx_input_peek(s->in, RECORD_HEADER);
    if (record.len < RECORD_HEADER)
        return cut(s, record.len, RECORD_HEADER);
    uint32_t len = native32(record.p + 8);
    if (len > CX_MAX_PACKET) { /* libpcap's bound as well; no header says a larger one in truth */
        cx_source_damaged(s->info, s->in->at,
                          "invalid packet capture length %u, bigger than maximum of %u",
                          (unsigned)len, CX_MAX_PACKET);
        return CX_END;
    }
    if (record.len < RECORD_HEADER + len)
        record = cx_input_peek(s->in, RECORD_HEADER + len);
    if (record.len < RECORD_HEADER + len)
        return cut(s, record.len, RECORD_HEADER + len);
    ret->ts_ns =
        cx_capture_time(native32(record.p), (int64_t)native32(record.p + 4) * s->ns_per_unit);
    ret->bytes = (cx_slice){record.p + RECORD_HEADER, len};
    ret->wire_len = native32(record.p + 12);
    ret->link = s->link;
    cx_input_pass(s->in, RECORD_HEADER + len);
    return CX_OK;
}

static bool is_there(const void *state)
{
    const pcap_plain *s = state;
    cx_slice there = cx_input_there(s->in);
    return there.len >= RECORD_HEADER && there.len - RECORD_HEADER >= (size_t)native32(there.p + 8);
}

static void close_reader(void *state)
{
    free(state);
}

const cx_reader cx_reader_pcap_plain = {
    .name = "pcap",
    .knows = knows,
    .open = open_reader,
    .next = next_packet,
    .is_there = is_there,
    .close = close_reader,
};
