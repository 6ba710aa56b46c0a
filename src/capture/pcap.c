/* Classic pcap and pcapng through libpcap: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 * Headers are checked here as well, because libpcap has one answer for "no capture", "cut" and
 * "nothing in it". */
#include "capture/reader.h"

#include "base/cursor.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

enum { PCAP_HEADER = 24, PCAP_SNAPLEN_AT = 16, SHB_TYPE = 0x0a0d0d0a };

static const uint32_t magic_micro = 0xa1b2c3d4, magic_nano = 0xa1b23c4d;
static const uint32_t magic_modified = 0xa1b2cd34; /* longer record headers (Kuznetzov) */

typedef struct pcap_state {
    cx_input *in;
    cx_source_info *info;
    FILE *stream; /* of in; closed by pcap */
    pcap_t *pcap; /* NULL: nothing can be read, info says why if it is damage */
    bool classic;
    uint64_t record_at;  /* classic: offset of the next record */
    uint32_t header_len; /* classic: bytes in front of each packet */
} pcap_state;

/* ---- pcap ---- */

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
static cx_status open_libpcap(cx_input *in, cx_source_info *info, bool classic, pcap_state **ret,
                              char error[PCAP_ERRBUF_SIZE])
{
    pcap_state *s = calloc(1, sizeof *s);
    if (!s)
        return CX_NO_MEMORY;
    *s = (pcap_state){.in = in, .info = info, .classic = classic, .stream = cx_input_stream(in)};
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
    cx_status status = open_libpcap(in, info, true, &s, error);
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

/* ---- pcapng ---- */

static bool knows_pcapng(cx_slice head)
{
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    return cx_be32(&c) == SHB_TYPE && c.err == CX_OK;
}

/* The length of the section header block at the beginning; 0: damaged, and why. */
static size_t section_header(cx_input *in, char why[256])
{
    cx_slice head = cx_input_peek(in, 28);
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    (void)cx_be32(&c);
    uint32_t length_little = cx_le32(&c), byte_order = cx_be32(&c);
    bool big_endian = byte_order == 0x1a2b3c4d;
    uint32_t length = big_endian ? __builtin_bswap32(length_little) : length_little;
    uint16_t major = big_endian ? cx_be16(&c) : cx_le16(&c);
    if (head.len < 28) {
        snprintf(why, 256, "cut inside the first pcapng block: %zu of at least 28 bytes", head.len);
        return 0;
    }
    if (!big_endian && byte_order != 0x4d3c2b1a) {
        snprintf(why, 256, "damaged first pcapng block: no byte-order magic");
        return 0;
    }
    if (major != 1) {
        snprintf(why, 256, "pcapng version %u, known is 1", (unsigned)major);
        return 0;
    }
    if (length < 28 || length % 4 || length > CX_INPUT_BUFFER) {
        snprintf(why, 256, "damaged first pcapng block: length %u", (unsigned)length);
        return 0;
    }
    cx_slice block = cx_input_peek(in, length);
    if (block.len < length) {
        snprintf(why, 256, "cut inside the first pcapng block: %zu of %u bytes", block.len,
                 (unsigned)length);
        return 0;
    }
    cx_cursor end = cx_cursor_over(cx_slice_sub(block, length - 4, 4), CX_TRUNCATED);
    if (cx_le32(&end) != length_little) {
        snprintf(why, 256, "damaged first pcapng block: its two lengths differ");
        return 0;
    }
    return length;
}

static cx_status open_pcapng(cx_input *in, cx_source_info *info, void **ret_state, char why[256])
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_state *s = NULL;
    size_t length = section_header(in, why);
    if (length == 0)
        return CX_NOT_CAPTURE;
    cx_status status = open_libpcap(in, info, false, &s, error);
    if (status == CX_NO_MEMORY) {
        if (s)
            close_state(s);
        return status;
    }
    if (status == CX_OK)
        info->snaplen = (uint32_t)pcap_snapshot(s->pcap);
    else if (!strstr(error, "has no Interface Description Blocks"))
        cx_source_damaged(info, length, "no packet can be read: %s", error);
    *ret_state = s;
    return CX_OK;
}

/* ---- both ---- */

/* Seconds and nanoseconds as one number; what no number holds becomes the nearest that one does. */
static int64_t join_time(const struct timeval *t, bool classic)
{
    /* Up to the year 2116, so that sums and differences of times never overflow; what is outside is
     * damage or malice. */
    const int64_t ns_per_s = 1000000000, max_s = INT64_MAX / 2 / ns_per_s - 1;
    int64_t seconds = t->tv_sec;
    if (classic) /* 32 bits without sign in the file, with sign in libpcap */
        seconds = (int64_t)(uint32_t)seconds;
    if (seconds > max_s)
        seconds = max_s;
    if (seconds < 0)
        seconds = 0;
    int64_t fraction = t->tv_usec;
    if (fraction < 0 || fraction >= ns_per_s)
        fraction = ns_per_s - 1;
    return seconds * ns_per_s + fraction;
}

static cx_status read_next(void *state, cx_packet *ret)
{
    pcap_state *s = state;
    struct pcap_pkthdr *header;
    const uint8_t *bytes;
    if (!s->pcap)
        return CX_END;
    if (!s->classic) /* blocks between packets are libpcap's affair */
        s->record_at = (uint64_t)ftello(s->stream);
    errno = 0;
    int answer = pcap_next_ex(s->pcap, &header, &bytes);
    if (answer != 1) {
        if (answer == PCAP_ERROR && errno == ENOMEM)
            return CX_NO_MEMORY;
        if (s->in->error)
            cx_source_damaged(s->info, s->record_at, "reading failed: %s", strerror(s->in->error));
        else if (answer == PCAP_ERROR && feof(s->stream))
            cx_source_damaged(s->info, s->record_at, "cut inside a record: %s",
                              pcap_geterr(s->pcap));
        else if (answer == PCAP_ERROR)
            cx_source_damaged(s->info, s->record_at, "%s", pcap_geterr(s->pcap));
        return CX_END;
    }
    ret->ts_ns = join_time(&header->ts, s->classic);
    ret->bytes = (cx_slice){bytes, header->caplen};
    ret->wire_len = header->len;
    ret->link = (uint16_t)pcap_datalink(s->pcap);
    s->record_at += s->header_len + header->caplen;
    /* libpcap does not tell the resolution of pcapng interfaces */
    if (!s->classic && ret->ts_ns % 1000 != 0)
        s->info->nanoseconds = true;
    return CX_OK;
}

const cx_reader cx_reader_pcap = {
    .name = "pcap",
    .knows = knows_pcap,
    .open = open_pcap,
    .next = read_next,
    .close = close_state,
};

const cx_reader cx_reader_pcapng = {
    .name = "pcapng",
    .knows = knows_pcapng,
    .open = open_pcapng,
    .next = read_next,
    .close = close_state,
};
