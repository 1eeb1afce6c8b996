"""Articles that come along from another system, in its export: once, with their pictures, dates and old addresses.

archived    what an archive says, whatever its system
sources     a file, a ZIP file or a folder: opened, measured, never unpacked to the disk
systems/    a module a system: recognises its exports, and reads them as a stream
formats/    how systems write texts and tables: Markdown with front matter, Lexical, Mobiledoc, mails, JSON, CSV
"""
