"""The read side: Core selects that return rows or JSON; no writes."""

from collections.abc import Mapping
from typing import Any

Fields = Mapping[Any, Any]
"""A row by its column names."""
