"""HTTP by audience: each view translates a request into one workflow or query, and its outcome into an answer."""
