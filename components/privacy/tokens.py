"""Tokens and keys by the beginnings that their issuers document."""

from __future__ import annotations

import re

_B64 = r"[A-Za-z0-9_-]"
_AN = r"[A-Za-z0-9]"
_HEX = r"[a-f0-9]"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ISSUED = (
    # clouds: AWS, Google, Azure, Alibaba, Tencent, DigitalOcean, Heroku, Yandex, Fly, Cloudflare
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ABIA|ACCA)[A-Z0-9]{16}", rf"ABSK{_AN}{{30,250}}={{0,2}}", rf"AIza{_B64}{{30,45}}",
    rf"ya29\.{_B64}{{20,512}}", rf"1//0{_B64}{{30,128}}", rf"GOCSPX-{_B64}{{20,40}}",
    rf"AAAA{_B64}{{7}}:APA91{_B64}{{100,180}}", rf"LTAI{_AN}{{12,24}}", rf"AKID{_AN}{{28,40}}", rf"do[por]_v1_{_HEX}{{64}}",
    rf"HRKU-{_B64}{{36,70}}", rf"(?:AQVN|y[0-3]_|t1\.){_B64}{{30,250}}", rf"f[om]\d_{_B64}{{40,250}}",
    rf"v1\.0-{_HEX}{{24}}-{_HEX}{{60,160}}", rf"{_AN}{{3}}[78]Q~[A-Za-z0-9_.~-]{{31,34}}",
    # code and packages: GitHub, GitLab, Bitbucket, npm, PyPI, Docker, RubyGems, NuGet, crates.io, Artifactory, Sonar,
    # Sourcegraph, CircleCI, Buildkite
    rf"gh[pousr]_{_AN}{{20,255}}", r"github_pat_[A-Za-z0-9_]{20,255}",
    r"gl(?:pat|dt|rt|cbt|ptt|soat|ft|imt|agent|ffct|oas|wt)-[A-Za-z0-9_.-]{16,128}", rf"AT(?:ATT3|CTT3|BB){_B64}{{24,250}}",
    rf"npm_{_AN}{{30,64}}", rf"pypi-{_B64}{{16,250}}", rf"dckr_(?:pat|oat)_{_B64}{{20,64}}", rf"rubygems_{_HEX}{{40,64}}",
    rf"oy2{_AN}{{43}}", rf"cio{_AN}{{32,40}}", r"AKCp\w{8,80}", rf"sq[upa]_{_HEX}{{40}}",
    rf"sgp_(?:{_AN}{{16}}_)?{_HEX}{{40}}", rf"(?:CCIPAT|ccipat)_{_B64}{{20,80}}", rf"bk(?:ua|at|aat)_{_HEX}{{40}}",
    rf"CLOJARS_{_AN}{{60}}", r"PMAK-[A-Za-z0-9-]{40,80}", rf"lin_(?:api|oauth)_{_AN}{{30,64}}",
    # talk: Slack, Discord, Telegram, Twilio, SendGrid, Mailgun, Mailchimp, Brevo, Resend, Facebook, Twitter
    r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}", r"xapp-\d-[A-Za-z0-9-]{10,250}", rf"\d{{8,10}}:AA{_B64}{{30,40}}",
    rf"[MNO]{_B64}{{22,27}}\.{_B64}{{6}}\.{_B64}{{25,40}}", rf"SG\.{_B64}{{16,32}}\.{_B64}{{30,64}}",
    r"(?:key|pubkey)-[a-z0-9]{32}", rf"(?:AC|SK){_HEX}{{32}}", rf"{_HEX}{{32}}-us\d{{1,2}}",
    rf"xkeysib-{_HEX}{{64}}-{_AN}{{16}}", rf"re_{_AN}{{6,10}}_{_AN}{{18,40}}", rf"EAA{_AN}{{30,250}}",
    rf"(?:IG|FB)QV{_B64}{{40,250}}", r"AAAAAAAAA[A-Za-z0-9%]{60,140}",
    # money and shops: Stripe, Square, Shopify, PayPal, Razorpay, Plaid, Flutterwave, EasyPost, Shippo, Adyen
    rf"(?:sk|pk|rk|ek|rzp)_(?:live|test|prod)_{_AN}{{10,250}}", r"whsec_[A-Za-z0-9+/=]{16,128}",
    rf"sq0(?:atp|csp|idp|idb)-{_B64}{{20,64}}", r"shp(?:at|ca|pa|ss|ua|ka)_[A-Fa-f0-9]{32,64}",
    rf"access_token\$(?:production|sandbox)\$[a-z0-9]{{16}}\${_HEX}{{32}}",
    rf"access-(?:sandbox|development|production)-{_UUID}", rf"FLW(?:SECK|PUBK)(?:_TEST)?-{_AN}{{12,64}}(?:-X)?",
    rf"EZ[AT]K{_AN}{{54}}", rf"shippo_(?:live|test)_{_HEX}{{40}}", rf"AQE{_AN}[A-Za-z0-9+/=_-]{{40,200}}",
    # models: OpenAI, Anthropic, Hugging Face, Replicate, Groq, xAI, Perplexity, NVIDIA, Pinecone, LangSmith, Langfuse,
    # Tavily, Together, Fireworks, W&B
    rf"sk-(?:proj-|ant-|svcacct-|or-|admin-|lf-|None-)?{_B64}{{16,250}}", rf"hf_{_AN}{{20,64}}", rf"r8_{_AN}{{20,64}}",
    rf"gsk_{_AN}{{20,64}}", rf"xai-{_AN}{{20,128}}", rf"pplx-{_AN}{{20,64}}", rf"nvapi-{_B64}{{30,90}}",
    rf"pcsk_{_B64}{{20,90}}", rf"lsv2_(?:pt|sk)_{_HEX}{{32}}_{_HEX}{{10}}", rf"ls__{_HEX}{{32}}", rf"tvly-{_B64}{{20,64}}",
    rf"tgp_v1_{_B64}{{20,64}}", rf"fw_{_AN}{{20,40}}", rf"wandb_v1_{_B64}{{20,90}}", rf"csk-{_AN}{{30,64}}",
    rf"co_{_AN}{{36,44}}",
    # tools: New Relic, Grafana, Sentry, Datadog, Databricks, Vault, Terraform, Doppler, Pulumi, Postman, Notion, Figma,
    # Airtable, Asana, HubSpot, Contentful
    r"NR(?:AK|JS|II|BR|AA|RA)-[A-Za-z0-9-]{19,40}", rf"glsa_{_AN}{{32}}_{_AN}{{8}}", r"glc_[A-Za-z0-9+/=]{32,400}",
    r"sntry[su]_[A-Za-z0-9+/=_-]{30,250}", rf"dapi{_HEX}{{32}}(?:-\d)?", rf"hv[sbr]\.{_B64}{{20,250}}",
    rf"{_AN}{{14}}\.atlasv1\.[A-Za-z0-9_=-]{{60,70}}",
    rf"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{{2,35}}\.)?{_AN}{{36,48}}", rf"pul-{_HEX}{{40}}", rf"pnu_{_AN}{{36}}",
    rf"pnb_{_AN}{{36}}", rf"secret_{_AN}{{30,64}}", rf"ntn_{_AN}{{30,64}}", rf"figd_{_B64}{{30,64}}",
    rf"pat{_AN}{{14}}\.{_HEX}{{64}}", rf"pat-(?:na|eu)\d-{_UUID}", rf"CFPAT-{_B64}{{40,60}}",
    r"tskey-[a-z]{2,10}-[A-Za-z0-9-]{16,80}", rf"ops_eyJ{_B64}{{30,2048}}", r"A3-[A-Z0-9]{6}(?:-[A-Z0-9]{5,11}){3,5}",
    r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
    r"rdme_[a-z0-9]{70}", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}", rf"sbp_{_HEX}{{40}}",
    rf"sb_secret_{_B64}{{20,64}}", rf"ph[cx]_{_AN}{{40,50}}", rf"(?:vercel|nfp|waka|sl\.u|vck|vcp|nfc|nfb)_{_B64}{{20,90}}",
    rf"sl\.{_B64}{{60,200}}", rf"duffel_(?:test|live)_{_B64}{{40,50}}", rf"tk-(?:us|eu)-{_B64}{{40,60}}", r"p8e-[a-z0-9]{32}",
    rf"sha256~{_B64}{{43}}", rf"[ps]k\.eyJ{_B64}{{50,120}}\.{_B64}{{20,40}}", rf"tfp_{_AN}{{30,70}}",
    rf"fio-u-{_B64}{{40,80}}", rf"apify_api_{_AN}{{30,50}}", rf"amzn\.mws\.{_UUID}",
    # the rest: Slack's cookie, Google HMAC, Bedrock, Cloudflare, Render, Neon, Scaleway, Snyk, dbt, Honeycomb, Axiom, Algolia,
    # PayPal, Mollie, Klarna, Polar, ElevenLabs, Kaggle, LlamaCloud, Voyage, Jina, Firecrawl, E2B, Brevo, MailerSend, Telnyx,
    # n8n, Twitch, VK, Pinterest, Deno, MongoDB, Elastic, Asana, Ghost, GitLab, Netlify, Codeberg, Bitwarden, Infisical, Okta
    r"xoxd-[A-Za-z0-9%+/=-]{20,400}", r"GOOG1[A-Z0-9]{20,60}", rf"bedrock-api-key-{_B64}{{20,400}}",
    rf"cf(?:ut|at|k|api)_{_B64}{{30,80}}", rf"rnd_{_AN}{{24,48}}", rf"napi_{_AN}{{40,90}}", r"SCW[A-Z0-9]{17}",
    rf"snyk_(?:uat|sat)\.{_AN}{{8}}\.{_B64}{{20,250}}", rf"dbt[cu]_{_B64}{{30,64}}", rf"hc[abx][ilm]k_{_AN}{{30,64}}",
    rf"xa[ap]t-{_UUID}", rf"A21AA{_B64}{{60,120}}", rf"(?:live|test)_{_AN}{{30}}", rf"klarna_(?:live|test)_api_{_B64}{{20,250}}",
    rf"polar_(?:oat|pat|rst)_{_B64}{{30,64}}", rf"sk_{_HEX}{{48}}", rf"KGAT_{_HEX}{{32}}", rf"llx-{_AN}{{40,64}}",
    rf"pa-{_B64}{{40,64}}", rf"jina_{_AN}{{48,72}}", rf"fc-{_HEX}{{32}}", rf"e2b_{_HEX}{{40}}",
    rf"xsmtpsib-{_HEX}{{64}}-{_AN}{{16}}",
    rf"mlsn\.{_HEX}{{64}}", rf"KEY0[0-9A-F]{{32}}_{_AN}{{20,24}}", rf"n8n_api_{_HEX}{{60,90}}", r"oauth:[a-z0-9]{30}",
    rf"vk1\.a\.{_B64}{{60,250}}", rf"pina_{_AN}{{32,80}}", rf"dd[pow]_{_AN}{{36,40}}", rf"mdb_sa_sk_{_B64}{{30,60}}",
    rf"essu_{_B64}{{40,200}}", rf"\d/\d{{13,20}}(?:/\d{{13,20}})?:{_HEX}{{32}}", rf"{_HEX}{{24}}:{_HEX}{{64}}",
    rf"gl(?:ptt|rtr|cbt|sat|feat)-{_B64}{{16,128}}", rf"GR1348941{_B64}{{20}}",
    rf"0\.{_UUID}\.{_AN}{{20,40}}:[A-Za-z0-9+/=]{{20,40}}",
    rf"st\.{_HEX}{{24}}\.{_HEX}{{32}}\.{_HEX}{{32}}", rf"sess-{_AN}{{40}}",
    # tokens that say what they are
    rf"eyJ{_B64}{{8,4096}}\.{_B64}{{8,8192}}(?:\.{_B64}{{0,2048}})?",
)  # fmt: skip
#: Each is a token by its beginning
TOKENS = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_ISSUED)})(?![A-Za-z0-9])")
#: Beginnings of tokens that are also beginnings of words
AS_WORDS = (
    "sk-", "pk_", "secret_", "key-", "gsk_", "npm_", "M", "N", "O", "EAA", "fw_", "re_", "co_", "cio", "AKCp", "LTAI", "AKID",
    "t1.", "y0_", "sl.", "vercel_", "waka_", "nfp_", "fo", "fm", "tfp_", "AQE",
    "pa-", "live_", "test_", "rnd_", "napi_", "SCW", "GOOG", "sess-", "KEY", "ddo", "ddp", "ddw",
)  # fmt: skip
