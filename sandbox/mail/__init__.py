"""A mail server that takes everything, delivers nothing, and shows it."""
