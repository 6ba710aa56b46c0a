#include "capture/set.h"

#include "base/limits.h"
#include "support/alloc.h"
#include "support/capture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define N(rows) (sizeof(rows) / sizeof *(rows))
#define S(text) cx_slice_of(text)

static const int64_t second = 1000000000;

/* ---- files ---- */

typedef struct world {
    char paths[8][40];
    size_t n;
} world;

static int set_up(void **state)
{
    *state = calloc(1, sizeof(world));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    world *w = *state;
    for (size_t i = 0; i < w->n; i++)
        unlink(w->paths[i]);
    free(w);
    return 0;
}

/* Writes the bytes and frees them. */
static const char *file_of(world *w, cx_buf *b)
{
    char *path = w->paths[w->n++];
    strcpy(path, "/tmp/capdx-set-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b->p, b->len), (ssize_t)b->len);
    close(fd);
    cx_buf_free(b);
    return path;
}

/* A pcap with a packet for each of these seconds, whose bytes are the seconds as text. */
static cx_buf pcap_at(const uint32_t *seconds, size_t n)
{
    const test_capture c = {.big_endian = false};
    cx_buf b = cx_buf_init(100000);
    test_pcap_header(&b, &c);
    for (size_t i = 0; i < n; i++) {
        char text[20];
        snprintf(text, sizeof text, "%u", (unsigned)seconds[i]);
        test_pcap_record(&b, &c, seconds[i], 0, S(text), (uint32_t)strlen(text));
    }
    return b;
}

static const char *write_pcap(world *w, const uint32_t *seconds, size_t n)
{
    cx_buf b = pcap_at(seconds, n);
    return file_of(w, &b);
}

#define PCAP(w, ...)                                                                               \
    write_pcap(w, (const uint32_t[]){__VA_ARGS__}, N(((const uint32_t[]){__VA_ARGS__})))

/* ---- reading ---- */

typedef struct reading {
    cx_source_info info;
    cx_files files;
    struct {
        char text[16];
        uint64_t no, joined;
        uint16_t file;
    } packets[64];
    size_t n, files_read, files_lost, seams;
    cx_seam first, last;
} reading;

static void on_read(void *self, const cx_source_info *info)
{
    (void)info;
    ((reading *)self)->files_read++;
}

static void on_lost(void *self, const char *path, const char *why)
{
    assert_true(path[0] && why[0]);
    ((reading *)self)->files_lost++;
}

static void on_seam(void *self, const cx_seam *seam)
{
    reading *r = self;
    if (r->seams++ == 0)
        r->first = *seam;
    r->last = *seam;
}

static cx_set *set_of(const char *const *paths, size_t n, reading *r)
{
    char why[256];
    cx_set *set = cx_set_new(NULL, (cx_set_watch){on_read, on_lost, on_seam, r});
    assert_non_null(set);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(cx_set_add(set, paths[i], why), CX_OK);
    return set;
}

static void read_set(cx_set *set, reading *r)
{
    cx_source *s = NULL;
    cx_packet batch[CX_BATCH];
    size_t n;
    cx_status status;
    assert_int_equal(cx_set_open(set, &s), CX_OK);
    while ((status = cx_source_next(s, batch, &n)) == CX_OK) {
        assert_in_range(n, 1, CX_BATCH);
        for (size_t i = 0; i < n; i++, r->n++) {
            const cx_evidence at = {.frame = batch[i].no, .file = batch[i].file};
            assert_true(batch[i].bytes.len < 16 && r->n < N(r->packets));
            memcpy(r->packets[r->n].text, batch[i].bytes.p, batch[i].bytes.len);
            r->packets[r->n].no = batch[i].no;
            r->packets[r->n].file = batch[i].file;
            r->packets[r->n].joined = cx_joined_frame(cx_source_files(s), &at);
        }
    }
    assert_int_equal(status, CX_END);
    assert_int_equal(cx_source_next(s, batch, &n), CX_END);
    r->info = *cx_source_info_of(s);
    r->info.secrets = NULL;
    assert_int_equal(r->info.packets, r->n);
    cx_source_free(s);
}

static void expect(const reading *r, const char *const *texts, size_t n)
{
    assert_int_equal(r->n, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(r->packets[i].text, texts[i]);
}

#define EXPECT(r, ...)                                                                             \
    expect(r, (const char *const[]){__VA_ARGS__}, N(((const char *const[]){__VA_ARGS__})))

/* ---- order ---- */

static void reads_in_order_of_first_packets(void **state)
{
    world *w = *state;
    const char *last = PCAP(w, 30, 29, 31), *first = PCAP(w, 10, 11);
    cx_buf empty = pcap_at(NULL, 0);
    const char *none = file_of(w, &empty), *second_file = PCAP(w, 20);
    const char *const orders[][4] = {{last, first, none, second_file},
                                     {first, second_file, last, none},
                                     {none, second_file, first, last}};
    for (size_t i = 0; i < N(orders); i++) {
        reading r = {.n = 0};
        read_set(set_of(orders[i], 4, &r), &r);
        EXPECT(&r, "10", "11", "20", "30", "29", "31");
        static const uint64_t numbers[] = {1, 2, 1, 1, 2, 3};
        static const uint16_t files[] = {0, 0, 1, 2, 2, 2};
        for (size_t k = 0; k < r.n; k++) {
            assert_int_equal(r.packets[k].no, numbers[k]);
            assert_int_equal(r.packets[k].file, files[k]);
            assert_int_equal(r.packets[k].joined, k + 1);
        }
        assert_string_equal(r.info.path, first);
        assert_string_equal(r.info.format, "pcap");
        assert_int_equal(r.info.first_ns, 10 * second);
        assert_int_equal(r.info.last_ns, 31 * second);
        assert_int_equal(r.info.bytes, 12);
        assert_int_equal(r.info.n_links, 1);
        assert_int_equal(r.files_read, 4);
        assert_int_equal(r.seams, 0);
        assert_false(r.info.damaged);
    }
}

static void keeps_the_order_given_at_equal_times(void **state)
{
    world *w = *state;
    const test_capture c = {.big_endian = false};
    const char *paths[3];
    for (size_t i = 0; i < 3; i++) {
        cx_buf b = cx_buf_init(1000);
        test_pcap_header(&b, &c);
        test_pcap_record(&b, &c, 10, 0, (cx_slice){(const uint8_t *)"abc" + i, 1}, 1);
        paths[i] = file_of(w, &b);
    }
    reading r = {.n = 0};
    read_set(set_of(paths, 3, &r), &r);
    EXPECT(&r, "a", "b", "c");
    const char *const turned[] = {paths[2], paths[0], paths[1]};
    reading other = {.n = 0};
    read_set(set_of(turned, 3, &other), &other);
    EXPECT(&other, "c", "a", "b");
}

/* ---- seams ---- */

static void tells_of_gaps(void **state)
{
    world *w = *state;
    const char *const paths[] = {PCAP(w, 10, 20), PCAP(w, 79), PCAP(w, 139), PCAP(w, 1000, 1001)};
    char text[512], expected[512];
    reading r = {.n = 0};
    read_set(set_of(paths, 4, &r), &r);
    assert_int_equal(r.n, 6);
    assert_int_equal(r.seams, 2); /* 59 s are none, 60 s are one */
    assert_int_equal(r.first.ns, 60 * second);
    assert_string_equal(r.first.before, paths[1]);
    assert_string_equal(r.first.after, paths[2]);
    assert_int_equal(r.last.ns, 861 * second);
    assert_int_equal(r.info.n_seams, 2);
    assert_int_equal(r.info.seam.ns, 60 * second);
    cx_seam_text(&r.last, text);
    snprintf(expected, sizeof expected, "%s begins 861.0 s after %s ends", paths[3] + 5,
             paths[2] + 5);
    assert_string_equal(text, expected);
}

static void reads_what_both_hold_once(void **state)
{
    world *w = *state;
    /* the second begins with the last three of the first; the third repeats one of the second, and
     * has another one of the same time */
    const char *const paths[] = {PCAP(w, 10, 11, 11, 12, 13), PCAP(w, 12, 13, 14, 15),
                                 PCAP(w, 15, 16)};
    char text[512];
    reading r = {.n = 0};
    read_set(set_of(paths, 3, &r), &r);
    EXPECT(&r, "10", "11", "11", "12", "13", "14", "15", "16"); /* twice in one file stays twice */
    assert_int_equal(r.packets[5].no, 3);                       /* as its file counts */
    assert_int_equal(r.packets[5].joined, 8);
    assert_int_equal(r.packets[7].no, 2);
    assert_int_equal(r.info.bytes, 16);
    assert_int_equal(r.seams, 1);
    assert_int_equal(r.first.ns, -second);
    assert_int_equal(r.first.repeated, 2);
    cx_seam_text(&r.first, text);
    assert_non_null(strstr(text, "begins 1.000000 s before"));
    assert_non_null(strstr(text, "2 packets"));
}

/* Another packet at the same time, or another length on the wire, is no repetition. */
static void takes_nothing_else_for_a_repetition(void **state)
{
    world *w = *state;
    const test_capture c = {.big_endian = false};
    const char *paths[2];
    for (size_t i = 0; i < 2; i++) {
        cx_buf b = cx_buf_init(1000);
        test_pcap_header(&b, &c);
        test_pcap_record(&b, &c, 10 + (uint32_t)i, 0, S("x"), 1);
        test_pcap_record(&b, &c, 11, 5, (cx_slice){(const uint8_t *)"ab" + i, 1}, 1);
        test_pcap_record(&b, &c, 12, 0, S("c"), 1 + (uint32_t)i);
        test_pcap_record(&b, &c, 13, (uint32_t)i, S("d"), 1);
        paths[i] = file_of(w, &b);
    }
    reading r = {.n = 0};
    read_set(set_of(paths, 2, &r), &r);
    EXPECT(&r, "x", "a", "c", "d", "x", "b", "c", "d");
    assert_int_equal(r.first.repeated, 0);
}

/* ---- mixtures and damage ---- */

static void joins_formats(void **state)
{
    world *w = *state;
    const test_capture ng = {.big_endian = true, .tsresol = 9, .link = 101};
    cx_buf b = cx_buf_init(1000), body = cx_buf_init(100);
    test_pcapng_section(&b, &ng);
    test_pcapng_interface(&b, &ng);
    test_number(&body, &ng, 0x544c534b, 4);
    test_number(&body, &ng, 3, 4);
    assert_int_equal(cx_buf_put(&body, "key", 3), CX_OK);
    test_pcapng_block(&b, &ng, 10, cx_buf_slice(&body));
    test_pcapng_packet(&b, &ng, 0, 15000000001, S("15"), 2);
    cx_buf_free(&body);
    const char *const paths[] = {PCAP(w, 10, 11), file_of(w, &b), PCAP(w, 16)};
    reading r = {.n = 0};
    cx_set *set = set_of(paths, 3, &r);
    cx_source *s = NULL;
    cx_packet batch[CX_BATCH];
    size_t n;
    assert_int_equal(cx_set_open(set, &s), CX_OK);
    assert_true(cx_source_info_of(s)->nanoseconds); /* before the first packet is out */
    assert_string_equal(cx_source_info_of(s)->format, "mixed");
    while (cx_source_next(s, batch, &n) == CX_OK)
        r.n += n;
    assert_int_equal(r.n, 4);
    const cx_slice *secrets = cx_source_secrets(s, &n);
    assert_int_equal(n, 1);
    assert_true(cx_slice_is(secrets[0], "key"));
    assert_int_equal(cx_source_info_of(s)->n_links, 2);
    assert_int_equal(cx_source_info_of(s)->last_ns, 16 * second);
    cx_source_free(s);
}

static void survives_damage(void **state)
{
    world *w = *state;
    cx_buf b = pcap_at((const uint32_t[]){12, 13}, 2);
    b.len -= 1;
    const char *const paths[] = {PCAP(w, 10), file_of(w, &b), PCAP(w, 14)};
    reading r = {.n = 0};
    read_set(set_of(paths, 3, &r), &r);
    EXPECT(&r, "10", "12", "14");
    assert_true(r.info.damaged && r.info.resumed);
    assert_int_equal(r.info.damages, 1);
    assert_non_null(strstr(r.info.damage, paths[1] + 5));
    assert_non_null(strstr(r.info.damage, "cut inside a record"));

    reading last = {.n = 0};
    read_set(set_of(paths, 2, &last), &last);
    assert_true(last.info.damaged && !last.info.resumed);

    reading gone = {.n = 0};
    cx_set *set = set_of(paths, 3, &gone);
    unlink(paths[2]);
    read_set(set, &gone);
    EXPECT(&gone, "10", "12");
    assert_int_equal(gone.files_lost, 1);
    assert_int_equal(gone.info.damages, 2);
}

static void refuses(void **state)
{
    world *w = *state;
    char why[256];
    cx_set *set = cx_set_new("udp prt", (cx_set_watch){NULL, NULL, NULL, NULL});
    assert_int_equal(cx_set_add(set, "/nonexistent", why), CX_IO);
    assert_string_equal(why, strerror(ENOENT));
    assert_int_equal(cx_set_add(set, PCAP(w, 10), why), CX_USAGE);
    assert_int_equal(cx_set_size(set), 0);
    cx_set_free(set);
    cx_set_free(NULL);
}

/* ---- pipes ---- */

/* What comes through a pipe cannot be opened twice: it stays open until its turn. */
static void takes_pipes(void **state)
{
    world *w = *state;
    char paths[CX_MAX_SET_PIPES + 1][32], why[256];
    int ends[2];
    reading r = {.n = 0};
    const char *on_disk = PCAP(w, 100);
    cx_set *set = set_of(&on_disk, 1, &r);
    for (uint32_t i = 0; i <= CX_MAX_SET_PIPES; i++) {
        cx_buf b = pcap_at((const uint32_t[]){200 - i}, 1);
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], b.p, b.len), (ssize_t)b.len);
        close(ends[1]);
        snprintf(paths[i], sizeof paths[i], "/dev/fd/%d", ends[0]);
        cx_status status = cx_set_add(set, paths[i], why);
        assert_int_equal(status, i < CX_MAX_SET_PIPES ? CX_OK : CX_LIMIT);
        close(ends[0]);
        cx_buf_free(&b);
    }
    assert_string_equal(why, "too many pipes in a set");
    cx_source *s = NULL;
    cx_packet batch[CX_BATCH];
    size_t n, all = 0;
    int64_t before = 0;
    assert_int_equal(cx_set_open(set, &s), CX_OK);
    while (cx_source_next(s, batch, &n) == CX_OK)
        for (size_t i = 0; i < n; i++, all++) {
            assert_true(batch[i].ts_ns > before);
            before = batch[i].ts_ns;
        }
    assert_int_equal(all, CX_MAX_SET_PIPES + 1);
    cx_source_free(s);
}

static void survives_each_failed_allocation(void **state)
{
    world *w = *state;
    const char *const paths[] = {PCAP(w, 12, 13), PCAP(w, 10, 12), PCAP(w, 14)};
    size_t tried = 0;
    for (size_t k = 1;; k++, tried++) {
        char why[256];
        cx_source *s = NULL;
        cx_packet batch[CX_BATCH];
        size_t n;
        test_alloc_fail_at(k);
        cx_set *set = cx_set_new(NULL, (cx_set_watch){NULL, NULL, NULL, NULL});
        cx_status status = set ? CX_OK : CX_NO_MEMORY;
        for (size_t i = 0; i < 3 && status == CX_OK; i++)
            status = cx_set_add(set, paths[i], why);
        if (status == CX_OK)
            status = cx_set_open(set, &s); /* which owns the set now */
        else
            cx_set_free(set);
        while (status == CX_OK)
            status = cx_source_next(s, batch, &n);
        bool reached = test_alloc_calls() >= k;
        test_alloc_fail_at(0);
        cx_source_free(s);
        assert_int_equal(status, reached ? CX_NO_MEMORY : CX_END);
        if (!reached)
            break;
    }
    assert_true(tried >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_in_order_of_first_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_order_given_at_equal_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_gaps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_what_both_hold_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_nothing_else_for_a_repetition, set_up, tear_down),
        cmocka_unit_test_setup_teardown(joins_formats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_pipes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_each_failed_allocation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
