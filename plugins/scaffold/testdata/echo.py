"""Reads a batch out of shared memory and lays it back, by the helper's own code:
echo.py HELPER_FOLDER BYTES SLAB_OFFSET SLAB_BYTES, the file as descriptor 3, the
schema's length, schema and Batch on standard input, a GenerateResponse out."""

import sys

sys.path.insert(0, sys.argv[1])

import milvus_ingest_plugin as helper  # noqa: E402

size, at, room = map(int, sys.argv[2:])
raw = sys.stdin.buffer.read()
length = int.from_bytes(raw[:4], "little")
schema = helper._schema(raw[4 : 4 + length])
memory = helper._Memory.of({"descriptor": 3, "bytes": size}, True)
batch = helper._read(helper._decode("Batch", raw[4 + length :]), schema, memory, keep=False)
batch.validate(full=True)
batch = batch.slice(1)  # what is laid must not need to begin at the beginning
sys.stdout.buffer.write(helper._encode("GenerateResponse", {"batch": helper._write(batch, memory, {"offset": at, "length": room})}))
