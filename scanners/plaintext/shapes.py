"""What a value is, judged without its name: a path, a number, a template, the name of an object, or a secret string.

Most values with a frightening name are one of these. Some shapes rule a credential out whatever the name says
(`is_something_else`), others only where the name calls for something issued rather than chosen
(`is_something_else_if_issued`): a password may well be a word, a number or a host name, an API key is none of them.

Every expression is anchored or bounded, so that no value, however hostile, costs more than linear time.
"""

from __future__ import annotations

import re

from scanners.plaintext.formats import PREFIX_FORMATS
from scanners.plaintext.vocabulary import (
    DUMMY_WORDS,
    EMULATOR_KEY,
    MEANINGFUL_WORDS,
    NOT_A_VALUE,
    OBJECT_WORDS,
    PLAINLY_SECRET_WORDS,
    REFERENCES_IN_BRACES,
)

_TEMPLATE_INSIDE = re.compile(
    r"\$\([A-Za-z_][\w.-]{0,127}\)"  # $(VAR), expanded by Kubernetes
    r"|\$\{[^{}\n]{1,256}\}"  # ${VAR}, by shells, Spring, Flux and Compose
    r"|\$\{\{|\{\{|\{%|<%|\[\[ ?\."  # GitHub Actions, Helm, Jinja, ERB
    r"|%\([\w.-]{1,64}\)s"  # Python and supervisord
    r"|\$\([^() ]{1,100} [^()]{1,300}\)"  # $(cat file), by shells
    r"|\A\$\{[^{}]{0,256}\Z"  # cut off at a quote inside
)
_TEMPLATE_WHOLE = re.compile(
    r"<[^<>]{1,200}>|\[[A-Za-z][\w .-]{0,100}\]|\{[A-Za-z_][\w .-]{0,100}\}|%[A-Za-z_]\w{0,100}%|%[sdvq]"
    r"|@[A-Za-z_][\w.]{0,100}@|__[A-Za-z]\w{0,100}__|#\{[^{}]{1,100}\}#?|\$[A-Z_][A-Z0-9_]{0,127}|\$\{?[0-9@*#?]\}?"
    r"|\$\$?\([^()]{1,200}\)|`[^`]{1,200}`|\$__(?:env|file|vault)\{[^{}]{1,200}\}"
)
_TEMPLATE_DEFAULT = re.compile(r"\$\{([A-Za-z_][\w.]{0,127}):-?([^{}?+][^{}]{0,255})\}")
_VARIABLE = re.compile(r"\$[A-Za-z_:][\w:.-]{0,127}|%24.{0,200}")
"""`$slack-token`, as Argo CD and shells write it. A password may begin with a dollar, so a chosen one is none."""

_MASK = re.compile(
    r"[*•.xX#_?-]{3,}|\W{0,3}(?:redacted|masked|hidden|omitted|sanitized|removed|censored)\W{0,3}", re.IGNORECASE
)
_INSTRUCTION = re.compile(
    r"your[-_ ][-\w .]{1,80}|(?-i:[Yy]our[A-Z]\w{1,60})"
    r"|(?:insert|replace|enter|put|paste|fill|provide|specify|set)[-_ .]{0,2}"
    r"(?:your|with|me|this|here|in)(?:[-_ .][-\w .]{0,80})?|[-\w .]{0,80}[-_ ](?:here|goes[-_ ]here|placeholder)"
    r"|replace[-_ ][-\w .]{1,80}|todo(?:[-_ :.][-\w :.]{0,60})?|fixme|tbd|placeholder|ignored"
    r"|(?:not?|un|never)[-_ ]?(?:used|needed|required|set|applicable|configured|provided|available|necessary)"
    r"|replaced?[-_ ](?:with|by|in|before|after|on)[-_ ].{1,200}"
    r"|not[-_ ]a[-_ ](?:secret|password|token|key)(?:[-_ ]\w{0,40})?"
    r"|to[-_ ]be[-_ ](?:set|replaced|filled|defined|generated)(?:[-_ ][-\w ]{0,40})?"
    r"|(?:set|injected|provided|populated|managed|overridden|read|loaded|comes)[-_ ](?:by|from|via|at)[-_ ]"
    r"[-\w ./]{1,60}",
    re.IGNORECASE,
)
"""What people write where a value is still to come. `changeme` is not among them: servers start with it."""

_REFERENCE = re.compile(
    r"(?:>>)?(?:vault|bao|awssm|awsssm|aws-sm|ssm|gcpsm|gsm|azurekv|akv|secretref|conjur|doppler|infisical|akeyless)"
    r":[^\s]{1,400}"
    r"|(?:env|keyring):[A-Za-z_][\w./-]{0,200}|(?:file|classpath):[^\s]{1,400}"
    r"|arn:[\w:/+=,.@*-]{1,400}|projects/[\w.:-]{1,64}/(?:secrets|locations)/[\w./-]{1,300}"
    r"|@Microsoft\.KeyVault\(.{1,300}\)|path:[\w./-]{1,200}#[\w.-]{1,100}"
)
"""Where a value is kept rather than the value: bank-vaults, Spring Cloud Vault, ARNs, Secret Manager, Key Vault.
1Password (`op://`) and vals (`ref+vault://`) are URLs."""

_CIPHERTEXT = re.compile(
    r"ENC\[AES256_GCM,|ENC\(|\{cipher\}|\$ANSIBLE_VAULT;|vault:v\d{1,4}:|Ag[A-D][A-Za-z0-9+/]{200}"
)
"""SOPS, Jasypt, Spring Cloud Config, Ansible Vault, Vault transit, Sealed Secrets: nothing is in plain here."""

_PUBLIC = re.compile(
    r"-----BEGIN (?:TRUSTED )?(?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST|PGP PUBLIC KEY)"
    r"|LS0tLS1CRUdJTiB(?:DRVJU|QVUJM|SU0EgUFVC)"
    r"|(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-ssh-ed25519@openssh\.com) AAAA|age1[a-z0-9]{20}"
    r"|sha(?:1|256|512)[:-]|(?:pk_(?:live|test)|phc)_" + rf"|{re.escape(EMULATOR_KEY)}"
)
"""Certificates, public keys and digests; the second line is the first in base64. PostHog's `phc_` is for clients."""

_EXPRESSION = re.compile(r"\^?\(?(?:\.[*+]|\[\^|\\[SwdWDs])[\s\S]{0,4096}")
"""A regular expression: `s/password=.*/password=[hidden]/` hides a password."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,30}://\S*")

_BELOW_KNOWN_DIRECTORY = re.compile(
    r"/(?:etc|var|run|mnt|opt|home|root|usr|tmp|srv|dev|proc|sys|lib|bin|host|hostfs|nfs|data|app|apps|code|src|git|project"
    r"|conf|configs?|secrets?|vault|certs?|certificates|keys?|tls|ssl|pki|ssh|credentials?|tokens?|auth|csi|projected"
    r"|workspace|files?|volumes?|mounts?|storage|docker|kubernetes|bitnami|keycloak|jenkins|minio|grafana|prometheus"
    r"|github|api|v\d|\.[\w-]{1,40}|[\w-]{1,40}-(?:secrets?|certs?|tls|keys?|config|credentials?|tokens?))"
    r"(?:/[^\s/]{0,255}){0,40}"
)
_PATH_OF_WORDS = re.compile(r"(?:/[a-z][a-z._-]{0,60}){2,20}/?")
_RELATIVE_PATH = re.compile(r"(?:\.{1,2}|~|\$\w{1,64})/[^\s]{0,400}|[A-Za-z]:\\[^\s]{0,400}")
_FILE_NAME = re.compile(
    r"(?:~?/)?(?:[\w.@${}()-]{1,255}/){0,40}[\w.@-]{0,200}\.(?:pem|key|crt|cer|cert|der|p12|pfx|jks|keystore|truststore"
    r"|json|ya?ml|toml|txt|conf|cfg|ini|env|properties|token|password|passwd|htpasswd|secret|pub|asc|gpg|age|csv|xml|sh|py"
    r"|js|html?|md|sql|log|sock|enc|kubeconfig|netrc|tmpl|tpl|hcl|tf)"
)
_ABSOLUTE_PATH = re.compile(r"/(?:[A-Za-z0-9._@-]{1,255}/){1,40}[A-Za-z0-9._@-]{0,255}")
_NAMES_AND_SLASHES = re.compile(r"(?:[A-Za-z][A-Za-z0-9._-]{0,63}/){1,20}[A-Za-z][A-Za-z0-9._-]{0,63}")

_MEASURE = re.compile(
    r"\d{1,18}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h|d|w|mins?|secs?|days?|hours?|[KMGTPE]i?B?|%|px)"
    r"|(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s)){2,4}|P(?:\d{1,6}[YMWD]){0,4}(?:T(?:\d{1,6}[HMS]){1,3})?"
    r"|[-+]\d{1,40}|\d{1,40}\.\d{1,40}",
    re.IGNORECASE,
)
"""A duration, a quantity, a signed or decimal number."""

_SMALL_NUMBER = re.compile(r"\d{1,5}|0x[0-9a-fA-F]{1,8}|\d{1,5}e[-+]?\d{1,3}")
_HOST = re.compile(r"(?:[A-Za-z0-9_*-]{1,63}\.){1,12}[A-Za-z][A-Za-z0-9-]{1,62}\.?(?::\d{1,5})?(?:/[^\s]{0,400})?")
_HOST_AND_PORT = re.compile(r"(?:[A-Za-z0-9-]{1,63}|\[[0-9a-fA-F:]{2,39}\]|\*)?:\d{2,5}(?:/[^\s]{0,200})?")
_ADDRESS = re.compile(
    r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:/\d{1,3})?"
    r"|0x[0-9a-fA-F]{40}"
)
_E_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_IMAGE = re.compile(
    r"[a-z0-9][a-z0-9._-]{0,100}(?:/[a-z0-9._-]{1,100}){1,6}(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?"
)
_VERSION_OR_DATE = re.compile(
    r"v?\d{1,6}(?:\.\d{1,6}){1,3}(?:[-+][\w.+-]{1,60})?|v\d{1,4}(?:(?:alpha|beta)\d{1,3})?"
    r"|\d{4}-\d{2}-\d{2}(?:[T ][\d:.+Z-]{1,30})?"
)
_ALGORITHM = re.compile(
    r"(?:rs|hs|es|ps)(?:256|384|512)|eddsa|ed25519|(?:aes|argon2(?:id?|d)?|rsa|ecdsa|ec|dsa|sha-?\d|sha|md5|hmac|bcrypt|scrypt"
    r"|pbkdf2|scram|chacha20|blowfish|des|3des|blake2[bs]|dir|a\d{3}(?:gcm)?kw|p-?(?:256|384|521)|secp256[kr]1|x25519|kms)"
    r"(?:[-_/:]?(?:sha|gcm|cbc|ctr|ecb|oaep|poly1305|id|hmac|pkcs1|pkcs8|pss|rsa|ecdsa|aes|with|v\d|\d{1,4})){0,6}",
    re.IGNORECASE,
)
_UPPER_CASE_WORD = re.compile(r"[A-Z]{2,16}")
_VARIABLE_NAME = re.compile(
    r"[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{1,40}){1,10}"
    r"|(?:[A-Za-z0-9]{1,40}_){1,10}(?:PASSWORD|PASSWD|PWD|PASS|SECRET|TOKEN|KEY|CREDENTIALS?|CREDS|AUTH)"
)
_DUMMY = re.compile(
    rf"(?:{'|'.join(DUMMY_WORDS)})(?:[-_ .][-\w .]{{0,40}})?|[-\w]{{0,40}}[-_](?:dummy|example|fake|placeholder)"
    r"|foo|bar|baz|foobar|xyz|abc|blah|sk-(?:x{3,}|dummy|fake|test|none|no[-_]?key|1234)[-\w]{0,40}",
    re.IGNORECASE,
)
"""What stands where a client insists on a token that its server ignores."""

_CODE = re.compile(
    r"(?:process|os|System|env|ENV|self|this|config|cfg|settings|values|\.?Values|props|args|params|options|data|var|local"
    r"|module|request|req|ctx|context|spec|secrets?|vars|inputs|steps|github|conf|viper)"
    r"(?:\.[A-Za-z_]\w{0,80}|\[['\"]?[\w.-]{0,80}['\"]?\]?){1,10}(?:\(.{0,200})?;?"
    r"|(?:[A-Za-z_$][\w$]{0,80}\.){0,8}[A-Za-z_$][\w$]{0,80}\([^()]{0,200}\)?.{0,100}"
    r"|(?:const|let|var|import|export|return|function|def)\s.{1,290}"
    r"|[A-Za-z_$][\w$]{0,80}\[[\w$.'\"+-]{0,80}\][;,)]{0,3}"
    r"|/(?=[^/]{0,200}[\\*+?\[])(?:[^/\n\\]|\\.){1,200}/[gimsuy]{0,6}[;,)]{0,3}"
)

_PREFIXES = tuple(form.prefix for form in PREFIX_FORMATS if len(form.prefix) > 2 and form.prefix[-1] in "-_.")

_BOOTSTRAP_TOKEN = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}")
"""https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/#token-format"""

_OBJECT_NAME = re.compile(r"[a-z0-9]{1,63}(?:[-.][a-z0-9]{1,63}){1,20}")
_RUN = re.compile(r"[A-Za-z0-9+/=_.~-]+")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_BORDERS = re.compile(r"[A-Z](?=[^A-Z])|[a-z](?=[^a-z])|[0-9](?=[^0-9])|[+/](?=[^+/])")


def is_something_else(value: str) -> bool:
    """Whether no name makes a credential of it: nothing, a boolean, a template, a reference, a path, a URL, ciphertext.

    Callers have looked for credentials inside the value before: in a URL, behind a PEM header.
    """
    return (
        value.lower() in NOT_A_VALUE
        or _TEMPLATE_WHOLE.fullmatch(value) is not None
        or _TEMPLATE_INSIDE.search(value) is not None
        or _MASK.fullmatch(value) is not None
        or _URL.fullmatch(value) is not None
        or _EXPRESSION.fullmatch(value) is not None
        or _REFERENCE.fullmatch(value) is not None
        or _CIPHERTEXT.match(value) is not None
        or _PUBLIC.match(value) is not None
        or _MEASURE.fullmatch(value) is not None
        or _INSTRUCTION.fullmatch(value) is not None
        or is_certain_path(value)
        or is_structure(value)
    )


def is_something_else_if_issued(value: str) -> bool:
    """Whether it is a word, number, host, path, name or code that no issuer of tokens and keys would hand out."""
    return (
        value.lower() in MEANINGFUL_WORDS
        or _SMALL_NUMBER.fullmatch(value) is not None
        or _UPPER_CASE_WORD.fullmatch(value) is not None
        or _VARIABLE_NAME.fullmatch(value) is not None
        or _HOST_AND_PORT.fullmatch(value) is not None
        or _ADDRESS.fullmatch(value) is not None
        or _E_MAIL.fullmatch(value) is not None
        or _VERSION_OR_DATE.fullmatch(value) is not None
        or _ALGORITHM.fullmatch(value) is not None
        or _DUMMY.fullmatch(value) is not None
        or _is_stub_of_token(value)
        or _ABSOLUTE_PATH.fullmatch(value) is not None
        or is_code(value)
        or not value.isascii()
        or (not looks_generated(value) and _is_host_image_or_path(value))
    )


def is_certain_path(value: str) -> bool:
    """A path beyond doubt: below a directory that file systems have, relative, of plain words, or with an extension.

    `/hunter2-prod!` is none: a password may begin with a slash.
    """
    return (
        _BELOW_KNOWN_DIRECTORY.fullmatch(value) is not None
        or _PATH_OF_WORDS.fullmatch(value) is not None
        or _RELATIVE_PATH.fullmatch(value) is not None
        or ("." in value and _FILE_NAME.fullmatch(value) is not None)
    )


def is_structure(value: str) -> bool:
    """JSON, YAML, XML or a text of several lines: read by its assignments, not as one value."""
    return "\n" in value or value[0] + value[-1] in ("{}", "[]", "<>")


def is_code(value: str) -> bool:
    """An expression that yields a value elsewhere: `process.env.SECRET_KEY`, `getenv("TOKEN")`, `$slack-token`."""
    return len(value) <= 300 and (_CODE.fullmatch(value) is not None or _VARIABLE.fullmatch(value) is not None)


def is_variable(value: str) -> bool:
    """`$slack-token`: perhaps a variable, perhaps a password that begins with a dollar."""
    return _VARIABLE.fullmatch(value) is not None


def is_placeholder_for_password(password: str) -> bool:
    """Whether the password of a connection string is masked, a variable or an instruction."""
    return (
        _TEMPLATE_WHOLE.fullmatch(password) is not None
        or _TEMPLATE_INSIDE.search(password) is not None
        or _VARIABLE.fullmatch(password) is not None
        or _MASK.fullmatch(password) is not None
        or _INSTRUCTION.fullmatch(password) is not None
    )


def is_object_name(value: str) -> bool:
    """A name of several words that ends in what Kubernetes objects are called after: `my-db-credentials`.

    `super-secret` is none, though it has the same form.
    """
    if not _OBJECT_NAME.fullmatch(value):
        return False
    parts = re.split(r"[-.]", value)
    while len(parts) > 1 and (parts[-1].isdigit() or re.fullmatch(r"v\d{1,3}", parts[-1])):
        parts.pop()
    return parts[-1] in OBJECT_WORDS and PLAINLY_SECRET_WORDS.isdisjoint(parts)


def template_default(value: str) -> str | None:
    """The literal that stands in if a variable is not set: `hunter2` of `${DB_PASSWORD:-hunter2}`, else None."""
    match = _TEMPLATE_DEFAULT.fullmatch(value)
    return match[2] if match and match[1].lower() not in REFERENCES_IN_BRACES else None


def looks_generated(value: str) -> bool:
    """Whether only a generator writes this: hexadecimal, base64, or one long run of digits and letters well mixed.

    Names made of words (`my-app-7d9f8b6c5d-x2x4z`) and UUIDs are not enough: they name things.
    """
    value = value.removeprefix("base64:")
    if _BOOTSTRAP_TOKEN.fullmatch(value):
        return _is_mixed(value[7:])
    if len(value) < 16 or not _RUN.fullmatch(value):
        return False
    if len(value) >= 24 and _BASE64.fullmatch(value) and _is_mixed(value):
        return len(_BORDERS.findall(value)) >= len(value) * 0.4 or _HEX.fullmatch(value) is not None
    longest = max(re.split(r"[-_./:=~+]", value), key=len)
    if len(longest) < 16 or len(set(longest)) < 8 or not _is_mixed(longest):
        return False
    return len(longest) >= 20 or longest not in (longest.lower(), longest.upper())


def _is_stub_of_token(value: str) -> bool:
    """An issuer's prefix and a word in place of the token: `nvapi-NVKEY`."""
    if not value.startswith(_PREFIXES):
        return False
    rest = max((value.removeprefix(prefix) for prefix in _PREFIXES if value.startswith(prefix)), key=len)
    return len(rest) < 16 and rest.replace("-", "").replace("_", "").isalpha()


def _is_mixed(text: str) -> bool:
    """Digits and letters both."""
    return any(character.isdigit() for character in text) and any(character.isalpha() for character in text)


def _is_host_image_or_path(value: str) -> bool:
    return (
        _HOST.fullmatch(value) is not None
        or ("/" in value and _IMAGE.fullmatch(value) is not None)
        or _NAMES_AND_SLASHES.fullmatch(value) is not None
    )
