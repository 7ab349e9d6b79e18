"""The published formats of tokens and keys that tell by themselves what they are: prefixes, alphabets and lengths."""

from __future__ import annotations

import re

from scanners.plaintext.token_format import TokenFormat

_HEX64 = r"[a-f0-9]{64}"
_GITHUB_PATTERNS = (
    "https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns"
)
_URL_SAFE = r"[A-Za-z0-9_-]"

_PREFIXED: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    # credential, source, ((prefix, what follows it), …)
    (
        "AWS access key",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
        (("AKIA", r"[A-Z0-9]{16}"), ("ASIA", r"[A-Z0-9]{16}"), ("ABSK", r"[A-Za-z0-9+/]{100,300}={0,2}")),
    ),
    (
        "Google API key",
        "https://cloud.google.com/docs/authentication/api-keys",
        (("AIza", _URL_SAFE + "{35}"),),
    ),
    (
        "Google OAuth credential",
        "https://developers.google.com/identity/protocols/oauth2",
        (("GOCSPX-", _URL_SAFE + "{28}"), ("ya29.", _URL_SAFE + "{30,1000}")),
    ),
    (
        "GitHub token",
        "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/",
        (
            *((prefix, r"[A-Za-z0-9]{36,251}") for prefix in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
            ("github_pat_", r"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
        ),
    ),
    (
        "GitLab token",
        "https://docs.gitlab.com/security/tokens/#token-prefixes",
        tuple(
            (prefix, _URL_SAFE + r"{20,300}(?:\.[a-z0-9]{2}\.[a-z0-9]{7,9})?")
            for prefix in (
                "glpat-", "gloas-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glwt-",
                "glsoat-", "glffct-", "GR1348941",
            )
        ),
    ),
    (
        "Slack token",
        "https://docs.slack.dev/authentication/tokens",
        (
            *((f"xox{letter}-", r"[A-Za-z0-9-]{20,250}") for letter in "abceoprs"),
            ("xapp-", r"\d-[A-Za-z0-9-]{20,250}"),
            ("xoxe.xox", r"[bp]-\d-[A-Za-z0-9]{100,250}"),
        ),
    ),
    (
        "Stripe key",
        "https://docs.stripe.com/keys",
        (
            *((prefix, r"[A-Za-z0-9]{16,250}") for prefix in ("sk_live_", "sk_test_", "rk_live_", "rk_test_")),
            ("whsec_", r"[A-Za-z0-9+/=]{24,100}"),
        ),
    ),
    ("npm token", _GITHUB_PATTERNS, (("npm_", r"[A-Za-z0-9]{36}"),)),
    ("PyPI token", _GITHUB_PATTERNS, (("pypi-AgE", _URL_SAFE + "{50,300}"),)),
    ("RubyGems key", "https://guides.rubygems.org/api-key-scopes/", (("rubygems_", r"[a-f0-9]{48}"),)),
    (
        "crates.io token",
        "https://doc.rust-lang.org/cargo/reference/publishing.html",
        (("cio", r"[A-Za-z0-9]{32}"),),
    ),
    (
        "Docker Hub token",
        "https://docs.docker.com/security/access-tokens/",
        (("dckr_pat_", _URL_SAFE + "{27,40}"), ("dckr_oat_", _URL_SAFE + "{27,40}")),
    ),
    (
        "SendGrid API key",
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
        (("SG.", _URL_SAFE + "{22}[.]" + _URL_SAFE + "{43}"),),
    ),
    ("Twilio API key", "https://www.twilio.com/docs/iam/api-keys", (("SK", r"[0-9a-f]{32}"),)),
    (
        "Mailgun key",
        "https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth",
        (("key-", r"[0-9a-f]{32}"),),
    ),
    (
        "Brevo key",
        "https://developers.brevo.com/docs/getting-started",
        (("xkeysib-", _HEX64 + "-[A-Za-z0-9]{16}"), ("xsmtpsib-", _HEX64 + "-[A-Za-z0-9]{16}")),
    ),
    (
        "OpenAI API key",
        "https://platform.openai.com/docs/api-reference/authentication",
        tuple((prefix, _URL_SAFE + "{40,250}") for prefix in ("sk-proj-", "sk-svcacct-", "sk-admin-")),
    ),
    (
        "Anthropic API key",
        "https://docs.claude.com/en/api/overview",
        (("sk-ant-", r"[a-z]{3,10}\d{2}-" + _URL_SAFE + "{40,200}"),),
    ),
    (
        "OpenRouter API key",
        "https://openrouter.ai/docs/api-reference/authentication",
        (("sk-or-v1-", _HEX64),),
    ),
    (
        "Hugging Face token",
        "https://huggingface.co/docs/hub/security-tokens",
        (("hf_", r"[A-Za-z0-9]{30,40}"),),
    ),
    ("Groq API key", "https://console.groq.com/docs/api-reference", (("gsk_", r"[A-Za-z0-9]{52}"),)),
    (
        "Replicate token",
        "https://replicate.com/docs/topics/security/api-tokens",
        (("r8_", r"[A-Za-z0-9]{37}"),),
    ),
    (
        "Perplexity API key",
        "https://docs.perplexity.ai/guides/api-key-management",
        (("pplx-", r"[A-Za-z0-9]{48}"),),
    ),
    ("NVIDIA API key", "https://docs.nvidia.com/ngc/", (("nvapi-", _URL_SAFE + "{60,80}"),)),
    ("xAI API key", "https://docs.x.ai/docs/tutorial", (("xai-", r"[A-Za-z0-9]{70,90}"),)),
    (
        "Vault token",
        "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes",
        tuple((prefix, _URL_SAFE + "{24,400}") for prefix in ("hvs.", "hvb.", "hvr.")),
    ),
    (
        "age secret key",
        "https://github.com/FiloSottile/age#readme",
        (
            ("AGE-SECRET-KEY-1", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
            ("AGE-SECRET-KEY-PQ-1", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,200}"),
            ("AGE-PLUGIN-", r"[A-Z0-9]{1,30}-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{20,200}"),
        ),
    ),
    (
        "DigitalOcean token",
        "https://docs.digitalocean.com/reference/api/create-personal-access-token/",
        tuple((prefix, _HEX64) for prefix in ("dop_v1_", "doo_v1_", "dor_v1_")),
    ),
    (
        "Shopify token",
        "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens",
        tuple((prefix, r"[a-fA-F0-9]{32}") for prefix in ("shpat_", "shpca_", "shppa_", "shpss_")),
    ),
    (
        "Databricks token",
        "https://docs.databricks.com/dev-tools/auth/pat",
        (("dapi", r"[a-f0-9]{32}(?:-\d)?"),),
    ),
    (
        "Doppler token",
        "https://docs.doppler.com/reference/auth-token-formats",
        tuple((f"dp.{kind}.", r"[A-Za-z0-9._-]{40,80}") for kind in ("pt", "st", "ct", "sa", "scim", "audit")),
    ),
    (
        "New Relic key",
        "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/",
        (("NRAK-", r"[A-Z0-9]{27}"),),
    ),
    (
        "Grafana token",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/",
        (("glsa_", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"), ("glc_", r"[A-Za-z0-9+/]{32,400}={0,2}")),
    ),
    (
        "Sentry token",
        "https://docs.sentry.io/account/auth-tokens/",
        (("sntrys_", r"[A-Za-z0-9+/=_-]{60,500}"), ("sntryu_", _HEX64)),
    ),
    (
        "Postman API key",
        "https://learning.postman.com/docs/developer/postman-api/authentication/",
        (("PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),),
    ),
    (
        "PlanetScale credential",
        "https://planetscale.com/docs/api/reference/service-tokens",
        tuple((f"pscale_{kind}_", _URL_SAFE + "{32,64}") for kind in ("tkn", "pw", "oauth")),
    ),
    (
        "Pulumi token",
        "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
        (("pul-", r"[a-f0-9]{40}"),),
    ),
    (
        "Tailscale key",
        "https://tailscale.com/kb/1101/api",
        tuple((f"tskey-{kind}-", r"[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,40}") for kind in ("auth", "api", "client")),
    ),
    (
        "Atlassian token",
        "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
        (("ATATT3xFf", r"[A-Za-z0-9_=-]{100,300}"),),
    ),
    (
        "Dynatrace token",
        "https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication",
        (("dt0c01.", r"[A-Z0-9]{24}[.][A-Z0-9]{64}"),),
    ),
    ("Linear API key", "https://linear.app/developers/graphql", (("lin_api_", r"[A-Za-z0-9]{40}"),)),
    ("Notion token", "https://developers.notion.com/docs/authorization", (("ntn_", r"[A-Za-z0-9]{40,60}"),)),
    (
        "Supabase key",
        "https://supabase.com/docs/guides/api/api-keys",
        (("sbp_", r"[a-f0-9]{40}"), ("sb_secret_", _URL_SAFE + "{20,60}")),
    ),
    (
        "1Password service account token",
        "https://developer.1password.com/docs/service-accounts/",
        (("ops_eyJ", r"[A-Za-z0-9+/=_-]{200,1500}"),),
    ),
    (
        "NATS seed",
        "https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth",
        tuple((f"S{kind}A", r"[A-Z2-7]{55}") for kind in "UAO"),
    ),
    (
        "CircleCI token",
        "https://circleci.com/docs/managing-api-tokens/",
        (("CCIPAT_", r"[A-Za-z0-9]{22}_[a-f0-9]{40}"),),
    ),
    ("Buildkite token", "https://buildkite.com/docs/apis/managing-api-tokens", (("bkua_", r"[a-z0-9]{40}"),)),
    (
        "Airtable token",
        "https://airtable.com/developers/web/guides/personal-access-tokens",
        (("pat", r"[A-Za-z0-9]{14}[.]" + _HEX64),),
    ),
    (
        "HubSpot token",
        "https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview",
        (("pat-", r"(?:na|eu)\d-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),),
    ),
    ("Figma token", "https://developers.figma.com/docs/rest-api/authentication/", (("figd_", _URL_SAFE + "{40,80}"),)),
    ("Netlify token", _GITHUB_PATTERNS, (("nfp_", r"[A-Za-z0-9]{36,40}"),)),
    (
        "Heroku API key",
        "https://devcenter.heroku.com/articles/authentication",
        (("HRKU-", r"[A-Za-z0-9_-]{36,70}"),),
    ),
    (
        "Square credential",
        "https://developer.squareup.com/docs/build-basics/access-tokens",
        (("sq0atp-", _URL_SAFE + "{22}"), ("sq0csp-", _URL_SAFE + "{43}")),
    ),
    (
        "Shippo token",
        "https://docs.goshippo.com/docs/guides_general/authentication/",
        tuple((prefix, r"[a-f0-9]{40}") for prefix in ("shippo_live_", "shippo_test_")),
    ),
    (
        "EasyPost key",
        "https://docs.easypost.com/docs/authentication",
        (("EZAK", r"[A-Za-z0-9]{54}"), ("EZTK", r"[A-Za-z0-9]{54}")),
    ),
    (
        "Typeform token",
        "https://www.typeform.com/developers/get-started/personal-access-token/",
        (("tfp_", r"[A-Za-z0-9_.=-]{40,80}"),),
    ),
    (
        "Contentful token",
        "https://www.contentful.com/developers/docs/references/authentication/",
        (("CFPAT-", _URL_SAFE + "{43}"),),
    ),
    (
        "SonarQube token",
        "https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/",
        tuple((prefix, r"[a-f0-9]{40}") for prefix in ("sqp_", "squ_", "sqa_")),
    ),
    (
        "JFrog token",
        "https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens",
        (("cmVmdGtu", r"[A-Za-z0-9]{56}"), ("AKCp", r"[A-Za-z0-9]{69}")),
    ),
    (
        "Bitbucket token",
        "https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/",
        (("ATBB", r"[A-Za-z0-9]{32}"), ("ATCTT3xFf", r"[A-Za-z0-9_=-]{100,300}")),
    ),
    (
        "Sourcegraph token",
        "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token",
        (("sgp_", r"(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}"),),
    ),
    (
        "Alibaba Cloud access key",
        "https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
        (("LTAI5t", r"[A-Za-z0-9]{18}"),),
    ),
    (
        "Yandex Cloud API key",
        "https://yandex.cloud/en/docs/iam/concepts/authorization/api-key",
        (("AQVN", _URL_SAFE + "{35,38}"),),
    ),
    (
        "LangSmith API key",
        "https://docs.smith.langchain.com/administration/how_to_guides/organization_management/create_account_api_key",
        tuple((f"lsv2_{kind}_", r"[a-f0-9]{32}_[a-f0-9]{10}") for kind in ("pt", "sk")),
    ),
    (
        "Pinecone API key",
        "https://docs.pinecone.io/guides/projects/manage-api-keys",
        (("pcsk_", r"[A-Za-z0-9_]{50,90}"),),
    ),
    ("PostHog API key", "https://posthog.com/docs/api", (("phx_", r"[A-Za-z0-9]{40,60}"),)),
    (
        "Mapbox secret token",
        "https://docs.mapbox.com/help/glossary/access-token/",
        (("sk.eyJ", r"[A-Za-z0-9_-]{60,200}[.][A-Za-z0-9_-]{20,30}"),),
    ),
    (
        "OpenShift token",
        "https://docs.openshift.com/container-platform/latest/authentication/managing-oauth-access-tokens.html",
        (("sha256~", _URL_SAFE + "{43}"),),
    ),
    (
        "Rancher token",
        "https://ranchermanager.docs.rancher.com/api/api-tokens",
        (("token-", r"[a-z0-9]{5}:[a-z0-9]{54}"),),
    ),
    ("k3s token", "https://docs.k3s.io/cli/token", (("K10", r"[a-f0-9]{64}::[a-z0-9.-]{1,64}:?[A-Za-z0-9.]{0,64}"),)),
    (
        "Docker Swarm token",
        "https://docs.docker.com/engine/swarm/join-nodes/",
        (("SWMTKN-1-", r"[a-z0-9]{50}-[a-z0-9]{25}"),),
    ),
    (
        "Cloudflare Tunnel token",
        "https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/",
        (("eyJhIjoi", r"[A-Za-z0-9+/]{100,400}={0,2}"),),
    ),
    (
        "Grafana API key",
        "https://grafana.com/docs/grafana/latest/administration/service-accounts/migrate-api-keys/",
        (("eyJrIjoi", r"[A-Za-z0-9+/]{60,200}={0,2}"),),
    ),
)  # fmt: skip

PREFIX_FORMATS: tuple[TokenFormat, ...] = tuple(
    TokenFormat(credential, prefix, prefix, re.escape(prefix) + rest, source)
    for credential, source, forms in _PREFIXED
    for prefix, rest in forms
)

INFIX_FORMATS: tuple[TokenFormat, ...] = (
    TokenFormat(
        "Azure client secret",
        "",
        "Q~",
        r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",
        "https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret",
    ),
    TokenFormat(
        "Telegram bot token",
        "",
        ":AA",
        r"\d{8,10}:AA[A-Za-z0-9_-]{33}",
        "https://core.telegram.org/bots/api#authorizing-your-bot",
    ),
    TokenFormat(
        "Terraform Cloud token",
        "",
        ".atlasv1.",
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}",
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
    ),
    TokenFormat(
        "OpenAI API key",
        "",
        "T3BlbkFJ",
        r"sk-(?:[a-z]{4,10}-)?[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}",
        "https://platform.openai.com/docs/api-reference/authentication",
    ),
    TokenFormat(
        "Azure DevOps token",
        "",
        "AZDO",
        r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
        "https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate",
    ),
    TokenFormat(
        "Azure storage account key",
        "",
        "+ASt",
        r"[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{6}==",
        "https://learn.microsoft.com/purview/sit-defn-azure-storage-account-key-generic",
    ),
    TokenFormat(
        "Mailchimp API key",
        "",
        "-us",
        r"[0-9a-f]{32}-us\d{1,2}",
        "https://mailchimp.com/developer/marketing/guides/quick-start/",
    ),
)

FORMATS: tuple[TokenFormat, ...] = PREFIX_FORMATS + INFIX_FORMATS
