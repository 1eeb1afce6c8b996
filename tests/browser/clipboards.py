"""What Word, Word on the web, Google Docs, LibreOffice and pages of the web put into the clipboard, in their manner, and
what an article then says."""

# ruff: noqa: E501 - a clipboard is what it is
from __future__ import annotations

from typing import NamedTuple


class Clipboard(NamedTuple):
    name: str
    html: str
    article: str
    said: str = ""


_WORD = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
    '<meta name=Generator content="Microsoft Word 15"><!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]-->'
    "<style><!-- p.MsoNormal {margin:0cm} --></style></head><body lang=EN-GB><!--StartFragment-->{}<!--EndFragment-->"
    "</body></html>"
)


def _word(html: str) -> str:
    return _WORD.replace("{}", html)


def _item(marker: str, text: str, level: int = 1, where: str = "Middle", symbol: str = "Symbol") -> str:
    return (
        f"<p class=MsoListParagraphCxSp{where} style='text-indent:-18.0pt;mso-list:l0 level{level} lfo1'>"
        f"<![if !supportLists]><span style='font-family:{symbol};mso-bidi-font-family:{symbol}'><span "
        f"style='mso-list:Ignore'>{marker}<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span>"
        f"</span><![endif]>{text}<o:p></o:p></p>"
    )


_GOOGLE = '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1">{}</b>'


def _google(html: str) -> str:
    return _GOOGLE.replace("{}", html)


def _online(kind: str, level: int, text: str, start: int = 1) -> str:
    opening = f'<ol role="list" start="{start}">' if kind == "ol" else '<ul role="list">'
    return (
        f'<div class="ListContainerWrapper SCXW1">{opening}<li data-leveltext="%1." data-listid="3" aria-setsize="-1" '
        f'data-aria-posinset="1" data-aria-level="{level}" role="listitem"><p class="Paragraph"><span '
        f'data-contrast="auto" class="TextRun"><span class="NormalTextRun">{text}</span></span><span class="EOP" '
        f'data-ccp-props="{{}}">&nbsp;</span></p></li></{kind}></div>'
    )


CLIPBOARDS = [
    Clipboard(
        "word-bullets-nested",
        _word(
            "<h1>One</h1>" + _item("·", "first", where="First") + _item("o", "within", 2, symbol='"Courier New"')
            + _item("§", "deeper", 3, symbol="Wingdings") + _item("·", "second <b>bold</b>", where="Last")
            + "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>After.<o:p></o:p></p>"
        ),
        "<h2>One</h2><ul><li>first<ul><li>within<ul><li>deeper</li></ul></li></ul></li>"
        "<li>second <strong>bold</strong></li></ul><p>After.</p>",
    ),
    Clipboard(
        "word-numbers-with-a-start",
        _word(_item("3.", "three") + _item("4.", "four") + _item("a)", "letter", 2) + _item("5.", "five")),
        '<ol start="3"><li>three</li><li>four<ol><li>letter</li></ol></li><li>five</li></ol>',
    ),
    Clipboard(
        "word-headings-shifted",
        _word(
            "<p class=MsoTitle>Title</p><h1>One</h1><h2 style='mso-list:l1 level2 lfo2'><![if !supportLists]><span "
            "style='mso-list:Ignore'>1.1<span>&nbsp;&nbsp; </span></span><![endif]>Two</h2><h5>Deep</h5>"
        ),
        "<h2>Title</h2><h2>One</h2><h3>1.1 Two</h3><h4>Deep</h4>",
    ),
    Clipboard(
        "word-footnotes",
        _word(
            "<p class=MsoNormal>See<a style='mso-footnote-id:ftn1' href=\"#_ftn1\" name=\"_ftnref1\" title=\"\"><span "
            "class=MsoFootnoteReference><span style='mso-special-character:footnote'><![if !supportFootnotes]>[1]"
            "<![endif]></span></span></a> here.</p><div style='mso-element:footnote-list'><![if !supportFootnotes]><br "
            'clear=all><hr align=left size=1 width="33%"><![endif]><div style=\'mso-element:footnote\' id=ftn1><p '
            "class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href=\"#_ftnref1\" name=\"_ftn1\"><span "
            "class=MsoFootnoteReference>[1]</span></a> The <i>note</i>.</p></div></div>"
        ),
        '<p>See<sup><a href="#fn-1" id="fnref-1" rel="noopener noreferrer">1</a></sup> here.</p>'
        '<ol><li id="fn-1">The <em>note</em>. <a href="#fnref-1" rel="noopener noreferrer">↩</a></li></ol>',
    ),
    Clipboard(
        "word-a-footnote-without-its-text",
        _word(
            "<p class=MsoNormal>See<a style='mso-footnote-id:ftn1' href=\"#_ftn1\" name=\"_ftnref1\"><span "
            'class=MsoFootnoteReference>[1]</span></a> and <a href="file:///C:/me/a.docx">a file</a>.</p>'
        ),
        "<p>See[1] and a file.</p>",
        "1 link to a file on a computer couldn't be pasted. The text of 1 footnote wasn't in what you copied.",
    ),
    Clipboard(
        "word-table-with-caption",
        _word(
            "<p class=MsoCaption>Table 1: Aid</p><table class=MsoTableGrid border=1><thead><tr><td width=300><p "
            "class=MsoNormal><b>Year<o:p></o:p></b></p></td><td><p class=MsoNormal><b>Aid</b></p></td></tr></thead><tr><td "
            "colspan=2><p class=MsoNormal>2024</p></td></tr></table><p class=MsoNormal>After</p>"
        ),
        "<table><caption>Table 1: Aid</caption><thead><tr><td><strong>Year</strong></td><td><strong>Aid</strong></td></tr>"
        '</thead><tbody><tr><td colspan="2">2024</td></tr></tbody></table><p>After</p>',
    ),
    Clipboard(
        "word-changes-comments-and-drawings",
        _word(
            "<p class=MsoNormal>Kept<del cite='mailto:a'> deleted</del><ins cite='mailto:a'> added</ins>"
            "<a class=msocomanchor href='#_msocom_1'>[A1]</a></p><p class=MsoNormal><v:shape id=x><v:imagedata "
            "src='file:///C:/a.png'/></v:shape><img width=10 src='file:///C:/b.png'></p>"
        ),
        "<p>Kept added</p>",
        "1 picture and 1 drawing couldn't be pasted. Add pictures with the picture button.",
    ),
    Clipboard(
        "word-online-lists-and-headings",
        '<div class="OutlineElement"><p class="Paragraph" role="heading" aria-level="2"><span class="TextRun" '
        'data-contrast="none"><span data-ccp-parastyle="heading 2">Plan</span></span></p></div>'
        + _online("ol", 1, "one") + _online("ul", 2, "inner") + _online("ol", 1, "two", 2)
        + '<div class="OutlineElement"><p class="Paragraph"><span style="font-weight:bold">Bold</span><span> plain'
        '</span></p></div>',
        "<h2>Plan</h2><ol><li>one<ul><li>inner</li></ul></li><li>two</li></ol><p><strong>Bold</strong> plain</p>",
    ),
    Clipboard(
        "word-online-table",
        '<div class="TableContainer"><table data-tablestyle="MsoTable"><tbody><tr><td data-celllook="0"><div><div '
        'class="OutlineElement"><p class="Paragraph"><span>Year</span><span>&nbsp;</span></p></div></div></td><td><div>'
        '<p class="Paragraph"><span>Aid</span></p></div></td></tr></tbody></table></div>',
        "<table><tbody><tr><td>Year&nbsp;</td><td>Aid</td></tr></tbody></table>",
    ),
    Clipboard(
        "google-docs-marks-and-lists",
        _google(
            '<h1 dir="ltr"><span style="font-size:20pt;font-weight:400">Head</span></h1><h3><span '
            'style="font-weight:700">Sub</span></h3><p dir="ltr"><span style="font-weight:400">Plain </span><span '
            'style="font-weight:700;font-style:italic">both</span><span style="font-size:0.6em;vertical-align:super">2'
            '</span></p><br><ol style="margin:0" start="2"><li dir="ltr" aria-level="1"><p role="presentation"><span>a'
            '</span></p></li><ul><li dir="ltr" aria-level="2"><p><span>b</span></p></li></ul><li aria-level="1"><p><span>c'
            '</span></p></li></ol><br class="Apple-interchange-newline">'
        ),
        "<h2>Head</h2><h4>Sub</h4><p>Plain <em><strong>both</strong></em><sup>2</sup></p>"
        '<ol start="2"><li>a<ul><li>b</li></ul></li><li>c</li></ol>',
    ),
    Clipboard(
        "google-docs-table-link-and-picture",
        _google(
            '<p><a href="https://www.google.com/url?q=https%3A%2F%2Fexample.org%2Fa&amp;sa=D"><span '
            'style="text-decoration:underline">link</span></a></p><div dir="ltr"><table><colgroup><col width="1"></colgroup>'
            '<tbody><tr style="height:0"><td><p><span>Year</span></p></td><td><p><span>Aid</span></p></td></tr></tbody>'
            '</table></div><p><img src="https://lh7-rt.googleusercontent.com/docsz/x" width="600" height="300"></p>'
        ),
        '<p><a href="https://example.org/a" rel="noopener noreferrer">link</a></p>'
        "<table><tbody><tr><td>Year</td><td>Aid</td></tr></tbody></table>",
        "1 picture couldn't be pasted. Add pictures with the picture button.",
    ),
    Clipboard(
        "libreoffice-lists-and-footnotes",
        '<html><head><meta name="generator" content="LibreOffice 7.6"><style>p { line-height: 115% }</style></head><body>'
        '<h2 class="western">Head</h2><ul><li><p style="margin-bottom: 0cm">one</p></li><ul><li><p>inner</p></li></ul></ul>'
        '<p>See<a class="sdfootnoteanc" name="sdfootnote1anc" href="#sdfootnote1sym"><sup>1</sup></a> <font '
        'face="Courier"><b>bold</b></font></p><div id="sdfootnote1"><p class="sdfootnote"><a class="sdfootnotesym" '
        'name="sdfootnote1sym" href="#sdfootnote1anc">1</a> Its note</p></div></body></html>',
        "<h2>Head</h2><ul><li>one<ul><li>inner</li></ul></li></ul>"
        '<p>See<sup><a href="#fn-1" id="fnref-1" rel="noopener noreferrer">1</a></sup> <strong>bold</strong></p>'
        '<ol><li id="fn-1">Its note <a href="#fnref-1" rel="noopener noreferrer">↩</a></li></ol>',
    ),
    Clipboard(
        "libreoffice-calc",
        '<html><head><meta name="generator" content="LibreOffice"></head><body><table cellspacing="0" border="0"><colgroup '
        'width="85"></colgroup><tr><td height="17" align="left">Year</td><td align="right" sdval="12">12</td></tr></table>'
        "</body></html>",
        "<table><tbody><tr><td>Year</td><td>12</td></tr></tbody></table>",
    ),
    Clipboard(
        "web-encyclopedia",
        '<html><body><h2><span class="mw-headline" id="X">Straits</span></h2><p>Text<sup id="cite_ref-1" '
        'class="reference"><a href="#cite_note-1">[1]</a></sup> and <a href="/wiki/Sea">sea</a>, again<sup '
        'id="cite_ref-1b"><a href="#cite_note-1">[1]</a></sup>.</p><ol class="references"><li id="cite_note-1"><span '
        'class="mw-cite-backlink"><a href="#cite_ref-1">^</a> <a href="#cite_ref-1b">b</a></span> <span '
        'class="reference-text">Smith, <i>Seas</i></span></li></ol><script>alert(1)</script></body></html>',
        '<h2>Straits</h2><p>Text<sup><a href="#fn-1" id="fnref-1" rel="noopener noreferrer">1</a></sup> and sea, '
        'again<sup><a href="#fn-1" rel="noopener noreferrer">1</a></sup>.</p><ol><li id="fn-1">Smith, <em>Seas</em> '
        '<a href="#fnref-1" rel="noopener noreferrer">↩</a></li></ol>',
    ),
    Clipboard(
        "web-article",
        '<article><h1>Head</h1><div class="p">First <abbr title="United Nations">UN</abbr> <u>line</u></div><blockquote>'
        '<p>Said</p></blockquote><iframe src="https://video.example"></iframe><pre><code>x = 1\n  y</code></pre><table>'
        "<tr><td>only <b>one</b> cell</td></tr></table><dl><dt>Term</dt><dd>Meaning</dd></dl></article>",
        '<h2>Head</h2><p>First <abbr title="United Nations">UN</abbr> line</p><blockquote><p>Said</p></blockquote>'
        "<pre><code>x = 1\n  y</code></pre><p>only <strong>one</strong> cell</p><p>Term</p><p>Meaning</p>",
        "1 video or embedded part couldn't be pasted.",
    ),
]  # fmt: skip
