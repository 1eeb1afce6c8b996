"""The institute's own face on its pages: colours, typeface, logo, icon, shared links, profiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from lib.colours import READABLE, VISIBLE, contrast
from newsletters.articles.pictures import picture_path
from newsletters.models import Institute
from newsletters.site import look
from newsletters.site.brand import logo_of, network_of
from newsletters.site.typefaces import TYPEFACES, typeface
from tests.factories import make_article, make_list
from tests.images import stored_picture

pytestmark = pytest.mark.either_database
STYLES = Path(__file__).parents[3] / "newsletters/static/site"


def get(client: Client, path: str = "/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@given(accent=st.just("") | st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"), dark=st.booleans())
def test_with_any_accent_words_are_readable_and_controls_are_seen(accent: str, *, dark: bool) -> None:
    colours = look.palette(accent, dark=dark)
    for ground in ("paper", "tint", "sheet"):
        for words in ("ink", "soft", "link", "link-hover", "accent"):
            assert contrast(colours[words], colours[ground]) >= READABLE, (words, ground)
    assert contrast(colours["button-ink"], colours["button"]) >= READABLE
    assert contrast(colours["button-ink"], colours["button-hover"]) >= READABLE
    assert contrast(colours["button-edge"], colours["paper"]) >= VISIBLE
    assert contrast(colours["paper"], colours["accent"]) >= READABLE  # the ribbon of a preview


def test_yellow_stays_yellow_with_dark_words_on_it() -> None:
    for dark in (False, True):
        colours = look.palette("#ffd400", dark=dark)
        assert colours["button"] == colours["bar"] == "#ffd400"
        assert colours["button-ink"] == "#16181b"


def test_both_schemes_name_the_same_colours_and_the_style_sheets_use_no_others() -> None:
    light, dark = look.palette("", dark=False), look.palette("", dark=True)
    assert light.keys() == dark.keys()
    sizes = {"small", "gap", "wide", "measure", "edge", "serif", "sans", *(f"step-{n}" for n in range(5))}
    for sheet in ("site.css", "reading.css"):
        css = (STYLES / sheet).read_text()
        assert set(re.findall(r"var\(--([a-z0-9-]+)\)", css)) <= light.keys() | sizes, sheet
        no_pictures = re.sub(r"brand__logo--alone \{[^}]*\}", "", css)  # a plate is light in every scheme
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", no_pictures), sheet


@pytest.mark.parametrize("name", TYPEFACES)
def test_a_typeface_is_served_by_ourselves_and_its_licence_lies_beside_it(name: str) -> None:
    files = TYPEFACES[name].files
    if not files:
        return
    sheet = finders.find(f"site/faces/{files}.css")
    assert sheet
    css = Path(sheet).read_text()
    addresses = re.findall(r'url\("([^"]+)"\)', css)
    assert addresses
    assert all((Path(sheet).parent / address).stat().st_size > 1000 for address in addresses)
    assert "SIL OPEN FONT LICENSE" in (Path(sheet).parent / files / "LICENSE").read_text()
    family = re.findall(r'font-family: "([^"]+)"', css)[0]
    assert family in TYPEFACES[name].serif


def test_a_typeface_that_is_gone_is_the_usual_one() -> None:
    assert typeface("comic") is TYPEFACES[""]


@pytest.mark.django_db
def test_a_page_has_the_chosen_colours_and_the_files_of_the_chosen_typeface_alone(client: Client) -> None:
    Institute.objects.create(name="IRIA", accent="#ffd400", typeface="newsreader")
    html = get(client)
    assert "--button:#ffd400;" in html
    assert "--serif:Newsreader," in html
    assert "faces/newsreader.css" in html
    assert "faces/source-serif" not in html


@pytest.mark.django_db
def test_a_colour_that_came_into_the_database_some_other_way_breaks_no_page(client: Client) -> None:
    Institute.objects.create(name="IRIA", accent="}<b>x")
    html = get(client)
    assert "<b>x" not in html
    assert "--button:#17304f;" in html
    assert "<b>x" not in client.get("/icon.svg").content.decode()


@pytest.mark.django_db
def test_without_a_logo_the_name_stands_alone_and_with_one_beside_it_or_within(client: Client) -> None:
    institute = Institute.objects.create(name="The Bulletin", tagline="Twice a week")
    assert "brand__logo" not in get(client)
    institute.logo = stored_picture(840, 420)
    institute.save()
    html = get(client)
    assert f'src="{picture_path(institute.logo, 168)}" width="84" height="42" alt=""' in html
    assert '<span class="brand__name">The Bulletin</span>' in html
    institute.shows_name, institute.logo_dark = False, stored_picture(841, 420)
    institute.save()
    html = get(client)
    assert "brand__name" not in html
    assert html.count('alt="The Bulletin"') == 2
    assert {"only-light", "only-dark"} <= set(re.findall(r"brand__logo (only-\w+)", html))


@pytest.mark.django_db
def test_a_wide_logo_and_a_high_one_stay_within_the_masthead() -> None:
    for width, height in ((4000, 200), (100, 900), (42, 42)):
        shown = logo_of(stored_picture(width, height))
        assert shown is not None
        assert shown.width <= 240
        assert shown.height <= 42


@pytest.mark.django_db
def test_the_icon_is_the_institutes_or_its_first_letter_on_its_colour(client: Client) -> None:
    institute = Institute.objects.create(name="“<Ångström>” Review", accent="#ffd400")
    svg = client.get("/icon.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    assert 'fill="#ffd400"' in svg.content.decode()
    assert ">Å</text>" in svg.content.decode()
    assert client.get("/favicon.ico")["Location"] == "/icon.svg"
    assert '<link rel="icon" href="/icon.svg" type="image/svg+xml">' in get(client)
    institute.icon = stored_picture(512, 512)
    institute.save()
    assert client.get("/favicon.ico")["Location"] == picture_path(institute.icon, 64)
    assert f'<link rel="apple-touch-icon" href="{picture_path(institute.icon, 180)}">' in get(client)


@pytest.mark.django_db
def test_a_page_without_a_picture_is_shared_with_the_institutes(client: Client) -> None:
    picture, own = stored_picture(1200, 630, alt="Our house"), stored_picture(900, alt="A ship")
    Institute.objects.create(name="IRIA", share_picture=picture)
    make_article(slug="plain", lead_picture=None)
    make_article(slug="shown", lead_picture=own)
    assert 'property="og:image:alt" content="Our house"' in get(client, "/articles/plain/")
    assert 'property="og:image:alt" content="Our house"' in get(client)
    shown = get(client, "/articles/shown/")
    assert 'content="A ship"' in shown
    assert "Our house" not in shown


@pytest.mark.django_db
def test_the_footer_leads_to_the_institutes_profiles(client: Client) -> None:
    make_list()
    institute = Institute.objects.create(name="IRIA")
    assert 'class="profiles"' not in get(client)
    institute.social_links = "https://bsky.app/profile/iria\nhttps://social.example/@iria"
    institute.save()
    html = get(client)
    assert '<a href="https://bsky.app/profile/iria" rel="me noopener">Bluesky</a>' in html
    assert ">social.example</a>" in html


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("https://www.linkedin.com/company/iria", "LinkedIn"), ("https://de.linkedin.com/in/iria", "LinkedIn"),
        ("https://x.com/iria", "X"), ("https://notx.com/iria", "notx.com"),
        ("https://mastodon.social/@iria", "mastodon.social"),
    ],
)  # fmt: skip
def test_a_profile_is_called_as_people_call_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.django_db
def test_a_page_of_last_resort_has_the_look_of_the_last_page_and_asks_nobody(client: Client) -> None:
    Institute.objects.create(name="IRIA", accent="#0a7f3f")
    get(client)
    assert "--button:#0a7f3f;" in look.last_style()
