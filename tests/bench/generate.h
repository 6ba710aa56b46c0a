/* Parts of the generator of captures: templates taken from fixtures, and packets made of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SEGMENT 1448u /* bytes of payload in a full segment with TCP time stamps */

/* ---- packets (generate_packet.c) ---- */

typedef struct ends {
    uint32_t addr[2]; /* of the client and the server, host byte order */
    uint16_t port[2];
} ends;

typedef struct segment {
    uint8_t dir;   /* 0: from the client */
    uint8_t flags; /* of TCP */
    uint32_t seq, ack;
    const uint8_t *options; /* of TCP, a multiple of four bytes */
    size_t options_len;
} segment;

/* The header of a capture of Ethernet with microseconds. */
void write_header(void);

/* Packets with lengths and checksums. They end the program when nobody reads any more. */
void write_tcp(int64_t ts_ns, const ends *e, const segment *s, const uint8_t *payload, size_t n);
void write_udp(int64_t ts_ns, const ends *e, uint8_t dir, const uint8_t *payload, size_t n);

uint64_t written(void); /* bytes so far */
void write_done(void);  /* flushes */

/* ---- templates (generate_template.c) ---- */

enum { TCP_UP, TCP_DOWN, UDP_UP, UDP_DOWN, STREAMS };

typedef enum patch_kind {
    PATCH_ADDRESS, /* the client's address as text: 10 characters */
    PATCH_PORT,    /* its port as text: 5 digits */
    PATCH_SERIAL,  /* 8 upper-case hexadecimal digits */
    PATCH_USER,    /* 5 characters */
    PATCH_NTLM,    /* a message in base64 with the user's name in it */
    PATCH_BINARY,  /* 8 bytes: of a TLS random */
    PATCH_LABEL    /* 4 characters: a label of a DNS name */
} patch_kind;

typedef struct patch {
    patch_kind kind;
    uint8_t stream;
    size_t at, len; /* in the stream */
    size_t user_at; /* PATCH_NTLM: offset of the name in the message */
} patch;

typedef struct frame {
    int64_t after_ns; /* the first one */
    uint8_t stream, flags;
    uint32_t seq, ack; /* behind the initial numbers */
    uint8_t options[40];
    size_t options_len;
    size_t from, len; /* in the stream */
    uint16_t port;    /* of the client, in the fixture */
} frame;

#define MAX_FRAMES  256
#define MAX_PATCHES 512
#define MAX_STREAM  65536

typedef struct template
{
    frame frames[MAX_FRAMES];
    size_t n_frames;
    uint8_t *stream[STREAMS];
    size_t len[STREAMS];
    patch patches[MAX_PATCHES];
    size_t n_patches;
    uint32_t server[2]; /* of TCP, of UDP */
    uint16_t port[2];
}
template;

typedef struct wanted {
    bool tcp, udp;
    int dns_id;          /* -1: any; else only this question and its answer */
    bool handshake_only; /* up to what follows the server's ChangeCipherSpec */
    bool label;          /* rewrite the first label of four characters in DNS */
} wanted;

/* Reads what is wanted of the fixture FOLDER/NAME/NAME.pcap. Ends the program when it cannot. */
void template_load(template *t, const char *folder, const char *name, const wanted *w);

/* The numbers of the DNS questions of a fixture. */
size_t template_questions(const char *folder, const char *name, int ids[], size_t max);

/* Writes the streams of t for one client to to[], which have the lengths of those of t. */
void template_fill(const template *t, uint8_t *const to[STREAMS], uint32_t serial, uint32_t address,
                   uint16_t port);

void quit(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
