"""A guard as the list of mutations has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """``text`` occurs once in ``file``; without the guard ``instead`` stands there."""

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    def delete_from(self, source: str) -> str:
        """The source without this guard; raises ValueError where it is no longer as it was."""
        if source.count(self.text) != 1:
            raise ValueError(f"{self.name}: {source.count(self.text)} places in {self.file} look like it")
        return source.replace(self.text, self.instead)
