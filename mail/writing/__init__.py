"""How a mail is written: its header fields, its body, what identifies it. The one writer for editions and messages.

`fields` writes headers, `bodies` encodes texts, `identity` makes what names a mail and its sender, `message` puts a
whole mail together. Editions, which are compiled once and joined for each reader, call the same functions for their
pieces.
"""
