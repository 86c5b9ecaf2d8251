"""One request to an endpoint: a deadline, a bound on the reply, no redirects, and the key in no message."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import urllib.request
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock, Timer
from time import time
from urllib.parse import urlsplit

from clusterforge.errors import InputError
from clusterforge_llm.budget import Amount
from clusterforge_llm.plugin import LlmParams
from clusterforge_llm.prompt import one_line
from clusterforge_llm.reply import Reply

LARGEST = 1 << 20  # bytes of a reply
BLOCK = 1 << 16
SHOWN = 160
LOOPBACK = ("localhost", "127.0.0.1", "::1")
BUSY = frozenset({408, 409, 425, 429})
FOR_ALL = frozenset({401, 402, 403, 404, 405, 407, 410, 501})
REDIRECTS = range(300, 400)
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Failed(Exception):
    """A request without a reply; the message says why, in one line without the key.

    Parameters
    ----------
    reason
        Why.
    sent
        Whether the request may have reached the endpoint.
    """

    def __init__(self, reason: str, *, sent: bool = True) -> None:
        super().__init__(reason)
        self.sent = sent


class Transient(Failed):
    """Another try may succeed.

    Parameters
    ----------
    reason, sent
        As in ``Failed``.
    wait
        Seconds that the endpoint asks to wait; None where it does not.
    took
        What the try took; None where that is not known: the endpoint may have worked on it.
    """

    def __init__(
        self,
        reason: str,
        *,
        sent: bool = True,
        wait: float | None = None,
        took: Amount | None = None,
    ) -> None:
        super().__init__(reason, sent=sent)
        self.wait, self.took = wait, took


class Hopeless(Failed):
    """No request to this endpoint can succeed: its address, the key or the model is wrong."""


class _Deadline(Timer):
    """Ends a connection after a time, however slowly bytes come.

    Parameters
    ----------
    connection, seconds
        What to end, and when.
    """

    def __init__(self, connection: HTTPConnection, seconds: float) -> None:
        super().__init__(seconds, self._pass)
        self.connection, self.passed, self.sent, self.daemon = connection, False, False, True
        self.start()

    def _pass(self) -> None:
        self.passed = True
        _end(self.connection)


class Endpoint:
    """Sends requests to the chat completions of one server.

    Parameters
    ----------
    params
        Where it is, and how long to wait.

    Raises
    ------
    InputError
        Where the environment variable with the key is not set, or its value is no key.
    """

    def __init__(self, params: LlmParams) -> None:
        parts = urlsplit(params.base_url)
        assert parts.hostname is not None
        self.timeout = params.timeout
        self.secure, self.host, self.port = parts.scheme == "https", parts.hostname, parts.port
        self.path = f"{parts.path.rstrip('/')}/chat/completions"
        self.shown = parts.netloc
        self._key = _key(params.key_variable)
        self._open: set[HTTPConnection] = set()
        self._lock = Lock()

    def complete(self, request: bytes) -> Reply:
        """Return the reply to a request.

        Raises
        ------
        Failed
            Where there is none.
        """
        connection, target = self._connection()
        with self._lock:
            self._open.add(connection)
        deadline = _Deadline(connection, self.timeout)
        try:
            connection.connect()
            deadline.sent = True
            return self._ask(connection, target, request)
        except (OSError, HTTPException, Failed) as error:
            took = None if deadline.sent else Amount()
            if deadline.passed or isinstance(error, TimeoutError):
                reason = f"{self.shown} did not reply within {self.timeout:g} s"
            elif isinstance(error, Failed):
                raise
            else:
                reason = f"{self.shown}: {self._clean(_reason(error))}"
            raise Transient(reason, sent=deadline.sent, took=took) from None
        finally:
            deadline.cancel()
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def end(self) -> None:
        """End every request that is under way."""
        with self._lock:
            for connection in self._open:
                _end(connection)

    def _connection(self) -> tuple[HTTPConnection, str]:
        """Return a connection, through the environment's proxy where one is set, and the target."""
        proxies = {} if self.host in LOOPBACK else urllib.request.getproxies()
        proxy = proxies.get("https" if self.secure else "http")
        if proxy is None or urllib.request.proxy_bypass(self.host):
            kind = HTTPSConnection if self.secure else HTTPConnection
            return kind(self.host, self.port, timeout=self.timeout), self.path
        via = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if not self.secure:
            url = f"http://{self.shown}{self.path}"
            return HTTPConnection(via.hostname or "", via.port, timeout=self.timeout), url
        tunnel = HTTPSConnection(via.hostname or "", via.port, timeout=self.timeout)
        tunnel.set_tunnel(self.host, self.port)
        return tunnel, self.path

    def _ask(self, connection: HTTPConnection, target: str, request: bytes) -> Reply:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        connection.request("POST", target, request, headers)
        response = connection.getresponse()
        body = self._read(response)
        if response.status != HTTPStatus.OK:
            raise self._refused(response, body)
        try:
            reply = Reply.read(body)
        except ValueError as error:
            raise Transient(f"{self.shown} replied what is {error}") from None
        if self._holds_key(body) or self._holds_key(reply.content):
            raise Hopeless(f"{self.shown}: its reply repeats the key")
        return reply

    def _read(self, response: HTTPResponse) -> str:
        blocks = bytearray()
        while block := response.read1(BLOCK):
            blocks += block
            if len(blocks) > LARGEST:
                raise Transient(f"{self.shown}: its reply has more than {LARGEST >> 20} MB")
        if response.length:
            raise Transient(f"{self.shown} closed the connection in the middle of its reply")
        return blocks.decode("utf-8", errors="replace")

    def _refused(self, response: HTTPResponse, body: str) -> Failed:
        """Return what to raise for a status that is no success."""
        status = response.status
        said = self._clean(_message(body)) if status not in (401, 403) else ""
        reason = f"{self.shown} replied {status} {one_line(response.reason, 40)}".rstrip()
        reason = f"{reason}: {said}" if said else reason
        if status in BUSY or (status >= 500 and status not in FOR_ALL):
            wait = _wait(response.getheader("Retry-After"))
            return Transient(reason, wait=wait, took=Amount(1))
        if status in REDIRECTS:
            return Hopeless(f"{reason}, a redirect, which is not followed; name the final address")
        return Hopeless(reason) if status in FOR_ALL else Failed(reason)

    def _clean(self, text: str) -> str:
        """Return a server's words on one line; nothing where they hold the key."""
        return "" if self._holds_key(text) else one_line(text, SHOWN)

    def _holds_key(self, text: str) -> bool:
        """Tell whether a text holds the key, as it is or with escapes of JSON."""
        return bool(self._key) and (self._key in text or self._key in ESCAPE.sub(_unescaped, text))


def _key(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise InputError(
            f"the environment variable {variable} is not set",
            key="key_variable",
            remedy="put the key there",
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise InputError(
            f"what the environment variable {variable} holds is no key", key="key_variable"
        )
    return key


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _end(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "it closed the connection" if isinstance(error, HTTPException) else str(error)


def _message(body: str) -> str:
    """Return what an error says of itself, in the forms that endpoints use; else nothing."""
    try:
        error = json.loads(body)
        for key in ("error", "message"):
            if isinstance(error, dict) and key in error:
                error = error[key]
    except (ValueError, RecursionError):
        return ""
    return error if isinstance(error, str) else ""


def _wait(header: str | None) -> float | None:
    """Return the seconds of Retry-After: a number, or a date."""
    if header is None:
        return None
    try:
        return max(float(header), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(header).timestamp() - time(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return None
