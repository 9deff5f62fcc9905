"""honcho's process manager, taught three things: to say when all is up, to name who died, to end in peace."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Callable, Mapping
from multiprocessing import Queue
from pathlib import Path
from typing import Any

from honcho.manager import Manager
from honcho.process import Process

from stack import tied


class _TiedProcess(Process):
    """honcho reads each program's output in a process of its own; that one must not outlive us either."""

    def run(self, events: Queue[Any] | None = None, ignore_signals: bool = False) -> None:
        tied.die_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


class Supervisor(Manager):
    """Runs programs side by side with prefixed logs until one ends or somebody asks all to end.

    ``when_started`` is called once, in a thread, after every program has been started. After :meth:`loop`,
    ``ended_first`` is the program that died by itself, or None when the end was asked for from outside.
    """

    def __init__(self, when_started: Callable[[], None]) -> None:
        super().__init__()
        self._process_ctor = _TiedProcess
        self._when_started = when_started
        self._asked_to_end = False
        self.ended_first: str | None = None

    def add(self, name: str, line: str, environment: Mapping[str, str], folder: str, after: Path | None = None) -> None:
        """Add a program, as a line for the shell. :meth:`loop` starts it; it ends with us whatever happens to us.

        It waits until the file ``after`` exists, but not longer than a minute.
        """
        enough = f"[ -e {shlex.quote(str(after))} ] || [ $n -ge 600 ] || ! kill -0 $PPID"
        wait = f"n=0; until {enough}; do n=$((n+1)); sleep 0.1; done; "
        own = tied.shell_line(line, signal.SIGTERM)
        self.add_process(name, wait + own if after else own, env=dict(environment), cwd=folder)

    def terminate(self) -> None:
        """End all; called by honcho at a signal or when the first program has ended by itself."""
        self._asked_to_end = True
        if not super()._all_started():
            return  # honcho does not know yet whom to end; _all_started comes back to it
        if not self._terminating:
            ended = [name for name, process in self._processes.items() if process.get("returncode") is not None]
            self.ended_first = ended[0] if ended else None
        super().terminate()

    def _all_started(self) -> bool:
        started = bool(super()._all_started())
        if started and self._asked_to_end and not self._terminating:
            self.terminate()
        return started

    def _start(self) -> None:
        super()._start()
        # Only now: a thread that runs while honcho forks would be copied half-way into its children.
        threading.Thread(target=self._when_started, daemon=True).start()
