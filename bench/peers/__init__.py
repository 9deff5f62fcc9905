"""Peers of the measurements, each written as its own documentation recommends; never imported by the product."""
