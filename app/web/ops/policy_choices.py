"""The policies that a plan can be asked for with, as the forms offer them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.services.desk.policies import list_policies
from app.web.ops.blueprint import blueprint
from app.web.ops.policy_sentences import describe_order
from app.web.ops.policy_words import POLICY_CHOICES, POLICY_TITLES

Choice = tuple[str, str, str]
"""(name, title, what it aims for)."""


def list_policy_choices(session: Session) -> list[Choice]:
    """Return the policies that are always there, then the saved ones."""
    saved = [
        (row.name, row.name, f"{row.note or describe_order(row.settings)}".rstrip(".") + ".")
        for row in list_policies(session)
    ]
    return [*POLICY_CHOICES, *saved]


@blueprint.app_template_filter("policy_title")
def get_policy_title(name: str) -> str:
    """Return what people call a policy."""
    return POLICY_TITLES.get(name, name)
