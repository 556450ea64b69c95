"""An invalid setting is refused by name, with its value and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.domain.errors import SettingError
from shared.platform.settings import ServiceSettings, state_home


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NMS_NATS_URL", "http://localhost"),
        ("NMS_HEALTH_PORT", "99999"),
        ("NMS_HEALTH_PORT", "many"),
        ("NMS_LOG_FORMAT", "xml"),
        ("NMS_REPLICA", "a b"),
        ("NMS_CREDENTIALS", "/does/not/exist"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError) as caught:
        ServiceSettings.load().login()
    assert f"{variable}={value}" in str(caught.value)
    assert len(str(caught.value)) < 400
    assert "pydantic" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_an_invalid_credentials_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "who.json"
    file.write_text('{"user": "x"}')
    monkeypatch.setenv("NMS_CREDENTIALS", str(file))
    with pytest.raises(SettingError, match="must hold"):
        ServiceSettings.load().login()


def test_a_user_without_a_password_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMS_NATS_USER", "detector")
    with pytest.raises(SettingError, match="NMS_NATS_PASSWORD is missing"):
        ServiceSettings.load().login()


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMS_NATS_USER", "detector")
    monkeypatch.setenv("NMS_NATS_PASSWORD", "hunter2")
    settings = ServiceSettings.load()
    assert "hunter2" not in repr(settings)
    login = settings.login()
    assert login is not None
    assert login.password.get_secret_value() == "hunter2"


def test_defaults_need_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    settings = ServiceSettings.load()
    assert settings.login() is None
    assert state_home() == tmp_path / "nms"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMS_HEALTH_PORT", "")
    assert ServiceSettings.load().health_port is None
