"""Serves the Milvus Lite database that the first argument names, on loopback.

Waits as many seconds as the second says if another process has it open. Prints the address when it answers; ends when standard input does, which is
also when the program that started it is gone, however that went.
"""
import sys

# Modules come from where they are installed, not from the current folder.
sys.path[:] = [path for path in sys.path if path]

import signal
import time
from concurrent import futures

# Ctrl-C reaches this process, too; its owner ends it when it is done with it.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)

try:
    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from milvus_lite.exceptions import DataDirLockedError
    from pymilvus.grpc_gen import milvus_pb2_grpc
except ImportError as error:
    sys.exit(f"missing: {error}")

deadline = time.monotonic() + float(sys.argv[2])
while True:
    try:
        database = MilvusLite(sys.argv[1])
        break
    except DataDirLockedError:
        if time.monotonic() >= deadline:
            sys.exit("locked")
        time.sleep(0.1)

workers = futures.ThreadPoolExecutor(max_workers=10)
limit = 256 << 20
server = grpc.server(workers, options=[("grpc.max_receive_message_length", limit), ("grpc.max_send_message_length", limit)])
milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
print(f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}", flush=True)
server.start()

sys.stdin.buffer.read()
# What is under way is done before the database is closed: a flush that is
# overtaken by that loses its rows.
server.stop(None)
workers.shutdown()
database.close()
