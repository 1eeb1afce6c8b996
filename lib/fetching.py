"""Ask other servers for something, without letting an address that somebody typed reach our own machines.

A name is resolved once, every address that it has must be public, and the connection is made to the address that was
looked at: a name that changes between the look and the call leads nowhere else (SSRF; Ghost CVE-2026-22597). Each
redirect is such a call of its own. Proxies of the environment are not used: they would resolve the name themselves.

No server holds us: a call ends after `TIMEOUT` even when a byte comes now and then, and all calls for one address after
`CALLS` times that.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.resolver
import idna
import urllib3
from urllib3.exceptions import HTTPError

TIMEOUT = 5.0  # seconds for a call, from the connection to the head of the answer
REDIRECTS = 3
CALLS = 4  # with redirects and a second method there may be eight; their time together is that of four
_PORTS = {"http": 80, "https": 443}
_HEADERS = {"User-Agent": "Iria link check", "Accept": "*/*"}

Resolve = Callable[[str, int], list[str]]


class Unreachable(Exception):
    """No answer was had; the message says why, in words for a page. `denied` when it is we who did not ask, `gone`
    when there is certainly nothing there."""

    def __init__(self, message: str, *, denied: bool = False, gone: bool = False) -> None:
        self.denied = denied
        self.gone = gone
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Probe:
    """What an address answered: the last status (0: none was had), and a sentence where something is wrong.

    `dead` is certain: the name or the page does not exist. A server that fails, refuses programs or is slow is not.
    """

    status: int = 0
    problem: str = ""
    dead: bool = False


def resolve(host: str, port: int) -> list[str]:
    """Every IP address of a host. Raises `Unreachable`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        if _does_not_exist(host):
            raise Unreachable(f"the domain {host} doesn't exist", gone=True) from None
        raise Unreachable(f"{host} could not be looked up") from None
    except (UnicodeError, OSError):
        raise Unreachable(f"{host} could not be looked up") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _does_not_exist(host: str) -> bool:
    """DNS says so. A machine that cannot ask DNS hears the same from its own library for any host."""
    try:
        dns.resolver.resolve(host, "A", lifetime=TIMEOUT, search=False)
    except dns.resolver.NXDOMAIN:
        return True
    except (dns.exception.DNSException, OSError):
        return False
    return False


def probe(address: str, *, resolve: Resolve = resolve, timeout: float = TIMEOUT) -> Probe:
    """Is there a page at this address? HEAD, and GET where a server does not like HEAD; no body is read."""
    clock = Clock(timeout, CALLS * timeout)
    try:
        status = _last_status(address, "HEAD", resolve, clock)
        if status in {400, 403, 404, 405, 406, 410, 429, 500, 501, 503}:
            status = _last_status(address, "GET", resolve, clock)
    except Unreachable as problem:
        return Probe(0, str(problem), problem.gone)
    if status in {404, 410}:
        return Probe(status, "there is no such page", dead=True)
    return Probe(status, f"it answered {status}" if status >= 500 else "")


class Clock:
    """How many seconds the next call may take, and all of them together."""

    def __init__(self, timeout: float, together: float) -> None:
        self.timeout, self.together = timeout, together
        self._ends = time.monotonic() + together

    def next(self) -> float:
        """Raises `Unreachable` when there is no time left for one."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unreachable(f"it did not answer within {self.together:g} seconds")
        return min(self.timeout, left)


def _last_status(address: str, method: str, resolve: Resolve, clock: Clock) -> int:
    for _hop in range(REDIRECTS + 1):
        with called(address, method, resolve, clock) as answer:
            onwards = redirect_of(answer)
        if onwards is None:
            return answer.status
        address = urljoin(address, onwards)
    raise Unreachable(f"it redirects more than {REDIRECTS} times")


def redirect_of(answer: urllib3.BaseHTTPResponse) -> str | None:
    return answer.headers.get("Location") if answer.status in {301, 302, 303, 307, 308} else None


@contextlib.contextmanager
def called(
    address: str, method: str, resolve: Resolve, clock: Clock, *, headers: Mapping[str, str] = _HEADERS,
    private: Collection[str] = (),
) -> Iterator[urllib3.BaseHTTPResponse]:  # fmt: skip
    """One call, no redirect followed: its answer, whose body can be read within the time of the call. `private` are
    hosts that may be anywhere, each with its port. Raises `Unreachable`, also when reading fails."""
    scheme, host, port, target = _parts(address)
    ip = _first_of(host, port, resolve) if f"{host}:{port}" in private else _public(host, port, resolve)
    with _pool(scheme, host, ip, port) as pool, _failures_in_words(host, clock):
        try:
            answer = pool.urlopen(
                method, target, headers={**headers, "Host": _netloc(host, port, scheme)}, redirect=False, retries=False,
                timeout=urllib3.Timeout(total=clock.next()), preload_content=False, assert_same_host=False,
                decode_content=False,
            )  # fmt: skip
        except ValueError as problem:  # an address that no request can hold
            if isinstance(problem, ssl.SSLError):
                raise
            raise Unreachable(f"{host} could not be reached") from None
        deadline: _Deadline = answer.deadline  # type: ignore[attr-defined]  # of _Punctual
        try:
            yield answer
            deadline.check()  # a body that was cut off reads like a whole one
        except (HTTPError, HTTPException, OSError):
            deadline.check()
            raise
        finally:
            deadline.end()
            answer.close()


@contextlib.contextmanager
def _failures_in_words(host: str, clock: Clock) -> Iterator[None]:
    try:
        yield
    except (ssl.SSLError, urllib3.exceptions.SSLError):
        raise Unreachable(f"{host} has no certificate that browsers trust") from None
    except urllib3.exceptions.NewConnectionError:
        raise Unreachable(f"{host} could not be reached") from None
    except (urllib3.exceptions.TimeoutError, TimeoutError):
        raise Unreachable(f"{host} did not answer within {clock.timeout:g} seconds") from None
    except (HTTPError, HTTPException, OSError):
        raise Unreachable(f"{host} could not be reached") from None


def host_and_port(address: str) -> str:
    """Of a web address, as in `called`: “wiki.example:443”. Raises `Unreachable`."""
    _scheme, host, port, _target = _parts(address)
    return f"{host}:{port}"


def _parts(address: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and target. Raises `Unreachable`."""
    try:
        parts = urlsplit(address)
        scheme, host, port = parts.scheme.lower(), _ascii(parts.hostname or ""), parts.port
    except ValueError:  # of idna too
        raise Unreachable("it isn't a valid address") from None
    if scheme not in _PORTS or not host:
        raise Unreachable("it isn't a web address", denied=True)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return scheme, host, port or _PORTS[scheme], target


def _ascii(host: str) -> str:
    return host if host.isascii() else idna.encode(host, uts46=True).decode()


def _public(host: str, port: int, resolve: Resolve) -> str:
    """The address to call. Raises `Unreachable` when any of the host's addresses is not one of the public internet."""
    found = resolve(host.strip("[]"), port)
    for each in found:
        if not is_public(each):
            raise Unreachable(f"{host} is not on the public internet", denied=True)
    return _first_of(host, port, lambda _host, _port: found)


def _first_of(host: str, port: int, resolve: Resolve) -> str:
    found = resolve(host.strip("[]"), port)
    if not found:
        raise Unreachable(f"the domain {host} doesn't exist", gone=True)
    return found[0]


def is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address in IPv6's clothes is judged as what it is.
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.is_site_local or any(ip in network for network in _NOWHERE):
            return False
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Within a network, or nowhere, though Python calls them global: IPv4-compatible (RFC 4291), translated (RFC 2765),
# local NAT64 (RFC 8215), segment routing (RFC 9602).
_NOWHERE = [ipaddress.IPv6Network(each) for each in ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "5f00::/16")]


class _Deadline:
    """Hangs up when the time of a call is over."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._late = threading.Event()
        self._sock = sock
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def _hang_up(self) -> None:
        self._late.set()
        with contextlib.suppress(OSError):  # it hung up itself
            self._sock.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise `TimeoutError` when it is over: half a head or body reads like a whole one."""
        if self._late.is_set():
            raise TimeoutError from None

    def end(self) -> None:
        self._timer.cancel()


class _Punctual(urllib3.connection.HTTPConnection):
    """The time of a socket begins anew with every byte; this hangs up when that of the whole call is over."""

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as the class above has it
        deadline = _Deadline(self.sock, self.timeout or TIMEOUT)  # what the connection left of the time
        try:
            answer = super().getresponse()
            deadline.check()
        except (OSError, HTTPException):
            deadline.end()
            deadline.check()
            raise
        answer.deadline = deadline  # type: ignore[attr-defined]  # the caller ends it
        return answer


class _PunctualTLS(_Punctual, urllib3.connection.HTTPSConnection):
    pass


class _PinnedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Punctual


class _PinnedPoolTLS(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PunctualTLS


def _pool(scheme: str, host: str, ip: str, port: int) -> urllib3.HTTPConnectionPool:
    """Connections to that IP address alone, with the certificate asked for by the host's name."""
    if scheme == "https":
        return _PinnedPoolTLS(
            ip, port, server_hostname=host, assert_hostname=host, cert_reqs="CERT_REQUIRED",
            ssl_context=ssl.create_default_context(),  # its own: urllib3 changes it
        )  # fmt: skip
    return _PinnedPool(ip, port)


def _netloc(host: str, port: int, scheme: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == _PORTS[scheme] else f"{name}:{port}"
