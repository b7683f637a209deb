"""One call of a chat-completions endpoint: sent through `outbound`, tried again, read strictly."""

import json
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from seawall.evals.cancel import Cancel
from seawall.evals.endpoint import Endpoint
from seawall.outbound.client import Answer, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_AGAIN = frozenset({408, 409, 425, 429})
_LONGEST_PAUSE = 60.0
_POLICY_CODES = ("content_filter", "content_policy_violation", "policy_violation")
_CONTEXT_CODES = ("context_length_exceeded", "string_above_max_length", "model_context_window")


class EndpointFailed(Exception):
    """The endpoint could not be asked; the message says why, without key or conversation."""


class OutOfTime(Exception):
    """The attempt's time ended while the endpoint was asked."""


class RequestDeclined(Exception):
    """The endpoint's own filter declined the conversation, so the model never saw it."""


class ContextFull(Exception):
    """The conversation no longer fits into the model's context window."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Calls one endpoint; shared by all attempts of a batch."""

    endpoint: Endpoint
    cancel: Cancel
    _client: Outbound = field(repr=False)

    @classmethod
    def to(cls, endpoint: Endpoint, cancel: Cancel) -> "Wire":
        """Raises EndpointFailed for an address that may not be called."""
        try:
            client = endpoint.outbound()
            client.check(endpoint.base_url)
        except OutboundRefused as error:
            raise EndpointFailed(str(error)) from None
        return cls(endpoint, cancel, client)

    def complete(self, request: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
        """The completion that answers `request`, within `seconds`, retries included.

        Raises EndpointFailed, OutOfTime, RequestDeclined, ContextFull, Cancelled.
        """
        deadline = time.monotonic() + seconds
        body = json.dumps(
            {**request, "model": self.endpoint.model, "stream": False, **self.endpoint.settings}
        ).encode()
        pause = self.endpoint.pause
        for attempt in range(self.endpoint.retries + 1):
            wish = 0.0
            try:
                answer = self._post(body, deadline)
            except OutboundFailed as error:
                why = str(error)
            else:
                if answer.ok:
                    return _read(answer.body)
                why = _refusal(answer)
                wish = _retry_after(answer)
            if attempt < self.endpoint.retries:
                rest = min(max(pause, wish), _LONGEST_PAUSE)
                if time.monotonic() + rest >= deadline:
                    raise OutOfTime
                self.cancel.sleep(rest)
                pause *= 2
        raise EndpointFailed(f"{why} ({self.endpoint.retries + 1} tries)")

    def _post(self, body: bytes, deadline: float) -> Answer:
        """One try, on a thread of its own: the answer to an attempt that has ended is let go."""
        future: Future[Answer] = Future()
        headers = {"content-type": "application/json"}
        if self.endpoint.key:
            headers["authorization"] = f"Bearer {self.endpoint.key}"
        url = self.endpoint.base_url.rstrip("/") + "/chat/completions"

        def call() -> None:
            try:
                future.set_result(self._client.request("POST", url, headers=headers, body=body))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=call, name="seawall-endpoint", daemon=True).start()
        try:
            return self.cancel.await_result(future, deadline - time.monotonic())
        except TimeoutError:
            raise OutOfTime from None
        except OutboundRefused as error:
            raise EndpointFailed(str(error)) from None


def _refusal(answer: Answer) -> str:
    """Why a status is worth another try, in words; raises what is not."""
    code, message = _error(answer.body)
    if answer.status in _AGAIN or answer.status >= 500:
        return f"status {answer.status}"
    if code in _POLICY_CODES or "content management policy" in message:
        raise RequestDeclined
    if code in _CONTEXT_CODES or "maximum context length" in message:
        raise ContextFull
    raise EndpointFailed(f"status {answer.status}{f' ({code[:60]})' if code else ''}")


def _error(body: bytes) -> tuple[str, str]:
    """Code and message of an error document, "" where there is none."""
    try:
        error = json.loads(body)["error"]
        return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""


def _retry_after(answer: Answer) -> float:
    """Seconds that the endpoint asks for, 0 when it names none."""
    try:
        return max(0.0, float(answer.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0


def _read(body: bytes) -> dict[str, Any]:
    """A completion with at least one choice that has a message; else EndpointFailed."""
    try:
        found = json.loads(body)
        if _SURROGATE.search(body):  # halves of characters, which no other program takes
            found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
        message = found["choices"][0]["message"]
        if isinstance(found, dict) and isinstance(message, dict):
            return found
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        pass
    raise EndpointFailed("the answer is no chat completion")
