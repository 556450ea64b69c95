"""The state folder: used by one system at a time, initialised once; errors are one line."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from nms.runtime import Runtime, read_runtime
from nms.store import SystemStore
from shared.domain.errors import DiskFull, NmsError, SettingError
from shared.domain.topology import default_topology, sized_topology
from shared.platform.bootstrap import STREAM_NAMES
from shared.platform.broker import stream_folder


def test_a_second_system_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with SystemStore(tmp_path) as store:
        store.announce(Runtime("http://127.0.0.1:5000", "nats://127.0.0.1:4222", os.getpid()))
        with pytest.raises(NmsError, match=r"already at http://127.0.0.1:5000: stop it first"), SystemStore(tmp_path):
            pass
    with SystemStore(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_disk_full(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskFull, match=r"cannot be used \(Not a directory\): make room") as refusal:
        SystemStore(tmp_path / "file" / "nms").__enter__()
    assert refusal.value.exit_code == 5


def test_too_little_space_is_disk_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.store.LEAST_FREE", 1 << 62)
    with pytest.raises(DiskFull, match=rf"{tmp_path} cannot be used \(\d+ MiB are free, \d+ MiB are needed\): make"):
        SystemStore(tmp_path).__enter__()


def test_an_existing_store_needs_less_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SystemStore(tmp_path) as store:
        store.begin(None, 1, default_topology())
        store.jetstream.mkdir()
    monkeypatch.setattr("nms.store.LEAST_FREE", 1 << 62)
    with SystemStore(tmp_path):
        pass


def test_a_folder_that_cannot_be_emptied_is_disk_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    (tmp_path / "jetstream").mkdir()
    monkeypatch.setattr("nms.store.shutil.rmtree", refuse)
    with pytest.raises(DiskFull, match="jetstream: Read-only file system"):
        SystemStore(tmp_path, fresh=True).__enter__()


def test_a_negative_seed_of_an_older_store_is_refused(tmp_path: Path) -> None:
    with SystemStore(tmp_path) as store:
        store.begin(None, -1, default_topology())
        with pytest.raises(SettingError, match="start again with --fresh"):
            store.begin(None, None, default_topology())


def test_a_store_keeps_its_seed_and_topology(tmp_path: Path) -> None:
    with SystemStore(tmp_path) as store:
        begun = store.begin(sized_topology(20), 7, default_topology())
    with SystemStore(tmp_path) as store:
        assert store.begin(None, None, default_topology()) == begun
        assert store.begin(sized_topology(20), 7, default_topology()) == begun
        with pytest.raises(SettingError, match=r"created with another --seed.*--fresh"):
            store.begin(None, 8, default_topology())
        with pytest.raises(SettingError, match="--topology or --nodes"):
            store.begin(sized_topology(30), None, default_topology())
        with pytest.raises(SettingError, match=r"another --network \(NMS_NETWORK\).*--fresh"):
            store.begin(None, None, default_topology(), "replay:/r")


def test_fresh_deletes_everything(tmp_path: Path) -> None:
    with SystemStore(tmp_path) as store:
        store.begin(None, 7, default_topology())
        store.jetstream.mkdir()
        (store.jetstream / "block").write_text("old")
    with SystemStore(tmp_path, fresh=True) as store:
        assert not store.jetstream.exists()
        assert store.begin(None, 8, default_topology()).seed == 8


def test_runtime_is_used_only_while_its_process_runs(tmp_path: Path) -> None:
    with SystemStore(tmp_path) as store:
        runtime = Runtime("http://127.0.0.1:5000", "nats://127.0.0.1:4222", os.getpid(), {"detector": 1})
        store.announce(runtime)
        assert read_runtime(tmp_path) == runtime
        store.announce(Runtime("http://127.0.0.1:5000", "nats://127.0.0.1:4222", 2**22 + 1))
        assert read_runtime(tmp_path) is None
    assert not (tmp_path / "runtime.json").exists()


def test_an_invalid_runtime_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "runtime.json").write_text("{")
    assert read_runtime(tmp_path) is None


def test_a_folder_that_the_broker_recreates_is_not_reported_as_removed(tmp_path: Path) -> None:
    with SystemStore(tmp_path / "nms") as store:
        store.begin(None, 1, default_topology())
        messages = [stream_folder(store.jetstream, name) / "msgs" for name in STREAM_NAMES]
        for folder in messages:
            folder.mkdir(parents=True)
        assert store.lost(broker_is_ours=True) is None
        for recreated in (messages[0], messages[1].parent):  # a stream that is purged, and one that is recreated
            recreated.rename(tmp_path / "old")
            recreated.mkdir()
            (messages[1]).mkdir(exist_ok=True)
            assert store.lost(broker_is_ours=True) is None
            shutil.rmtree(tmp_path / "old")
        messages[0].rmdir()
        assert store.lost(broker_is_ours=True) == messages[0]
        assert store.lost(broker_is_ours=False) is None
        store.folder.rename(tmp_path / "elsewhere")
        shutil.copytree(tmp_path / "elsewhere", store.folder)
        assert store.lost(broker_is_ours=False) == store.folder
