/* A small network for tests of the flow layer: packets are written as a line of text each step, go
 * through cx_flows_batch as the decoder would give them, and the events come back as text.
 *
 * A script is steps separated by ';'. A step is words:
 *   +N            first: N ms of capture time pass (a step of its own when nothing follows)
 *   C or S        TCP from the client 10.0.0.1:40000 or from the server 10.0.0.2:5061, then flags
 *                 (of S A F R P, or - for none; u: the checksum is left to the network card, :N MSS
 *                 behind them), seq, ack, and payload (the rest, spaces included)
 *   c or s        UDP between the same, then the payload
 *   I TYPE CODE SEQ   ICMP error of the router 10.0.0.9 that quotes the client's packet of that
 *                 sequence number; J the same in ICMPv6 terms; i quotes the client's datagram
 *   = before any of these: a copy of the packet before, 0.1 ms later
 *   =-            a copy that is one hop further
 *   ~             sent with few hops
 *   a number behind C, S, c, s, I, J, i: added to the client's port, for further conversations
 *   @N behind that: ports of the server instead of 5061
 *   #N behind that: the path of the tunnels that it came through
 *   ~N before the payload: only N bytes of it are captured
 * Each packet is a frame, from 1, 1 ms after the one before it.
 *
 * Events are words with the frame behind '@': "syn@1 connected@3 data@4 data<@5 closed<@7", '<' for
 * those of the server. Details that are not the usual ones follow in brackets. */
#pragma once

#include "flow/flow_table.h"

typedef struct test_net {
    cx_flow_config config; /* set before test_net_start; sink is filled in */
    bool quiet;            /* no syn, data and copy events, which most tests do not look at */
    bool details;          /* with stream and flow numbers and the counters of both sides */
    cx_flows *flows;
    uint64_t frame;
    int64_t ts_ns;
    uint16_t ip_id;
    char text[65536];
    size_t len;
} test_net;

/* False: no memory. */
bool test_net_start(test_net *n);
void test_net_run(test_net *n, const char *script);
void test_net_end(test_net *n); /* end of the capture: last events */
void test_net_free(test_net *n);

/* One decoded TCP packet; ports as above, payload borrowed until it is pushed. */
cx_l4 test_net_tcp(test_net *n, bool from_server, uint16_t client_port, uint8_t flags, uint32_t seq,
                   uint32_t ack, cx_slice payload);

/* The whole in one: fails the cmocka test unless the events of the script equal `want`. */
void test_net_expect(const test_net *setup, const char *script, const char *want);

/* Toy protocols over TCP and UDP: alpha on port 5061, beta on 6000, both known by their letter. A
 * message is the letter of its protocol, a digit n and n bytes; it is told as
 * "alpha(bytes)@first-last". Another letter, and the texts "!" and "?" in alpha, are malformed;
 * beta takes alpha's "!" for its own, and "b6lately" may begin it in the middle of a conversation.
 * The text "bye" ends the direction; "<" hands the rest to the child "inner", which tells it under
 * the name of its carrier. */
extern const cx_dissector *const test_net_dissectors[];
