"""Links are followed, and never to a machine of ours: a real server, and names that resolve to what the test says."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver
import pytest

from lib import fetching
from lib.fetching import Probe, Unreachable, is_public, probe

CERTIFICATE = Path(__file__).parent.parent / "localhost.pem"


class Site(BaseHTTPRequestHandler):
    seen: list[str]

    def _answer(self) -> None:
        self.server.seen.append(f"{self.command} {self.headers['Host'].partition(':')[0]} {self.path}")  # type: ignore[attr-defined]
        kind, _slash, rest = self.path.removeprefix("/").partition("/")
        if kind == "no-head" and self.command == "HEAD":
            return self._send(405)
        if kind == "to":
            return self._send(302, rest if rest.startswith("http") else f"/{rest}")
        if kind == "drip":
            return self._drip()
        if kind == "slow":
            self.server.stop.wait(5)  # type: ignore[attr-defined]
            return None
        return self._send(int(kind) if kind.isdecimal() else 200)

    do_HEAD = do_GET = _answer  # noqa: N815 - the names that the base class calls

    def _drip(self) -> None:
        """A head without an end, a byte at a time, each in time for whoever waits for the next one."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        try:
            while not self.server.stop.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b"x")
        except OSError:
            self.server.hung_up.set()  # type: ignore[attr-defined]

    def _send(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.seen = []  # type: ignore[attr-defined]
    server.stop = threading.Event()  # type: ignore[attr-defined]
    server.hung_up = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.stop.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def as_if_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine stands for one on the internet."""
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")


def names(host: str, port: int) -> list[str]:
    known = {"news.example": ["127.0.0.1"], "inside.example": ["10.0.0.7"], "both.example": ["127.0.0.1", "10.0.0.7"]}
    if host not in known:
        raise Unreachable(f"the domain {host} doesn't exist", gone=True)
    return known[host]


def ask(site: ThreadingHTTPServer, path: str, host: str = "news.example", timeout: float = 5.0) -> Probe:
    return probe(f"http://{host}:{site.server_port}/{path}", resolve=names, timeout=timeout)


@pytest.mark.usefixtures("as_if_public")
class TestAnswers:
    def test_a_page_that_is_there(self, site: Any) -> None:
        assert ask(site, "200/a?b=c") == Probe(200)
        assert site.seen == ["HEAD news.example /200/a?b=c"]

    def test_a_server_that_does_not_like_head_is_asked_again(self, site: Any) -> None:
        assert ask(site, "no-head") == Probe(200)
        assert site.seen == ["HEAD news.example /no-head", "GET news.example /no-head"]

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_page_that_is_not_there_is_dead(self, site: Any, status: int) -> None:
        assert ask(site, str(status)) == Probe(status, "there is no such page", dead=True)

    @pytest.mark.parametrize(("status", "problem"), [(403, ""), (401, ""), (429, ""), (503, "it answered 503")])
    def test_a_server_that_refuses_a_program_or_fails_is_not_called_dead(
        self, site: Any, status: int, problem: str
    ) -> None:
        assert ask(site, str(status)) == Probe(status, problem)

    def test_three_redirects_are_followed_and_no_fourth(self, site: Any) -> None:
        assert ask(site, "to/to/to/200").status == 200
        assert ask(site, "to/to/to/to/200") == Probe(0, "it redirects more than 3 times")

    def test_a_redirect_into_our_network_is_not_followed(self, site: Any) -> None:
        answer = ask(site, f"to/http://inside.example:{site.server_port}/secret")
        assert answer == Probe(0, "inside.example is not on the public internet")
        assert not [line for line in site.seen if line.endswith(" /secret")]

    def test_a_redirect_to_another_kind_of_address_is_not_followed(self, site: Any) -> None:
        assert ask(site, "to/http://news.example:0/").dead is False
        assert probe("file:///etc/passwd", resolve=names).problem == "it isn't a web address"

    def test_one_private_address_of_several_is_enough(self, site: Any) -> None:
        assert ask(site, "200", host="both.example").problem == "both.example is not on the public internet"
        assert site.seen == []

    def test_the_name_is_looked_up_once_a_hop(self, site: Any) -> None:
        asked: list[str] = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.7"]

        assert probe(f"http://news.example:{site.server_port}/200", resolve=rebinding).status == 200
        assert asked == ["news.example"]

    def test_a_slow_server_is_not_waited_for(self, site: Any) -> None:
        answer = ask(site, "slow", timeout=0.2)
        assert answer.problem == "news.example did not answer within 0.2 seconds"
        assert not answer.dead

    def test_a_server_that_sends_a_byte_now_and_then_is_not_waited_for(self, site: Any) -> None:
        began = time.monotonic()
        assert ask(site, "drip", timeout=0.2) == Probe(0, "news.example did not answer within 0.2 seconds")
        assert time.monotonic() - began < 2
        assert site.hung_up.wait(5)

    def test_nor_is_one_that_does_so_over_tls(self, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        site.socket = context.wrap_socket(site.socket, server_side=True)
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)

        def here(host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

        address = f"https://localhost:{site.server_port}"
        assert probe(f"{address}/200", resolve=here) == Probe(200)
        answer = probe(f"{address}/drip", resolve=here, timeout=0.5)
        assert answer == Probe(0, "localhost did not answer within 0.5 seconds")
        assert site.hung_up.wait(5)

    def test_all_calls_for_one_address_have_their_time_together(self, site: Any) -> None:
        def slow(host: str, port: int) -> list[str]:
            time.sleep(0.3)
            return names(host, port)

        address = f"http://news.example:{site.server_port}/to/to/to/405"
        assert probe(address, resolve=slow, timeout=0.2).problem == "it did not answer within 0.8 seconds"

    def test_a_name_that_does_not_exist_is_dead(self, site: Any) -> None:
        assert ask(site, "x", host="nowhere.example") == Probe(0, "the domain nowhere.example doesn't exist", dead=True)

    def test_a_closed_port_is_a_problem_and_not_a_death(self) -> None:
        answer = probe("http://news.example:1/", resolve=names)
        assert (answer.problem, answer.dead) == ("news.example could not be reached", False)


def test_this_machine_is_not_the_internet(site: Any) -> None:
    assert ask(site, "200").problem == "news.example is not on the public internet"
    assert probe(f"http://127.0.0.1:{site.server_port}/").problem == "127.0.0.1 is not on the public internet"
    assert site.seen == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
     "64:ff9b::7f00:1", "ff02::1", "::", "fec0::1", "::127.0.0.1", "64:ff9b:1::7f00:1",
     "::ffff:0:127.0.0.1", "5f00::1"],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("answer", "dead", "problem"),
    [
        (dns.resolver.NXDOMAIN, True, "the domain nowhere.invalid doesn't exist"),
        (dns.resolver.NoNameservers, False, "nowhere.invalid could not be looked up"),
        (dns.exception.Timeout, False, "nowhere.invalid could not be looked up"),
    ],
)
def test_only_dns_itself_can_say_that_a_host_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, answer: type[Exception], dead: bool, problem: str
) -> None:
    def unknown(*arguments: Any, **options: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    def asked(*arguments: Any, **options: Any) -> None:
        raise answer

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(dns.resolver, "resolve", asked)
    assert probe("https://nowhere.invalid/") == Probe(0, problem, dead=dead)
