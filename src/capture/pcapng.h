/* The parts of pcapng that need no state: blocks, options, clocks. For the reader and its tests. */
#pragma once

#include "base/cursor.h"
#include "capture/input.h"

/* Block types (draft-ietf-opsawg-pcapng 11.1). */
enum {
    CX_PCAPNG_SECTION = 0x0a0d0d0a,
    CX_PCAPNG_INTERFACE = 1,
    CX_PCAPNG_PACKET_OLD = 2,
    CX_PCAPNG_SIMPLE = 3,
    CX_PCAPNG_NAMES = 4,
    CX_PCAPNG_STATISTICS = 5,
    CX_PCAPNG_PACKET = 6,
    CX_PCAPNG_JOURNAL = 9,
    CX_PCAPNG_SECRETS = 10,
    CX_PCAPNG_CUSTOM = 0xbad,
    CX_PCAPNG_CUSTOM_KEPT = 0x40000bad, /* not to be copied */
    CX_PCAPNG_SYSDIG = 0x204,
    CX_PCAPNG_SYSDIG_2 = 0x216,
    CX_PCAPNG_SYSDIG_2_LARGE = 0x221
};

#define CX_PCAPNG_SECTION_MIN 28     /* bytes */
#define CX_PCAPNG_WINDOW      131072 /* bytes that must do to tell blocks from others */

/* A cursor over numbers of the section's byte order. */
typedef struct cx_fields {
    cx_cursor c;
    bool big_endian;
} cx_fields;

static inline cx_fields cx_fields_over(cx_slice bytes, bool big_endian)
{
    return (cx_fields){cx_cursor_over(bytes, CX_MALFORMED), big_endian};
}

static inline uint16_t cx_f16(cx_fields *f)
{
    return f->big_endian ? cx_be16(&f->c) : cx_le16(&f->c);
}

static inline uint32_t cx_f32(cx_fields *f)
{
    return f->big_endian ? cx_be32(&f->c) : cx_le32(&f->c);
}

static inline uint64_t cx_f64(cx_fields *f)
{
    return f->big_endian ? cx_be64(&f->c) : cx_le64(&f->c);
}

/* The beginning of a Section Header Block (4.1), which says in what byte order it is: false when it
 * does not. *ret stands behind the byte-order magic; *ret_len: the length in front. */
bool cx_pcapng_section(cx_slice head, cx_fields *ret, uint32_t *ret_len);

/* The least bytes of a block of this type. */
uint32_t cx_pcapng_min(uint32_t type);

/* Does Wireshark number blocks of this type as frames? Packets, and records of other kinds. */
bool cx_pcapng_numbered(uint32_t type);

/* Is the length at p, the one behind a block, that of the block? len: padded. */
bool cx_pcapng_same_length(uint32_t len, const uint8_t *p, bool big_endian);

typedef struct cx_pcapng_option {
    uint16_t code;
    cx_fields value; /* without padding */
} cx_pcapng_option;

/* The next option (3.5). False: the end, or what is left is none. */
bool cx_pcapng_next_option(cx_fields *f, cx_pcapng_option *ret);

/* How an interface counts time (4.2: if_tsresol, if_tsoffset). */
typedef struct cx_pcapng_clock {
    bool binary;      /* units of 2^-exponent s, not 10^-exponent s */
    uint8_t exponent; /* 0 to 127 */
    int64_t offset_s;
} cx_pcapng_clock;

/* Is its unit less than a microsecond? */
bool cx_pcapng_fine(const cx_pcapng_clock *clock);

/* Nanoseconds since 1970, held in the bounds of cx_capture_time. */
int64_t cx_pcapng_time(const cx_pcapng_clock *clock, uint64_t units);

/* Damage: moves the input on to the next place where blocks follow each other as they should.
 * False: there is none, and the input is at its end. n_interfaces: that packets may name. What is
 * taken for a block does not depend on how the input comes in. */
bool cx_pcapng_resume(cx_input *in, bool big_endian, uint32_t n_interfaces);

/* Do such blocks begin inside rest, behind its first byte, and go on to its end, which is the
 * end of the input? */
bool cx_pcapng_follows(cx_slice rest, bool big_endian, uint32_t n_interfaces);

/* Are the last bytes, behind at least one more, a block as the length at the end says? */
bool cx_pcapng_ends_with_block(cx_slice bytes, bool big_endian);

/* Do such blocks begin with the first byte? end: bytes is all that the input holds. */
bool cx_pcapng_blocks(cx_slice bytes, bool end, bool big_endian, uint32_t n_interfaces);
