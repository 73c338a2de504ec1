# The portal's image: web, worker, beat and migrations are the same image with different commands.
FROM python:3.13-slim-trixie

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    XDG_CACHE_HOME=/tmp \
    CQMS_DATA=/data

# Debian's security updates replace versions, so a pinned one would soon not be there any more.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin cqms \
    && install -d -o cqms -g cqms -m 0700 /data /data/files /data/mail /data/keys /data/static

WORKDIR /portal
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: --no-deps -r requirements.lock \
    && python -m compileall -q /usr/local/lib/python3.13/site-packages

COPY . .
RUN python -m compileall -q .

USER 10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "cqms/instance/gunicorn_settings.py", "--bind", "0.0.0.0:8000", "cqms.wsgi:application"]
