"""Which site an address belongs to, told by its host alone, and the words of the link that leads there."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

_VIDEOS = {
    "youtube.com": "YouTube",
    "youtu.be": "YouTube",
    "youtube-nocookie.com": "YouTube",
    "vimeo.com": "Vimeo",
    "dailymotion.com": "Dailymotion",
    "tiktok.com": "TikTok",
}
_POSTS = {
    "bsky.app": "Bluesky",
    "x.com": "X",
    "twitter.com": "X",
    "threads.net": "Threads",
    "threads.com": "Threads",
    "instagram.com": "Instagram",
    "linkedin.com": "LinkedIn",
    # Mastodon has thousands of hosts; these are large ones. Any other gets the neutral words.
    "mastodon.social": "Mastodon",
    "mastodon.online": "Mastodon",
    "mastodon.world": "Mastodon",
    "mstdn.social": "Mastodon",
    "fosstodon.org": "Mastodon",
    "hachyderm.io": "Mastodon",
    "infosec.exchange": "Mastodon",
    "journa.host": "Mastodon",
}


def is_video(address: str) -> bool:
    return bool(_provider(_VIDEOS, _host(address)))


def label(address: str) -> str:
    """The words of the link, in the language that is active."""
    host = _host(address)
    if provider := _provider(_VIDEOS, host):
        return _("Watch on %(provider)s") % {"provider": provider}
    if provider := _provider(_POSTS, host):
        return _("See the post on %(provider)s") % {"provider": provider}
    return _("Open at %(host)s") % {"host": host}


def _host(address: str) -> str:
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return host.rstrip(".")


def _provider(known: dict[str, str], host: str) -> str:
    """By the host or a domain above it: m.youtube.com is YouTube, youtube.com.example.org is not."""
    parts = host.split(".")
    return next((known[name] for at in range(len(parts)) if (name := ".".join(parts[at:])) in known), "")
