"""Several small files as one ZIP archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def build_zip(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of `files`, name -> content; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # Without a date of its own an entry would take that of today.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
