/* Answers of the autodiscover service (MS-OCDISCWS 2.2.4). */
#pragma once

#include "base/slice.h"

/* Where an answer, n bytes of XML or JSON, sends the client on: the href of its Link with the token
 * "Redirect" (MS-OCDISCWS 3.1.5.2). Its text is unescaped where it stands. False: nowhere, or what
 * says so is not whole. */
bool cx_discover_redirect(uint8_t *body, size_t n, cx_slice *ret);
