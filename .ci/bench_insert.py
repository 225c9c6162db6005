#!/usr/bin/env python3
"""Measure to-milvus insert beside pymilvus and an older tool, in one run.

usage: bench_insert.py BINARY --python PYTHON [--lite URI] [--milvus URI] [--old TOOL]
                       [--rows 20000] [--rounds 2]

PYTHON has pymilvus and pyarrow. Every round runs each contender once, so that
what else the machine does falls on all of them; the best of the rounds counts.
Prints a Markdown table: rows a second while rows were sent, CPU of the client
a thousand rows, and ratios. Figures of one run can be compared with each other;
those of two runs cannot.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

SCHEMA = {
    "collection_name": "bench_insert",
    "fields": [
        {"name": "doc_id", "type": "Int64", "is_primary": True, "auto_id": True},
        {"name": "question", "type": "VarChar", "max_length": 500},
        {"name": "answer", "type": "VarChar", "max_length": 2000},
        {"name": "category", "type": "VarChar", "max_length": 100},
        {"name": "tags", "type": "Array", "element_type": "VarChar", "max_capacity": 10, "max_length": 50},
        {"name": "priority", "type": "Int32", "min": 1, "max": 5},
        {"name": "helpfulness_score", "type": "Float", "min": 0, "max": 1},
        {"name": "embedding", "type": "FloatVector", "dim": 768},
    ],
}

# What somebody writes who has pymilvus: batches of a Parquet file as rows. The
# time is that of the loop alone, without imports and without the index.
LOOP = """
import json, sys, time
import pyarrow.parquet as pq
from pymilvus import DataType, MilvusClient
uri, path, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
name = "bench_insert_py"
client = MilvusClient(uri=uri)
if client.has_collection(name):
    client.drop_collection(name)
schema = client.create_schema(auto_id=True)
schema.add_field("doc_id", DataType.INT64, is_primary=True)
for field, length in (("question", 500), ("answer", 2000), ("category", 100)):
    schema.add_field(field, DataType.VARCHAR, max_length=length)
schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=10, max_length=50)
schema.add_field("priority", DataType.INT32)
schema.add_field("helpfulness_score", DataType.FLOAT)
schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=768)
client.create_collection(name, schema=schema)
file = pq.ParquetFile(path)
columns = [c for c in file.schema_arrow.names if c != "doc_id"]
wall, cpu, rows = time.monotonic(), time.process_time(), 0
for batch in file.iter_batches(batch_size=size, columns=columns):
    client.insert(name, batch.to_pylist())
    rows += batch.num_rows
print(json.dumps({"rows": rows, "wall": time.monotonic() - wall, "cpu": time.process_time() - cpu}))
client.drop_collection(name)
"""
SIZES = (500, 1000, 2000, 5000)

# The older tool makes an index without a type, which Milvus Lite refuses: the
# collection is made for it, and what arrived is counted, for it ends with exit
# code 0 whatever happened.
PREPARE = LOOP.split("client.create_collection")[0].replace("bench_insert_py", "bench_insert_old") + """
index = client.prepare_index_params()
index.add_index("embedding", index_type="HNSW", metric_type="L2", params={"M": 16, "efConstruction": 200})
client.create_collection(name, schema=schema, index_params=index)
"""
COUNT = """
import sys
from pymilvus import MilvusClient
client = MilvusClient(uri=sys.argv[1])
print(client.query("bench_insert_old", filter="", output_fields=["count(*)"])[0]["count(*)"])
client.drop_collection("bench_insert_old")
"""


def run(command, env=None):
    """Run a command; give its output, wall seconds and CPU seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, env={**os.environ, **(env or {})}, capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout, wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, self.best = args, folder, {}
        self.env = {"MILVUS_INGEST_DATA_DIR": str(folder / "state")}
        (folder / "schema.json").write_text(json.dumps(SCHEMA))
        self.data = folder / "data"
        run([args.binary, "generate", "--schema", str(folder / "schema.json"), "--total-rows", str(args.rows),
             "--out", str(self.data), "--seed", "1"], self.env)

    def note(self, server, who, figures):
        kept = self.best.get((server, who))
        if kept is None or figures["rate"] > kept["rate"]:
            self.best[server, who] = figures

    def ours(self, server, uri):
        out, _, cpu = run([self.args.binary, "--output", "json", "to-milvus", "insert", str(self.data), "--uri", uri, "--drop-if-exists", "--yes",
                           "--no-index", "--no-progress"], self.env)
        told = json.loads(out)
        self.note(server, "milvus-ingest", {"rate": told["rows"] / told["seconds_sending"], "cpu": cpu, "rows": told["rows"],
                                            "share": told["server_share"]})

    def pymilvus(self, server, uri, size):
        out, _, _ = run([self.args.python, "-c", LOOP, uri, str(self.data / "data.parquet"), str(size)])
        told = json.loads(out.splitlines()[-1])
        self.note(server, f"pymilvus, {size} a batch", {"rate": told["rows"] / told["wall"], "cpu": told["cpu"], "rows": told["rows"]})

    def whole(self, server, uri):
        """Both as commands, from the start of the process to the loaded collection."""
        _, wall, cpu = run([self.args.binary, "to-milvus", "insert", str(self.data), "--uri", uri, "--drop-if-exists", "--yes",
                            "--index", "embedding=HNSW,metric=L2,M=16,efConstruction=200", "--no-progress"], self.env)
        self.note(server, "milvus-ingest, whole command", {"rate": self.args.rows / wall, "cpu": cpu, "rows": self.args.rows})
        run([self.args.python, "-c", PREPARE, uri, str(self.data / "data.parquet"), "1"])
        _, wall, cpu = run([self.args.old, "to-milvus", "insert", str(self.data), "--uri", uri, "--collection-name", "bench_insert_old"])
        arrived, _, _ = run([self.args.python, "-c", COUNT, uri])
        if int(arrived) != self.args.rows:
            sys.exit(f"the older tool inserted {arrived.strip()} of {self.args.rows} rows")
        self.note(server, "the older tool, whole command", {"rate": self.args.rows / wall, "cpu": cpu, "rows": self.args.rows})

    def table(self):
        print("| server | client | rows/s | CPU ms a 1,000 rows | rows/s, ours to it | CPU, ours to it | server at work |")
        print("|---|---|---|---|---|---|---|")
        for (server, who), f in self.best.items():
            ours = self.best[server, "milvus-ingest" + (", whole command" if "whole" in who else "")]
            share = f"{100 * f['share']:.0f} %" if "share" in f else ""
            print(f"| {server} | {who} | {f['rate']:,.0f} | {1e6 * f['cpu'] / f['rows']:.0f} | {ours['rate'] / f['rate']:.2f} "
                  f"| {ours['cpu'] / ours['rows'] / (f['cpu'] / f['rows']):.3f} | {share} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--python", required=True)
    parser.add_argument("--lite")
    parser.add_argument("--milvus")
    parser.add_argument("--old")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-insert-"))
    try:
        bench = Bench(args, folder)
        servers = [(name, uri) for name, uri in (("Milvus Lite", args.lite), ("Milvus", args.milvus)) if uri]
        for number in range(args.rounds):
            for server, uri in servers:
                bench.ours(server, uri)
                for size in SIZES:
                    bench.pymilvus(server, uri, size)
                if args.old:
                    bench.whole(server, uri)
                bench.ours(server, uri)
        bench.table()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
