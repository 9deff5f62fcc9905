"""The application and its callers, for walks over HTTP; services for walks below it."""

from tests.api.conftest import _lasting, app, calling, contract, services, settings  # noqa: F401
from tests.support import world  # noqa: F401
