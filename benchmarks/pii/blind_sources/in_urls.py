"""Passwords and tokens within URLs. Marked is what lets somebody in, not the name of the account beside it."""

from __future__ import annotations

import string

from benchmarks.pii.blind_sources.drawing import ALNUM, BASE64_URL, HEX, source
from benchmarks.pii.blind_sources.secrets import WORDS, key

KIND = "credentials in a URL"

SOURCES = (
    source(
        KIND,
        "password of a database",
        key((ALNUM, 14)),
        "DATABASE_URL=postgres://shop:{}@db.internal:5432/orders",
        "mysql://reader:{}@db-read.example/stats fails since noon",
        "mongodb+srv://app:{}@cluster0.example.net/?retryWrites=true",
        "redis://:{}@cache:6379/0",
        "amqp://worker:{}@mq.example.org//jobs",
        "could not connect to postgresql://etl:{}@warehouse/prod (timeout)",
        'url = "mssql+pyodbc://sa:{}@sql01/crm?driver=x"',
        "jdbc:oracle:thin:scott/{}@//ora.example:1521/XE",
        "broker_url: pyamqp://celery:{}@rabbit//",
        "clickhouse://default:{}@ch-2:9000/logs",
    ),
    source(
        KIND,
        "password of a site",
        lambda rng: rng.choice(WORDS) + str(rng.randint(100, 9999)),
        "the camera is at http://admin:{}@cam3.example/live",
        "ftp://upload:{}@files.example.org/incoming/",
        "sftp://ines:{}@backup.example.net:2222/home",
        "curl https://jenkins:{}@ci.example/job/nightly/build",
        "proxy: http://okan:{}@proxy.example:3128",
        "Bitte hier einloggen: https://gast:{}@wolke.example/",
        "rtsp://viewer:{}@door.example:554/stream1",
        "smtp://mailer:{}@smtp.example.com:587",
        "wget ftp://anouk:{}@alt.example/archiv.zip",
        "ldap://cn:{}@dir.example/",
        "http_proxy=http://dario:{}@gw.example:8080 pip install x",
        "webdavs://ravi:{}@cloud.example/dav",
    ),
    source(
        KIND,
        "token of a repository",
        key((ALNUM, 20)),
        "git clone https://oauth2:{}@git.example/team/app.git",
        "remote: https://{}@code.example/mira/site",
        "pip install --index-url https://ci:{}@pkgs.example/simple lib",
        "origin https://x-access-token:{}@github.example/org/repo (fetch)",
    ),
    source(
        KIND,
        "token in a query",
        key((BASE64_URL, 32)),
        "https://api.example/v1/me?access_token={}",
        "GET /export?api_key={}&format=csv HTTP/1.1",
        "https://app.example/reset-password?token={}",
        "your magic link: https://login.example/m?auth_token={}",
        "https://files.example/share?sig={}&se=2026-01-01",
        "wss://stream.example/socket?token={}",
    ),
    source(
        KIND,
        "hexadecimal token in a query",
        key((HEX, 40)),
        "https://feed.example/ical?key={}",
        "https://hooks.example/in?secret={}",
        "https://cal.example/private.ics?token={} (do not share)",
    ),
    source(
        KIND,
        "percent-encoded password",
        key((string.ascii_letters, 7), "%40", ("0123456789", 3), "%21"),
        "postgres://root:{}@localhost/app",
        "https://mira:{}@intranet.example/wiki",
    ),
)
