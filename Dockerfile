# ringtide in a container: one static file. Music, prompts and time zones are inside it.
#
#   docker build -t ringtide .                    the server
#   docker build -t ringtide-sipp --target sipp . SIPp with the scenarios of testdata/sipp
#
# docs/operations.md says how to run it, docker-compose.yml does.

FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/ringtide ./cmd/ringtide
RUN mkdir -m 0700 /out/data

FROM debian:12-slim AS sipp
RUN apt-get update \
 && apt-get install -y --no-install-recommends sip-tester=1:3.6.1* \
 && rm -rf /var/lib/apt/lists/*
COPY testdata/sipp /scenarios
COPY deploy/sipp/calls.sh /calls.sh
USER 65534:65534
WORKDIR /tmp
ENTRYPOINT ["sh", "/calls.sh"]

FROM scratch AS ringtide
COPY --from=build /out/ringtide /ringtide
# A new volume takes owner and mode from here.
COPY --from=build --chown=65532:65532 /out/data /var/lib/ringtide
COPY deploy/ringtide/config.yaml /etc/ringtide/config.yaml
USER 65532:65532
VOLUME /var/lib/ringtide
EXPOSE 5060/udp 5060/tcp 8080/tcp 20000-20199/udp
STOPSIGNAL SIGTERM
# Whether it takes calls. It is not /healthz: a full disk is nothing that a restart would cure.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/ringtide", "healthy"]
ENTRYPOINT ["/ringtide"]
CMD ["serve", "--config", "/etc/ringtide/config.yaml"]
