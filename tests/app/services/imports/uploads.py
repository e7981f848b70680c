"""Uploads for tests: bring files, and let the worker's steps run in the test's own process."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.models import ImportUpload, Role, User
from app.services.access.access import Actor
from app.services.imports.import_jobs import run_writing
from app.services.imports.import_reading import ReadingFigures, read_upload
from app.services.imports.import_uploads import UploadedFile, confirm_upload, create_upload
from app.services.transaction import transaction

MEGABYTE = 1024 * 1024

CLIENTS = "client_id,name\nK1,Quillmere\nK2,Marrowby\n"
PROJECTS = (
    "project_id,codename,client_id,status,demand_hours\n"
    "P1,Chordus,K1,open,60\nP2,Larkspur,K2,open,80\n"
)
CONTRACTORS = (
    "contractor_id,name,email,max_weekly_hours,pay_rate\n"
    "C1,Ada,ada@example.org,40,31.50\nC2,Bo,bo@example.org,40,20\n"
)
SKILLS = "contractor_id,skill,level\nC1,sql,4\nC2,go,2\n"
ASSIGNMENTS = (
    "assignment_id,contractor_id,project_id,hours_per_week,starts_on\nA1,C1,P1,20,2026-01-05\n"
)

FOLDER: Mapping[str, str] = {
    "clients.csv": CLIENTS,
    "projects.csv": PROJECTS,
    "contractors.csv": CONTRACTORS,
    "contractor_skills.csv": SKILLS,
    "assignments.csv": ASSIGNMENTS,
}
"""A small folder without a fault."""


def add_importer(session: Session, role: str = "ops_manager", name: str = "Morgan") -> Actor:
    """Add an account and return who it is."""
    user = User(
        email=f"{name.lower()}@vendor.example",
        name=name,
        password="none",
        fs_uniquifier=f"unique {name}",
        roles=[session.scalars(select(Role).where(Role.name == role)).one()],
    )
    session.add(user)
    session.commit()
    return Actor.of_user(user)


def zip_files(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def send(
    session: Session, actor: Actor, files: Mapping[str, str | bytes], *, most_mb: int = 8
) -> int:
    """Upload files; return the upload's number."""
    sent = [
        UploadedFile(name, io.BytesIO(data.encode() if isinstance(data, str) else data))
        for name, data in files.items()
    ]
    return create_upload(session, actor=actor, files=sent, max_bytes=most_mb * MEGABYTE)


def read(database: Database, upload_id: int, *, unpacked_mb: int = 64) -> ReadingFigures:
    """Do what the worker's child does, and keep it as the worker does."""
    figures = read_upload(database, upload_id, max_unpacked_bytes=unpacked_mb * MEGABYTE)
    with database.session() as session, transaction(session):
        upload = session.get_one(ImportUpload, upload_id)
        upload.status = "done"
        for name, value in vars(figures).items():
            setattr(upload, name, value)
    return figures


def confirm(database: Database, actor: Actor, upload_id: int) -> ImportUpload:
    """Confirm the preview, have it written, and return the upload as it is then."""
    with database.session() as session:
        upload = session.get_one(ImportUpload, upload_id)
        fingerprint = upload.fingerprint or ""
        session.rollback()
        confirm_upload(session, actor=actor, upload_id=upload_id, fingerprint=fingerprint)
    run_writing(database, upload_id)
    with database.session() as session:
        return session.get_one(ImportUpload, upload_id)


def add_read_upload(session: Session, email: str, files: Mapping[str, str | bytes]) -> int:
    """Upload files as the account of `email`, and have them read; return the upload's number."""
    user = session.scalars(select(User).where(User.email == email)).one()
    upload_id = send(session, Actor.of_user(user), files)
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    database = Database(bind.url.render_as_string(hide_password=False))
    read(database, upload_id)
    database.dispose()
    return upload_id


def count(session: Session, model: type[object]) -> int:
    """Return how many rows there are by now."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0
