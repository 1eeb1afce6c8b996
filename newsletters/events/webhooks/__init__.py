"""What mail services call when a mail bounced, was opened, clicked or complained about. No service's calls are taken
yet; each will have a module here that checks the signature and hands the event on.
"""
