/* Names of DNS record types and response codes, as registered (IANA "Domain Name System (DNS)
 * Parameters", RFC 6895). */
#include "event/event.h"

static const struct {
    uint16_t value;
    const char *name;
} types[] = {
    {.value = 1, .name = "A"},        {.value = 2, .name = "NS"},
    {.value = 3, .name = "MD"},       {.value = 4, .name = "MF"},
    {.value = 5, .name = "CNAME"},    {.value = 6, .name = "SOA"},
    {.value = 7, .name = "MB"},       {.value = 8, .name = "MG"},
    {.value = 9, .name = "MR"},       {.value = 10, .name = "NULL"},
    {.value = 11, .name = "WKS"},     {.value = 12, .name = "PTR"},
    {.value = 13, .name = "HINFO"},   {.value = 14, .name = "MINFO"},
    {.value = 15, .name = "MX"},      {.value = 16, .name = "TXT"},
    {.value = 17, .name = "RP"},      {.value = 18, .name = "AFSDB"},
    {.value = 24, .name = "SIG"},     {.value = 25, .name = "KEY"},
    {.value = 28, .name = "AAAA"},    {.value = 29, .name = "LOC"},
    {.value = 33, .name = "SRV"},     {.value = 35, .name = "NAPTR"},
    {.value = 36, .name = "KX"},      {.value = 37, .name = "CERT"},
    {.value = 39, .name = "DNAME"},   {.value = 41, .name = "OPT"},
    {.value = 42, .name = "APL"},     {.value = 43, .name = "DS"},
    {.value = 44, .name = "SSHFP"},   {.value = 45, .name = "IPSECKEY"},
    {.value = 46, .name = "RRSIG"},   {.value = 47, .name = "NSEC"},
    {.value = 48, .name = "DNSKEY"},  {.value = 49, .name = "DHCID"},
    {.value = 50, .name = "NSEC3"},   {.value = 51, .name = "NSEC3PARAM"},
    {.value = 52, .name = "TLSA"},    {.value = 53, .name = "SMIMEA"},
    {.value = 55, .name = "HIP"},     {.value = 59, .name = "CDS"},
    {.value = 60, .name = "CDNSKEY"}, {.value = 61, .name = "OPENPGPKEY"},
    {.value = 62, .name = "CSYNC"},   {.value = 63, .name = "ZONEMD"},
    {.value = 64, .name = "SVCB"},    {.value = 65, .name = "HTTPS"},
    {.value = 99, .name = "SPF"},     {.value = 249, .name = "TKEY"},
    {.value = 250, .name = "TSIG"},   {.value = 251, .name = "IXFR"},
    {.value = 252, .name = "AXFR"},   {.value = 255, .name = "ANY"},
    {.value = 256, .name = "URI"},    {.value = 257, .name = "CAA"},
};

static const char *const rcodes[] = {
    [0] = "NOERROR",  [1] = "FORMERR",    [2] = "SERVFAIL", [3] = "NXDOMAIN",  [4] = "NOTIMP",
    [5] = "REFUSED",  [6] = "YXDOMAIN",   [7] = "YXRRSET",  [8] = "NXRRSET",   [9] = "NOTAUTH",
    [10] = "NOTZONE", [11] = "DSOTYPENI", [16] = "BADVERS", [17] = "BADKEY",   [18] = "BADTIME",
    [19] = "BADMODE", [20] = "BADNAME",   [21] = "BADALG",  [22] = "BADTRUNC", [23] = "BADCOOKIE",
};

const char *cx_dns_type_name(uint16_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].value == type)
            return types[i].name;
    return NULL;
}

const char *cx_dns_rcode_name(uint8_t rcode)
{
    return rcode < sizeof rcodes / sizeof *rcodes ? rcodes[rcode] : NULL;
}
