"""Mail services, by django-anymail: every ESP that it speaks to."""
