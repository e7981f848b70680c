"""A page whose request finds no room: it says so, nothing of it is kept, and later it works."""

from __future__ import annotations

import gc
import io
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from app.database import Database
from app.models import ImportFile, ImportUpload, Mail, Message, Pause
from app.services.messages.mailing import send_due
from tests.app.disks import ALLOW_ROWS, refuse_rows, small_disk, without_room
from tests.app.services.messages.mail_server import Mailbox, serve_mail
from tests.app.web.conftest import Browser
from tests.app.web.test_imports import NEW, upload
from tests.app.web.test_ops_pauses import ORDER

LARGE = NEW + "".join(f"B{n},Bo,B{n}@example.org,40,40\n" for n in range(20_000))
"""More than a form keeps in memory."""


def count(session: Session, *models: type) -> list[int]:
    session.rollback()
    return [session.scalar(select(func.count()).select_from(one)) or 0 for one in models]


# Werkzeug leaves the file of an upload that breaks off to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_upload_without_room_is_said_and_not_kept(
    ops: Browser, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check 28: a large upload passes through the folder for passing files."""
    file = FileStorage(io.BytesIO(LARGE.encode()), filename="contractors.csv")
    form = {"csrf_token": ops.get("/imports/").csrf_token, "files": file}
    stream, length, boundary = stream_encode_multipart(form, threshold=2 * len(LARGE))
    environment = {
        "input_stream": stream,
        "content_length": length,
        "content_type": f"multipart/form-data; boundary={boundary}",
    }
    with small_disk(tmp_path):
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with without_room(tmp_path, most_bytes=len(LARGE) // 4):
            answer = ops.send("POST", "/imports/", **environment)
        gc.collect()
        assert list(tmp_path.iterdir()) == []
        monkeypatch.setattr(tempfile, "tempdir", None)
    assert answer.status_code == 503
    assert "nothing of this request was saved" in answer.text
    assert count(session, ImportUpload, ImportFile) == [0, 0]
    assert "Waits for a worker" in upload(ops, {"contractors.csv": LARGE}).text


def test_pause_on_a_database_without_room_is_said_and_not_made(
    ops: Browser, session: Session
) -> None:
    """Check 28: the messages of a pause are part of it."""
    order = ORDER | {"people": "everyone"}
    seen = ops.post("/ops/pauses/impact", order, fragment=True).inputs["impact_seen"]
    session.execute(text(refuse_rows("messages")))
    session.commit()
    page = ops.post("/ops/pauses", order | {"impact_seen": seen})
    assert page.status == 503
    assert "There is no room left" in page.text
    assert count(session, Pause, Message) == [0, 0]
    session.execute(text(ALLOW_ROWS))
    session.commit()
    assert ops.post("/ops/pauses", order | {"impact_seen": seen}).status == 200
    assert count(session, Pause) == [1]


@pytest.mark.usefixtures("paused")
def test_mail_on_a_database_without_room_is_sent_later_and_once(
    database: Database, session: Session
) -> None:
    """Check 28: what waits to be told stays, and goes out when there is room."""
    session.execute(text(refuse_rows("mails")))
    session.commit()
    mailbox = Mailbox()
    with serve_mail(mailbox) as server:
        with pytest.raises(OperationalError, match="could not extend file"):
            send_due(database, server)
        assert (mailbox.mails, count(session, Mail)) == ([], [0])
        session.execute(text(ALLOW_ROWS))
        session.commit()
        num_sent = send_due(database, server)
        assert num_sent == len(mailbox.mails) > 0
        assert send_due(database, server) == 0
