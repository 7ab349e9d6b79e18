"""Passwords that are no secret, as data: what software is shipped or documented with, and what people choose most.

A default stands here once it is printed in its maker's documentation, chart or source. The common words follow what the
published counts of leaked passwords agree on, folded to lower case and without appended digits and signs.
"""

from __future__ import annotations

from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Default(NamedTuple):
    """A password, or another credential, that everybody can look up; compared without regard to case."""

    value: str
    product: str
    source: str


DEFAULTS: tuple[Default, ...] = (
    Default("minioadmin", "MinIO", "https://github.com/minio/minio/blob/master/README.md"),
    Default("minio123", "MinIO", "https://github.com/minio/operator/tree/master/examples"),
    Default("guest", "RabbitMQ", "https://www.rabbitmq.com/docs/access-control"),
    Default("prom-operator", "Grafana in kube-prometheus-stack", "https://github.com/prometheus-community/helm-charts"),
    Default("strongpassword", "Grafana", "https://github.com/grafana/helm-charts"),
    Default(
        "admin", "Grafana, SonarQube, OpenSearch, ActiveMQ", "https://grafana.com/docs/grafana/latest/setup-grafana/"
    ),
    Default("admin123", "Nexus Repository", "https://help.sonatype.com/en/users.html"),
    Default("postgres", "PostgreSQL", "https://hub.docker.com/_/postgres"),
    Default("mysecretpassword", "PostgreSQL's image", "https://hub.docker.com/_/postgres"),
    Default("my-secret-pw", "MySQL's and MariaDB's images", "https://hub.docker.com/_/mysql"),
    Default("mysql", "MySQL", "https://hub.docker.com/_/mysql"),
    Default(
        "root",
        "MySQL, MongoDB, Vault's development server",
        "https://developer.hashicorp.com/vault/docs/commands/server",
    ),
    Default("toor", "Linux images", "https://www.kali.org/docs/introduction/default-credentials/"),
    Default("changeit", "Java keystores", "https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html"),
    Default(
        "elastic",
        "Elasticsearch",
        "https://www.elastic.co/guide/en/elasticsearch/reference/current/built-in-users.html",
    ),
    Default("harbor12345", "Harbor", "https://github.com/goharbor/harbor-helm"),
    Default("not-a-secure-key", "Harbor", "https://github.com/goharbor/harbor-helm"),
    Default("r8sa8cphd9!bt6d", "Gitea's chart", "https://gitea.com/gitea/helm-gitea"),
    Default("neo4j", "Neo4j", "https://neo4j.com/docs/operations-manual/current/docker/introduction/"),
    Default(
        "cassandra", "Cassandra", "https://cassandra.apache.org/doc/latest/cassandra/managing/operating/security.html"
    ),
    Default("zabbix", "Zabbix", "https://www.zabbix.com/documentation/current/en/manual/quickstart/login"),
    Default(
        "airflow", "Airflow", "https://airflow.apache.org/docs/apache-airflow/stable/howto/docker-compose/index.html"
    ),
    Default("superset", "Superset", "https://superset.apache.org/docs/installation/docker-compose"),
    Default("thisisasecret_1234", "Superset", "https://nvd.nist.gov/vuln/detail/CVE-2023-27524"),
    Default("test_non_dev_secret", "Superset", "https://nvd.nist.gov/vuln/detail/CVE-2023-27524"),
    Default("thistokenisnotsosecretchangeit", "Symfony", "https://github.com/symfony/recipes"),
    Default("artemis", "ActiveMQ Artemis", "https://activemq.apache.org/components/artemis/documentation/"),
    Default("s3cret", "Tomcat", "https://tomcat.apache.org/tomcat-10.1-doc/manager-howto.html"),
    Default("vagrant", "Vagrant", "https://developer.hashicorp.com/vagrant/docs/boxes/base"),
    Default("raspberry", "Raspberry Pi OS", "https://www.raspberrypi.com/documentation/computers/configuration.html"),
    Default("broker-secret", "Kafka", "https://kafka.apache.org/documentation/#security_sasl_plain"),
    Default("admin-secret", "Kafka", "https://kafka.apache.org/documentation/#security_sasl_plain"),
    Default("alice-secret", "Kafka", "https://kafka.apache.org/documentation/#security_sasl_plain"),
    Default("0123456789abcdef", "kubeadm", "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-init/"),
    Default("f395accd246ae52d", "kubeadm", "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/"),
    Default("nimda", "many appliances", "https://cirt.net/passwords"),
)

DEFAULT_VALUES = frozenset(default.value for default in DEFAULTS)

DEFAULT_BEGINNINGS = ("django-insecure-",)
"""What a framework puts before a key that is generated for development and printed in the source
(https://docs.djangoproject.com/en/stable/ref/checks/, security.W009)."""

STANDS_FOR_A_VALUE = _words(
    """
    password passwd passwort pass pwd secret mysecret mypassword secretpassword yoursecret token mytoken apikey
    key mykey value myvalue string text credentials placeholder todo tbd fixme replace change example sample
    default dummy fake none null nil undefined nan empty unset blank
    """
)
"""Whole values, in lower case and without separators, that stand where a value is still to come: words of templates
and examples, and what a program writes that was given nothing (`null`, `undefined`)."""

UNFILLED_BEGINNINGS = (
    "changeme", "changethis", "pleasechange", "tobechanged", "tobereplaced", "tobeset", "mustchange", "needstochange",
    "replaceme", "replacethis", "replacewith", "replaceby", "insertyour", "inserthere", "enteryour", "putyour",
    "pasteyour", "addyour", "setyour", "useyourown", "fillme", "fillin", "fillthis", "your", "todo", "fixme",
    "placeholder",
)  # fmt: skip
"""How a value begins, in lower case and without separators, that tells the reader to put another one there."""

COMMON_WORDS = _words(
    """
    password passwd pass passwort motdepasse contrasena secret supersecret topsecret verysecret secretpassword
    admin administrator root user guest test testing tester demo default login welcome letmein master server
    system manager support oracle mysql postgres postgresql mongo mongodb redis rabbit rabbitmq kafka elastic
    elasticsearch kibana grafana prometheus keycloak jenkins gitlab github sonar nexus harbor argocd vault
    kubernetes docker rancher minio wordpress drupal joomla magento odoo airflow superset spark hadoop hive
    database mydatabase app application service backend frontend api web webmaster www internal private company
    dragon monkey football baseball basketball soccer hockey superman batman spiderman pokemon starwars matrix
    trustno iloveyou iloveu sunshine princess shadow ashley michael jessica jennifer michelle daniel charlie
    thomas robert jordan hunter hunter2 ranger buster tigger pepper ginger cookie chocolate cheese banana orange
    apple summer winter spring autumn fall january february march april may june july august september october
    november december monday tuesday wednesday thursday friday saturday sunday computer internet samsung google
    facebook whatever freedom ninja killer mustang mercedes ferrari porsche corvette yankees liverpool chelsea
    arsenal barcelona london paris berlin hello hallo bonjour hola lovely love flower blink flower mynoob donald
    access azerty qwerty qwertz qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm abc abcd abcdef foo bar foobar baz qux
    changeme temp temporary temppass example sample dummy staging stage prod production develop development dev
    ubuntu debian centos linux windows cisco juniper fortinet security secure safe closed open sesame opensesame
    correcthorsebatterystaple trombone alpha beta gamma delta omega zaq tinkle qazwsx biteme jesus ninja
    """
)
"""The commonest passwords, and words of this trade that people take for one, without digits and signs at their end.

Sources: the counts published by https://haveibeenpwned.com/Passwords, the UK NCSC's list of the 100,000 commonest
(https://www.ncsc.gov.uk/blog-post/passwords-passwords-everywhere), https://nordpass.com/most-common-passwords-list and
https://en.wikipedia.org/wiki/List_of_the_most_common_passwords."""

FILLERS = ("password", "passwd", "passwort", "pass", "pwd", "secret", "token", "key")
"""What people put after a name to make a password of it: `redis-password`, `shopsecret`."""
STARTERS = ("my", "the", "our", "new", "super", "very", "db", "sql")
"""What they put before one: `mypassword`, `dbpass`."""

KEYBOARD_LINES = (
    "1234567890",
    "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm",
    "abcdefghijklmnopqrstuvwxyz",
    "!@#$%^&*()",
)  # fmt: skip
"""Lines that fingers run along: rows of the US, German and French keyboards, columns, the alphabet."""
