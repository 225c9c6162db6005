"""Vectors that cost nothing to make, so that what is measured is their way:
as a plugin, or (plane.py SOCKET) as Arrow's own stream over a socket."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from milvus_ingest_plugin import generator, serve  # noqa: E402

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

ROWS, DIM = 5461, 768  # 16 MiB
VALUES = pa.array(np.random.Generator(np.random.Philox(1)).random(ROWS * DIM, dtype=np.float32))


def vectors(kind, rows):
    return pa.FixedSizeListArray.from_arrays(VALUES[: rows * DIM], type=kind)


@generator("ready", types=["FloatVector"], summary="Vectors that are there already.")
def ready(column, start, rows, inputs):
    return vectors(column.type, rows)


if len(sys.argv) > 1:
    import socket

    kind = pa.list_(pa.field("item", pa.float32(), nullable=False), DIM)
    batch = pa.record_batch([vectors(kind, ROWS)], names=["v"])
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(1)
    print("ready", flush=True)
    connection, _ = listener.accept()
    with connection.makefile("wb", buffering=0) as out, pa.ipc.new_stream(out, batch.schema) as stream:
        try:
            while True:
                stream.write_batch(batch)
        except OSError:  # the reader has enough
            os._exit(0)
else:
    serve()
