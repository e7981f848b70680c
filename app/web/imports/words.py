"""The lists of imports: uploads, and the faults of one."""

from __future__ import annotations

from app.web.formatting import get_status_word
from app.web.list_columns import Column

UPLOAD_COLUMNS = (
    Column("upload_id", "Import", csv_only=True, sorts=False),
    Column("uploaded_at", "Uploaded", fixed=True),
    Column("uploaded_by", "By"),
    Column("files", "Files", sorts=False),
    Column("state", "State", lambda row: get_status_word(row.state), sorts=False),
    Column("num_added", "New", number=True, sorts=False),
    Column("num_changed", "Changed", number=True, sorts=False),
    Column("num_removed", "Removed", number=True, sorts=False),
)

PROBLEM_COLUMNS = (
    Column("seq", "Place", lambda row: f"{row.file}, line {row.line}" if row.line else row.file),
    Column("column_name", "Column"),
    Column("value", "Found", sorts=False),
    Column("expected", "Expected", sorts=False),
)
