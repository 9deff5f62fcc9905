"""The forms of destinations (毕业去向表单), by the name the catalogue calls them."""

from __future__ import annotations

from collections.abc import Mapping

from app.codes import destinations
from app.schemas.destinations.own import FreelanceForm, StartupForm
from app.schemas.destinations.service import ConscriptForm, LocalProjectForm, MilitaryStaffForm, NationalProjectForm
from app.schemas.destinations.study import StudyAbroadForm, StudyForm
from app.schemas.destinations.undecided import UndecidedForm
from app.schemas.destinations.unit import CommissionedForm, PaidUnitForm, UnitAbroadForm, UnitForm
from app.schemas.form import Form

FORMS: Mapping[str, type[Form]] = {
    "unit": UnitForm,
    "unit_paid": PaidUnitForm,
    "unit_abroad": UnitAbroadForm,
    "commissioned": CommissionedForm,
    "freelance": FreelanceForm,
    "national_project": NationalProjectForm,
    "local_project": LocalProjectForm,
    "conscript": ConscriptForm,
    "military_staff": MilitaryStaffForm,
    "startup": StartupForm,
    "study_domestic": StudyForm,
    "study_abroad": StudyAbroadForm,
    "undecided": UndecidedForm,
}


def schema_of(type_id: str) -> type[Form]:
    """The form of a type; raises :class:`app.codes.destinations.UnknownType` also for one that is not filled in."""
    name = destinations.of(type_id).form
    if name is None:
        raise destinations.UnknownType(type_id)
    return FORMS[name]
