"""The company's own automated steps, in Python."""

from __future__ import annotations

from orchestrator.connectors import BusinessError, Input, JobRequest
from orchestrator.connectors.functions import job_worker


@job_worker("check-iban", title="Check IBAN", inputs=[Input("iban", "IBAN", required=True)])
def check_iban(request: JobRequest) -> dict[str, object]:
    """ISO 13616: an IBAN moved around and read as a number leaves the remainder 1."""
    iban = str(request.inputs.get("iban") or "").replace(" ", "").upper()
    moved = iban[4:] + iban[:4]
    if (
        not (iban.isascii() and iban.isalnum())
        or int("".join(str(int(character, 36)) for character in moved)) % 97 != 1
    ):
        raise BusinessError("ACCOUNT_INVALID", f"{iban or 'The account'} is not a valid IBAN")
    return {"accountChecked": True}
