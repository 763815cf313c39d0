"""`manage.py convert_camunda7` writes the files and says what is left to do."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

INVOICE = Path(__file__).with_name("invoice.bpmn")


def test_it_writes_the_process_and_its_forms(tmp_path: Path) -> None:
    said = StringIO()
    call_command("convert_camunda7", INVOICE, to=tmp_path / "new", stdout=said)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["approve-form.form", "invoice.bpmn"]
    assert "TO DO   archive: org.acme.ArchiveService is Java" in said.getvalue()


def test_it_never_overwrites_what_it_reads(tmp_path: Path) -> None:
    file = tmp_path / "invoice.bpmn"
    file.write_bytes(INVOICE.read_bytes())
    with pytest.raises(CommandError, match="would be overwritten"):
        call_command("convert_camunda7", file, to=tmp_path, stdout=StringIO())
    assert file.read_bytes() == INVOICE.read_bytes()


def test_a_file_that_is_no_xml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.bpmn"
    file.write_bytes(b"nonsense")
    with pytest.raises(CommandError, match=r"x\.bpmn"):
        call_command("convert_camunda7", file, to=tmp_path / "new", stdout=StringIO())
