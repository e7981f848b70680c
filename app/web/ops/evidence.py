"""The evidence that a client's security team is given, as one file."""

from __future__ import annotations

from flask import Response

from app.exports.file_bundle import build_zip
from app.services.access.access import Permission
from app.services.auditing.evidence import build_evidence
from app.web.clock import get_today
from app.web.guard import get_actor, permit
from app.web.ops.blueprint import blueprint
from app.web.sessions import get_session


@blueprint.get("/exposure/evidence/<path:client_id>")
@permit(Permission.VIEW_EXPOSURE)
def exposure_evidence(client_id: str) -> Response:
    """Hand over the files of a client's evidence as a ZIP archive; it is audited."""
    files = build_evidence(get_session(), actor=get_actor(), client_id=client_id, today=get_today())
    response = Response(build_zip(files), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="evidence.zip"'
    return response
