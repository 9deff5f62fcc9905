"""Reference tables as data, with labels."""
