/* dissectors/sip.c: how messages are found, over TCP and UDP. */
#include "dissectors/sip_osip.h"
#include "support/feeder.h"
#include "support/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_sip, cx_dissector_ntlm;
static const cx_dissector *const children[] = {&cx_dissector_ntlm, NULL};

static void communicator_ntlm(void **state)
{
    (void)state;
    test_transcript t = test_transcript_read("communicator-ntlm");
    test_talk talk = {.dissector = &cx_dissector_sip,
                      .children = children,
                      .pieces = t.pieces,
                      .n_pieces = t.n_pieces};
    feed_all_ways(&talk, t.events);
    mutate_all(&talk, 100);
    fail_each_alloc(&talk);
    test_transcript_free(&t);
}

int main(void)
{
    cx_sip_osip_setup();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(communicator_ntlm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
