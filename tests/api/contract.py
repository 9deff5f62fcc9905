"""Every answer held to the API's own description: declared status, media type and shape."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

from app.api import PROBLEM_JSON, description

FORMATS = FormatChecker(["uuid", "date", "email"])
CONVERTER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
DOCUMENT = "urn:description"


@FORMATS.checks("date-time", ValueError)
def _moment(value: object) -> bool:
    """RFC 3339 UTC to the second, as the API promises."""
    return not isinstance(value, str) or bool(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ"))  # noqa: DTZ007


class Contract:
    """The description of an application, and what of it has been seen answered."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.document = description(app)
        self._registry = Registry().with_resource(
            DOCUMENT, Resource.from_contents(self.document, default_specification=DRAFT202012)
        )
        self.validator = lru_cache(self._validator)

    def check(self, response: TestResponse) -> None:
        """Fails where an answer differs from its description. Pages and files outside the description are let be."""
        rule = self._rule(response)
        if rule is None:
            assert response.status_code in (404, 405), "an address of no route was answered"
            self._check_problem(response)
            return
        path, method = CONVERTER.sub(r"{\1}", rule), response.request.method.lower()
        operation = self.document["paths"].get(path, {}).get(method)
        if operation is None:
            return
        status = str(response.status_code)
        if response.status_code >= 400:
            self._check_problem(response)
            return
        if response.status_code == 304:
            assert response.get_data() == b"" and response.headers["ETag"]
            return
        assert status in operation["responses"], f"{method} {path} answered {status}, which it does not declare"
        content = operation["responses"][status].get("content", {})
        if not content:
            assert response.get_data() == b"", f"{method} {path} declares no body"
            return
        assert response.mimetype in content, f"{method} {path} answered {response.mimetype}"
        if response.mimetype == "application/json":
            pointer = "/".join(
                part.replace("~", "~0").replace("/", "~1")
                for part in ("paths", path, method, "responses", status, "content", response.mimetype, "schema")
            )
            self._hold(f"{DOCUMENT}#/{pointer}", response.get_json(), f"{method} {path}")

    def _check_problem(self, response: TestResponse) -> None:
        assert response.mimetype == PROBLEM_JSON, response.get_data(as_text=True)
        self._hold(f"{DOCUMENT}#/components/schemas/ProblemDocument", response.get_json(), "problem")

    def _validator(self, reference: str) -> Draft202012Validator:
        return Draft202012Validator({"$ref": reference}, registry=self._registry, format_checker=FORMATS)

    def _hold(self, reference: str, value: Any, what: str) -> None:
        faults = [
            f"{what}: {'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}"
            for fault in self.validator(reference).iter_errors(value)
        ]
        assert not faults, "\n".join(faults)

    def _rule(self, response: TestResponse) -> str | None:
        adapter = self.app.url_map.bind("localhost")
        try:
            rule, _ = adapter.match(response.request.path, method=response.request.method, return_rule=True)
        except Exception:
            return None
        return str(rule.rule)
