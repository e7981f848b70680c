"""Idempotency keys: the same call again has one effect and one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import create_app
from app.database import Database
from app.models import ApiCall, Pause
from app.services.access.api_calls import KEPT
from tests.app.api.conftest import Program

NUM_CALLS = 50


def build_order(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    order = {"project_ids": ["P1"], "effective_at": now, "reason_class": "other"}
    return {**order, **changes}


def count_pauses(session: Session) -> int:
    count = session.scalar(select(func.count()).select_from(Pause)) or 0
    session.rollback()
    return count


def test_fifty_calls_at_once_with_one_key_have_one_effect(
    database: Database, session: Session, ops: Program, app: Flask
) -> None:
    """Check 21: an idempotency key x 50 concurrent = one effect."""
    # Each call that waits has a connection, as each thread of a web process may have two.
    wide = Database(database.url.render_as_string(hide_password=False), pool_size=NUM_CALLS)
    program = ops.move_to(create_app(app.extensions["redeploy.settings"], wide))
    order = build_order()
    with ThreadPoolExecutor(NUM_CALLS) as pool:
        calls = [pool.submit(program.call, "POST", "/pauses", order, key="k") for _ in range(50)]
        answers = [one.result() for one in calls]
    wide.dispose()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    assert len({answer.headers["Location"] for answer in answers}) == 1
    replayed = [answer for answer in answers if "Idempotent-Replayed" in answer.headers]
    assert len(replayed) == NUM_CALLS - 1
    assert count_pauses(session) == 1


def test_the_same_key_for_something_else_is_refused(ops: Program, session: Session) -> None:
    ops.post("/pauses", build_order(), key="k")
    answer = ops.call("POST", "/pauses", build_order(project_ids=["P2"]), key="k")
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "key_reused"
    assert count_pauses(session) == 1


def test_keys_of_two_tokens_are_two_keys(ops: Program, make_program: Any, session: Session) -> None:
    order = build_order()
    ops.post("/pauses", order, key="k")
    other = make_program("ops_manager").call("POST", "/pauses", order, key="k")
    assert other.get_json()["code"] == "already_paused"


def test_a_refusal_is_not_kept(ops: Program, session: Session) -> None:
    """What was refused changed nothing: the same call may be tried again."""
    pause_id = ops.post("/pauses", build_order())["pause_id"]
    order = build_order(reason_class="funding")
    assert ops.call("POST", "/pauses", order, key="k").status_code == 409
    ops.post(f"/pauses/{pause_id}/resume")
    assert ops.call("POST", "/pauses", order, key="k").status_code == 201
    assert count_pauses(session) == 2


def test_a_call_whose_answer_was_lost_is_not_done_again(ops: Program, session: Session) -> None:
    """A process that dies between the change and the answer leaves the key with the change."""
    order = build_order()
    ops.post("/pauses", order, key="k")
    session.execute(update(ApiCall).values(status=None, body=None, location=None))
    session.commit()
    answer = ops.call("POST", "/pauses", order, key="k")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "answer_lost")
    assert count_pauses(session) == 1


def test_a_key_is_as_new_when_its_time_is_over(ops: Program, session: Session) -> None:
    pause_id = ops.post("/pauses", build_order(), key="k")["pause_id"]
    ops.post(f"/pauses/{pause_id}/resume")
    session.execute(update(ApiCall).values(called_at=datetime.now(UTC) - KEPT - timedelta(1)))
    session.commit()
    assert ops.post("/pauses", build_order(), key="k")["pause_id"] != pause_id


def test_unusable_keys_are_refused(ops: Program, session: Session) -> None:
    for key in ("", "x" * 256, "a\tb"):
        assert ops.call("POST", "/pauses", build_order(), key=key).status_code == 422
    assert count_pauses(session) == 0


def test_a_key_holds_for_the_token_alone_that_still_works(
    ops: Program, stranger: Program, session: Session
) -> None:
    order = build_order()
    ops.post("/pauses", order, key="k")
    assert stranger.call("POST", "/pauses", order, key="k").status_code == 401
