"""Token, revocation, introspection, keys and metadata of the authorization server (RFC 6749, 7009, 7662, 7517, 8414)."""

from typing import Annotated, Any

from authlib.oauth2 import OAuth2Error
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from api import problems
from api.address import address_of
from api.callers import public
from api.oauth.certificates import thumbprint_of
from api.oauth.dpop import BookFullError
from api.oauth.forms import FORM, FormRequest, read_form
from api.oauth.presenting import NONCE_HEADER
from api.oauth.server import INTROSPECT_PATH, JWKS_PATH, METADATA_PATH, REVOKE_PATH, TOKEN_PATH
from api.schemas.oauth import Introspected, OAuthError, Token, form_of
from api.schemas.problems import documented
from api.services import Served

# Whoever calls here proves itself in the form, or needs no proof.
router = APIRouter(tags=["oauth"], dependencies=[Depends(public)])


async def oauth_form(request: Request, services: Served) -> FormRequest:
    certificate = thumbprint_of(request.headers, trusted=bool(services.settings.mtls_url))
    return await read_form(request, services.issuer, address=address_of(request), certificate=certificate)


Form = Annotated[FormRequest, Depends(oauth_form)]
_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": OAuthError, "description": "The request is not acceptable (RFC 6749, 5.2)."},
    401: {"model": OAuthError, "description": "The client did not prove itself; one text for every cause."},
    **documented(413, 503),
}


# `response_model=None` with `response_class=Response`: Authlib makes the answer, byte by byte.
@router.post(
    TOKEN_PATH,
    response_class=Response,
    responses={200: {"model": Token}, **_ERRORS},
    openapi_extra=form_of("token"),
)
def token(form: Form, services: Served) -> Response:
    """An access token by client credentials, bound to the key of a DPoP proof or to a client certificate."""
    try:
        answer: Response = services.server.create_token_response(form)
    except BookFullError:
        raise problems.HttpError(problems.PROOFS_FULL) from None
    if services.proofs.nonces:
        answer.headers.setdefault(NONCE_HEADER, services.proofs.nonce())
    return answer


@router.post(
    REVOKE_PATH,
    response_class=Response,
    responses={
        200: {
            "description": "Revoked, or not a token of ours.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **_ERRORS,
    },
    openapi_extra=form_of("revoke"),
)
def revoke(form: Form, services: Served) -> Response:
    """End an access token before its time."""
    answer: Response = services.server.create_endpoint_response("revocation", form)
    return answer


@router.post(
    INTROSPECT_PATH,
    response_class=Response,
    responses={200: {"model": Introspected}, **_ERRORS},
    openapi_extra=form_of("introspect"),
)
def introspect(form: Form, services: Served) -> Response:
    """Whether a token of ours is believed now; for its own client and for registered resource servers."""
    answer: Response = services.server.create_endpoint_response("introspection", form)
    return answer


@router.get(JWKS_PATH)
async def jwks(services: Served) -> JSONResponse:
    """The public keys of access tokens: the one that signs, those to come, and those retired."""
    return JSONResponse(services.signing_keys.current().jwks(), headers={"Cache-Control": "public, max-age=300"})


@router.get(METADATA_PATH)
async def metadata(services: Served) -> JSONResponse:
    """What the authorization server can do."""
    return JSONResponse(services.server.metadata(), headers={"Cache-Control": "public, max-age=300"})


def install(app: FastAPI) -> None:
    """Add the routes, and answer OAuth errors in OAuth's own form."""

    async def oauth_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, OAuth2Error)  # noqa: S101
        return JSONResponse(dict(error.get_body()), error.status_code, dict(error.get_headers()))

    app.add_exception_handler(OAuth2Error, oauth_error)
    app.include_router(router)


__all__ = ["FORM", "install", "router"]
