"""Every `python -m` program has a --help, and refuses unknown arguments before it does anything."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("benchmarks", "network", "nms", "services", "shared")
INNER = frozenset({"nms.child"})
"""Started by the supervisor alone, as a file, with what it is to become."""
OF_THE_LABORATORY = "network.lab."
"""Programs that a laboratory starts, in its nodes and beside them; a person uses `nms lab`."""


def programs() -> list[str]:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    found = [file for file in files if file.name == "__main__.py" or '__name__ == "__main__"' in file.read_text()]
    names = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__") for file in found}
    return sorted(name for name in names - INNER if not name.startswith(OF_THE_LABORATORY))


@pytest.mark.filterwarnings("ignore:.*found in sys.modules")
@pytest.mark.parametrize("module", programs())
@pytest.mark.parametrize(("argument", "code", "output"), [("--help", 0, "usage"), ("--nonsense", 2, " ")])
def test_a_program_knows_its_arguments_before_it_does_anything(
    module: str,
    argument: str,
    code: int,
    output: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [module, argument])
    monkeypatch.setenv("NMS_SETUP_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=False)
    assert ended.value.code == code
    out, err = capsys.readouterr()
    assert output in (out + err).lower()
    assert list(tmp_path.iterdir()) == []
