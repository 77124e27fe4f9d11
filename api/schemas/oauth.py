"""Shapes of the OAuth endpoints for the description; Authlib writes the answers themselves."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from landdata.model.clients import ALL_SCOPES

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Token(BaseModel):
    """RFC 6749, 5.1."""

    token_type: Literal["DPoP", "Bearer"] = Field(description="DPoP: every request needs a proof by the same key.")
    access_token: str = Field(description="JWT (RFC 9068), signed with ES256.")
    expires_in: int = Field(description="Seconds.", examples=[300])
    scope: str = Field(examples=["land.residency.read"])


class Introspected(BaseModel):
    """RFC 7662, 2.2; nothing but `active` for a token that is not, or that the asker may not ask about."""

    active: bool
    iss: str | None = None
    aud: str | None = None
    sub: str | None = None
    client_id: str | None = None
    scope: str | None = None
    token_type: Literal["DPoP", "Bearer"] | None = None
    iat: int | None = None
    exp: int | None = None
    jti: str | None = None
    cnf: dict[str, str] | None = Field(None, description="What the token is bound to: jkt or x5t#S256.")


class OAuthError(BaseModel):
    """RFC 6749, 5.2."""

    error: str = Field(examples=["invalid_client"])
    error_description: str | None = None


def form_of(endpoint: Literal["token", "revoke", "introspect"]) -> dict[str, Any]:
    """The request body, which is read by hand: an own reader is invisible to FastAPI's description."""
    proof = {
        "client_assertion_type": {"type": "string", "const": ASSERTION_TYPE},
        "client_assertion": {
            "type": "string",
            "description": "JWT by RFC 7523: aud is the issuer, one string; jti is good once.",
        },
    }
    if endpoint == "token":
        own: dict[str, Any] = {
            "grant_type": {"type": "string", "const": "client_credentials"},
            "scope": {
                "type": "string",
                "description": "Separated by spaces: " + ", ".join(sorted(ALL_SCOPES)),
            },
            "resource": {"type": "string", "description": "RFC 8707; the issuer is the only one."},
        }
        required = ["grant_type"]
    else:
        own = {"token": {"type": "string"}, "token_type_hint": {"type": "string"}}
        required = ["token"]
    schema = {"type": "object", "properties": {**own, **proof}, "required": required}
    shown = {
        "name": "DPoP",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "Proof by RFC 9449; the token is bound to its key. For personal data, unless by certificate.",
    }
    return {
        **({"parameters": [shown]} if endpoint == "token" else {}),
        # The other way to prove oneself: client_secret_basic, for clients that read statistics only.
        "security": [{}, {"client_secret": []}],
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": schema}},
        },
    }
