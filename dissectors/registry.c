/* Builds the table of dissectors from list.def: its lines are read twice, as declarations and as
 * table entries. */
#include "dissectors/registry.h"

#define DISSECTOR(name) extern const cx_dissector cx_dissector_##name;
#include "dissectors/list.def"
#undef DISSECTOR

const cx_dissector *const cx_dissectors[] = {
#define DISSECTOR(name) &cx_dissector_##name,
#include "dissectors/list.def"
#undef DISSECTOR
    NULL,
};

const cx_dissector *cx_dissector_named(const char *name)
{
    for (size_t i = 0; cx_dissectors[i]; i++)
        if (strcmp(cx_dissectors[i]->name, name) == 0)
            return cx_dissectors[i];
    return NULL;
}
