"""Archives of articles: an export of WordPress with texts as long as an institute's, each with a picture in the
text and one as its main picture, on both databases, by the command that an operator gives.

A server on this machine has the pictures. Twenty are files of their own, which are fetched, decoded and encoded in
four widths; how long that takes is a matter of pictures and not of archives, so posts share them. Memory is flat when
the larger archive takes no more of it than the smaller one.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import psutil
from PIL import Image

from bench.installations import OnPostgres, OnSqlite
from bench.machine import cpu_seconds, peak_mb
from bench.send import on_postgres
from tests.processes import Process

FULL = (1_000, 10_000)
QUICK = (20, 100)
PICTURES = 20
WORDS = 700  # of a post
NO_SERVER = "smtp://127.0.0.1:9"  # bringing in sends nothing
_LONGEST_SECONDS = 3600.0
_LOOK_EVERY = 0.05  # seconds
_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Institute</title><link>{site}</link><language>en-US</language>
<wp:wxr_version>1.2</wp:wxr_version><wp:base_site_url>{site}</wp:base_site_url>
"""
_ITEM = """<item><title>{title}</title><link>{site}/2024/{month:02}/{slug}/</link>
<dc:creator>editor{author}</dc:creator>
<content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded></excerpt:encoded>
<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>2024-{month:02}-14 09:00:00</wp:post_date_gmt>
<wp:post_name>{slug}</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<category domain="category" nicename="c{category}">Category {category}</category>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>{thumbnail}</wp:meta_value></wp:postmeta></item>
"""
_ATTACHMENT = """<item><title>p</title><wp:post_id>{number}</wp:post_id><wp:status>inherit</wp:status>
<wp:post_type>attachment</wp:post_type><wp:attachment_url>{site}/uploads/{file}.jpg</wp:attachment_url>
<excerpt:encoded><![CDATA[A place. (Photo: Agency)]]></excerpt:encoded></item>
"""


def measure(folder: Path, *, quick: bool, articles: int, say: Callable[[str], None]) -> dict[str, Any]:
    del articles
    sizes = QUICK if quick else FULL
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        site = stack.enter_context(_pictures())
        host = site.removeprefix("http://")
        places = (
            OnSqlite(folder / "sqlite", email_url=NO_SERVER),
            stack.enter_context(on_postgres(folder / "postgres", NO_SERVER)),
        )
        for number, size in enumerate(sizes):
            file = export_file(folder, site, first=number * 1_000_000, size=size)
            for place in places:
                place.variables["FEEDS_FROM_PRIVATE_HOSTS"] = host
                run = _bring_in(place, file)
                say(f"{size:,} posts on {place.database}: {run['seconds']:.0f} s, {run['peak_mb']:.0f} MB")
                rows.append({"database": place.database, "posts": size, **run})
    note = f"Posts of {WORDS} words; each size adds to those before. Target: 10,000 posts in 180 s, memory flat."
    return {"note": note, "rows": rows}


def export_file(folder: Path, site: str, *, first: int, size: int) -> Path:
    chance = Random(first)
    vocabulary = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 11))) for _ in range(4000)]
    path = folder / f"export-{size}.xml"
    with path.open("w") as file:
        file.write(_HEAD.format(site=site))
        for number in range(PICTURES):
            file.write(_ATTACHMENT.format(number=first + 900_000 + number, site=site, file=number))
        for number in range(1, size + 1):
            words = chance.choices(vocabulary, k=WORDS)
            parts = [" ".join(words[start : start + 70]).capitalize() + "." for start in range(0, WORDS, 70)]
            picture = f'<figure><img src="{site}/uploads/{number % PICTURES}.jpg" alt="A place"></figure>'
            title = " ".join(chance.choices(vocabulary, k=8)).capitalize()
            file.write(
                _ITEM.format(
                    title=title, site=site, month=number % 12 + 1, slug=f"post-{first + number}", author=number % 20,
                    content="\n\n".join([*parts[:3], picture, *parts[3:]]), number=first + number,
                    category=number % 12, thumbnail=first + 900_000 + number % PICTURES,
                )
            )  # fmt: skip
        file.write("</channel></rss>\n")
    return path


def _bring_in(place: OnSqlite | OnPostgres, file: Path) -> dict[str, Any]:
    """Its seconds; the processor time and the memory of its process, start included. Raises RuntimeError when not
    everything came in, published."""
    command = [sys.executable, "manage.py", "import_articles", str(file), "--make-topics"]
    began = time.monotonic()
    with Process(command, variables=place.variables, log=file.with_suffix(f".{place.database}.log")) as process:
        family, cpu, peak = psutil.Process(process.popen.pid), 0.0, 0.0
        while process.popen.poll() is None:
            if time.monotonic() - began > _LONGEST_SECONDS:
                raise RuntimeError(f"{file.name} isn't in after {_LONGEST_SECONDS:,.0f} seconds.")
            try:
                cpu = cpu_seconds([family])
            except psutil.NoSuchProcess:
                break
            peak = max(peak, peak_mb(family.pid))
            time.sleep(_LOOK_EVERY)
        status, output = process.popen.wait(60), process.output()
    seconds = time.monotonic() - began
    size = int(file.stem.partition("-")[2])
    if status or f"{size:,}  come in" not in output or "held as a draft" in output:
        raise RuntimeError(f"{file.name} on {place.database}:\n{output[-3000:]}")
    return {"seconds": round(seconds, 1), "ms_per_post": round(1e3 * cpu / size, 1), "peak_mb": round(peak, 1)}


@contextmanager
def _pictures() -> Iterator[str]:
    """A site that has a picture at every address, as many as there are names."""

    class PictureHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int("".join(filter(str.isdigit, self.path)) or 0)
            body = _picture(number)
            self.send_response(200)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), PictureHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@lru_cache(maxsize=PICTURES)
def _picture(number: int) -> bytes:
    image = Image.effect_noise((1280, 720), 40).convert("RGB")
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 0))
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
