"""Headers that every response carries: what a browser may load, keep and tell."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Bootstrap's own stylesheet draws its arrows and ticks from data: images.
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_STATIC_ENDPOINTS = frozenset({"static", "bootstrap.static", "htmx"})


def init_headers(app: Flask) -> None:
    """Put the security headers on every response of `app`."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint not in _STATIC_ENDPOINTS:
        # Every page is personal or shows a state that a pause may end at any second.
        headers["Cache-Control"] = "no-store, private"
        response.vary.add("HX-Request")
    return response
