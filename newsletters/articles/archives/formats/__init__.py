"""How systems write the texts of their articles: Markdown with front matter, Lexical, Mobiledoc, HTML of mails."""
