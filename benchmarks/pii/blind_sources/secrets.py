"""Keys, tokens and passwords of random characters, in the shapes that their issuers document.

No key stands whole in this file: prefixes are put together when a row is made, so that no scanner takes it for one.
"""

from __future__ import annotations

import base64
import json
import random
import string

from benchmarks.pii.blind_sources.drawing import ALNUM, BASE64, BASE64_URL, HEX, Make, drawn, filled, source
from benchmarks.pii.rows import Source

KIND = "secret"
UPPER = string.ascii_uppercase + string.digits
BASE32 = string.ascii_uppercase + "234567"


def key(*parts: str | tuple[str, int]) -> Make:
    """Pieces of text, and (alphabet, length) for random characters."""
    return lambda rng: "".join(part if isinstance(part, str) else drawn(rng, *part) for part in parts)


def _jwt(rng: random.Random) -> str:
    def encoded(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")

    head, body = (
        {"alg": rng.choice(("HS256", "RS256")), "typ": "JWT"},
        {"sub": str(rng.randint(1000, 9999)), "iat": rng.randint(10**9, 2 * 10**9)},
    )
    return f"{encoded(head)}.{encoded(body)}.{drawn(rng, BASE64_URL, 43)}"


def _pem_body(rng: random.Random) -> str:
    return "\n".join(["MII" + drawn(rng, BASE64, 61), *(drawn(rng, BASE64, 64) for _ in range(3)), drawn(rng, BASE64, 30) + "=="])


def _basic(rng: random.Random) -> str:
    return base64.b64encode(f"svc-{drawn(rng, string.ascii_lowercase, 5)}:{drawn(rng, ALNUM, 14)}".encode()).decode()


WORDS = ("Kranich", "lantern", "Mokka", "tulipe", "zebra", "Harvest", "noodle", "Quitte", "walrus", "Fjord", "pimiento", "Kobold")


def password(rng: random.Random) -> str:
    """As people choose one: words, years and a sign."""
    a, b = rng.sample(WORDS, 2)
    return rng.choice(
        (
            f"{a}{rng.randint(10, 2024)}!",
            f"{a}-{b}-{rng.randint(2, 99)}",
            f"{a.lower()}{b}#{rng.randint(1, 9)}",
            filled(rng, "@~~#%~@#") + "$",
            f"{a}&{b}77",
        )
    )


def _of(detail: str, make: Make, *sentences: str, each: int = 1) -> Source:
    return source(KIND, detail, make, *sentences, each=each)


def _begin(kind: str) -> str:
    return f"-----BEGIN {kind} KEY-----\n{{}}\n-----END {kind} KEY-----"


PROVIDERS = (
    _of(
        "AWS access key id",
        key("AK" + "IA", (BASE32, 16)),
        "rotate {} please, it was in the screenshot",
        "aws_access_key_id = {}",
    ),
    _of("AWS secret key", key((BASE64, 40)), "aws_secret_access_key = {}", "export AWS_SECRET_ACCESS_KEY={}"),
    _of(
        "GitHub",
        key("gh" + "p_", (ALNUM, 36)),
        "git push keeps asking, I use {} as the password",
        "GITHUB_TOKEN={}",
        "oops, pasted {} into the channel",
    ),
    _of("GitHub, fine-grained", key("github" + "_pat_", (ALNUM, 22), "_", (ALNUM, 59)), "the bot runs with {}"),
    _of("GitHub, app", key("gh" + "s_", (ALNUM, 36)), "::debug:: installation token {}"),
    _of(
        "GitLab",
        key("gl" + "pat-", (BASE64_URL, 20)),
        "curl -H 'PRIVATE-TOKEN: {}' https://git.example/api/v4/user",
        "deploy token still {}?",
    ),
    _of(
        "Slack",
        key("xo" + "xb-", ("123456789", 12), "-", ("123456789", 12), "-", (ALNUM, 24)),
        "bot token: {}",
        "our slack app died, was using {}",
    ),
    _of(
        "Stripe", key("sk" + "_live_", (ALNUM, 24)), "stripe.api_key = '{}'", "Customer support asked me for {} - is that normal?"
    ),
    _of("Stripe, restricted", key("rk" + "_live_", (ALNUM, 24)), "the report job fails with {}"),
    _of("OpenAI", key("sk" + "-proj-", (BASE64_URL, 64)), "OPENAI_API_KEY={} python run.py", "why do I get 401 with {}"),
    _of("Anthropic", key("sk-" + "ant-api03-", (BASE64_URL, 93), "AA"), "my key {} stopped working after the upgrade"),
    _of(
        "Google API",
        key("AI" + "za", (BASE64_URL, 35)),
        "maps key {} has no referrer limit",
        '<script src="https://maps.example/js?key={}"></script>',
    ),
    _of("Google OAuth secret", key("GOC" + "SPX-", (BASE64_URL, 28)), "client_secret: {}"),
    _of(
        "Hugging Face",
        key("h" + "f_", (string.ascii_letters, 34)),
        "huggingface-cli login --token {}",
        "download fails: 403 with {}",
    ),
    _of("npm", key("np" + "m_", (ALNUM, 36)), "//registry.example/:_authToken={}"),
    _of("PyPI", key("pypi-" + "AgEIcHlwaS5vcmc", (BASE64_URL, 70)), "twine upload -u __token__ -p {}"),
    _of("SendGrid", key("S" + "G.", (BASE64_URL, 22), ".", (BASE64_URL, 43)), "Mails stopped. Key in prod is {}."),
    _of("Twilio", key((HEX, 32)), "twilio auth_token: {}"),
    _of(
        "Telegram bot",
        lambda rng: f"{rng.randint(10**9, 9 * 10**9)}:AA{drawn(rng, BASE64_URL, 33)}",
        "Бот отвечает 401, токен {}",
        "BotFather gave me {}",
    ),
    _of(
        "Discord bot",
        lambda rng: f"M{drawn(rng, ALNUM, 23)}.{drawn(rng, BASE64_URL, 6)}.{drawn(rng, BASE64_URL, 27)}",
        "discord bot token leaked: {}",
    ),
    _of("DigitalOcean", key("do" + "p_v1_", (HEX, 64)), "doctl auth init -t {}"),
    _of("Shopify", key("shp" + "at_", (HEX, 32)), "The private app of my shop uses {}"),
    _of(
        "Azure storage",
        key((BASE64, 86), "=="),
        "DefaultEndpointsProtocol=https;AccountName=backup;AccountKey={};EndpointSuffix=core.example",
    ),
    _of("Slack web hook", lambda rng: drawn(rng, ALNUM, 24), "https://hooks.slack" + ".com/services/T0AB12CD3/B0EF45GH6/{}"),
    _of("Databricks", key("da" + "pi", (HEX, 32)), "databricks configure --token -> {}"),
    _of("Vault", key("hv" + "s.", (BASE64_URL, 24)), "VAULT_TOKEN={} vault kv get db"),
    _of(
        "JWT",
        _jwt,
        "Authorization: Bearer {}",
        "my session keeps expiring, here is the token {}",
        "access_token={}&token_type=bearer",
        '{"id_token":"{}"}',
    ),
    _of(
        "bearer",
        key((BASE64_URL, 40)),
        "curl -H 'Authorization: Bearer {}' https://api.example/v2/me",
        "header looks like Authorization: Bearer {}",
    ),
    _of("basic", _basic, "Authorization: Basic {}"),
    _of("RSA private key", _pem_body, _begin("RSA PRIVATE"), "Can you tell me why sshd refuses this?\n" + _begin("RSA PRIVATE")),
    _of("private key", _pem_body, _begin("PRIVATE"), "tls.key: |\n" + _begin("EC PRIVATE")),
    _of("OTP seed", key((BASE32, 32)), "otpauth://totp/Shop?secret={}&issuer=Shop", "2FA setup key: {}"),
    _of("session cookie", key((HEX, 40)), "Set-Cookie: sessionid={}; HttpOnly; Path=/", "Cookie: PHPSESSID={}"),
    _of(
        "generic api key",
        key((ALNUM, 32)),
        "X-Api-Key: {}",
        'api_key: "{}"',
        "Our API key is {}, please whitelist the server.",
        "apikey={}&city=Leeds",
    ),
    _of("generic secret", key((BASE64_URL, 44)), "SECRET_KEY = '{}'", "client_secret={}", "webhook signing secret is {}"),
)
PASSWORDS = (
    _of(
        "password",
        password,
        "my password is {} and it does not work",
        "pw: {}",
        "login mira / password {}",
        "DB_PASSWORD={}",
        "Mein Passwort lautet {}, bitte zurücksetzen",
        "Kennwort: {}",
        "mot de passe : {}",
        "mon mdp c'est {}",
        "mi contraseña es {}",
        "la contraseña nueva: {}",
        "la mia password è {}",
        "senha: {}",
        "minha senha é {} e não entra",
        "wachtwoord: {}",
        "hasło: {}",
        "moje hasło to {}",
        "lösenord: {}",
        "passord {} funker ikke",
        "adgangskode: {}",
        "salasana on {}",
        "heslo: {}",
        "şifrem {} çalışmıyor",
        "пароль: {}",
        "мой пароль {} не подходит",
        "κωδικός πρόσβασης: {}",
        "jelszó: {}",
        "parola mea este {}",
        "パスワードは {} です",
        "密码：{}",
        "비밀번호: {}",
        "كلمة المرور: {}",
        "הסיסמה שלי: {}",
        "mật khẩu: {}",
        "kata sandi saya {}",
        "Wifi at the flat: network Lindekornhof, password {}",
        "mysql -u root -p'{}'",
        '{"username": "okan", "password": "{}"}',
        "sshpass -p {} ssh backup@host",
        "| router | admin | {} |",
        "ansible_become_pass: {}",
        "temporary password {} - change it at first login",
        "PIN vergessen, Passphrase war {}",
    ),
)
SOURCES = (*PROVIDERS, *PASSWORDS)
