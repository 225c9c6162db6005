"""Serves the Milvus Lite database that the first argument names, on loopback.

Prints the address when it answers; ends when standard input does, which is
also when the program that started it is gone, however that went.
"""
import sys

# Modules come from where they are installed, not from the current folder.
sys.path[:] = [path for path in sys.path if path]

import importlib.metadata
import signal

# Ctrl-C reaches this process, too; its owner ends it when it is done with it.
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)

try:
    # pymilvus opens ./x.db by this very object.
    from milvus_lite.server_manager import server_manager_instance as manager
    version = importlib.metadata.version("milvus-lite")
except ImportError as error:
    sys.exit(f"missing: {error}")
if int(version.split(".")[0]) < 3:
    sys.exit(f"missing: Milvus Lite 3 or newer; {sys.executable} has {version}")

address = manager.start_and_get_uri(sys.argv[1])
if not address:
    sys.exit(1)  # the reason was logged
print(address, flush=True)
sys.stdin.buffer.read()
manager.release_all()
