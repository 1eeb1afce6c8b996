"""Bodies of articles made by chance of everything that may be stored, each with one word that stands nowhere else."""

from __future__ import annotations

import random
from collections.abc import Callable

from newsletters.articles.writing import clean_body

WORD = "lighthouse"
_SOURCE = "/media/pictures/ab/0123456789abcdef-640.jpg"
PICTURES = [
    f'<img src="{_SOURCE}" alt="A ship" data-picture="7">',
    f'<img src="{_SOURCE}" alt="" data-picture="7" role="presentation">',  # decorative
]
_WORDS = [
    *("The", "straits", "are", "quiet,", "and", "ships", "pass", "“by", "night”", "&", "day;", "nobody’s"),
    *("asleep", "<yet>.", "١٢", "قوارب"),
]


def body(seed: int) -> str:
    """As the sanitiser writes it."""
    return clean_body(_Writer(random.Random(seed)).body())


class _Writer:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def body(self) -> str:
        blocks = [self.block(2) for _ in range(self.chance.randint(1, 4))]
        html = "".join(blocks).replace("<br> ", "<br>")  # a space that nobody sees isn't kept in a changed block
        places = [n for n in range(len(html)) if html.startswith("WORD", n)]
        if not places:
            html += "<p>WORD</p>"
            places = [html.rindex("WORD")]
        at = self.chance.choice(places)
        return html[:at].replace("WORD", "boat") + WORD + html[at + 4 :].replace("WORD", "boat")

    def text(self) -> str:
        words = self.chance.choices(_WORDS, k=self.chance.randint(1, 4))
        escaped = " ".join(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"{escaped} WORD"

    def inline(self, depth: int = 2, within: frozenset[str] = frozenset()) -> str:
        parts = [self.text()]
        for _ in range(self.chance.randint(0, 2)):
            parts += [" ", self.marked(depth, within) if depth else self.text(), " ", self.text()]
        return "".join(parts)

    def marked(self, depth: int, within: frozenset[str]) -> str:
        tags = ["em", "strong", "sub", "sup", "small", "code", "abbr", "q", "cite", "a", "br", "img"]
        tag = self.chance.choice([tag for tag in tags if tag not in within])
        if tag == "br":
            return "<br>"
        if tag == "img":
            return self.chance.choice(PICTURES)
        n = self.chance.randint(1, 99)
        opening = {
            "a": self.chance.choice(
                [
                    '<a href="https://example.org/?a=1&amp;b=2" title="A “title”">',
                    f'<a href="#fn-{n}" id="fnref-{n}">',
                    '<a href="mailto:a@example.org">',
                    '<a href="tel:+4912345">',
                ]
            ),
            "abbr": '<abbr title="United Nations">',
        }.get(tag, f"<{tag}>")
        return f"{opening}{self.inline(depth - 1, within | {tag})}</{tag}>"

    def block(self, depth: int) -> str:
        kinds: list[Callable[[int], str]] = [self.paragraph, self.heading, self.rule, self.preformatted, self.figure]
        if depth:
            kinds += [self.listing, self.listing, self.table, self.table, self.quote]
        return self.chance.choice(kinds)(depth)

    def paragraph(self, _depth: int) -> str:
        return f"<p>{self.inline()}</p>"

    def heading(self, _depth: int) -> str:
        return f"<h{(n := self.chance.choice('234'))}>{self.inline(1)}</h{n}>"

    def rule(self, _depth: int) -> str:
        return "<hr>"

    def preformatted(self, _depth: int) -> str:
        return self.chance.choice(["<pre><code>x = 1\n  WORD</code></pre>", "<pre>a  WORD\n\n\tb</pre>"])

    def figure(self, _depth: int) -> str:
        picture = self.chance.choice(PICTURES)
        linked = f'<a href="https://example.org/">{picture}</a>'
        caption = self.chance.choice(["", f"<figcaption>{self.inline(1)}</figcaption>"])
        return f'<figure data-picture="7">{self.chance.choice([picture, linked])}{caption}</figure>'

    def flow(self, depth: int) -> str:
        """What a list item, a cell or a quotation holds: bare text, paragraphs, or more."""
        bare = self.inline(1)
        kind = self.chance.randrange(3)
        if kind == 0:
            return bare
        return self.paragraph(0) + self.paragraph(0) if kind == 1 else bare + self.block(depth - 1)

    def listing(self, depth: int) -> str:
        opening, closing = self.chance.choice([("<ul>", "</ul>"), ("<ol>", "</ol>"), ('<ol start="4">', "</ol>")])
        items = [f"<li>{self.flow(depth)}</li>" for _ in range(self.chance.randint(1, 3))]
        if self.chance.random() < 0.2:
            items.append(f'<li id="fn-{self.chance.randint(1, 99)}">{self.inline(1)}</li>')
        return f"{opening}{''.join(items)}{closing}"

    def quote(self, depth: int) -> str:
        return f"<blockquote>{self.flow(depth)}{self.chance.choice(['', '<p><cite>WORD</cite></p>'])}</blockquote>"

    def table(self, depth: int) -> str:
        columns = self.chance.randint(1, 3)
        caption = self.chance.choice(["", f"<caption>{self.inline(1)}</caption>"])
        scope = self.chance.choice(["", ' scope="col"'])
        head = f"<thead><tr>{''.join(f'<th{scope}>{self.text()}</th>' for _ in range(columns))}</tr></thead>"
        first = self.chance.choice(["<td>", '<th scope="row">'])
        row = f"{first}{self.flow(depth)}</{first[1:3]}>" + "<td>WORD</td>" * (columns - 1)
        wide = f'<tr><td colspan="{columns}">{self.inline(1)}</td></tr>' if columns > 1 else ""
        if columns > 1:
            wide += f'<tr><th colspan="{columns}" scope="colgroup">WORD</th></tr>'
            wide += f'<tr><th rowspan="2" scope="rowgroup">WORD</th>{"<td>1</td>" * (columns - 1)}</tr>'
            wide += f"<tr>{'<td>2</td>' * (columns - 1)}</tr>"
        tall = f'<tr><td rowspan="2">WORD</td>{"<td></td>" * (columns - 1)}</tr><tr>{"<td>2</td>" * (columns - 1)}</tr>'
        body = f"<tbody><tr>{row}</tr>{wide}{tall if columns > 1 else ''}</tbody>"
        more = self.chance.choice(["", f"<tbody><tr>{'<td>WORD</td>' * columns}</tr></tbody>"])
        foot = self.chance.choice(["", f"<tfoot><tr>{'<td>WORD</td>' * columns}</tr></tfoot>"])
        return f"<table>{caption}{self.chance.choice(['', head])}{body}{more}{foot}</table>"
