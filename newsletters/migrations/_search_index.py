"""The index of the search: a tsvector on PostgreSQL, an FTS5 table with triggers on SQLite.

Part of the migrations, which say the same for ever: a change of the index is a new migration.
"""

from __future__ import annotations

WEIGHTS = "setweight(to_tsvector('english', {0}), '{1}')"
DOCUMENT = " || ".join(
    WEIGHTS.format(*each)
    for each in (("title", "A"), ("summary", "B"), ("authors", "B"), ("body", "D"), ("folded", "D"))
)
COLUMNS = "title, summary, authors, body, folded"
OLD = ", ".join(f"old.{name}" for name in COLUMNS.split(", "))
NEW = ", ".join(f"new.{name}" for name in COLUMNS.split(", "))
# In an FTS5 table with external content a row is taken out by telling what it said.
FORGET = (
    f"INSERT INTO newsletters_articlesearch (newsletters_articlesearch, rowid, {COLUMNS})"  # noqa: S608 - constants
    f" VALUES ('delete', old.id, {OLD});"
)
LEARN = f"INSERT INTO newsletters_articlesearch (rowid, {COLUMNS}) VALUES (new.id, {NEW});"  # noqa: S608

MAKE = {
    "postgresql": [
        f"ALTER TABLE newsletters_articletext ADD COLUMN document tsvector GENERATED ALWAYS AS ({DOCUMENT}) STORED",
        "CREATE INDEX article_search ON newsletters_articletext USING gin (document)",
    ],
    "sqlite": [
        f"""CREATE VIRTUAL TABLE newsletters_articlesearch USING fts5({COLUMNS}, content='newsletters_articletext',
        content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')""",
        f"CREATE TRIGGER articletext_added AFTER INSERT ON newsletters_articletext BEGIN {LEARN} END",
        f"CREATE TRIGGER articletext_removed AFTER DELETE ON newsletters_articletext BEGIN {FORGET} END",
        f"CREATE TRIGGER articletext_changed AFTER UPDATE ON newsletters_articletext BEGIN {FORGET} {LEARN} END",
    ],
}
UNMAKE = {
    "postgresql": [
        "DROP INDEX article_search",
        "ALTER TABLE newsletters_articletext DROP COLUMN document",
    ],
    "sqlite": [
        "DROP TRIGGER articletext_added",
        "DROP TRIGGER articletext_removed",
        "DROP TRIGGER articletext_changed",
        "DROP TABLE newsletters_articlesearch",
    ],
}


def make(apps, schema_editor):
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def unmake(apps, schema_editor):
    for statement in UNMAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)
