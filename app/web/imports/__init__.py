"""Data in, in the browser: upload, match columns, mend, look at the difference, confirm."""

from app.web.imports import lists, uploads
from app.web.imports.blueprint import blueprint, init_upload_limits

__all__ = ["blueprint", "init_upload_limits", "lists", "uploads"]
