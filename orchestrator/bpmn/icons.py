"""The marks inside shapes (BPMN 2.0, 7.2 to 7.3), as SVG paths in a square of 16; `!` before one: it is filled."""

from __future__ import annotations

from collections.abc import Mapping

_ENVELOPE = "M1 3.5H15V12.5H1Z M1 3.5L8 8.5L15 3.5"
_LIGHTNING = "M2 13L5.5 3L10.5 9L14 2L10.8 13L5.8 7Z"
_UP = "M8 2L13 13.5L8 9L3 13.5Z"
_TRIANGLE = "M8 2.5L14.5 13H1.5Z"
_BACK = "M8 3.5V12.5L1.5 8Z M15 3.5V12.5L8.5 8Z"
_ARROW = "M1.5 6H9.5V3L14.5 8L9.5 13V10H1.5Z"
_CROSS = "M3 4.5L4.5 3L8 6.5L11.5 3L13 4.5L9.5 8L13 11.5L11.5 13L8 9.5L4.5 13L3 11.5L6.5 8Z"

ICONS: Mapping[str, str] = {
    # tasks
    "userTask": "M8 8.2A3 3 0 1 0 8 2.2A3 3 0 1 0 8 8.2Z M2.5 15V13A4 4 0 0 1 6.5 9H9.5A4 4 0 0 1 13.5 13V15Z",
    "serviceTask": (
        "M8 5.4A2.6 2.6 0 1 0 8 10.6A2.6 2.6 0 1 0 8 5.4Z M6.9 1H9.1V3L10.8 3.7L12.2 2.3L13.7 3.8L12.3 5.2L13 6.9"
        "H15V9.1H13L12.3 10.8L13.7 12.2L12.2 13.7L10.8 12.3L9.1 13V15H6.9V13L5.2 12.3L3.8 13.7L2.3 12.2"
        "L3.7 10.8L3 9.1H1V6.9H3L3.7 5.2"
        "L2.3 3.8L3.8 2.3L5.2 3.7L6.9 3Z"
    ),
    "scriptTask": "M5 1.5H14C10 5 15 9 11 14.5H2C6 10 1 6 5 1.5Z M5 5H10 M5.5 8H10.5 M5.5 11H11",
    "businessRuleTask": "M1.5 3H14.5V13.5H1.5Z M1.5 6.5H14.5 M1.5 10H14.5 M5.5 6.5V13.5",
    "sendTask": "!M1 3H15L8 8Z M1 4.6V13H15V4.6L8 9.6Z",
    "receiveTask": _ENVELOPE,
    "manualTask": (
        "M2 8C4 5 6 3.5 8 3.5H9L7.5 5.5H14V7H9.5 M9.5 7H14.5V9H9.5 M9.5 9H14V11H9.5 M9.5 11H13V12.8H5"
        "C3.5 12.8 2 12 2 10.5Z"
    ),
    # markers of activities
    "collapsed": "M2 2H14V14H2Z M8 4.5V11.5 M4.5 8H11.5",
    "parallel": "M4 2V14 M8 2V14 M12 2V14",
    "sequential": "M2 4H14 M2 8H14 M2 12H14",
    "loop": "M5 13.5A6 6 0 1 1 9 14 M5 13.5V10 M5 13.5H1.5",
    "compensation": _BACK,
    "ad-hoc": "M2 9.5C4 5 6.5 6.5 8 8C9.5 9.5 12 11 14 6.5",
    # events
    "message": _ENVELOPE,
    "message-throw": "!M1 3H15L8 8Z M1 4.6V13H15V4.6L8 9.6Z",
    "timer": "M8 1.5A6.5 6.5 0 1 0 8 14.5A6.5 6.5 0 1 0 8 1.5Z M8 4V8L11 9.5",
    "signal": _TRIANGLE,
    "signal-throw": f"!{_TRIANGLE}",
    "error": _LIGHTNING,
    "error-throw": f"!{_LIGHTNING}",
    "escalation": _UP,
    "escalation-throw": f"!{_UP}",
    "conditional": "M3 1.5H13V14.5H3Z M5 4.5H11 M5 7H11 M5 9.5H11 M5 12H11",
    "link": _ARROW,
    "link-throw": f"!{_ARROW}",
    "compensate": _BACK,
    "compensate-throw": f"!{_BACK}",
    "cancel": _CROSS,
    "cancel-throw": f"!{_CROSS}",
    "terminate": "!M8 2A6 6 0 1 0 8 14A6 6 0 1 0 8 2Z",
    # gateways
    "exclusiveGateway": _CROSS.replace("M", "!M", 1),
    "parallelGateway": "!M6.8 1H9.2V6.8H15V9.2H9.2V15H6.8V9.2H1V6.8H6.8Z",
    "inclusiveGateway": "M8 2A6 6 0 1 0 8 14A6 6 0 1 0 8 2Z",
    "eventBasedGateway": "M8 0.5A7.5 7.5 0 1 0 8 15.5A7.5 7.5 0 1 0 8 0.5Z M8 3.5L12.5 6.8L10.8 12H5.2L3.5 6.8Z",
    "complexGateway": (
        "!M7 1H9V5.6L12.2 2.4L13.6 3.8L10.4 7H15V9H10.4L13.6 12.2L12.2 13.6L9 10.4V15H7V10.4L3.8 13.6"
        "L2.4 12.2L5.6 9H1V7H5.6L2.4 3.8L3.8 2.4L7 5.6Z"
    ),
}
