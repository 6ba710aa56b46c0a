/* Keys of TLS 1.3 connections (RFC 8446 7.2, 7.3): which secret a direction's records are under,
 * the change from one to the next, and how to go on when a change was not seen. */
#include "tls/session_parts.h"

#include <openssl/crypto.h>

#define MAX_HUNTS   1024u /* records tried with secrets of a later stage, per direction */
#define MAX_UPDATES 4u    /* key updates that may be lost in one loss */
#define HUNT_PRICE  2048u /* bytes of work: what setting up a lane costs about */

/* The secret of a stage. */
static cx_slice secret_of(const cx_tls_session *s, uint8_t dir, cx_tls_stage stage)
{
    static const cx_tls_secret kinds[2][3] = {
        {CX_TLS_SECRETS, CX_TLS_SERVER_HANDSHAKE, CX_TLS_SERVER_TRAFFIC},
        {CX_TLS_CLIENT_EARLY, CX_TLS_CLIENT_HANDSHAKE, CX_TLS_CLIENT_TRAFFIC},
    };
    cx_tls_secret kind = kinds[cx_tls_from_client(s, dir)][stage];
    cx_slice random = {s->hs.randoms.client, sizeof s->hs.randoms.client};
    if (kind == CX_TLS_SECRETS || !s->hs.offered)
        return (cx_slice){NULL, 0};
    return cx_tls_look_up(s, kind, random);
}

/* Takes over a lane and its secret. */
static void adopt(cx_tls_half *h, cx_tls_lane *lane, cx_tls_stage stage, cx_slice secret)
{
    uint16_t hunts = h->hunts;
    uint8_t copy[48];
    uint8_t len = (uint8_t)secret.len; /* at most 48: secrets are checked when they are put */
    memcpy(copy, secret.p, len);       /* it may lie in h */
    cx_tls_half_reset(h);
    memcpy(h->secret, copy, len);
    OPENSSL_cleanse(copy, sizeof copy);
    h->secret_len = len;
    h->lane = lane;
    h->stage = stage;
    h->hunts = hunts;
}

/* A lane under that secret. NULL: it does not fit the suite, the cipher is not available, no
 * memory.
 */
static cx_tls_lane *lane_of(cx_tls_session *s, const cx_tls_suite *suite, cx_slice secret)
{
    cx_tls_opener *o = s->opener;
    cx_tls_lane *lane = NULL;
    cx_tls_write_keys keys;
    if (suite->kx != CX_TLS_KX_TLS13 || secret.len != cx_tls_hash_len((cx_tls_hash)suite->prf) ||
        o->work < HUNT_PRICE)
        return NULL;
    cx_tls_protection how = {.suite = suite, .version = CX_TLS_TLS13, .draft = s->hs.draft};
    o->work -= HUNT_PRICE;
    if (cx_tls_traffic_keys(o->crypto, suite, s->hs.draft, secret, &keys) != CX_OK)
        return NULL;
    if (cx_tls_lane_new(o->crypto, o->vault, &o->work, &how, &keys, &lane) != CX_OK)
        lane = NULL;
    OPENSSL_cleanse(&keys, sizeof keys);
    return lane;
}

/* Tries a record with that secret; a lane that opens it stays. */
static bool try_secret(cx_tls_session *s, uint8_t dir, const cx_tls_suite *suite,
                       cx_tls_stage stage, cx_slice secret, const cx_tls_record *record,
                       uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_half *h = &s->half[dir];
    cx_tls_lane *lane = lane_of(s, suite, secret);
    if (!lane)
        return false;
    if (h->some_lost || h->late) {
        uint64_t passed = h->place.bytes + 5 * h->place.records;
        cx_tls_lane_lose(lane, h->lost == CX_TLS_UNKNOWN ? h->lost : h->lost + passed,
                         (cx_slice){NULL, 0});
    }
    if (cx_tls_lane_open(lane, record, room, ret) != CX_OK) {
        cx_tls_lane_free(lane);
        return false;
    }
    adopt(h, lane, stage, secret);
    return true;
}

/* Tries the secret of a stage; where KeyUpdates may have been lost, also those behind it. */
static bool try_updates(cx_tls_session *s, uint8_t dir, const cx_tls_suite *suite,
                        cx_tls_stage stage, cx_slice secret, unsigned most,
                        const cx_tls_record *record, uint8_t *room, cx_tls_opened *ret)
{
    uint8_t next[48];
    bool found = try_secret(s, dir, suite, stage, secret, record, room, ret);
    for (unsigned i = 0; i < most && !found; i++) {
        if (secret.len > sizeof next ||
            cx_tls_next_secret(s->opener->crypto, suite, s->hs.draft, secret, next) != CX_OK)
            break;
        secret = (cx_slice){next, secret.len};
        found = try_secret(s, dir, suite, stage, secret, record, room, ret);
    }
    OPENSSL_cleanse(next, sizeof next);
    return found;
}

/* Early data is under the suite of the earlier session, which only a ServerHello names; and when
 * that is lost, every offered suite may be the right one. */
static bool try_stage(cx_tls_session *s, uint8_t dir, cx_tls_stage stage,
                      const cx_tls_record *record, uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_handshake *h = &s->hs;
    const cx_tls_half *half = &s->half[dir];
    bool early = stage == CX_TLS_STAGE_EARLY;
    bool updates = stage == CX_TLS_STAGE_TRAFFIC && (half->some_lost || half->late);
    unsigned most = updates ? MAX_UPDATES : 0;
    cx_slice secret = secret_of(s, dir, stage);
    if (!secret.p)
        return false;
    if (s->tls13 && !early)
        return h->suite && try_updates(s, dir, h->suite, stage, secret, most, record, room, ret);
    for (uint8_t i = 0; i < h->n_suites13; i++) {
        const cx_tls_suite *suite = cx_tls_suite_find(h->suites13[i]);
        if (!try_updates(s, dir, suite, stage, secret, most, record, room, ret))
            continue;
        if (!early) { /* the ServerHello was lost */
            h->suite = suite;
            s->tls13 = true;
        }
        return true;
    }
    return false;
}

/* A KeyUpdate may have been lost: tries the secrets behind the present one. */
static bool try_next(cx_tls_session *s, uint8_t dir, const cx_tls_record *record, uint8_t *room,
                     cx_tls_opened *ret)
{
    cx_tls_half *h = &s->half[dir];
    uint8_t next[48];
    cx_slice secret = {next, h->secret_len};
    bool found = s->hs.suite &&
                 cx_tls_next_secret(s->opener->crypto, s->hs.suite, s->hs.draft,
                                    (cx_slice){h->secret, h->secret_len}, next) == CX_OK &&
                 try_updates(s, dir, s->hs.suite, CX_TLS_STAGE_TRAFFIC, secret, MAX_UPDATES - 1,
                             record, room, ret);
    OPENSSL_cleanse(next, sizeof next);
    return found;
}

/* Why a direction has no keys at its stage. */
static cx_tls_why missing_13(const cx_tls_session *s, uint8_t dir)
{
    static const cx_tls_why whys[] = {
        [CX_TLS_STAGE_EARLY] = CX_TLS_WHY_NO_EARLY_SECRET,
        [CX_TLS_STAGE_HANDSHAKE] = CX_TLS_WHY_NO_HANDSHAKE_SECRET,
        [CX_TLS_STAGE_TRAFFIC] = CX_TLS_WHY_NO_TRAFFIC_SECRET,
    };
    const cx_tls_handshake *h = &s->hs;
    cx_slice random = {h->randoms.client, sizeof h->randoms.client};
    bool early = h->early && cx_tls_from_client(s, dir) && !h->lost;
    if (!s->tls13 && !early) /* the version is not known: the ServerHello is missing */
        return cx_tls_missing(s);
    if (!h->offered || !cx_tls_secrets_know(s->opener->secrets, random))
        return cx_tls_missing(s);
    if (s->tls13 && !h->suite)
        return CX_TLS_WHY_CIPHER;
    if (s->tls13 && !cx_tls_crypto_can(s->opener->crypto, h->suite))
        return CX_TLS_WHY_NO_CIPHER;
    if (!secret_of(s, dir, s->half[dir].stage).p)
        return whys[s->half[dir].stage];
    if (s->opener->work < HUNT_PRICE)
        return CX_TLS_WHY_WORK;
    return s->half[dir].report.first_lost.frame || h->lost ? CX_TLS_WHY_LOST : CX_TLS_WHY_WRONG;
}

/* Keeps count of records that pass without keys, and notices when secrets come late. */
static cx_tls_why pass_over(cx_tls_session *s, uint8_t dir, const cx_tls_record *record)
{
    cx_tls_half *h = &s->half[dir];
    if (!h->lane)
        cx_tls_place_skip(&h->place, record->body.len, (cx_slice){NULL, 0});
    return missing_13(s, dir);
}

cx_tls_why cx_tls_open_13(cx_tls_session *s, uint8_t dir, const cx_tls_record *record,
                          uint8_t *room, cx_tls_opened *ret)
{
    cx_tls_half *h = &s->half[dir];
    uint64_t version = cx_tls_secrets_version(s->opener->secrets);
    if (h->lane && cx_tls_lane_open(h->lane, record, room, ret) == CX_OK)
        return CX_TLS_WHY_READABLE;
    if (!h->lane && h->place.records && h->version_tried != version)
        h->late = true;
    h->version_tried = version;
    bool last = h->lane && h->stage == CX_TLS_STAGE_TRAFFIC;
    if (h->hunts >= MAX_HUNTS || (last && (!h->some_lost || cx_tls_lane_lost(h->lane))))
        return pass_over(s, dir, record);
    h->hunts++;
    for (int stage = (int)h->stage + (h->lane ? 1 : 0); stage <= (int)CX_TLS_STAGE_TRAFFIC; stage++)
        if (try_stage(s, dir, (cx_tls_stage)stage, record, room, ret))
            return CX_TLS_WHY_READABLE;
    if (last && try_next(s, dir, record, room, ret))
        return CX_TLS_WHY_READABLE;
    return pass_over(s, dir, record);
}

static void enter(cx_tls_half *h, cx_tls_stage stage)
{
    cx_tls_half_reset(h);
    h->stage = stage;
}

static void update(cx_tls_session *s, uint8_t dir)
{
    cx_tls_half *h = &s->half[dir];
    uint8_t secret[48];
    cx_slice old = {h->secret, h->secret_len}, next = {secret, h->secret_len};
    if (!h->lane || h->stage != CX_TLS_STAGE_TRAFFIC || !s->hs.suite ||
        cx_tls_next_secret(s->opener->crypto, s->hs.suite, s->hs.draft, old, secret) != CX_OK)
        return;
    cx_tls_lane *lane = lane_of(s, s->hs.suite, next);
    if (lane)
        adopt(h, lane, CX_TLS_STAGE_TRAFFIC, next);
    OPENSSL_cleanse(secret, sizeof secret);
}

void cx_tls_advance_13(cx_tls_session *s, uint8_t dir, uint8_t type)
{
    cx_tls_half *h = &s->half[dir];
    if (type == CX_TLS_MSG_END_OF_EARLY_DATA && h->stage == CX_TLS_STAGE_EARLY)
        enter(h, CX_TLS_STAGE_HANDSHAKE);
    else if (type == CX_TLS_MSG_FINISHED && h->stage == CX_TLS_STAGE_HANDSHAKE)
        enter(h, CX_TLS_STAGE_TRAFFIC); /* a later one ends a client's authentication */
    else if (type == CX_TLS_MSG_KEY_UPDATE)
        update(s, dir);
}
