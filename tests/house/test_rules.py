"""The rules of the house, kept by machine: each failure says what to do."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from elus.config import Settings
from elus.register.events import FACTS

ROOT = Path(__file__).parents[2]
CODE = sorted(path for path in (ROOT / "elus").rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted((ROOT / "elus" / "templates").rglob("*.html"))
ONLY_COMMIT = {"elus/kernel/db.py"}
ONLY_NOW = {"elus/kernel/clock.py"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_imports_go_downwards() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_a_file_stays_under_300_lines() -> None:
    long = {_name(path): lines for path in CODE if (lines := len(path.read_text().splitlines())) > 300}
    assert not long, f"split into a package of the same name: {long}"


def test_a_function_stays_under_40_lines() -> None:
    long = [
        f"{_name(path)}:{node.lineno} {node.name} ({length})"
        for path in CODE
        for node in _functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > 40
    ]
    assert not long, f"one thing at a time: {long}"


def test_only_transaction_commits() -> None:
    guilty = [
        _name(path) for path in CODE if _name(path) not in ONLY_COMMIT and re.search(r"\bcommit\(\)", path.read_text())
    ]
    assert not guilty, f"open a transaction() at the edge instead: {guilty}"


def test_time_is_read_at_the_edges_only() -> None:
    guilty = [
        _name(path)
        for path in CODE
        if _name(path) not in ONLY_NOW and re.search(r"datetime\.now\(|utcnow\(|date\.today\(", path.read_text())
    ]
    assert not guilty, f"take `at` as an argument: {guilty}"
    inside = [
        _name(path)
        for path in CODE
        if path.name in {"actions.py", "queries.py", "models.py", "access.py", "mails.py"} or "actions" in path.parts
        if re.search(r"\bnow\(\)", path.read_text())
    ]
    assert not inside, f"actions and queries receive `at`: {inside}"


def test_templates_escape_everything() -> None:
    guilty = [_name(path) for path in TEMPLATES if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text())]
    assert not guilty, guilty


def test_templates_hold_no_inline_script_or_style() -> None:
    mails = ROOT / "elus" / "templates" / "mails"
    guilty = [
        _name(path)
        for path in TEMPLATES
        if not path.is_relative_to(mails)
        if re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", path.read_text())
    ]
    assert not guilty, f"the content security policy refuses it: {guilty}"


def test_every_template_named_by_a_view_exists() -> None:
    named = {found for path in CODE for found in re.findall(r"render_template\(\s*\"([^\"{]+)\"", path.read_text())}
    missing = sorted(name for name in named if not (ROOT / "elus" / "templates" / name).exists())
    assert not missing, missing


def test_every_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [
        field.name
        for field in fields(Settings)
        if field.name != "demonstration" and f"ELUS_{field.name.upper()}" not in readme
    ]
    assert not missing, f"tell what they do in the README: {missing}"


def test_every_event_of_the_register_has_its_sentence() -> None:
    sentences = (ROOT / "elus" / "templates" / "convocations" / "_sentences.html").read_text()
    missing = [event for event in FACTS if f'"{event}"' not in sentences]
    assert not missing, missing


def test_javascript_modules_stay_small() -> None:
    modules = (ROOT / "elus" / "static" / "js").rglob("*.js")
    long = {_name(path): lines for path in modules if (lines := len(path.read_text().splitlines())) > 150}
    assert not long, long


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "HACK"])
def test_nothing_is_left_for_later(word: str) -> None:
    guilty = [_name(path) for path in [*CODE, *TEMPLATES] if re.search(rf"\b{word}\b", path.read_text())]
    assert not guilty, guilty


def test_no_file_names_a_registry() -> None:
    names = ["requirements.lock", "requirements-dev.lock", "pyproject.toml", "Makefile", ".ci/run", "README.md"]
    guilty = [
        name for name in names if re.search(r"https?://\S*(pypi|npmjs|registry|mirror)", (ROOT / name).read_text())
    ]
    assert not guilty, guilty


def test_no_merge_left_its_marks() -> None:
    guilty = [
        _name(path)
        for path in [
            *CODE,
            *(ROOT / "elus" / "templates").rglob("*.*"),
            *(ROOT / "docs").glob("*.md"),
            ROOT / "README.md",
        ]
        if re.search(r"^(<{7}|>{7}) ", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not guilty, guilty
