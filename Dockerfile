# One image for every process of the loop: which one runs is the command.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# A network that reaches a package index through a mirror or a proxy says so by these.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL

WORKDIR /app
COPY requirements.lock ./
RUN pip install --requirement requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY shared shared
COPY network network
COPY services services
COPY nms nms
COPY dashboard dashboard

# A named volume that is still empty takes owner and mode from the image's folder of the same name.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin nms \
    && for part in nats jetstream setup injector detector correlator rca remediator stabilizer gateway network; do \
           mkdir -p "/setup/$part"; done \
    && chown -R nms:nms /setup && chmod 700 /setup/* \
    && python -m compileall -q /app

ENV PYTHONPATH=/app
USER 10001:10001
CMD ["python", "-m", "nms", "--help"]
