"""The ceiling of pushing: the same bodies over keep-alive connections, one to a thread; no database, no queue.

Run as ``python -m bench.peers.push_bare FILE``: connects, says so, starts on a line from its parent and prints when it
began and ended (seconds of the system's clock).
"""

from __future__ import annotations

import http.client
import pickle
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bench.stand_in import TOKEN

_PATH = f"/cgi-bin/message/template/send?access_token={TOKEN}"
_HEADERS = {"Content-Type": "application/json"}


def main(file: str) -> None:
    port, connections, bodies = pickle.loads(Path(file).read_bytes())
    opened = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(connections)]
    for one in opened:
        one.connect()
    shares = [bodies[number::connections] for number in range(connections)]
    senders = [threading.Thread(target=_post, args=pair) for pair in zip(opened, shares, strict=True)]
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    print(started, time.monotonic(), flush=True)


def _post(connection: http.client.HTTPConnection, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        connection.request("POST", _PATH, body, _HEADERS)
        answer = connection.getresponse().read()
        if not answer.startswith(b'{"errcode":0'):
            raise RuntimeError(f"refused: {answer!r}")


if __name__ == "__main__":
    main(sys.argv[1])
