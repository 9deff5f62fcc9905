"""Run by a test: develop one file and print the most memory this process ever held, in MB."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from app.problems import Problem
from app.uploads.developing import develop
from app.uploads.sniff import Form

with Path(sys.argv[1]).open("rb") as file:
    try:
        develop(file, Form(sys.argv[2]))
        outcome = "developed"
    except Problem as problem:
        outcome = problem.code
# Not ru_maxrss: that of whoever started us is counted in it.
print(outcome, int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) // 1024)
