/* The texts of cx_status. */
#include "base/status.h"

const char *cx_status_text(cx_status status)
{
    switch (status) {
#define CX_STATUS_CASE(code, text)                                                                 \
    case code:                                                                                     \
        return text;
        CX_STATUS_LIST(CX_STATUS_CASE)
#undef CX_STATUS_CASE
    }
    return "unknown";
}
