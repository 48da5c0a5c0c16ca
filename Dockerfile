# Tierline and all its tools on Debian 12, by the set-up of `make setup` without conda. How to use it: docs/container.md.
FROM debian:12-slim

# For this step only: a run keeps its own cache, as the image may be read-only.
ARG TIERLINE_CACHE=/opt/tierline-tools
ARG TIERLINE_TOOLS=path

COPY . /opt/tierline
RUN /opt/tierline/envs/setup.sh \
    && rm -rf /var/lib/apt/lists/* ~/.cache

ENV PATH=/opt/tierline/.venv/bin:$PATH LC_ALL=C.UTF-8
WORKDIR /data
CMD ["tierline", "--help"]
