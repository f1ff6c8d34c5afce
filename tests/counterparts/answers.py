"""Answers as the API and what stands before it give them, and the faults that are answers of their own."""

from __future__ import annotations

from typing import Any

from tests.counterparts.sockets import Answer, Reply, reply_json


def envelope(data: object, **more: Any) -> Reply:
    return reply_json({"code": 0, "message": "success", "data": data, **more})


def refusal(code: int, message: str = "", status: int = 200, *, data: object = None, **headers: str) -> Reply:
    """An error in an envelope. `headers`: names with "_" for "-"."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply_json({"code": code, "message": message, "data": data}, status, named)


def page(status: int) -> Reply:
    """What a proxy says."""
    text = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return Reply(status, text.encode(), {"Content-Type": "text/html"})


BAD_GATEWAY = Answer(page(502))
SERVER_ERROR = Answer(Reply(500, b"Internal Server Error", {"Content-Type": "text/plain; charset=utf-8"}))
TOO_MANY = Answer(Reply(429, b"", {"Content-Type": "text/plain"}))
BROKEN_JSON = Answer(Reply(200, b'{"code": 0, "data": {', {"Content-Type": "application/json"}))
EMPTY = Answer(Reply(200, b"", {"Content-Type": "application/json"}))


def coded(code: int, status: int = 200, message: str = "no") -> Answer:
    return Answer(refusal(code, message, status))


def elsewhere(url: str, status: int = 302) -> Answer:
    """A redirect."""
    return Answer(Reply(status, b"", {"Location": url}))
