"""One settings module; the environment decides, and nothing set means a laptop with everything embedded.

`ALLOWED_HOSTS` with a name beyond this machine means: served to others. Then whatever protects them is demanded, and
what is missing or unsafe ends in one sentence. Every variable is described in docs/operators/configuration.md.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import django_stubs_ext
from environ import Env
from kombu import Queue

from orchestrator import environment as env
from orchestrator.devstack import places, privilege

django_stubs_ext.monkeypatch()  # ModelAdmin[Job] and the like, at run time too

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.text("STATE_DIR", str(BASE_DIR / "var"))).resolve()
HERE = ["localhost", "127.0.0.1", "[::1]"]  # what this machine calls itself
PORT = env.number("PORT", 8000)
PROCESS = env.text("BATON_PROCESS")  # web, worker, or nothing: a command by hand
if PROCESS not in ("", "web", "worker"):
    env.refuse(f"BATON_PROCESS is {PROCESS!r}; write web or worker.")
DEBUG = env.flag("DEBUG")

# --- Who may come in ----------------------------------------------------------
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", [*HERE, "testserver"])
SERVED = not set(ALLOWED_HOSTS) <= {*HERE, "testserver"}
BASE_URL = env.text("BASE_URL", f"http://localhost:{PORT}").rstrip("/")
HTTPS = urlsplit(BASE_URL).scheme == "https"
if urlsplit(BASE_URL).scheme not in ("http", "https") or not urlsplit(BASE_URL).hostname:
    env.refuse(f"BASE_URL is {BASE_URL!r}; write the address people use, like https://baton.example.com.")
if "*" in ALLOWED_HOSTS:
    env.refuse("ALLOWED_HOSTS is *, which lets anybody forge the links in mails; name the hosts.")
if SERVED and DEBUG:
    env.refuse("DEBUG is on and ALLOWED_HOSTS names hosts beyond this machine; switch DEBUG off.")
if SERVED and not HTTPS:
    env.refuse(f"BASE_URL is {BASE_URL!r}; people who come from other machines need an https:// address.")


def secret_key() -> str:
    """SECRET_KEY, or on a laptop one that is made once and kept readable for its owner alone."""
    key = env.text("SECRET_KEY")
    if key and (len(key) < 50 or len(set(key)) < 5):
        env.refuse("SECRET_KEY is too short to protect anything; use 50 random characters.")
    if SERVED and not key:
        env.refuse("SECRET_KEY is missing; set it (or SECRET_KEY_FILE) to 50 random characters and keep it.")
    return key or places.kept_secret(STATE_DIR / "secret_key", lambda: secrets.token_urlsafe(50))


SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
AUTHENTICATION_BACKENDS = [
    "orchestrator.sign_in.Doorkeeper",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # nobody can grant anything to people who have not signed in
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "login", "/", "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_ENGINE = "tasks_inbox.visitors"  # with the person of the session
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "baton_session", "baton_csrf"
CSRF_COOKIE_HTTPONLY = True  # the pages carry the token in their markup
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-baton_session", "__Host-baton_csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = env.number("BATON_HSTS_SECONDS", 30 * 24 * 3600)
    # Sub-domains and browsers' preload lists are for the owner of the domain to decide, not for one product on it.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = None
if env.flag("BATON_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- What runs ----------------------------------------------------------------
DEMO = env.flag("BATON_DEMO", not SERVED)  # the demo company's switchboard in the admin
INSTALLED_APPS = [
    "orchestrator.apps.OrchestratorConfig",
    "tasks_inbox.apps.TasksInboxConfig",
    *(["demo.apps.DemoConfig"] if DEMO else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "csp",
    "guardian",
]
MIDDLEWARE = [
    "orchestrator.policy.Policy",  # outermost: every answer carries the policy
    "orchestrator.health.probes",  # before ALLOWED_HOSTS and the redirect to https: probes know neither
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "orchestrator.language.administration",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tasks_inbox.visitors.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "orchestrator.urls"
WSGI_APPLICATION = "orchestrator.wsgi.application"
_loaders = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            # "page.html#part" is one partial of a page; outside of DEBUG every template is compiled once per language.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _loaders if DEBUG else [("orchestrator.folding.Loader", _loaders)],
                )
            ],
        },
    }
]

# --- PostgreSQL ---------------------------------------------------------------
EMBEDDED_DATABASE = not env.text("DATABASE_URL")
_database: dict[str, Any]
if EMBEDDED_DATABASE:
    _database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": places.DATABASE,
        "USER": "postgres",
        "HOST": str(privilege.postgres_socket_dir(STATE_DIR)),
    }
else:
    _database = env.parsed("DATABASE_URL", Env.db_url_config, "postgres://user:password@host:5432/baton")
    if _database.get("ENGINE") != "django.db.backends.postgresql":
        env.refuse("DATABASE_URL names another database; Baton's promises need PostgreSQL (postgres://...).")
# A page that lies elsewhere costs what the next one does, on any disk that can be bought. With PostgreSQL's own value a
# plan that is made while a table is small reads all of it, and is kept while the table grows.
_session = {"random_page_cost": "1.1"}
# A person gives up long before these limits; a migration by hand has none.
_session |= {"idle_in_transaction_session_timeout": "10s", "lock_timeout": "5s", "statement_timeout": "0"} | {
    "web": {"lock_timeout": "2s", "statement_timeout": "5s"},
    "worker": {"statement_timeout": "60s"},
}.get(PROCESS, {})
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 600,  # a new connection plans everything anew: up to a tenth of a second
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "options": " ".join(f"-c {name}={value}" for name, value in _session.items()),
            # Prepared statements: half as much again on the hot path.
            "server_side_binding": True,
            "prepare_threshold": 1,
            **_database.get("OPTIONS", {}),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Of one process, and only what a version of a person's lists stands for: nothing in it can be out of date.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}}

# --- Celery: a doorbell. Work is rows; a lost message costs the time to the next tick --------------------------------
EMBEDDED_REDIS = not env.text("REDIS_URL")
REDIS_URL = env.text("REDIS_URL", places.valkey_url(STATE_DIR))
if urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    env.refuse(f"REDIS_URL is {REDIS_URL!r}; write redis://host:6379/0, rediss://... or unix://path?db=0.")
CELERY_BROKER_URL = places.broker_url(REDIS_URL)
CELERY_RESULT_BACKEND = None  # the outcome of every step is a row in PostgreSQL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # at least once; whoever runs claims its row first, so twice is harmless
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT, CELERY_TASK_SOFT_TIME_LIMIT = 300, 240
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Every queue is declared: a queue that only a route knows would swallow its tasks in silence.
CELERY_TASK_DEFAULT_QUEUE = "engine"
CELERY_TASK_QUEUES = [Queue("engine"), Queue("connectors"), Queue("mail")]
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "orchestrator.tasks.run_job": {"queue": "connectors"},
    "*.send_mails": {"queue": "mail"},
    "*.tell_people": {"queue": "mail"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
# Off: it takes the threads pool down with it, and steps are safe to repeat.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # beyond the hard time limit; never a timer: due times are rows
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "global_keyprefix": "baton:",
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "orchestrator.tasks.sweep", "schedule": 1.0, "options": {"expires": 5}},
    "batches": {"task": "orchestrator.tasks.run_batches", "schedule": 5.0, "options": {"expires": 10}},
    "send mails": {"task": "orchestrator.tasks.send_mails", "schedule": 2.0, "options": {"expires": 10}},
    "apply decisions": {"task": "tasks_inbox.tasks.apply_decisions", "schedule": 1.0, "options": {"expires": 5}},
    "escalate": {"task": "tasks_inbox.tasks.escalate", "schedule": 5.0, "options": {"expires": 10}},
    "tell people": {"task": "tasks_inbox.tasks.tell_people", "schedule": 5.0, "options": {"expires": 10}},
    "keep up": {"task": "tasks_inbox.tasks.keep_up", "schedule": 60.0, "options": {"expires": 60}},
}

# --- People ---------------------------------------------------------------------
# For how many seconds a decision can be taken back before it is applied; a model's property `undo` says otherwise.
UNDO_SECONDS = env.number("BATON_UNDO_SECONDS", 0)
DECIDE_BY_MAIL = env.flag("BATON_DECIDE_BY_MAIL", True)  # mails about tasks lead to a page that asks for no password

# --- The outside --------------------------------------------------------------
EMAIL_URL = env.text("EMAIL_URL")
if SERVED and not EMAIL_URL:
    env.refuse("EMAIL_URL is missing, so nobody would get a mail; set it to smtp+tls://user:password@host:587.")
if EMAIL_URL:
    vars().update(env.parsed("EMAIL_URL", Env.email_url_config, "smtp+tls://user:password@host:587"))
else:
    EMAIL_BACKEND = "orchestrator.outbox.EmailBackend"  # every message is kept and shown at /outbox/
EMAIL_TIMEOUT = 10
OUTBOX_DIR = STATE_DIR / "outbox"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"Baton <baton@{urlsplit(BASE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
CREDIT_SERVICE_URL = env.text(  # of the demo; `manage.py up` keeps the port that was free when it was loaded
    "CREDIT_SERVICE_URL", places.remembered(STATE_DIR / places.CREDIT_SERVICE, "http://localhost:8001")
)
CONNECTOR_ALLOWED_HOSTS = env.words(
    "BATON_CONNECTOR_ALLOWED_HOSTS", [urlsplit(CREDIT_SERVICE_URL).netloc] if DEMO else []
)

# --- Words, times, files ------------------------------------------------------
LANGUAGE_CODE, USE_I18N, USE_TZ = "en", True, True
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # each as its speakers call it; the texts stand in locale/
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "orchestrator.formats"
TIME_ZONE = env.parsed("TIME_ZONE", lambda name: ZoneInfo(name).key, "a zone like Europe/Berlin", "UTC")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DOCUMENT_MOST_BYTES = int(env.number("BATON_DOCUMENT_MOST_MB", 10)) * 1024 * 1024  # of one file
UPLOAD_MOST_BYTES = max(5 * DOCUMENT_MOST_BYTES, 50 * 1024 * 1024)  # of one request
FILE_UPLOAD_HANDLERS = [
    "orchestrator.uploads.Capped",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o640
STATIC_URL = "static/"
STATIC_ROOT = STATE_DIR / "static"
# Processes to start from, in the library of the admin: a folder, or None.
PROCESS_TEMPLATES: Path | None = BASE_DIR / "demo"

STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+[.-][0-9A-Za-z]{8,12}\..+$"  # names with a hash, Django's or the bundler's
LOG_LEVEL = env.text("BATON_LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    env.refuse(f"BATON_LOG_LEVEL is {LOG_LEVEL!r}; write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {name: {"level": LOG_LEVEL} for name in ("orchestrator", "tasks_inbox")},
}
env.refuse_unknown()
