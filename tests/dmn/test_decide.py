"""`manage.py decide`: a decision on the command line, without a database."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.dmn import draw

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    table = draw.table(
        ["Kind", "Since"], ["rate"], ['"gold"', '< @"2020-01-01"', "10"], ["-", "-", "0"], policy="FIRST"
    )
    described = table.replace('<rule id="rule1">', '<rule id="rule1"><description>Old friends</description>')
    path = tmp_path / "discount.dmn"
    path.write_bytes(
        draw.file(
            draw.data("Kind", "string"),
            draw.data("Since", "date"),
            draw.data("Amount", "number"),
            draw.decision("Discount", described, "in_Kind", "in_Since"),
            draw.decision("Price", draw.literal("Amount * (100 - Discount) / 100"), "in_Amount", "Discount"),
            draw.knowledge("Half", {"n": "number"}, draw.literal("n / 2")),
        )
    )
    return path


def decide(file: Path, decision: str, *inputs: str, **options: object) -> str:
    out = StringIO()
    call_command("decide", str(file), decision, input=list(inputs), stdout=out, **options)
    return out.getvalue()


def test_the_result_comes_with_the_rules_that_made_it(file: Path) -> None:
    assert decide(file, "Price", "Amount=200", "Kind=gold", "Since=2019-05-01") == (
        "Price = 180\n"
        "\n"
        "Discount (decision table, hit policy FIRST)\n"
        '  Kind   "gold"\n'
        '  Since  @"2019-05-01"\n'
        "  Rule 1 (rule1) matched: rate: 10\n"
        "    Old friends\n"
        "  => 10\n"
        "\n"
        "Price\n"
        "  Amount    200\n"
        "  Discount  10\n"
        "  => 180\n"
    )


def test_a_function_is_asked_like_a_decision(file: Path) -> None:
    assert decide(file, "Half", "n=5").startswith("Half = 2.5\n")


def test_what_is_missing_is_a_warning(file: Path) -> None:
    shown = decide(file, "Discount", "Kind=silver")
    assert shown.startswith("Discount = 0\n")
    assert "Warnings\n  in_Since: The input Since is null: it was not given\n" in shown


def test_decisions_of_several_files(tmp_path: Path) -> None:
    library, main = tmp_path / "library.dmn", tmp_path / "main.dmn"
    library.write_bytes(draw.file(draw.decision("One", draw.literal("1"), id="one"), namespace="https://lib.example"))
    imported = (
        '<import name="lib" namespace="https://lib.example" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    )
    main.write_bytes(draw.file(imported, draw.decision("Two", draw.literal("lib.One + 1"), "https://lib.example#one")))
    assert decide(main, "Two", imports=[library]).startswith("Two = 2\n")
    with pytest.raises(CommandError, match="not among the files here"):
        decide(main, "Two")


@pytest.mark.parametrize(
    ("decision", "inputs", "sentence"),
    [
        ("Prise", [], "The model has no decision Prise; did you mean Price?"),
        ("Price", ["Amount"], "--input Amount: write NAME=VALUE"),
        ("Price", ["Amout=1"], "--input Amout=1: the decision does not ask for Amout; did you mean Amount?"),
        ("Half", ["m=1"], "--input m=1: the decision does not ask for m; it asks for n"),
        ("Price", ["Amount=[1"], "--input Amount=[1: [1 is no value: Line 1, column 3"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(file: Path, decision: str, inputs: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        decide(file, decision, *inputs)
    assert sentence in str(refused.value)


def test_rules_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    table = draw.table(["x"], ["y"], ["> 1", "1"], ["> 2", "2"], policy="ANY")
    file = tmp_path / "any.dmn"
    file.write_bytes(draw.file(draw.data("x", "number"), draw.decision("Picky", table, "in_x")))
    with pytest.raises(CommandError, match="rule1"):
        decide(file, "Picky", "x=5")


def test_a_file_that_cannot_be_used_is_told_with_every_problem(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.dmn cannot be read: No such file"):
        decide(tmp_path / "nothing.dmn", "D")
    spoiled = tmp_path / "spoiled.dmn"
    spoiled.write_bytes(draw.file(draw.decision("D", draw.table(["a"], ["b"], ["> 1 >", "1"], ["-", "2 2"]))))
    with pytest.raises(CommandError) as refused:
        decide(spoiled, "D")
    assert [line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:]] == ["r1c1", "r2c2"]


def test_the_exit_status_is_one_and_no_database_is_needed(file: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    command = [sys.executable, "manage.py", "decide", str(file)]
    done = subprocess.run(
        [*command, "Discount", "-i", "Kind=gold", "Since=2019-05-01"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    failed = subprocess.run([*command, "Nothing"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("CommandError: The model has no decision Nothing")
    assert len(failed.stderr.splitlines()) == 1


def test_the_command_on_the_page_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/dmn.md").read_text()
    shown = page.split("    $ python manage.py ")[1].split("\n\nA value is")[0]
    command, _, output = shown.partition("\n")
    name, file, *words = command.split()
    call_command(name, str(ROOT / file), *words)
    assert capsys.readouterr().out == "\n".join(line[4:] for line in output.splitlines()) + "\n"
