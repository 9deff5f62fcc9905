"""The ceiling of accepting: the very statements the product sends, from bare psycopg connections, one to a thread.

Run as ``python -m bench.peers.accept_sql FILE``: connects, says so, starts on a line from its parent and prints when it
began and ended (seconds of the system's clock).
"""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg

Statement = tuple[str, Mapping[str, Any]]
"""SQL with named places, and their values. ``BEGIN`` and ``COMMIT`` are statements too."""


def main(file: str) -> None:
    url, threads, acts = pickle.loads(Path(file).read_bytes())
    connections = [psycopg.connect(url, autocommit=True, options="-c TimeZone=UTC") for _ in range(threads)]
    shares = [acts[number::threads] for number in range(threads)]
    workers = [threading.Thread(target=_carry_out, args=pair) for pair in zip(connections, shares, strict=True)]
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(started, time.monotonic(), flush=True)


def _carry_out(connection: psycopg.Connection[Any], acts: Sequence[Sequence[Statement]]) -> None:
    cursor = connection.cursor()
    for act in acts:
        for statement, values in act:
            cursor.execute(statement, values, prepare=bool(values))
            if cursor.description is not None and not cursor.fetchall():
                raise RuntimeError(f"no row came of {statement}")


if __name__ == "__main__":
    main(sys.argv[1])
