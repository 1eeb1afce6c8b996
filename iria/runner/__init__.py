"""`manage.py up`: a supervisor with two children forked from it, the web process and the worker.

Two children, because a busy sender in the web process makes every page slow, and because a killed worker must not take
sign-ups and unsubscribes away. Nothing here is used in production, where the door and Celery run by themselves.
"""
