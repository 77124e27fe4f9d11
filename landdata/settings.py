"""The only module that reads the environment; every setting has a name, a unit and a default here."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# What every mail server takes; addresses with spaces, quotes or letters beyond ASCII are not among it.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class Settings(BaseSettings):
    """Settings of all processes; `LANDDATA_` plus the name in capitals sets one."""

    model_config = SettingsConfigDict(env_prefix="LANDDATA_", extra="ignore", frozen=True)

    database_url: str = Field(
        "",
        description="PostgreSQL address of the owner's role; each process puts the role it needs in the owner's place.",
    )
    admin_url: str = Field(
        "", description="PostgreSQL address of a superuser; only `landdata db bootstrap` and `landdata rebuild` use it."
    )
    data_dir: Path = Field(Path(".landdata/data"), description="Folder for raw deliveries, keys, anchors and logs.")
    keys_dir: str = Field("", description="Folder of the key files (docs/keys.md); empty: `keys` in the data folder.")
    reference_dir: Path = Field(
        Path(__file__).resolve().parents[1] / "fixtures" / "reference", description="Folder of the reference files."
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="Address under which consumers reach the API; the OAuth issuer."
    )
    population_url: str = Field("", description="Address of the population platform; empty switches matching off.")
    population_secret_file: Path = Field(
        Path(".landdata/data/population/landdata.secret"), description="File with our secret there."
    )
    population_client_id: str = Field("landdata", description="Our OAuth client at the population platform.")
    simulated: bool = Field(False, description="Labels every page and answer as made-up demonstration data.")
    pool_size: int = Field(
        8,
        ge=1,
        le=100,
        description="Database connections of the worker, or of the API for offices; for look-ups, tokens, figures half each.",
    )
    statement_timeout_ms: int = Field(60_000, ge=0, description="Longest statement of the API, in milliseconds.")
    token_seconds: int = Field(300, ge=30, le=3600, description="Life of an access token, in seconds.")
    revocation_seconds: int = Field(
        30, ge=0, le=60, description="Longest time a verified token is believed without asking again."
    )
    dpop_nonces: bool = Field(
        False, description="Demands a nonce of ours in DPoP proofs; needed when the API runs on several machines."
    )
    mtls_url: str = Field(
        "",
        description="Address at which the proxy asks for client certificates (RFC 8705) and overwrites X-Client-Cert in "
        "every request; empty: the header is ignored.",
    )
    external_issuer: str = Field(
        "", description="Issuer whose access tokens are believed beside our own, such as a Keycloak realm; empty: none."
    )
    external_audience: str = Field("", description="Audience of the external issuer's tokens; empty: our own address.")
    external_scopes: dict[str, list[str]] = Field(
        {},
        description="JSON: each scope of the external issuer with the scopes of ours that it opens; others open none.",
    )
    oidc_issuer: str = Field(
        "", description="Issuer of OpenID Connect that people may sign in through, beside passwords; empty: none."
    )
    oidc_client_id: str = Field("", description="The service's own name at that issuer.")
    oidc_secret_file: Path = Field(
        Path(".landdata/data/keys/oidc.secret"),
        description="File with the service's secret there, readable by its owner.",
    )
    second_factor_for_all: bool = Field(
        False,
        description="Demands a second factor of everybody; of approvers, officers of security, inspectors and "
        "administrators it is demanded anyway.",
    )
    client_requests_per_second: float = Field(
        50.0, gt=0, description="Requests a second of a client whose agreement names no rate, in each API process."
    )
    client_burst: int = Field(100, ge=1, description="Requests such a client may send at once, in each API process.")
    client_places: int = Field(
        32, ge=1, description="Requests of one client under way at once, in each API process; more are refused."
    )
    map_requests_per_second: float = Field(
        50.0, gt=0, description="Tiles and pages of features a second for one person or client, in each API process."
    )
    disk_dirs: str = Field(
        "",
        description="Further folders whose disks are watched beside the data folder's, such as those of the database and "
        "its WAL; separated by commas.",
    )
    disk_refuse_share: float = Field(
        0.15, ge=0, lt=1, description="Free share of any watched disk below which deliveries are refused."
    )
    disk_alarm_share: float = Field(
        0.2, ge=0, lt=1, description="Free share of any watched disk below which `landdata_disk_low` is 1."
    )
    raw_copy_dir: str = Field(
        "",
        description="Folder on another machine's disk that holds a copy of every raw delivery before it is acknowledged; "
        "empty: none.",
    )
    delivery_max_bytes: int = Field(2 * 1024**3, ge=1024, description="Largest delivered file, in bytes.")
    delivery_max_vertices: int = Field(20_000, ge=100, description="Most vertices one parcel may have.")
    reader_memory_bytes: int = Field(
        4 * 1024**3, ge=2**28, description="Memory limit of the process that opens a file."
    )
    reader_cpu_seconds: int = Field(600, ge=5, description="CPU limit of the process that opens a file, in seconds.")
    retire_share_limit: float = Field(
        0.3, ge=0, le=1, description="Share of a commune's parcels a full delivery may retire unasked."
    )
    growth_share_limit: float = Field(
        1.0, ge=0, description="Share of a commune's parcels by which a delivery may make it grow unasked."
    )
    drop_dir: str = Field(
        "", description="Folder into which offices' systems put files, one folder an office; empty switches it off."
    )
    match_daily_quota: int = Field(
        0, ge=0, description="Most holders sent to the population platform in one day, by all workers; 0: no limit."
    )
    match_requests_per_second: float = Field(
        10.0, ge=0, description="Most requests a second to the population platform, by all workers; 0: no limit."
    )
    match_failures: int = Field(
        5, ge=1, description="Failed requests in a row after which the population platform is left alone for a while."
    )
    match_pause_seconds: float = Field(
        30.0,
        gt=0,
        description="How long it is then left alone, in seconds; twice as long each time it fails again, up to 10 minutes.",
    )
    match_batch: int = Field(500, ge=1, le=1000, description="Holders sent to the population platform in one request.")
    pull_networks: str = Field(
        "",
        description="Private networks in which provinces' own services may be, as CIDR, separated by commas; loopback also "
        "by http.",
    )
    pull_seconds: float = Field(
        1800, gt=0, le=86_400, description="How long one pull of a province's own service may take in all, in seconds."
    )
    pull_page_bytes: int = Field(
        32 * 1024**2,
        ge=1024,
        description="Largest page that a province's own service may answer with, in bytes, unpacked.",
    )
    webhook_networks: str = Field(
        "",
        description="Private networks that webhooks may reach, as CIDR, separated by commas; loopback also by http.",
    )
    webhook_give_up_seconds: int = Field(
        3 * 86_400, ge=60, description="How long a webhook's endpoint may fail before it is disabled, in seconds."
    )
    alert_mail: dict[Literal["MINISTRY", "OPERATOR"], list[str]] = Field(
        {},
        description="JSON: e-mail addresses of functions, not of persons, that are told of alerts, by who they are for.",
    )
    alert_webhooks: dict[Literal["MINISTRY", "OPERATOR"], list[str]] = Field(
        {}, description="JSON: addresses that alerts are posted to, signed, by who they are for."
    )
    alert_give_up_seconds: int = Field(
        3 * 86_400, ge=60, description="How long a notice of an alert is tried before it is given up, in seconds."
    )
    smtp_host: str = Field("", description="Mail server that takes e-mail of alerts; empty: none is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["STARTTLS", "TLS", "NONE"] = Field(
        "STARTTLS", description="How the way to it is protected; NONE is taken for loopback alone."
    )
    smtp_ca_file: str = Field(
        "", description="PEM file of the authorities its certificate is proven by; empty: the machine's."
    )
    smtp_user: str = Field("", description="Sign-in name at it; empty: none.")
    smtp_password_file: Path = Field(
        Path(".landdata/data/keys/smtp.password"), description="File with the password there, readable by its owner."
    )
    smtp_from: str = Field("landdata@localhost", description="Address that e-mail of alerts comes from.")

    report_contact: str = Field(
        "", description="Unit of the ministry and its telephone for letters to provinces; empty: a line to fill in."
    )

    anchor_dir: str = Field(
        "",
        description="Folder for the heads and public keys of the access log's seals, best on another machine; "
        "empty: `anchors` in the data folder.",
    )
    tsa_url: str = Field(
        "",
        description="Address of an RFC 3161 time-stamping authority that stamps heads of the access log; empty: none.",
    )
    tsa_certificates: str = Field(
        "", description="PEM file with the certificates of that authority: its roots, then those between."
    )
    tsa_every_seconds: int = Field(
        600, ge=60, le=7200, description="How often a head is stamped at most, in seconds; each stamp may cost money."
    )
    anchors_required: list[Literal["FILE", "TSA"]] = Field(
        ["FILE"],
        min_length=1,
        description="JSON: the anchors that have to hold a head before it counts; 4 hours without them stop look-ups.",
    )

    @property
    def disks(self) -> tuple[Path, ...]:
        """A folder on each disk that is watched."""
        return (self.data_dir, *(Path(one.strip()) for one in self.disk_dirs.split(",") if one.strip()))

    @property
    def raw_copy(self) -> Path | None:
        """Where raw deliveries are kept a second time."""
        return Path(self.raw_copy_dir) if self.raw_copy_dir else None

    @property
    def key_folder(self) -> Path:
        """Where the key files lie."""
        return Path(self.keys_dir) if self.keys_dir else self.data_dir / "keys"

    @model_validator(mode="after")
    def _stamps_can_be_had(self) -> Settings:
        if self.tsa_url and not self.tsa_certificates:
            raise ValueError("tsa_url needs tsa_certificates")
        if "TSA" in self.anchors_required and not self.tsa_url:
            raise ValueError("anchors_required names TSA, but there is no tsa_url")
        return self

    @property
    def heads_dir(self) -> Path:
        """Where heads and public keys are kept."""
        return Path(self.anchor_dir) if self.anchor_dir else self.data_dir / "anchors"

    @field_validator("alert_mail")
    @classmethod
    def _addresses(cls, given: dict[str, list[str]]) -> dict[str, list[str]]:
        for one in (address for many in given.values() for address in many):
            if not _ADDRESS.fullmatch(one):
                raise ValueError(f"no plain e-mail address: {one!r}")
        return given

    @model_validator(mode="after")
    def _mail_is_protected(self) -> Settings:
        if self.smtp_host and self.smtp_security == "NONE" and self.smtp_host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("smtp_security NONE is for a mail server on this machine alone")
        if not _ADDRESS.fullmatch(self.smtp_from):
            raise ValueError("smtp_from is no plain e-mail address")
        return self

    @field_validator("webhook_networks", "pull_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        for one in filter(None, (part.strip() for part in text.split(","))):
            ip_network(one)
        return text


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
