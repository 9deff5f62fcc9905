"""Measurements: what we reach beside what a competent team would otherwise use, and beside what the machine can do."""
