"""What an upload holds, to be taken away: faults, bad rows, and what the format is."""

from __future__ import annotations

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as PageNotFound

from app.exports.roster_template import build_template
from app.importing.cells import describe_column
from app.services.access.access import Permission
from app.services.desk.import_views import ProblemRow
from app.services.desk.imports import get_upload, list_bad_rows, list_problems
from app.services.imports.import_uploads import require_import
from app.services.paging import Page, PageRequest
from app.web.downloads import send_table
from app.web.guard import get_actor, permit
from app.web.imports.blueprint import blueprint
from app.web.imports.words import PROBLEM_COLUMNS
from app.web.list_files import asks_for_csv, send_list
from app.web.listing import Sorting, build_listing, read_list_query
from app.web.sessions import get_session
from solver.roster import TABLES

_PROBLEM_SORTING = Sorting.of_columns(PROBLEM_COLUMNS, "seq")


@blueprint.get("/format")
@permit(Permission.IMPORT)
def format_page() -> ResponseReturnValue:
    """Say what each file holds, column by column, with an empty file of each to start from."""
    require_import(get_actor())
    return render_template("imports/format.html", tables=TABLES.values(), describe=describe_column)


@blueprint.get("/templates/<name>")
@permit(Permission.IMPORT)
def template(name: str) -> ResponseReturnValue:
    """Hand over an empty file of a table."""
    require_import(get_actor())
    if name not in TABLES:
        raise PageNotFound
    response = Response(build_template(TABLES[name]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@blueprint.get("/<int:upload_id>/problems")
@permit(Permission.IMPORT)
def problems(upload_id: int) -> ResponseReturnValue:
    """List every fault of an upload."""
    query = read_list_query(request.args, ("file",), _PROBLEM_SORTING)

    def find_rows(page: PageRequest) -> Page[ProblemRow]:
        return list_problems(
            get_session(),
            actor=get_actor(),
            upload_id=upload_id,
            file=query.filters["file"],
            page=page,
        )

    if asks_for_csv():
        return send_list(f"faults-of-import-{upload_id}", PROBLEM_COLUMNS, query, find_rows)
    found = get_upload(get_session(), actor=get_actor(), upload_id=upload_id)
    return render_template(
        "imports/problems.html",
        upload=found,
        file_choices=[(one.name, one.name) for one in found.tables],
        listing=build_listing(
            query, find_rows, PROBLEM_COLUMNS, "imports.problems", upload_id=upload_id
        ),
    )


@blueprint.get("/<int:upload_id>/files/<int:file_id>/bad-rows")
@permit(Permission.IMPORT)
def bad_rows(upload_id: int, file_id: int) -> ResponseReturnValue:
    """Hand over the rows of a file that have faults, with the reasons, to be mended."""
    found = list_bad_rows(get_session(), actor=get_actor(), upload_id=upload_id, file_id=file_id)
    return send_table(found.name, *found.table, narrowed={"import": str(upload_id)})
