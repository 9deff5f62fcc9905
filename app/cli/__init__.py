"""Operator commands, as ``python -m app.cli``."""
