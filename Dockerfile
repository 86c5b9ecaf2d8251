# docker build -t clusterforge . && docker run --rm -v "$PWD/runs:/work/runs" clusterforge
FROM python:3.12-slim
COPY . /src
RUN pip install --no-cache-dir -c /src/constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu /src
WORKDIR /work
ENV CLUSTERFORGE_CACHE=/tmp/cache
ENTRYPOINT ["clusterforge"]
CMD ["run", "quickstart"]
