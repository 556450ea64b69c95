"""HTTP servers: static objects, an application behind nginx, and a load balancer. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from network.lab import programs
from network.lab.plan import LabDirectory, LabFile, LabProgram, LabStep
from network.lab.scenarios.parts import NodePart

PROGRAMS = Path(next(iter(programs.__path__)))
NGINX, OPENSSL = "/usr/sbin/nginx", "/usr/bin/openssl"
NGINX_CONFIGURATION = "/etc/nginx/nginx.conf"
DOCUMENTS = "/srv/www"
APPLICATION = "127.0.0.1:8000"
CERTIFICATE, KEY = "/etc/nginx/tls/server.crt", "/etc/nginx/tls/server.key"
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
"""The authorities that the programs of a node trust."""
CONNECTIONS = 1_024
"""How many connections nginx has open at most; where a scenario states no other number."""
_USER = "www-data"
AUTHORITY = "authority"
_CATALOGUE = "catalogue"


@dataclass(frozen=True)
class ApplicationShape:
    """What the application answers: `small` bytes at once, or `size` bytes in pieces, `delay` milliseconds apart."""

    small: int = 2_048
    size: int = 262_144
    pieces: int = 16
    delay: int = 50


@dataclass(frozen=True)
class Catalogue:
    """A large text file, with a compressed copy. `path`: that of its URL. `length`: of a record, in bytes."""

    path: str
    records: int
    length: int


@dataclass(frozen=True)
class NginxSize:
    workers: int = 1
    connections: int = CONNECTIONS


def own_program(name: str, *words: str) -> tuple[str, ...]:
    """Return the command of a program of this package: the interpreter in its smallest form, and the file."""
    return (sys.executable, "-I", "-S", str(PROGRAMS / f"{name}.py"), *words)


def static_server(objects: Mapping[str, int]) -> NodePart:
    """`objects`: names and sizes in bytes."""
    words = tuple(f"{name}={size}" for name, size in objects.items())
    return NodePart(
        directories=(LabDirectory(DOCUMENTS),),
        programs=(LabProgram("httpd", own_program("httpd", DOCUMENTS, *words), "httpd"),),
    )


def application_server(
    node: str, names: Sequence[str], shape: ApplicationShape, tls: bool, catalogue: Catalogue | None = None
) -> NodePart:
    """The application behind nginx. `names`: those that it serves. `tls`: whether it serves HTTPS too."""
    lines = ["listen 80", *(("listen 443 ssl",) if tls else ()), f"server_name {' '.join(names) or '_'}"]
    files: list[LabFile] = []
    if tls:
        lines += [f"ssl_certificate {CERTIFICATE}", f"ssl_certificate_key {KEY}"]
        files += [
            LabFile(CERTIFICATE, source=f"{AUTHORITY}/{node}.crt"),
            LabFile(KEY, source=f"{AUTHORITY}/{node}.key", mode=0o600),
        ]
    text = "".join(f"        {line};\n" for line in lines)
    text += f"        location / {{ proxy_pass http://{APPLICATION}; }}\n"
    if catalogue:
        text += f"        location = {catalogue.path} {{ root {DOCUMENTS}; gzip_static on; }}\n"
        files += [
            LabFile(f"{DOCUMENTS}{catalogue.path}{end}", source=f"{_CATALOGUE}/catalogue.txt{end}")
            for end in ("", ".gz")
        ]
    words = map(str, (shape.small, shape.size, shape.pieces, shape.delay))
    application = LabProgram("application", own_program("application", *words), "application")
    server = f"    server {{\n{text}    }}\n"
    return NodePart(files=tuple(files), programs=(application,)) + _nginx(server, NginxSize(), ("application",))


def load_balancer(name: str, upstreams: Iterable[str], size: NginxSize) -> NodePart:
    """It gives each request to the next server in turn. `upstreams`: `address:port`."""
    servers = "".join(f"        server {each};\n" for each in upstreams)
    text = f"    upstream backends {{\n{servers}    }}\n"
    text += f"    server {{\n        listen 80;\n        server_name {name or '_'};\n"
    text += "        location / { proxy_pass http://backends; }\n    }\n"
    return _nginx(text, size)


def _nginx(http: str, size: NginxSize, after: tuple[str, ...] = ()) -> NodePart:
    text = (
        f"user {_USER};\nworker_processes {size.workers};\npid /run/nginx.pid;\ndaemon off;\n"
        "error_log /var/log/nginx/error.log;\n"
        f"events {{\n    worker_connections {size.connections};\n}}\n"
        "http {\n    include /etc/nginx/mime.types;\n    access_log /var/log/nginx/access.log;\n"
        f"    gzip off;\n    server_tokens off;\n{http}}}\n"
    )
    return NodePart(
        files=(LabFile(NGINX_CONFIGURATION, text),),
        directories=(LabDirectory("/var/log/nginx", _USER), LabDirectory("/var/lib/nginx", _USER)),
        programs=(LabProgram("nginx", (NGINX, "-c", NGINX_CONFIGURATION), "nginx", after=after),),
    )


def trust_file() -> LabFile:
    """Trust the authority of the laboratory, and no other."""
    return LabFile(TRUSTED, source=f"{AUTHORITY}/ca.crt")


def authority_step(owners: Mapping[str, Sequence[str]]) -> LabStep:
    """Make an authority, and a key and a certificate for each owner. `owners`: their names and addresses."""
    words = [f"{owner}={','.join(names)}" for owner, names in owners.items()]
    made = [f"{AUTHORITY}/{owner}.{end}" for owner in owners for end in ("crt", "key")]
    return LabStep(AUTHORITY, own_program("authority", AUTHORITY, *words), (f"{AUTHORITY}/ca.crt", *made))


def catalogue_step(catalogue: Catalogue) -> LabStep:
    file = f"{_CATALOGUE}/catalogue.txt"
    argv = own_program("catalogue", file, str(catalogue.records), str(catalogue.length))
    return LabStep(_CATALOGUE, argv, (file, f"{file}.gz"))
