#!/usr/bin/env python3
"""Measure ground truth beside numpy, in turns, on the same cores.

usage: bench_truth.py BINARY [--rows 100000] [--dim 768] [--queries 1000] [--rounds 5] [--dir DIR]

numpy has its vectors in memory, and multiplies them by BLAS; then it looks for
the largest products. milvus-ingest reads its vectors from Parquet, and finds the
exact nearest rows of them. The Python that runs this needs numpy.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np


def numpy_times(rows, queries, k):
    begin = time.perf_counter()
    products = queries @ rows.T
    blas = time.perf_counter() - begin
    np.argpartition(-products, k, axis=1)[:, :k]
    return blas, time.perf_counter() - begin


def our_times(binary, data, queries, k, truth):
    truth.unlink(missing_ok=True)
    command = [binary, "benchmark", data, "--truth-only", "--truth", truth, "--metric", "IP", "--queries", "random",
               "--query-count", str(queries), "--top-k", str(k), "--output", "json", "--no-progress"]
    done = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return done["search_seconds"], done["seconds"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rows", type=int, default=100000)
    parser.add_argument("--dim", type=int, default=768)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir")
    o = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=o.dir) as folder:
        folder = pathlib.Path(folder)
        schema = {"collection_name": "truth", "fields": [
            {"name": "id", "type": "Int64", "is_primary": True},
            {"name": "v", "type": "FloatVector", "dim": o.dim, "generator": "vector.unit"}]}
        (folder / "schema.json").write_text(json.dumps(schema))
        data = folder / "data"
        subprocess.run([o.binary, "generate", "--schema", folder / "schema.json", "--total-rows", str(o.rows), "--seed", "1",
                        "--out", data, "--no-progress"], check=True, capture_output=True)
        random = np.random.default_rng(1)
        rows = random.standard_normal((o.rows, o.dim), dtype=np.float32)
        queries = random.standard_normal((o.queries, o.dim), dtype=np.float32)
        names = ("numpy, product by BLAS", "numpy, product and largest", "ours, rows read and compared", "ours, the whole command")
        times = {name: [] for name in names}
        for _ in range(o.rounds):
            for name, took in zip(names, numpy_times(rows, queries, o.k) + our_times(o.binary, data, o.queries, o.k, folder / "truth.json")):
                times[name].append(took)
    print(f"{o.rows:,} rows × {o.dim}, {o.queries:,} queries, the {o.k} nearest, {os.cpu_count()} cores, {o.rounds} rounds in turns\n")
    print("| | median s | best s | to BLAS, median | to BLAS, best |\n|---|---|---|---|---|")
    base = times[names[0]]
    for name in names:
        middle, best = statistics.median(times[name]), min(times[name])
        print(f"| {name} | {middle:.2f} | {best:.2f} | {middle / statistics.median(base):.2f} | {best / min(base):.2f} |")


if __name__ == "__main__":
    main()
