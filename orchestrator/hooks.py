"""`POST /hooks/PATH/`: where other systems call. No session and no cookie counts here, only the signature."""

from __future__ import annotations

import logging

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orchestrator.runtime import webhooks

logger = logging.getLogger(__name__)


@csrf_exempt  # the signature is what proves the sender; a browser cannot make one
@require_POST
def webhook(request: HttpRequest, path: str) -> JsonResponse:
    try:
        if int(request.headers.get("Content-Length") or 0) > webhooks.MAX_BODY:
            raise webhooks.Refused(413, f"The body is larger than {webhooks.MAX_BODY // 1024} kB.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        webhooks.receive(path, webhooks.Call(headers, request.GET.dict(), request.body))
    except webhooks.Refused as refused:
        logger.info("A call of the webhook %s was refused with %s: %s", path[:100], refused.status, refused)
        return JsonResponse({"error": str(refused)}, status=refused.status)
    return JsonResponse({"status": "accepted"}, status=202)
