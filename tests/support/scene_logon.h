/* NTLM and Kerberos exchanges for made-up captures (scene.h). */
#pragma once

#include "support/scene.h"

/* A message of NTLM over carrier ("smb"). user: "DOMAIN\\user" of an AUTHENTICATE; NULL: none; "":
 * anonymous. The direction follows from the message. */
void scene_ntlm(scene *s, scene_conn *c, const char *carrier, cx_ntlm_message message,
                uint32_t flags, const char *user);

/* How the logon ended; unclear: something was refused that may not be the logon. */
void scene_logon(scene *s, scene_conn *c, const char *carrier, bool success,
                 cx_logon_status_kind kind, uint32_t status);
void scene_logon_unclear(scene *s, scene_conn *c, const char *carrier, cx_logon_status_kind kind,
                         uint32_t status);

/* A message of Kerberos: with the KDC (carrier NULL) or inside a carrier ("sip": in the SIP message
 * just before). error: of KRB-ERROR, 0: its code is cut off; of an AS-REQ the type of its padata.
 * service NULL: cut off, as all that is behind it in the message.
 * clock_s: how many seconds the server's clock is ahead. */
void scene_krb(scene *s, scene_conn *c, const char *carrier, cx_krb_message message,
               const char *user, const char *service, int32_t error, int clock_s);
