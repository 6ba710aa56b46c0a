/* Messages of SMB made by hand, for what no program that is at hand sends. */
#pragma once

#include "support/dissect.h"

typedef struct smb_message {
    uint8_t bytes[2048];
    size_t n;
    uint8_t dir;
} smb_message;

/* An NTLM NEGOTIATE as hexadecimal text, and the start of a bind of DCE/RPC with it (72 bytes). */
#define SMB_NTLM_1 "4e544c4d53535000010000000502088200000000000000000000000000000000"
#define SMB_RPC_BIND                                                                               \
    "05000b0310000000"                                                                             \
    "4800200001000000"                                                                             \
    "d016d01600000000"                                                                             \
    "0000000000000000"                                                                             \
    "0a06000000000000" SMB_NTLM_1

/* Appends: bytes of hexadecimal text; a number of size bytes, little endian. */
void smb_hex(smb_message *m, const char *hex);
void smb_number(smb_message *m, uint64_t value, size_t size);

/* Headers behind that of NetBIOS, whose length smb_piece fills in. */
smb_message smb2_begin(uint8_t dir, uint16_t command, uint32_t status, uint64_t id,
                       uint64_t session);
smb_message smb1_begin(uint8_t dir, uint8_t command, uint16_t flags2, uint32_t status, uint16_t uid,
                       uint16_t mid);

/* Whole messages of SMB2 in their usual form; file: the last byte of its id. */
smb_message smb2_setup_request(uint64_t id, uint64_t session, const char *token);
smb_message smb2_setup_response(uint64_t id, uint64_t session, uint32_t status, uint16_t flags,
                                const char *token);
smb_message smb2_write(uint64_t id, uint8_t file, cx_slice data);
smb_message smb2_read(uint64_t id, uint8_t file);
smb_message smb2_read_answer(uint64_t id, cx_slice data);
smb_message smb2_close(uint64_t id, uint8_t file);

test_piece smb_piece(smb_message *m);
