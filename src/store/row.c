/* Rows as values and as bytes (row.h). In bytes: a length of 4, the kind, and each value as its
 * kind with a number of 8 bytes or a length of 4 and text, all in the order of the machine: rows do
 * not leave it. */
#include "store/row.h"

#include "base/text.h"

#include <string.h>

/* What each value is: t text, n number, T and N the same or none. */
static const char *const shapes[CX_ROW_KINDS] = {
    [CX_ROW_CAPTURE] = "tTTTnnTT",
    [CX_ROW_ATTEMPT] = "ntttTTTTNTTTTt",
    [CX_ROW_FINDING] = "ntnttttTNTTTTTTnt",
    [CX_ROW_COVERAGE] = "tntt",
    [CX_ROW_INPUT] = "ntTTTN",
    [CX_ROW_KNOWN] = "t",
};

size_t cx_row_size(cx_row_kind kind)
{
    return strlen(shapes[kind]);
}

cx_value cx_value_text(const char *text)
{
    return text ? (cx_value){.kind = CX_VALUE_TEXT, .text = cx_slice_of(text)}
                : (cx_value){.kind = CX_VALUE_NONE};
}

cx_value cx_value_number(int64_t n)
{
    return (cx_value){.kind = CX_VALUE_NUMBER, .number = n};
}

cx_value cx_value_natural(int64_t n)
{
    return n < 0 ? (cx_value){.kind = CX_VALUE_NONE} : cx_value_number(n);
}

/* ---- packing ---- */

static cx_status put_value(cx_buf *b, const cx_value *v)
{
    uint8_t kind = (uint8_t)v->kind;
    uint32_t len = (uint32_t)v->text.len;
    cx_status status = cx_buf_put(b, &kind, 1);
    if (status == CX_OK && v->kind == CX_VALUE_NUMBER)
        return cx_buf_put(b, &v->number, sizeof v->number);
    if (status == CX_OK && v->kind == CX_VALUE_TEXT)
        status = cx_buf_put(b, &len, sizeof len);
    if (status == CX_OK && v->kind == CX_VALUE_TEXT)
        status = cx_buf_put_slice(b, v->text);
    return status;
}

cx_status cx_row_pack(cx_buf *b, const cx_row *row)
{
    size_t begin = b->len;
    uint32_t size = 0;
    uint8_t kind = (uint8_t)row->kind;
    cx_status status = cx_buf_put(b, &size, sizeof size);
    if (status == CX_OK)
        status = cx_buf_put(b, &kind, 1);
    for (size_t i = 0; i < cx_row_size(row->kind) && status == CX_OK; i++)
        status = put_value(b, &row->values[i]);
    if (status == CX_OK && b->len - begin > CX_MAX_ROW)
        status = CX_LIMIT;
    if (status != CX_OK) {
        b->len = begin;
        return status;
    }
    size = (uint32_t)(b->len - begin);
    memcpy(b->p + begin, &size, sizeof size);
    return CX_OK;
}

/* ---- unpacking ---- */

static bool take(cx_slice *from, void *to, size_t n)
{
    if (from->len < n)
        return false;
    memcpy(to, from->p, n);
    *from = cx_slice_sub(*from, n, from->len);
    return true;
}

/* UTF-8 without NUL, as JSON and SQLite hold it; nearly all of it is ASCII. */
static bool is_text(cx_slice s)
{
    uint64_t eight, high = 0;
    size_t i = 0;
    for (; i + sizeof eight <= s.len; i += sizeof eight) {
        memcpy(&eight, s.p + i, sizeof eight);
        high |= eight;
    }
    for (; i < s.len; i++)
        high |= s.p[i];
    return (!s.len || !memchr(s.p, 0, s.len)) &&
           (!(high & UINT64_C(0x8080808080808080)) || cx_is_utf8(s));
}

static bool take_value(cx_slice *from, cx_value *ret)
{
    uint8_t kind;
    uint32_t len;
    cx_value v = {.kind = CX_VALUE_NONE};
    if (!take(from, &kind, 1) || kind > CX_VALUE_TEXT)
        return false;
    v.kind = (cx_value_kind)kind;
    if (v.kind == CX_VALUE_NUMBER && !take(from, &v.number, sizeof v.number))
        return false;
    if (v.kind == CX_VALUE_TEXT) {
        if (!take(from, &len, sizeof len) || len > from->len)
            return false;
        v.text = cx_slice_sub(*from, 0, len);
        *from = cx_slice_sub(*from, len, from->len);
        if (!is_text(v.text))
            return false;
    }
    *ret = v;
    return true;
}

static bool fits(char shape, cx_value_kind kind)
{
    return shape == 't'   ? kind == CX_VALUE_TEXT
           : shape == 'n' ? kind == CX_VALUE_NUMBER
           : shape == 'T' ? kind != CX_VALUE_NUMBER
                          : kind != CX_VALUE_TEXT;
}

cx_status cx_row_unpack(cx_slice bytes, cx_row *ret, size_t *ret_size)
{
    uint32_t size = 0;
    uint8_t kind;
    cx_slice rest = bytes;
    *ret_size = 0;
    if (!take(&rest, &size, sizeof size))
        return CX_TRUNCATED;
    if (size <= sizeof size || size > CX_MAX_ROW)
        return CX_MALFORMED;
    *ret_size = size;
    if (bytes.len < size)
        return CX_TRUNCATED;
    rest = cx_slice_sub(bytes, sizeof size, size - sizeof size);
    if (!take(&rest, &kind, 1) || kind >= CX_ROW_KINDS)
        return CX_MALFORMED;
    ret->kind = (cx_row_kind)kind;
    for (size_t i = 0; i < cx_row_size(ret->kind); i++)
        if (!take_value(&rest, &ret->values[i]) || !fits(shapes[kind][i], ret->values[i].kind))
            return CX_MALFORMED;
    return rest.len ? CX_MALFORMED : CX_OK;
}
