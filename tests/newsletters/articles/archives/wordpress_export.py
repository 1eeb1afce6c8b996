"""Exports of WordPress as its versions write them, made of what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

SITE = "https://institute.example"
_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- generator="WordPress/6.6" created="2024-11-01 10:00" -->
<rss version="2.0"
  xmlns:excerpt="http://wordpress.org/export/{v}/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:wfw="http://wellformedweb.org/CommentAPI/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/{v}/">
<channel>
  <title>Institute</title>
  <link>{site}</link>
  <language>en-US</language>
  <wp:wxr_version>{v}</wp:wxr_version>
  <wp:base_site_url>{site}</wp:base_site_url>
  <wp:base_blog_url>{site}</wp:base_blog_url>
  <wp:author><wp:author_login><![CDATA[mira]]></wp:author_login>
    <wp:author_display_name><![CDATA[Mira Osei]]></wp:author_display_name></wp:author>
"""


@dataclass
class Post:
    number: int
    title: str = "A post"
    content: str = "Text."
    kind: str = "post"
    status: str = "publish"
    slug: str = ""
    excerpt: str = ""
    date: str = "2024-10-14 09:00:00"
    categories: tuple[tuple[str, str, str], ...] = (("category", "news", "News"),)
    meta: dict[str, str] = field(default_factory=dict)
    comments: str = ""
    more: str = ""

    def written(self) -> str:
        slug = self.slug or f"post-{self.number}"
        is_draft = self.status == "draft"
        link = f"{SITE}/?p={self.number}" if is_draft else f"{SITE}/2024/10/{slug}/"
        date = "0000-00-00 00:00:00" if is_draft else self.date
        terms = "".join(
            f'<category domain="{domain}" nicename="{term}"><![CDATA[{name}]]></category>'
            for domain, term, name in self.categories
        )
        meta = "".join(
            f"<wp:postmeta><wp:meta_key><![CDATA[{key}]]></wp:meta_key>"
            f"<wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
            for key, value in self.meta.items()
        )
        return f"""<item><title><![CDATA[{self.title}]]></title><link>{link}</link>
<pubDate>Mon, 14 Oct 2024 09:00:00 +0000</pubDate><dc:creator><![CDATA[mira]]></dc:creator>
<guid isPermaLink="false">{SITE}/?p={self.number}</guid><description></description>
<content:encoded><![CDATA[{self.content}]]></content:encoded>
<excerpt:encoded><![CDATA[{self.excerpt}]]></excerpt:encoded><wp:post_id>{self.number}</wp:post_id>
<wp:post_date_gmt><![CDATA[{date}]]></wp:post_date_gmt>
<wp:comment_status>open</wp:comment_status><wp:post_name><![CDATA[{"" if is_draft else slug}]]></wp:post_name>
<wp:status>{self.status}</wp:status><wp:post_type>{self.kind}</wp:post_type>{self.more}
<wp:post_password></wp:post_password>
{terms}{meta}{self.comments}</item>
"""


def picture(number: int, file: str, *, alt: str = "", caption: str = "", parent: int = 0, site: str = SITE) -> str:
    address = f"{site}/wp-content/uploads/2024/10/{file}"
    return Post(
        number, file, kind="attachment", status="inherit", excerpt=caption, categories=(),
        meta={"_wp_attachment_image_alt": alt} if alt else {},
        more=f"<wp:attachment_url>{escape(address)}</wp:attachment_url><wp:post_parent>{parent}</wp:post_parent>",
    ).written()  # fmt: skip


def comment(number: int, text: str, *, parent: int = 0, approved: str = "1", kind: str = "comment") -> str:
    return f"""<wp:comment><wp:comment_id>{number}</wp:comment_id>
<wp:comment_author><![CDATA[Ravi]]></wp:comment_author><wp:comment_author_email>ravi@example.org</wp:comment_author_email>
<wp:comment_date_gmt>2024-10-15 08:00:0{number % 10}</wp:comment_date_gmt>
<wp:comment_content><![CDATA[{text}]]></wp:comment_content><wp:comment_approved>{approved}</wp:comment_approved>
<wp:comment_type>{kind}</wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"""


def export(*items: Post | str, version: str = "1.2", folder: str = "") -> bytes:
    """In a folder of the host, as one of several sites."""
    written = [item if isinstance(item, str) else item.written() for item in items]
    said = f"{_HEAD.format(v=version, site=SITE)}{''.join(written)}</channel></rss>\n"
    return said.replace(SITE, f"{SITE}{folder}").encode()
