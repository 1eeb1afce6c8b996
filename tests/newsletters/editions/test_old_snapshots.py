"""Snapshots of editions that were approved by an older Iria are read as they were meant."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from newsletters.models import Edition
from newsletters.rendering.content import EditionContent, digest_of_json
from tests.factories import make_article, make_edition, make_newsletter, make_reader, queue

pytestmark = pytest.mark.django_db
give_blocks = import_module("newsletters.migrations.0024_snapshots_of_articles_alone_get_blocks").give_blocks


def test_a_snapshot_of_articles_alone_gets_blocks_and_a_hash_that_fits() -> None:
    newsletter = make_newsletter()
    make_reader(newsletter.mailing_list)
    edition = queue(make_edition(newsletter, articles=[make_article(title="Alpha"), make_article(title="Beta")]))
    said = EditionContent.from_json(edition.snapshot or {})
    old = dict(edition.snapshot or {})
    old["articles"] = [block["article"] for block in old.pop("blocks")]
    Edition.objects.update(snapshot=old, content_hash=digest_of_json(old))
    give_blocks(apps, connection.schema_editor())
    now = Edition.objects.get()
    assert EditionContent.from_json(now.snapshot or {}) == said
    assert digest_of_json(now.snapshot or {}) == now.content_hash
