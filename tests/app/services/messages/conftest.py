"""A mail server that keeps what it is sent, for every test of mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services.messages.smtp import MailServer
from tests.app.services.messages.mail_server import Mailbox, serve_mail


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[MailServer]:
    with serve_mail(mailbox) as server:
        yield server
