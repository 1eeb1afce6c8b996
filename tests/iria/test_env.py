"""Wrong values in the environment: one sentence that names the variable, never a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from iria import env, env_incoming
from iria.secret_key import secret_key
from tests.processes import ROOT, environment

pytestmark = pytest.mark.slow

SECRET = "q7Zt2mVx9LpKc4Rw8NbHs6Yd1Fj3-q7Zt2mVx9LpKc4Rw8"
PRODUCTION = {
    "IRIA_MODE": "production",
    "SECRET_KEY": SECRET,
    "SITE_URL": "https://news.example.org",
    "ALLOWED_HOSTS": "news.example.org",
    "DATABASE_URL": "postgres://iria@127.0.0.1/iria",
    "REDIS_URL": "redis://127.0.0.1/0",
    "EMAIL_URL": "smtp://127.0.0.1:25/",
}


def run(*arguments: str, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**({"IRIA_DATA": str(data)} | variables)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("IRIA_MODE", "staging", "embedded, production"),
        ("PORT", "eighty", "whole number"),
        ("PORT", "70000", "from 1 to 65535"),
        ("INBOX_SMTP_PORT", "0", "from 1 to 65535"),
        ("SITE_URL", "news.example.org", "https://news.example.org"),
        ("SITE_URL", "https://news.example.org/path", "https://news.example.org"),
        ("SITE_URL", "http://[half", "https://news.example.org"),
        ("SITE_URL", "https://news.example.org:99999", "https://news.example.org"),
        ("SITE_URL", "https://exa mple.org", "https://news.example.org"),
        ("ALLOWED_HOSTS", "news.example.org,https://example.org", "without https://"),
        ("ALLOWED_HOSTS", "news.example.org:8000", "without a port"),
        ("MAIL_DOMAIN", "example_.org/x", "a host name such as"),
        ("BOUNCE_DOMAIN", "bounce example", "a host name such as"),
        ("BOUNCE_DOMAIN", "localhost", "a host name such as"),
        ("BOUNCE_DOMAIN", "192.0.2.1", "a host name such as"),
        ("SENDER_DOMAINS", "example.org,@example.net", "isn't a domain"),
        ("EHLO_NAME", "two words", "a host name such as"),
        ("DEFAULT_FROM_EMAIL", "Example Institute", "<news@example.org>"),
        ("DEFAULT_FROM_EMAIL", "a b@example.org", "<news@example.org>"),
        ("DATABASE_URL", "mysql://localhost/iria", "postgres://"),
        ("DATABASE_URL", "postgres://localhost", "has no database name"),
        ("DATABASE_URL", "postgres://localhost/iria?sslmod=require", "unknown option. Did you mean sslmode?"),
        ("DATABASE_URL", "postgres://localhost/iria?sslmode=yes", "verify-full"),
        ("EMAIL_URL", "http://localhost", "smtp://"),
        ("EMAIL_URL", "smtp://me@localhost/", "together"),
        ("EMAIL_URL", "smtp://localhost/?tls=maybe", "starttls"),
        ("EMAIL_URL", "smtp://localhost/mail", "nothing but options"),
        ("EMAIL_URL", "smtp://localhost:0/", "from 1 to 65535"),
        ("EMAIL_URL", "smtp://localhost/?connections=0", "1 to 200"),
        ("EMAIL_URL", "not a backend", "email backend"),
        ("REDIS_URL", "http://localhost:6379/0", "redis://host:6379/0"),
        ("REDIS_URL", "localhost", "redis://host:6379/0"),
        ("REDIS_URL", "redis:///0", "has no host"),
        ("REDIS_URL", "redis://localhost/first", "the number of a database"),
        ("SPAMD", "localhost:many", "a host and a port"),
        ("SPAMD", ":783", "a host and a port"),
        ("IRIA_DEBUG", "perhaps", "yes or no"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    readers: dict[str, Callable[[], object]] = {
        "IRIA_MODE": lambda: env.choice("IRIA_MODE", "embedded", ("embedded", "production")),
        "PORT": lambda: env.integer("PORT", 8000, minimum=1, maximum=65535),
        "INBOX_SMTP_PORT": lambda: env.integer("INBOX_SMTP_PORT", 1025, minimum=1, maximum=65535),
        "SITE_URL": lambda: env.site_url("SITE_URL", ""),
        "DATABASE_URL": lambda: env.database("DATABASE_URL", value),
        "SPAMD": lambda: env.host_and_port("SPAMD", default_port=783),
        "ALLOWED_HOSTS": lambda: env.allowed_hosts("ALLOWED_HOSTS"),
        "MAIL_DOMAIN": lambda: env.host_name("MAIL_DOMAIN", ""),
        "BOUNCE_DOMAIN": lambda: env.host_name("BOUNCE_DOMAIN", "", of_mail=True),
        "EHLO_NAME": lambda: env.host_name("EHLO_NAME", ""),
        "SENDER_DOMAINS": lambda: env.domains("SENDER_DOMAINS"),
        "DEFAULT_FROM_EMAIL": lambda: env.sender("DEFAULT_FROM_EMAIL", ""),
        "EMAIL_URL": lambda: env.email_route("EMAIL_URL", value),
        "REDIS_URL": lambda: env.redis("REDIS_URL"),
        "IRIA_DEBUG": lambda: env.boolean("IRIA_DEBUG", default=False),
    }
    with pytest.raises(env.EnvironmentProblem) as problem:
        readers[name]()
    assert name in str(problem.value)
    assert "\n" not in str(problem.value)
    assert words in str(problem.value)


@pytest.mark.parametrize("who", ["bounces:geheimß", "bounces:geheim%C3%9F", "bouncés:geheim"])
def test_a_mailbox_that_no_log_in_could_open_is_refused_without_its_password(
    who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOUNCE_IMAP", f"imaps://{who}@mail.example.org/INBOX")
    with pytest.raises(env.EnvironmentProblem, match="BOUNCE_IMAP: Iria logs in to mailboxes with ASCII alone") as said:
        env_incoming.imap("BOUNCE_IMAP")
    assert "geheim" not in str(said.value)


def test_languages_are_those_that_there_are_each_once_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGES", "ar, en,ar")
    assert env.languages("LANGUAGES", "en", translated=("en", "ar")) == ["ar", "en"]
    for wrong, words in (("en,xx", "has “xx” in it, but must be a list of these: en, ar."), (",", "is empty")):
        monkeypatch.setenv("LANGUAGES", wrong)
        with pytest.raises(env.EnvironmentProblem, match=words):
            env.languages("LANGUAGES", "en", translated=("en", "ar"))


SERVICES: dict[str, tuple[str, Callable[[str], object]]] = {
    "EMAIL_URL": ("smtp://{}@smtp.example.org:587/?tls=starttls", lambda url: env.email_route("EMAIL_URL", url)),
    "DATABASE_URL": ("postgres://{}@db.example.org:5432/iria", lambda url: env.database("DATABASE_URL", url)),
    "REDIS_URL": ("redis://{}@redis.example.org:6379/0", lambda _url: env.redis("REDIS_URL")),
}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    "login",
    ["post:BH4d/Ks9+Zz2Q=", "post:12/34abcd", "post:77/b3c", "post:a#b", "post:a?b", "post:a@b", "post:pa$word1",
     "post:50%off", "post:+/#?@$%:", "me@example.org:x/y", "post:a&b=c", "post:[x]", "post:é", "post:a%2Fb%40c"],
)  # fmt: skip
def test_a_password_is_used_as_it_was_meant(name: str, login: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url, read = SERVICES[name]
    url = url.format(login)
    monkeypatch.setenv(name, url)
    username, _, password = login.partition(":")
    password = "a/b@c" if "%2F" in password else password
    match read(url):
        case env.EmailRoute() as route:
            found: object = (route.host, route.port, route.username, route.password)
            assert found == ("smtp.example.org", 587, username, password)
        case dict() as settings:
            found = (settings["HOST"], settings["PORT"], settings["USER"], settings["PASSWORD"], settings["NAME"])
            assert found == ("db.example.org", "5432", username, password, "iria")
        case str() as broker:
            from kombu.utils.url import url_to_parts
            from redis.connection import parse_url

            both = (parse_url(broker), url_to_parts(broker))  # type: ignore[no-untyped-call]
            assert both[0] == {"username": username, "password": password, "host": "redis.example.org", "port": 6379,
                               "db": 0}  # fmt: skip
            assert both[1][1:5] == ("redis.example.org", 6379, username, password)


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(
    "rest",
    ["post:s3cret", "post:s3cret/", "post:12s3cret@", "post:7/s3cret", "post:7?s3cret=1", "post:s3cret@host:port/",
     "post:s3cret@host?x=a@b", "post:a/s3cret%2F@host/", "post:a#s3cret", "post@s3cret/x@host/0", "post:s3cret%ff@host",
     "post:s3cret@host/0#x", "post:s3cret@ho st/", "post:7/0?s3cret=x@host", "s3cret/x@host/0", "post:s3cret@[::x]/0",
     "post:s3cret@host/?s3cret=1"],
)  # fmt: skip
def test_nothing_of_a_secret_is_repeated_and_the_setting_is_named(
    name: str, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, read = SERVICES[name]
    url = url.partition("://")[0] + "://" + rest
    monkeypatch.setenv(name, url)
    try:
        found = read(url)
    except env.EnvironmentProblem as problem:
        assert str(problem).startswith(name)
        assert not re.search("s3cret|12s|post:|post@", str(problem)), str(problem)
        assert str(problem).count("\n") == 0
    else:  # some of these are right for one service
        assert name in {"REDIS_URL", "DATABASE_URL"}
        host = found["HOST"] if isinstance(found, dict) else urlsplit(str(found)).hostname
        assert "s3cret" not in str(host)


@pytest.mark.parametrize(
    ("url", "tls", "port"),
    [
        ("smtp://smtp.example.org/", "none", 25),
        ("smtp://u:p@smtp.example.org/", "starttls", 587),
        ("smtp://u:p@smtp.example.org:2525/", "starttls", 2525),
        ("smtp://u:p@10.0.0.5/", "starttls", 587),
        ("smtp://u:p@postfix/", "starttls", 587),
        ("smtp://u:p@127.0.0.1.example.org/", "starttls", 587),
        ("smtp://u:p@smtp.example.org/?tls=none", "none", 25),
        ("smtp://u:p@smtp.example.org:465/", "implicit", 465),
        ("smtps://u:p@smtp.example.org/", "implicit", 465),
        ("smtp://u:p@localhost/", "none", 25),
        ("smtp://u:p@127.8.0.1/", "none", 25),
        ("smtp://u:p@[::1]:26/", "none", 26),
        ("SMTP://u:p@Smtp.Example.ORG./", "starttls", 587),
    ],
)
def test_a_password_crosses_a_network_only_inside_tls_unless_told_otherwise(url: str, tls: str, port: int) -> None:
    route = env.email_route("EMAIL_URL", url)
    assert (route.tls, route.port) == (tls, port)
    assert route.host == route.host.lower().rstrip(".")


@pytest.mark.parametrize(
    ("given", "site", "domain"),
    [
        ("https://20minuten.example", "https://20minuten.example", "20minuten.example"),
        ("https://münchen-stadt.example", "https://xn--mnchen-stadt-dlb.example", "xn--mnchen-stadt-dlb.example"),
        ("HTTPS://NEWS.Example.org/", "https://news.example.org", "news.example.org"),
        ("https://news.example.org:443", "https://news.example.org", "news.example.org"),
        ("https://faß.example:8443", "https://xn--fa-hia.example:8443", "xn--fa-hia.example"),
        ('"https://news.example.org"', "https://news.example.org", "news.example.org"),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8000", "iria.example"),
        ("http://[2001:DB8::5]", "http://[2001:db8::5]", "iria.example"),
    ],
)
def test_what_is_made_of_the_sites_address_follows_its_host(given: str, site: str, domain: str, tmp_path: Path) -> None:
    code = (
        "from django.conf import settings as s;"
        "print(s.SITE_URL, s.MAIL_DOMAIN, s.DEFAULT_FROM_EMAIL.rpartition('@')[2], s.SESSION_COOKIE_SECURE,"
        " s.ALLOWED_HOSTS[0], s.EMAIL_ROUTE.ehlo)"
    )
    made = run("shell", "--verbosity", "0", "-c", code, data=tmp_path, SITE_URL=given)
    assert made.returncode == 0, made.stderr
    url, mail_domain, sender, secure, host, ehlo = made.stdout.split()
    assert host == re.sub(r":\d+$", "", site.partition("//")[2])
    assert (url, mail_domain, sender) == (site, domain, f"{domain}>")
    assert secure == str(site.startswith("https:"))
    assert ehlo == {"http://10.0.0.5:8000": "[10.0.0.5]", "http://[2001:db8::5]": "[IPv6:2001:db8::5]"}.get(
        site, domain
    )


def test_hosts_are_listed_in_the_spelling_that_browsers_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "'News.Example.ORG,münchen.example, .example.net,*,[::1],10.0.0.5'")
    assert env.allowed_hosts("ALLOWED_HOSTS") == [
        "news.example.org", "xn--mnchen-3ya.example", ".example.net", "*", "[::1]", "10.0.0.5",
    ]  # fmt: skip
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", "Stadt <news@MÜNCHEN.example>")
    assert env.sender("DEFAULT_FROM_EMAIL", "") == "Stadt <news@xn--mnchen-3ya.example>"


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
)
def test_production_names_what_is_missing(missing: str, tmp_path: Path) -> None:
    ended = run("check", data=tmp_path, **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"iria: {missing} is not set.")


def test_production_refuses_a_weak_secret(tmp_path: Path) -> None:
    ended = run("check", data=tmp_path, **(PRODUCTION | {"SECRET_KEY": "changeme"}))
    assert ended.returncode == 2
    assert "SECRET_KEY is too weak" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_secret_of_an_embedded_installation_is_made_once_and_kept_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = secret_key(production=False, data=tmp_path)
    assert len(made) > 40
    assert secret_key(production=False, data=tmp_path) == made
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "abc"}, "PORT is “abc”"),
        ({"PORT": "1025"}, "PORT and INBOX_SMTP_PORT are both 1025"),
        ({"SITE_URL": "ftp://x"}, "SITE_URL is “ftp://x”"),
        (PRODUCTION, "IRIA_MODE is “production”"),
        ({"IRIA_DATA": "/dev/null/data"}, "IRIA_DATA (/dev/null/data) isn't writable"),
    ],
)
def test_up_refuses_a_wrong_value_before_it_starts_anything(
    variables: dict[str, str], words: str, tmp_path: Path
) -> None:
    ended = run("up", data=tmp_path, **variables)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert words in ended.stderr


def test_a_database_without_tables_is_said_in_a_sentence(tmp_path: Path) -> None:
    ended = run("editions", "list", data=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (
        "iria: The database has no tables yet. Run `python manage.py migrate`, "
        "or `python manage.py up`, which does it for you.\n"
    )


def test_a_database_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    ended = run("editions", "list", data=tmp_path, DATABASE_URL="postgres://x@127.0.0.1:1/db")
    assert ended.returncode == 2
    assert ended.stderr.startswith("iria: The database in DATABASE_URL can't be reached: ")


def test_a_folder_that_is_not_there_is_named_by_its_own_setting(tmp_path: Path) -> None:
    ended = run("editions", "list", data=tmp_path / "none", SECRET_KEY="0123456789" * 5)
    assert ended.returncode == 2
    assert ended.stderr.startswith("iria: The database in IRIA_DATA can't be reached: ")


def test_networks_are_lists_of_prefixes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_NETWORKS", "192.0.2.0/24, 198.51.100.7,2001:db8::/32")
    found = env_incoming.networks("SCANNER_NETWORKS")
    inside = ["192.0.2.255", "198.51.100.7", "2001:db8:ffff::1"]
    outside = ["192.0.3.0", "198.51.100.8", "2001:db9::1", "::"]
    assert [each for each in [*inside, *outside] if ip_address(each) in found] == inside
    assert None not in found
    monkeypatch.delenv("SCANNER_NETWORKS")
    assert ip_address("192.0.2.1") not in env_incoming.networks("SCANNER_NETWORKS")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("192.0.2.0/24,scanner.example", "“scanner.example” isn't a network"),
        ("192.0.2.1/24", "“192.0.2.1/24” has bits set behind its prefix"),
        ("0.0.0.0/0", "“0.0.0.0/0” is too wide"),
        ("2000::/3", "“2000::/3” is too wide"),
        (",".join(["192.0.2.1"] * 2001), "has 2,001 networks"),
    ],
)
def test_what_is_no_network_is_named(value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_NETWORKS", value)
    with pytest.raises(env.EnvironmentProblem, match=f"SCANNER_NETWORKS.*{said}"):
        env_incoming.networks("SCANNER_NETWORKS")
