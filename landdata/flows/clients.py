"""Registering, switching and recognising OAuth clients; public keys come in, and a secret leaves once."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from landdata.errors import ClientExists, ClientUnfit, ClientUnknown, OfficeUnknown
from landdata.model.clients import (
    ALL_SCOPES,
    DECIDE_SCOPE,
    DELIVER_SCOPE,
    INTROSPECT_SCOPE,
    MATCHING_SCOPE,
    PARCELS_SCOPE,
    RESIDENCY_SCOPES,
    STATISTICS_SCOPE,
    AuthMethod,
    Client,
)
from landdata.model.fields import BASE_SCOPE
from landdata.store import agreements
from landdata.store import clients as store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from landdata.store.engine import Database, Reader

MOST_KEYS = 5
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
# Private members of every key type (RFC 7518, 6): whoever sends one has shown us a secret to be thrown away.
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
# What each kind of office may ever hold: a land office never reads citizens, a consumer never delivers.
_SCOPES_OF_KIND: dict[str, frozenset[str]] = {
    "MINISTRY": frozenset({DELIVER_SCOPE, DECIDE_SCOPE, STATISTICS_SCOPE, INTROSPECT_SCOPE, PARCELS_SCOPE}),
    "LAND_OFFICE": frozenset({DELIVER_SCOPE, DECIDE_SCOPE, MATCHING_SCOPE, STATISTICS_SCOPE, PARCELS_SCOPE}),
    "CONSUMER": RESIDENCY_SCOPES | {STATISTICS_SCOPE},
}


def register(
    db: Database, *, client_id: str, office_code: str, jwks: Mapping[str, Any], scopes: Iterable[str]
) -> Client:
    """Register a client of an office with its public P-256 keys (RFC 7517) and the scopes it may be granted.

    Registering the same again changes nothing and returns what is there. Raises ClientUnfit for an id, keys
    or scopes that cannot be, OfficeUnknown, and ClientExists when the id stands for something else.
    """
    new = Client(
        client_id,
        office_code,
        AuthMethod.PRIVATE_KEY_JWT,
        _public_keys(jwks),
        frozenset(scopes),
        enabled=True,
    )
    known = _add(db, new)
    if known is None:
        return new
    if _told(known) != _told(new) or known.jwks != new.jwks:
        raise ClientExists(client_id=client_id)
    return known


def register_with_secret(db: Database, *, client_id: str, office_code: str) -> str:
    """Register a client that reads statistics only, and return its secret, which is kept nowhere.

    Raises ClientUnfit, OfficeUnknown, and ClientExists: a secret cannot be told a second time.
    """
    secret = new_secret()
    scopes = frozenset({STATISTICS_SCOPE})
    proof = AuthMethod.CLIENT_SECRET_BASIC
    new = Client(client_id, office_code, proof, {}, scopes, enabled=True, secret_digests=(digest_of(secret),))
    if _add(db, new) is not None:
        raise ClientExists(client_id=client_id)
    return secret


def register_external(db: Database, *, client_id: str, office_code: str, scopes: Iterable[str]) -> Client:
    """Register the name that the external issuer's tokens give a client; it can prove itself nowhere else.

    Raises ClientUnfit, OfficeUnknown and ClientExists.
    """
    new = Client(client_id, office_code, AuthMethod.EXTERNAL, {}, frozenset(scopes), enabled=True)
    known = _add(db, new)
    if known is not None and _told(known) != _told(new):
        raise ClientExists(client_id=client_id)
    return known or new


def replace_keys(db: Database, *, client_id: str, jwks: Mapping[str, Any]) -> None:
    """Put other public keys in place; to change without a gap, hand in the old one and the new one, then the new one.

    Raises ClientUnknown and ClientUnfit.
    """
    keys = _public_keys(jwks)
    with db.write() as writer:
        known = _of_method(store.find(writer, client_id, change=True), client_id, AuthMethod.PRIVATE_KEY_JWT)
        store.set_proof(writer, replace(known, jwks=keys))


def add_keys(db: Database, *, client_id: str, jwks: Mapping[str, Any]) -> None:
    """Believe these public keys too, beside those in place. Raises as `replace_keys`, also for a kid that is taken."""
    new = _public_keys(jwks)["keys"]
    with db.write() as writer:
        known = _of_method(store.find(writer, client_id, change=True), client_id, AuthMethod.PRIVATE_KEY_JWT)
        store.set_proof(writer, replace(known, jwks=_public_keys({"keys": [*known.jwks["keys"], *new]})))


def end_key(db: Database, *, client_id: str, kid: str) -> None:
    """Believe a public key no longer; tokens that it asked for before live to their end.

    Raises ClientUnknown, and ClientUnfit for a key that is not there or is the only one.
    """
    with db.write() as writer:
        known = _of_method(store.find(writer, client_id, change=True), client_id, AuthMethod.PRIVATE_KEY_JWT)
        left = [key for key in known.jwks["keys"] if key["kid"] != kid]
        if len(left) == len(known.jwks["keys"]):
            raise ClientUnfit(reason_vi="không có khóa ấy", reason_en="there is no such key")
        if not left:
            raise ClientUnfit(
                reason_vi="đây là khóa duy nhất; hãy thêm khóa mới trước, hoặc dừng hệ thống",
                reason_en="it is the only key; add another one first, or stop the client",
            )
        store.set_proof(writer, replace(known, jwks={"keys": left}))


def set_scopes(db: Database, *, client_id: str, scopes: Iterable[str]) -> None:
    """Let a client ask for these scopes from now on; what its agreements do not open stays shut all the same.

    Raises ClientUnknown, and ClientUnfit for scopes that its office or its way to prove itself may not have.
    """
    wanted = frozenset(scopes)
    with db.write() as writer:
        known = store.find(writer, client_id, change=True)
        owner = store.owner(writer, known.office_code) if known else None
        if known is None or owner is None:
            raise ClientUnknown(client_id=client_id)
        _check_scopes(wanted, owner.kind)
        if known.auth_method is AuthMethod.CLIENT_SECRET_BASIC and wanted != {STATISTICS_SCOPE}:
            raise ClientUnfit(
                reason_vi="hệ thống dùng mật khẩu chỉ đọc được thống kê",
                reason_en="a client with a secret reads statistics and nothing else",
            )
        store.set_scopes(writer, client_id, wanted)


def renew_secret(db: Database, *, client_id: str) -> str:
    """A new secret for a client; the one before it stays good until `forget_secret`. Raises as `replace_keys`."""
    secret = new_secret()
    with db.write() as writer:
        known = _of_method(store.find(writer, client_id, change=True), client_id, AuthMethod.CLIENT_SECRET_BASIC)
        store.set_proof(writer, replace(known, secret_digests=(digest_of(secret), known.secret_digests[0])))
    return secret


def forget_secret(db: Database, *, client_id: str) -> None:
    """Stop believing the secret before the newest one. Raises as `replace_keys`."""
    with db.write() as writer:
        known = _of_method(store.find(writer, client_id, change=True), client_id, AuthMethod.CLIENT_SECRET_BASIC)
        store.set_proof(writer, replace(known, secret_digests=known.secret_digests[:1]))


def new_secret() -> str:
    """256 bits in [A-Za-z0-9_-]: clients do not percent-encode Basic credentials, and some cannot write others."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret. A fast hash is right for 256 random bits; a slow one would be a way to stop us."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def disable(db: Database, *, client_id: str) -> None:
    """Stop a client: no new token at once, none believed after `settings.revocation_seconds`."""
    _switch(db, client_id, enabled=False)


def enable(db: Database, *, client_id: str) -> None:
    """Let a stopped client in again."""
    _switch(db, client_id, enabled=True)


def scopes_of_kind(kind: str) -> frozenset[str]:
    """What clients of this kind of office may ever hold."""
    return _SCOPES_OF_KIND[kind]


def list_clients(db: Database) -> tuple[Client, ...]:
    """All clients, by id."""
    with db.read() as reader:
        return store.all_clients(reader)


def find(db: Database, *, client_id: str) -> Client | None:
    """The client that may ask for tokens now, with the scopes that its agreements in force open."""
    with db.read() as reader:
        return _under_agreements(reader, store.find(reader, client_id))


def use_assertion(db: Database, *, client_id: str, jti: str, expires_at: datetime) -> bool:
    """Use up a client assertion (RFC 7523, 3): True the first time, False ever after."""
    with db.write() as writer:
        return store.use_assertion(writer, client_id, jti, expires_at)


def believe(db: Database, *, client_id: str, jti: str) -> Client | None:
    """The client behind a token with a good signature; None when it is disabled or the token revoked.

    The base scope stays with a token that has it: the gate refuses what no agreement covers, says so, and logs it.
    """
    with db.read() as reader:
        return _under_agreements(reader, store.find_for_token(reader, client_id, jti), keep=frozenset({BASE_SCOPE}))


def revoke_token(db: Database, *, jti: str, expires_at: datetime) -> None:
    """Stop believing a token before its end (RFC 7009); again is no error."""
    with db.write() as writer:
        store.revoke(writer, jti, expires_at)


def prune(db: Database) -> int:
    """Forget assertions and revocations that can no longer matter; returns how many."""
    with db.write() as writer:
        return store.forget_expired(writer)


def _under_agreements(reader: Reader, client: Client | None, *, keep: frozenset[str] = frozenset()) -> Client | None:
    if client is None or not client.enabled:
        return None
    if client.scopes.isdisjoint(RESIDENCY_SCOPES):
        return client
    return client.under(agreements.agreed_mask(reader, client.client_id), keep=keep)


def _switch(db: Database, client_id: str, *, enabled: bool) -> None:
    with db.write() as writer:
        if not store.set_enabled(writer, client_id, enabled=enabled):
            raise ClientUnknown(client_id=client_id)


def _add(db: Database, new: Client) -> Client | None:
    """Write a new client; the one of that id when it is taken."""
    if not _PLAIN_ID.match(new.client_id):
        raise ClientUnfit(reason_vi="mã không hợp lệ", reason_en="the id is malformed")
    with db.write() as writer:
        owner = store.owner(writer, new.office_code)
        if owner is None:
            raise OfficeUnknown(office_code=new.office_code)
        _check_scopes(new.scopes, owner.kind)
        return None if store.add(writer, new, owner.office_id) else store.find(writer, new.client_id)


def _told(client: Client) -> tuple[object, ...]:
    return client.office_code, client.auth_method, client.scopes


def _of_method(found: Client | None, client_id: str, method: AuthMethod) -> Client:
    if found is None:
        raise ClientUnknown(client_id=client_id)
    if found.auth_method is not method:
        raise ClientUnfit(
            reason_vi=f"hệ thống này dùng {found.auth_method}", reason_en=f"this client uses {found.auth_method}"
        )
    return found


def _check_scopes(scopes: frozenset[str], kind: str) -> None:
    if not scopes or not scopes <= ALL_SCOPES:
        raise ClientUnfit(reason_vi="phạm vi thiếu hoặc không tồn tại", reason_en="scopes are missing or do not exist")
    if not scopes <= _SCOPES_OF_KIND[kind]:
        raise ClientUnfit(
            reason_vi="loại cơ quan này không được có các phạm vi đó",
            reason_en="this kind of office may not have these scopes",
        )


def _public_keys(jwks: Mapping[str, Any]) -> dict[str, Any]:
    """The keys reduced to what verifies a signature: no address, certificate or use of a key's own choice."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise ClientUnfit(reason_vi=f"cần từ 1 đến {MOST_KEYS} khóa", reason_en=f"1 to {MOST_KEYS} keys are needed")
    plain = [_public_key(key) for key in keys]
    if len({key["kid"] for key in plain}) != len(plain):
        raise ClientUnfit(reason_vi="hai khóa cùng kid", reason_en="two keys share one kid")
    return {"keys": plain}


def _public_key(key: object) -> dict[str, str]:
    if not isinstance(key, dict):
        raise ClientUnfit(reason_vi="khóa không phải là đối tượng JSON", reason_en="a key is not a JSON object")
    if _PRIVATE_MEMBERS & key.keys():
        raise ClientUnfit(
            reason_vi="có khóa riêng; hãy hủy khóa này và tạo khóa mới",
            reason_en="it holds a private key; throw that key away and make a new one",
        )
    if (
        key.get("kty") != "EC"
        or key.get("crv") != "P-256"
        or key.get("use", "sig") != "sig"
        or key.get("alg", "ES256") != "ES256"
    ):
        raise ClientUnfit(reason_vi="chỉ nhận khóa ký EC P-256", reason_en="only EC P-256 signing keys are taken")
    try:
        # Importing checks that the point lies on the curve.
        point = ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y")})
        kid = key.get("kid", point.thumbprint())
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ClientUnfit(reason_vi="khóa bị hỏng", reason_en="a key is damaged") from error
    if not isinstance(kid, str) or not _KEY_ID.match(kid):
        raise ClientUnfit(reason_vi="kid không hợp lệ", reason_en="a kid is malformed")
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": key["x"],
        "y": key["y"],
        "kid": kid,
        "use": "sig",
        "alg": "ES256",
    }
