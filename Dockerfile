# Two images: the product, and an Asterisk to go with it. Written with care, not built by our tests.
FROM python:3.13-slim AS rolodial
WORKDIR /opt/rolodial
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && useradd --system --home /var/lib/rolodial --create-home rolodial \
 && mkdir -p /var/spool/rolodial && chown rolodial /var/spool/rolodial
USER rolodial
ENTRYPOINT ["rolodial"]

FROM debian:sid-slim AS asterisk
RUN apt-get update && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-en-wav \
 && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["asterisk", "-f"]
