"""What surrounds every page on its way out: static files with lasting addresses, headers, compression."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from os import PathLike, stat_result

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
STATIC_PREFIX = "/static/"
# No inline script or style, nothing from another host: what is injected cannot run.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
YEAR, DAY = 31_536_000, 86_400
PACKED = (".woff2",)  # compressed formats: gzip would only cost time


class PageShell:
    """Middleware for the pages and the static files only; answers of the API pass untouched."""

    def __init__(self, app: ASGIApp, paths: frozenset[str]) -> None:
        self.app = app
        self.zipped = GZipMiddleware(app, minimum_size=600, compresslevel=6)
        self.paths = frozenset(path for path in paths if "{" not in path)
        # An address with a part of its own stands below the one without: /lan-nop/{uid} below /lan-nop/.
        self.below = (STATIC_PREFIX, *{path.partition("{")[0] for path in paths if "{" in path})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not (path in self.paths or path.startswith(self.below)):
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        app = self.app if path.endswith(PACKED) else self.zipped
        await app(scope, receive, guarded)


class LastingFiles(StaticFiles):
    """Static files: a versioned address lasts a year; a bare one a day (fonts) or is asked again."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        if b"v=" in scope.get("query_string", b""):
            kept = f"public, max-age={YEAR}, immutable"
        else:
            kept = f"public, max-age={DAY}" if str(full_path).endswith(PACKED) else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def static_addresses() -> dict[str, str]:
    """Every static file's name and its address with a short hash of its content."""
    return {
        name: f"{STATIC_PREFIX}{name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:10]}"
        for file in sorted(STATIC.rglob("*"))
        if file.is_file() and (name := file.relative_to(STATIC).as_posix())
    }
