"""Programs that take a credential by a short option or by its place on the command line, as their manuals say.

Long options tell what they are (`--password=x`); `-p` is a port as often as a password, so it counts only behind a
program of this table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Where a program takes credentials. Options are written with their dashes.

    `glued`: the password follows without a space (`-psecret`; `-p secret` would be a prompt and an operand).
    `apart`: the password is the next word, or glued. `pairs`: the same, for `user:password`.
    `operands`: by the words of a subcommand, the place of the secret among the operands behind it, from 0.
    `subcommands`: options count only behind one of these words; empty for always.
    """

    names: tuple[str, ...]
    source: str
    glued: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    operands: tuple[tuple[tuple[str, ...], int], ...] = ()
    subcommands: tuple[str, ...] = ()


_PROGRAMS = (
    Program(
        names=(
            "mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow", "mysqlslap", "mysqlpump",
            "mysqlbinlog", "mysqlsh", "mariadb", "mariadb-dump", "mariadb-admin", "mariadb-import", "mariadb-check",
            "mariadb-show", "mariadb-binlog", "mariadb-backup", "mydumper", "myloader",
        ),
        glued=("-p",),
        source="https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_password",
    ),
    Program(names=("sshpass",), apart=("-p",), source="https://manpages.debian.org/sshpass"),
    Program(
        names=("curl",),
        pairs=("-u", "--user", "-U", "--proxy-user"),
        apart=("--oauth2-bearer", "--pass", "--proxy-pass"),
        source="https://curl.se/docs/manpage.html",
    ),
    Program(
        names=("redis-cli", "valkey-cli", "keydb-cli", "redis-benchmark"),
        apart=("-a", "--pass"),
        source="https://redis.io/docs/latest/develop/tools/cli/",
    ),
    Program(
        names=("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport", "mongostat", "mongotop"),
        apart=("-p",),
        source="https://www.mongodb.com/docs/mongodb-shell/reference/options/",
    ),
    Program(
        names=("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami", "ldapcompare", "ldapmodrdn"),
        apart=("-w",),
        source="https://www.openldap.org/software/man.cgi?query=ldapsearch",
    ),
    Program(
        names=("ldappasswd",),
        apart=("-w", "-s", "-a"),
        source="https://www.openldap.org/software/man.cgi?query=ldappasswd",
    ),
    Program(names=("slappasswd",), apart=("-s",), source="https://www.openldap.org/software/man.cgi?query=slappasswd"),
    Program(
        names=("docker", "podman", "buildah", "nerdctl", "helm", "oras", "oc", "regctl", "crane", "skopeo", "az"),
        subcommands=("login",),
        apart=("-p",),
        source="https://docs.docker.com/reference/cli/docker/login/",
    ),
    Program(
        names=("skopeo", "podman", "buildah"),
        pairs=("--creds", "--src-creds", "--dest-creds"),
        source="https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md",
    ),
    Program(
        names=("htpasswd",),
        operands=(
            *(((option,), 2) for option in ("-b", "-bc", "-cb", "-Bb", "-bB", "-Bbc", "-bBc", "-cbB", "-cBb")),
            *(((option,), 1) for option in ("-nb", "-bn", "-nbB", "-bnB", "-nBb", "-Bbn", "-Bnb")),
        ),
        source="https://httpd.apache.org/docs/2.4/programs/htpasswd.html",
    ),
    Program(
        names=("sqlcmd", "bcp", "osql"),
        apart=("-P",),
        source="https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility",
    ),
    Program(names=("beeline",), apart=("-p",), source="https://hive.apache.org/docs/latest/user/hiveserver2-clients/"),
    Program(names=("cqlsh",), apart=("-p",), source="https://cassandra.apache.org/doc/latest/cassandra/managing/tools/cqlsh.html"),
    Program(
        names=("mc", "mcli"),
        operands=(
            (("alias", "set"), 3), (("config", "host", "add"), 3), (("admin", "user", "add"), 2),
        ),
        source="https://min.io/docs/minio/linux/reference/minio-mc/mc-alias-set.html",
    ),
    Program(
        names=("vault", "bao"),
        operands=((("login",), 0), (("operator", "unseal"), 0)),
        source="https://developer.hashicorp.com/vault/docs/commands/login",
    ),
    Program(
        names=("rabbitmqctl",),
        operands=((("add_user",), 1), (("change_password",), 1), (("authenticate_user",), 1)),
        source="https://www.rabbitmq.com/docs/man/rabbitmqctl.8",
    ),
    Program(
        names=("aws",),
        operands=((("configure", "set", "aws_secret_access_key"), 0), (("configure", "set", "aws_session_token"), 0)),
        source="https://docs.aws.amazon.com/cli/latest/reference/configure/set.html",
    ),
    Program(
        names=("7z", "7za", "7zz"),
        glued=("-p",),
        source="https://7-zip.opensource.jp/chm/cmdline/switches/password.htm",
    ),
    Program(names=("zip", "unzip"), apart=("-P",), source="https://manpages.debian.org/zip"),
    Program(
        names=("elasticsearch-users", "elasticsearch-certutil"),
        apart=("-p",),
        source="https://www.elastic.co/guide/en/elasticsearch/reference/current/users-command.html",
    ),
    Program(names=("ipmitool",), apart=("-P",), source="https://manpages.debian.org/ipmitool"),
    Program(
        names=("etcdctl",),
        pairs=("--user",),
        source="https://etcd.io/docs/v3.6/op-guide/authentication/rbac/",
    ),
    Program(names=("influx",), apart=("-t",), source="https://docs.influxdata.com/influxdb/v2/reference/cli/influx/"),
)  # fmt: skip

WRAPPERS = frozenset(
    {
        "env", "sudo", "doas", "exec", "tini", "dumb-init", "catatonit", "gosu", "su-exec", "setpriv",
        "nohup", "nice", "ionice", "time", "timeout", "command", "chroot", "xargs", "stdbuf",
        "docker-entrypoint.sh", "entrypoint.sh", "with-contenv", "s6-setuidgid", "watch", "then", "do",
        "else", "if", "while", "until", "!",
    }
)  # fmt: skip
"""Programs that run the command behind them, and the shell's words before one."""

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox", "hush"})

BY_NAME: dict[str, tuple[Program, ...]] = {
    name: tuple(program for program in _PROGRAMS if name in program.names)
    for program in _PROGRAMS
    for name in program.names
}
