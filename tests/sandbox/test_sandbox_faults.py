"""Faults for a moment, for every n-th call, for a share of them; and connections that end without an answer."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.running import SEND, Sandbox, invitation

NO_ANSWER = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def outcomes(sandbox: Sandbox, count: int) -> list[int]:
    """The errcodes of sends to that many followers."""
    followers, access = [sandbox.follower() for _ in range(count)], sandbox.access_token()
    return [sandbox.post(SEND, invitation(openid), access_token=access)["errcode"] for openid in followers]


def add(sandbox: Sandbox, **rule: Any) -> int:
    return int(sandbox.control("POST", "/faults", {"path": SEND} | rule)["id"])


def rule_of(sandbox: Sandbox, number: int) -> dict[str, Any]:
    (rule,) = [rule for rule in sandbox.control("GET", "/faults")["faults"] if rule["id"] == number]
    return dict(rule)


def test_every_third_call_fails(sandbox: Sandbox) -> None:
    number = add(sandbox, errcode=-1, every=3)
    assert outcomes(sandbox, 7) == [0, 0, -1, 0, 0, -1, 0]
    rule = rule_of(sandbox, number)
    assert (rule["matched"], rule["hits"]) == (7, 2)


def test_a_rule_whose_turn_it_is_not_leaves_the_call_to_the_next(sandbox: Sandbox) -> None:
    add(sandbox, errcode=45011, every=2)
    add(sandbox, errcode=-1, times=1)
    assert outcomes(sandbox, 4) == [-1, 45011, 0, 45011]


def test_a_share_of_the_calls_fails_and_the_same_seed_fails_the_same_ones(sandbox: Sandbox) -> None:
    runs = []
    for seed in (7, 7, 8):
        sandbox.control("DELETE", "/faults")
        add(sandbox, errcode=-1, probability=0.5, seed=seed)
        runs.append(outcomes(sandbox, 40))
    assert runs[0] == runs[1] != runs[2]
    assert 5 < runs[0].count(-1) < 35


def test_a_rule_begins_and_ends_by_the_sandboxs_clock(sandbox: Sandbox) -> None:
    add(sandbox, errcode=45011, after_seconds=100, for_seconds=60)
    assert outcomes(sandbox, 1) == [0]
    sandbox.control("POST", "/clock/advance", {"seconds": 101})
    assert outcomes(sandbox, 1) == [45011]
    sandbox.control("POST", "/clock/advance", {"seconds": 61})
    assert outcomes(sandbox, 1) == [0]


def test_a_rule_can_name_its_moments(sandbox: Sandbox) -> None:
    now = sandbox.control("GET", "/state")["now"]
    over, coming = add(sandbox, errcode=-1, until=now - 1), add(sandbox, errcode=-1, **{"from": now + 500})
    assert outcomes(sandbox, 1) == [0]
    assert rule_of(sandbox, over)["until"] == now - 1
    assert rule_of(sandbox, coming)["from"] == now + 500
    sandbox.control("POST", "/clock/advance", {"seconds": 501})
    assert outcomes(sandbox, 1) == [-1]


@pytest.mark.parametrize("rule", [{"reset": True}, {"hang": 0.2}])
@pytest.mark.parametrize("after", [False, True])
def test_a_connection_can_end_without_an_answer_before_or_after_the_call_was_carried_out(
    sandbox: Sandbox, rule: dict[str, Any], after: bool
) -> None:
    openid, access = sandbox.follower(), sandbox.access_token()
    add(sandbox, after=after, times=1, **rule)
    with pytest.raises(NO_ANSWER):
        requests.post(sandbox.url + SEND, params={"access_token": access}, json=invitation(openid), timeout=5)
    assert len(sandbox.messages(openid)) == after
    assert sandbox.post(SEND, invitation(openid, "另一家"), access_token=access)["errcode"] == 0


def test_an_answer_can_be_garbage(sandbox: Sandbox) -> None:
    openid, access = sandbox.follower(), sandbox.access_token()
    add(sandbox, garbage=True, after=True, times=1)
    answer = sandbox.http.post(sandbox.url + SEND, params={"access_token": access}, json=invitation(openid), timeout=5)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(sandbox.messages(openid)) == 1


def test_a_lost_answer_is_lost_for_a_refused_call_as_well(sandbox: Sandbox) -> None:
    add(sandbox, reset=True, after=True, times=1)
    with pytest.raises(NO_ANSWER):
        requests.post(
            sandbox.url + SEND, params={"access_token": sandbox.access_token()}, json=invitation("nobody"), timeout=5
        )


@pytest.mark.parametrize(
    "rule",
    [
        {"errcode": -1, "every": 0},
        {"errcode": -1, "probability": 1.5},
        {"errcode": -1, "after_seconds": "soon"},
        {"errcode": -1, "until": "later"},
        {"reset": "yes"},
        {"hang": -1},
        {"review": "perhaps"},
        {"every": 3},
    ],
)
def test_a_rule_that_means_nothing_is_refused(sandbox: Sandbox, rule: dict[str, Any]) -> None:
    answer = sandbox.http.post(sandbox.url + "/_sandbox/api/faults", json=rule, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_fault")


def test_a_rule_without_a_path_is_for_wechat_alone(sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", {"errcode": -1, "path": "mail"})
    assert outcomes(sandbox, 1) == [0]
