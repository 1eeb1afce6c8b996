"""An edition that needs a second person, and the two."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from newsletters.editions import approving
from newsletters.models import Approval, Edition, Newsletter
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader


@pytest.fixture
def newsletter(transactional_db: None) -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list, needs_approval=True)


def person(name: str, role: str = "Publisher") -> User:
    user = User.objects.create_user(name.lower(), f"{name.lower()}@iria.example", first_name=name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def ada(newsletter: Newsletter) -> User:
    return person("Ada", "Editor")


@pytest.fixture
def bea(newsletter: Newsletter) -> User:
    return person("Bea")


@pytest.fixture
def edition(newsletter: Newsletter, ada: User) -> Edition:
    return make_edition(newsletter, articles=[make_article(title="As it was read")], by=ada)


def approved(edition: Edition, ada: User, bea: User) -> Approval:
    return approving.approve(edition, approving.ask(edition, by=ada).pk, by=bea)


@pytest.fixture
def scheduled(newsletter: Newsletter) -> Edition:
    """A draft that nobody made: the schedule did."""
    return make_edition(newsletter)
