"""Passwords and keys that no provider gave a shape: what people type, and what configuration files hold."""

from __future__ import annotations

import random

from benchmarks.pii.again_sources.secrets import of, token, two
from benchmarks.pii.blind_sources.drawing import filled

_WORDS = "Kupfer Marmelade Otter Quince Nebbia Truco Zwiebel Pelikan Harbour Fjord Cactus Lumiere Bisquit Velcro Tundra"
_SHAPES = ("<w>%###!", "<w>-<w>-%#", "<w>_%#$", "%#<w>?~@", "<w>&<w>%#", "<w>.20##", "~@%~#*@~%!", "@~~#@%-~~@#~")


def password(rng: random.Random) -> str:
    """What somebody made up, or a manager did."""
    text = filled(rng, rng.choice(_SHAPES))
    while "<w>" in text:
        text = text.replace("<w>", rng.choice(_WORDS.split()), 1)
    return text


SOURCES = (
    of(
        "password, said",
        password,
        "the wifi at the office is GuestNet, password {}",
        "I keep getting locked out, my password is {} and I am typing it right",
        "login for the portal: user reception, pw: {}",
        "temporary password {} - change it at first login",
        "Mein Passwort lautet {}, trotzdem kommt die Meldung 'falsche Zugangsdaten'.",
        "Kennwort vom Kassenrechner ist jetzt {}",
        "mon mot de passe est {} mais le site le refuse",
        "MDP du compte caisse : {}",
        "mi contraseña es {} y no me deja entrar",
        "la clave del wifi: {}",
        "La password è {}, potete controllare voi?",
        "a minha senha é {}, já tentei três vezes",
        "wachtwoord van de printer is {}",
        "hasło do panelu: {}",
        "heslo je {} a nejde mi to",
        "мой пароль {} перестал подходить",
        "şifrem {} ama giriş yapamıyorum",
        "lösenordet är {} om du behöver komma in",
        "密码是{}，登录不了",
        "パスワードは {} です。ログインできません。",
        "비밀번호는 {} 인데 로그인이 안 돼요",
        "kata sandi saya {} tapi ditolak",
        "كلمة المرور هي {} ولا تعمل",
    ),
    of(
        "password, in configuration",
        password,
        "spring.datasource.password={}",
        "DB_HOST=db\nDB_USER=shop\nDB_PASSWORD={}\n",
        "[client]\nuser=backup\npassword={}\n",
        "requirepass {}\nmaxmemory 2gb",
        '{"username": "svc-report", "password": "{}"}',
        "machine ftp.example.org login upload password {}",
        "Server=sql01;Database=Orders;User Id=app;Password={};Encrypt=true",
        "mysqldump -u root -p'{}' orders > orders.sql",
        "ansible_become_pass: '{}'",
        "<add key='SmtpPassword' value='{}' />",
        "curl -u admin:{} https://nexus.example/service/rest/v1/status",
        'network={\n  ssid="Warehouse"\n  psk="{}"\n}',
    ),
    two("password, changed", password, token(("a", 14)), "reset done: old password {}, new password {2}"),
    of("Rails", token(("h", 32)), "RAILS_MASTER_KEY={}"),
    of("Django", token("django-insecure-", ("l", 50)), "SECRET_KEY = '{}'"),
    of("header, basic", token("YXBpOn", ("a", 26)), "Authorization: Basic {}"),
    of("Kubernetes", token(("a", 27), "="), "apiVersion: v1\nkind: Secret\ndata:\n  password: {}"),
    of("session", token("s%3A", ("u", 32), ".", ("a", 43)), "Cookie: connect.sid={}; theme=dark"),
    of("own API key", token(("a", 40)), 'requests.get(url, headers={"X-API-Key": "{}"})', "api_key={} wird abgelehnt, 401"),
    of("own token", token(("l", 48)), "ACCESS_TOKEN={}", '"refresh_token": "{}", "expires_in": 3600'),
)
