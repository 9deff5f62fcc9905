"""The control: a worker that takes what others hold. Only for showing that the checker sees what comes of it.

It is the product's own ``worker.py`` with words exchanged in the statements of a claim. ``CARELESS_OF=ids`` takes out
WeChat's means of knowing a repeat, and nothing else; ``leases`` also the time for which a lease is kept and the
question whose it is. It refuses to start when it no longer finds the words.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy import TextClause, text

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.notify import claims
from worker import main

IDS = {"m.client_msg_id,": "gen_random_uuid() AS client_msg_id,"}
LEASES = {
    "next_try_at = now() + :span": "next_try_at = now() + 0 * :span",
    "m.lease IS DISTINCT FROM :lease": "m.lease IS DISTINCT FROM coalesce(m.lease, :lease)",
    "r.lease = m.lease": "(r.lease = m.lease OR true)",
}


def be_careless(exchange: dict[str, str]) -> None:
    """Exchange the words in every statement of ``claims``; all of them must be found."""
    found = set()
    for name, statement in vars(claims).copy().items():
        if isinstance(statement, TextClause):
            words = statement.text
            for careful, careless in exchange.items():
                if careful in words:
                    found.add(careful)
                    words = words.replace(careful, careless)
            if words != statement.text:
                setattr(claims, name, text(words))
    if missing := set(exchange) - found:
        sys.exit(f"the control shows nothing: app/notify/claims.py no longer says {sorted(missing)}")


if __name__ == "__main__":
    be_careless({"ids": IDS, "leases": IDS | LEASES}[os.environ["CARELESS_OF"]])
    main(prog_name="worker.py")
