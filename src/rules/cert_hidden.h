/* Certificates that TLS 1.3 hides, refused by an alert that can be read. */
#pragma once

#include "rules/judging.h"

/* Finds the connections on which the client answered the hidden certificate of the server with this
 * alert. The sentence has {client}, {server} and {alert}. */
void cx_cert_hidden_find(cx_judging *j, uint8_t alert, const char *explain);
