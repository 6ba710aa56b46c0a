/* Unpacking (inflate.h): members one behind the other, and what is to be said of their end. */
#include "capture/inflate.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "capture/codec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const cx_codec *const codecs[] = {&cx_codec_gzip, &cx_codec_zstd, &cx_codec_lz4};

struct cx_inflate {
    cx_input *raw;
    const cx_codec *codec;
    void *state;
    cx_input *plain; /* where trouble is told */
    bool between;    /* at the end of a member */
    bool full;       /* the last step filled all room: more may be there without more input */
    bool done;       /* at the end of the last member */
    int error;       /* errno of the failed read that comes when all that was made is taken; 0 */
    uint64_t made;
    char trouble[160];
};

/* Passes over skippable frames, which zstd and lz4 share, to what tells them apart. */
static cx_slice head_of(cx_input *raw)
{
    size_t at = 0;
    for (;;) {
        cx_slice all = cx_input_peek(raw, at + 8);
        cx_cursor c = cx_cursor_over(cx_slice_sub(all, at, 8), CX_TRUNCATED);
        cx_slice head = cx_take_slice(&c, 4);
        uint32_t len = cx_le32(&c);
        if (c.err != CX_OK)
            return cx_slice_sub(all, at, 4);
        if (!cx_codec_skippable(head) || len > CX_INPUT_BUFFER - 16 - at)
            return head;
        at += 8 + (size_t)len;
    }
}

const char *cx_inflate_method(cx_input *raw)
{
    cx_slice head = head_of(raw);
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i]->knows(head))
            return codecs[i]->name;
    return NULL;
}

cx_status cx_inflate_new(cx_input *raw, const char *method, cx_inflate **ret)
{
    cx_inflate *z = calloc(1, sizeof *z);
    if (!z)
        return CX_NO_MEMORY;
    z->raw = raw;
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (strcmp(codecs[i]->name, method) == 0)
            z->codec = codecs[i];
    z->state = z->codec->open();
    if (!z->state) {
        free(z);
        return CX_NO_MEMORY;
    }
    *ret = z;
    return CX_OK;
}

/* Nothing comes any more, for what a failed read is told as. */
static void end(cx_inflate *z, int error, const char *what)
{
    z->error = error;
    if (!what)
        return;
    (void)snprintf(z->trouble, sizeof z->trouble, "%s: %s, at compressed byte %" PRIu64,
                   z->codec->name, what, z->raw->at);
    z->plain->trouble = z->trouble;
}

/* The same for damage, where libraries do not tell the offset in the compressed bytes. */
static void damaged(cx_inflate *z, const char *what)
{
    end(z, EIO, what);
    (void)snprintf(z->trouble, sizeof z->trouble, "%s: %s, after %" PRIu64 " unpacked bytes",
                   z->codec->name, what, z->made);
}

/* Behind a member: another one, padding with zeros up to the end (tapes, block devices), or bytes
 * of another kind. CX_OK: another one; CX_END: the end. */
static cx_status next_member(cx_inflate *z)
{
    cx_slice head = cx_input_peek(z->raw, 4);
    z->between = false;
    if (z->codec->knows(head))
        return CX_OK;
    while (head.len && head.p[0] == 0) {
        (void)cx_input_skip(z->raw, 1);
        head = cx_input_peek(z->raw, 1);
    }
    if (z->raw->error)
        end(z, z->raw->error, NULL);
    else if (head.len)
        end(z, EIO, "other bytes follow");
    z->done = true;
    return CX_END;
}

/* The bytes that the next step must get; 0: any number. */
static size_t wanted(const cx_inflate *z)
{
    size_t n = z->codec->wants ? z->codec->wants(z->state) : 0;
    return n < CX_INPUT_BUFFER ? n : CX_INPUT_BUFFER;
}

/* One step. CX_OK: *ret_made bytes came, maybe 0; CX_END: nothing comes any more, or z->error. */
static cx_status step(cx_inflate *z, uint8_t *to, size_t n, size_t *ret_made)
{
    size_t used = 0;
    const char *why = NULL;
    size_t wants = wanted(z);
    cx_slice in = {NULL, 0}; /* what the last step left behind comes first */
    if (!z->full)
        in = wants ? cx_input_peek(z->raw, wants) : cx_input_ahead(z->raw, true);
    if (in.len == 0 && !z->full) {
        if (z->raw->error)
            end(z, z->raw->error, NULL);
        else
            end(z, EIO, "cut short");
        return CX_END;
    }
    cx_status status = z->codec->step(z->state, in, to, n, &used, ret_made, &why);
    (void)cx_input_skip(z->raw, used);
    z->made += *ret_made;
    z->between = status == CX_DONE;
    if (status == CX_NO_MEMORY)
        end(z, ENOMEM, NULL);
    else if (status == CX_MALFORMED)
        damaged(z, why);
    else if (status == CX_OK && in.len && !used && !*ret_made && !z->full)
        damaged(z, "no progress");
    else if (z->made > CX_MAX_INFLATE_FREE && z->made / CX_MAX_INFLATE_RATIO > z->raw->at)
        damaged(z, "it unpacks to more than 4096 times its size");
    z->full = *ret_made == n && status == CX_OK;
    return z->error ? CX_END : CX_OK;
}

/* Can the next step be made without reading? */
static bool at_hand(cx_inflate *z)
{
    size_t wants = wanted(z);
    return cx_input_ahead(z->raw, false).len >= (wants ? wants : 1);
}

/* cx_input_fill: gives what is there without waiting for more. */
static ssize_t fill(void *self, uint8_t *to, size_t n)
{
    cx_inflate *z = self;
    size_t got = 0;
    while (got < n && !z->error && !z->done) {
        size_t made = 0;
        if (got && (z->between || (!z->full && !at_hand(z))))
            break;
        if (z->between && next_member(z) != CX_OK)
            break;
        cx_status status = step(z, to + got, n - got, &made);
        got += made;
        if (status != CX_OK)
            break;
    }
    if (got || !z->error)
        return (ssize_t)got;
    errno = z->error;
    return -1;
}

static bool idle(void *self)
{
    cx_inflate *z = self;
    size_t wants = wanted(z);
    return !z->full && !z->error && !z->done && cx_input_idle(z->raw, wants ? wants : 1);
}

cx_status cx_inflate_input(cx_inflate *z, cx_input *plain)
{
    cx_status status = cx_input_init(plain, fill, z);
    if (status != CX_OK)
        return status;
    plain->idle = idle;
    z->plain = plain;
    return CX_OK;
}

void cx_inflate_free(cx_inflate *z)
{
    if (!z)
        return;
    z->codec->close(z->state);
    free(z);
}
