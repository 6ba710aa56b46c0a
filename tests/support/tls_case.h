/* TLS conversations of real programs with their secrets, as tests/data/make-tls-keys.py records
 * them, and a player that gives their records to sessions (tls/session.h). */
#pragma once

#include "tls/session.h"

/* One record as it was on the wire, or a ClientHello in SSL 2.0 form. */
typedef struct test_tls_record {
    uint8_t dir;
    bool sslv2;
    uint8_t type;
    uint16_t version;
    cx_slice body; /* in the conversation */
} test_tls_record;

typedef struct test_tls_conn {
    test_tls_record *records; /* in the order of their last bytes */
    size_t n_records;
    cx_slice said[2]; /* application data by direction */
} test_tls_conn;

typedef struct test_tls_case {
    const char *name;
    const char *keys; /* a key log */
    bool rsa;         /* the key exchange is RSA, with the key of rsa.pem */
    test_tls_conn conns[4];
    size_t n_conns;
} test_tls_case;

typedef struct test_tls_file {
    char *text; /* owns what the cases point to */
    uint8_t *bytes;
    test_tls_record *records;
    test_tls_case *cases;
    size_t n;
} test_tls_file;

/* Reads tests/data/tlskeys/NAME.tls. Fails the test when there is none. */
test_tls_file test_tls_read(const char *name);
void test_tls_free(test_tls_file *f);

/* Bytes of tests/data/tlskeys/NAME; the caller frees. */
cx_slice test_tls_load(const char *name);

/* What sessions made of a connection. */
typedef struct test_tls_heard {
    uint8_t said[2][65536]; /* application data that was deciphered */
    size_t len[2];
    unsigned clear, opened, closed;
    unsigned types[256]; /* opened records by type */
    unsigned messages;   /* handshake records opened */
    cx_tls_report report[2];
} test_tls_heard;

/* Gives one record to a session, and keeps what it says. */
cx_tls_reading test_tls_give(cx_tls_session *s, const test_tls_record *r, uint64_t frame,
                             test_tls_heard *heard);

/* Plays records with a session of its own. */
void test_tls_play(cx_tls_opener *o, const test_tls_record *records, size_t n,
                   test_tls_heard *heard);

/* Does it say what the programs said? */
bool test_tls_same(const test_tls_conn *conn, const test_tls_heard *heard);

/* A crypto for all tests of a program, and an RSA store with a key file in it. Fail the test. */
cx_tls_crypto *test_tls_crypto(void);
cx_tls_rsa *test_tls_rsa(const char *name);
