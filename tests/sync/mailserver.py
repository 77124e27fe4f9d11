"""A mail server as a process of its own: `python mailserver.py PORT LOG [CERTIFICATE]`; the recipient says how it behaves.

gone@ is refused for good (550), busy@ for now (451), cut@ ends the connection after the letter was taken, unheard.
With a certificate it asks for STARTTLS, and then for the sign-in name `landdata` with the password `mat-khau`.
"""

from __future__ import annotations

import base64
import json
import socketserver
import ssl
import sys
import threading
from pathlib import Path

_LOG = threading.Lock()
_CERTIFICATE = sys.argv[3] if len(sys.argv) > 3 else ""
_SIGN_IN = base64.b64encode(b"\0landdata\0mat-khau").decode()


class Session(socketserver.StreamRequestHandler):
    timeout = 20

    def handle(self) -> None:
        self.secure, self.known, self.rcpt = False, False, []
        self.say("220 test ESMTP")
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            verb, _, rest = line.partition(" ")
            if not getattr(self, "on_" + verb.lower(), self.unknown)(rest):
                return

    def say(self, *lines: str) -> bool:
        self.wfile.write(("\r\n".join(lines) + "\r\n").encode())
        self.wfile.flush()
        return True

    def unknown(self, _: str) -> bool:
        return self.say("502 unknown")

    def on_ehlo(self, _: str) -> bool:
        if _CERTIFICATE and not self.secure:
            return self.say("250-test", "250 STARTTLS")
        return self.say("250-test", "250 AUTH PLAIN")

    def on_starttls(self, _: str) -> bool:
        self.say("220 go on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_CERTIFICATE)
        try:
            self.request = context.wrap_socket(self.request, server_side=True)
        except (ssl.SSLError, OSError):
            return False
        self.setup()
        self.secure = True
        return True

    def on_auth(self, rest: str) -> bool:
        self.known = rest == f"PLAIN {_SIGN_IN}"
        return self.say("235 welcome" if self.known else "535 who are you")

    def on_mail(self, _: str) -> bool:
        self.rcpt = []
        return self.say("530 sign in" if _CERTIFICATE and not self.known else "250 ok")

    def on_rcpt(self, rest: str) -> bool:
        to = rest.partition("<")[2].rstrip(">")
        if to.startswith("gone@"):
            return self.say("550 nobody of that name")
        if to.startswith("busy@"):
            return self.say("451 later")
        self.rcpt.append(to)
        return self.say("250 ok")

    def on_data(self, _: str) -> bool:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        said = {"to": self.rcpt, "secure": self.secure, "letter": b"".join(lines).decode("ascii")}
        with _LOG, Path(sys.argv[2]).open("a", encoding="utf-8") as log:
            log.write(json.dumps(said) + "\n")
        if self.rcpt[0].startswith("cut@"):
            return False
        return self.say("250 taken")

    def on_rset(self, _: str) -> bool:
        return self.say("250 ok")

    def on_quit(self, _: str) -> bool:
        self.say("221 bye")
        return False


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main() -> None:
    Server(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()


if __name__ == "__main__":
    main()
