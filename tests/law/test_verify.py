"""`elus law verify`: the wrong rows, the count, and a sentence for what cannot be read."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from elus.ops.law import law_commands

VECTORS = Path(__file__).with_name("delay_vectors.csv")
HEADER = "case,regime,sent_at,meeting_at,urgent,expected_ok,latest_lawful_sending_date\n"
GOOD = "juste,FRANC_5,2026-11-03T18:00:00+01:00,2026-11-09T18:30:00+01:00,false,true,2026-11-03\n"


def verify(table: Path, *options: str) -> Result:
    return CliRunner().invoke(law_commands, ["verify", str(table), *options])


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "cas.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_all_right() -> None:
    found = verify(VECTORS)
    assert (found.exit_code, found.output) == (0, "53 right, 0 wrong\n")


def test_a_wrong_row_is_named_with_both_answers(table) -> None:
    found = verify(table(HEADER + GOOD + GOOD.replace("juste", "faux").replace("true", "false")))
    assert found.exit_code == 1
    assert "Ligne 3 (faux)" in found.output
    assert "attendu tardif, dernier jour 2026-11-03" in found.output
    assert found.output.endswith("1 right, 1 wrong\n")


def test_a_wrong_latest_day_is_wrong_too(table) -> None:
    found = verify(table(HEADER + GOOD.replace("true,2026-11-03", "true,2026-11-04")))
    assert found.exit_code == 1
    assert "0 right, 1 wrong" in found.output


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2026-11-03T18:00:00+01:00", "le 3 novembre", "sent_at"),
        ("2026-11-03T18:00:00+01:00", "2026-11-03T18:00:00", "sent_at"),
        ("2026-11-09T18:30:00+01:00", "0001-01-01T00:00:00+00:00", "meeting_at"),
        ("FRANC_5", "FRANC_9", "regime"),
        ("false", "peut-être", "urgent"),
        ("true,2026-11-03", "true,2026-11-33", "latest_lawful_sending_date"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_and_the_rest_is_replayed(table, old: str, new: str, column: str) -> None:
    found = verify(table(HEADER + GOOD.replace(old, new) + GOOD))
    assert found.exit_code == 1
    assert f"Ligne 2 (juste)\u00a0: la colonne {column} ne se lit pas" in found.output
    assert "1 right, 1 wrong" in found.output


def test_a_short_row_is_told(table) -> None:
    assert "la colonne sent_at" in verify(table(HEADER + "court,FRANC_5\n")).output


def test_a_missing_column_is_named(table) -> None:
    found = verify(table(HEADER.replace("urgent,", "") + GOOD))
    assert found.exit_code == 2
    assert "il manque la colonne urgent" in found.output


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_lacks_its_columns(table, content: str) -> None:
    assert "il manque" in verify(table(content)).output


def test_a_missing_file_a_folder_and_a_binary_file_get_a_sentence(table, tmp_path: Path) -> None:
    assert "n’existe pas" in verify(tmp_path / "absent.csv").output
    assert "ne peut être ouvert" in verify(tmp_path).output
    assert "UTF-8" in verify(table(b"\xff\xfe\x00\x01")).output
    nul = verify(table(HEADER.encode() + b'"' + b"x" * 200_000))
    assert nul.exit_code == 2
    assert "tableau" in nul.output


def test_a_table_saved_by_a_spreadsheet_with_semicolons_is_read(table) -> None:
    text = "\ufeff" + (HEADER + GOOD).replace(",", ";").replace("\n", "\r\n")
    assert verify(table(text)).output == "1 right, 0 wrong\n"


def test_another_time_zone_changes_the_day(table) -> None:
    late = GOOD.replace("2026-11-03T18:00:00+01:00", "2026-11-04T00:30:00+01:00")
    assert verify(table(HEADER + late)).exit_code == 1
    assert verify(table(HEADER + late), "--zone", "America/Martinique").exit_code == 0
    assert "inconnu" in verify(table(HEADER + late), "--zone", "Mars/Olympus").output
