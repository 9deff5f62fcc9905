"""The whole system on one machine: embedded engines, front-end build, development settings, supervisor.

The product never imports this package; it is told where its engines are by the environment alone.
"""
