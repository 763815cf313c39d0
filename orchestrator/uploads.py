"""How much one request may bring along. Read before anything of its body is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class Capped(FileUploadHandler):
    """Refuses a request whose body is larger than UPLOAD_MOST_BYTES; the handlers behind it take the files."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        if content_length > settings.UPLOAD_MOST_BYTES:
            raise RequestDataTooBig(f"The request is larger than {settings.UPLOAD_MOST_BYTES // 1024 // 1024} MB.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
