/* What became of a connection: each outcome, and beside it the packets that look like it and are
 * something else. */
#include "support/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct row {
    const char *name, *script, *want;
} row;

static void run(const row *rows, size_t n, bool details)
{
    const test_net setup = {.quiet = true, .details = details};
    for (size_t i = 0; i < n; i++) {
        print_message("  %s\n", rows[i].name);
        test_net_expect(&setup, rows[i].script, rows[i].want);
    }
}

#define RUN(rows, details) run(rows, sizeof(rows) / sizeof *(rows), details)
#define HANDSHAKE          "C S 100 0;S SA 500 101;C A 101 501;"

static void test_connected(void **state)
{
    (void)state;
    static const row rows[] = {
        {"handshake", HANDSHAKE, "connected@3[ answer=2 rtt=1 ] open@3[ ]"},
        {"data completes it", "C S 100 0;S SA 500 101;C PA 101 501 hi",
         "connected@3[ answer=2 rtt=1 ] open@3[ ]"},
        {"SYN sent again, the answer is to the last",
         "C S 100 0;+1000 C S 100 0;S SA 500 101;C A 101 501",
         "connected@4[ syns=2 answer=3 rtt=1 ] open@4[ syns=2 ]"},
        {"captured in the wrong order", "S SA 500 101;C S 100 0;C A 101 501",
         "connected@3[ answer=1 rtt=-1 ] open@3[ ]"},
        {"only the client's packets", "C S 100 0;C A 101 501;C PA 101 501 hi",
         "connected@2[ one answer=0 rtt=-1 ] open@3[ one ]"},
        {"only the server's packets", "S SA 500 101;S PA 501 103 hi",
         "connected<@2[ syns=0 one answer=1 rtt=-1 ] open<@2[ syns=0 one ]"},
        {"only the server's packets, bare ACK", "S SA 500 101;S A 501 103",
         "connected<@2[ syns=0 one answer=1 rtt=-1 ] open<@2[ syns=0 one ]"},
        {"SYN-ACK of another time is none", "C S 100 0;S SA 500 77;S SA 900 101;C A 101 901",
         "connected@4[ answer=3 rtt=2 ] open@4[ ]"},
        {"sequence numbers wrap", "C S 0xffffffff 0;S SA 0xffffffff 0;C A 0 0",
         "connected@3[ answer=2 rtt=1 ] open@3[ ]"},
        {"data with the SYN, acknowledged", "C S 100 0 hello;S SA 500 106;C A 106 501",
         "connected@3[ answer=2 rtt=1 ] open@3[ ]"},
        {"both at once", "C S 100 0;S S 500 0;C SA 100 501;S SA 500 101;C A 101 501",
         "connected@5[ answer=4 rtt=3 ] open@5[ ]"},
    };
    RUN(rows, false);
}

static void test_refused(void **state)
{
    (void)state;
    static const row rows[] = {
        {"one SYN", "C S 100 0;S RA 0 101", "refused<@2[ refusals=1 answer=2 rtt=1 ]"},
        {"asked three times, same number",
         "C S 100 0;S RA 0 101;+500 C S 100 0;S RA 0 101;+500 C S 100 0;S RA 0 101",
         "refused<@2[ refusals=1 answer=2 rtt=1 ]"},
        {"asked three times, new numbers",
         "C S 100 0;S RA 0 101;+500 C S 200 0;S RA 0 201;+500 C S 300 0;S RA 0 301",
         "refused<@2[ refusals=1 answer=2 rtt=1 ]"},
        {"a new attempt later", "C S 100 0;S RA 0 101;+9000 C S 200 0;S RA 0 201",
         "refused<@2[ refusals=1 answer=2 rtt=1 ] refused<@4[ refusals=1 answer=4 rtt=1 ]"},
        {"accepted at the second try",
         "C S 100 0;S RA 0 101;+500 C S 100 0;S SA 500 101;C A 101 501",
         "refused<@2[ refusals=1 answer=2 rtt=1 ] "
         "connected@5[ syns=2 refusals=1 answer=4 rtt=1 ] open@5[ syns=2 refusals=1 ]"},
        {"accepted at the second try, new number",
         "C S 100 0;S RA 0 101;+500 C S 200 0;S SA 500 201;C A 201 501",
         "refused<@2[ refusals=1 answer=2 rtt=1 ] "
         "connected@5[ refusals=1 answer=4 rtt=1 ] open@5[ refusals=1 ]"},
        {"only the answer is captured", "S RA 0 101",
         "refused<@1[ syns=0 refusals=1 one answer=1 rtt=-1 ]"},
        {"only the answers are captured", "S RA 0 101;+500 S RA 0 101;+500 S RA 0 201",
         "refused<@1[ syns=0 refusals=1 one answer=1 rtt=-1 ]"},
        {"only the answers of two attempts", "S RA 0 101;+9000 S RA 0 201",
         "refused<@1[ syns=0 refusals=1 one answer=1 rtt=-1 ] "
         "refused<@2[ syns=0 refusals=1 one answer=2 rtt=-1 ]"},
        {"the capture has each packet twice", "C S 100 0;=C S 100 0;S RA 0 101;=S RA 0 101",
         "refused<@3[ refusals=1 answer=3 rtt=1 ]"},
        {"data with the SYN", "C S 100 0 hello;S RA 0 106",
         "refused<@2[ refusals=1 answer=2 rtt=1 ]"},
        /* traps */
        {"RST behind a SYN-ACK", "C S 100 0;S SA 500 101;S RA 501 101", "half_open<@3[ ]"},
        {"RST of the client", "C S 100 0;C R 101 0", "timeout@2[ one after=1 ]"},
        {"RST without ACK is not heeded", "C S 100 0;S R 0 0", "timeout<@2[ after=1 ]"},
        {"RST that answers another SYN", "C S 100 0;S RA 0 77", "timeout<@2[ after=1 ]"},
        {"RST of a connection met in its middle", "S RA 777 101", "reset<@1[ syns=0 mid one ]"},
        {"RST alone without ACK", "S R 0 0", "reset<@1[ syns=0 mid one ]"},
    };
    RUN(rows, false);
}

/* SYNs that fall behind a refusal. */
static void test_silenced(void **state)
{
    (void)state;
#define REFUSED      "C S 100 0;S RA 0 101;"
#define TOLD_REFUSED "refused<@2[ refusals=1 answer=2 rtt=1 ]"
    static const row rows[] = {
        {"two, to the end", REFUSED "+500 C S 100 0;+500 C S 100 0;+3000 X A 1 1",
         TOLD_REFUSED
         " silenced@4[ syns=3 refusals=1 silent=2 from=3 refusal=2 after=501 lasted=3502 ]"},
        {"two, with new numbers", REFUSED "+500 C S 200 0;+500 C S 300 0;+3000 X A 1 1",
         TOLD_REFUSED " silenced@4[ refusals=1 silent=2 from=3 refusal=2 after=501 lasted=3502 ]"},
        {"two, then refused again",
         REFUSED "+500 C S 100 0;+500 C S 100 0;+3000 C S 100 0;S RA 0 101",
         TOLD_REFUSED
         " silenced@5[ syns=4 refusals=2 silent=2 from=3 refusal=2 after=501 lasted=3502 ]"},
        {"two, then accepted",
         REFUSED "+500 C S 100 0;+500 C S 100 0;+3000 C S 100 0;S SA 500 101;C A 101 501",
         TOLD_REFUSED
         " silenced@5[ syns=4 refusals=1 silent=2 from=3 refusal=2 after=501 lasted=3502 ] "
         "connected@7[ syns=4 refusals=1 answer=6 rtt=1 ] open@7[ syns=4 refusals=1 ]"},
        {"decided while the capture goes on", REFUSED "+500 C S 100 0;+6000 X A 1 1;+6000 X A 1 1",
         TOLD_REFUSED
         " silenced@3[ syns=2 refusals=1 silent=1 from=3 refusal=2 after=501 lasted=6001 ]"},
        {"the capture ends there", REFUSED "+500 C S 100 0",
         TOLD_REFUSED
         " silenced@3[ syns=2 refusals=1 silent=1 from=3 refusal=2 after=501 lasted=0 ]"},
        /* traps */
        {"each is answered",
         REFUSED "+500 C S 100 0;S RA 0 101;+500 C S 100 0;S RA 0 101;+9000 X A 1 1", TOLD_REFUSED},
        {"the first is late", REFUSED "+2500 C S 100 0;+500 C S 100 0;+3000 X A 1 1", TOLD_REFUSED},
        {"silence first", "C S 100 0;+500 C S 100 0;S RA 0 101;+9000 X A 1 1",
         "refused<@3[ syns=2 refusals=1 answer=3 rtt=1 ]"},
    };
    RUN(rows, false);
#undef REFUSED
#undef TOLD_REFUSED
}

/* Data behind a long silence of an open connection. */
static void test_unheard(void **state)
{
    (void)state;
#define IDLE      HANDSHAKE "C PA 101 501 hi;S A 501 103;"
#define CONNECTED "connected@3[ answer=2 rtt=1 ]"
#define AGAIN     "+60000 C PA 103 501 x;+200 C PA 103 501 x;+400 C PA 103 501 x;+800 C PA 103 501 x"
    static const row rows[] = {
        {"sent again three times", IDLE AGAIN,
         CONNECTED " unheard@9[ resent=3 before=5 data=6 last=9 ] open@9[ ]"},
        {"and once more", IDLE AGAIN ";+1600 C PA 103 501 x",
         CONNECTED " unheard@9[ resent=3 before=5 data=6 last=9 ] "
                   "unheard@10[ resent=4 before=5 data=6 last=10 ] open@10[ ]"},
        {"answered in the end", IDLE AGAIN ";S A 501 104",
         CONNECTED " unheard@9[ resent=3 before=5 data=6 last=9 ] "
                   "unheard@10[ resent=0 before=5 data=6 last=10 ] open<@10[ ]"},
        {"keep-alive probes of a byte",
         IDLE "+60000 C A 102 501 0;+1000 C A 102 501 0;+1000 C A 102 501 0;+1000 C A 102 501 0",
         CONNECTED " unheard@9[ resent=3 before=5 data=6 last=9 ] open@9[ ]"},
        {"the connection began before the capture", "S A 501 103;" AGAIN,
         "unheard@5[ syns=0 mid resent=3 before=1 data=2 last=5 ] open@5[ syns=0 mid ]"},
        /* traps */
        {"sent again twice", IDLE "+60000 C PA 103 501 x;+200 C PA 103 501 x;+400 C PA 103 501 x",
         CONNECTED " open@8[ ]"},
        {"not silent for long",
         IDLE "+59000 C PA 103 501 x;+200 C PA 103 501 x;+400 C PA 103 501 x;+800 C PA 103 501 x",
         CONNECTED " open@9[ ]"},
        {"a probe of the server within", IDLE "+30000 S A 500 103;+30000 C A 103 501;" AGAIN,
         CONNECTED " unheard@11[ resent=3 before=7 data=8 last=11 ] open@11[ ]"},
        {"answered at once", IDLE "+60000 C PA 103 501 x;S A 501 104;C PA 104 501 y",
         CONNECTED " open@8[ ]"},
        {"the server ended it", IDLE "S FA 501 103;C FA 103 502;" AGAIN,
         CONNECTED " closed@7[ by=S ]"},
        {"a RST answers", IDLE "+60000 C PA 103 501 x;S R 501 0", CONNECTED " reset<@7[ ]"},
    };
    RUN(rows, false);
#undef IDLE
#undef CONNECTED
#undef AGAIN
}

static void test_timeout(void **state)
{
    (void)state;
    static const row rows[] = {
        {"to the end of the capture", "C S 100 0;+3000 C S 100 0;+6000 C S 100 0;+1000 c1@9 x",
         "timeout@3[ syns=3 one after=10003 ]"},
        {"one SYN at the end", "C S 100 0", "timeout@1[ one after=0 ]"},
        {"decided while the capture runs",
         "C S 100 0;+3000 C S 100 0;+6000 C S 100 0;+14000 c1@9 x;+60000 c1@9 x",
         "timeout@3[ syns=3 one after=23003 ]"},
        {"not before the next SYN is due",
         "C S 100 0;+3000 C S 100 0;+6000 c1@9 x;C S 100 0;S SA 500 101;C A 101 501",
         "connected@6[ syns=3 answer=5 rtt=1 ] open@6[ syns=3 ]"},
        {"one SYN, more than 75 s", "C S 100 0;+74990 c1@9 x;+1000 c1@9 x;+60000 c1@9 x",
         "timeout@1[ one after=75992 ]"},
        {"one SYN, just below, then answered", "C S 100 0;+74000 c1@9 x;S SA 500 101;C A 101 501",
         "connected@4[ answer=3 rtt=74002 ] open@4[ ]"},
        {"decided, then answered after all", "C S 100 0;+80000 c1@9 x;S SA 500 101;C A 101 501",
         "timeout@1[ one after=80001 ] connected@4[ answer=3 rtt=80002 ] open@4[ ]"},
        {"decided once", "C S 100 0;+80000 c1@9 x;C S 100 0;+80000 c1@9 x",
         "timeout@1[ one after=80001 ]"},
        {"ports used again", "C S 100 0;+3000 C S 900 0;+1 c1@9 x",
         "timeout@1[ one after=3001 ] timeout@2[ one after=2 ]"},
        {"a server that answers with ACK alone", "C S 100 0;S A 7 101", "timeout<@2[ after=1 ]"},
    };
    RUN(rows, false);
}

static void test_unreachable(void **state)
{
    (void)state;
    static const row rows[] = {
        {"host", "C S 100 0;I 3 1 100",
         "icmp(3/1)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=3/1 from=9 ]"},
        {"told once", "C S 100 0;I 3 1 100;+3000 C S 100 0;I 3 1 100",
         "icmp(3/1)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=3/1 from=9 ] icmp(3/1)@4"},
        {"prohibited", "C S 100 0;I 3 13 100",
         "icmp(3/13)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=3/13 from=9 ]"},
        {"time exceeded", "C S 100 0;I 11 0 100",
         "icmp(11/0)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=11/0 from=9 ]"},
        {"hop limit exceeded", "C S 100 0;J 3 0 100",
         "icmp(3/0)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=3/0 from=9 ]"},
        {"version 6", "C S 100 0;J 1 3 100",
         "icmp(1/3)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=1/3 from=9 ]"},
        {"connected after all", "C S 100 0;I 3 1 100;+3000 C S 100 0;S SA 500 101;C A 101 501",
         "icmp(3/1)@2 unreachable<@2[ one answer=2 rtt=-1 icmp=3/1 from=9 ] "
         "connected@5[ syns=2 answer=4 rtt=1 ] open@5[ syns=2 ]"},
        /* traps */
        {"fragmentation needed", "C S 100 0;I 3 4 100", "icmp(3/4)@2 timeout@1[ one after=1 ]"},
        {"packet too big", "C S 100 0;J 2 0 100", "icmp(2/0)@2 timeout@1[ one after=1 ]"},
        {"another sequence number", "C S 100 0;I 3 1 99", "icmp(3/1)@2 timeout@1[ one after=1 ]"},
        {"a connection that is up", HANDSHAKE "I 3 1 100",
         "connected@3[ answer=2 rtt=1 ] icmp(3/1)@4 open@3[ ]"},
        {"answered already", "C S 100 0;S SA 500 101;I 3 1 100", "icmp(3/1)@3 half_open<@2[ ]"},
        {"another conversation", "C S 100 0;I1 3 1 100", "icmp(3/1)@2 timeout@1[ one after=1 ]"},
        {"a trace of the route", "~C S 100 0;I 11 0 100", "icmp(11/0)@2 timeout@1[ one after=1 ]"},
        {"pieces that never came", "C S 100 0;I 11 1 100", "icmp(11/1)@2 timeout@1[ one after=1 ]"},
        {"echo is no error", "C S 100 0;I 8 0 100;J 128 0 100", "timeout@1[ one after=2 ]"},
        {"after a timeout", "C S 100 0;+80000 c1@9 x;I 3 1 100",
         "timeout@1[ one after=80001 ] icmp(3/1)@3"},
    };
    RUN(rows, false);
}

static void test_ends(void **state)
{
    (void)state;
    static const row rows[] = {
        {"half open", "C S 100 0;S SA 500 101;+3000 S SA 500 101", "half_open<@3[ ]"},
        {"half open, one side", "S SA 500 101", "half_open<@1[ syns=0 one ]"},
        {"half open, scanned", "C S 100 0;S SA 500 101;C R 101 0", "half_open@3[ ]"},
        {"closed", HANDSHAKE "C FA 101 501;S FA 501 102;C A 102 502",
         "connected@3[ answer=2 rtt=1 ] closed<@5[ by=C ]"},
        {"closed by the server", HANDSHAKE "S FA 501 101;C FA 101 502",
         "connected@3[ answer=2 rtt=1 ] closed@5[ by=S ]"},
        {"closed by one, then silence",
         HANDSHAKE "C FA 101 501;S A 501 102;+76000 c1@9 x;+9 c1@9 x",
         "connected@3[ answer=2 rtt=1 ] closed<@5[ by=C ]"},
        {"closed by one, then the end", HANDSHAKE "C FA 101 501",
         "connected@3[ answer=2 rtt=1 ] closed@4[ ]"},
        {"RST behind both FINs", HANDSHAKE "C FA 101 501;S FA 501 102;C R 102 0",
         "connected@3[ answer=2 rtt=1 ] closed<@5[ by=C ]"},
        {"reset by the server", HANDSHAKE "C PA 101 501 hi;S RA 501 103;C A 103 501",
         "connected@3[ answer=2 rtt=1 ] reset<@5[ ]"},
        {"reset once", HANDSHAKE "S RA 501 101;S RA 501 101;C R 101 0",
         "connected@3[ answer=2 rtt=1 ] reset<@4[ ]"},
        {"reset by the client after its FIN", HANDSHAKE "C FA 101 501;C RA 102 501",
         "connected@3[ answer=2 rtt=1 ] reset@5[ fast ]"},
        {"reset by the server after the client's FIN", HANDSHAKE "C FA 101 501;S RA 501 102",
         "connected@3[ answer=2 rtt=1 ] reset<@5[ by=C ]"},
        {"a RST far outside the window", HANDSHAKE "S R 0x70000000 0;C PA 101 501 hi",
         "connected@3[ answer=2 rtt=1 ] open@5[ ]"},
        {"met in the middle", "C PA 101 501 hi;S A 501 103", "open<@2[ syns=0 mid ]"},
        {"met in the middle, nothing said", "C A 101 501;S A 501 101", ""},
        {"met in the middle, reset", "C PA 101 501 hi;S RA 501 103", "reset<@2[ syns=0 mid ]"},
        {"met at its end", "C FA 101 501;S FA 501 102", "closed<@2[ syns=0 mid by=C ]"},
        {"ports used again",
         HANDSHAKE "C FA 101 501;S FA 501 102;C S 900 0;S SA 700 901;C A 901 701",
         "connected@3[ answer=2 rtt=1 ] closed<@5[ by=C ] connected@8[ answer=7 rtt=1 ] open@8[ ]"},
        {"ports used again with the same number",
         HANDSHAKE "C FA 101 501;S FA 501 102;C S 100 0;S SA 500 101;C A 101 501",
         "connected@3[ answer=2 rtt=1 ] closed<@5[ by=C ] connected@8[ answer=7 rtt=1 ] open@8[ ]"},
        {"ports used again while open", HANDSHAKE "C S 900 0;S SA 700 901;C A 901 701",
         "connected@3[ answer=2 rtt=1 ] open@3[ ] connected@6[ answer=5 rtt=1 ] open@6[ ]"},
        {"a SYN that comes late", HANDSHAKE "C S 100 0;C PA 101 501 hi",
         "connected@3[ answer=2 rtt=1 ] open@5[ ]"},
    };
    RUN(rows, false);
}

static void test_streams(void **state)
{
    (void)state;
    static const row rows[] = {
        {"in order of first packets", "C1 S 1 0;C2 S 1 0;S1 RA 0 2;C3 A 5 5",
         "1/0:refused<@3[ refusals=1 answer=3 rtt=2 "
         "C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked "
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=3,unacked ] "
         "2/1:timeout@2[ one after=2 C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked "
         "S:bytes=0,packets=0,again=0,data=0-0,fin=0,rst=0,unacked ]"},
        {"a refusal asked again with a new number",
         "C S 100 0;S RA 0 101;+500 C S 200 0;S SA 1 201;S PA 2 201 x",
         "1/0:refused<@2[ refusals=1 answer=2 rtt=1 "
         "C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked "
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=2,unacked ] "
         "1/1:connected<@5[ refusals=1 answer=4 rtt=1 "
         "C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked "
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked ] "
         "1/1:open<@5[ refusals=1 C:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked "
         "S:bytes=1,packets=2,again=0,data=5-5,fin=0,rst=0,unacked ]"},
    };
    RUN(rows, true);
}

/* The counters of both sides, as the last event tells them. */
static void test_counters(void **state)
{
    (void)state;
    static const struct {
        const char *name, *script, *client, *server;
    } rows[] = {
        {"plain", "C PA 101 501 hello;S PA 501 106 hi;C PA 106 503 x",
         "C:bytes=6,packets=4,again=0,data=4-6,fin=0,rst=0,unacked",
         "S:bytes=2,packets=2,again=0,data=5-5,fin=0,rst=0,acked"},
        {"sent again", "C PA 101 501 hello;+300 C PA 101 501 hello;S A 501 106",
         "C:bytes=5,packets=4,again=1,data=4-4,fin=0,rst=0,acked",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"sent again twice",
         "C PA 101 501 hello;+300 C PA 101 501 hello;+900 C PA 101 501 hello;S A 501 106",
         "C:bytes=5,packets=5,again=2,data=4-4,fin=0,rst=0,acked,stalled=1202@6",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked ]"},
        {"sent again with more", "C PA 101 501 hello;+300 C PA 101 501 hello you",
         "C:bytes=9,packets=4,again=1,data=4-5,fin=0,rst=0,unacked",
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"a copy of the capture", "C PA 101 501 hello;=C PA 101 501 hello",
         "C:bytes=5,packets=3,again=0,data=4-4,fin=0,rst=0,unacked",
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"lost before, filled later", "C PA 106 501 hello;C PA 101 501 first",
         "C:bytes=10,packets=4,again=0,data=4-5,fin=0,rst=0,unacked",
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"filled twice", "C PA 106 501 hello;C PA 101 501 first;+300 C PA 101 501 first",
         "C:bytes=10,packets=5,again=1,data=4-5,fin=0,rst=0,unacked",
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"keep-alive", "C PA 101 501 hi;S A 501 103;C A 102 501 x;C A 102 501;S A 501 103",
         "C:bytes=2,packets=5,again=0,data=4-4,fin=0,rst=0,acked",
         "S:bytes=0,packets=3,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"part acknowledged", "C PA 101 501 hello;S A 501 105",
         "C:bytes=5,packets=3,again=0,data=4-4,fin=0,rst=0,unacked",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"FIN with data", "C FPA 101 501 hello;S A 501 107;S FA 501 107",
         "C:bytes=5,packets=3,again=0,data=4-4,fin=4,rst=0,acked",
         "S:bytes=0,packets=3,again=0,data=0-0,fin=6,rst=0,unacked"},
        {"RST", "C PA 101 501 hello;S RA 501 106",
         "C:bytes=5,packets=3,again=0,data=4-4,fin=0,rst=0,acked",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=5,unacked"},
        {"the first is stuck, the second passes",
         "C PA 101 501 hello;C PA 106 501 x;S A 501 101;+300 C PA 101 501 hello;"
         "+900 C PA 101 501 hello",
         ",unacked,stalled=1203@8,stuck=2x5,hole=0,largest=5,passed=0,repeated=1 S:",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"stuck, sent again in parts",
         "C PA 101 501 hello;S A 501 101;+300 C PA 101 501 hell;+900 C PA 101 501 hello",
         ",stuck=2x4,hole=0,largest=5,passed=0,repeated=1 S:",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"stuck no more", "C PA 101 501 hello;S A 501 101;+300 C PA 101 501 hello;S A 501 106",
         ",rst=0,acked,stalled=302@6 S:",
         "S:bytes=0,packets=3,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"such a one passed before",
         "C PA 101 501 hello;S A 501 106;C PA 106 501 again;+300 C PA 106 501 again",
         ",stuck=1x5,hole=0,largest=5,passed=5,repeated=0 S:",
         "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked"},
        {"missing here and there", "S PA 600 101 behind;C A 101 501",
         "C:bytes=0,packets=3,again=0,data=0-0,fin=0,rst=0,unacked",
         ",stuck=0x0,hole=99,largest=6,passed=0,repeated=1 ]"},
        {"missing at two places, the receiver waits at the first",
         "S PA 600 101 behind;S PA 700 101 more;C A 101 501",
         "C:bytes=0,packets=3,again=0,data=0-0,fin=0,rst=0,unacked",
         ",stuck=0x0,hole=99,largest=6,passed=0,repeated=1 ]"},
        {"missing here only", "S PA 600 101 behind;C A 101 606",
         "C:bytes=0,packets=3,again=0,data=0-0,fin=0,rst=0,unacked",
         "S:bytes=6,packets=2,again=0,data=4-4,fin=0,rst=0,acked ]"},
        {"the other side acknowledges what is missing", "C PA 101 501 hello;S A 501 120",
         ",acked,unseen S:", "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked ]"},
        {"the sender itself counts it as sent", "C PA 101 501 hello;S A 700 106",
         ",rst=0,acked S:", "S:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked,unseen ]"},
        {"it comes late", "C PA 101 501 hello;S A 507 106;S PA 501 106 behind",
         ",rst=0,acked S:", ",rst=0,unacked ]"},
        {"a probe stands behind", "S A 500 101;C A 101 501;S A 501 101",
         ",rst=0,unacked S:", ",rst=0,unacked ]"},
        {"its FIN counts", "S FA 501 101;C FA 101 502;S A 502 102",
         ",fin=5,rst=0,unacked S:", ",fin=4,rst=0,unacked ]"},
        {"snapped", "C PA 101 501 ~2 hello",
         "C:bytes=5,packets=3,again=0,data=4-4,fin=0,rst=0,unacked",
         "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        print_message("  %s\n", rows[i].name);
        n->quiet = n->details = true;
        assert_true(test_net_start(n));
        test_net_run(n, HANDSHAKE);
        test_net_run(n, rows[i].script);
        test_net_end(n);
        const char *last = strrchr(n->text, '[');
        assert_non_null(last);
        if (!strstr(last, rows[i].client) || !strstr(last, rows[i].server))
            print_error("%s\n", n->text);
        assert_non_null(strstr(last, rows[i].client));
        assert_non_null(strstr(last, rows[i].server));
        test_net_free(n);
        free(n);
    }
}

static void test_unseen_from_the_middle(void **state)
{
    (void)state;
    static const struct {
        const char *name, *script;
        bool client, server;
    } rows[] = {
        {"answers that are missing", "C PA 101 501 hello;S A 501 106;C A 106 620", false, true},
        {"acknowledged before", "C PA 101 501 hello;S A 501 106;C A 106 501", false, false},
        {"a keep-alive", "C A 100 501;S A 501 101;S PA 501 101 x", false, false},
        {"the sender counts on", "C PA 101 501 hello;S A 501 106;S A 620 106", false, true},
        {"of the client", "S PA 501 101 hello;C A 101 506;S A 506 200", true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_net *n = calloc(1, sizeof *n);
        assert_non_null(n);
        print_message("  %s\n", rows[i].name);
        n->quiet = n->details = true;
        assert_true(test_net_start(n));
        test_net_run(n, rows[i].script);
        test_net_end(n);
        const char *last = strrchr(n->text, '[');
        assert_non_null(last);
        const char *server = strstr(last, " S:");
        assert_non_null(server);
        const char *unseen = strstr(last, ",unseen");
        assert_int_equal(unseen && unseen < server, rows[i].client);
        assert_int_equal(strstr(server, ",unseen") != NULL, rows[i].server);
        test_net_free(n);
        free(n);
    }
}

/* A segment that no network carries to its receiver: what the capturing host leaves to its card. */
static void test_large(void **state)
{
    (void)state;
    static const row rows[] = {
        {"larger than the server takes", "C S 100 0;S SA:4 500 101;C A 101 501;C PA 101 501 a3abc",
         "connected@3[ answer=2 rtt=1 ] large@4[ ] alpha(abc)@4-4 open@4[ ]"},
        {"once", "C S:4 100 0;S SA:9 500 101;C A 101 501;S PA 501 101 a2ab;S PA 505 101 a4abcd",
         "connected@3[ answer=2 rtt=1 ] alpha<(ab)@4-4 large<@5[ ] alpha<(abcd)@5-5 open<@5[ ]"},
        /* traps */
        {"as large as that", "C S 100 0;S SA:5 500 101;C A 101 501;C PA 101 501 a3abc",
         "connected@3[ answer=2 rtt=1 ] alpha(abc)@4-4 open@4[ ]"},
        {"what the sender itself takes",
         "C S:4 100 0;S SA:9 500 101;C A 101 501;C PA 101 501 a3abc",
         "connected@3[ answer=2 rtt=1 ] alpha(abc)@4-4 open@4[ ]"},
        {"the receiver did not say", "C S 100 0;S SA 500 101;C A 101 501;C PA 101 501 a3abc",
         "connected@3[ answer=2 rtt=1 ] alpha(abc)@4-4 open@4[ ]"},
        {"the next conversation on these ports",
         "C S 100 0;S SA:4 500 101;S R 501 101;+9000 C S 300 0;S SA 700 301;C A 301 701;"
         "C PA 301 701 a3abc",
         "half_open<@3[ ] connected@6[ answer=5 rtt=1 ] alpha(abc)@7-7 open@7[ ]"},
        {"nobody reads it",
         "C@9999 S 100 0;S@9999 SA:4 500 101;C@9999 A 101 501;C@9999 PA 101 501 xxxxxx",
         "connected@3[ answer=2 rtt=1 ] open@4[ ]"},
    };
    RUN(rows, false);
    test_net_expect(&(test_net){.quiet = true, .details = true},
                    "C Su:1460 100 0;S SA:1380 500 101;C A 101 501",
                    "1/0:connected@3[ answer=2 rtt=1 "
                    "C:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked,mss=1460,unsummed "
                    "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked,mss=1380 ] "
                    "1/0:open@3[ C:bytes=0,packets=2,again=0,data=0-0,fin=0,rst=0,unacked,"
                    "mss=1460,unsummed "
                    "S:bytes=0,packets=1,again=0,data=0-0,fin=0,rst=0,unacked,mss=1380 ]");
}

/* First SYN and first payload of each direction, once. */
static void test_marks(void **state)
{
    (void)state;
    test_net_expect(NULL,
                    "C S 100 0;S SA 500 101;C A 101 501;C PA 101 501 hi;+300 C PA 101 501 hi;"
                    "S PA 501 103 ho;S PA 503 103 ho",
                    "syn@1 connected@3[ answer=2 rtt=1 ] data@4 data<@6 open<@7[ ]");
    /* a keep-alive, snapped; and a first byte that is none */
    test_net_expect(NULL, "C A 100 500 ~0 x;C PA 101 500 hi", "data@2 open@2[ syns=0 mid one ]");
    test_net_expect(NULL, "C A 100 500 x;C PA 101 500 hi", "data@1 open@2[ syns=0 mid one ]");
}

/* An event counts the packet that it is about. */
static void test_event_counts_its_packet(void **state)
{
    (void)state;
    test_net n = {.details = true};
    assert_true(test_net_start(&n));
    test_net_run(&n, "C S 100 0");
    assert_string_equal(n.text, "1/0:syn@1[ ttl=64 packets=1 ]");
    n.len = 0;
    test_net_run(&n, "S SA 500 101;S PA 501 101 hi");
    const char *data = strstr(n.text, "data<@");
    assert_non_null(data);
    assert_string_equal(data, "data<@3[ ttl=57 packets=2 ]");
    test_net_free(&n);
}

static void test_more_syns_than_kept(void **state)
{
    (void)state;
    test_net_expect(
        NULL,
        "C S 1 0;+99 C S 1 0;+99 C S 1 0;+99 C S 1 0;+99 C S 1 0;+99 C S 1 0;+99 C S 1 0;"
        "+99 C S 1 0;+99 C S 1 0;+99 C S 1 0",
        "syn@1 timeout@10[ syns=10 one after=900 ]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connected),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_silenced),
        cmocka_unit_test(test_unheard),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_unseen_from_the_middle),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_event_counts_its_packet),
        cmocka_unit_test(test_more_syns_than_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
