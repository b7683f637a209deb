"""Fires when a tag named after the run's token comes back as live markup.

For sanitisers and escapers: the proof passes `<{token}>` in some disguise; what comes back must not
hold `<t…` or `</t…`, in any case, with or without a namespace.
"""

import json
import re
import sys


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def main():
    question = json.load(sys.stdin)
    live = re.compile(r"</?(?:[\w.-]+:)?" + re.escape(question["token"]), re.IGNORECASE)
    answer = {"fired": False, "step": -1, "detail": "no live tag came back"}
    for value in question["values"]:
        if any(live.search(text) for text in texts(value["value"])):
            step = value["step"]
            answer = {
                "fired": True,
                "step": step,
                "detail": f"step {step + 1} gave back a live tag",
            }
            break
    json.dump(answer, sys.stdout)


main()
