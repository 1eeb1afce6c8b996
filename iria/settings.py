"""Settings. Everything that differs between two installations is an environment variable, read by `iria.env`."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE

from iria import beat_schedule, env, env_incoming, log_lines
from iria.secret_key import secret_key
from lib import hosts

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Which of the two ways to run -----------------------------------------------------------------------------
IRIA_MODE = env.choice("IRIA_MODE", "embedded", ("embedded", "production"))
PRODUCTION = IRIA_MODE == "production"
IRIA_DATA = Path(env.text("IRIA_DATA", "var"))
if not IRIA_DATA.is_absolute():
    IRIA_DATA = BASE_DIR / IRIA_DATA
PORT = env.integer("PORT", 8000, minimum=1, maximum=65535)
INBOX_SMTP_PORT = env.integer("INBOX_SMTP_PORT", 1025, minimum=1, maximum=65535)
# `up` sets this for the process that runs Celery beside the web process, without a broker between the two.
IRIA_ROLE = env.choice("IRIA_ROLE", "any", ("any", "web", "worker"))

DEBUG = env.boolean("IRIA_DEBUG", default=False)
SECRET_KEY = secret_key(production=PRODUCTION, data=IRIA_DATA)
# Older secrets whose links still open: opt-out links never expire. Newest first.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

if PRODUCTION:
    env.required("SITE_URL", "Every link in an email starts with it, for example https://news.example.org.")
SITE_URL = env.site_url("SITE_URL", f"http://localhost:{PORT}")
SITE_HTTPS = SITE_URL.startswith("https://")
_site_host = urlsplit(SITE_URL).hostname or "localhost"
# Links lead nowhere but to this machine: no mail to real people may hold one.
SITE_IS_LOCAL = hosts.is_loopback(_site_host)
if PRODUCTION:
    env.required("ALLOWED_HOSTS", "List the host names that Iria answers to, for example news.example.org.")
# The site's own host always: else every link in every mail would lead to a refusal.
ALLOWED_HOSTS = list(
    dict.fromkeys(
        [hosts.in_url(_site_host), *(env.allowed_hosts("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"])]
    )
)
CSRF_FAILURE_VIEW = "iria.resubmission.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_HTTPS else []

# --- Database, broker, cache ----------------------------------------------------------------------------------
if PRODUCTION:
    env.required("DATABASE_URL", "In production Iria needs PostgreSQL: postgres://user:password@host:5432/iria.")
    env.required("REDIS_URL", "In production Celery needs Redis: redis://host:6379/0.")
    env.required(
        "EMAIL_URL", "In production Iria needs a mail server or service: smtp://user:password@host:587/?tls=starttls."
    )
_database_url = env.text("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", _database_url) if _database_url else env.sqlite(IRIA_DATA / "iria.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

CELERY_BROKER_URL = REDIS_URL or "memory://this-process/"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# A confirmation never waits behind an edition.
CELERY_TASK_ROUTES = {
    "mail.tasks.*": {"queue": "mail"},
    "newsletters.tasks.send_slice": {"queue": "bulk"},
    "newsletters.tasks.*": {"queue": "default"},
}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"socket_keepalive": True, "socket_connect_timeout": 2, "health_check_interval": 25, "visibility_timeout": 3600}
    if REDIS_URL
    else {"polling_interval": 0.05}  # the default of one second gives 16 tasks a second
)
CELERY_BEAT_SCHEDULE = beat_schedule.SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(IRIA_DATA / "celerybeat-schedule")

# --- Mail -----------------------------------------------------------------------------------------------------
_email_url = env.text("EMAIL_URL")
INBOX_ENABLED = not _email_url and not PRODUCTION  # the worker's catcher takes every mail, and /inbox/ shows it
INBOX_FILE = IRIA_DATA / "inbox.sqlite3"
# Relays refuse a name that isn't a full one, and a container has no other of its own: the site's stands for it.
EHLO_NAME = env.host_name("EHLO_NAME", "" if SITE_IS_LOCAL else _site_host)
EHLO_NAME = hosts.address_literal(EHLO_NAME) or EHLO_NAME
EMAIL_ROUTE = env.email_route(
    "EMAIL_URL", _email_url or f"smtp://127.0.0.1:{INBOX_SMTP_PORT}/?connections=8", ehlo=EHLO_NAME
)
# Django's own names, for `manage.py sendtestemail`: Iria sends by EMAIL_ROUTE alone.
EMAIL_BACKEND = EMAIL_ROUTE.backend or "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = EMAIL_ROUTE.host
EMAIL_PORT = EMAIL_ROUTE.port
EMAIL_HOST_USER = EMAIL_ROUTE.username
EMAIL_HOST_PASSWORD = EMAIL_ROUTE.password
EMAIL_USE_TLS = EMAIL_ROUTE.tls == "starttls"
EMAIL_USE_SSL = EMAIL_ROUTE.tls == "implicit"
EMAIL_TIMEOUT = 30  # seconds
_mail_host = _site_host if hosts.is_domain(_site_host) else "iria.example"
# The sender of mails that belong to no newsletter: confirmations and warnings to staff.
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL", f"IRIA <news@{_mail_host}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The domain of List-Id and Message-ID; and that of envelope senders, if each mail is to have its own.
MAIL_DOMAIN, BOUNCE_DOMAIN = env.host_name("MAIL_DOMAIN", _mail_host), env.host_name("BOUNCE_DOMAIN", "", of_mail=True)
# What comes back there is fetched from one of these, unless the mail server hands it to `manage.py receive_mail`.
BOUNCE_MAILDIR, BOUNCE_IMAP = env_incoming.folder("BOUNCE_MAILDIR"), env_incoming.imap("BOUNCE_IMAP")
# Where we listen for it ourselves.
BOUNCE_LMTP = env.host_and_port("BOUNCE_LMTP", default_port=2424)
BOUNCE_SMTP = env.host_and_port("BOUNCE_SMTP", default_port=25)
# So many soft bounces (and full mailboxes) within so many days, and the address is suppressed.
SOFT_BOUNCES = env_incoming.so_many_in_days("SOFT_BOUNCES", "5/30")
FULL_MAILBOXES = env_incoming.so_many_in_days("FULL_MAILBOXES", "5/60")
RAW_EVENTS_KEPT_DAYS = env.integer("RAW_EVENTS_KEPT_DAYS", 30, minimum=1, maximum=3650)
# The topics of Amazon SNS whose messages we believe, and how large a call of any mail service may be.
SNS_TOPICS, WEBHOOK_BYTES = env_incoming.sns_topics("SNS_TOPICS"), 10_000_000
# Domains that a newsletter may send from; none: any.
SENDER_DOMAINS = env.domains("SENDER_DOMAINS")
# Is DNS asked whether it lets the sender's domain send? An installation that cannot reach DNS says no.
CHECK_DNS = env.boolean("CHECK_DNS", default=PRODUCTION)
# Anyone who signs our mail does it under this selector (DKIM); preflight then looks for its key in DNS.
DKIM_SELECTOR = env.text("DKIM_SELECTOR")
# SpamAssassin's daemon, host:port, where preflight should ask for its judgement.
SPAMD = env.host_and_port("SPAMD", default_port=783)
# ESPs of django-anymail are set by anymail's own names, e.g. ANYMAIL_BREVO_API_KEY.
ANYMAIL: dict[str, Any] = {
    **env.prefixed("ANYMAIL_"),
    "REQUESTS_TIMEOUT": env.number("ANYMAIL_REQUESTS_TIMEOUT", 30.0, minimum=1.0, maximum=300.0),  # seconds
}

# --- Sign-up --------------------------------------------------------------------------------------------------
# Limits as (how many, in how many seconds); by address of the visitor, and by domain outside the largest: there of
# sign-ups that were not confirmed, so that an organisation whose people confirm is never held up.
SIGNUP_LIMITS_PER_IP = [(5, 60), (20, 3600)]
SIGNUP_LIMIT_PER_DOMAIN = (env.integer("SIGNUPS_PER_DOMAIN_AN_HOUR", 50, minimum=1, maximum=1_000_000), 3600)
# Beyond it a sign-up takes a proof of work, or without JavaScript a short wait; nobody is refused.
SIGNUP_LIMIT_OF_SITE = (env.integer("SIGNUPS_AN_HOUR", 600, minimum=1, maximum=10_000_000), 3600)
CONFIRM_LIMIT_PER_IP, CONFIRMATIONS_PER_ADDRESS_A_DAY = (20, 60), 3
SIGNUP_MINIMUM_SECONDS = 2
REFUSE_DISPOSABLE_ADDRESSES = env.boolean("REFUSE_DISPOSABLE_ADDRESSES", default=False)
# Of one who did not confirm within two days; in 24 hours to all together, so that a flood of sign-ups ends there.
SIGNUP_REMINDERS_A_DAY = env.integer("SIGNUP_REMINDERS_A_DAY", 500, minimum=0, maximum=1_000_000)
CONFIRMATION_VALID_DAYS = 7
IMPORT_CONFIRMATIONS_AN_HOUR = env.integer("IMPORT_CONFIRMATIONS_AN_HOUR", 1000, minimum=1, maximum=1_000_000)
# What nobody ever confirmed is deleted then, long after the link has expired; and messages to one person.
SIGNUPS_KEPT_DAYS = env.integer("SIGNUPS_KEPT_DAYS", 30, minimum=CONFIRMATION_VALID_DAYS + 1, maximum=3650)
MESSAGES_KEPT_DAYS = env.integer("MESSAGES_KEPT_DAYS", 365, minimum=7, maximum=36_500)
# Of an edition; preflight says when there are more. Each is rendered before the first leaves, and kept.
MOST_VARIANTS = env.integer("MOST_VARIANTS", 64, minimum=1, maximum=10_000)
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 1 if PRODUCTION else 0, minimum=0, maximum=10)  # 0: none

# --- The site -------------------------------------------------------------------------------------------------
SEARCH_LIMITS_PER_IP, COMMENT_LIMITS_PER_IP = [(60, 60)], [(3, 60), (20, 3600)]
# Of the API: calls by a token, and calls with a wrong one from an address.
API_LIMITS_PER_TOKEN, API_REFUSALS_PER_IP = [(600, 60)], [(60, 60)]
API_REPORTS_PER_PERSON = [(60, 60)]  # by all of their tokens: a report may read a whole ledger
COMMENT_LIMITS_PER_ADDRESS = [(5, 3600), (20, 86_400)]
COMMENT_MINIMUM_SECONDS = 3
COMMENT_MAILS_EVERY = 600  # seconds between two mails about comments that wait, however many come
COMMENT_IP_DAYS, COMMENT_SPAM_DAYS, COMMENT_ADDRESS_DAYS = 14, 30, 90  # e-mail addresses: from the decision
# Who opened and clicked is kept for so long after an edition began; and who asks not to be tracked, isn't.
TRACKING_KEPT_DAYS = env.integer("TRACKING_KEPT_DAYS", 365, minimum=91, maximum=3650)
HONOUR_DO_NOT_TRACK = env.boolean("HONOUR_DO_NOT_TRACK", default=True)
SCANNER_NETWORKS = env_incoming.networks("SCANNER_NETWORKS")  # whose clicks and opens are a machine's

# Hosts that feeds may be fetched from though they are on a private network: an intranet's.
FEEDS_FROM_PRIVATE_HOSTS = [host.lower() for host in env.words("FEEDS_FROM_PRIVATE_HOSTS")]

# --- The door (iria/door): what a request may be before Django sees it ---------------------------------------------
WEB_BIND = env.text("WEB_BIND", "127.0.0.1:8000")
WEB_WORKERS = env.integer("WEB_WORKERS", min(os.cpu_count() or 1, 8), minimum=1, maximum=64)
WEB_THREADS = env.integer("WEB_THREADS", 8, minimum=2, maximum=64)  # of each worker, for pages that Django makes
REQUEST_HEAD_BYTES = 16_000
REQUEST_BYTES = env.integer("REQUEST_KB", 256, minimum=16, maximum=10_000) * 1000  # the body of anybody's request
REQUEST_SECONDS = env.number("REQUEST_SECONDS", 20.0, minimum=1.0, maximum=600.0)  # until it has arrived
UPLOAD_BYTES = env.integer("UPLOAD_MB", 65, minimum=1, maximum=200) * 1_000_000  # the same of the staff's
UPLOAD_SECONDS = 600.0
REQUESTS_TOGETHER_BYTES = UPLOAD_BYTES + 100_000_000  # all that a worker holds at once
CONNECTIONS_PER_ADDRESS = env.integer("CONNECTIONS_PER_ADDRESS", 100, minimum=1, maximum=10_000)

# --- Sending --------------------------------------------------------------------------------------------------
CHUNK_SIZE = 1000
SLICE_SECONDS = 30.0
HAND_OUT_SECONDS = 1.0  # no mail begins later than this after its recipient was re-checked
LEASE_SECONDS = 60.0
LATE_OCCURRENCE_HOURS = 2
# What each sending process has begun, for the one that takes over when it dies: on this machine's own disk, and the
# same folder for all workers of the machine.
IRIA_JOURNAL_DIR = Path(env.text("IRIA_JOURNAL_DIR") or IRIA_DATA / "journal")
# How often every worker looks for what was lost, without needing Redis for it.
RECONCILE_SECONDS = env.number("IRIA_RECONCILE_SECONDS", 15.0, minimum=0.1, maximum=25.0)  # two looks in a lease
DEFERRAL_MINUTES: list[float] = [5, 15, 30, 60]  # then every 4,000 seconds until the newsletter's lifetime ends

# --- Django ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "iria.apps.IriaConfig",
    "iria.inbox.apps.InboxConfig",
    "newsletters.apps.NewslettersConfig",
    "subscribers.apps.SubscribersConfig",
    "mail.apps.MailConfig",
    "django_prose_editor",
    *(["anymail"] if EMAIL_ROUTE.backend.startswith("anymail.") else []),  # with all that it loads
    "axes",
    "csp",
    "iria.admin_site.IriaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, since widgets are rendered with ours
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # else a widget's template in templates/ is not found
MIDDLEWARE = [
    "iria.health.HealthMiddleware",
    "iria.front.FrontMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "iria.request_values.RequestValuesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "iria.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "iria.accounts.zones.ZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "iria.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # A kind of block brings its templates in its own folder: “quote/mail.mjml”.
        "DIRS": [BASE_DIR / "templates", BASE_DIR / "newsletters" / "blocks"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "newsletters.site.context.institute",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "iria.permissions.PermissionsInOneQuery",
    "iria.accounts.sign_in.NameOrAddressBackend",
    "django.contrib.auth.backends.ModelBackend",  # of those who signed in before addresses were taken
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS += [{"NAME": "iria.accounts.new_passwords.EndsTokens"}]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = AXES_ENABLE_ADMIN = False  # a lock ends by itself, or by a new password
AXES_CLIENT_IP_CALLABLE = "subscribers.visitors.visitor_network"
AXES_LOCKOUT_CALLABLE = "iria.accounts.log_in.locked_out"
# Before any password is hashed; more from where somebody logged in within the last months.
LOGIN_LIMITS_PER_IP = [(10, 60), (60, 3600)]
LOGIN_LIMITS_FROM_KNOWN_ADDRESSES = [(60, 60), (600, 3600)]
# Of the password that is asked for once more.
PASSWORDS_PER_SESSION = [(20, 300), (100, 86_400)]

# What readers may choose, the installation's own first. Staff work in English whatever is offered.
READER_LANGUAGES = env.languages("LANGUAGES", "en,ar", translated=("en", "ar"))
LANGUAGE_CODE = READER_LANGUAGES[0]
FORMAT_MODULE_PATH = ["iria.formats"]
LANGUAGES = [(code, code) for code in dict.fromkeys([*READER_LANGUAGES, "en"])]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = IRIA_DATA / "static"
MEDIA_URL = "media/"
MEDIA_ROOT = IRIA_DATA / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024  # an article's body of 10 MB is refused by the form, with a sentence
# Uploads and static files are public, whatever stands around them: the folder above is private to Iria's user.
FILE_UPLOAD_PERMISSIONS = 0o644
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755

# --- Security -------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = PRODUCTION and SITE_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION and SITE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.boolean("HSTS_SUBDOMAINS", default=False)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "style-src": [SELF, UNSAFE_INLINE],  # the rich editor and the admin set styles on elements
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # no DENY for frames: ours show previews of mails

# --- Words in the terminal ------------------------------------------------------------------------------------
HOST_NAME = socket.gethostname()
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO" if PRODUCTION else "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = log_lines.logging_settings(LOG_LEVEL, for_files=PRODUCTION)
