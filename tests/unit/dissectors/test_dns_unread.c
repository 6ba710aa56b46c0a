/* A message of DNS that is read later says the same as one that is read at once, whatever is in it
 * (dissectors/dns_unread.h). */
#include "dissectors/dns_unread.h"
#include "flow/dissector.h"
#include "report/event_json.h"
#include "unit/dissectors/dns_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

extern const cx_dissector cx_dissector_dns, cx_dissector_llmnr, cx_dissector_mdns,
    cx_dissector_nbns;

typedef struct listener {
    cx_emit emit; /* first */
    FILE *out;
    cx_arena later;
    size_t unread; /* events that came so */
} listener;

static void render(void *self, const cx_event *e)
{
    const cx_event_json_options options = {.time_digits = 6};
    cx_event said;
    cx_buf line = cx_buf_init(SIZE_MAX);
    cx_event_assign(&said, e);
    if (e->kind != CX_EV_MALFORMED)
        said.u.dns.rtt_ns = -1;
    const cx_status status = cx_event_json(&said, &options, &line);
    assert_true(status == CX_OK || (status == CX_END && e->u.dns.in_part)); /* shown by nobody */
    fprintf(((listener *)self)->out, "%.*s %u %d %d\n", (int)line.len, (const char *)line.p,
            e->flow, e->dir, (int)e->at.frame);
    cx_buf_free(&line);
}

static void take(cx_emit *self, cx_event *e)
{
    listener *l = (listener *)self;
    e->flow = 7; /* as the flow table fills it in */
    if (cx_dns_is_unread(e)) {
        l->unread++;
        cx_dns_tell_unread(e, &l->later, (cx_event_sink){.event = render, .self = l});
    } else {
        render(l, e);
    }
}

static char *said(const cx_dissector *d, const cx_chunk *chunk, bool unread)
{
    char *text = NULL;
    size_t len;
    cx_arena scratch = cx_arena_init(1u << 20);
    listener l = {.emit = {.event = take, .scratch = &scratch, .unread = unread},
                  .out = open_memstream(&text, &len),
                  .later = cx_arena_init(1u << 20)};
    void *state = calloc(1, d->state_size);
    assert_non_null(state);
    assert_non_null(l.out);
    assert_int_equal(d->feed(state, chunk, &l.emit).consumed, chunk->bytes.len);
    assert_int_equal(l.unread, unread);
    d->close(state, &l.emit);
    free(state);
    cx_arena_free(&scratch);
    cx_arena_free(&l.later);
    assert_int_equal(fclose(l.out), 0);
    return text;
}

static void expect_same(const cx_dissector *d, const uint8_t *bytes, size_t n, bool cut, bool part)
{
    uint8_t *copy = malloc(n + 1); /* ends with the message, for the sanitizers */
    assert_non_null(copy);
    memcpy(copy + 1, bytes, n);
    const cx_chunk chunk = {.bytes = {copy + 1, n},
                            .dir = CX_FROM_SERVER,
                            .datagram = true,
                            .cut = cut,
                            .part = part,
                            .at = {.frame = 3, .ts_ns = 5}};
    char *at_once = said(d, &chunk, false), *later = said(d, &chunk, true);
    assert_string_equal(at_once, later);
    free(at_once);
    free(later);
    free(copy);
}

#define MESSAGE(name)                                                                              \
    {                                                                                              \
        name, sizeof name                                                                          \
    }

static void test_same(void **state)
{
    static const struct {
        const uint8_t *bytes;
        size_t len;
    } messages[] = {
        MESSAGE(srv_query),       MESSAGE(srv_answer),     MESSAGE(srv_edns_query),
        MESSAGE(srv_edns_answer), MESSAGE(nxdomain_query), MESSAGE(nxdomain_answer),
        MESSAGE(naptr_query),     MESSAGE(naptr_answer),   MESSAGE(cname_query),
        MESSAGE(cname_answer),    MESSAGE(odd_query),      MESSAGE(odd_answer),
        MESSAGE(refused_query),   MESSAGE(refused_answer), MESSAGE(badvers_query),
        MESSAGE(badvers_answer),  MESSAGE(formerr_query),  MESSAGE(formerr_answer),
        MESSAGE(https_query),     MESSAGE(https_answer),   MESSAGE(update_query),
        MESSAGE(update_answer),
    };
    static const cx_dissector *const all[] = {&cx_dissector_dns, &cx_dissector_llmnr,
                                              &cx_dissector_mdns, &cx_dissector_nbns};
    uint8_t bytes[1024];
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        const size_t len = messages[i].len;
        assert_true(len <= sizeof bytes);
        memcpy(bytes, messages[i].bytes, len);
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            expect_same(all[k], bytes, len, false, false);
        for (size_t n = 0; n <= len; n++)
            for (int how = 0; how < 3; how++)
                expect_same(&cx_dissector_dns, bytes, n, how > 0, how > 1);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            expect_same(&cx_dissector_dns, bytes, len, false, false);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
