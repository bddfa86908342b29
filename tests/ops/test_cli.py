"""The command line: what it does, what it prints for programs, and its exit statuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings
from ops.cli.root import root

_PASSWORD = "correct horse battery"


class Aula:
    """Runs verbs with --json and returns what they print."""

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(root, [*arguments])

    def __call__(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == status, result.output
        told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        return told


@pytest.fixture
def aula(settings: Settings, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Aula:
    """The command on an empty platform, without its processes."""
    for name, value in {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database.database_url,
        "REDIS_URL": settings.redis.redis_url,
        "STORAGE_URL": settings.storage.storage_url,
        "SECRET_KEY": settings.secrets.secret_key.get_secret_value(),
        "SIGNING_KEYS": settings.secrets.signing_keys.get_secret_value(),
        "ARGON2_MEMORY_KIB": "64",
    }.items():
        monkeypatch.setenv(f"AULA_{name}", value)
    return Aula()


@pytest.fixture
def instructor(aula: Aula) -> str:
    email = "ines@aula.test"
    aula("user", "create", email, "--role", "instructor", "--password", _PASSWORD)
    return email


@pytest.fixture
def video(tmp_path: Path) -> Path:
    file = tmp_path / "talk.mp4"
    file.write_bytes(b"not really a video, but nothing looks inside before a worker does" * 1000)
    return file


def test_help_lists_every_verb(aula: Aula) -> None:
    told = aula.run("--help").stdout
    for verb in ("up", "demo", "api", "worker", "dispatcher", "db", "ingest", "pipeline", "queue", "doctor", "user"):
        assert f" {verb} " in told


def test_accounts_are_made_once_and_gain_roles(aula: Aula) -> None:
    made = aula("user", "create", "Bob@Aula.Test", "--role", "learner", "--password", _PASSWORD)
    assert (made["email"], made["roles"]) == ("bob@aula.test", ["learner"])
    refused = aula("user", "create", "bob@aula.test", "--password", _PASSWORD, status=1)
    assert refused["error"]["code"] == "user.email_taken"
    assert aula("user", "grant-role", "bob@aula.test", "operator")["roles"] == ["learner", "operator"]
    assert aula("user", "grant-role", "eve@aula.test", "operator", status=1)["error"]["code"] == "user.unknown"
    assert aula("user", "end-sessions", "bob@aula.test")["ended"] == 0
    assert aula("user", "remove-totp", "bob@aula.test")["ok"]
    for what in ("end-sessions", "remove-totp"):
        assert aula("user", what, "eve@aula.test", status=1)["error"]["code"] == "user.unknown"


def test_a_short_password_is_refused(aula: Aula) -> None:
    assert aula("user", "create", "bob@aula.test", "--password", "short", status=1)["error"]["code"] == "user.password_length"
    assert (
        aula("user", "create", "bob@aula.test", "--password", "password1", status=1)["error"]["code"] == "user.password_common"
    )


def test_a_file_is_brought_in_and_its_pipeline_steered(aula: Aula, instructor: str, video: Path) -> None:
    asset_id = aula("ingest", str(video), "--owner", instructor)["asset_id"]
    [pipeline] = aula("pipeline", "list")["pipelines"]
    assert (pipeline["kind"], pipeline["state"], pipeline["subject_id"]) == ("media.ingest", "running", asset_id)
    detail = aula("pipeline", "show", pipeline["id"])
    assert "media.inspect_source" in {job["kind"] for job in detail["jobs"]}
    assert aula("pipeline", "cancel", pipeline["id"])["ok"]
    assert aula("pipeline", "show", pipeline["id"])["pipeline"]["state"] == "cancelled"
    assert aula("pipeline", "cancel", pipeline["id"], status=1)["error"]["code"] == "pipeline.not_running"
    again = aula("pipeline", "retry", pipeline["id"])["pipeline_id"]
    assert again != pipeline["id"]
    assert aula("pipeline", "show", again)["pipeline"]["state"] == "running"


def test_only_instructors_bring_files_in(aula: Aula, video: Path) -> None:
    aula("user", "create", "lea@aula.test", "--password", _PASSWORD)
    assert aula("ingest", str(video), "--owner", "lea@aula.test", status=1)["error"]["code"] == "auth.role_missing"
    assert aula("ingest", str(video), "--owner", "nobody@aula.test", status=1)["error"]["code"] == "user.unknown"


def test_campaigns_are_begun_and_stopped(aula: Aula) -> None:
    begun = aula("media", "reencode", "--all", "--older-than", "30", "--profile", "small", "--reason", "fewer bytes")
    [campaign] = aula("media", "campaigns")["campaigns"]
    assert (campaign["id"], campaign["profile"], campaign["started"], campaign["finished_at"]) == (
        begun["campaign_id"], "small", 0, None,
    )  # fmt: skip
    assert "fewer bytes" in aula.run("media", "campaigns").stdout
    [stopped] = aula("media", "campaigns", "--cancel", campaign["id"])["campaigns"]
    assert stopped["finished_at"] is not None
    assert aula("media", "campaigns", "--cancel", campaign["id"], status=1)["error"]["code"] == "campaign.finished"


def test_one_asset_is_encoded_again_only_when_it_is_ready(aula: Aula, instructor: str, video: Path) -> None:
    asset_id = aula("ingest", str(video), "--owner", instructor)["asset_id"]
    assert aula("media", "reencode", "--asset", asset_id, status=1)["error"]["code"] == "asset.not_ready"
    for which in ([], ["--asset", asset_id, "--all"], ["--asset", asset_id, "--limit", "3"]):
        assert aula("media", "reencode", *which, status=1)["error"]["code"] == "reencode.which"


def test_queues_are_paused_and_resumed(aula: Aula) -> None:
    aula("queue", "pause", "encode", "--reason", "new disk")
    aula("queue", "pause", "encode")
    paused = {queue["name"]: queue["paused"] for queue in aula("queue", "list")["queues"]}
    assert paused == {"encode": True, "media": False, "default": False, "mail": False}
    aula("queue", "resume", "encode")
    assert not any(queue["paused"] for queue in aula("queue", "list")["queues"])


def test_tables_for_people_show_whole_ids(aula: Aula, instructor: str, video: Path) -> None:
    aula("ingest", str(video), "--owner", instructor)
    [pipeline] = aula("pipeline", "list")["pipelines"]
    assert pipeline["id"] in aula.run("pipeline", "list").stdout
    assert "There are no pipelines." not in aula.run("pipeline", "list").stdout
    assert "media.inspect_source" in aula.run("pipeline", "show", pipeline["id"]).stdout
    assert "encode" in aula.run("queue", "list").stdout


def test_unknown_things_are_named_and_wrong_usage_has_a_status_of_its_own(aula: Aula) -> None:
    nowhere = "01890000-0000-7000-8000-000000000000"
    for verb in ("show", "retry", "cancel"):
        assert aula("pipeline", verb, nowhere, status=1)["error"]["code"] == "pipeline.not_found"
    assert aula.run("pipeline", "show", "not-an-id").exit_code == 2
    assert aula.run("fly").exit_code == 2
    assert aula.run("queue", "pause", "espresso").exit_code == 2


def test_the_schema_is_brought_up_to_date_again_and_again(aula: Aula) -> None:
    assert aula("db", "migrate") == {"ok": True}
    assert aula("db", "migrate") == {"ok": True}


def test_the_doctor_finds_services_and_abilities(aula: Aula) -> None:
    told = aula("doctor")
    levels = {finding["topic"]: finding["level"] for finding in told["findings"]}
    assert told["ok"]
    assert told["platform_runs"]
    assert {levels[topic] for topic in ("PostgreSQL", "Redis", "storage", "mail", "ffmpeg", "ffmpeg encoders")} == {"ok"}


def test_the_doctor_says_what_is_missing(aula: Aula, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AULA_REDIS_URL", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setenv("AULA_FFMPEG", str(tmp_path / "ffmpeg"))
    told = aula("doctor", status=1)
    failed = {finding["topic"] for finding in told["findings"] if finding["level"] == "failed"}
    assert not told["ok"]
    assert failed == {"Redis", "ffmpeg"}


def test_without_a_platform_verbs_say_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AULA_DATABASE_URL", raising=False)
    told = Aula()("queue", "list", "--data", str(tmp_path), status=1)
    assert told["error"]["code"] == "cli.no_platform"
    assert "aula up" in told["error"]["message"]
    assert Aula()("doctor", "--data", str(tmp_path))["platform_runs"] is False


def test_an_unreachable_database_is_a_plain_error(aula: Aula, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AULA_DATABASE_URL", f"postgresql://aula@/aula?host={tmp_path}")
    assert aula("queue", "list", status=1)["error"]["code"] == "cli.database"


def test_bad_settings_are_named_together(aula: Aula, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AULA_LEASE_S", "soon")
    monkeypatch.setenv("AULA_SECRET_KEY", "short")
    told = aula("queue", "list", status=2)
    assert "AULA_LEASE_S" in told["error"]["message"]
    assert "AULA_SECRET_KEY" in told["error"]["message"]
