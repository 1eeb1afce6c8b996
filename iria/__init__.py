"""The roof: settings, urls, the Celery app, the inbox and `manage.py up`. Nothing below imports it."""
