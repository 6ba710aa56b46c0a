/* Events in a few words each, for tests of protocols that carry NTLM and Kerberos. */
#pragma once

#include "support/dissect.h"

/* What the conversation tells: "smb:negotiate smb:challenge smb:authenticate(alice)
 * smb=success(0x00000000)" and so on; other kinds of events by their type. Caller frees. */
char *test_summary_of(const test_talk *talk);
