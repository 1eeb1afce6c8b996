"""The institute's signs on its pages: logo, icon, and where it is found in social networks."""

from __future__ import annotations

from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from lib import colours
from newsletters.articles.pictures import picture_path
from newsletters.models import Institute, Picture
from newsletters.models.institute import USUAL_COLOUR

LOGO_HEIGHT, LOGO_WIDTH = 42, 240  # the most of either, in CSS pixels
NETWORKS = {
    "bsky.app": "Bluesky", "facebook.com": "Facebook", "github.com": "GitHub", "instagram.com": "Instagram",
    "linkedin.com": "LinkedIn", "t.me": "Telegram", "threads.com": "Threads", "threads.net": "Threads",
    "tiktok.com": "TikTok", "twitter.com": "X", "whatsapp.com": "WhatsApp", "x.com": "X", "youtube.com": "YouTube",
}  # fmt: skip


class Logo(NamedTuple):
    url: str
    width: int
    height: int


def logo_of(picture: Picture | None) -> Logo | None:
    """The picture as it fits into the masthead, from a file sharp enough for any screen."""
    if picture is None or not picture.is_ready:
        return None
    scale = min(LOGO_HEIGHT / picture.height, LOGO_WIDTH / picture.width)
    width, height = (max(1, round(side * scale)) for side in (picture.width, picture.height))
    return Logo(picture_path(picture, 2 * width), width, height)


def network_of(address: str) -> str:
    """What people call the network of a profile; of one that we don't know (Mastodon, PeerTube) its host."""
    host = (urlsplit(address).hostname or address).removeprefix("www.")
    parts = host.split(".")
    return next((name for at in range(len(parts)) if (name := NETWORKS.get(".".join(parts[at:])))), host)


def letter_icon(institute: Institute) -> str:
    """An SVG of 64 by 64: the first letter or digit of the name on the accent."""
    letter = next((char for char in institute.name if char.isalnum()), "•").upper()
    ground = colours.surface(institute.accent if colours.is_colour(institute.accent) else USUAL_COLOUR)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="10" fill="{ground}"/>'
        f'<text x="32" y="46" text-anchor="middle" font-family="Georgia,serif" font-weight="700" font-size="40"'
        f' fill="{colours.text_on(ground)}">{escape(letter)}</text></svg>'
    )
