/* Blocks, options and clocks of pcapng (pcapng.h), and finding the next block behind damage. */
#include "capture/pcapng.h"

#include "capture/reader.h"

enum {
    WINDOW = 131072,   /* bytes that must do to tell blocks from other bytes */
    ENOUGH = 8,        /* blocks in a row that are no accident */
    ENOUGH_AT_END = 64 /* ... where the other explanation is a packet with a capture in it */
};

bool cx_pcapng_section(cx_slice head, cx_fields *ret, uint32_t *ret_len)
{
    cx_fields f = cx_fields_over(head, true);
    (void)cx_f32(&f);
    uint32_t len = cx_f32(&f), magic = cx_f32(&f);
    f.big_endian = magic == 0x1a2b3c4d;
    if (f.c.err != CX_OK || (!f.big_endian && magic != 0x4d3c2b1a))
        return false;
    *ret = f;
    *ret_len = f.big_endian ? len : __builtin_bswap32(len);
    return true;
}

uint32_t cx_pcapng_min(uint32_t type)
{
    switch (type) {
    case CX_PCAPNG_SECTION:
        return CX_PCAPNG_SECTION_MIN;
    case CX_PCAPNG_PACKET:
    case CX_PCAPNG_PACKET_OLD:
        return 32;
    case CX_PCAPNG_STATISTICS:
        return 24;
    case CX_PCAPNG_INTERFACE:
    case CX_PCAPNG_SECRETS:
        return 20;
    case CX_PCAPNG_SIMPLE:
    case CX_PCAPNG_CUSTOM:
    case CX_PCAPNG_CUSTOM_KEPT:
        return 16;
    default:
        return 12;
    }
}

bool cx_pcapng_numbered(uint32_t type)
{
    switch (type) {
    case CX_PCAPNG_PACKET:
    case CX_PCAPNG_PACKET_OLD:
    case CX_PCAPNG_SIMPLE:
    case CX_PCAPNG_JOURNAL:
    case CX_PCAPNG_CUSTOM:
    case CX_PCAPNG_CUSTOM_KEPT:
    case CX_PCAPNG_SYSDIG:
    case CX_PCAPNG_SYSDIG_2:
    case CX_PCAPNG_SYSDIG_2_LARGE:
        return true;
    default:
        return false;
    }
}

bool cx_pcapng_same_length(uint32_t len, const uint8_t *p, bool big_endian)
{
    cx_fields f = cx_fields_over((cx_slice){p, 4}, big_endian);
    return ((cx_f32(&f) + 3) & ~UINT32_C(3)) == len;
}

bool cx_pcapng_next_option(cx_fields *f, cx_pcapng_option *ret)
{
    if (f->c.left < 4)
        return false;
    cx_pcapng_option o = {.code = cx_f16(f)};
    uint32_t len = cx_f16(f);
    if (o.code == 0 || len > f->c.left) /* opt_endofopt */
        return false;
    o.value = cx_fields_over(cx_take_slice(&f->c, len), f->big_endian);
    (void)cx_take(&f->c, f->c.left < (-len & 3) ? f->c.left : -len & 3);
    *ret = o;
    return true;
}

/* ---- Clocks ---- */

static uint64_t power_of_10(unsigned n)
{
    uint64_t power = 1;
    while (n--)
        power *= 10;
    return power;
}

bool cx_pcapng_fine(const cx_pcapng_clock *clock)
{
    return clock->binary ? clock->exponent >= 20 : clock->exponent > 6;
}

int64_t cx_pcapng_time(const cx_pcapng_clock *clock, uint64_t units)
{
    const uint64_t ns_per_s = 1000000000;
    unsigned n = clock->exponent;
    uint64_t seconds, ns;
    if (clock->binary) {
        uint64_t fraction = n == 0    ? 0
                            : n < 64  ? units << (64 - n)
                            : n < 128 ? units >> (n - 64)
                                      : 0;
        seconds = n < 64 ? units >> n : 0;
        /* the upper 64 bits of fraction * 10^9 */
        ns = ((fraction >> 32) * ns_per_s + ((fraction & UINT32_MAX) * ns_per_s >> 32)) >> 32;
    } else if (n <= 9) {
        uint64_t per_second = power_of_10(n);
        seconds = units / per_second;
        ns = units % per_second * power_of_10(9 - n);
    } else {
        uint64_t all = n - 9 < 20 ? units / power_of_10(n - 9) : 0;
        seconds = all / ns_per_s;
        ns = all % ns_per_s;
    }
    int64_t whole = seconds > INT64_MAX ? INT64_MAX : (int64_t)seconds;
    if (__builtin_add_overflow(whole, clock->offset_s, &whole))
        whole = clock->offset_s > 0 ? INT64_MAX : INT64_MIN;
    return cx_capture_time(whole, (int64_t)ns);
}

/* ---- Damage ---- */

/* The order that a row of blocks gives: what packets may name changes on the way. */
typedef struct row {
    bool big_endian;
    uint32_t n_interfaces;
} row;

/* The length of the block that bytes begin with, of a known type and as it should be; 0: none. One
 * that is longer than bytes is judged by its first bytes. */
static uint32_t block_at(row *r, cx_slice bytes)
{
    cx_fields f = cx_fields_over(bytes, r->big_endian);
    uint32_t type = cx_f32(&f), len = cx_f32(&f);
    if (type == CX_PCAPNG_SECTION) {
        if (!cx_pcapng_section(bytes, &f, &len))
            return 0;
        r->big_endian = f.big_endian;
        r->n_interfaces = 0;
    } else if (type == 0 || (type > CX_PCAPNG_SECRETS && !cx_pcapng_numbered(type))) {
        return 0;
    }
    if (f.c.err != CX_OK || len % 4 || len < cx_pcapng_min(type) || len > WINDOW)
        return 0;
    if (type == CX_PCAPNG_INTERFACE)
        r->n_interfaces++;
    if (type == CX_PCAPNG_PACKET) {
        uint32_t id = cx_f32(&f);
        (void)cx_f64(&f);
        uint32_t captured = cx_f32(&f);
        if (f.c.err == CX_OK && (id >= r->n_interfaces || captured > len - 32))
            return 0;
    }
    if (len <= bytes.len && !cx_pcapng_same_length(len, bytes.p + len - 4, r->big_endian))
        return 0;
    return len;
}

/* Do blocks follow each other from the first byte on, enough of them or as far as bytes go? end:
 * nothing comes behind bytes. */
static bool row_at(cx_slice bytes, bool end, row r, unsigned enough)
{
    for (unsigned n = 0; n < enough; n++) {
        if (bytes.len == 0)
            return end && n > 0;
        uint32_t len = bytes.len >= 12 ? block_at(&r, bytes) : 0;
        if (bytes.len < 12 || len > bytes.len) /* a part of a block */
            return n > 0 && !end;
        if (len == 0)
            return false;
        bytes = cx_slice_sub(bytes, len, bytes.len - len);
    }
    return true;
}

bool cx_pcapng_blocks(cx_slice bytes, bool end, bool big_endian, uint32_t n_interfaces)
{
    return (end && bytes.len == 0) ||
           row_at(bytes, end, (row){big_endian, n_interfaces}, end ? ENOUGH_AT_END : ENOUGH);
}

bool cx_pcapng_resume(cx_input *in, bool big_endian, uint32_t n_interfaces)
{
    const row r = {big_endian, n_interfaces};
    for (;;) {
        cx_slice ahead = cx_input_peek(in, 2 * WINDOW);
        bool last = ahead.len < 2 * WINDOW;
        size_t places = last ? ahead.len : WINDOW;
        for (size_t i = 0; i < places; i++) {
            cx_slice bytes = cx_slice_sub(ahead, i, WINDOW);
            if (row_at(bytes, last && i + WINDOW >= ahead.len, r, ENOUGH)) {
                (void)cx_input_skip(in, i);
                return true;
            }
        }
        (void)cx_input_skip(in, places);
        if (last)
            return false;
    }
}

bool cx_pcapng_follows(cx_slice rest, bool big_endian, uint32_t n_interfaces)
{
    const row r = {big_endian, n_interfaces};
    for (size_t i = 1; i + 12 <= rest.len; i++)
        if (row_at(cx_slice_sub(rest, i, rest.len), true, r, ENOUGH_AT_END))
            return true;
    return false;
}

bool cx_pcapng_ends_with_block(cx_slice bytes, bool big_endian)
{
    cx_fields f = cx_fields_over(cx_slice_sub(bytes, bytes.len - 4, 4), big_endian);
    uint32_t len = cx_f32(&f);
    if (bytes.len < 16 || len < 12 || len >= bytes.len)
        return false;
    f = cx_fields_over(cx_slice_sub(bytes, bytes.len - len + 4, 4), big_endian);
    return cx_f32(&f) == len;
}
