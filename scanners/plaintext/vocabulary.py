"""The words that the detector knows: in names, what stands before and after a credential's noun; as values, what
is no credential. Facts from documentation, issue trackers and public manifests; tests/plaintext/corpus.yaml holds
a case for each family.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_A_VALUE = _words(
    """
    true false yes no on off y n t f 0 1 none null nil undefined unset empty n/a na nan enabled disabled
    enable disable required optional - -- "" '' {} []
    ? : … = * { [ ( | > |- >- & < !0 !1 ~
    """
)
"""Values that say nothing or yes or no, whatever they are called."""

NAME_SERVICES = _words("files compat db dns nis nisplus systemd sss ldap winbind mymachines extrausers cache hesiod")
"""Services of nsswitch.conf (https://man7.org/linux/man-pages/man5/nsswitch.conf.5.html)."""

MEANINGFUL_WORDS = _words(
    """
    auth auto automatic basic bearer digest oauth oauth2 oidc openid jwt jwks jws jwe saml ldap kerberos krb5
    iam irsa anonymous static dynamic kubernetes k8s kube vault openbao aws gcp azure google github
    gitlab bitbucket file files env environment memory inmemory default defaults internal external local
    remote opaque cluster namespace namespaced global shared public private plain plaintext strict lax
    always never ifnotpresent generate generated random managed unmanaged user users username service
    serviceaccount node pod self tls mtls ssl spiffe webhook token tokens key keys apikey api-key
    certificate certificates cert x509 pem pkcs8 pkcs12 base64 hex json yaml text string header cookie
    query body form session sessions redis memcached database db inherit ask prompt interactive manual
    native standard simple hybrid legacy read write readonly read-only readwrite production development
    staging dev prod stage openshift istio consul nomad etcd kms hsm sops age csi eso latest stable beta
    alpha third-party third-party-jwt first-party-jwt id-token access-token refresh-token
    client-credentials client_credentials authorization_code implicit id_token access_token
    refresh_token client_secret_basic client_secret_post private_key_jwt request response info debug
    warn warning error gzip identity http https tcp udp grpc regcred
    """
)
"""Values that choose among ways of doing something; no issuer hands them out."""

EMULATOR_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw"
"""The key of the Azurite storage emulator, the same for everybody and printed in its documentation
(https://learn.microsoft.com/azure/storage/common/storage-connect-azurite)."""

DUMMY_WORDS = ("dummy", "fake", "mock", "sample", "example", "invalid", "irrelevant", "anything", "whatever", "unused")

OBJECT_WORDS = _words(
    """
    secret secrets credential credentials creds cred tls cert certs certificate certificates token
    tokens key keys auth config configuration ca account regcred pull store vault password passwords
    conn connection keystore truststore kubeconfig sa bundle env registry dockercfg dockerconfig
    bootstrap webhook license ssl identity oauth oidc user
    """
)
"""What the names of Secrets end in."""

PLAINLY_SECRET_WORDS = _words("super supersecret top topsecret very secure s3cret s3cr3t please dont not")
"""Words of a sentence rather than of an object's name: `super-secret`, `very-secret-token`."""

NEUTRAL_AFTER = _words(
    """
    value val plain plaintext text string str base base64 b64 encoded raw literal default current old
    new previous next prod production dev development staging stage stg test testing local primary
    secondary main readonly rw ro admin root db database redis mysql postgres postgresql mongo mongodb
    mariadb smtp ldap rabbitmq rabbit amqp elastic elasticsearch kafka minio master replica github
    gitlab slack aws stripe datadog sendgrid openai grafana v
    """
)
"""Words after the noun that leave its meaning: DB_PASSWORD_PROD, API_KEY_GITHUB, SECRET_KEY_BASE."""

SOMETHING_ABOUT_IT = _words(
    """
    file files filename path paths dir directory folder name names ref refs reference url urls uri uris
    link host hostname hosts endpoint endpoints port address addr domain ttl expiry expires expiration
    expire exp timeout duration age lifetime validity interval period seconds secs sec minutes mins
    hours days ms grace enabled enable disabled disable alias aliases id ids uid length len size count
    number num limit limits min max minimum maximum policy policies algorithm algo alg type types kind
    format mode modes method methods provider providers issuer audience aud scope scopes claim claims
    header headers prefix suffix namespace namespaces version versions prompt hint label labels field
    column env envvar var variable store storage manager server service backend engine class role roles
    user username users owner email status state regex pattern charset characters rotation rotate
    refresh reset validation validator validate required optional allowed authentication authenticator
    grant login hash hashes hasher hashed encoder encoding encryption encrypt encrypted strength
    complexity history retries attempts template example placeholder description doc docs help location
    source target volume mount mountpath bucket region zone project account arn resource resources
    object api client cache exchange introspection review request requests rule rules generator
    generation index position separator delimiter budget usage rate plugin driver handler controller
    operator webhook callback listener consumer projection sync syncer injector resolver support feature
    flag selector annotation reader writer lookup option options config configuration settings mapping
    map protected protection set unset changed change update updated created kid bytes bits digest
    fingerprint thumbprint checksum cert certificate crt lease renewal window threshold level first
    based free less
    """
)
"""Words after the noun that speak of something about the credential: PASSWORD_FILE, TOKEN_TTL, SECRET_NAME."""

PASSWORD_NOUNS = {
    "password": "password",
    "passwd": "password",
    "passw": "password",
    "pswd": "password",
    "psw": "password",
    "pwd": "password",
    "pass": "password",
    "pw": "password",
    "passwort": "password",
    "requirepass": "password",
    "masterauth": "password",
    "passcode": "passcode",
    "passphrase": "passphrase",
}

NO_PASSWORD_BEFORE = _words(
    "first second third one two single double by min max num render boarding season multi low high band"
)
"""`pass` and `pw` after these are no password: SECOND_PASS, LOW_PASS."""

NAMES_OF_THEIR_OWN = {
    "REDISCLI_AUTH": "password",
    "REDIS_AUTH": "password",
    "VAULT_DEV_ROOT_TOKEN_ID": "token",
    "BAO_DEV_ROOT_TOKEN_ID": "token",
    "RABBITMQ_ERLANG_COOKIE": "shared secret",
    "ERLANG_COOKIE": "shared secret",
}
"""Names whose last word misleads, from the documentation of Redis, Vault, OpenBao and RabbitMQ."""

KEY_KINDS = {
    "api": "API key",
    "auth": "API key",
    "subscription": "API key",
    "ingest": "API key",
    "ingestion": "API key",
    "secret": "secret key",
    "private": "private key",
    "priv": "private key",
    "ssh": "private key",
    "wireguard": "private key",
    "encryption": "encryption key",
    "encrypt": "encryption key",
    "decryption": "encryption key",
    "crypt": "encryption key",
    "crypto": "encryption key",
    "cipher": "encryption key",
    "aes": "encryption key",
    "master": "encryption key",
    "kek": "encryption key",
    "dek": "encryption key",
    "fernet": "encryption key",
    "gossip": "encryption key",
    "signing": "signing key",
    "sign": "signing key",
    "signature": "signing key",
    "hmac": "signing key",
    "jwt": "signing key",
    "session": "signing key",
    "cookie": "signing key",
    "shared": "shared key",
    "preshared": "shared key",
    "account": "account key",
    "storage": "account key",
    "unseal": "unseal key",
    "recovery": "recovery key",
}
"""Words before KEY that make it a credential, and which kind. Any other key must look generated."""

NOUNS_OF_SECRETS = _words("password passwd pass token user username credentials login key url host id")
"""Words before SECRET_KEY that make it the name of a key inside a Secret."""

PUBLIC_KEYS = _words(
    """
    public pub publishable anon partition sort primary foreign cache label annotation header map object
    taint topology site routing message metric metrics tag row hash index lookup config json yaml query
    param parameter s3 dict shard distribution group unique registry feature i18n translation data env
    sub field column hot arrow up down left right enter space tab esc shift selector instrumentation
    """
)
"""Keys that open nothing: of a map, a table, a cache, a keyboard, or the public half of a pair."""

OBJECT_SECRETS = _words(
    """
    tls cert certs certificate ca pull image imagepull k8s kubernetes kube mount mounted external sealed
    target source existing use ssl from create output generated dest destination projected volume
    namespace serving ingress gateway registry docker regcred sync copy reference watch delete managed
    config bundle trust issuer account
    """
)
"""SECRET after these is mostly the name of a Secret object, and believed to be more only if it looks generated."""

NAMED_SECRETS = _words(
    """
    client jwt session cookie signing oauth oauth2 oidc csrf consumer shared hmac encryption nextauth
    auth django flask rails express github gitlab slack stripe google facebook twitter azure turn totp
    """
)
"""SECRET after these is the secret itself, even where its value reads like an object's name."""

COUNTED_TOKENS = _words(
    """
    max min num number pad eos bos unk mask special stop start end next prev previous page continuation
    continue cancellation per cost price native gas payment nft erc20 image prefill decode prompt
    completion output input cls sep sync pagination resume cursor total
    """
)
"""TOKEN after these is text, money or a cursor."""

REFERENCES_IN_BRACES = _words(
    """
    env file sys vault secret secrets dir directory configmap ssm awssm kms keyring aws gcp azure op ref confd s3 http
    https
    """
)
"""What stands before the colon of `${env:NAME}` where it is no variable with a default: OpenTelemetry, Kafka's
config providers, Log4j, Serverless and others look the value up there."""

URL_SCHEMES = _words(
    """
    amqp amqps bolt cassandra clickhouse cockroachdb couchdb db2 elasticsearch ftp ftps http https imap imaps kafka ldap
    ldaps mariadb mongodb mongodb+srv mssql mysql mysql2 nats neo4j oracle pop3 postgres postgresql presto redis rediss
    rtsp sftp smb smtp smtps snowflake socks5 sqlserver ssh trino ws wss
    """
)
"""Schemes that may be shown: any other might be part of the value."""
