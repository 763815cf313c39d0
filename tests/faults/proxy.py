"""Between the workers and Valkey: passes bytes on, or swallows them, so that a worker is alive and deaf."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path


class Proxy:
    def __init__(self, listen: Path, target: Path) -> None:
        self.target, self.deaf, self.swallowed = target, False, 0
        self.open: set[socket.socket] = set()
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(listen))
        self.server.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        there = socket.socket(socket.AF_UNIX)
        try:
            there.connect(str(self.target))
            self.open |= {client, there}
            while True:
                ready, _, _ = select.select([client, there], [], [])
                for one in ready:
                    data = one.recv(65_536)
                    if not data:
                        return
                    if self.deaf:
                        self.swallowed += len(data)
                    else:
                        (there if one is client else client).sendall(data)
        except (OSError, ValueError):
            return
        finally:
            self.open -= {client, there}
            client.close()
            there.close()

    def heal(self) -> None:
        """Hears again; what was open meanwhile has lost its place and is closed."""
        self.deaf = False
        for one in list(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self.server.close()
        self.heal()
