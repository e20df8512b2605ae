"""Every act of the journal is in the closed list, has a sentence, and is in a family one can look for."""

import ast
from collections.abc import Iterator
from typing import TypeGuard

import pytest
from flask import Flask

from elus.admin.journal.asked import FAMILIES
from elus.admin.journal.lines import Detail, Line, Mark
from elus.kernel import journal
from elus.kernel.journal import ACTIONS, ALARMS
from tests.conftest import AT
from tests.house.test_rules import CODE


def _written() -> Iterator[tuple[str, ast.expr]]:
    """The first argument of every `journal.write(…)`, and of the functions that pass theirs on to it."""
    trees = {str(path): ast.parse(path.read_text()) for path in CODE}
    passing = {
        (name, function.name, [argument.arg for argument in function.args.args].index(call.args[0].id))
        for name, tree in trees.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if _is_write(call) and isinstance(call.args[0], ast.Name)
    }
    for name, tree in trees.items():
        for call in ast.walk(tree):
            if _is_write(call) and not isinstance(call.args[0], ast.Name):
                yield name, call.args[0]
            for where, function, place in passing:
                private = function.startswith("_")
                if _called(call) == function and (name == where or not private):
                    yield name, call.args[place]


def _called(node: ast.AST) -> str | None:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _is_write(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "write"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "journal"
    )


def test_every_act_written_is_one_of_the_list() -> None:
    written = set()
    for where, act in _written():
        values = [act.body, act.orelse] if isinstance(act, ast.IfExp) else [act]
        for value in values:
            assert isinstance(value, ast.Constant), f"{where}: name the act plainly"
            written.add(value.value)
    assert written <= ACTIONS, f"add to elus/kernel/journal.py: {written - ACTIONS}"


def test_an_act_that_is_not_of_the_list_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="rewritten"):
        journal.write("rewritten", "mail", at=AT)  # type: ignore[arg-type]


def test_every_act_has_its_family() -> None:
    assert set().union(*FAMILIES.values()) == ACTIONS
    assert set(FAMILIES["alarmes"]) >= ALARMS


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_act_has_its_sentence_even_when_nothing_is_known_of_it(app: Flask, action: str) -> None:
    sentence = app.jinja_env.get_template("parts/journal.html").module.sentence  # type: ignore[attr-defined]
    bare = Line(Mark(AT, None), action, True, None, None, None, None, None, "")  # type: ignore[arg-type]
    told = str(sentence(bare))
    by_itself = told.startswith(("Le portail a ", "Le portail n’a "))
    assert by_itself or told.startswith("Une personne dont le compte n’existe plus a "), told
    assert told.endswith("."), told
    assert "None" not in told
    assert "<" not in told
    by_name = Line(Mark(AT, None), action, True, "Mme D.", "M. B.", None, None, None, "", Detail())  # type: ignore[arg-type]
    assert str(sentence(by_name)).startswith("Le portail " if by_itself else "Mme D. a ")
    portal = Line(Mark(AT, None), action, False, None, None, None, None, None, "")  # type: ignore[arg-type]
    assert str(sentence(portal)).startswith("Le portail ")
    mine = Line(Mark(AT, None), action, True, "Mme D.", "Mme D.", None, None, None, "", mine=True, about_me=True)  # type: ignore[arg-type]
    assert by_itself or str(sentence(mine)).startswith("Vous avez ")
    assert by_itself or not {"son", "ses"} & set(str(sentence(mine)).split())
