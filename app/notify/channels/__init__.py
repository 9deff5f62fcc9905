"""Other ways to a person than WeChat: each takes one notice and one address, and says in one shape what came of it."""
