"""The client without input or output: each call is a generator that says what to send and is told what came back.

One core, two drivers: the blocking and the asynchronous client only carry out its steps.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from joserfc.jwk import ECKey

from api.client.answers import Answer, ChangePage, Refused, read_answer, read_changes, read_line
from api.client.errors import AddressUnsafe, AnswerUnreadable, Problem, TokenRefused, Unreachable
from api.client.heads import LogHeads, read_heads
from api.client.keys import Proofs, Realm, assertion
from api.client.questions import Question
from api.client.retries import RETRIED, Retries
from api.client.tokens import Purse, Token, read_token

LOOKUP_PATH = "/v1/residency/land-records:lookup"
BATCH_PATH = "/v1/residency/land-records:batch"
CHANGES_PATH = "/v1/residency/changes"
HEADS_PATH = "/v1/residency/access-log/heads"
HEAD_HEADER = "Access-Log-Head"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address
BATCH_MOST = 1000
AGENT = "landdata-client/1"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# A quota lasts until midnight, a log that nobody seals until people mend it: to ask again sooner only adds rows to the log.
_LASTING = frozenset({"QUOTA_USED_UP", "ACCESS_LOG_UNANCHORED"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Send:
    """Send this; the answer, wholly read, is handed back, or httpx.TransportError thrown in."""

    request: httpx.Request


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WantToken:
    """Hand back a token; `refused` is one that the service did not take."""

    refused: str | None = None


T = TypeVar("T")
Flow = Generator[Send | Pause | WantToken, Any, T]


class Core:
    """Everything of a client but its connections. `issuer` is the service's public address, `url` where it is reached."""

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        key: ECKey,
        url: str | None = None,
        token_url: str | None = None,
        scope: str | None = None,
        dpop: bool | ECKey = True,
        retries: Retries | None = None,
    ) -> None:
        self.issuer = issuer.rstrip("/")
        self.url = (url or issuer).rstrip("/")
        self.token_url = token_url or self.url + TOKEN_PATH
        # The service knows itself by its public address, however it was reached: so proofs name that one.
        self._proven = {"token": token_url or self.issuer + TOKEN_PATH, "api": self.issuer}
        for address in (self.url, self.token_url):
            parts = urlsplit(address)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
                raise AddressUnsafe(f"not https: {parts.scheme}://{parts.hostname}")
        self.client_id, self.key, self.scope = client_id, key, scope
        self.proofs = Proofs(None if dpop is True else dpop) if dpop else None
        self.retries = retries or Retries()
        self.purse = Purse()

    def lookup(self, question: Question) -> Flow[Answer]:
        """One citizen."""
        marked = {"X-Request-Id": str(question.request_id)}
        response = yield from self._call("POST", LOOKUP_PATH, body=question.body(), headers=marked)
        answer = read_answer(_document(response), request_id=question.request_id)
        return answer.model_copy(update={"log_head": response.headers.get(HEAD_HEADER)})

    def batch(self, questions: Sequence[Question]) -> Flow[list[Answer | Refused]]:
        """Up to BATCH_MOST citizens in one call, answers in the order asked; those put off are asked again by themselves."""
        answers: dict[int, Answer | Refused] = {}
        left = list(range(len(questions)))
        for made in count(1):
            found = yield from self._lines([questions[place] for place in left])
            answers.update(zip(left, found, strict=True))
            left = [place for place, one in zip(left, found, strict=True) if _put_off(one)]
            pause = self.retries.pause(made) if left else None
            if pause is None:
                break
            yield Pause(pause)
        return [answers[place] for place in range(len(questions))]

    def _lines(self, questions: Sequence[Question]) -> Flow[list[Answer | Refused]]:
        body = {"requests": [question.body() for question in questions]}
        response = yield from self._call("POST", BATCH_PATH, body=body, headers={"Accept": "application/x-ndjson"})
        lines = [line for line in response.content.split(b"\n") if line.strip()]
        if len(lines) != len(questions):
            raise AnswerUnreadable(f"{len(lines)} lines for {len(questions)} questions")
        return [
            read_line(_json(line), position=position, request_id=question.request_id)
            for position, (line, question) in enumerate(zip(lines, questions, strict=True))
        ]

    def changes(self, cursor: str | None) -> Flow[ChangePage]:
        """The page of the feed that follows `cursor`; None begins at the oldest that is kept."""
        query = {} if cursor is None else {"cursor": cursor}
        response = yield from self._call("GET", CHANGES_PATH, query=query)
        page = read_changes(_document(response))
        if page.has_more and page.next_cursor == cursor:
            raise AnswerUnreadable("the feed does not go on")
        return page

    def heads(self, days: int) -> Flow[LogHeads]:
        """The newest head of the access log, and signed counts of this client's requests."""
        response = yield from self._call("GET", HEADS_PATH, query={"days": str(days)})
        return read_heads(_document(response))

    def fetch_token(self) -> Flow[Token]:
        """A new token, kept in the purse. Raises TokenRefused or Unreachable."""
        challenged = False
        for made in count(1):
            # assertion and proof are good once, so every attempt makes its own
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion(self.key, client_id=self.client_id, issuer=self.issuer),
            } | ({"scope": self.scope} if self.scope else {})
            request = httpx.Request("POST", self.token_url, data=form, headers=self._headers("token", "POST"))
            response = yield from self._sent(request, made)
            if response is None:
                continue
            nonce = self._learn("token", response)
            if response.status_code == 200:
                self.purse.held = read_token(_document(response), bound=self.proofs is not None)
                return self.purse.held
            refused = _oauth_error(response)
            if refused.error == "use_dpop_nonce" and nonce and not challenged:
                challenged = True
                continue
            if not (yield from self._again(response, made)):
                raise refused
        raise AssertionError

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Flow[httpx.Response]:
        challenged, refused = False, None
        for made in count(1):
            token: Token = yield WantToken(refused)
            sent = self._headers("api", method, path, token=token) | {"Accept": "application/json"} | (headers or {})
            request = httpx.Request(method, self.url + path, params=query or None, json=body, headers=sent)
            response = yield from self._sent(request, made)
            if response is None:
                continue
            nonce = self._learn("api", response)
            if response.status_code < 300:
                return response
            if response.status_code == 401:
                said = response.headers.get("www-authenticate", "")
                if "use_dpop_nonce" in said and nonce and not challenged:
                    challenged = True
                    continue
                if refused is None:  # it may have been revoked, or the service forgot it: once more with a new one
                    refused = token.value
                    continue
            if not (yield from self._again(response, made)):
                raise _problem(response)
        raise AssertionError

    def _sent(self, request: httpx.Request, made: int) -> Flow[httpx.Response | None]:
        """The answer; or None after a pause, when none came and it may be tried again."""
        try:
            response: httpx.Response = yield Send(request)
        except httpx.TransportError as error:
            pause = None if isinstance(error, httpx.UnsupportedProtocol) else self.retries.pause(made)
            if pause is None:
                raise Unreachable(type(error).__name__) from None
        else:
            return response
        yield Pause(pause)
        return None

    def _again(self, response: httpx.Response, made: int) -> Flow[bool]:
        """Whether to try again, after the pause that the service or the rule asks for."""
        if response.status_code not in RETRIED or _problem(response).code in _LASTING:
            return False
        pause = self.retries.pause(made, response.headers.get("retry-after"))
        if pause is None:
            return False
        yield Pause(pause)
        return True

    def _headers(self, realm: Realm, method: str, path: str = "", *, token: Token | None = None) -> dict[str, str]:
        headers = {"User-Agent": AGENT}
        if token is not None:
            headers["Authorization"] = f"{token.scheme} {token.value}"
        if self.proofs is not None:
            value = None if token is None else token.value
            headers["DPoP"] = self.proofs.proof(method, self._proven[realm] + path, realm=realm, token=value)
        return headers

    def _learn(self, realm: Realm, response: httpx.Response) -> bool:
        return self.proofs is not None and self.proofs.learn(realm, response.headers.get("dpop-nonce"))


def _put_off(one: Answer | Refused) -> bool:
    """Whether a line says that its citizen could not be looked at now; the service met it after the answer had begun."""
    return isinstance(one, Refused) and one.problem.status in RETRIED and one.problem.code not in _LASTING


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise AnswerUnreadable("the answer is not JSON") from None


def _document(response: httpx.Response) -> dict[str, Any]:
    document = _json(response.content)
    if not isinstance(document, dict):
        raise AnswerUnreadable("the answer is not a JSON object")
    return document


def _said(response: httpx.Response) -> dict[str, Any]:
    """What an error says of itself; a gateway in between says nothing that can be read."""
    try:
        return _document(response)
    except AnswerUnreadable:
        return {}


def _problem(response: httpx.Response) -> Problem:
    return Problem(response.status_code, _said(response))


def _oauth_error(response: httpx.Response) -> TokenRefused:
    said = _said(response)
    error = str(said.get("error") or said.get("code") or f"HTTP_{response.status_code}")
    return TokenRefused(error, str(said.get("error_description") or ""), status=response.status_code)
