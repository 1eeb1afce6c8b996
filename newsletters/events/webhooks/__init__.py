"""What mail services call when a mail was delivered, bounced or complained about, and when a mail came in for us.

One way for every service that django-anymail knows: `calls` answers the call. `service` asks anymail whether it is
signed, and says no where nothing protects it. What is signed is kept as it came (`receiving`), and read by
a worker: `tracking` takes what anymail makes of it, and `verdicts` says what a bounce means, by the service's own
classes and the server's words. A small module stands for a service that differs, also where anymail leaves a signature
unchecked: `amazon_ses` with `amazon_sns`, `mailgun`, …
"""
