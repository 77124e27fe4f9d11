"""A token as a request presents it: believed, and shown by whoever it is bound to; scopes are the callers' matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import problems
from api.address import address_of
from api.oauth.certificates import thumbprint_of
from api.oauth.dpop import Asked, BookFullError, ProofRefusedError
from api.oauth.keys import ALGORITHM
from landdata.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from fastapi import Request

    from api.oauth.tokens import Verified
    from api.services import Services

NONCE_HEADER = "DPoP-Nonce"


async def presented(request: Request, services: Services) -> Verified:
    """The believed token of the request. Raises HttpError 401 (RFC 6750, 3; RFC 9449, 7.1) and DatabaseUnavailable.

    A proof is good once, so a request is judged once, whoever else asks about its caller.
    """
    known: Verified | None = getattr(request.state, "presented", None)
    if known is None:
        known = request.state.presented = await _judge(request, services)
    return known


async def _judge(request: Request, services: Services) -> Verified:
    sent = request.headers.getlist("authorization")
    if not sent:
        # A token in the query or the body is no token: addresses end up in logs (RFC 9700, 2.6).
        services.security_log.refused("token", "missing", address_of(request))
        both = f"{challenge(services, 'Bearer')}, {challenge(services, 'DPoP', algs=ALGORITHM)}"
        raise problems.HttpError(problems.TOKEN_MISSING, headers={"WWW-Authenticate": both})
    scheme, _, text = sent[0].partition(" ")
    by_proof = scheme.lower() == "dpop"
    token = None
    if len(sent) == 1 and (by_proof or scheme.lower() == "bearer"):
        try:
            token = await services.book.verify(text.strip(" "))
        except DatabaseUnavailable:
            # Nobody knows whose request this is, so it cannot stand in the access log either.
            services.security_log.refused("token", "could not be checked", address_of(request))
            raise
    # A token bound to a key is no Bearer token, and the other way round: neither scheme may stand in for the other.
    if token is None or (token.binding.jkt is not None) != by_proof:
        raise _refusal(request, services, "not believed", problems.TOKEN_INVALID, by_proof=by_proof)
    if token.stands_alone:
        raise _refusal(request, services, "unbound", problems.TOKEN_UNBOUND, by_proof=False)
    certificate = thumbprint_of(request.headers, trusted=bool(services.settings.mtls_url))
    if not token.binding.held_by_certificate(certificate):
        raise _refusal(request, services, "another certificate", problems.TOKEN_INVALID, by_proof=by_proof)
    if by_proof:
        _prove(request, services, token, text.strip(" "))
    return token


def _prove(request: Request, services: Services, token: Verified, text: str) -> None:
    asked = Asked(request.method, request.scope["path"], request.headers.getlist("dpop"))
    nonce = {NONCE_HEADER: services.proofs.nonce()} if services.proofs.nonces else {}
    try:
        services.proofs.check(asked, token=text, jkt=token.binding.jkt)
    except ProofRefusedError as error:
        services.security_log.refused("proof", error.cause, address_of(request))
        said = "use_dpop_nonce" if error.wants_nonce else "invalid_dpop_proof"
        shown = challenge(services, "DPoP", error=said, algs=ALGORITHM)
        raise problems.HttpError(problems.PROOF_INVALID, headers={"WWW-Authenticate": shown, **nonce}) from None
    except BookFullError:
        services.security_log.refused("proof", "book full", address_of(request))
        raise problems.HttpError(problems.PROOFS_FULL) from None
    request.state.answer_headers = nonce


def _refusal(
    request: Request, services: Services, cause: str, kind: problems.Kind, *, by_proof: bool
) -> problems.HttpError:
    services.security_log.refused("token", cause, address_of(request))
    more = {"algs": ALGORITHM} if by_proof else {}
    shown = challenge(services, "DPoP" if by_proof else "Bearer", error="invalid_token", **more)
    return problems.HttpError(kind, headers={"WWW-Authenticate": shown})


def challenge(services: Services, scheme: str, **members: str) -> str:
    """A challenge for the header WWW-Authenticate."""
    said = ", ".join(f'{name}="{value}"' for name, value in {"realm": services.issuer, **members}.items())
    return f"{scheme} {said}"
