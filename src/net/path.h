/* Short numbers for the paths of tunnels, in order of appearance. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A path: 0 is that of packets outside of tunnels. */
typedef uint16_t cx_path;

#define CX_PATH_NONE   0
#define CX_PATH_LOST   0xfffe /* of all tunnels that no number was left for */
#define CX_PATH_UNSEEN 0xffff /* never given out */

typedef struct cx_paths cx_paths;

/* Allocates little; grows with the number of paths. NULL: no memory. */
cx_paths *cx_paths_new(void);
void cx_paths_free(cx_paths *p);

/* The number of the path that hash (not 0) stands for, a new one for a new path. CX_PATH_LOST: none
 * is left (CX_MAX_PATHS), or no memory. */
cx_path cx_paths_number(cx_paths *p, uint64_t hash);
