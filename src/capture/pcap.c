/* Classic pcap through libpcap (draft-ietf-opsawg-pcap), but for the plain ones (pcap_plain.c). The
 * header is checked here as well, because libpcap has one answer for "no capture", "cut" and
 * "nothing in it". */
#include "capture/reader.h"

#include "base/cursor.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

enum { PCAP_HEADER = 24, PCAP_SNAPLEN_AT = 16 };

static const uint32_t magic_micro = 0xa1b2c3d4, magic_nano = 0xa1b23c4d;
static const uint32_t magic_modified = 0xa1b2cd34; /* longer record headers (Kuznetzov) */

typedef struct pcap_state {
    cx_input *in;
    cx_source_info *info;
    FILE *stream; /* of in; closed by pcap */
    pcap_t *pcap;
    uint64_t record_at;  /* offset of the next record */
    uint32_t header_len; /* bytes in front of each packet */
} pcap_state;

/* The magic that head begins with, in the byte order of its writer; 0: none. */
static uint32_t pcap_magic(cx_slice head, bool *ret_big_endian)
{
    cx_cursor little = cx_cursor_over(head, CX_TRUNCATED), big = little;
    uint32_t as_little = cx_le32(&little), as_big = cx_be32(&big);
    *ret_big_endian = as_big == magic_micro || as_big == magic_nano || as_big == magic_modified;
    if (*ret_big_endian)
        return as_big;
    bool known = as_little == magic_micro || as_little == magic_nano || as_little == magic_modified;
    return known ? as_little : 0;
}

static bool knows_pcap(cx_slice head)
{
    bool big_endian;
    return pcap_magic(head, &big_endian) != 0;
}

static void close_state(void *state)
{
    pcap_state *s = state;
    if (s->pcap)
        pcap_close(s->pcap); /* and its stream */
    free(s);
}

/* Opens libpcap on the input. CX_NOT_CAPTURE: error[] says why; CX_NO_MEMORY. */
static cx_status open_libpcap(cx_input *in, cx_source_info *info, pcap_state **ret,
                              char error[PCAP_ERRBUF_SIZE])
{
    pcap_state *s = calloc(1, sizeof *s);
    if (!s)
        return CX_NO_MEMORY;
    *s = (pcap_state){.in = in, .info = info, .stream = cx_input_stream(in)};
    if (!s->stream) {
        free(s);
        return CX_NO_MEMORY;
    }
    *ret = s;
    error[0] = 0;
    errno = 0;
    s->pcap =
        pcap_fopen_offline_with_tstamp_precision(s->stream, PCAP_TSTAMP_PRECISION_NANO, error);
    if (s->pcap)
        return CX_OK;
    bool no_memory = errno == ENOMEM;
    (void)fclose(s->stream); /* read only: nothing can be lost */
    s->stream = NULL;
    return no_memory ? CX_NO_MEMORY : CX_NOT_CAPTURE;
}

static cx_status open_pcap(cx_input *in, cx_source_info *info, void **ret_state, char why[256])
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_state *s = NULL;
    bool big_endian;
    cx_slice header = cx_input_peek(in, PCAP_HEADER);
    if (header.len < PCAP_HEADER) {
        snprintf(why, 256, "cut inside the pcap header: %zu of %d bytes", header.len, PCAP_HEADER);
        return CX_NOT_CAPTURE;
    }
    uint32_t magic = pcap_magic(header, &big_endian);
    cx_cursor c = cx_cursor_over(cx_slice_sub(header, PCAP_SNAPLEN_AT, 4), CX_TRUNCATED);
    info->snaplen = big_endian ? cx_be32(&c) : cx_le32(&c);
    info->nanoseconds = magic == magic_nano;
    /* libpcap cuts packets that are longer than the header says, and such captures exist */
    memset(in->buffer + in->from + PCAP_SNAPLEN_AT, 0, 4);
    cx_status status = open_libpcap(in, info, &s, error);
    if (status == CX_OK) {
        s->record_at = PCAP_HEADER;
        s->header_len = magic == magic_modified ? 24 : 16;
        *ret_state = s;
        return CX_OK;
    }
    if (s)
        close_state(s);
    snprintf(why, 256, "damaged pcap header: %.200s", error);
    return status;
}

static cx_status read_next(void *state, cx_packet *ret)
{
    pcap_state *s = state;
    struct pcap_pkthdr *header;
    const uint8_t *bytes;
    errno = 0;
    int answer = pcap_next_ex(s->pcap, &header, &bytes);
    if (answer != 1) {
        if (answer == PCAP_ERROR && errno == ENOMEM)
            return CX_NO_MEMORY;
        if (s->in->error)
            return cx_source_failed(s->info, s->record_at, s->in);
        if (answer == PCAP_ERROR && feof(s->stream))
            cx_source_damaged(s->info, s->record_at, "cut inside a record: %s",
                              pcap_geterr(s->pcap));
        else if (answer == PCAP_ERROR)
            cx_source_damaged(s->info, s->record_at, "%s", pcap_geterr(s->pcap));
        return CX_END;
    }
    /* seconds have 32 bits without sign in the file, and a sign in libpcap */
    ret->ts_ns = cx_capture_time((int64_t)(uint32_t)header->ts.tv_sec, header->ts.tv_usec);
    ret->bytes = (cx_slice){bytes, header->caplen};
    ret->wire_len = header->len;
    ret->link = (uint16_t)pcap_datalink(s->pcap);
    s->record_at += s->header_len + header->caplen;
    return CX_OK;
}

const cx_reader cx_reader_pcap = {
    .name = "pcap",
    .knows = knows_pcap,
    .open = open_pcap,
    .next = read_next,
    .close = close_state,
};
