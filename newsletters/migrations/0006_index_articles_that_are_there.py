"""The articles of an installation that had no search."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

from django.db import migrations

# What newsletters.articles.searching and .writing said on the day of this migration; they may change, this may not.
MOST_INDEXED = 250_000
UNMARKED = str.maketrans("", "", "\x00\ue000\ue001")
PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE",
     "ı": "i", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"}
)  # fmt: skip
BLOCKS = {"p", "br", "hr", "li", "ul", "ol", "h2", "h3", "h4", "blockquote", "figure", "figcaption", "pre"}
BLOCKS |= {"table", "caption", "tr", "td", "th", "div"}


class Text(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []

    def handle_data(self, data):
        self.parts.append(data)

    def handle_starttag(self, tag, attrs):
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        self.handle_starttag(tag, [])


def plain_text(html):
    parser = Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)


def words_of(article, names):
    said = {
        "title": article.title,
        "summary": article.summary,
        "authors": ", ".join(names),
        "body": plain_text(article.body)[:MOST_INDEXED],
    }
    said = {name: unicodedata.normalize("NFC", text).translate(UNMARKED) for name, text in said.items()}
    return said | {"folded": folded(" ".join(said.values()))}


def folded(text):
    words = {word for word in re.findall(r"\w+", text) if not word.isascii()}
    return " ".join(sorted(plain for word in words if (plain := without_diacritics(word)) != word))


def without_diacritics(word):
    decomposed = unicodedata.normalize("NFKD", word.translate(PLAIN_LETTERS))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def index(apps, schema_editor):
    article, text = (apps.get_model("newsletters", name) for name in ("Article", "ArticleText"))
    for each in article.objects.prefetch_related("authors").iterator(chunk_size=200):
        text.objects.create(article=each, **words_of(each, [author.name for author in each.authors.all()]))


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0005_texts_for_the_search")]

    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
