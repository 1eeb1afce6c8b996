"""The messages to one subscriber, a module a kind: what it needs to know, and who writes it when it is sent.

Each kind has a folder of its name in templates/emails/ with subject.txt, body.mjml and body.txt. No message repeats
what a visitor typed, apart from the address it goes to: anybody can type anything into a sign-up form.
"""
