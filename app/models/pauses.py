"""Pauses, and the projects and people inside their scope."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigKey, build_choice_check

REASON_CLASSES = ("security_breach", "contract_dispute", "funding", "other")
PEOPLE_KINDS = ("everyone", "country", "skill", "list")
"""Whose work a pause stops: everybody's, or that of part of the people."""


class Pause(Base):
    """Time-boxed order to stop one project, several, or all of a client's.

    people_kind, people_values  whose work stops; the values are countries, skills or contractor
                      ids, empty for everybody. Who that was when the pause began is in PausePerson
    zone              the IANA zone in which the effective time was given
    late_hours_until  last moment at which hours of before the pause can be entered; None = no end
    terminated_at     the work will never come back; its people can still be planned
    """

    __tablename__ = "pauses"
    __table_args__ = (
        build_choice_check("scope_kind", ("project", "client")),
        build_choice_check("reason_class", REASON_CLASSES),
        build_choice_check("status", ("open", "resumed", "terminated")),
        build_choice_check("people_kind", PEOPLE_KINDS),
    )

    id: Mapped[BigKey]
    scope_kind: Mapped[str]
    client_id: Mapped[str | None] = mapped_column(ForeignKey("clients.client_id"), index=True)
    reason_class: Mapped[str]
    comment: Mapped[str]
    effective_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(server_default="UTC")
    people_kind: Mapped[str] = mapped_column(server_default="everyone")
    people_values: Mapped[list[str]] = mapped_column(server_default="[]")
    late_hours_until: Mapped[datetime | None]
    review_by: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default="open")
    paused_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    paused_at: Mapped[datetime] = mapped_column(server_default=func.now())
    resumed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    resumed_at: Mapped[datetime | None]
    terminated_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    terminated_at: Mapped[datetime | None]

    @property
    def is_for_everybody(self) -> bool:
        """Whether it stops its projects, not only part of their people."""
        return self.people_kind == "everyone"


class PauseProject(Base):
    """A project in a pause's scope and the status it goes back to.

    `open` is true in the pause that holds the project, until that one is resumed: one at
    most. A client's pause names also the projects that an earlier pause holds, and takes
    them over when the earlier one is resumed. A pause of part of the people holds no project.
    """

    __tablename__ = "pause_projects"
    __table_args__ = (
        build_choice_check("previous_status", ("open", "paused")),
        Index(
            "uq_pause_projects_project_id_open",
            "project_id",
            unique=True,
            postgresql_where=text("open"),
        ),
    )

    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.project_id"), primary_key=True)
    previous_status: Mapped[str]
    open: Mapped[bool] = mapped_column(server_default=text("true"))


class PausePerson(Base):
    """Somebody whose work a pause of part of the people stops."""

    __tablename__ = "pause_people"

    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"), primary_key=True)
    contractor_id: Mapped[str] = mapped_column(
        ForeignKey("contractors.contractor_id"), primary_key=True, index=True
    )


class PauseReminder(Base):
    """A reminder of the day by which a pause is to be reviewed; each stage of a day once.

    on_day  the day on which it was given; an overdue review is recalled every week
    """

    __tablename__ = "pause_reminders"
    __table_args__ = (build_choice_check("stage", ("soon", "due", "overdue")),)

    pause_id: Mapped[int] = mapped_column(ForeignKey("pauses.id"), primary_key=True)
    review_by: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
