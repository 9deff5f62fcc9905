"""The rules: machines as data and the functions that walk them inside one transaction."""
