/* The commands that read captures. */
#pragma once

#include "app/keys.h"
#include "app/output.h"

/* `capdx analyze`: one diagnosis per capture. Returns the exit status. */
int cx_analyze(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
               cx_output *output);

/* `capdx events`: the protocol facts of each capture. Returns the exit status. */
int cx_events(const cx_options *options, const cx_keys *keys, const cx_inputs *inputs,
              cx_output *output);
