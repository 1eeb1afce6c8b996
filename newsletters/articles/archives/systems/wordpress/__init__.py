"""WordPress: its export (WXR, “WordPress eXtended RSS”, versions 1.0 to 1.2), and its REST API by the site's address.

wxr         the export as a stream, and who is who in it
posts       an item of the export as an article
rest        a site asked page by page
content     the HTML of blocks, embeds, galleries and plugins as an article has it
shortcodes  [caption], [gallery], [embed]; the others are left out by name
paragraphs  the blank lines of the classic editor as paragraphs
media       attachments: addresses, alternative texts, captions and credits, kept on the disk while the archive is read
"""

from newsletters.articles.archives.systems.description import ArchiveSystem
from newsletters.articles.archives.systems.wordpress.wxr import is_export, read_export

SYSTEM = ArchiveSystem("wordpress", "WordPress", is_export, read_export)
