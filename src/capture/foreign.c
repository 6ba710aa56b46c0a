/* Formats that are known and not read (foreign.h): magics as in libwiretap and in the formats' own
 * specifications; ETL as in WMI_BUFFER_HEADER, ERF as in "EDM11-01 ERF types". */
#include "capture/foreign.h"

#include "base/cursor.h"

#define EDITCAP "; convert it: editcap -F pcap IN OUT"
/* the packets have headers of the format's own, which it takes off for Ethernet alone */
#define EDITCAP_ETHERNET "; convert it: editcap -F pcap -T ether IN OUT"

static const struct {
    const char *magic;
    size_t len;
    const char *text;
} magics[] = {
    {"\x02\x21\x4c\x18", 4, "compressed by lz4 in its legacy format; unpack it: lz4 -dc IN > OUT"},
    {"\xfd"
     "7zXZ\0",
     6, "compressed by xz; unpack it: xz -dc IN > OUT"},
    {"BZh", 3, "compressed by bzip2; unpack it: bzip2 -dc IN > OUT"},
    {"\x1f\x9d", 2, "compressed by compress; unpack it: gzip -dc IN > OUT"},
    {"7z\xbc\xaf\x27\x1c", 6, "a 7-Zip archive; unpack it first"},
    {"PK\3\4", 4, "a ZIP archive; unpack it first"},
    {"MSCF", 4, "a cabinet file; unpack it first (netsh trace keeps its packets in the .etl file)"},
    {"TRSNIFF data    \x1a", 17, "a Sniffer (DOS) capture" EDITCAP},
    {"XCP\0", 4, "a Sniffer (Windows) or NetXRay capture" EDITCAP},
    {"VL\0\0", 4, "a NetXRay capture" EDITCAP},
    {"iptrace 1.0", 11, "an AIX iptrace capture" EDITCAP},
    {"iptrace 2.0", 11, "an AIX iptrace capture" EDITCAP},
    {"\177ver", 4, "an EtherPeek or OmniPeek capture" EDITCAP},
    {"\xaa\xaa\xaa\xaa", 4, "a 5View capture" EDITCAP},
    {"ObserverPktBuffe", 16, "an Observer capture" EDITCAP},
    {"\x00\x00\x02\x00\x12\x05\x00\x10", 8, "a Tektronix K12 capture" EDITCAP},
    {"\x1c\x00\x01\xac", 4, "an IXIA capture (lcap, hardware)" EDITCAP},
    {"\x1c\x00\x01\xab", 4, "an IXIA capture (lcap, software)" EDITCAP},
    {"\xac\x01\x00\x1c", 4, "an IXIA capture (lcap, hardware)" EDITCAP},
    {"\xab\x01\x00\x1c", 4, "an IXIA capture (lcap, software)" EDITCAP},
    {"\x05VNF", 4, "a Visual Networks capture" EDITCAP},
    {"\x01\x10\x4c\x00\x01\x05Trace Display", 19, "a LANalyzer capture" EDITCAP},
    {"TR\x00\x64\x00", 5, "an HP-UX nettl trace" EDITCAP_ETHERNET},
    {"+---------+---------------+----------+", 38, "a Tektronix K12 text trace" EDITCAP_ETHERNET},
    {"btsnoop\0", 8, "a btsnoop capture: Bluetooth, holds no IP traffic"},
};

/* WMI_BUFFER_HEADER, 72 bytes, then SYSTEM_TRACE_HEADER: version 2, type 1 or 2, marker 0xc0. */
static bool is_etl(cx_slice head)
{
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    uint32_t buffer_size = cx_le32(&c);
    (void)cx_take(&c, 68);
    uint16_t version = cx_le16(&c);
    uint8_t type = cx_u8(&c), marker = cx_u8(&c);
    return c.err == CX_OK && buffer_size >= 1024 && buffer_size % 1024 == 0 && version == 2 &&
           (type == 1 || type == 2) && marker == 0xc0;
}

/* ERF has no magic: the first records must have a known type, a possible length and times that do
 * not jump. */
static bool is_erf(cx_slice head)
{
    cx_cursor c = cx_cursor_over(head, CX_TRUNCATED);
    uint64_t seconds = 0;
    int records = 0;
    while (c.left >= 16 && records < 4) {
        (void)cx_le32(&c); /* fraction of the second */
        uint32_t at = cx_le32(&c);
        uint8_t type = cx_u8(&c) & 0x7f;
        uint8_t flags = cx_u8(&c);
        uint16_t len = cx_be16(&c);
        (void)cx_be16(&c); /* losses */
        uint16_t wire_len = cx_be16(&c);
        if (type == 0 || type > 48 || len < 16 || (flags & 0xf0) || wire_len == 0 ||
            at < 631152000 /* 1990 */ || (records > 0 && (at < seconds || at - seconds > 86400)))
            return false;
        seconds = at;
        records++;
        if (len - 16u > c.left)
            break;
        (void)cx_take(&c, len - 16u);
    }
    return records > 0;
}

const char *cx_foreign_format(cx_slice head)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (head.len >= magics[i].len && memcmp(head.p, magics[i].magic, magics[i].len) == 0)
            return magics[i].text;
    if (head.len >= 262 && memcmp(head.p + 257, "ustar", 5) == 0)
        return "a tar archive; unpack it first: tar -xf IN";
    if (is_etl(head))
        return "a Windows event trace (ETL); convert it: etl2pcapng IN OUT, or pktmon etl2pcap IN";
    if (is_erf(head))
        return "an ERF capture" EDITCAP;
    return NULL;
}
