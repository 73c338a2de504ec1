"""The one settings file. Everything that differs between machines comes from the environment; see the README."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from psycopg2.extensions import parse_dsn

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("CQMS_DATA", BASE_DIR / ".data"))
DEBUG = os.environ.get("CQMS_DEBUG") == "1"
SITE_URL = os.environ.get("CQMS_URL", "http://localhost:8000").rstrip("/")
SECURE = SITE_URL.startswith("https://")

SECRET_KEY = os.environ.get("CQMS_SECRET_KEY", "")
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "cqms.urls"
WSGI_APPLICATION = "cqms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "cqms.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "simple_history",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "cqms.organizations",
    "cqms.audit",
    "cqms.access",
    "cqms.configuration",
    "cqms.identity",
    "cqms.signatures",
    "cqms.numbering",
    "cqms.workflow",
    "cqms.jobs",
    "cqms.attachments",
    "cqms.comments",
    "cqms.notifications",
    "cqms.deadlines",
    "cqms.reports",
    "cqms.search",
    "cqms.lists",
    "cqms.ui",
    "cqms.api",
    "cqms.portal",
    "cqms.trail_reviews",
    "cqms.redactions",
    "cqms.administration",
    "studies",
    "documents",
    "quality_events",
    "quality_events.intake",
    "quality_events.issues",
    "quality_events.deviations",
    "quality_events.breaches",
    "quality_events.complaints",
    "quality_events.process_deviations",
    "quality_events.changes",
    "quality_events.capas",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cqms.portal.middleware.SignedIn",
    "cqms.portal.middleware.OpenOrganization",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "cqms.ui.context.frame",
            ],
        },
    }
]


def database(dsn: str) -> dict[str, object]:
    """Django's settings for a libpq DSN, in its URL or keyword form. A folder as host means a unix socket."""
    parts = parse_dsn(dsn)
    return {
        "ENGINE": "cqms.audit.postgresql",
        "NAME": parts.pop("dbname", "cqms"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": int(os.environ.get("CQMS_CONNECTION_AGE", "60")),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": parts,
    }


DATABASES = {"default": database(os.environ.get("DATABASE_URL", "postgresql:///cqms"))}

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}


def broker(url: str) -> str:
    """Celery's name for a Redis address; a unix socket has another scheme there."""
    if not url.startswith("unix://"):
        return url
    parts = urlsplit(url)
    return f"redis+socket://{parts.path}?virtual_host={parts.query.removeprefix('db=') or 0}"


CELERY_BROKER_URL = broker(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
    "socket_connect_timeout": 2,
}  # a request does not wait for a broker that is away: the sweeper brings the work later
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "cqms"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 15.0},
    "notifications.mail": {"task": "notifications.mail", "schedule": 20.0},
    "deadlines.remind": {"task": "deadlines.remind", "schedule": 300.0},
    "documents.take_effect": {"task": "documents.take_effect", "schedule": 60.0},
    "documents.open_periodic_reviews": {"task": "documents.open_periodic_reviews", "schedule": crontab(minute=7)},
    "breaches.open_overdue": {"task": "breaches.open_overdue", "schedule": 300.0},
    "audit.seal": {"task": "audit.seal", "schedule": 5.0},
    "trail_reviews.open_next": {"task": "trail_reviews.open_next", "schedule": crontab(minute=17)},
    "search.fill": {"task": "search.fill", "schedule": 600.0},
    "administration.lapse_reviews": {"task": "administration.lapse_reviews", "schedule": crontab(minute=23)},
    "access.end_lapsed_roles": {"task": "access.end_lapsed_roles", "schedule": 300.0},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["cqms.identity.backend.Backend"]
PASSWORD_HASHERS = ["cqms.accounts.hashers.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "cqms.accounts.passwords.Common"},
    {"NAME": "cqms.accounts.passwords.Breached"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("email", "name")}},
]  # fmt: skip
BREACHED_PASSWORDS = os.environ.get("CQMS_BREACHED_PASSWORDS", "")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "cqms.portal.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "login": "cqms.portal.sign_in_forms.SignInForm",
    "reset_password": "cqms.portal.sign_in_forms.NewPasswordForm",
}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ALLAUTH_TRUSTED_PROXY_COUNT = int(SECURE)  # as in cqms/portal/sign_in.py: https comes through our proxy
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "60/m/ip"}  # an account locks by itself, see accounts
PERSON_RATES = {"sign": "120/m", "upload": "60/m", "token": "20/h"}
MFA_ADAPTER = "cqms.portal.second_factors.Adapter"
MFA_FORMS = {"authenticate": "cqms.portal.second_factors.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1  # a clock that is half a minute off; a code still counts once, see identity
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # grants are read by access.reach, never by an authentication backend
    "security.W005",  # whether other hosts of the domain speak TLS only is not ours to promise
    "security.W021",  # nor is the entry in the browsers' preload list
]
GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None
GUARDIAN_GET_INIT_ANONYMOUS_USER = None
GUARDIAN_MONKEY_PATCH_USER = False
SIMPLE_HISTORY_DATE_INDEX = False

IDLE_SECONDS = int(os.environ.get("CQMS_IDLE_MINUTES", "30")) * 60
SESSION_ENGINE = "cqms.identity.session_store"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cqms.portal.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # a load balancer asks without TLS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE and urlsplit(SITE_URL).hostname != "localhost" else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "cqms.ui.joined.JoinedFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILES_DIR = DATA_DIR / "files"
KEYS_DIR = DATA_DIR / "keys"
WITNESS_FOLDER = Path(os.environ.get("CQMS_WITNESS_FOLDER", DATA_DIR / "witness"))
WITNESS_MAIL = os.environ.get("CQMS_WITNESS_MAIL", "")
TIME_STAMP_URL = os.environ.get("CQMS_TIME_STAMP_URL", "")
TIME_STAMP_ROOTS = os.environ.get("CQMS_TIME_STAMP_ROOTS", "")
TIME_STAMP_MINUTES = int(os.environ.get("CQMS_TIME_STAMP_MINUTES", "5"))
WITNESS_MAIL_MINUTES = int(os.environ.get("CQMS_WITNESS_MAIL_MINUTES", "60"))
FILE_LIMIT = int(os.environ.get("CQMS_FILE_MEGABYTES", "50")) * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000


def mail(url: str) -> dict[str, object]:
    """Django's mail settings for smtp://user:password@host:port, or smtps:// with TLS from the start.

    What is special in the user or the password is percent-encoded. A password never travels in the clear: where there
    is one, smtp:// means STARTTLS.
    """
    parts = urlsplit(url)
    at_once, signs_in = parts.scheme == "smtps", bool(parts.username)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if at_once else 587 if signs_in else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": at_once,
        "EMAIL_USE_TLS": signs_in and not at_once,
        "EMAIL_TIMEOUT": 20,
    }


MAIL_DIR = DATA_DIR / "mail"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(MAIL_DIR)
if os.environ.get("CQMS_EMAIL_URL"):
    globals().update(mail(os.environ["CQMS_EMAIL_URL"]))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ.get("CQMS_EMAIL_FROM", "Quality portal <portal@localhost>")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cqms.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cqms.api.parsing.LimitedJSONParser"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "cqms.api.pagination.Keyset",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": os.environ.get("CQMS_API_RATE", "600/min")},
    "EXCEPTION_HANDLER": "cqms.api.errors.answer",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quality portal",
    "DESCRIPTION": "The same records, rules and signatures as the pages, for machines.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "cqms.api.schema.add_errors"],
    "ENUM_NAME_OVERRIDES": {
        "PhaseEnum": "studies.models.Phase",
        "StudyStatusEnum": "studies.models.StudyStatus",
        "SiteStatusEnum": "studies.models.SiteStatus",
        "CountryEnum": "studies.models.country_choices",
        "VersionStateEnum": "documents.models.VersionState",
        "ReviewStateEnum": "documents.models.ReviewState",
        "TrailReviewStateEnum": "cqms.trail_reviews.models.ReviewState",
        "DocumentTypeEnum": "documents.models.DocumentType",
        "StudyTypeEnum": "studies.models.StudyType",
        "RedactionStateEnum": "cqms.redactions.models.RedactionState",
        "SettingsStateEnum": "cqms.configuration.models.VersionOfSettingsState",
        "AccessReviewStateEnum": "cqms.access.models.ReviewState",
        "AccessDecisionEnum": "cqms.administration.reviews.DECISIONS.items",
        "IssueStateEnum": "quality_events.issues.models.IssueState",
        "BreachStateEnum": "quality_events.breaches.models.BreachState",
        "DeviationStateEnum": "quality_events.deviations.models.DeviationState",
        "SpecificationStateEnum": "quality_events.deviations.models.SpecificationState",
        "FreezeStateEnum": "quality_events.deviations.models.FreezeState",
        "CapaStateEnum": "quality_events.capas.models.CapaState",
        "ReportStateEnum": "quality_events.intake.models.ReportState",
        "IssueDecisionEnum": "quality_events.issues.models.Decision",
        "ProcessDecisionEnum": "quality_events.process_deviations.models.Decision",
        "ProcessDeviationStateEnum": "quality_events.process_deviations.models.ProcessDeviationState",
        "ComplaintStateEnum": "quality_events.complaints.models.ComplaintState",
        "ChangeStateEnum": "quality_events.changes.models.ChangeState",
        "AssessmentStateEnum": "quality_events.changes.models.AssessmentState",
        "VerdictEnum": "documents.models.Verdict",
        "ImpactVerdictEnum": "quality_events.changes.models.Verdict",
        "ChangeKindEnum": "quality_events.changes.models.ChangeKind",
        "AnswerEnum": "quality_events.breaches.models.Answer",
        "ChannelEnum": "quality_events.complaints.models.Channel",
        "ActionKindEnum": "quality_events.capas.models.ActionKind",
        "AnalysisMethodEnum": "quality_events.capas.models.Method",
    },
}

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
