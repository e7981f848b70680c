"""Calls drawn from the API's own description, some right and some wrong, against the real thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Known:
    """What there is to call about: keys of addresses, and values of bodies, by name.

    guarded  names of keys that are drawn never: a call could take the caller's own account away
    """

    keys: Mapping[str, Any]
    values: Mapping[str, Any]
    guarded: frozenset[str] = frozenset()


def list_operations(app: Flask) -> list[APIOperation[Any, Any, Any, Any]]:
    """Return every operation that the API describes."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = [one for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == len(list(schema.get_all_operations()))
    return [one.ok() for one in found]


def fuzz(
    operation: APIOperation[Any, Any, Any, Any],
    secret: str,
    known: Known,
    *,
    num_calls: int,
    note: Callable[[int], None],
) -> None:
    """Call an operation `num_calls` times; raise at an answer that the description rules out.

    note  takes the status of each answer
    """
    right, wrong = (operation.as_strategy(mode) for mode in GenerationMode)

    @seed(1)
    @settings(
        max_examples=num_calls,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(case=st.one_of(right, right, wrong), is_known=st.booleans())
    def call(case: Case[Any], is_known: bool) -> None:
        _point(case, known, is_known=is_known)
        response = case.call(headers={"Authorization": f"Bearer {secret}"})
        note(response.status_code)
        case.validate_response(response, checks=_CHECKS)

    call()


def _point(case: Case[Any], known: Known, *, is_known: bool) -> None:
    """Let a call be about what there is."""
    for name in case.path_parameters or {}:
        if name in known.keys and (is_known or name in known.guarded):
            case.path_parameters[name] = known.keys[name]
    if is_known and isinstance(case.body, dict):
        case.body.update({name: known.values[name] for name in case.body if name in known.values})
