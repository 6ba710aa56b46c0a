/* Microsoft Network Monitor 1.x and 2.x ("Capture File Format" in the help of Network
 * Monitor 3.4; 1.x as its files show). A header tells where a table of offsets is, which gives the
 * order of the frames and mostly lies behind them. Of a file on disk both are read where they are;
 * what comes through a pipe is held up to a cap. */
#include "capture/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"

#include <pcap/dlt.h>
#include <stdlib.h>
#include <time.h>

enum {
    HEADER = 128,
    WINDOW = 524288,  /* bytes read ahead where frames follow each other; a frame fits in */
    NEAR = 65536,     /* bytes left out between two frames that follow each other */
    TABLE_PART = 4096 /* entries of the table at hand */
};

/* Media types (2.1 and later: of each frame). */
enum {
    MEDIA_WAN = 4,
    MEDIA_WIFI = 6,
    MEDIA_PCAP = 0xe000, /* and a LINKTYPE_ value */
    MEDIA_EXPORTED = 0xe080,
    MEDIA_EXPORTED_LAST = 0xe08a,
    MEDIA_EVENT = 0xffe0,
    MEDIA_INFO_EX = 0xfffb,
    MEDIA_PAYLOAD_HEADER = 0xfffc,
    MEDIA_INFO = 0xfffd,
    MEDIA_DNS_CACHE = 0xfffe,
    MEDIA_FILTER = 0xffff
};

typedef struct netmon {
    cx_input *in;
    cx_source_info *info;
    bool random; /* the file can be read at any place; else all of it is in held */
    cx_buf held;
    uint64_t size; /* bytes of the capture */
    uint8_t major, minor;
    uint16_t media; /* of all frames before 2.1 */
    int64_t start_s, start_ms;
    uint64_t table_at;
    uint32_t n_frames, next; /* of the table */
    uint32_t table[TABLE_PART], table_first, table_n;
    bool walks; /* the table is lost: frames are read as they lie */
    uint64_t walk_at;
    uint64_t no;     /* of the last frame that Wireshark numbers */
    uint64_t read;   /* bytes of frames so far: more than there are when they overlap */
    uint8_t *window; /* WINDOW bytes */
    uint64_t window_at;
    size_t window_len;
} netmon;

static bool knows(cx_slice head)
{
    return head.len >= 4 && (memcmp(head.p, "RTSS", 4) == 0 || memcmp(head.p, "GMBU", 4) == 0);
}

static void close_reader(void *state)
{
    netmon *s = state;
    cx_buf_free(&s->held);
    free(s->window);
    free(s);
}

/* ---- Bytes ---- */

/* n bytes at this offset, at most WINDOW; fewer where the capture ends. Valid until the next call.
 */
static cx_slice fetch(netmon *s, uint64_t at, size_t n)
{
    if (at >= s->size)
        return (cx_slice){s->window, 0};
    if (n > s->size - at)
        n = (size_t)(s->size - at);
    if (!s->random)
        return cx_slice_sub(cx_buf_slice(&s->held), (size_t)at, n);
    const uint64_t end = s->window_at + s->window_len;
    if (at < s->window_at || at + n > end) {
        /* much only where it will be used: frames may lie anywhere */
        bool follows = at >= s->window_at && at < end + NEAR;
        size_t more = follows && n < WINDOW ? WINDOW : n < 4096 ? 4096 : n;
        s->window_at = at;
        s->window_len = cx_input_read_at(s->in, at, s->window, more);
    }
    return cx_slice_sub((cx_slice){s->window, s->window_len}, (size_t)(at - s->window_at), n);
}

/* Takes all that comes. CX_UNSUPPORTED: too much, and why; CX_NO_MEMORY. */
static cx_status hold(netmon *s, char why[256])
{
    s->held = cx_buf_init(CX_MAX_NETMON_HELD);
    for (;;) {
        cx_slice part = cx_input_ahead(s->in, true);
        if (part.len == 0)
            break;
        cx_status status = cx_buf_put_slice(&s->held, part);
        if (status == CX_LIMIT) {
            snprintf(why, 256,
                     "a Network Monitor capture of more than %u MiB is read from a file only, "
                     "unpacked",
                     CX_MAX_NETMON_HELD >> 20);
            return CX_UNSUPPORTED;
        }
        if (status != CX_OK)
            return status;
        (void)cx_input_skip(s->in, part.len);
    }
    s->size = s->held.len;
    return s->in->error ? cx_source_failed(s->info, s->size, s->in) : CX_OK;
}

/* ---- Header and table ---- */

static void read_start(netmon *s, cx_cursor *c)
{
    struct tm start = {.tm_isdst = 0};
    start.tm_year = cx_le16(c) - 1900;
    start.tm_mon = cx_le16(c) - 1;
    (void)cx_le16(c); /* day of the week */
    start.tm_mday = cx_le16(c);
    start.tm_hour = cx_le16(c);
    start.tm_min = cx_le16(c);
    start.tm_sec = cx_le16(c);
    s->start_ms = cx_le16(c);
    s->start_s = timegm(&start);
}

/* Where frames are. What is wrong with the table is noted as damage. */
static void find_table(netmon *s, uint32_t at, uint32_t len)
{
    s->table_at = at;
    s->n_frames = len / 4;
    if (at >= HEADER && len % 4 == 0 && at <= s->size && len <= s->size - at)
        return;
    if (len % 4 == 0 && at >= HEADER && at < s->size && s->size - at >= 4) {
        s->n_frames = (uint32_t)((s->size - at) / 4);
        cx_source_damaged(s->info, s->size, "cut inside the table of frames: %u of %u",
                          (unsigned)s->n_frames, (unsigned)(len / 4));
        return;
    }
    cx_source_damaged(
        s->info, s->size,
        "cut before the table of frames: they are read in the order in which they lie");
    s->walks = true;
    s->walk_at = HEADER;
}

static cx_status open_state(netmon *s, char why[256])
{
    cx_slice head = cx_input_peek(s->in, HEADER);
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    (void)cx_take(&c, 4);
    s->minor = cx_u8(&c);
    s->major = cx_u8(&c);
    s->media = cx_le16(&c);
    read_start(s, &c);
    uint32_t table_at = cx_le32(&c), table_len = cx_le32(&c);
    if (head.len < HEADER) {
        snprintf(why, 256, "cut inside the Network Monitor header: %zu of %d bytes", head.len,
                 HEADER);
        return CX_NOT_CAPTURE;
    }
    if (s->major != 1 && s->major != 2) {
        snprintf(why, 256, "Network Monitor format %u.%u, known are 1 and 2", s->major, s->minor);
        return CX_UNSUPPORTED;
    }
    s->random = cx_input_random(s->in, &s->size);
    s->window = s->random ? malloc(WINDOW) : NULL;
    if (s->random && !s->window)
        return CX_NO_MEMORY;
    cx_status status = s->random ? CX_OK : hold(s, why);
    if (status != CX_OK && status != CX_END)
        return status;
    s->info->local_time = s->major == 1 || s->minor < 3;
    s->info->nanoseconds = !s->info->local_time; /* tenths of microseconds */
    find_table(s, table_at, table_len);
    return CX_OK;
}

static cx_status open_reader(cx_input *in, cx_source_info *info, void **ret_state, char why[256])
{
    netmon *s = calloc(1, sizeof *s);
    if (!s)
        return CX_NO_MEMORY;
    s->in = in;
    s->info = info;
    *ret_state = s;
    return open_state(s, why);
}

/* The offset of the next frame. False: there is none. */
static bool next_frame(netmon *s, uint64_t *ret_at)
{
    if (s->walks) {
        *ret_at = s->walk_at;
        return s->walk_at < s->size;
    }
    if (s->next == s->n_frames)
        return false;
    if (s->next >= s->table_first + s->table_n) {
        uint32_t n = s->n_frames - s->next < TABLE_PART ? s->n_frames - s->next : TABLE_PART;
        uint8_t part[TABLE_PART * 4];
        cx_slice bytes = {part, 0};
        if (s->random)
            bytes.len = cx_input_read_at(s->in, s->table_at + (uint64_t)s->next * 4, part, n * 4);
        else
            bytes = fetch(s, s->table_at + (uint64_t)s->next * 4, n * 4);
        cx_cursor c = cx_cursor_over(bytes, CX_TRUNCATED);
        s->table_first = s->next;
        s->table_n = (uint32_t)(c.left / 4);
        for (uint32_t i = 0; i < s->table_n; i++)
            s->table[i] = cx_le32(&c);
        if (s->table_n == 0) {
            cx_source_damaged(s->info, s->table_at, "the table of frames cannot be read");
            return false;
        }
    }
    *ret_at = s->table[s->next++ - s->table_first];
    return true;
}

/* ---- Frames ---- */

/* One frame as it stands in the file. */
typedef struct frame {
    uint64_t at;
    uint32_t wire_len, len; /* len: bytes captured */
    int64_t ticks;          /* since the start, 100 ns */
    uint16_t media;
    uint64_t utc; /* 2.3: 100 ns since 1601 */
    cx_slice bytes;
} frame;

static size_t trailer_len(const netmon *s)
{
    static const uint8_t lengths[] = {0, 2, 6, 15};
    if (s->major == 1)
        return 0;
    return lengths[s->minor < 3 ? s->minor : 3];
}

/* The frame at f->at. False: there is none, and damage says why. */
static bool read_frame(netmon *s, frame *f)
{
    const size_t header = s->major == 1 ? 8 : 16, trailer = trailer_len(s);
    cx_cursor c = cx_cursor_over(fetch(s, f->at, header), CX_TRUNCATED);
    if (s->major == 1) {
        f->ticks = (int64_t)cx_le32(&c) * 10000;
        f->wire_len = cx_le16(&c);
        f->len = cx_le16(&c);
    } else {
        /* microseconds; negative ones were made by an unsigned product */
        f->ticks = (int64_t)(cx_le64(&c) * 10);
        f->wire_len = cx_le32(&c);
        f->len = cx_le32(&c);
    }
    if (c.err != CX_OK || f->len > CX_MAX_PACKET) {
        if (c.err != CX_OK)
            cx_source_damaged(s->info, f->at, "cut inside a record");
        else
            cx_source_damaged(s->info, f->at, "a packet of %u bytes", (unsigned)f->len);
        return false;
    }
    const size_t len = header + f->len + trailer;
    cx_slice whole = {NULL, 0};
    if (len <= s->size - f->at) /* else it is not worth reading */
        whole = fetch(s, f->at, len);
    if (whole.len < len) {
        cx_source_damaged(s->info, f->at, "cut inside a record of %zu bytes", len);
        return false;
    }
    s->read += len;
    s->walk_at = f->at + whole.len;
    f->bytes = cx_slice_sub(whole, header, f->len);
    c = cx_cursor_over(cx_slice_sub(whole, header + f->len, trailer), CX_TRUNCATED);
    f->media = trailer ? cx_le16(&c) : s->media;
    (void)cx_le32(&c); /* process */
    f->utc = cx_le64(&c);
    return true;
}

static int64_t time_of(const netmon *s, const frame *f)
{
    enum { PER_SECOND = 10000000 };
    const int64_t from_1601_to_1970 = 11644473600;
    if (s->major == 2 && s->minor >= 3)
        return cx_capture_time((int64_t)(f->utc / PER_SECOND) - from_1601_to_1970,
                               (int64_t)(f->utc % PER_SECOND) * 100);
    int64_t seconds = f->ticks / PER_SECOND, ticks = f->ticks % PER_SECOND + s->start_ms * 10000;
    if (ticks < 0) {
        ticks += PER_SECOND;
        seconds--;
    }
    return cx_capture_time(s->start_s + seconds + ticks / PER_SECOND, ticks % PER_SECOND * 100);
}

/* Takes a header of Network Monitor from the front of the packet. */
static void strip(frame *f, size_t n)
{
    if (n > f->bytes.len)
        n = f->bytes.len;
    f->bytes = cx_slice_sub(f->bytes, n, f->bytes.len);
    f->wire_len = f->wire_len > n ? f->wire_len - (uint32_t)n : 0;
}

/* Dial-up and ATM: NDISWAN makes an Ethernet header for what it carries; ATM frames have two
 * addresses and the circuit before LLC (RFC 1483). */
static uint16_t wan_link(frame *f)
{
    const uint8_t *p = f->bytes.p;
    if (f->bytes.len >= 15 && ((p[12] == 0x08 && p[13] == 0x00 && p[14] >> 4 == 4) ||
                               (p[12] == 0x86 && p[13] == 0xdd && p[14] >> 4 == 6)))
        return DLT_EN10MB;
    if (f->bytes.len >= 19 && p[16] == 0xaa && p[17] == 0xaa && p[18] == 3) {
        strip(f, 16);
        return DLT_ATM_RFC1483;
    }
    return CX_LINK_NETMON + MEDIA_WAN;
}

/* 802.11 has a header before it (version 2): its length follows the version. */
static uint16_t wifi_link(frame *f)
{
    cx_cursor c = cx_cursor_over(f->bytes, CX_TRUNCATED);
    uint8_t version = cx_u8(&c);
    uint16_t len = cx_le16(&c);
    if (c.err != CX_OK || version != 2 || len < 3)
        return CX_LINK_NETMON + MEDIA_WIFI;
    strip(f, len);
    return DLT_IEEE802_11;
}

static uint16_t link_of(frame *f)
{
    static const uint8_t links[] = {
        [0] = DLT_EN10MB, /* VPN, in captures of 3.4 */
        [1] = DLT_EN10MB, [2] = DLT_IEEE802, [3] = DLT_FDDI, [7] = DLT_RAW, /* tunnels */
        [8] = DLT_RAW,                                                      /* mobile broadband */
        [9] = DLT_RAW,
    };
    if (f->media == MEDIA_WAN)
        return wan_link(f);
    if (f->media == MEDIA_WIFI)
        return wifi_link(f);
    if (f->media == MEDIA_EXPORTED)
        return DLT_IEEE802_11;
    if (f->media > MEDIA_EXPORTED && f->media <= MEDIA_EXPORTED_LAST)
        return (uint16_t)(CX_LINK_NETMON | (f->media & 0xff));
    if ((f->media & 0xf000) == MEDIA_PCAP)
        return cx_capture_link(f->media & 0xfff);
    if (f->media < sizeof links && (links[f->media] || f->media == 0))
        return links[f->media];
    return (uint16_t)(CX_LINK_NETMON | (f->media & 0xff));
}

static cx_status next_packet(void *state, cx_packet *ret)
{
    netmon *s = state;
    frame f;
    while (next_frame(s, &f.at)) {
        if (s->read > s->size) {
            cx_source_damaged(s->info, f.at, "frames overlap");
            return CX_END;
        }
        if (!read_frame(s, &f)) {
            if (s->in->error)
                return cx_source_failed(s->info, f.at, s->in);
            if (s->walks)
                return CX_END;
            s->info->resumed = true;
            s->no++;
            continue;
        }
        if (f.media == MEDIA_PAYLOAD_HEADER || f.media == MEDIA_INFO || f.media == MEDIA_DNS_CACHE)
            continue; /* Wireshark does not number them */
        s->no++;
        if (f.media == MEDIA_EVENT || f.media == MEDIA_INFO_EX || f.media == MEDIA_FILTER)
            continue;
        ret->link = link_of(&f);
        ret->bytes = f.bytes;
        ret->wire_len = f.wire_len;
        ret->ts_ns = time_of(s, &f);
        ret->no = s->no;
        return CX_OK;
    }
    return CX_END;
}

const cx_reader cx_reader_netmon = {
    .name = "netmon",
    .knows = knows,
    .open = open_reader,
    .next = next_packet,
    .close = close_reader,
};
