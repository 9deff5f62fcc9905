"""Run a program that ends when its starter ends, however the starter ends.

As a script: ``python -I tied.py PARENT SIGNAL UID:GID|- COMMAND …`` gives up root's rights when told to, asks the
kernel for SIGNAL at the death of PARENT, and becomes COMMAND. It stands alone on the standard library because it is
started before every engine and must cost milliseconds. The kernel's promise exists on Linux only; elsewhere a
process left behind is found and ended at the next start.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_SCRIPT = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process ``number`` when the thread that started it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def command(argv: list[str], number: signal.Signals, account: tuple[int, int] | None = None) -> list[str]:
    """``argv`` wrapped so that it runs as ``account`` (uid, gid) and ends with the calling process."""
    owner = f"{account[0]}:{account[1]}" if account else "-"
    return [*_SCRIPT, str(os.getpid()), number.name, owner, *argv]


def shell_line(line: str, number: signal.Signals) -> str:
    """A command line wrapped so that the program takes the shell's place and ends with the shell's parent."""
    return f"exec {shlex.join(_SCRIPT)} $PPID {number.name} - {line}"


def main(argv: list[str]) -> None:
    """Give up rights, tie to the parent, become the command."""
    parent, number, owner, *program = argv
    if owner != "-":
        uid, gid = (int(part) for part in owner.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user, because the kernel forgets the wish when credentials change.
    die_with_parent(signal.Signals[number])
    if os.getppid() != int(parent):
        sys.exit(f"{program[0]}: not started, its starter has already ended")
    os.execvp(program[0], program)  # noqa: S606  # becoming the program is the point


if __name__ == "__main__":
    main(sys.argv[1:])
