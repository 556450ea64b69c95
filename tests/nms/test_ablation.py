"""The ablation's list is alive: what it switches off is there, and a run without an ingredient shows its loss."""

from __future__ import annotations

import pytest

from benchmarks.ablation import CHANCE, Earnings, Runs, figures, line, loss, main, world_names
from benchmarks.ingredients import INGREDIENTS, REMEDIATOR
from benchmarks.switches import Ingredient
from nms.worlds import WorldReport
from services.remediator.core.harm import Look
from services.remediator.gate import Finding, Proof
from shared.domain.events import Action

NAMES = [ingredient.name for ingredient in INGREDIENTS]


def test_each_ingredient_has_a_name_of_its_own_and_worlds_that_are_there() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for ingredient in INGREDIENTS:
        assert ingredient.worlds[0] == "default"
        assert set(ingredient.worlds) <= set(world_names())


@pytest.mark.parametrize("ingredient", INGREDIENTS, ids=NAMES)
def test_an_ingredient_is_off_in_its_context_and_only_there(ingredient: Ingredient) -> None:
    usual = [vars(target)[name] for target, name, _ in ingredient.patches]
    with ingredient.off():
        assert [vars(target)[name] for target, name, _ in ingredient.patches] == [by for _, _, by in ingredient.patches]
    assert [vars(target)[name] for target, name, _ in ingredient.patches] == usual


def test_a_fault_that_is_missed_costs_more_than_a_false_anomaly() -> None:
    report = WorldReport(
        faults=9,
        right_node=9,
        right_kind=9,
        repaired=9,
        ended=9,
        needless=0,
        wrong_actions=0,
        false_per_hour=2.0,
        actions_per_hour=0.0,
        reboots=0,
    )
    change = {**dict.fromkeys(figures(report), 0.0), "right_node": -1.0, "false_per_hour": 2.0}
    assert loss(change) == pytest.approx(1.2)
    assert " -1 " in line("without", "default", change)


def test_the_verdict_names_the_world_in_which_an_ingredient_pays_most() -> None:
    ingredient = INGREDIENTS[0]
    nothing = dict.fromkeys(("right_node", "right_kind", "repaired", "needless", "wrong_actions"), 0.0)
    nothing |= {"false_per_hour": 0.0, "actions_per_hour": 0.0}
    lost = nothing | {"right_node": -CHANCE}
    assert Earnings(ingredient, {"default": nothing, "gray": lost}).verdict == "pays (gray)"
    assert Earnings(ingredient, {"default": nothing}).verdict == "does not pay"


def test_a_run_shows_what_is_lost_while_something_is_off() -> None:
    def unknown(self: Look, action: Action) -> Finding:
        return Finding(Proof.UNKNOWN, "not examined")

    blind = Ingredient(REMEDIATOR, "harm is seen", ("default",), [(Look, "at", unknown)])
    assert Runs(faults=1, seed=1, quiet_hours=0.0).change(blind, "default")["repaired"] == -1


def test_the_command_prints_a_line_and_a_verdict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.rows.commit", lambda folder: None)
    assert main(["--faults", "1", "--quiet-hours", "0", "--world", "default", "--ingredient", "several causes"]) == 0
    printed = capsys.readouterr().out
    assert "rca: several causes" in printed
    assert "does not pay" in printed
