#!/usr/bin/env python3
"""Measure the cost of a search beside pymilvus, in turns, on one server.

usage: bench_search.py BINARY --uri URI [--rows 20000] [--dim 768] [--seconds 5] [--rounds 3] [--concurrency 1,8]

Both search the same collection for random vectors, with the same parameters,
output fields and number of searches at a time. pymilvus does so in as many
processes, each with a client of its own, by the loop that people write. Needs
pymilvus and numpy.
"""
import argparse
import json
import multiprocessing
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

NAME = "bench_search"
PARAMS = {"ef": 64}
FIELDS = ["id", "question", "category"]


def loop(uri, dim, seconds, start, out):
    """One process of pymilvus."""
    import numpy as np
    from pymilvus import MilvusClient
    client = MilvusClient(uri=uri)

    def search():
        client.search(NAME, data=[np.random.random(dim).tolist()], anns_field="v", limit=10, output_fields=FIELDS,
                      search_params={"metric_type": "COSINE", "params": PARAMS})
    for _ in range(20):
        search()
    start.wait()
    used, begin, n = cpu(), time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        search()
        n += 1
    out.put((n, time.perf_counter() - begin, cpu() - used))


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def pymilvus(uri, dim, seconds, at_a_time):
    context = multiprocessing.get_context("spawn")
    start, out = context.Barrier(at_a_time), context.Queue()
    all = [context.Process(target=loop, args=(uri, dim, seconds, start, out)) for _ in range(at_a_time)]
    for process in all:
        process.start()
    done = [out.get() for _ in all]
    for process in all:
        process.join()
    searches = sum(n for n, _, _ in done)
    return searches / max(took for _, took, _ in done), 1000 * sum(used for _, _, used in done) / searches


def ours(binary, uri, data, seconds, at_a_time):
    command = [binary, "benchmark", data, "--uri", uri, "--collection-name", NAME, "--concurrency", str(at_a_time), "--duration", f"{seconds}s",
               "--queries", "random", "--output-fields", ",".join(FIELDS),
               "--param", f"ef={PARAMS['ef']}", "--no-recall", "--no-progress", "--output", "json"]
    run = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["runs"][0]
    return run["qps"], run["client_cpu_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--uri", required=True)
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--dim", type=int, default=768)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", default="1,8")
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        schema = {"collection_name": NAME, "fields": [
            {"name": "id", "type": "Int64", "is_primary": True},
            {"name": "question", "type": "VarChar", "max_length": 500}, {"name": "category", "type": "VarChar", "max_length": 100},
            {"name": "v", "type": "FloatVector", "dim": o.dim, "generator": "vector.clustered", "index": {"type": "HNSW", "metric": "COSINE"}}]}
        (folder / "schema.json").write_text(json.dumps(schema))
        data = folder / "data"
        subprocess.run([o.binary, "generate", "--schema", folder / "schema.json", "--total-rows", str(o.rows), "--out", data, "--no-progress"],
                       check=True, capture_output=True)
        subprocess.run([o.binary, "to-milvus", "insert", data, "--uri", o.uri, "--drop-if-exists", "--yes", "--no-progress"], check=True, capture_output=True)
        print(f"{o.rows:,} rows × {o.dim}, HNSW, ef {PARAMS['ef']}, top 10; medians of {o.rounds} rounds of {o.seconds} s in turns\n")
        print("| at a time | QPS pymilvus | QPS ours | ratio | CPU ms a search pymilvus | ours | ratio |\n|---|---|---|---|---|---|---|")
        for at_a_time in map(int, o.concurrency.split(",")):
            theirs, own = [], []
            for _ in range(o.rounds):
                theirs.append(pymilvus(o.uri, o.dim, o.seconds, at_a_time))
                own.append(ours(o.binary, o.uri, data, o.seconds, at_a_time))
            (q1, c1), (q2, c2) = ([statistics.median(x) for x in zip(*side)] for side in (theirs, own))
            print(f"| {at_a_time} | {q1:.0f} | {q2:.0f} | {q2 / q1:.2f} | {c1:.3f} | {c2:.3f} | {c2 / c1:.3f} |", flush=True)


if __name__ == "__main__":
    main()
