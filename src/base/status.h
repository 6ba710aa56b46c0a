/* What a function answers: one code for every outcome that a caller may treat differently. */
#pragma once

#define CX_STATUS_LIST(X)                                                                          \
    X(CX_OK, "ok")                                                                                 \
    X(CX_NEED_MORE, "more bytes are needed")                                                       \
    X(CX_DONE, "nothing more to learn")                                                            \
    X(CX_HANDOVER, "another protocol follows")                                                     \
    X(CX_END, "end of input")                                                                      \
    X(CX_TRUNCATED, "cut short by the capture")                                                    \
    X(CX_MALFORMED, "malformed by the sender")                                                     \
    X(CX_UNSUPPORTED, "not supported")                                                             \
    X(CX_LIMIT, "a cap of the analyzer was reached")                                               \
    X(CX_NO_MEMORY, "out of memory")                                                               \
    X(CX_IO, "input or output failed")                                                             \
    X(CX_NOT_CAPTURE, "not a capture")                                                             \
    X(CX_USAGE, "wrong usage")

typedef enum cx_status {
#define CX_STATUS_ENUM(code, text) code,
    CX_STATUS_LIST(CX_STATUS_ENUM)
#undef CX_STATUS_ENUM
} cx_status;

#define CX_USE __attribute__((warn_unused_result))

/* The text of a code, in static storage; "unknown" for a number that is none. */
const char *cx_status_text(cx_status status);
