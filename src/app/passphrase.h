/* The passphrase of encrypted private keys: from a descriptor, or asked for once at the terminal.
 */
#pragma once

#include "tls/vault.h"

#include <stdbool.h>

typedef struct cx_passphrase cx_passphrase;

/* In the vault, with which it is freed. fd: descriptor to read its first line from; -1: the
 * terminal. NULL: no memory. */
cx_passphrase *cx_passphrase_new(cx_tls_vault *vault, int fd);

/* The file that it may be asked for; borrowed. */
void cx_passphrase_for(cx_passphrase *p, const char *path);

/* cx_tls_passphrase: writes it to `to`. Its length; -1: there is none. Asks at the first call
 * alone. */
int cx_passphrase_ask(void *self, char *to, size_t room);

/* Was there one? */
bool cx_passphrase_given(const cx_passphrase *p);
