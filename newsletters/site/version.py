"""The version of everything that the public site shows: it differs whenever a page might.

It is made of what the database's triggers note (newsletters/site/change_triggers.py) and of what shows by the mere
passing of time: articles whose moment has come, and comments that closed. Reading it is one short query.
"""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

# Noted changes that are kept on PostgreSQL; older ones say nothing any more.
MOST_NOTED, KEPT_NOTED = 2000, 1000
# The last column: every article whose comments are closed is older than this one, so its moment changes when one more
# closes.
_VERSION = {
    "postgresql": """
SELECT (SELECT max(id) FROM newsletters_sitechange),
       (SELECT count(*) FROM newsletters_sitechange),
       (SELECT max(published_at) FROM newsletters_article WHERE status = 'published' AND published_at <= %(now)s),
       (SELECT max(published_at) FROM newsletters_article WHERE status = 'published' AND published_at
           <= %(now)s::timestamptz - make_interval(days => (SELECT comments_days FROM newsletters_institute)))
""",
    "sqlite": """
SELECT (SELECT max(id) FROM newsletters_sitechange),
       (SELECT count(*) FROM newsletters_sitechange),
       (SELECT max(published_at) FROM newsletters_article WHERE status = 'published' AND published_at <= %(now)s),
       (SELECT max(published_at) FROM newsletters_article WHERE status = 'published' AND published_at
           <= strftime('%%Y-%%m-%%d %%H:%%M:%%f', %(now)s,
                       '-' || (SELECT comments_days FROM newsletters_institute) || ' days'))
""",
}


def read_version() -> str:
    """Raises DatabaseError."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_VERSION[connection.vendor], {"now": now})
        newest, noted, published, closed = cursor.fetchone()
        if noted > MOST_NOTED:
            # One that was begun earlier and is committed later is not there yet, and so is not deleted unseen.
            cursor.execute("DELETE FROM newsletters_sitechange WHERE id <= %s", [newest - KEPT_NOTED])
    return f"{newest}/{noted}/{published}/{closed}"
