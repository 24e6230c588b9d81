# hardener alone, for nobody in particular: no root, no shell of ours, no pip, nothing written but what is mounted.
#
#     docker build -t hardener .
#     docker run --rm --read-only --network none --cap-drop ALL --security-opt no-new-privileges --user "$(id -u):$(id -g)" \
#         -v "$PWD/profiles:/work/profiles:ro" -v "$PWD/output:/work/output" hardener render profiles/shop.yaml
#     docker run --rm -i --read-only --network none hardener krm < resource-list.yaml
#
# git is not in it: `diff` compares what is mounted, and no revisions. A digest belongs behind the tag, once you have chosen
# one: --build-arg BASE=python:3.13-slim-bookworm@sha256:...
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY hardener hardener
RUN python -m pip wheel --no-cache-dir --disable-pip-version-check --no-deps --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/hardener \
    && python -m pip --python /opt/hardener/bin/python install --no-cache-dir --disable-pip-version-check /wheels/*.whl

FROM ${BASE}
COPY --from=build /opt/hardener /opt/hardener
ENV PATH=/opt/hardener/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["hardener"]
