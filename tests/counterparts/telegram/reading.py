"""A request's body becomes the parameters of a call, checked against the description of the API and its limits."""

from __future__ import annotations

from tests.counterparts.telegram.bodies import Body
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.limits import breaches
from tests.counterparts.telegram.refusals import Breach
from tests.counterparts.telegram.spec import Spec, guessed


def read(call: Call, body: Body, spec: Spec | None, *, local: bool) -> None:
    """Fill in what the request says. Raises Breach where it breaks the description (if there is one) or a limit."""
    call.uploads = body.uploads
    if spec is None:
        call.parameters = guessed(body.fields, body.uploads)
        problems = body.problems
    else:
        method = spec.method(call.method)
        if method is None:
            raise Breach(f"{call.method} is no method of the API", "Not Found: method not found", 404)
        call.method = method
        call.parameters, found = spec.decode(method, body.fields, body.uploads)
        problems = [*found, *body.problems]
    if problems:
        raise Breach("; ".join(problems), f"{problems[0]} (by the published description)")
    for breach in breaches(call.method, call.parameters, body.uploads.values(), local=local):
        raise breach
