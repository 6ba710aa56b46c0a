/* The table of cipher suites, from suites.def. */
#include "tls/suites.h"

#include <stddef.h>

static const cx_tls_cipher_shape shapes[CX_TLS_CIPHERS] = {
#define CIPHER(name, evp_, kind_, material_, key_, iv_, tag_)                                      \
    [CX_TLS_CIPHER_##name] = {.evp = (evp_),                                                       \
                              .kind = (kind_),                                                     \
                              .material = (material_),                                             \
                              .key = (key_),                                                       \
                              .iv = (iv_),                                                         \
                              .tag = (tag_)},
#include "tls/suites.def"
#undef CIPHER
};

static const cx_tls_suite suites[] = {
#define SUITE(id_, kx_, cipher_, mac_, prf_)                                                       \
    {.id = (id_),                                                                                  \
     .kx = CX_TLS_KX_##kx_,                                                                        \
     .cipher = CX_TLS_CIPHER_##cipher_,                                                            \
     .mac = CX_TLS_##mac_,                                                                         \
     .prf = CX_TLS_##prf_},
#include "tls/suites.def"
#undef SUITE
};

const cx_tls_suite *cx_tls_suite_find(uint16_t id)
{
    size_t from = 0, to = sizeof suites / sizeof suites[0]; /* sorted by number */
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (suites[mid].id == id)
            return &suites[mid];
        if (suites[mid].id < id)
            from = mid + 1;
        else
            to = mid;
    }
    return NULL;
}

const cx_tls_cipher_shape *cx_tls_cipher_shape_of(cx_tls_cipher cipher)
{
    return &shapes[cipher];
}

unsigned cx_tls_hash_len(cx_tls_hash hash)
{
    static const uint8_t len[CX_TLS_HASHES] = {
        [CX_TLS_MD5] = 16,    [CX_TLS_SHA1] = 20, [CX_TLS_SHA256] = 32,
        [CX_TLS_SHA384] = 48, [CX_TLS_SM3] = 32,  [CX_TLS_MD5_SHA1] = 36,
    };
    return len[hash];
}

const char *cx_tls_hash_name(cx_tls_hash hash)
{
    static const char *const names[CX_TLS_HASHES] = {
        [CX_TLS_MD5] = "MD5",       [CX_TLS_SHA1] = "SHA1", [CX_TLS_SHA256] = "SHA256",
        [CX_TLS_SHA384] = "SHA384", [CX_TLS_SM3] = "SM3",   [CX_TLS_MD5_SHA1] = "MD5-SHA1",
    };
    return names[hash];
}
