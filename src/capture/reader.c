/* What all readers share (reader.h). */
#include "capture/reader.h"

#include "base/limits.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdarg.h>
#include <stdlib.h>

void cx_source_damaged(cx_source_info *info, uint64_t at, const char *format, ...)
{
    info->damages++;
    info->resumed = false;
    if (info->damaged)
        return;
    va_list args;
    va_start(args, format);
    info->damaged = true;
    info->damaged_at = at;
    (void)vsnprintf(info->damage, sizeof info->damage, format, args); /* cut is fine */
    va_end(args);
}

cx_status cx_source_failed(cx_source_info *info, uint64_t at, const cx_input *in)
{
    if (in->error == ENOMEM)
        return CX_NO_MEMORY;
    cx_source_damaged(info, at, "%s%s", in->trouble ? "" : "reading failed: ", cx_input_error(in));
    return CX_END;
}

cx_status cx_source_secret(cx_source_info *info, cx_slice text)
{
    if (text.len == 0)
        return CX_OK;
    if (text.len > CX_MAX_SECRETS - info->secret_bytes) {
        info->secrets_lost += text.len;
        return CX_OK;
    }
    /* grows in powers of two, so that the capacity need not be kept */
    if ((info->n_secrets & (info->n_secrets - 1)) == 0) {
        size_t cap = info->n_secrets ? info->n_secrets * 2 : 1;
        cx_slice *grown = realloc(info->secrets, cap * sizeof *grown);
        if (!grown)
            return CX_NO_MEMORY;
        info->secrets = grown;
    }
    uint8_t *copy = malloc(text.len);
    if (!copy)
        return CX_NO_MEMORY;
    memcpy(copy, text.p, text.len);
    info->secrets[info->n_secrets++] = (cx_slice){copy, text.len};
    info->secret_bytes += text.len;
    return CX_OK;
}

void cx_source_forget_secrets(cx_source_info *info)
{
    for (size_t i = 0; i < info->n_secrets; i++) {
        uint8_t *text = (uint8_t *)info->secrets[i].p; /* allocated above */
        explicit_bzero(text, info->secrets[i].len);
        free(text);
    }
    free(info->secrets);
    info->secrets = NULL;
    info->n_secrets = info->secret_bytes = 0;
}

int64_t cx_capture_time(int64_t seconds, int64_t ns)
{
    const int64_t ns_per_s = 1000000000, max_s = INT64_MAX / 2 / ns_per_s - 1;
    if (seconds > max_s)
        seconds = max_s;
    if (seconds < 0)
        seconds = 0;
    if (ns < 0 || ns >= ns_per_s)
        ns = ns_per_s - 1;
    return seconds * ns_per_s + ns;
}

uint16_t cx_capture_link(uint16_t linktype)
{
    /* https://www.tcpdump.org/linktypes.html: all others are the same */
    static const struct {
        uint16_t linktype, dlt;
    } others[] = {
        {100, DLT_ATM_RFC1483}, {101, DLT_RAW},      {102, DLT_SLIP_BSDOS},
        {103, DLT_PPP_BSDOS},   {106, DLT_ATM_CLIP},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].linktype == linktype)
            return others[i].dlt;
    return linktype;
}
