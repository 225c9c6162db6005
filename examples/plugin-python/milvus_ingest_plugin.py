"""Plugins for milvus-ingest in Python: copy this one file beside your plugin.

    #!/usr/bin/env python3
    from milvus_ingest_plugin import generator, serve

    @generator("answer", types=["Int64"], summary="The same number for each row.")
    def answer(column, start, rows, inputs):
        return [42] * rows

    serve()

It needs grpcio, pyarrow and cryptography, and Python 3.9. Import it first: in a
plugin that milvus-ingest has started, it moves standard output to standard
error, since the first line of standard output belongs to the protocol; and it
starts the Python of a folder .venv beside the plugin, where there is one.
docs/protocol.md of milvus-ingest tells what goes over the wire.
"""

from __future__ import annotations

import os
import sys

_HOSTED = os.environ.get("MILVUS_INGEST_PLUGIN") == "v1"


def _use_venv():
    """Start again in the plugin's own environment, as `activate` would have it."""
    folder = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), ".venv")
    python = os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")
    here = os.path.realpath(sys.prefix) == os.path.realpath(folder)
    if here or not os.path.exists(python) or os.environ.get("_MILVUS_INGEST_VENV") == folder:
        return
    os.environ["_MILVUS_INGEST_VENV"] = folder  # once, whatever that Python says of itself
    if os.name == "nt":  # exec would give the process a new id
        import subprocess

        sys.exit(subprocess.run([python, *sys.argv]).returncode)
    os.execv(python, [python, *sys.argv])


def _watch_from_outside():
    """Kill this process some seconds after its host has died, should Python be
    unable to: one regular expression can hold its lock for hours. The watcher
    is a fork of a process that has loaded nothing yet."""
    import select
    import signal
    import time
    import warnings

    watched = os.getpid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads, which nothing has started
        if os.fork():
            return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.closerange(1, 1024)  # nobody must wait for the end of its output
    deadline = None
    while os.getppid() == watched:
        if deadline is None:
            if select.select([0], [], [], 0.5)[0] and not os.read(0, 4096):
                deadline = time.monotonic() + 4
        elif time.monotonic() < deadline:
            time.sleep(0.1)
        else:
            os.kill(watched, signal.SIGKILL)
    os._exit(0)


_handshake = -1
if _HOSTED:
    _use_venv()
    if os.name == "posix" and os.environ.get("MILVUS_INGEST_LIFELINE") == "stdin":
        _watch_from_outside()
    sys.stdout.flush()
    _handshake = os.dup(1)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")

import base64  # noqa: E402
import contextlib  # noqa: E402
import dataclasses  # noqa: E402
import datetime  # noqa: E402
import difflib  # noqa: E402
import hashlib  # noqa: E402
import inspect  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import mmap  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402
from concurrent import futures  # noqa: E402

import grpc  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402

__all__ = ["Artifact", "Column", "NewFile", "Problem", "Problems", "Run", "fill", "generator", "log", "serve", "sink", "store"]

log = logging.getLogger("plugin")
"""Goes to the host's log, with the plugin's name: log.info("loaded", extra={"model": name})."""

_MAX_MESSAGE = 64 << 20
_MAX_IPC = _MAX_MESSAGE - (64 << 10)
_CLOSING = 3.0  # seconds that open columns and writers have to close when the process ends

# ---------------------------------------------------------------- what authors use


class Problem(Exception):
    """An error that keeps its meaning on the way to the user: what is wrong,
    in which field and row, and what mends it.

    code is "invalid_config", "invalid_data", "conflict", "unavailable",
    "exhausted", "plugin_failed" or "internal"; retry says that the same may
    succeed later."""

    def __init__(self, message, *, code="invalid_data", field="", row=None, hint="", retry=False):
        super().__init__(message)
        self.code, self.field, self.row, self.hint, self.retry = code, field, row, hint, retry


class Problems(Exception):
    """Several problems at once."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("; ".join(map(str, self.problems)))


@dataclasses.dataclass
class Column:
    """All that a generator gets to know of the column that it makes."""

    field: pa.Field  # name, Arrow type, whether null is allowed
    config: dict  # valid by the schema, with defaults
    seed: int  # the data set's
    uses: list  # names of the columns that it reads
    inputs: pa.Schema | None  # their schema; None where it reads none

    @property
    def name(self):
        return self.field.name

    @property
    def type(self):
        """The Arrow type that fill must return."""
        return self.field.type

    @property
    def facts(self):
        """What Milvus knows of the field: {"type": "FloatVector", "dim": "768"}."""
        found = {k.decode(): v.decode() for k, v in (self.field.metadata or {}).items()}
        return {k[len("milvus.") :]: v for k, v in found.items() if k.startswith("milvus.")}

    @property
    def key(self):
        """64 bits that no other column or seed shares: the key of a counter-based
        generator such as numpy's Philox."""
        text = f"{self.seed}\0{self.name}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")

    def random(self, row):
        """The random numbers of a row, which depend on nothing else."""
        return random.Random(f"{self.key} {row}")


@dataclasses.dataclass
class Run:
    """All that a sink gets to know of the rows that it writes."""

    schema: pa.Schema
    config: dict
    run_id: str  # the same for all parts of a run
    start: int  # first row of this part
    rows: int  # rows of this part; 0 where it is not known


@dataclasses.dataclass
class Artifact:
    """One thing that a sink has stored."""

    uri: str
    rows: int
    bytes: int = 0
    sha256: str = ""

    @classmethod
    def of_file(cls, path, rows):
        """The artifact that a file on disk is."""
        digest = hashlib.sha256()
        with open(path, "rb") as f:
            while block := f.read(1 << 20):
                digest.update(block)
        return cls(str(path), rows, os.path.getsize(path), digest.hexdigest())


class NewFile:
    """A file that appears under its name when it is whole. Write to the path
    `temporary`; then commit gives it its name, and discard removes it."""

    def __init__(self, path, overwrite=False):
        self.path, self.overwrite = os.path.abspath(path), overwrite
        self._refuse_taken(not overwrite and os.path.exists(self.path))
        folder, name = os.path.split(self.path)
        handle, self.temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder)
        os.close(handle)

    def commit(self, rows):
        """Make the file durable and visible; gives its Artifact."""
        with open(self.temporary, "rb+") as f:
            os.fsync(f.fileno())
        artifact = Artifact.of_file(self.temporary, rows)
        artifact.uri = self.path
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(self.temporary, 0o666 & ~mask)
        if self.overwrite:
            os.replace(self.temporary, self.path)
            return [artifact]
        try:
            os.link(self.temporary, self.path)  # unlike a new name, it never replaces what has come meanwhile
        except FileExistsError:
            self._refuse_taken(True)
        except OSError:  # a file system without links
            self._refuse_taken(os.path.exists(self.path))
            os.replace(self.temporary, self.path)
        self.discard()
        return [artifact]

    def discard(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.temporary)

    def _refuse_taken(self, taken):
        if taken:
            hint = 'give another path, or set "overwrite": true'
            raise Problem(f"{self.path} exists", code="conflict", hint=hint)


@dataclasses.dataclass
class _Component:
    kind: str
    name: str
    version: str
    summary: str
    config_schema: dict
    field_types: list
    env: list
    open: object
    at_once: int = 0


_components = {}


def _component(kind, name, types, summary, config, version, env, at_once=0):
    schema = {"type": "object", "properties": {}, "additionalProperties": False, **(config or {})}
    _check_schema(schema, f"config of {kind} {name}")

    def add(implementation):
        opener = implementation
        if kind == "generator" and not inspect.isclass(implementation):
            opener = lambda column: _PerSpan(column, implementation)  # noqa: E731
        _components[kind, name] = _Component(kind, name, version, summary, schema, list(types), list(env), opener, at_once)
        return implementation

    return add


def generator(name, *, types, summary, config=None, version="0.1.0", env=(), at_once=0):
    """Make a generator of a function fill(column, start, rows, inputs), or of a
    class with __init__(column), fill(start, rows, inputs) and, if it likes, close().

    fill returns the values of the rows start … start+rows-1: a pyarrow array, or
    what pyarrow makes one of. It is a function of the row's number: the same row
    has the same value whatever was asked before. inputs is a pyarrow record batch
    of the columns that it reads, for the same rows, or None; it must not be kept.
    config is a JSON Schema; env lists environment variables that it would read.
    at_once is the most rows that fill is asked for: one that takes long for a row
    should be asked for few, so that a run that is given up ends soon."""
    return _component("generator", name, types, summary, config, version, env, at_once)


def sink(name, *, types, summary, config=None, version="0.1.0", env=()):
    """Make a sink of a class with __init__(run), write(batch), commit() and close().

    commit makes all that was written visible under its final name, and returns
    a list of Artifact. close comes last, always: without a commit before it,
    it discards what was written. A batch is the sink's own and may be kept."""
    return _component("sink", name, types, summary, config, version, env)


class _PerSpan:
    def __init__(self, column, function):
        self.column, self.function = column, function

    def fill(self, start, rows, inputs):
        return self.function(self.column, start, rows, inputs)


def fill(name, field, start, rows, *, config=None, seed=0, inputs=None):
    """For an author's tests: what the generator makes of a field, as a pyarrow
    array. inputs is a record batch of the columns that it reads."""
    uses = inputs.schema.names if inputs is not None else []
    given = inputs.schema if inputs is not None else None
    opened = _open(field, {"component": name, "config": json.dumps(config or {}).encode()}, seed, uses, given)
    columns = _Columns({"columns": [], "schema": pa.schema([]).serialize()})
    columns.columns = [opened]
    try:
        return columns.fill(0, start, rows, inputs, lambda: True)
    finally:
        columns.close()


def store(name, batches, *, config=None):
    """For an author's tests: write record batches to a sink and commit them."""
    sink_of, schema = _find("sink", name), batches[0].schema
    run = Run(schema, _configure(sink_of, json.dumps(config or {}).encode()), "test", 0, sum(b.num_rows for b in batches))
    writer = sink_of.open(run)
    try:
        for batch in batches:
            writer.write(batch)
        return writer.commit()
    finally:
        writer.close()


# ---------------------------------------------------------------- configuration

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
_SAID = {"title", "description", "examples", "default", "$schema", "$comment"}
_RULES = {
    "minimum": (lambda v, r: v >= r, "at least {}"),
    "maximum": (lambda v, r: v <= r, "at most {}"),
    "exclusiveMinimum": (lambda v, r: v > r, "more than {}"),
    "exclusiveMaximum": (lambda v, r: v < r, "less than {}"),
    "minLength": (lambda v, r: len(v) >= r, "at least {} characters long"),
    "maxLength": (lambda v, r: len(v) <= r, "at most {} characters long"),
    "minItems": (lambda v, r: len(v) >= r, "at least {} items long"),
    "maxItems": (lambda v, r: len(v) <= r, "at most {} items long"),
    "pattern": (lambda v, r: re.search(r, v) is not None, "of the form {}"),
}
_KEYWORDS = _SAID | set(_RULES) | {"type", "properties", "required", "additionalProperties", "items", "enum"}


def _quoted(value):
    return json.dumps(value, ensure_ascii=False)


def _check_schema(schema, where):
    """Refuse, while the author looks on, what _validate does not know."""
    unknown = sorted(set(schema) - _KEYWORDS)
    if unknown:
        raise ValueError(f"{where}: JSON Schema keyword {unknown[0]!r} is not supported; these are: {sorted(_KEYWORDS)}")
    if "type" in schema and schema["type"] not in _TYPES:
        raise ValueError(f"{where}: type {schema['type']!r} is none of {sorted(_TYPES)}")
    for key, inner in schema.get("properties", {}).items():
        _check_schema(inner, f"{where}: {key}")
    if isinstance(schema.get("items"), dict):
        _check_schema(schema["items"], f"{where}: items")


def _validate(value, schema, path, problems):
    """The value with its defaults; what is wrong with it goes into problems."""

    def wrong(message, hint=""):
        where = f"configuration key {_quoted(path)}" if path else "configuration"
        problems.append(Problem(f"{where}: {message}", code="invalid_config", hint=hint))

    kind = schema.get("type")
    fits = kind is None or isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        value, fits = int(value), True
    if not fits:
        wrong(f"expected {kind}, found {_quoted(value)[:100]}")
        return value
    if "enum" in schema and value not in schema["enum"]:
        wrong(f"it is {_quoted(value)}", "use one of " + ", ".join(map(str, schema["enum"])))
    for rule, (holds, words) in _RULES.items():
        if rule in schema and not holds(value, schema[rule]):
            wrong(f"it is {_quoted(value)}, and must be " + words.format(schema[rule]))
    if kind == "object" or isinstance(value, dict):
        value = dict(value)
        _validate_keys(value, schema, path, problems, wrong)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        value = [_validate(v, schema["items"], f"{path}[{i}]", problems) for i, v in enumerate(value)]
    return value


def _validate_keys(value, schema, path, problems, wrong):
    known = schema.get("properties", {})
    for key in sorted(set(value) - set(known)):
        if schema.get("additionalProperties", True) is False:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {_quoted(near[0])}?" if near else "known keys: " + (", ".join(known) or "none")
            wrong(f"unknown key {_quoted(key)}", hint)
    for key in schema.get("required", ()):
        if key not in value:
            wrong(f"{_quoted(key)} is missing", known.get(key, {}).get("description", ""))
    for key, inner in known.items():
        if key in value:
            value[key] = _validate(value[key], inner, f"{path}.{key}" if path else key, problems)
        elif "default" in inner:
            value[key] = inner["default"]


def _configure(component, raw):
    text = bytes(raw or b"").strip() or b"{}"
    try:
        given = json.loads(text)
    except ValueError as e:
        raise Problem(f"configuration: {e}", code="invalid_config") from None
    problems = []
    config = _validate(given, component.config_schema, "", problems)
    if problems:
        raise Problems(problems)
    return config


def _find(kind, name):
    if (kind, name) in _components:
        return _components[kind, name]
    near = difflib.get_close_matches(name, [n for k, n in _components if k == kind], 1)
    hint = f"did you mean {_quoted(near[0])}?" if near else ""
    raise Problem(f"there is no {kind} {_quoted(name)} in this plugin", code="invalid_config", hint=hint)


# ---------------------------------------------------------------- protobuf

# The messages of plugin.proto: number, name and kind of each field; * repeats.
# Written out here so that a plugin has one file and no version of protobuf.
_MESSAGES = {
    "Component": "1 kind string, 2 name string, 3 version string, 4 summary string, 5 config_schema string,"
    " 6 field_types string*, 7 env string*",
    "DescribeResponse": "1 components Component*, 2 shared_memory int",
    "CheckRequest": "1 kind string, 2 component string, 3 config bytes, 4 schema bytes",
    "CheckResponse": "1 problems Problem*",
    "Memory": "1 descriptor int, 2 bytes int",
    "Extent": "1 offset int, 2 length int",
    "Node": "1 length int, 2 nulls int, 3 buffers Extent*",
    "Batch": "1 rows int, 2 nodes Node*, 3 ipc bytes",
    "GenerateRequest": "1 open OpenColumns, 2 span Span",
    "OpenColumns": "1 columns Column*, 2 schema bytes, 3 inputs bytes, 4 seed uint, 5 memory Memory",
    "Column": "1 component string, 2 config bytes, 3 uses string*",
    "Span": "1 start int, 2 rows int, 3 inputs Batch, 4 slab Extent",
    "GenerateResponse": "1 batch Batch",
    "WriteRequest": "1 open OpenWriter, 2 batch Batch, 3 commit Commit",
    "OpenWriter": "1 component string, 2 config bytes, 3 schema bytes, 4 run_id string, 5 start int, 6 rows int, 7 memory Memory",
    "Commit": "",
    "WriteResponse": "1 rows int, 2 artifacts Artifact*",
    "Artifact": "1 uri string, 2 rows int, 3 bytes int, 4 sha256 string",
    "Problem": "1 code string, 2 message string, 3 field string, 4 row int, 5 hint string, 6 retryable int",
    "Any": "1 type_url string, 2 value bytes",
    "Status": "1 code int, 2 message string, 3 details Any*",
}
_MESSAGES = {
    name: {int(n): (key, kind.rstrip("*"), kind.endswith("*")) for n, key, kind in (f.split() for f in text.split(",") if f)}
    for name, text in _MESSAGES.items()
}


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value & (1 << 64) - 1, at


def _decode(name, data):
    """A message as a dict; bytes are views of data. Absent fields are absent."""
    data, fields, out, at = memoryview(data), _MESSAGES[name], {}, 0
    while at < len(data):
        tag, at = _varint(data, at)
        key, kind, repeated = fields.get(tag >> 3, ("", "", False))
        if tag & 7 == 0:
            value, at = _varint(data, at)
            value = value - (1 << 64) if kind == "int" and value >> 63 else value
        elif tag & 7 == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
            if at > len(data):
                raise Problem(f"malformed message {name}: it ends early", code="plugin_failed")
            value = str(value, "utf-8") if kind == "string" else _decode(kind, value) if kind in _MESSAGES else value
        else:  # fixed64 and fixed32, which no field of version 1 is
            at += 8 if tag & 7 == 1 else 4
            continue
        if repeated:
            out.setdefault(key, []).append(value)
        elif key:
            out[key] = value
    return out


def _bytes_of(value):
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _parts(name, message):
    """The pieces of an encoded message: long bytes stay as they are."""
    out = []
    for number, (key, kind, repeated) in _MESSAGES[name].items():
        for value in message.get(key, ()) if repeated else [message[key]] if key in message else []:
            if kind in ("int", "uint"):
                out.append(_bytes_of(number << 3) + _bytes_of(int(value)))
                continue
            if kind in _MESSAGES:
                pieces = _parts(kind, value)
            else:
                pieces = [value.encode("utf-8", "replace") if kind == "string" else value]
            out.append(_bytes_of(number << 3 | 2) + _bytes_of(sum(memoryview(p).nbytes for p in pieces)))
            out += pieces
    return out


def _encode(name, message):
    return b"".join(_parts(name, message))


# ---------------------------------------------------------------- errors and log

_TROUBLE = {  # code of a problem: code of the gRPC status
    "invalid_config": grpc.StatusCode.INVALID_ARGUMENT,
    "invalid_data": grpc.StatusCode.INVALID_ARGUMENT,
    "conflict": grpc.StatusCode.ALREADY_EXISTS,
    "unavailable": grpc.StatusCode.UNAVAILABLE,
    "exhausted": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "plugin_failed": grpc.StatusCode.ABORTED,
}


class _Status(grpc.Status):
    def __init__(self, problems):
        self.code = _TROUBLE.get(problems[0].code, grpc.StatusCode.INTERNAL)
        self.details = _shorten("\n".join(map(str, problems)))
        if len(problems) > 100:
            problems = [*problems[:100], Problem(f"and {len(problems) - 100} more", code=problems[100].code)]
        kind = "type.googleapis.com/milvusingest.plugin.v1.Problem"
        details = [{"type_url": kind, "value": _encode("Problem", _told(p))} for p in problems]
        raw = _encode("Status", {"code": self.code.value[0], "message": self.details, "details": details})
        self.trailing_metadata = (("grpc-status-details-bin", raw),)


def _shorten(text):
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= 8 << 10 else raw[: 8 << 10].decode("utf-8", "ignore") + " …"


def _told(p):
    row = 0 if p.row is None else int(p.row) + 1
    return {
        "code": p.code, "message": _shorten(str(p)), "field": p.field, "row": row, "hint": p.hint, "retryable": int(p.retry)
    }  # fmt: skip


def _problems(error):
    if isinstance(error, Problems):
        return error.problems or [Problem(str(error), code="internal")]
    if isinstance(error, Problem):
        return [error]
    return [Problem(f"{type(error).__name__}: {error}\n{traceback.format_exc()}", code="plugin_failed")]


@contextlib.contextmanager
def _named(who, field="", row=None):
    """Tell of each error who made it, in which field and row. What a component
    did not mean is its failure, and is told with its stack."""
    try:
        yield
    except (Problem, Problems) as e:
        for p in _problems(e):
            p.field = p.field or field
            if p.row is None and p.code == "plugin_failed":
                p.row = row
        raise
    except Exception as e:
        said = f"{who} raised {type(e).__name__}: {e}\n{traceback.format_exc()}"
        raise Problem(said, code="plugin_failed", field=field, row=row) from None


class _HostLog(logging.Handler):
    """Writes go-hclog's JSON lines on standard error, which the host shows."""

    def emit(self, record):
        plain = logging.LogRecord("", 0, "", 0, "", (), None).__dict__
        at = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = {
            "@level": {"warning": "warn", "critical": "error"}.get(record.levelname.lower(), record.levelname.lower()),
            "@message": record.getMessage() + ("\n" + "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""),
            "@timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if record.name not in ("plugin", "root"):
            line["@module"] = record.name
        line.update((k, v) for k, v in record.__dict__.items() if k not in plain and k not in ("message", "asctime"))
        os.write(2, (json.dumps(line, default=str, ensure_ascii=False) + "\n").encode("utf-8", "replace"))


# ---------------------------------------------------------------- batches


def _schema(raw):
    return pa.ipc.open_stream(pa.py_buffer(raw)).schema if raw else None


class _Memory:
    """Memory that host and plugin share: a file that the process inherited."""

    _lock, _open = threading.Lock(), {}

    @classmethod
    def of(cls, message, write):
        if not message:
            return None
        key = message.get("descriptor", 0), message.get("bytes", 0), write
        with cls._lock:
            if key not in cls._open:
                access = mmap.PROT_READ | (mmap.PROT_WRITE if write else 0)
                cls._open[key] = memoryview(mmap.mmap(key[0], key[1], mmap.MAP_SHARED, access))
            return cls._open[key]


def _cut(memory, extent):
    at, length = extent.get("offset", 0), extent.get("length", 0)
    if memory is None or at < 0 or length < 0 or at + length > len(memory):
        raise Problem(f"{length} bytes at {at} are outside the shared memory", code="plugin_failed")
    return memory[at : at + length]


def _read(batch, schema, memory, keep):
    """The record batch that a message tells of. keep: it must outlive the request."""
    if "ipc" in batch:
        raw = pa.py_buffer(batch["ipc"])
        raw = pa.py_buffer(bytes(batch["ipc"])) if raw.address % 8 else raw  # Arrow likes its numbers aligned
        return pa.ipc.open_stream(raw).read_next_batch()
    nodes = iter(batch.get("nodes", ()))

    def array(kind):
        node = next(nodes)
        views = [_cut(memory, e) if e.get("length") else None for e in node.get("buffers", ())]
        buffers = [None if v is None else pa.py_buffer(bytes(v) if keep else v) for v in views]
        buffers[1:] = [pa.py_buffer(b"") if b is None else b for b in buffers[1:]]
        children = [array(kind.field(i).type) for i in range(kind.num_fields)]
        return pa.Array.from_buffers(kind, node.get("length", 0), buffers, node.get("nulls", 0), 0, children or None)

    return pa.RecordBatch.from_arrays([array(f.type) for f in schema], schema=schema)


def _write(batch, memory, slab):
    """The message that tells of a record batch: in the slab, if it fits."""
    if memory is not None and slab:
        room = pa.py_buffer(_cut(memory, slab))
        nodes = _lay(batch, room, slab.get("offset", 0))
        if nodes is not None:
            return {"rows": batch.num_rows, "nodes": nodes}
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, batch.schema) as stream:
        stream.write_batch(batch)
    raw = out.getvalue()
    if raw.size > _MAX_IPC:
        raise Problem(
            f"{batch.num_rows} rows take {raw.size >> 20} MiB, over the {_MAX_MESSAGE >> 20} MiB of a message",
            code="exhausted",
            hint="make batches smaller: --batch-size",
        )
    return {"rows": batch.num_rows, "ipc": raw}


def _lay(batch, room, offset):
    """Lay a batch into a slab: Arrow's own stream writer copies, aligns and
    takes out what slices leave; reading that back tells where everything is."""
    try:
        with pa.ipc.new_stream(pa.FixedSizeBufferWriter(room), batch.schema) as stream:
            stream.write_batch(batch)
    except (OSError, pa.ArrowInvalid):
        return None  # it does not fit
    nodes = []

    def lay(array):
        kind, n = array.type, len(array)
        text, lists = pa.types.is_string(kind) or pa.types.is_binary(kind), pa.types.is_list(kind)
        bitwise = pa.types.is_boolean(kind)
        sizes = [(n + 7) // 8 if array.null_count else 0]
        buffers = array.buffers()
        if text or lists:
            sizes.append((n + 1) * 4 if n else 0)
        elif not kind.num_fields:
            sizes.append((n + 7) // 8 if bitwise else n * (kind.bit_width // 8))
        if text:
            sizes.append(buffers[2].size if n and buffers[2] is not None else 0)
        extents = [{"offset": offset + b.address - room.address, "length": s} if s else {} for b, s in zip(buffers, sizes)]
        nodes.append({"length": n, "nulls": array.null_count, "buffers": extents})
        if lists or pa.types.is_fixed_size_list(kind):
            lay(array.values)
        else:
            for i in range(kind.num_fields):
                lay(array.field(i))

    for column in pa.ipc.open_stream(room).read_next_batch().columns:
        lay(column)
    return nodes


# ---------------------------------------------------------------- the calls


class _Columns:
    """The open columns of one stream."""

    def __init__(self, message):
        schema, given = _schema(message.get("schema")), _schema(message.get("inputs"))
        columns = message.get("columns", [])
        if schema is None or len(schema) != len(columns):
            raise Problem(f"open: {len(columns)} columns, but a schema {schema}", code="plugin_failed")
        self.schema, self.given, self.memory = schema, given, _Memory.of(message.get("memory"), True)
        self.columns, problems = [], []
        uses = [c.get("uses", []) for c in columns]
        self.order = _order(schema.names, uses, given.names if given else [])
        known = {f.name: f for f in [*(given or []), *schema]}
        for field, column, names in zip(schema, columns, uses):
            inputs = pa.schema([known[n] for n in names]) if names else None
            try:
                with _named(f"generator {column.get('component', '')}", field.name):
                    self.columns.append(_open(field, column, message.get("seed", 0), names, inputs))
            except Exception as e:
                problems += _problems(e)
        if problems:
            self.close()
            raise Problems(problems)

    def answer(self, request, wanted):
        if "span" not in request:
            raise Problem("expected a span", code="plugin_failed")
        span = request["span"]
        start, rows = span.get("start", 0), span.get("rows", 0)
        have = {}
        if "inputs" in span and self.given is not None:
            given = _read(span["inputs"], self.given, self.memory, keep=False)
            if given.num_rows != rows:
                raise Problem(f"{given.num_rows} rows of inputs for {rows} rows", code="plugin_failed", row=start)
            have = dict(zip(self.given.names, given.columns))
        for i in self.order:
            column = self.columns[i][0]
            inputs = None
            if column.uses:
                inputs = pa.RecordBatch.from_arrays([have[n] for n in column.uses], schema=column.inputs)
            have[column.name] = self.fill(i, start, rows, inputs, wanted)
        batch = pa.RecordBatch.from_arrays([have[n] for n in self.schema.names], schema=self.schema)
        return {"batch": _write(batch, self.memory, span.get("slab"))}

    def fill(self, i, start, rows, inputs, wanted):
        column, filler, at_once = self.columns[i]
        pieces = []
        for at in range(0, max(rows, 1), at_once or max(rows, 1)):
            if not wanted():
                raise Problem("the host has given up", code="unavailable")
            first, n = start + at, min(at_once or rows, rows - at)
            some = inputs.slice(at, n) if inputs is not None else None
            with _named(f"in rows {first} to {first + n - 1}, the generator", column.name, first):
                pieces.append(_array(filler.fill(first, n, some), column, first, n))
        return pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)

    def close(self):
        with contextlib.ExitStack() as all_of_them:
            for column, filler, _ in self.columns:
                if hasattr(filler, "close"):
                    all_of_them.enter_context(_named("closing, the generator", column.name))
                    all_of_them.callback(filler.close)
        self.columns = []


def _open(field, message, seed, uses, inputs):
    component = _find("generator", message.get("component", ""))
    column = Column(field, _configure(component, message.get("config")), seed, uses, inputs)
    wanted = column.facts.get("type")
    if wanted and component.field_types and wanted not in component.field_types:
        made = ", ".join(component.field_types)
        raise Problem(f"generator {component.name} makes {made}, not {wanted}", code="invalid_config")
    return column, component.open(column), component.at_once


def _order(names, uses, given):
    """An order in which each column comes after those that it uses."""
    order, waiting = [], list(range(len(names)))
    while waiting:
        ready = [i for i in waiting if not any(names[j] in uses[i] for j in waiting)]
        missing = [n for i in ready for n in uses[i] if n not in given and n not in names]
        if missing or not ready:
            field = names[(ready or waiting)[0]]
            what = f"it uses {missing[0]}, which is no field" if missing else "it uses itself, by way of what it uses"
            raise Problem(what, code="invalid_config", field=field)
        order += ready
        waiting = [i for i in waiting if i not in ready]
    return order


def _array(values, column, start, rows):
    """What fill returned as an array of the column's type."""

    def fault(what):
        return Problem(f"the generator returned {what}", code="plugin_failed")

    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if not isinstance(values, pa.Array):
        values = pa.array(values, type=column.type)
    if values.type != column.type:
        try:
            values = values.cast(column.type)
        except pa.ArrowException:
            raise fault(f"{values.type}, not {column.type}") from None
    if len(values) != rows:
        raise fault(f"{len(values)} values for {rows} rows")
    if values.null_count and not column.field.nullable:
        raise fault("null for a field that is not nullable")
    if pa.types.is_string(values.type) and column.facts.get("type") == "VarChar" and "max_length" in column.facts:
        _check_length(values, int(column.facts["max_length"]), start)
    return values


def _check_length(values, most, start):
    lengths = pc.binary_length(values)
    longest = pc.max(lengths).as_py() or 0
    if longest > most:
        at = pc.index(pc.greater(lengths, most), True).as_py()
        hint = "make the texts shorter, or max_length larger"
        raise Problem(f"text of {lengths[at]} bytes, over a max_length of {most}", row=start + at, hint=hint)


def _check_text(batch, start):
    """Refuse what is not UTF-8: Python could not read a row of it."""
    for field, column in zip(batch.schema, batch.columns):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid as e:
            at = re.search(r"index (\d+)", str(e))
            row = start + int(at.group(1)) if at and pa.types.is_string(field.type) else start
            raise Problem(str(e), field=field.name, row=row) from None


class _Writer:
    """The open writer of one stream."""

    def __init__(self, message):
        self.sink = _find("sink", message.get("component", ""))
        self.schema, self.memory = _schema(message.get("schema")), _Memory.of(message.get("memory"), False)
        self.rows, self.start = 0, message.get("start", 0)
        config = _configure(self.sink, message.get("config"))
        run = Run(self.schema, config, message.get("run_id", ""), self.start, message.get("rows", 0))
        with _named(f"sink {self.sink.name}"):
            self.writer = self.sink.open(run)

    def answer(self, request, wanted):
        with _named(f"sink {self.sink.name}, after {self.rows} rows,", row=self.start + self.rows):
            if "batch" in request:
                batch = _read(request["batch"], self.schema, self.memory, keep=True)
                _check_text(batch, self.start + self.rows)
                self.writer.write(batch)
                self.rows += batch.num_rows
                return {"rows": self.rows}
            if "commit" in request:
                artifacts = [dataclasses.asdict(a) for a in self.writer.commit()]
                return {"rows": self.rows, "artifacts": artifacts}
        raise Problem("expected a batch or a commit", code="plugin_failed")

    def close(self):
        with _named(f"closing, the sink {self.sink.name}"):
            self.writer.close()


class _Calls:
    """Answers the host's calls."""

    def __init__(self):
        self.ending, self.streams, self.changed = False, 0, threading.Condition()
        self.shutdown = threading.Event()

    @contextlib.contextmanager
    def call(self, context):
        """Count a call, and make of its errors what gRPC carries."""
        with self.changed:
            refused = self.ending
            self.streams += 1
        try:
            if refused:
                raise Problem("the plugin is ending", code="unavailable")
            yield
        except grpc.RpcError:
            pass  # the host has given up
        except Exception as e:
            context.abort_with_status(_Status(_problems(e)))
        finally:
            with self.changed:
                self.streams -= 1
                self.changed.notify_all()

    def end(self):
        """Wait until all streams have closed, within bounds."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.streams, _CLOSING)

    def describe(self, request, context):
        with self.call(context):
            components = [
                {**vars(c), "config_schema": json.dumps(c.config_schema, ensure_ascii=False)} for c in _components.values()
            ]
            return _encode("DescribeResponse", {"components": components, "shared_memory": int(os.name == "posix")})

    def check(self, request, context):
        with self.call(context):
            problems, message = [], _decode("CheckRequest", request)
            try:
                component = _find(message.get("kind", ""), message.get("component", ""))
                schema = _schema(message.get("schema"))
                if component.kind == "sink" or schema is None:
                    _configure(component, message.get("config"))
                else:
                    columns = [message] * len(schema)
                    _Columns({"columns": columns, "schema": message["schema"]}).close()
            except Exception as e:
                problems = [_told(p) for p in _problems(e)]
            return _encode("CheckResponse", {"problems": problems})

    def generate(self, requests, context):
        yield from self.stream(context, requests, "Generate", _Columns)

    def write(self, requests, context):
        yield from self.stream(context, requests, "Write", _Writer)

    def stream(self, context, requests, name, start):
        """Answer each request of a stream with one response."""
        def wanted():
            return context.is_active() and not self.ending

        with self.call(context):
            first = next(requests, None)
            message = _decode(name + "Request", first or b"")
            if "open" not in message:
                raise Problem(f"the first request of a {name} stream must be open", code="plugin_failed")
            opened = start(message["open"])
            try:
                yield b""
                for request in requests:
                    yield _encode(name + "Response", opened.answer(_decode(name + "Request", request), wanted))
            finally:
                opened.close()

    def stop(self, request, context):
        self.shutdown.set()
        return b""

    def stdio(self, request, context):
        """go-plugin's stream of standard output, which is the log here: silent until the end."""
        over = threading.Event()
        context.add_callback(over.set)
        while not over.wait(0.2) and not self.shutdown.is_set():
            pass
        return
        yield

    def health(self, request, context):
        return b"\x08\x01"  # serving

    def watch(self, request, context):
        yield b"\x08\x01"
        yield from self.stdio(request, context)

    def handlers(self):
        one, some, both = (
            grpc.unary_unary_rpc_method_handler,
            grpc.unary_stream_rpc_method_handler,
            grpc.stream_stream_rpc_method_handler,
        )
        services = {
            "milvusingest.plugin.v1.Plugin": {"Describe": one(self.describe), "Check": one(self.check)},
            "milvusingest.plugin.v1.Generator": {"Generate": both(self.generate)},
            "milvusingest.plugin.v1.Sink": {"Write": both(self.write)},
            "grpc.health.v1.Health": {"Check": one(self.health), "Watch": some(self.watch)},
            "plugin.GRPCController": {"Shutdown": one(self.stop)},
            "plugin.GRPCStdio": {"StreamStdio": some(self.stdio)},
        }
        return [grpc.method_handlers_generic_handler(name, methods) for name, methods in services.items()]


# ---------------------------------------------------------------- the process


def _credentials():
    """This process's certificate for mutual TLS, and what the host is told of
    it; None where the host asks for none."""
    host = os.environ.get("PLUGIN_CLIENT_CERT")
    if not host:
        return None, ""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())  # the curve that every TLS library knows
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    told = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode().rstrip("=")
    return grpc.ssl_server_credentials([(private, public)], host.encode(), require_client_auth=True), told


def _listen(server):
    """Listen where the host likes it; gives the handshake's network and address."""
    credentials, told = _credentials()
    folder = os.environ.get("PLUGIN_UNIX_SOCKET_DIR")
    if os.name == "posix":
        folder = tempfile.mkdtemp(prefix="plugin", dir=folder or None)
        network, address = "unix", os.path.join(folder, "socket")
        place = "unix:" + address
    else:
        folder, network, place = None, "tcp", "127.0.0.1:0"
    port = server.add_secure_port(place, credentials) if credentials else server.add_insecure_port(place)
    return network, address if folder else f"127.0.0.1:{port}", told, folder


def _wait(calls):
    """Wait for the host to say that it is done, or to die; True when it died."""
    gone = threading.Event()
    if os.environ.get("MILVUS_INGEST_LIFELINE") == "stdin":

        def hold():
            with contextlib.suppress(OSError):  # how it ends does not matter
                while os.read(0, 4096):
                    pass
            gone.set()

        threading.Thread(target=hold, daemon=True).start()
    parent = os.getppid()
    while not calls.shutdown.wait(0.2):
        if gone.is_set() or os.getppid() != parent:
            return True
    return False


def serve():
    """Serve the components to the host that started this process, until it is
    done or dead. The last call of a plugin; it does not return."""
    if not _HOSTED:
        names = ", ".join(f"{kind} {name}" for kind, name in _components)
        sys.exit(f"This is a plugin of milvus-ingest ({names}), which starts it by itself:\n  milvus-ingest plugin add {sys.argv[0]}")
    if "1" not in os.environ.get("PLUGIN_PROTOCOL_VERSIONS", "1").split(","):
        sys.exit("This plugin speaks version 1 of the plugin protocol, and the host does not.")
    for name in ("SIGINT", "SIGTERM"):  # the host decides when a plugin ends
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, handlers=[_HostLog()], force=True)
    calls = _Calls()
    # Each open stream holds a thread; threads are made when they are needed.
    server = grpc.server(
        futures.ThreadPoolExecutor(256),
        options=[
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
            ("grpc.http2.lookahead_bytes", 16 << 20),
            ("grpc.http2.max_frame_size", 1 << 20),
        ],
    )
    server.add_generic_rpc_handlers(calls.handlers())
    network, address, certificate, folder = _listen(server)
    server.start()
    os.write(_handshake, f"1|1|{network}|{address}|grpc|{certificate}\n".encode())
    os.close(_handshake)
    died = _wait(calls)
    with calls.changed:
        calls.ending = True
    server.stop(0 if died else 0.3)
    time.sleep(0 if died else 0.05)  # the answer to Shutdown goes out
    calls.end()
    _remove(folder, died)
    logging.shutdown()
    os._exit(1 if died else 0)  # threads of the component may never end


def _remove(folder, died):
    """Remove the socket, and what a dead host can no longer remove."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        above = os.environ.get("PLUGIN_UNIX_SOCKET_DIR", "")
        host = os.path.dirname(above)
        if died and os.path.basename(host).startswith("mi-"):
            shutil.rmtree(above, ignore_errors=True)
            with contextlib.suppress(OSError):  # others are ending
                os.rmdir(host)
