/* SIP values in the form that nearly all senders use: no escapes, no spaces but where they must be,
 * no IPv6. What is read here says the same to libosip2, byte for byte, and costs a tenth; all
 * else is for libosip2 (sip_osip.h). */
#pragma once

#include "dissectors/sip_osip.h"

/* sip:user@host:port;name=value, or sips. True: all of *ret is set, its slices point into text.
 * False: it is of another form, *ret is untouched. */
bool cx_sip_plain_uri(cx_slice text, cx_sip_uri *ret);

/* "Display name" <uri>;name=value. The same; wanted, too, is set or untouched, and nothing in it
 * has a value before. */
bool cx_sip_plain_address(cx_slice value, cx_sip_uri *ret, cx_sip_wanted *wanted, size_t n_wanted);

/* SIP/2.0/transport host:port;name=value. The same. */
bool cx_sip_plain_via(cx_slice value, cx_slice *ret_transport, cx_slice *ret_host,
                      cx_slice *ret_branch);

/* The next name=value or name="value" of a list with this separator, as cx_header_item_next and
 * cx_sip_param read it. False: it is of another form, *list is untouched. */
bool cx_sip_plain_param(cx_slice *list, uint8_t sep, cx_slice *ret_name, cx_slice *ret_value);
