"""Keys and tokens in their providers' documented shapes, put together when the set is made. Marked: the secret alone."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid

from benchmarks.pii.blind_sources.drawing import ALNUM, BASE64, BASE64_URL, HEX, Make, drawn, source
from benchmarks.pii.rows import Source

SECRET = "secret"
BASE32 = string.ascii_uppercase + "234567"
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
_ALPHABETS = {"h": HEX, "a": ALNUM, "u": BASE64_URL, "b": BASE64, "l": LOWER, "U": UPPER, "t": BASE32, "d": string.digits}


def token(*parts: str | tuple[str, int]) -> Make:
    """Fixed parts and (alphabet, length) in a row."""

    def make(rng: random.Random) -> str:
        return "".join(part if isinstance(part, str) else drawn(rng, _ALPHABETS[part[0]], part[1]) for part in parts)

    return make


def of(detail: str, make: Make, *sentences: str) -> Source:
    """Two rows of each sentence."""
    return source(SECRET, detail, make, *sentences, each=2)


def two(detail: str, make: Make, other: Make, *sentences: str) -> Source:
    """Sentences with two secrets."""
    return Source(SECRET, detail, make, sentences, len(sentences), [(SECRET, other)])


def in_base64(value: object) -> str:
    """JSON in URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def jwt(rng: random.Random) -> str:
    """A signed token of a made-up user."""
    head = {"alg": rng.choice(["HS256", "RS256"]), "typ": "JWT"}
    body = {"sub": drawn(rng, HEX, 12), "iat": rng.randint(1_760_000_000, 1_790_000_000), "scope": rng.choice(["read", "admin"])}
    return f"{in_base64(head)}.{in_base64(body)}.{drawn(rng, BASE64_URL, 43)}"


def guid(rng: random.Random) -> str:
    """A key that looks like a UUID."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def pem(newline: str, lines: int) -> Make:
    """The lines between the marks of a private key."""
    return lambda rng: newline.join(["MII" + drawn(rng, BASE64, 61), *(drawn(rng, BASE64, 64) for _ in range(lines))])


BEGIN, END = ("-----" + mark + " {}PRIVATE" + " KEY-----" for mark in ("BEGIN", "END"))
RSA, EC, PLAIN = ((BEGIN.replace("{}", kind), END.replace("{}", kind)) for kind in ("RSA ", "EC ", ""))

SOURCES = (
    two(
        "AWS, both keys",
        token("AKIA", ("t", 16)),
        token(("b", 40)),
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {2}\nregion = eu-west-3",
        "export AWS_ACCESS_KEY_ID={}; export AWS_SECRET_ACCESS_KEY={2}  # fix before demo",
        'provider "aws" {\n  access_key = "{}"\n  secret_key = "{2}"\n}',
    ),
    of("AWS, session", token("IQoJb3JpZ2luX2Vj", ("b", 220), "=="), '"SessionToken": "{}", "Expiration": "2026-03-01T10:00:00Z"'),
    of("AWS, access key", token("ASIA", ("t", 16)), "SignatureDoesNotMatch for {} when the nightly copy starts, clock is right"),
    of("GitHub, classic", token("ghp_", ("a", 36)), "git clone fails with 403, my token is {} - is it expired?", "GH_TOKEN: {}"),
    of("GitHub, server", token("ghs_", ("a", 36)), "Run actions/checkout@v4\n  with:\n    token: {}\n    fetch-depth: 0"),
    of(
        "GitHub, fine-grained",
        token("github_pat_", ("a", 22), "_", ("a", 59)),
        "hab's dir hier reinkopiert, {} läuft am Freitag ab",
    ),
    of("GitLab", token("glpat-", ("u", 20)), "curl --header 'PRIVATE-TOKEN: {}' https://gitlab.example/api/v4/projects"),
    of("Slack, bot", token("xoxb-", ("d", 12), "-", ("d", 12), "-", ("a", 24)), "SLACK_BOT_TOKEN={} npm start"),
    of(
        "Slack, user",
        token("xoxp-", ("d", 12), "-", ("d", 12), "-", ("d", 12), "-", ("h", 32)),
        "el token viejo es {} por si sirve",
    ),
    of("Slack, hook", token(("a", 24)), "post it to https://hooks.slack.com/services/T0DEMO123/B0DEMO456/{} pls"),
    of("Stripe", token("sk_live_", ("a", 24)), "Stripe.api_key = '{}'", "someone pushed {} to a public gist, rolling it now"),
    of("Stripe, restricted", token("rk_live_", ("a", 24)), "Invalid API Key provided by worker 3: {}"),
    of("Stripe, webhook", token("whsec_", ("a", 32)), "signing secret for the staging endpoint: {}"),
    of(
        "Google, API key", token("AIza", ("u", 35)), "<script src='https://maps.example/api/js?key={}&libraries=places'></script>"
    ),
    of("Google, client secret", token("GOCSPX-", ("u", 28)), '"client_secret":"{}","redirect_uris":["http://localhost"]'),
    of("Google, access token", token("ya29.a0Af", ("u", 150)), "authorization: Bearer {}"),
    of("Twilio", token(("h", 32)), "TWILIO_AUTH_TOKEN={}"),
    of("SendGrid", token("SG.", ("u", 22), ".", ("u", 43)), "smtp user is literally 'apikey', the password is {}"),
    of("Mailgun", token("key-", ("h", 32)), "mailgun:\n  api_key: {}\n  domain: mg.example.net"),
    of("Mailchimp", token(("h", 32), "-us7"), "MAILCHIMP_API_KEY='{}'"),
    of("npm", token("npm_", ("a", 36)), "//registry.example/:_authToken={}"),
    of("PyPI", token("pypi-AgEIcHlwaS5vcmcC", ("u", 150)), "[pypi]\nusername = __token__\npassword = {}"),
    of("OpenAI", token("sk-proj-", ("u", 74), "T3Blbk", "FJ", ("u", 74)), "openai.api_key = '{}'  # TODO env"),
    of(
        "OpenAI, old",
        token("sk-", ("a", 20), "T3Blbk", "FJ", ("a", 20)),
        "hey, puedes usar mi llave {} hasta mañana, luego la borro",
    ),
    of("Anthropic", token("sk-ant-api03-", ("u", 93), "AA"), "x-api-key: {}\nanthropic-version: 2023-06-01"),
    of("Hugging Face", token("hf_", ("a", 34)), "huggingface-cli login --token {}"),
    of("Groq", token("gsk_", ("a", 52)), "GROQ_API_KEY is {}, gleiche wie im Notebook"),
    of("Replicate", token("r8_", ("a", 37)), "401 from replicate with {} since this morning"),
    of("DigitalOcean", token("dop_v1_", ("h", 64)), "doctl auth init -t {}"),
    of("Shopify", token("shpat_", ("h", 32)), "X-Shopify-Access-Token: {}"),
    of("Square", token("sq0csp-", ("u", 43)), "square oauth secret {} for the tills in the garden centre"),
    of("Discord", token("MT", ("a", 24), ".G", ("u", 5), ".", ("u", 38)), "client.run('{}')"),
    of("Telegram", token("7", ("d", 9), ":AA", ("u", 33)), "Use this token to access the HTTP API:\n{}\nKeep your token secure"),
    of("Databricks", token("dapi", ("h", 32)), "databricks configure asks for the token, I gave it {} and it hangs"),
    of("Vault", token("hvs.", ("u", 90)), "VAULT_TOKEN={} vault kv get kv/billing"),
    of("Terraform Cloud", token(("a", 14), ".atlas", "v1.", ("u", 67)), 'credentials "app.example.io" {\n  token = "{}"\n}'),
    of("JWT", jwt, "Authorization: Bearer {}", "session cookie auth={}; Path=/; HttpOnly", "mon jeton expire trop vite : {}"),
    of(
        "Azure, storage",
        token(("b", 86), "=="),
        "DefaultEndpointsProtocol=https;AccountName=shopblobs;AccountKey={};EndpointSuffix=core.windows.net",
    ),
    of("Azure, client secret", token(("a", 3), "8Q~", ("u", 34)), "AZURE_CLIENT_SECRET: {}"),
    of("Azure, SAS", token(("a", 43), "%3D"), "https://shopblobs.blob.example/exports?sv=2024-11-04&se=2027-01-01&sp=rl&sig={}"),
    of("Cloudflare", token(("u", 40)), "CLOUDFLARE_API_TOKEN={}"),
    of("Heroku", guid, "HEROKU_API_KEY={}"),
    of("New Relic", token("NRAK-", ("U", 27)), "NEW_RELIC_API_KEY={} NEW_RELIC_REGION=EU"),
    of("Datadog", token(("h", 32)), "datadog:\n  apiKey: {}\n  site: datadoghq.eu"),
    of("Linear", token("lin_api_", ("a", 40)), "linear key for the sync bot: {}"),
    of("Notion", token("ntn_", ("a", 46)), "notion integration 토큰은 {} 입니다"),
    of("Figma", token("figd_", ("u", 40)), "X-Figma-Token: {}"),
    of("Airtable", token("pat", ("a", 14), ".", ("h", 64)), "Airtableのトークン {} が無効と言われます"),
    of("Atlassian", token("ATATT3xFfGF0", ("u", 180)), "jira cli login with {} worked yesterday"),
    of("Docker Hub", token("dckr_pat_", ("u", 27)), "echo {} | docker login -u buildbot --password-stdin"),
    of("Doppler", token("dp.pt.", ("a", 43)), "DOPPLER_TOKEN={} doppler run -- ./serve"),
    of("Grafana", token("glsa_", ("a", 32), "_", ("h", 8)), "service account token for grafana {} (viewer)"),
    of("Postman", token("PMAK-", ("h", 24), "-", ("h", 34)), "newman run collection.json --postman-api-key {}"),
    of("Supabase", token("sbp_", ("h", 40)), "SUPABASE_ACCESS_TOKEN={}"),
    of("RubyGems", token("rubygems_", ("h", 48)), "---\n:rubygems_api_key: {}"),
    of("Sonar", token("sqp_", ("h", 40)), "mvn verify sonar:sonar -Dsonar.token={}"),
    of("Tailscale", token("tskey-auth-k", ("a", 11), "CNTRL-", ("a", 32)), "sudo tailscale up --auth-key={}"),
    of("age", token("AGE-SECRET-", "KEY-1", ("U", 58)), "# created: 2026-01-09\n{}"),
    of("Dynatrace", token("dt0c01.", ("t", 24), ".", ("t", 64)), "Authorization: Api-Token {}"),
    of("Contentful", token("CFPAT-", ("u", 43)), "contentful space export --management-token {}"),
    of("one-time password seed", token(("t", 32)), "otpauth://totp/Shop:till-4?secret={}&issuer=Shop"),
    of("private key, RSA", pem("\n", 5), f"here is the deploy key\n{RSA[0]}\n{{}}\n{RSA[1]}"),
    of("private key, EC", pem("\n", 1), f"cat tls.key\n{EC[0]}\n{{}}\n{EC[1]}"),
    of("private key, in JSON", pem("\\n", 4), f'"private_key": "{PLAIN[0]}\\n{{}}\\n{PLAIN[1]}\\n", "client_id": "1"'),
)
