/* ICMP errors as events: which types are errors, and to which conversation they belong. What they
 * mean for a TCP connection is tested in test_tcp_state.c. */
#include "net/transport.h"
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_types(void **state)
{
    (void)state;
    static const uint8_t v4[] = {3, 4, 5, 11, 12}, v6[] = {1, 2, 3, 4};
    for (unsigned type = 0; type < 256; type++)
        for (int six = 0; six < 2; six++) {
            char script[64], want[64] = "";
            snprintf(script, sizeof script, "%c %u 0 1", six ? 'J' : 'I', type);
            if (memchr(six ? v6 : v4, (int)type, six ? sizeof v6 : sizeof v4))
                snprintf(want, sizeof want, "0/-1:icmp(%u/0)@1", type);
            const test_net setup = {.details = true};
            test_net_expect(&setup, script, want);
        }
}

static void test_conversation(void **state)
{
    (void)state;
    const test_net setup = {.details = true, .quiet = true};
    test_net_expect(&setup, "c1 x;c a2hi;i 3 3", "2/-1:alpha(hi)@2-2 2/-1:icmp(3/3)@3");
    test_net_expect(&setup, "c1@9 x;i 3 3", "0/-1:icmp(3/3)@2");
}

/* Nothing readable was quoted: the event is told, and belongs to no conversation. */
static void test_nothing_quoted(void **state)
{
    (void)state;
    test_net n = {.details = true, .quiet = true};
    assert_true(test_net_start(&n));
    cx_l4 p = {.at = {.frame = 1}, .icmp = {.type = 3, .code = 1}};
    p.src.proto = p.dst.proto = CX_IPPROTO_ICMP;
    p.src.family = p.dst.family = 4;
    cx_flows_batch(n.flows, &p, 1);
    test_net_end(&n);
    assert_string_equal(n.text, "0/-1:icmp(3/1)@1");
    test_net_free(&n);
}

/* An ICMP error to 192.0.2.1 that quotes what it sent to 192.0.2.2: proto, then the bytes behind
 * the IP header, of which the sender of the error kept n. */
static void send_error(test_net *n, uint8_t code, uint8_t proto, const char *quoted, size_t len)
{
    uint8_t bytes[128] = {3, code, 0,  0, 0, 0, 0,   0, 0x45, 0, 0,   0, 0, 0,
                          0, 0,    64, 0, 0, 0, 192, 0, 2,    1, 192, 0, 2, 2};
    const char *what;
    bytes[11] = proto == 6 ? 40 : 60;
    bytes[17] = proto;
    memcpy(bytes + 28, quoted, len);
    const cx_ip ip = {.src = {.family = 4, .proto = CX_IPPROTO_ICMP, .addr = {9}},
                      .dst = {.family = 4, .proto = CX_IPPROTO_ICMP, .addr = {1}},
                      .proto = CX_IPPROTO_ICMP,
                      .payload = {bytes, 28 + len},
                      .wire = (uint32_t)(28 + len),
                      .link_wire = (uint32_t)(28 + len)};
    n->ts_ns += 1000000000;
    cx_l4 p = {.at = {.frame = ++n->frame, .ts_ns = n->ts_ns}, .src = ip.src, .dst = ip.dst};
    assert_int_equal(cx_transport_read(&ip, &p, &what), CX_OK);
    cx_flows_batch(n->flows, &p, 1);
}

#define PORTS          "\xc0\x01\x13\xc5" /* 49153, 5061 */
#define SEGMENT(flags) PORTS "\1\2\3\4\0\0\0\0\x50" flags "\x20\0\0\0\0\0"
#define DATAGRAM(text) PORTS "\0\x28\0\0" text /* 40 bytes, of which the error quotes fewer */

static void expect_error(uint8_t proto, const char *quoted, size_t len, int times, const char *want)
{
    test_net n = {.details = true};
    assert_true(test_net_start(&n));
    for (int i = 0; i < times; i++)
        send_error(&n, 1, proto, quoted, len);
    test_net_end(&n);
    assert_string_equal(n.text, want);
    test_net_free(&n);
}

/* The capture has one direction: the packet that is quoted stands for those that it lacks. */
static void test_quoted_alone(void **state)
{
    (void)state;
    const char syn[] = SEGMENT("\2"), ack[] = SEGMENT("\x10"), answer[] = SEGMENT("\x12");
    const char asked[] = DATAGRAM("a2hi"), answered[] = DATAGRAM("SIP/2.0 200 OK");
    expect_error(
        6, syn, 20, 1,
        "1/0:syn@1[ ttl=64 packets=1 ] 1/0:icmp(3/1)@1 1/0:unreachable<@1[ one answer=1 rtt=-1 "
        "icmp=3/1 from=0 C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked,unsummed "
        "S:bytes=0,packets=0,again=0,data=0-0,fin=0,rst=0,unacked ]");
    expect_error(
        6, syn, 20, 2,
        "1/0:syn@1[ ttl=64 packets=1 ] 1/0:icmp(3/1)@1 1/0:unreachable<@1[ one answer=1 rtt=-1 "
        "icmp=3/1 from=0 C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked,unsummed "
        "S:bytes=0,packets=0,again=0,data=0-0,fin=0,rst=0,unacked ] 1/0:icmp(3/1)@2");
    expect_error(6, syn, 8, 1, "0/-1:icmp(3/1)@1"); /* what kind of segment nobody knows */
    expect_error(6, ack, 20, 1, "0/-1:icmp(3/1)@1");
    expect_error(6, answer, 20, 1, "0/-1:icmp(3/1)@1");
    expect_error(17, asked, 12, 1, "1/-1:alpha(hi)@1-1 1/-1:icmp(3/1)@1");
    expect_error(17, answered, sizeof answered - 1, 1, "0/-1:icmp(3/1)@1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_conversation),
        cmocka_unit_test(test_nothing_quoted),
        cmocka_unit_test(test_quoted_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
