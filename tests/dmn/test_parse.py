"""Reading files: versions of the standard, and what is refused before anything is stored."""

from __future__ import annotations

import pytest

from orchestrator import dmn
from orchestrator.dmn.source import NAMESPACES
from tests.dmn.draw import data, decision, file, item, literal, read, said, table, value


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_of_the_standard_is_read(namespace: str) -> None:
    model = read(data("A"), decision("Result", table(["A"], [""], ("> 1", "2")), "in_A"), version=namespace)
    assert dmn.problems(model) == []
    assert value(model, "Result", A=5) == 2


def test_types_of_dmn_1_1_carry_a_prefix() -> None:
    attributes = 'xmlns:feel="http://www.omg.org/spec/FEEL/20140401" xmlns:my="https://baton.example/test"'
    grade = item("tGrade", "feel:string", allowed='"A"')
    parts = [grade, data("A", "my:tGrade"), decision("Result", literal("A"), "in_A", type="feel:string")]
    model = read(*parts, version=NAMESPACES[0], attributes=attributes)
    assert dmn.problems(model) == []
    assert value(model, "Result", A="A") == "A"
    assert value(model, "Result", A="B") is None


def test_what_the_file_is_called_is_known() -> None:
    model = read(data("A"), decision("The Result", literal("A"), "in_A", id="result"))
    assert (model.id, model.name, model.namespace) == ("definitions", "test", "https://baton.example/test")
    assert list(model.decisions) == ["result"]
    assert model.decision("The Result").id == "result"
    assert list(model.inputs) == ["in_A"]


def test_white_space_in_names_does_not_matter() -> None:
    model = read(data("Total   amount", id="in_T"), decision("Result", literal("Total amount + 1"), "in_T"))
    assert value(model, "Result", **{"Total amount": 1}) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"<definitions/>", "The file is not a DMN model: its root is definitions"),
        (b"<a><b></a>", "not well-formed"),
        (b"PK\x03\x04", "archive"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY e "e">]>\n<x>&e;</x>', "DOCTYPE is not allowed, line 2"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<x/>', "DOCTYPE is not allowed, line 1"),
        (b"<a>" * 101 + b"</a>" * 101, "deeper than 100"),
        (b"<a>" + b"<b/>" * 20_001 + b"</a>", "more than 20,000 elements"),
        (b"<a>" + b" " * (5 * 1024 * 1024) + b"</a>", "at most 5 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(content: bytes, message: str) -> None:
    with pytest.raises(dmn.DmnError) as refused:
        dmn.parse(content)
    assert message in str(refused.value)
    assert [problem.element for problem in refused.value.problems] == [""]


def test_a_faulty_expression_is_a_problem_of_its_cell_and_leaves_the_rest_usable() -> None:
    cells = table(["A"], [""], ("> 1", "2"), ("> 1 >", "1"))
    model = read(data("A"), decision("Result", cells, "in_A"), decision("Other", literal("1")))
    ((element, message),) = said(dmn.problems(model))
    assert element == "r2c1"
    assert message.startswith("`> 1 >` is no FEEL. Line 1, column 5: ")
    assert value(model, "Other") == 1


def test_elements_of_other_namespaces_are_extensions() -> None:
    foreign = '<x:decision xmlns:x="https://other.example" id="x" name="x"/>'
    assert list(read(foreign, decision("Result", literal("1"))).decisions) == ["Result"]


def test_a_file_without_ids_is_known_by_names() -> None:
    plain = f'<decision name="Result"><variable name="Result"/>{literal("1")}</decision>'
    assert value(dmn.parse(file(plain)), "Result") == 1


def test_files_that_share_a_namespace_are_all_read() -> None:
    """Camunda's modeler gives all files the same."""
    files = [file(decision(name, literal("1"))) for name in ("A", "B")]
    assert [list(model.decisions) for model in dmn.parse_all(files)] == [["A"], ["B"]]


def test_files_that_import_each_other_in_a_circle_are_refused() -> None:
    files = [
        file(f'<import name="other" namespace="{other}"/>', decision("Result", literal("1")), namespace=own)
        for own, other in (("urn:a", "urn:b"), ("urn:b", "urn:a"))
    ]
    found = [message for model in dmn.parse_all(files) for _, message in said(dmn.problems(model))]
    assert found == ["The file imports urn:b, which is not among the files here"]
