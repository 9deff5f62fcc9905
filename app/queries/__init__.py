"""The read side: Core selects that return rows or JSON; no writes."""
