/* Lines of results into the database (ingest.h). */
#include "store/ingest.h"

#include "store/get.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_SHARDS 4096u /* as --shard takes */

bool cx_ingest_is_sha256(const char *text)
{
    return text && strlen(text) == CX_SHA256_TEXT - 1 &&
           strspn(text, "0123456789abcdef") == CX_SHA256_TEXT - 1;
}

static const char *str(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static cx_status bad(cx_ingest *in, const char *what)
{
    (void)snprintf(in->why, sizeof in->why, "%s", what);
    return CX_MALFORMED;
}

/* The open capture goes, with all that was taken of it. */
static cx_status give_up(cx_ingest *in)
{
    if (!in->open)
        return CX_OK;
    in->open = false;
    in->incomplete++;
    cx_store_group_end(&in->group);
    return cx_store_undo(in->store);
}

/* "3/4"; a list of several shards is what only a whole database has. */
static bool parse_shard(const char *text, cx_store_origin *o)
{
    cx_slice rest, first = cx_slice_split(cx_slice_of(text), '/', &rest);
    uint64_t k, n;
    if (!cx_slice_number(first, MAX_SHARDS, &k) || !cx_slice_number(rest, MAX_SHARDS, &n) ||
        k < 1 || k > n)
        return false;
    o->shard = (uint32_t)k;
    o->shards = (uint32_t)n;
    return true;
}

static cx_status begin(cx_ingest *in, json_t *line)
{
    const char *key = str(line, "sha256"), *tool = str(line, "tool"), *shards = str(line, "shards");
    const char *options = str(line, "options");
    char own[32];
    cx_store_origin origin = {.tool = tool, .options = options ? options : ""};
    cx_status status = give_up(in);
    if (status != CX_OK)
        return status;
    if (json_integer_value(json_object_get(line, "schema")) != 1)
        return bad(in, "it is of another schema than 1");
    if (!tool || (key && !cx_ingest_is_sha256(key)) || (shards && !parse_shard(shards, &origin)))
        return bad(in, "the line of the capture is incomplete");
    if (!key && !in->loose)
        return bad(in, "without sha256: these are results of analyze, not of batch");
    if (!key) {
        (void)snprintf(own, sizeof own, "#%09" PRIu64, ++in->loose_names);
        key = own;
    }
    status = cx_store_mark(in->store);
    if (status != CX_OK)
        return status;
    status = cx_store_group_begin(&in->group, in->store, key, &origin, line, in->again);
    if (status != CX_OK) {
        cx_status undone = cx_store_undo(in->store);
        return undone == CX_OK ? status : undone;
    }
    in->open = true;
    return CX_OK;
}

/* Results of analyze say nothing of their input: it was read. */
static cx_status note_loose(cx_ingest *in, const char *key, const char *file)
{
    const cx_store_origin nobody = {"", "", 0, 0};
    cx_store_known known;
    char name[4200];
    (void)snprintf(name, sizeof name, "%s", file); /* longer ones are cut */
    cx_status status = cx_store_find_input(in->store, name, &nobody, &known);
    if (status == CX_OK && known.found)
        (void)snprintf(name, sizeof name, "%.4000s (%s)", file, key);
    const cx_store_input input = {
        .path = name, .size = -1, .fate = "read", .capture = key, .part = -1, .tool = ""};
    return status == CX_OK ? cx_store_put_input(in->store, &input) : status;
}

/* Behind the summary all of a capture is there. */
static cx_status complete(cx_ingest *in)
{
    cx_status status = CX_OK;
    in->captures++;
    in->known += in->group.skip;
    if (in->group.key[0] == '#') {
        json_t *file;
        size_t i;
        bool set = json_array_size(in->group.files) > 0;
        json_array_foreach(in->group.files, i, file)
        {
            const char *name = json_string_value(file);
            const cx_store_input input = {.path = name,
                                          .size = -1,
                                          .fate = "read",
                                          .capture = in->group.key,
                                          .part = (int64_t)i,
                                          .tool = ""};
            if (status == CX_OK && name)
                status = cx_store_put_input(in->store, &input);
        }
        if (!set)
            status = note_loose(in, in->group.key, in->group.file);
    }
    in->open = false;
    cx_store_group_end(&in->group);
    return status == CX_OK ? cx_store_keep(in->store) : status;
}

static cx_status put_input(cx_ingest *in, const char *file, const json_t *line)
{
    const json_t *size = json_object_get(line, "size"), *part = json_object_get(line, "part");
    const cx_store_input input = {
        .path = file,
        .size = json_is_integer(size) ? json_integer_value(size) : -1,
        .mtime = str(line, "mtime"),
        .fate = str(line, "fate"),
        .why = str(line, "why"),
        .sha256 = str(line, "sha256"),
        .capture = str(line, "capture"),
        .part = json_is_integer(part) ? json_integer_value(part) : -1,
        .tool = str(line, "tool"),
    };
    const cx_store_origin nobody = {"", "", 0, 0};
    cx_store_known known;
    if (!input.fate || !cx_fate_is_known(input.fate) || !input.tool ||
        (input.sha256 && !cx_ingest_is_sha256(input.sha256)) ||
        (input.capture && !cx_ingest_is_sha256(input.capture)))
        return bad(in, "the line of an input is incomplete");
    cx_status status = cx_store_find_input(in->store, file, &nobody, &known);
    if (status != CX_OK)
        return status;
    /* of two that know the same file, the one that saw it last, else the one that could read it */
    int later = known.found && input.mtime ? strcmp(input.mtime, known.mtime) : 0;
    if (known.found && (later < 0 || (later == 0 && cx_fate_is_final(known.fate) &&
                                      !cx_fate_is_final(input.fate))))
        return CX_OK;
    in->inputs++;
    return cx_store_put_input(in->store, &input);
}

static cx_status take(cx_ingest *in, json_t *line)
{
    const char *type = str(line, "type"), *file = str(line, "file");
    if (!type || !file)
        return bad(in, "no line of a result");
    if (strcmp(type, "capture") == 0)
        return begin(in, line);
    if (strcmp(type, "input") == 0) {
        cx_status status = give_up(in);
        if (status == CX_OK)
            status = in->input ? in->input(in->self, line) : put_input(in, file, line);
        return status;
    }
    if (!in->open || strcmp(file, in->group.file) != 0)
        return bad(in, "a result without the line of its capture");
    bool last = strcmp(type, "summary") == 0; /* type goes with what is taken out of the line */
    cx_status status = cx_store_group_put(&in->group, type, line);
    if (status == CX_MALFORMED)
        (void)bad(in, "a result with members missing, or of another kind");
    if (status == CX_OK && last)
        status = complete(in);
    return status;
}

cx_status cx_ingest_line(cx_ingest *in, cx_slice line)
{
    json_t *value = json_loadb((const char *)line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
    cx_status status = json_is_object(value) ? take(in, value) : bad(in, "no JSON object");
    json_decref(value);
    if (status != CX_MALFORMED)
        return status;
    cx_status undone = give_up(in);
    return undone == CX_OK ? status : undone;
}

cx_status cx_ingest_end(cx_ingest *in)
{
    return give_up(in);
}
