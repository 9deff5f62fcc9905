"""The review queue by ORM objects, marshmallow and flask-smorest's pages by number, as their guides say; gunicorn.

Related rows come by ``joinedload`` (to one) and ``selectinload`` (to many), as SQLAlchemy's guide advises. The count of
all that waits is what flask-smorest puts into the page's header.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint
from flask_smorest.pagination import PaginationParameters
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, relationship, selectinload

from app import clock
from app.codes.tables import label
from app.models import Account, College, Filing, Graduate, Upload, UploadLikeness
from app.queries.filings import DOUBTS
from app.schemas import desk
from app.workflows.kinds import KINDS
from bench.peers.orm import make_app, session, signed_in

Filing.graduate = relationship(Graduate)  # type: ignore[attr-defined]
Filing.college = relationship(College)  # type: ignore[attr-defined]
Filing.holder = relationship(Account, foreign_keys=Filing.holder_id)  # type: ignore[attr-defined]
Filing.uploads = relationship(Upload)  # type: ignore[attr-defined]
Upload.likenesses = relationship(  # type: ignore[attr-defined]
    UploadLikeness,
    primaryjoin=or_(Upload.id == UploadLikeness.upload_id, Upload.id == UploadLikeness.other_id),
    foreign_keys=[UploadLikeness.upload_id, UploadLikeness.other_id],
    viewonly=True,
)

application, api = make_app(__name__)
blueprint = Blueprint("reviews", __name__, url_prefix="/api/v1")


@blueprint.route("/reviews")
class Queue(MethodView):
    @blueprint.response(200, desk.QueueItem(many=True))
    @blueprint.paginate(max_page_size=100)
    def get(self, pagination_parameters: PaginationParameters) -> list[dict[str, Any]]:
        reviewer = signed_in("college")
        waiting = Filing.college_id == reviewer.college_id, Filing.state == "college_review"
        pagination_parameters.item_count = session().scalar(select(func.count()).select_from(Filing).where(*waiting))
        filings = session().scalars(
            select(Filing)
            .where(*waiting)
            .order_by(Filing.stage_since, Filing.id)
            .limit(pagination_parameters.page_size)
            .offset(pagination_parameters.first_item)
            .options(
                joinedload(Filing.graduate),  # type: ignore[attr-defined]
                joinedload(Filing.college),  # type: ignore[attr-defined]
                joinedload(Filing.holder),  # type: ignore[attr-defined]
                selectinload(Filing.uploads).selectinload(Upload.likenesses),  # type: ignore[attr-defined]
            )
        )
        return [_item(filing, reviewer) for filing in filings]


api.register_blueprint(blueprint)


def _item(filing: Any, reviewer: Account) -> dict[str, Any]:
    doubts = []
    if any(upload.likenesses for upload in filing.uploads):
        doubts.append("alike")
    if any({"blurred", "small"} & set(upload.warnings) for upload in filing.uploads):
        doubts.append("unclear")
    held = filing.holder is not None and filing.held_until > datetime.now(UTC) and filing.holder_id != reviewer.id
    return {
        "filing_id": filing.id,
        "version": filing.version,
        "kind": filing.kind,
        "kind_name": KINDS[filing.kind].title,
        "graduate": {
            "name": filing.graduate.name,
            "student_no": filing.graduate.student_no,
            "college": filing.college.name,
            "major": filing.graduate.major,
            "degree": label("degree_short", filing.graduate.degree),
        },
        "title": filing.subject,
        "line": filing.form.get("position") or "",
        "since": filing.stage_since,
        "round": filing.round,
        "holder": {"name": filing.holder.name} if held else None,
        "due_on": filing.due_on,
        "on_behalf": filing.filed_by is not None,
        "overdue": filing.due_on is not None and filing.due_on < clock.today(),
        "doubts": [{"code": code, "text": DOUBTS[code]} for code in doubts],
        "may_take_up": False,
    }
