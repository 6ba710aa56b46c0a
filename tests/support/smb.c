/* Messages of SMB made by hand (smb.h; MS-CIFS 2.2.3.1, MS-SMB2 2.2). */
#include "support/smb.h"

#include "support/recording.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

void smb_hex(smb_message *m, const char *hex)
{
    m->n += test_hex(hex, m->bytes + m->n, sizeof m->bytes - m->n);
}

void smb_number(smb_message *m, uint64_t value, size_t size)
{
    assert_true(size <= sizeof m->bytes - m->n);
    for (size_t i = 0; i < size; i++)
        m->bytes[m->n++] = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
}

static void put(smb_message *m, cx_slice bytes)
{
    assert_true(bytes.len <= sizeof m->bytes - m->n);
    memcpy(m->bytes + m->n, bytes.p, bytes.len);
    m->n += bytes.len;
}

smb_message smb2_begin(uint8_t dir, uint16_t command, uint32_t status, uint64_t id,
                       uint64_t session)
{
    smb_message m = {.n = 4, .dir = dir};
    smb_hex(&m, "fe534d4240000000");
    smb_number(&m, status, 4);
    smb_number(&m, command, 2);
    smb_number(&m, 1, 2); /* credits */
    smb_number(&m, dir == CX_FROM_SERVER, 4);
    smb_number(&m, 0, 4); /* the next of a chain */
    smb_number(&m, id, 8);
    smb_number(&m, 0, 8);
    smb_number(&m, session, 8);
    smb_number(&m, 0, 16); /* signature */
    return m;
}

smb_message smb1_begin(uint8_t dir, uint8_t command, uint16_t flags2, uint32_t status, uint16_t uid,
                       uint16_t mid)
{
    smb_message m = {.n = 4, .dir = dir};
    smb_hex(&m, "ff534d42");
    smb_number(&m, command, 1);
    smb_number(&m, status, 4);
    smb_number(&m, dir == CX_FROM_SERVER ? 0x80 : 0, 1);
    smb_number(&m, flags2, 2);
    smb_number(&m, 0, 12);
    smb_number(&m, 0, 2); /* tree */
    smb_number(&m, 7, 2); /* process */
    smb_number(&m, uid, 2);
    smb_number(&m, mid, 2);
    return m;
}

smb_message smb2_setup_request(uint64_t id, uint64_t session, const char *token)
{
    smb_message m = smb2_begin(CX_FROM_CLIENT, 1, 0, id, session);
    smb_number(&m, 25, 2);
    smb_number(&m, 0, 10);
    smb_number(&m, 88, 2);
    smb_number(&m, strlen(token) / 2, 2);
    smb_number(&m, 0, 8);
    smb_hex(&m, token);
    return m;
}

smb_message smb2_setup_response(uint64_t id, uint64_t session, uint32_t status, uint16_t flags,
                                const char *token)
{
    smb_message m = smb2_begin(CX_FROM_SERVER, 1, status, id, session);
    smb_number(&m, 9, 2);
    smb_number(&m, flags, 2);
    smb_number(&m, 72, 2);
    smb_number(&m, strlen(token) / 2, 2);
    smb_hex(&m, token);
    return m;
}

static void put_file(smb_message *m, uint8_t file)
{
    smb_number(m, 0, 15);
    smb_number(m, file, 1);
}

smb_message smb2_write(uint64_t id, uint8_t file, cx_slice data)
{
    smb_message m = smb2_begin(CX_FROM_CLIENT, 9, 0, id, 1);
    smb_number(&m, 49, 2);
    smb_number(&m, 112, 2);
    smb_number(&m, data.len, 4);
    smb_number(&m, 0, 8);
    put_file(&m, file);
    smb_number(&m, 0, 16);
    put(&m, data);
    return m;
}

smb_message smb2_read(uint64_t id, uint8_t file)
{
    smb_message m = smb2_begin(CX_FROM_CLIENT, 8, 0, id, 1);
    smb_number(&m, 49, 2);
    smb_number(&m, 0, 2);
    smb_number(&m, 1024, 4);
    smb_number(&m, 0, 8);
    put_file(&m, file);
    smb_number(&m, 0, 17);
    return m;
}

smb_message smb2_read_answer(uint64_t id, cx_slice data)
{
    smb_message m = smb2_begin(CX_FROM_SERVER, 8, 0, id, 1);
    smb_number(&m, 17, 2);
    smb_number(&m, 80, 2);
    smb_number(&m, data.len, 4);
    smb_number(&m, 0, 8);
    put(&m, data);
    return m;
}

smb_message smb2_close(uint64_t id, uint8_t file)
{
    smb_message m = smb2_begin(CX_FROM_CLIENT, 6, 0, id, 1);
    smb_number(&m, 24, 2);
    smb_number(&m, 0, 6);
    put_file(&m, file);
    return m;
}

test_piece smb_piece(smb_message *m)
{
    size_t len = m->n - 4;
    m->bytes[0] = 0;
    m->bytes[1] = (uint8_t)(len >> 16);
    m->bytes[2] = (uint8_t)(len >> 8);
    m->bytes[3] = (uint8_t)len;
    return (test_piece){.dir = m->dir, .bytes = {m->bytes, m->n}};
}
