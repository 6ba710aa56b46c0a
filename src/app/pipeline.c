/* The way of a packet (pipeline.h): source, decoder, flows, dissectors, sink. */
#include "app/pipeline.h"

#include "capture/set.h"
#include "dissectors/registry.h"
#include "dissectors/sip_osip.h"
#include "flow/flow_table.h"
#include "net/decode.h"

#include <openssl/crypto.h>

cx_status cx_pipeline_setup(void)
{
    /* no configuration file: what a machine's openssl.cnf says must not change a diagnosis */
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
        return CX_NO_MEMORY;
    cx_sip_osip_setup();
    return CX_OK;
}

static void fill(cx_pipeline_result *ret, const cx_source_info *info, const cx_decode_stats *decode,
                 const cx_flow_stats *flow)
{
    ret->facts = (cx_capture_facts){
        .file = info->path,
        .packets = info->packets,
        .snapped = info->snapped,
        .snaplen = info->snapped_to,
        .first_ns = info->packets ? info->first_ns : 0,
        .last_ns = info->packets ? info->last_ns : 0,
        .drops = info->drops,
        .untimed = info->untimed,
        .local_time = info->local_time,
        .damaged = info->damaged,
        .resumed = info->resumed,
        .damaged_at = info->damaged_at,
        .damages = info->damages,
        .damage = info->damaged ? info->damage : NULL,
        .tcp_flows = flow->tcp,
        .one_sided = flow->one_sided,
        .mid_stream = flow->mid_stream,
        .evicted = flow->evicted,
        .given_up = flow->given_up,
        .gaps = flow->gaps,
        .gap_bytes = flow->gap_bytes,
        .dropped_bytes = flow->dropped_bytes,
        .fragments_lost = decode->fragments_lost - decode->fragments_evicted,
        .fragments_evicted = decode->fragments_evicted,
        .too_deep = decode->too_deep,
        .subframes_lost = decode->subframes_lost,
        .paths_lost = decode->paths_lost,
        .encrypted = decode->encrypted,
        .duplicates = flow->duplicates,
        .first_too_deep = decode->first_too_deep,
        .first_encrypted = decode->first_encrypted,
        .first_duplicate = flow->first_duplicate,
        .first_gap = flow->first_gap,
        .first_mid_stream = flow->first_mid_stream,
        .first_one_sided = flow->first_one_sided,
        .first_evicted = flow->first_evicted,
        .n_unknown_links = decode->n_unknown_links,
    };
    if (info->n_seams) {
        cx_seam_text(&info->seam, ret->seam);
        ret->facts.seams = info->n_seams;
        ret->facts.seam = ret->seam;
    }
    for (uint32_t i = 0; i < decode->n_unknown_links; i++) {
        ret->facts.unknown_links[i].name =
            cx_link_name(decode->unknown_links[i].link, ret->link_names[i]);
        ret->facts.unknown_links[i].packets = decode->unknown_links[i].packets;
        ret->facts.unknown_links[i].first = decode->unknown_links[i].first;
    }
}

cx_status cx_pipeline_run(cx_source *source, const cx_pipeline *pipeline, cx_pipeline_result *ret)
{
    cx_packet packets[CX_BATCH];
    cx_l4 decoded[CX_DECODED];
    cx_capture_keys *keys = cx_capture_keys_new(pipeline->keys, source, pipeline->seed);
    const cx_flow_config config = {.dissectors = cx_dissectors,
                                   .sink = pipeline->sink,
                                   .unread = pipeline->unread,
                                   .opener = cx_capture_keys_opener(keys),
                                   .trust = pipeline->keys ? pipeline->keys->trust : NULL,
                                   .seed = pipeline->seed};
    cx_decoder *decoder = cx_decoder_new();
    cx_flows *flows = cx_flows_new(&config);
    cx_status status = decoder && flows && (keys || !pipeline->keys) ? CX_OK : CX_NO_MEMORY;
    bool stop = false;
    while (status == CX_OK && !stop) {
        size_t n = 0;
        status = cx_source_next(source, packets, &n);
        if (status != CX_OK)
            break;
        cx_capture_keys_take(keys);
        n = cx_decode(decoder, packets, n, decoded, CX_DECODED);
        cx_flows_batch(flows, decoded, n);
        stop = pipeline->batch_done && pipeline->batch_done(pipeline->self);
    }
    if (status == CX_END) {
        cx_flows_end(flows);
        if (pipeline->batch_done)
            (void)pipeline->batch_done(pipeline->self); /* nothing is left to stop */
        status = CX_OK;
    }
    if (status == CX_OK) {
        fill(ret, cx_source_info_of(source), cx_decoder_stats(decoder), cx_flows_stats(flows));
        bool wanting =
            cx_capture_keys_tell(keys, ret->tls, ret->facts.tls_frames, &ret->facts.n_tls_frames);
        ret->facts.tls = wanting ? ret->tls : NULL;
    }
    cx_flows_free(flows);
    cx_capture_keys_free(keys);
    cx_decoder_free(decoder);
    return status;
}
