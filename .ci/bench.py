#!/usr/bin/env python3
"""Measure milvus-ingest beside what it is compared to, in one run.

usage: bench.py BINARY [--rows 1000000] [--old-rows 200000] [--old PYTHON_TOOL] [--dir DIR]

Prints a Markdown table: wall time, CPU seconds of all processes together, the
most memory that all processes held together, and ratios. Figures of one run
can be compared with each other; those of two runs cannot.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

# What somebody writes who has numpy and pyarrow: unit vectors, no text. The
# second argument but one says whether the writer's options are the default
# ones or the fastest for random floats, and the vectors even noise.
NUMPY = """
import os, sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
rows, how, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
kind = pa.list_(pa.float32())
schema = pa.schema([("doc_id", pa.int64()), ("question_embedding", kind), ("answer_embedding", kind)])
rng, dim, batch = np.random.default_rng(42), 768, 10000
options = {} if how == "default" else {"compression": "none", "use_dictionary": False}

def vectors(n):
    if how != "default":
        return rng.random((n, dim), dtype=np.float32)
    v = rng.standard_normal((n, dim), dtype=np.float32)
    return v / np.linalg.norm(v, axis=1, keepdims=True)

with open(out, "wb") as file:
    with pq.ParquetWriter(file, schema, **options) as writer:
        for start in range(0, rows, batch):
            n = min(batch, rows - start)
            offsets = pa.array(np.arange(0, (n + 1) * dim, dim, dtype=np.int32))
            columns = [pa.array(np.arange(start, start + n))]
            columns += [pa.ListArray.from_arrays(offsets, pa.array(vectors(n).reshape(-1))) for _ in range(2)]
            writer.write_table(pa.table(columns, schema=schema))
    file.flush()
    os.fsync(file.fileno())
"""


def processes(root):
    """All processes below root, itself included."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found, grown = {root}, True
    while grown:
        more = {p for p, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return found


def resident(pids):
    """The resident memory of processes in bytes; shared pages count in each."""
    total = 0
    for pid in pids:
        try:
            total += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total


def measure(command, env=None, stdout=subprocess.DEVNULL):
    """Run a command; give wall seconds, CPU seconds and peak bytes of its whole tree."""
    # What was deleted before is still being freed: let the disk come to rest.
    subprocess.run(["sync"], check=True)
    time.sleep(4)
    start = time.monotonic()
    child = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=stdout, stderr=subprocess.PIPE)
    peak, done = [0], threading.Event()

    def sample():
        while not done.wait(0.1):
            peak[0] = max(peak[0], resident(processes(child.pid)))

    watcher = threading.Thread(target=sample)
    watcher.start()
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    done.set()
    watcher.join()
    if status != 0:
        sys.exit(f"{command} failed:\n{errors.decode()}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": peak[0]}


def size(path):
    path = pathlib.Path(path)
    if path.is_file():
        return path.stat().st_size
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--old-rows", type=int, default=200_000)
    parser.add_argument("--json-rows", type=int, default=50_000)
    parser.add_argument("--old", help="the Python tool, for comparison")
    parser.add_argument("--dir", default=None)
    args = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.dir))
    results = []

    def add(name, rows, figures, path):
        figures.update(name=name, rows=rows, bytes=size(path))
        results.append(figures)
        print(f"{name}: {figures['wall']:.1f} s wall, {figures['cpu']:.1f} s CPU", file=sys.stderr)

    def generate(name, rows, out, *options, env=None):
        command = [args.binary, "generate", "--builtin", "knowledge_base", "--total-rows", str(rows), "--seed", "42",
                   "--no-progress", "--out", str(work / out), *options]
        add(name, rows, measure(command, env), work / out)

    try:
        generate("warm-up", args.rows, "warm-up")
        shutil.rmtree(work / "warm-up")
        results.clear()
        generate("milvus-ingest", args.rows, "ours")
        add("dd of the same bytes, seen onto the disk", args.rows, measure(
            ["dd", f"if={work}/ours/data.parquet", f"of={work}/dd", "bs=4M", "conv=fsync"]), work / "dd")
        os.remove(work / "dd")
        shutil.rmtree(work / "ours")
        generate("milvus-ingest, in one process", args.rows, "inproc", env={"MILVUS_INGEST_INPROC": "1"})
        shutil.rmtree(work / "inproc")
        generate("milvus-ingest, portable data plane", args.rows, "ipc", env={"MILVUS_INGEST_DATA_PLANE": "ipc"})
        shutil.rmtree(work / "ipc")
        for how, name in [("default", "numpy and pyarrow, unit vectors alone"),
                          ("fastest", "numpy and pyarrow, fastest options, noise alone")]:
            add(name, args.rows, measure(
                [sys.executable, "-c", NUMPY, str(args.rows), how, str(work / "numpy.parquet")]), work / "numpy.parquet")
            os.remove(work / "numpy.parquet")
        generate("milvus-ingest, JSON", args.json_rows, "json", "--format", "json")
        shutil.rmtree(work / "json")
        if args.old:
            schema = json.loads(subprocess.run([args.binary, "schema", "show", "knowledge_base", "--format", "json"],
                                               check=True, capture_output=True).stdout)
            (work / "schema.json").write_text(json.dumps(schema))
            generate("milvus-ingest, as many rows as the Python tool", args.old_rows, "few")
            shutil.rmtree(work / "few")
            add("Python tool", args.old_rows, measure(
                [args.old, "generate", "--schema", str(work / "schema.json"), "--total-rows", str(args.old_rows),
                 "--seed", "42", "--no-progress", "--out", str(work / "old")]), work / "old")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    show(results)


def show(results):
    ours = results[0]
    print("| | rows | GB | wall s | rows/s | CPU s/GB | MB/s a core | peak MB | wall ÷ ours | CPU per row ÷ ours |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for r in results:
        gb = r["bytes"] / 1e9
        wall = r["wall"] / r["rows"] / (ours["wall"] / ours["rows"])
        cpu = r["cpu"] / r["rows"] / (ours["cpu"] / ours["rows"])
        print(f"| {r['name']} | {r['rows']:,} | {gb:.2f} | {r['wall']:.1f} | {r['rows'] / r['wall']:,.0f} | {r['cpu'] / gb:.2f} "
              f"| {1000 * gb / r['cpu']:.0f} | {r['peak'] / 1e6:.0f} | {wall:.2f} | {cpu:.2f} |")


if __name__ == "__main__":
    main()
