"""Reads the table of an SQLite file as an Arrow stream of the schema on standard input."""

import sqlite3
import struct
import sys

import pyarrow as pa

schema = pa.ipc.open_stream(sys.stdin.buffer).schema
rows = sqlite3.connect(sys.argv[1]).execute("SELECT * FROM data ORDER BY rowid").fetchall()


def value(kind, v):
    if v is None:
        return None
    if pa.types.is_fixed_size_list(kind):
        return struct.unpack(f"<{kind.list_size}{'f' if pa.types.is_floating(kind.value_type) else 'b'}", v)
    return bool(v) if pa.types.is_boolean(kind) else v


columns = [pa.array([value(f.type, row[i]) for row in rows], type=f.type) for i, f in enumerate(schema)]
with pa.ipc.new_stream(sys.stdout.buffer, schema) as out:
    out.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
