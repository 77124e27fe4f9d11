"""A service with a planted SQL injection, for the tool that looks for one to find: `python hole.py PORT URL`."""

from __future__ import annotations

import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import psycopg2


class Hole(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        code = parse_qs(urlsplit(self.path).query).get("code", [""])[0]
        status, told = 200, "nothing"
        try:
            with closing(psycopg2.connect(sys.argv[2])) as connection, connection.cursor() as cursor:
                cursor.execute(f"SELECT '24' WHERE '24' = '{code}'")
                told = "found" if cursor.fetchone() else "nothing"
        except psycopg2.Error as error:
            status, told = 500, str(error)
        body = told.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hole).serve_forever()
