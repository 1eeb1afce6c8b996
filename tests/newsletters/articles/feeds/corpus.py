"""A corpus of small well-formed feeds, a row a thing that feeds say and how: what is in the feed, and what comes of it.

Written for these tests, in the manner of a feed parser's suite. The wrappers keep each row to what it is about.
"""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple

ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
ATOM03 = 'version="0.3" xmlns="http://purl.org/atom/ns#"'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
DCTERMS = 'xmlns:dcterms="http://purl.org/dc/terms/"'
CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


class SmallFeed(NamedTuple):
    about: str
    feed: str
    expected: dict[str, object]  # of the first item; a name with "feed." before it, of the feed itself


def rss(item: str, namespaces: str = "", version: str = "2.0") -> str:
    return f'<rss version="{version}" {namespaces}><channel><title>F</title><item>{item}</item></channel></rss>'


def channel(inside: str, namespaces: str = "") -> str:
    return f'<rss version="2.0" {namespaces}><channel>{inside}</channel></rss>'


def rdf(item: str, namespaces: str = "", about: str = "http://e.example/1") -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'{namespaces}><channel rdf:about="http://e.example/"><title>F</title></channel>'
        f'<item rdf:about="{about}">{item}</item></rdf:RDF>'
    )


def atom(entry: str, namespaces: str = "", kind: str = ATOM) -> str:
    return f"<feed {kind} {namespaces}><title>F</title><entry>{entry}</entry></feed>"


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


PICTURE = {"url": "http://e.example/a.jpg", "alt": "", "caption": "", "credit": ""}
NOON = "2026-03-04T12:00:00+00:00"
CORPUS = [
    # Headlines
    SmallFeed("a plain title", rss("<title>Hello</title>"), {"title": "Hello"}),
    SmallFeed("an escaped title", rss("<title>A &amp;amp; B</title>"), {"title": "A & B"}),
    SmallFeed("markup in a title", rss("<title>&lt;b&gt;Bold&lt;/b&gt; words</title>"), {"title": "Bold words"}),
    SmallFeed("a title in CDATA", rss("<title><![CDATA[A & B]]></title>"), {"title": "A & B"}),
    SmallFeed("words like markup", rss("<title>The &lt;strait&gt;</title>"), {"title": "The <strait>"}),
    SmallFeed("a sign that is no markup", rss("<title>1 &lt; 2</title>"), {"title": "1 < 2"}),
    SmallFeed("Atom's plain title", atom("<title>&lt;b&gt; is a tag</title>"), {"title": "<b> is a tag"}),
    SmallFeed("Atom's HTML title", atom('<title type="html">&lt;i&gt;So&lt;/i&gt;</title>'), {"title": "So"}),
    SmallFeed(
        "Atom's XHTML title",
        atom('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">S<b>o</b></div></title>'),
        {"title": "So"},
    ),
    SmallFeed("a title over lines", rss("<title>\n  One\n  two </title>"), {"title": "One two"}),
    SmallFeed("no title, but words", rss("<description>First. Second.</description>"), {"title": "First. Second."}),
    SmallFeed("Dublin Core's title", rss("<dc:title>D</dc:title>", DC), {"title": "D"}),
    SmallFeed("names in capitals", "<RSS><CHANNEL><ITEM><TITLE>Up</TITLE></ITEM></CHANNEL></RSS>", {"title": "Up"}),
    SmallFeed("an entity of HTML", rss("<title>caf&eacute;</title>"), {"title": "café"}),
    SmallFeed("a number of Windows-1252", rss("<title>it&#146;s</title>"), {"title": "it’s"}),
    SmallFeed("an entity of its own", f'<!DOCTYPE rss [<!ENTITY co "Our Co">]>{rss("<title>&co;</title>")}',
              {"title": "Our Co"}),
    SmallFeed(
        "Netscape's document type",
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://e.example/rss-0.91.dtd">'
        + rss("<title>T</title>", version="0.91"),
        {"title": "T", "feed.format": "RSS 0.91"},
    ),
    SmallFeed("words about a document type", f'<!-- not a "<!DOCTYPE" -->{rss("<title>T</title>")}', {"title": "T"}),
    SmallFeed("Atom as it was first called", atom("<title>T</title>", kind='version="0.3" xmlns="http://purl.org/pie/"'),
              {"title": "T"}),
    # Identity and links
    SmallFeed("a guid", rss("<guid>g1</guid><link>http://e.example/1</link>"),
              {"id": "g1", "link": "http://e.example/1"}),
    SmallFeed("a guid that is the link", rss("<guid>http://e.example/1</guid>"), {"link": "http://e.example/1"}),
    SmallFeed("a guid that is no link", rss('<guid isPermaLink="false">x</guid><link>http://e.example/2</link>'),
              {"id": "x", "link": "http://e.example/2"}),
    SmallFeed("a link alone", rss("<link>http://e.example/3</link>"), {"id": "http://e.example/3"}),
    SmallFeed("RDF's about", rdf("<title>T</title><link>http://e.example/r</link>"),
              {"id": "http://e.example/1", "link": "http://e.example/r", "feed.format": "RSS 1.0 (RDF)"}),
    SmallFeed("Atom's links", atom('<id>urn:1</id><link rel="self" href="http://e.example/s"/>'
              '<link rel="alternate" type="text/html" href="http://e.example/h"/>'),
              {"id": "urn:1", "link": "http://e.example/h"}),
    SmallFeed("a link without rel", atom('<link href="http://e.example/h"/>'), {"link": "http://e.example/h"}),
    SmallFeed("a link by XML Base", atom('<link href="b"/>', 'xml:base="http://e.example/a/"'),
              {"link": "http://e.example/a/b"}),
    SmallFeed("two bases", atom('<link href="c" xml:base="b/"/>', 'xml:base="http://e.example/a/"'),
              {"link": "http://e.example/a/b/c"}),
    SmallFeed("FeedBurner's original", rss("<link>http://f.example/</link><fb:origLink>http://e.example/1</fb:origLink>",
              'xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"'), {"link": "http://e.example/1"}),
    SmallFeed("a script is no link", rss("<guid>1</guid><link>javascript:alert(1)</link>"), {"link": None}),
    SmallFeed("Atom within RSS", rss('<atom:link href="http://e.example/a"/>', f"xmlns:atom{ATOM[5:]}"),
              {"link": "http://e.example/a"}),
    SmallFeed("CDF", '<CHANNEL HREF="http://e.example/"><ITEM HREF="http://e.example/1" LASTMOD="2026-03-04T12:00">'
              "<TITLE>C</TITLE><ABSTRACT>Words</ABSTRACT></ITEM></CHANNEL>",
              {"title": "C", "link": "http://e.example/1", "published": NOON, "html": "<p>Words</p>",
               "feed.format": "CDF"}),
    SmallFeed("relative to the site", channel("<link>http://e.example/</link><item><link>/x</link></item>"),
              {"link": "http://e.example/x"}),
    # Dates
    *[SmallFeed(f"the date {written}", rss(f"<pubDate>{written}</pubDate>"), {"published": expected})
      for written, expected in [
          ("Wed, 04 Mar 2026 12:00:00 GMT", NOON), ("Wed, 04 Mar 2026 13:00:00 +0100", NOON),
          ("04 Mar 26 12:00 UT", NOON), ("Wed, 4 March 2026 07:00:00 EST", NOON),
          ("Wed, 04 Mar 2026 13:00:00 CET", NOON), ("Wed Mar  4 12:00:00 2026", NOON), ("2026-03-04T12:00:00Z", NOON),
          ("2026-03-04T13:00+01:00", NOON), ("2026-03-04T12:00:00.123Z", NOON), ("20260304T120000Z", NOON),
          ("2026-03-04 12:00:00", NOON), ("2026-03-04", "2026-03-04T00:00:00+00:00"),
          ("2026-03", "2026-03-01T00:00:00+00:00"), ("2026-063", "2026-03-04T00:00:00+00:00"),
          ("2026-03-03T24:00:00Z", "2026-03-04T00:00:00+00:00"), ("4. März 2026 12:00", NOON),
          ("12:00 PM 4 March 2026", NOON), ("March 4, 2026 1:00 p.m. +0100", NOON), ("4 March 2026 12 pm", NOON),
          ("March 4, 2026 12:00", NOON), ("2026년 3월 4일 12:00", NOON), ("2026-március-04T13:00+01:00", NOON),
          ("Wed, 04 Mar 2026 12:00:00 GMT+0000", NOON), ("yesterday", None), ("3/4/05", None), ("", None),
          ("Fri, 04 Mar 2126 12:00:00 GMT", None), ("9999999999-01-01", None),
      ]],
    SmallFeed("Dublin Core's date", rdf(f"<dc:date>{NOON}</dc:date>", DC), {"published": NOON}),
    SmallFeed("Atom 0.3's issued", atom("<issued>2026-03-04T12:00:00Z</issued>", kind=ATOM03), {"published": NOON}),
    SmallFeed("only updated", atom("<updated>2026-03-04T12:00:00Z</updated>"), {"published": NOON, "updated": NOON}),
    SmallFeed("published before updated",
              atom("<updated>2026-03-05T12:00:00Z</updated><published>2026-03-04T12:00:00Z</published>"),
              {"published": NOON}),
    SmallFeed("dcterms", rss(f"<dcterms:issued>{NOON}</dcterms:issued>", DCTERMS), {"published": NOON}),
    # People
    SmallFeed("an address is not published", rss("<author>jo@e.example (Jo Doe)</author>"), {"author": "Jo Doe"}),
    SmallFeed("an address alone", rss("<author>jo@e.example</author>"), {"author": None}),
    SmallFeed("a name before an address", rss("<author>Jo Doe &lt;jo@e.example&gt;</author>"), {"author": "Jo Doe"}),
    SmallFeed("Dublin Core's creator", rss("<dc:creator>Jo</dc:creator>", DC), {"author": "Jo"}),
    SmallFeed("Atom's authors", atom("<author><name>Jo</name></author><author><name>Al</name></author>"),
              {"author": "Jo, Al"}),
    # Texts
    SmallFeed("a description", rss("<description>&lt;p&gt;Hi&lt;/p&gt;</description>"),
              {"html": "<p>Hi</p>", "summary": "Hi"}),
    SmallFeed("content before description", rss("<description>Short.</description>"
              "<content:encoded><![CDATA[<p>Long</p>]]></content:encoded>", CONTENT),
              {"html": "<p>Long</p>", "summary": "Short."}),
    SmallFeed("XHTML in a body", rss('<body xmlns="http://www.w3.org/1999/xhtml"><p>Hi <em>you</em></p></body>'),
              {"html": "<p>Hi <em>you</em></p>"}),
    SmallFeed("Atom's text", atom("<content>A &amp; B &lt; C</content>"), {"html": "<p>A &amp; B &lt; C</p>"}),
    SmallFeed("Atom's HTML", atom('<content type="html">&lt;p&gt;A&lt;/p&gt;</content>'), {"html": "<p>A</p>"}),
    SmallFeed("Atom's XHTML", atom('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A<br/>B</p>'
              "</div></content>"), {"html": "<p>A<br>B</p>"}),
    SmallFeed("XHTML with a prefix", atom('<content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>A'
              "</h:p></h:div></content>"), {"html": "<p>A</p>"}),
    SmallFeed("Base64 of Atom 0.3", atom(f'<content mode="base64" type="text/html">{base64("<p>A</p>")}</content>',
              kind=ATOM03), {"html": "<p>A</p>"}),
    SmallFeed("Base64 that is no text", atom('<content type="image/png">iVBORw0K</content><summary>S</summary>'),
              {"html": "<p>S</p>"}),
    SmallFeed("content elsewhere", atom('<content type="video/mp4" src="http://e.example/v"/><summary>S</summary>'),
              {"html": "<p>S</p>"}),
    SmallFeed("a script goes", rss("<description>&lt;p&gt;A&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>"),
              {"html": "<p>A</p>"}),
    SmallFeed("a handler goes", rss('<description>&lt;p onclick="x()"&gt;A&lt;/p&gt;</description>'),
              {"html": "<p>A</p>"}),
    SmallFeed("links by the item's address", rss("<link>http://e.example/d/1</link>"
              '<description>&lt;a href="2"&gt;A&lt;/a&gt;</description>'),
              {"html": '<a href="http://e.example/d/2" rel="noopener noreferrer">A</a>'}),
    SmallFeed("links by XML Base", atom('<link href="http://o.example/1"/><content type="html" '
              'xml:base="http://e.example/d/">&lt;a href="2"&gt;A&lt;/a&gt;</content>'),
              {"html": '<a href="http://e.example/d/2" rel="noopener noreferrer">A</a>'}),
    SmallFeed("a base within XHTML", atom('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
              '<p xml:base="http://e.example/d/"><a href="2">A</a></p></div></content>'),
              {"html": '<p><a href="http://e.example/d/2" rel="noopener noreferrer">A</a></p>'}),
    # Topics
    SmallFeed("categories", rss("<category>One</category><category>Two</category><category>one</category>"),
              {"topics": ["One", "Two"]}),
    SmallFeed("Atom's labels", atom('<category term="t" label="Topic"/><category term="u"/>'),
              {"topics": ["Topic", "u"]}),
    SmallFeed("Dublin Core's subject", rss("<dc:subject>S</dc:subject>", DC), {"topics": ["S"]}),
    SmallFeed("keywords", rss("<itunes:keywords>a, b</itunes:keywords>", ITUNES), {"topics": ["a", "b"]}),
    # Pictures
    SmallFeed("Media RSS, the widest", rss('<media:content url="http://e.example/s.jpg" medium="image" width="80"/>'
              '<media:content url="http://e.example/a.jpg" medium="image" width="800"/>', MEDIA), {"picture": PICTURE}),
    SmallFeed("credit and description", rss('<media:group><media:content url="http://e.example/a.jpg" '
              'type="image/jpeg"><media:credit>Jo</media:credit><media:title>A cat</media:title></media:content>'
              "</media:group>", MEDIA),
              {"picture": {**PICTURE, "alt": "A cat", "credit": "Jo"}}),
    SmallFeed("a thumbnail", rss('<media:thumbnail url="http://e.example/a.jpg"/>', MEDIA), {"picture": PICTURE}),
    SmallFeed("a video is no picture", rss('<media:content url="http://e.example/v.mp4" medium="video"/>', MEDIA),
              {"picture": None}),
    SmallFeed("an enclosure", rss('<enclosure url="http://e.example/a.jpg" type="image/jpeg" length="1"/>'),
              {"picture": PICTURE}),
    SmallFeed("a podcast's enclosure", rss('<enclosure url="http://e.example/a.mp3" type="audio/mpeg" length="1"/>'),
              {"picture": None, "link": "http://e.example/a.mp3"}),
    SmallFeed("Atom's enclosure", atom('<link rel="enclosure" type="image/png" href="http://e.example/a.jpg"/>'),
              {"picture": PICTURE}),
    SmallFeed("iTunes' image", rss('<itunes:image href="http://e.example/a.jpg"/>', ITUNES), {"picture": PICTURE}),
    SmallFeed("the first of the text", rss('<description>&lt;p&gt;&lt;img src="http://e.example/a.jpg" alt="A"&gt;'
              "&lt;/p&gt;&lt;p&gt;B&lt;/p&gt;</description>"),
              {"picture": {**PICTURE, "alt": "A"}, "html": "<p>B</p>"}),
    SmallFeed("a figure's caption", rss('<description>&lt;figure&gt;&lt;img src="http://e.example/a.jpg"&gt;'
              "&lt;figcaption&gt;C&lt;/figcaption&gt;&lt;/figure&gt;&lt;p&gt;B&lt;/p&gt;</description>"),
              {"picture": {**PICTURE, "caption": "C"}, "html": "<p>B</p>"}),
    SmallFeed("a picture that a script sets", rss('<description>&lt;img src="data:image/gif;base64,R0" '
              'data-src="http://e.example/a.jpg"&gt;</description>'), {"picture": PICTURE}),
    SmallFeed("a counter isn't a picture", rss('<description>&lt;p&gt;A&lt;/p&gt;&lt;img src="http://t.example/p.gif" '
              'width="1" height="1"&gt;</description>'), {"picture": None, "html": "<p>A</p>"}),
    # JSON Feed
    SmallFeed("JSON Feed", '{"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [{"id": 7, "title": '
              '"T", "url": "http://e.example/1", "content_html": "<p>A</p>", "date_published": "2026-03-04T12:00:00Z", '
              '"tags": ["x"], "image": "http://e.example/a.jpg", "authors": [{"name": "Jo"}]}]}',
              {"id": "7", "title": "T", "link": "http://e.example/1", "html": "<p>A</p>", "published": NOON,
               "topics": ["x"], "picture": PICTURE, "author": "Jo", "feed.format": "JSON Feed 1.1"}),
    SmallFeed("JSON Feed's authors", '{"items": [{"id": "1", "authors": [{"name": "jo@e.example (Jo Doe)"}]}]}',
              {"author": "Jo Doe"}),
    SmallFeed("JSON Feed's text", '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_text": '
              '"One\\n\\n<two>", "author": {"name": "Jo"}}]}',
              {"html": "<p>One</p><p>&lt;two&gt;</p>", "author": "Jo"}),
    # The feed itself
    SmallFeed("Atom's own words", f'<feed {ATOM} xml:lang="de"><title>F</title><subtitle>S</subtitle>'
              '<link href="http://e.example/"/><link rel="hub" href="http://h.example/"/>'
              '<link rel="self" href="http://e.example/f"/><entry><title>T</title></entry></feed>',
              {"feed.title": "F", "feed.description": "S", "feed.language": "de", "feed.hub": "http://h.example/",
               "feed.link": "http://e.example/", "feed.address": "http://e.example/f", "feed.format": "Atom 1.0"}),
    SmallFeed("RSS's own words", channel("<title>F</title><language>fr</language><description>D</description>"
              "<managingEditor>a@e.example (Al)</managingEditor><item><title>T</title></item>"),
              {"feed.title": "F", "feed.language": "fr", "feed.description": "D", "feed.author": "Al"}),
    SmallFeed("an address that is too long", rss(f"<title>T</title><link>http://e.example/{'a' * 2000}</link>"),
              {"link": None}),
    SmallFeed("an unknown module", rss('<title>T</title><x:title xmlns:x="http://x.example/">N</x:title>'),
              {"title": "T"}),
]  # fmt: skip
