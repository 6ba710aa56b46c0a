/* pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces with
 * link types and clocks of their own. libpcap reads none of these where link types differ. Blocks
 * that are no packets are skipped, but for what they tell of lost packets and TLS keys. */
#include "capture/pcapng.h"

#include "base/limits.h"
#include "capture/reader.h"

#include <stdlib.h>

/* One interface of a section (4.2). */
typedef struct interface {
    bool usable; /* or damaged: only there to keep the numbers of the others */
    uint16_t link;
    uint32_t snaplen; /* bytes; 0: no limit */
    cx_pcapng_clock clock;
    uint64_t reported, counted; /* lost packets: as its statistics say, as its packets say */
} interface;

typedef struct pcapng {
    cx_input *in;
    cx_source_info *info;
    bool big_endian; /* of the section */
    interface *interfaces;
    uint32_t n_interfaces;
    uint32_t resumes; /* how often the next block had to be searched for */
    uint64_t no;      /* of the last record that Wireshark numbers */
    int64_t last_ns;  /* time of the last packet that has one */
} pcapng;

/* A block as it stands in the input. */
typedef struct block {
    uint64_t at; /* offset in the input */
    uint32_t type;
    uint32_t len;   /* of all of it, padded */
    cx_fields body; /* between the two lengths */
} block;

/* Damage inside a block whose lengths are right: only this block is lost. */
#define DAMAGED(s, b, ...)                                                                         \
    do {                                                                                           \
        cx_source_damaged((s)->info, (b)->at, __VA_ARGS__);                                        \
        (s)->info->resumed = true;                                                                 \
    } while (0)

/* ---- Sections and interfaces ---- */

static bool knows(cx_slice head)
{
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    return cx_be32(&c) == CX_PCAPNG_SECTION && c.err == CX_OK;
}

/* The length of the section header block at the beginning; 0: damaged, and why. */
static size_t first_section(cx_input *in, char why[256])
{
    cx_slice head = cx_input_peek(in, CX_PCAPNG_SECTION_MIN);
    if (head.len < CX_PCAPNG_SECTION_MIN) {
        snprintf(why, 256, "cut inside the first pcapng block: %zu of at least %d bytes", head.len,
                 CX_PCAPNG_SECTION_MIN);
        return 0;
    }
    cx_fields f;
    uint32_t length;
    if (!cx_pcapng_section(head, &f, &length)) {
        snprintf(why, 256, "damaged first pcapng block: no byte-order magic");
        return 0;
    }
    unsigned major = cx_f16(&f);
    if (major != 1) {
        snprintf(why, 256, "pcapng version %u, known is 1", major);
        return 0;
    }
    if (length < CX_PCAPNG_SECTION_MIN || length % 4 || length > CX_INPUT_BUFFER) {
        snprintf(why, 256, "damaged first pcapng block: length %u", (unsigned)length);
        return 0;
    }
    cx_slice whole = cx_input_peek(in, length);
    if (whole.len < length) {
        snprintf(why, 256, "cut inside the first pcapng block: %zu of %u bytes", whole.len,
                 (unsigned)length);
        return 0;
    }
    if (memcmp(whole.p + 4, whole.p + length - 4, 4) != 0) {
        snprintf(why, 256, "damaged first pcapng block: its two lengths differ");
        return 0;
    }
    return length;
}

static cx_status open_reader(cx_input *in, cx_source_info *info, void **ret_state, char why[256])
{
    if (first_section(in, why) == 0)
        return CX_NOT_CAPTURE;
    pcapng *s = malloc(sizeof *s);
    if (!s)
        return CX_NO_MEMORY;
    *s = (pcapng){.in = in, .info = info};
    *ret_state = s;
    return CX_OK;
}

static void close_reader(void *state)
{
    pcapng *s = state;
    free(s->interfaces);
    free(s);
}

/* Adds one; it grows in powers of two, so that the capacity need not be kept. */
static cx_status add_interface(pcapng *s, const block *b, interface added)
{
    if (s->n_interfaces == CX_MAX_INTERFACES) {
        DAMAGED(s, b, "more than %u interfaces", CX_MAX_INTERFACES);
        return CX_OK;
    }
    if ((s->n_interfaces & (s->n_interfaces - 1)) == 0) {
        size_t cap = s->n_interfaces ? (size_t)s->n_interfaces * 2 : 1;
        interface *grown = realloc(s->interfaces, cap * sizeof *grown);
        if (!grown)
            return CX_NO_MEMORY;
        s->interfaces = grown;
    }
    s->interfaces[s->n_interfaces++] = added;
    return CX_OK;
}

static cx_status read_interface(pcapng *s, block *b)
{
    cx_fields *f = &b->body;
    interface i = {.clock = {.exponent = 6}};
    i.link = cx_capture_link(cx_f16(f));
    (void)cx_f16(f);
    i.snaplen = cx_f32(f);
    i.usable = f->c.err == CX_OK;
    if (!i.usable)
        DAMAGED(s, b, "damaged interface description: %u bytes", (unsigned)b->len);
    cx_pcapng_option o;
    while (cx_pcapng_next_option(f, &o)) {
        if (o.code == 9 && o.value.c.left >= 1) { /* if_tsresol */
            uint8_t resolution = cx_u8(&o.value.c);
            i.clock.binary = resolution & 0x80;
            i.clock.exponent = resolution & 0x7f;
        }
        if (o.code == 14 && o.value.c.left >= 8) /* if_tsoffset */
            i.clock.offset_s = (int64_t)cx_f64(&o.value);
    }
    if (i.usable) {
        s->info->nanoseconds |= cx_pcapng_fine(&i.clock);
        if (s->info->snaplen == 0)
            s->info->snaplen = i.snaplen;
    }
    return add_interface(s, b, i);
}

/* A new section: numbers of interfaces and byte order begin anew. */
static bool read_section(pcapng *s, block *b)
{
    unsigned major = cx_f16(&b->body);
    s->n_interfaces = 0;
    if (b->body.c.err == CX_OK && major == 1)
        return true;
    cx_source_damaged(s->info, b->at, "section of pcapng version %u, known is 1", major);
    return false;
}

/* ---- What blocks tell beside packets ---- */

static void put_drops(pcapng *s, interface *i, uint64_t reported, uint64_t counted)
{
    /* both tell of the same packets */
    uint64_t before = i->reported > i->counted ? i->reported : i->counted;
    i->reported = reported;
    i->counted = counted;
    s->info->drops += (reported > counted ? reported : counted) - before;
}

/* Interface Statistics Block (4.6): counts since the capture began, so the latest is right. */
static void read_statistics(pcapng *s, block *b)
{
    cx_fields *f = &b->body;
    uint32_t id = cx_f32(f);
    uint64_t drops = 0;
    (void)cx_f32(f);
    (void)cx_f32(f);
    cx_pcapng_option o;
    while (cx_pcapng_next_option(f, &o)) {
        if (o.code != 5 && o.code != 7) /* isb_ifdrop, isb_osdrop */
            continue;
        uint64_t n = cx_f64(&o.value);
        if (o.value.c.err == CX_OK && n <= UINT32_MAX) /* all bits set: unknown */
            drops += n;
    }
    if (f->c.err == CX_OK && id < s->n_interfaces && drops > s->interfaces[id].reported)
        put_drops(s, &s->interfaces[id], drops, s->interfaces[id].counted);
}

/* Decryption Secrets Block (4.7), of which TLS key logs are kept. */
static cx_status read_secrets(pcapng *s, block *b)
{
    enum { TLS_KEY_LOG = 0x544c534b };
    uint32_t type = cx_f32(&b->body), len = cx_f32(&b->body);
    if (b->body.c.err != CX_OK || len > b->body.c.left) {
        DAMAGED(s, b, "damaged decryption secrets");
        return CX_OK;
    }
    if (type != TLS_KEY_LOG)
        return CX_OK;
    return cx_source_secret(s->info, cx_take_slice(&b->body.c, len));
}

/* ---- Packets ---- */

/* Is the interface one that is described? */
static interface *interface_of(pcapng *s, const block *b, uint32_t id)
{
    if (id < s->n_interfaces && s->interfaces[id].usable)
        return &s->interfaces[id];
    DAMAGED(s, b, "a packet of interface %u, which is not described", (unsigned)id);
    return NULL;
}

/* Enhanced Packet Block (4.3), and the obsolete Packet Block (appendix A). */
static bool read_packet(pcapng *s, block *b, cx_packet *ret)
{
    cx_fields *f = &b->body;
    bool obsolete = b->type == CX_PCAPNG_PACKET_OLD;
    uint32_t id = obsolete ? cx_f16(f) : cx_f32(f);
    uint16_t lost = obsolete ? cx_f16(f) : 0;
    uint64_t units = (uint64_t)cx_f32(f) << 32;
    units |= cx_f32(f);
    uint32_t len = cx_f32(f), wire_len = cx_f32(f);
    if (f->c.err != CX_OK || len > f->c.left) {
        DAMAGED(s, b, "a packet of %u bytes in a block of %u", (unsigned)len, (unsigned)b->len);
        return false;
    }
    interface *i = interface_of(s, b, id);
    if (!i)
        return false;
    ret->bytes = cx_take_slice(&f->c, len);
    ret->wire_len = wire_len;
    ret->ts_ns = s->last_ns = cx_pcapng_time(&i->clock, units);
    ret->link = i->link;
    uint64_t drops = lost == UINT16_MAX ? 0 : lost; /* all bits set: unknown */
    if (f->c.left >= 4) {
        cx_pcapng_option o;
        (void)cx_take(&f->c, -len & 3);
        while (cx_pcapng_next_option(f, &o))
            if (o.code == 4 && !obsolete && o.value.c.left >= 8) /* epb_dropcount */
                drops = cx_f64(&o.value);
    }
    if (drops && drops <= UINT32_MAX)
        put_drops(s, i, i->reported, i->counted + drops);
    return true;
}

/* Simple Packet Block (4.4): of the first interface, without a time. */
static bool read_simple(pcapng *s, block *b, cx_packet *ret)
{
    uint32_t wire_len = cx_f32(&b->body), len = wire_len;
    interface *i = interface_of(s, b, 0);
    if (!i)
        return false;
    if (i->snaplen && len > i->snaplen)
        len = i->snaplen;
    if (b->body.c.err != CX_OK || len > b->body.c.left) {
        DAMAGED(s, b, "a packet of %u bytes in a block of %u", (unsigned)len, (unsigned)b->len);
        return false;
    }
    ret->bytes = cx_take_slice(&b->body.c, len);
    ret->wire_len = wire_len;
    ret->ts_ns = s->last_ns;
    ret->link = i->link;
    s->info->untimed++;
    return true;
}

/* ---- Blocks ---- */

/* The input ends inside a block, or cannot be read on. */
static cx_status cut(pcapng *s, uint64_t at, uint64_t have, uint64_t len)
{
    if (s->in->error)
        return cx_source_failed(s->info, at, s->in);
    cx_source_damaged(s->info, at, "cut inside a record: %llu of %llu bytes",
                      (unsigned long long)have, (unsigned long long)len);
    return CX_END;
}

/* The block at b->at is damaged, and info says how: what is known of it counts, and reading goes on
 * at the next place that looks like a block. CX_UNSUPPORTED: such a place was found; CX_END,
 * CX_NO_MEMORY. */
static cx_status resume(pcapng *s, const block *b)
{
    cx_status status = CX_OK;
    if (cx_pcapng_numbered(b->type))
        s->no++;
    if (b->type == CX_PCAPNG_INTERFACE)
        status = add_interface(s, b, (interface){.usable = false});
    if (status != CX_OK)
        return status;
    if (s->in->at == b->at)
        (void)cx_input_skip(s->in, 1);
    if (++s->resumes > CX_MAX_RESUMES) /* what was noted before is the word */
        return CX_END;
    if (!cx_pcapng_resume(s->in, s->big_endian, s->n_interfaces))
        return s->in->error ? cx_source_failed(s->info, s->in->at, s->in) : CX_END;
    s->info->resumed = true;
    return CX_UNSUPPORTED;
}

/* Blocks of these types may be larger than the input's buffer. Others that say so are damaged. */
static bool may_be_large(uint32_t type)
{
    return type == CX_PCAPNG_NAMES || type == CX_PCAPNG_SECRETS || type == CX_PCAPNG_CUSTOM ||
           type == CX_PCAPNG_CUSTOM_KEPT || type == CX_PCAPNG_JOURNAL;
}

/* Such a block. CX_UNSUPPORTED: it was passed over; CX_END, CX_NO_MEMORY. */
static cx_status pass_large(pcapng *s, block *b)
{
    bool secrets = b->type == CX_PCAPNG_SECRETS;
    uint32_t body = b->len - 12, left = body;
    uint8_t *copy = secrets ? malloc(body) : NULL, end[4];
    if (secrets && !copy)
        return CX_NO_MEMORY;
    (void)cx_input_skip(s->in, 8);
    left -= (uint32_t)(copy ? cx_input_take(s->in, copy, body) : cx_input_skip(s->in, body));
    cx_status status = CX_UNSUPPORTED;
    if (left || cx_input_take(s->in, end, 4) < 4) {
        status = cut(s, b->at, 8 + (uint64_t)body - left, b->len);
    } else if (!cx_pcapng_same_length(b->len, end, s->big_endian)) {
        cx_source_damaged(s->info, b->at, "the two lengths of a block differ");
        status = resume(s, b);
    } else if (copy) {
        b->body = cx_fields_over((cx_slice){copy, body}, s->big_endian);
        if (read_secrets(s, b) != CX_OK)
            status = CX_NO_MEMORY;
    } else if (cx_pcapng_numbered(b->type)) {
        s->no++;
    }
    if (copy)
        explicit_bzero(copy, body);
    free(copy);
    return status;
}

/* The type and length that the block at the input's place says it has. CX_MALFORMED: damaged, and
 * why; CX_END: there is no more; CX_NO_MEMORY. */
static cx_status read_head(pcapng *s, block *ret)
{
    cx_slice head = cx_input_peek(s->in, 8);
    cx_fields f = cx_fields_over(head, s->big_endian);
    *ret = (block){.at = s->in->at};
    ret->type = cx_f32(&f);
    ret->len = cx_f32(&f);
    uint32_t least = 8;
    if (f.c.err == CX_OK && ret->type == CX_PCAPNG_SECTION) {
        least = CX_PCAPNG_SECTION_MIN;
        head = cx_input_peek(s->in, least);
    }
    if (head.len < least)
        return head.len || s->in->error ? cut(s, ret->at, head.len, least) : CX_END;
    if (ret->type == CX_PCAPNG_SECTION) {
        if (!cx_pcapng_section(head, &f, &ret->len)) {
            cx_source_damaged(s->info, ret->at, "a section without byte-order magic");
            return CX_MALFORMED;
        }
        s->big_endian = f.big_endian;
    }
    if (ret->len < cx_pcapng_min(ret->type) || ret->len > CX_MAX_BLOCK ||
        (ret->len > CX_INPUT_BUFFER && !may_be_large(ret->type))) {
        cx_source_damaged(s->info, ret->at, "a block of %u bytes", (unsigned)ret->len);
        return CX_MALFORMED;
    }
    ret->len = (ret->len + 3) & ~UINT32_C(3); /* some writers do not count the padding */
    return CX_OK;
}

/* The next block, which is taken from the input; its body lives until the input is read again.
 * CX_UNSUPPORTED: it was passed over; CX_END, CX_NO_MEMORY. */
static cx_status next_block(pcapng *s, block *ret)
{
    block b;
    cx_status status = read_head(s, &b);
    if (status != CX_OK)
        return status == CX_MALFORMED ? resume(s, &b) : status;
    if (b.len > CX_INPUT_BUFFER)
        return pass_large(s, &b);
    cx_slice whole = cx_input_peek(s->in, b.len);
    if (whole.len < b.len) {
        if (s->in->error || !cx_pcapng_follows(whole, s->big_endian, s->n_interfaces))
            return cut(s, b.at, whole.len, b.len);
        cx_source_damaged(s->info, b.at, "a block of %u bytes, with other blocks inside",
                          (unsigned)b.len);
        return resume(s, &b);
    }
    if (!cx_pcapng_same_length(b.len, whole.p + b.len - 4, s->big_endian)) {
        cx_source_damaged(s->info, b.at, "the two lengths of a block differ");
        size_t enough = b.len + CX_PCAPNG_WINDOW;
        if (enough > CX_INPUT_BUFFER)
            enough = CX_INPUT_BUFFER;
        cx_slice ahead = cx_input_peek(s->in, enough);
        bool end = ahead.len < enough;
        whole = cx_slice_sub(ahead, 0, b.len);
        ahead = cx_slice_sub(ahead, b.len, ahead.len);
        if (cx_pcapng_ends_with_block(whole, s->big_endian) ||
            !cx_pcapng_blocks(ahead, end, s->big_endian, s->n_interfaces))
            return resume(s, &b);
        s->info->resumed = true; /* the length in front is the right one */
    }
    b.body = cx_fields_over(cx_slice_sub(whole, 8, b.len - 12), s->big_endian);
    if (b.type == CX_PCAPNG_SECTION)
        (void)cx_take(&b.body.c, 4);
    cx_input_pass(s->in, b.len);
    *ret = b;
    return CX_OK;
}

static cx_status next_packet(void *state, cx_packet *ret)
{
    pcapng *s = state;
    for (;;) {
        block b;
        cx_status status = next_block(s, &b);
        if (status == CX_UNSUPPORTED)
            continue;
        if (status != CX_OK)
            return status;
        if (cx_pcapng_numbered(b.type))
            s->no++;
        bool packet = false;
        switch (b.type) {
        case CX_PCAPNG_SECTION:
            if (!read_section(s, &b))
                return CX_END;
            break;
        case CX_PCAPNG_INTERFACE:
            status = read_interface(s, &b);
            break;
        case CX_PCAPNG_PACKET:
        case CX_PCAPNG_PACKET_OLD:
            packet = read_packet(s, &b, ret);
            break;
        case CX_PCAPNG_SIMPLE:
            packet = read_simple(s, &b, ret);
            break;
        case CX_PCAPNG_STATISTICS:
            read_statistics(s, &b);
            break;
        case CX_PCAPNG_SECRETS:
            status = read_secrets(s, &b);
            break;
        default:
            break; /* names, journals, custom and unknown blocks */
        }
        if (status != CX_OK)
            return status;
        if (packet) {
            ret->no = s->no;
            return CX_OK;
        }
    }
}

/* A packet block that is sound: for any other, next_packet may have to read on. */
static bool is_there(const void *state)
{
    enum { BEFORE_BYTES = 28, AFTER_BYTES = 4 };
    const pcapng *s = state;
    cx_slice there = cx_input_there(s->in);
    cx_fields f = cx_fields_over(there, s->big_endian);
    uint32_t type = cx_f32(&f), len = cx_f32(&f), id = cx_f32(&f);
    (void)cx_f64(&f);
    uint32_t captured = cx_f32(&f);
    return f.c.err == CX_OK && type == CX_PCAPNG_PACKET && len % 4 == 0 && len <= there.len &&
           len >= BEFORE_BYTES + AFTER_BYTES && captured <= len - BEFORE_BYTES - AFTER_BYTES &&
           id < s->n_interfaces && s->interfaces[id].usable &&
           cx_pcapng_same_length(len, there.p + len - 4, s->big_endian);
}

const cx_reader cx_reader_pcapng = {
    .name = "pcapng",
    .knows = knows,
    .open = open_reader,
    .next = next_packet,
    .is_there = is_there,
    .close = close_reader,
};
