#!/usr/bin/env python3
"""Compares `milvus-ingest upload` with a plain PUT of the same bytes.

Both send the same data set to the same MinIO, by turns; the plain PUT is
curl's, in one stream, with a signature that leaves the content out. Shown is
the best of the rounds, and the CPU time that the sender took.

    .ci/bench_upload.py BINARY DATA_SET ENDPOINT BUCKET [ROUNDS]

Keys are taken from MINIO_ACCESS_KEY and MINIO_SECRET_KEY. What was sent stays in
the bucket, below bench-TIME/.
"""
import os
import pathlib
import resource
import subprocess
import sys
import time


def timed(command, env=None):
    """Runs a command; gives its wall and CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    binary, data, endpoint, bucket = sys.argv[1:5]
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 3
    user = os.environ["MINIO_ACCESS_KEY"] + ":" + os.environ["MINIO_SECRET_KEY"]
    files = sorted(p for p in pathlib.Path(data).rglob("*") if p.is_file() and p.suffix in (".parquet", ".json") and p.name != "meta.json")
    size = sum(p.stat().st_size for p in files)
    best, place = {}, f"{bucket}/bench-{time.time_ns()}"

    def note(name, figures):
        best[name] = min(best.get(name, figures), figures)
        print(f"{name:12} {size / figures[0] / 1e6:7.0f} MB/s  {figures[1] / size * 1e9:5.2f} CPU s/GB", flush=True)

    for n in range(rounds):
        wall = cpu = 0.0
        for i, path in enumerate(files):
            w, c = timed(["curl", "-sSf", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", user,
                          "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "-T", str(path), f"{endpoint}/{place}/curl-{n}-{i}"])
            wall, cpu = wall + w, cpu + c
        note("plain PUT", (wall, cpu))
        note("upload", timed([binary, "upload", data, f"s3://{place}/upload-{n}/", "--endpoint-url", endpoint, "--no-progress"]))
    again = timed([binary, "upload", data, f"s3://{place}/upload-0/", "--endpoint-url", endpoint, "--no-progress"])
    share = best["plain PUT"][0] / best["upload"][0]
    print(f"upload reaches {100 * share:.0f} % of the plain PUT's rate for {size / 1e9:.2f} GB; a second run takes {again[0]:.1f} s")
    return 0 if share >= 0.8 else 1


if __name__ == "__main__":
    sys.exit(main())
