"""All settings, in small typed groups; the one file that reads the environment.

Every variable starts with `AULA_` (`AULA_DATABASE_URL`, `AULA_LEASE_S`, ...). Bad values are reported together at start. No
secret has a default: embedded mode (`ops/embedded`) generates them, keeps them in the data directory and passes them on.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.errors import AulaError

RATE_PATTERN = r"^[1-9][0-9]{0,8}/[1-9][0-9]{0,4}$"
"""`requests/seconds`."""


class _Group(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AULA_", frozen=True, extra="ignore")


class DatabaseSettings(_Group):
    """PostgreSQL. Times are milliseconds where PostgreSQL counts so."""

    database_url: str
    """`postgresql://user:password@host/name`, or with `?host=/socket/dir` for a unix socket."""
    db_pool_size: int = Field(default=10, ge=1)
    db_pool_overflow: int = Field(default=5, ge=0)
    db_lock_timeout_ms: int = 3_000
    db_idle_in_transaction_timeout_ms: int = 30_000
    db_command_timeout_s: float = 20.0


class RedisSettings(_Group):
    """Redis carries wake-up hints only and may be flushed at any time."""

    redis_url: str
    """`redis://host:port/0` or `unix:///path/to/socket`."""


class StorageSettings(_Group):
    """Where objects live: `file:///directory` or `s3://bucket/prefix?endpoint=http://...&region=...`."""

    storage_url: str


class SecretSettings(_Group):
    """Secrets without defaults."""

    secret_key: SecretStr = Field(min_length=32)
    """Signs access tokens (JWT, HS256)."""
    signing_keys: SecretStr
    """Playback signatures: `kid:secret[,kid:secret]`; the first signs, all verify (rotation)."""


class ApiSettings(_Group):
    """The HTTP API."""

    instance_id: str = Field(default="aula", pattern=r"^[a-z0-9]{1,16}$")
    """Part of cookie names: cookies ignore ports, so two instances on one host need two names."""
    public_url: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    tls_certificate: Path | None = None
    """PEM file of the certificate chain. With `tls_key` the API speaks TLS itself, and with it HTTP/2."""
    tls_key: Path | None = None
    """PEM file of the certificate's private key."""
    cors_origins: list[str] = []
    access_token_life_s: int = 600
    refresh_token_life_s: int = 30 * 86_400
    refresh_token_idle_s: int = 7 * 86_400
    signup_roles: list[Literal["learner", "instructor"]] = ["learner"]
    """Roles of a new account. Embedded mode adds `instructor`."""
    course_review: Literal["required", "off"] = "required"
    """`off`: authors publish their courses themselves. Embedded mode turns it off."""
    argon2_memory_kib: int = 47_104
    argon2_concurrency: int = 2


class UploadSettings(_Group):
    """tus uploads."""

    upload_max_bytes: int = 10 * 2**30
    upload_file_max_bytes: int = Field(default=500 * 2**20, ge=1)
    """Largest file of a lesson."""
    upload_expiry_s: int = 86_400
    upload_parallel_per_user: int = 3
    upload_patch_max_bytes: int = 64 * 2**20
    """Largest chunk with a checksum (it is set aside until it is verified); without one a request may carry the whole rest."""
    upload_idle_s: float = 30.0
    """A request that brings no byte for this long is given up; what has arrived is kept."""


class PlaybackSettings(_Group):
    """Playback sessions and their signatures."""

    playback_life_s: int = 600
    """Life of one signature; the player renews it in mid-play, so revocation takes effect within this time."""
    playback_denylist_refresh_s: float = 5.0


class CdnSettings(_Group):
    """CloudFront in front of a bucket; without a URL streams come from the API."""

    cloudfront_url: str = Field(default="", pattern=r"^(https?://[^/]+)?$")
    """`https://cdn.example.org`, the distribution's own name or an alias of it."""
    cloudfront_key_id: str = ""
    """Id of the public key, a member of the distribution's key group."""
    cloudfront_private_key: Path | None = None
    """PEM file of the RSA private key that belongs to it."""
    cloudfront_cookie_domain: str = ""
    """What the site and the CDN have in common, `example.org`: the cookies are set for it."""


class GatewaySettings(_Group):
    """What the API does to every request: limits, times, caches."""

    trusted_proxies: list[str] = ["127.0.0.0/8", "::1/128"]
    """Networks whose `X-Forwarded-For` is believed; by default only this machine's own."""
    allowed_hosts: list[str] = []
    """Names that requests may be for (`learn.example.org`, `*.example.org`); none: any."""
    request_timeout_s: float = Field(default=30.0, gt=0)
    """Of anything but uploads and streams."""
    rate_limits: bool = True
    limit_read_per_address: str = Field(default="3000/60", pattern=RATE_PATTERN)
    """Requests per seconds. A whole school may be behind one address."""
    limit_read_per_user: str = Field(default="1200/60", pattern=RATE_PATTERN)
    limit_write_per_address: str = Field(default="600/60", pattern=RATE_PATTERN)
    limit_write_per_user: str = Field(default="300/60", pattern=RATE_PATTERN)
    limit_auth_per_address: str = Field(default="60/60", pattern=RATE_PATTERN)
    """Signing in, and whatever else lets somebody guess or costs a password's hash."""
    limit_auth_per_user: str = Field(default="30/60", pattern=RATE_PATTERN)
    limit_guess_per_account: str = Field(default="20/900", pattern=RATE_PATTERN)
    """Sign-ins to one account that come to nothing, from all places together where it was never signed in before."""
    limit_code_per_account: str = Field(default="20/86400", pattern=RATE_PATTERN)
    """Wrong codes of the second factor, by who knows the password."""
    limit_mail_per_account: str = Field(default="5/900", pattern=RATE_PATTERN)
    """Mails with links that somebody asks for, to one address."""
    limit_upload_per_address: str = Field(default="6000/60", pattern=RATE_PATTERN)
    limit_upload_per_user: str = Field(default="3000/60", pattern=RATE_PATTERN)
    idempotency_life_s: int = Field(default=86_400, ge=60)
    """How long the answer to a request with `Idempotency-Key` is kept."""
    cache_bytes: int = Field(default=32 * 2**20, ge=0)
    """Memory of one process for public answers; 0: none are kept."""
    cache_life_s: float = Field(default=60.0, gt=0)
    """How long a public answer is kept at most, although nothing that it shows has changed."""
    cache_blind_s: float = Field(default=2.0, ge=0)
    """The same while Redis is away, so that nobody says what has changed."""
    cache_public_max_age_s: int = Field(default=10, ge=0)
    """How long browsers and proxies may show a public answer without asking."""


class OidcProviderSettings(BaseModel):
    """One OpenID Connect provider at which people may sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    """Part of addresses, and of what is kept about whom: it must not change."""
    title: str = Field(min_length=1, max_length=80)
    """What the button says."""
    issuer: str = Field(pattern=r"^(https://[^\s?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/[^\s?#]*)?)$")
    """Where `/.well-known/openid-configuration` is; https, but for a provider on this machine."""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    """None: a public client, which proves itself by PKCE alone."""
    scopes: str = "openid email profile"
    trust_email: bool = False
    """An address that the provider has verified is as good as one that we have verified: it finds the account."""


class OidcSettings(_Group):
    """Signing in elsewhere."""

    oidc_providers: list[OidcProviderSettings] = []
    """JSON: `[{"name": "...", "title": "...", "issuer": "https://...", "client_id": "...", "client_secret": "..."}]`."""
    oidc_timeout_s: float = Field(default=5.0, gt=0)
    """How long a provider is waited for."""

    @field_validator("oidc_providers")
    @classmethod
    def _of_different_names(cls, providers: list[OidcProviderSettings]) -> list[OidcProviderSettings]:
        if len({provider.name for provider in providers}) < len(providers):
            raise ValueError("two providers have the same name")
        return providers


class MailSettings(_Group):
    """Mail to people."""

    mail_url: SecretStr = SecretStr("capture:")
    """`smtp://user:password@host:587` (STARTTLS), `smtps://user:password@host:465`, or `capture:`: kept as files, not sent."""
    mail_from: str = Field(default="Aula <no-reply@localhost>", pattern=r"^[^@\x00-\x1f<>]*<?[^@\s<>]+@[^@\s<>]+>?$")
    """Who it comes from: an address with or without a name."""
    mail_timeout_s: float = Field(default=20.0, gt=0)
    """How long each answer of the mail server is waited for."""


class JobSettings(_Group):
    """The job engine (times in seconds)."""

    lease_s: float = 60.0
    lease_renew_s: float = 15.0
    rescue_interval_s: float = 10.0
    dispatch_poll_s: float = 0.5
    hint_resend_s: float = 3.0
    """A hint not taken up within this time while slots are idle is sent again."""
    backoff_base_s: float = 10.0
    """Retry n comes after min(2**n * base, 15 min) +- 20 %."""
    max_crashes: int = 3
    worker_grace_s: float = 20.0
    """How long a stopping worker waits for its steps to notice before they are given back."""
    finished_retention_s: float = 7 * 86_400


class MediaSettings(_Group):
    """ffmpeg, admission and the sandbox."""

    ffmpeg: Path | None = None
    """Path of ffmpeg; default: the embedded wheel's, else the system's. ffprobe is looked for beside it."""
    ffprobe: Path | None = None
    media_min_duration_s: float = 0.5
    media_max_duration_s: float = 12 * 3600.0
    media_max_pixels: int = 35_389_440
    media_max_fps: float = 120.0
    media_max_streams: int = 32
    scratch_factor: float = 3.0
    """Free scratch space needed, as a multiple of the input's size."""
    scratch_quota_bytes: int = Field(default=8 * 2**30, ge=1)
    """What one ffmpeg may write into its scratch folder; or `scratch_factor` times its input, if that is more."""
    stall_timeout_s: float = 120.0
    sandbox: Literal["auto", "bwrap", "plain"] = "auto"
    """`bwrap` demands bubblewrap; `auto` uses it where it works."""
    captions_command: str = ""
    """Makes automatic captions: a command line with `{wav}` and `{language}` that prints WebVTT; empty: there are none."""
    captions_command_timeout_s: float = Field(default=2 * 3600.0, gt=0)
    media_probe: bool = True
    """Look at excerpts of each title for how to encode it; without it all are encoded alike."""
    media_small: Literal["off", "on", "watched"] = "off"
    """Make the profile `small` of every asset once it is ready, or of those that have been watched often enough."""
    media_small_watched: int = Field(default=20, ge=1)
    """How many playback sessions are often enough."""
    media_av1: Literal["off", "on", "watched"] = "off"
    """AV1 rungs beside H.264, unless the options of an asset say otherwise."""
    media_av1_watched: int = Field(default=20, ge=1)
    version_grace_s: float = Field(default=86_400.0, ge=0)
    """How long the objects of a retired version stay at least; as long as somebody plays it they stay anyway."""
    campaign_open: int = Field(default=2, ge=1)
    """How many versions one campaign has made at a time."""
    campaign_poll_s: float = Field(default=30.0, gt=0)
    encode_threads: int = Field(default=0, ge=0)
    """Threads of one ffmpeg; 0: as many as there are cores."""


class Settings(_Group):
    """Every group together."""

    data_dir: Path = Path(".aula")
    """Scratch space, caches and everything embedded."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where a worker or dispatcher serves its metrics, on loopback; 0: nowhere."""

    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    redis: RedisSettings = Field(default_factory=RedisSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    secrets: SecretSettings = Field(default_factory=SecretSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    uploads: UploadSettings = Field(default_factory=UploadSettings)
    playback: PlaybackSettings = Field(default_factory=PlaybackSettings)
    cdn: CdnSettings = Field(default_factory=CdnSettings)
    gateway: GatewaySettings = Field(default_factory=GatewaySettings)
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    media: MediaSettings = Field(default_factory=MediaSettings)

    @property
    def scratch_dir(self) -> Path:
        return self.data_dir / "scratch"

    @property
    def cache_dir(self) -> Path:
        return self.data_dir / "cache"


_GROUPS: tuple[type[_Group], ...] = (
    DatabaseSettings,
    RedisSettings,
    StorageSettings,
    SecretSettings,
    ApiSettings,
    UploadSettings,
    PlaybackSettings,
    CdnSettings,
    GatewaySettings,
    OidcSettings,
    MailSettings,
    JobSettings,
    MediaSettings,
)


class BadSettings(AulaError):
    """The environment does not make valid settings; the message names every variable at fault."""


def load_settings() -> Settings:
    """Read the environment afresh. Raises BadSettings naming every missing or malformed variable at once."""
    problems: list[str] = []
    for group in _GROUPS:
        try:
            group()
        except ValidationError as error:
            problems += [f"AULA_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False)]
        except SettingsError as error:
            # Lists that are no JSON; the message names the field alone, not what stood there.
            problems.append(str(error))
    if problems:
        raise BadSettings("settings.invalid", "; ".join(problems))
    try:
        return Settings()
    except ValidationError as error:
        names = [f"AULA_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False)]
        raise BadSettings("settings.invalid", "; ".join(names)) from None


@cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return load_settings()
