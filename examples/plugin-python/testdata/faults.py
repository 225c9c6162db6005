"""Components that fail in every way, and some that work together."""

print("printed before anything")

from milvus_ingest_plugin import Problem, Problems, generator, log, serve  # noqa: E402

print("printed before the handshake")

import os  # noqa: E402
import re  # noqa: E402

import pyarrow as pa  # noqa: E402


def component(name, **more):
    return generator(name, types=["Int64"], summary=f"It is {name}.", **more)


@component("good")
def good(column, start, rows, inputs):
    print("printed in a call")
    os.system("echo printed by a child")
    return range(start, start + rows)


@component("double")
def double(column, start, rows, inputs):
    return [2 * v for v in inputs.column(0).to_pylist()]


@component("raises")
def raises(column, start, rows, inputs):
    if start <= 777 < start + rows:
        raise KeyError("seven")
    return range(rows)


@component("refuses")
def refuses(column, start, rows, inputs):
    raise Problem("no such drug", code="unavailable", row=start + 3, hint="try later", retry=True)


@component("many")
def many(column, start, rows, inputs):
    raise Problems(Problem(f"problem {i}", row=start + i) for i in range(300))


@component("short")
def short(column, start, rows, inputs):
    return [1] * (rows - 1)


@component("text")
def text(column, start, rows, inputs):
    return pa.array(["x"] * rows)


@component("null")
def null(column, start, rows, inputs):
    return [None] * rows


@component("huge", config={"properties": {"bytes": {"type": "integer", "default": 1 << 20}}})
def huge(column, start, rows, inputs):
    return ["x" * column.config["bytes"]] * rows


@component("logs")
def logs(column, start, rows, inputs):
    log.warning("beware", extra={"row": start})
    return [0] * rows


@component("deaf")
def deaf(column, start, rows, inputs):
    re.match(r"(?=a)(a+)+$", "a" * 60 + "!")  # for years, and with the interpreter's lock
    return [0] * rows


@component("env", env=["SECRET"])
def env(column, start, rows, inputs):
    return [len(os.environ)] * rows


serve()
