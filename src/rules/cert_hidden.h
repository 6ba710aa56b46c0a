/* Certificates that TLS 1.3 hides or the capture lacks, refused by an alert that can be read. */
#pragma once

#include "rules/judging.h"

/* Finds the connections on which the client answered the unseen certificate of the server with this
 * alert. The sentence has {client}, {server}, {alert} and {hidden}, the sentence that says why. */
void cx_cert_hidden_find(cx_judging *j, uint8_t alert, const char *explain);
