"""make run, from the first page to the last process."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stack.product import ROOT, Product, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
Start = Callable[..., Product]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product on a fresh folder, for the tests that leave it as it was. They stand first in this file."""
    product = Product(tmp_path_factory.mktemp("made") / "var")
    try:
        yield product.ready()
    finally:
        product.stop()


@pytest.fixture(scope="module")
def made(running: Product) -> Path:
    """The folder of a product that ran once and was stopped: with it, later starts are warm ones."""
    running.stop()
    return running.state


@pytest.fixture
def start(made: Path, tmp_path: Path) -> Iterator[Start]:
    products: list[Product] = []
    state = tmp_path / "var"
    shutil.copytree(made, state, ignore=shutil.ignore_patterns("run"))

    def begin(**options: object) -> Product:
        products.append(Product(state, **options))  # type: ignore[arg-type]
        return products[-1]

    yield begin
    for product in products:
        product.stop()


def test_the_running_product_answers_people_and_probes(running: Product) -> None:
    page = running.get("/login/")
    assert page.status == 200
    assert "script-src 'self'" in (page.getheader("Content-Security-Policy") or "")
    assert running.get("/healthz", host="10.0.0.7").status == 200
    assert running.get("/login/", host="evil.example.com").status == 400
    assert running.get("/readyz").status == 200
    style = running.get("/static/admin/css/base.css")
    assert (style.status, style.getheader("Content-Encoding")) == (200, None)


def test_a_second_start_is_told_in_one_sentence(running: Product) -> None:
    second = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=running.env, capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr == (
        f"Baton runs already (process {running.process.pid}): use that one, stop it with Ctrl-C, "
        "or give this one a folder of its own with STATE_DIR=...\n"
    )
    assert running.answers()


def test_a_broker_that_falls_is_set_up_again(running: Product) -> None:
    (broker,) = running.find("valkey-server")
    os.kill(broker, signal.SIGKILL)
    wait_until(lambda: running.find("valkey-server") not in ([], [broker]), 10, "a new broker")
    assert running.answers()
    assert "valkey stopped (status -9); starting it again" in running.said()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_stops_everything(start: Start, number: signal.Signals) -> None:
    product = start().ready()
    product.process.send_signal(number)
    assert product.gone(20) < 10
    assert product.process.returncode == 0, product.said()


def test_ctrl_c_on_a_terminal_stops_everything(start: Start) -> None:
    master, slave = pty.openpty()
    product = start(stdout=slave, preexec_fn=lambda: _take_terminal(slave))
    os.close(slave)
    _read_until(master, b"Ready in")
    os.write(master, b"\x03")
    product.gone(10)
    os.close(master)


def test_a_closed_terminal_stops_everything(start: Start) -> None:
    master, slave = pty.openpty()
    product = start(stdout=slave, preexec_fn=lambda: _take_terminal(slave))
    os.close(slave)
    _read_until(master, b"Ready in")
    os.close(master)
    product.gone(10)


def test_a_reader_that_goes_away_stops_everything(start: Start) -> None:
    read, write = os.pipe()
    product = start(stdout=write)
    os.close(write)
    _read_until(read, b"PostgreSQL and Valkey")
    os.close(read)
    product.gone(20)


def test_nothing_survives_the_supervisor_and_nothing_is_lost(start: Start) -> None:
    product = start().ready()
    product.manage("from django.contrib.auth.models import User; User.objects.create(username='kept')")
    product.process.kill()
    assert product.gone(20) < 8
    again = start().ready()
    assert again.manage("from django.contrib.auth.models import User; print(User.objects.get().username)") == "kept"


def test_a_signal_while_it_gets_ready_stops_everything(start: Start) -> None:
    product = start()
    wait_until(lambda: product.find("postgres"), 20, "PostgreSQL")
    product.process.terminate()
    product.gone(10)
    assert product.process.returncode == 0, product.said()


def test_without_its_database_everything_stops_and_says_so(start: Start) -> None:
    product = start().ready()
    os.kill(min(product.find("bin/postgres -D")), signal.SIGKILL)
    product.gone(20)
    assert product.process.returncode == 1
    assert "postgres stopped (status -9); stopping the rest" in product.said()


def test_a_port_in_use_is_told_in_one_sentence(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        product = start(port=port)
        product.gone(20)
    assert product.process.returncode == 2
    other = port + 1 if port < 65535 else 8000
    assert product.said() == f"Port {port} is in use or not allowed: take another one, make run PORT={other}\n"


def _take_terminal(fd: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


def _read_until(fd: int, words: bytes) -> None:
    seen = b""
    while words not in seen:
        read = os.read(fd, 4096)
        assert read, seen
        seen += read
