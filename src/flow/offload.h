/* What computers leave to their network cards, and captures on them show undone: the sums of
 * packets, and how large segments are cut up or were put together. */
#pragma once

#include "net/decode.h"

/* Is this what systems put into the checksum field of p, a TCP packet, for the card to fill in? */
bool cx_is_left_to_card(const cx_l4 *p, uint16_t checksum);
