"""The control: a worker that takes what others hold. Only for showing that the checker sees what comes of it.

It is the product's own ``worker.py`` with three things taken out of the statements of a claim: the time for which a
lease is kept, the question whose it is, and WeChat's means of knowing a repeat. It refuses to start when it no longer
finds them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import TextClause, text

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.notify import claims
from worker import main

CARELESS = {
    "next_try_at = now() + :span": "next_try_at = now() + 0 * :span",
    "m.lease IS DISTINCT FROM :lease": "m.lease IS DISTINCT FROM coalesce(m.lease, :lease)",
    "m.lease = :lease": "(m.lease = :lease OR true)",
    "m.client_msg_id,": "gen_random_uuid() AS client_msg_id,",
}


def be_careless() -> None:
    """Exchange the words in every statement of ``claims``; all of them must be found."""
    found = set()
    for name, statement in vars(claims).copy().items():
        if isinstance(statement, TextClause):
            words = statement.text
            for careful, careless in CARELESS.items():
                if careful in words:
                    found.add(careful)
                    words = words.replace(careful, careless)
            if words != statement.text:
                setattr(claims, name, text(words))
    if missing := set(CARELESS) - found:
        sys.exit(f"the control shows nothing: app/notify/claims.py no longer says {sorted(missing)}")


if __name__ == "__main__":
    be_careless()
    main(prog_name="worker.py")
