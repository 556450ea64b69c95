"""The first container keeps existing passwords, whatever else is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nms.compose_setup import prepare
from shared.domain.errors import SettingError


def passwords(folder: Path) -> dict[str, str]:
    found = (json.loads(file.read_text()) for file in folder.glob("*/credentials.json"))
    return {entry["user"]: entry["password"] for entry in found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    users = ("setup", "injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway", "network")
    for name in ("nats", "jetstream", *users):
        (tmp_path / name).mkdir()
    prepare(tmp_path)
    return tmp_path


def test_complete_files_are_not_changed(folder: Path) -> None:
    before, config = passwords(folder), (folder / "nats" / "nats.conf").read_text()
    assert len(before) == 9
    assert prepare(folder) == "the credentials are there"
    assert (passwords(folder), (folder / "nats" / "nats.conf").read_text()) == (before, config)


def test_the_credentials_of_the_recorder_are_beside_the_configuration(folder: Path) -> None:
    credentials = json.loads((folder / "nats" / "record.json").read_text())
    assert credentials["user"] == "record"
    assert credentials["password"] in (folder / "nats" / "nats.conf").read_text()
    (folder / "nats" / "record.json").unlink()
    assert "must be started again" in prepare(folder)
    assert (folder / "nats" / "record.json").exists()


@pytest.mark.parametrize("lost", ["rca/credentials.json", "nats/nats.conf"])
def test_a_missing_file_does_not_change_other_passwords(folder: Path, lost: str) -> None:
    before = passwords(folder)
    (folder / lost).unlink()
    assert "must be started again" in prepare(folder)
    after = passwords(folder)
    assert {user for user in after if after[user] != before[user]} <= {"rca"}
    config = (folder / "nats" / "nats.conf").read_text()
    assert all(password in config for password in after.values())


def test_the_configuration_of_an_older_release_is_updated(folder: Path) -> None:
    config, store = folder / "nats" / "nats.conf", folder / "jetstream" / "store" / "jetstream"
    before, written = passwords(folder), config.read_text()
    config.write_text(written.replace("max_payload", "max_pending"))
    (store / "$G" / "streams").mkdir(parents=True)
    assert "must be started again" in prepare(folder)
    assert passwords(folder) == before
    assert "max_payload" in config.read_text()
    assert (store / "STORE" / "streams").is_dir()
    assert prepare(folder) == "the credentials are there"


def test_a_damaged_file_is_reported_in_one_line(folder: Path) -> None:
    (folder / "rca" / "credentials.json").write_text("{")
    (folder / "nats" / "nats.conf").unlink()
    with pytest.raises(SettingError, match="not a credentials file"):
        prepare(folder)
