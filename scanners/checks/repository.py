"""Secrets in a Git working tree, and whether CI looks for them: what `secretsui repo-scan` judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.example_paths import is_example
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.context import Context
from scanners.inventory import PipelineStep, Repository, RepositoryFault, RepositoryFile, RepositoryRule
from scanners.report import Severity

FILES = "files"

_SEVERITIES: dict[RepositoryRule, Severity] = {"sops-no-mac": "high", "sops-config": "high", "named-credential": "high"}
"""Where nothing stands in plain yet, or where only a name says that it is a credential."""


def _select_files(context: Context) -> Iterable[RepositoryFile]:
    return context.inventory.repository.files if context.inventory.repository else ()


def _judge_file(context: Context, file: RepositoryFile) -> Judgement:
    if file.unreadable and not file.faults:
        return Unknown(f"{shown(file.path)} could not be judged: {file.unreadable}")
    example = is_example(file.path)
    repository = context.inventory.repository
    # Passwords that CI gives to databases which live for a minute.
    throwaway = repository is not None and file.path in repository.pipelines
    return [
        _fault(file, fault, example=example or (throwaway and fault.rule == "named-credential"))
        for fault in file.faults
    ]


def _fault(file: RepositoryFile, fault: RepositoryFault, *, example: bool) -> Fault:
    evidence = [shown(fault.field)] if fault.field and not fault.field.startswith("(") else []
    if fault.keys:
        evidence.append(f"{'key' if len(fault.keys) == 1 else 'keys'} {listed(fault.keys)}")
    evidence += [shown(fault.masked)] if fault.masked else []
    evidence += [_cut(fault.detail)] if fault.detail else []
    return Fault(
        kind="File",
        namespace="",
        name=file.path,
        field=_field(fault),
        line=fault.line,
        message=_message(file, fault, example=example),
        evidence="; ".join(evidence),
        severity="low" if example else _SEVERITIES.get(fault.rule),
        remediation=_REMEDIATION[fault.rule].replace("{path}", _argument(file.path)),
    )


def _argument(path: str) -> str:
    """A path in a command; one that begins with a hyphen would be taken for an option."""
    return quoted(f"./{path}" if path.startswith("-") else path)


def _field(fault: RepositoryFault) -> str:
    """What stands where, without the line: the same when lines move."""
    separator = " " if fault.field.startswith("(") else ": "
    return f"{fault.kind}{separator}{fault.field}" if fault.field else fault.kind


def _message(file: RepositoryFile, fault: RepositoryFault, *, example: bool) -> str:
    place = f"{shown(file.path)}{f', line {fault.line},' if fault.line else ''}"
    aside = (
        " It looks like a test, an example or documentation, where credentials are mostly made up." if example else ""
    )
    values = counted(len(fault.keys), "value")
    match fault.rule:
        case "secret-manifest":
            return f"{place} holds {shown(fault.field)} with {values} in plain; base64 hides nothing.{aside}"
        case "sealed-template":
            return f"{place} holds {shown(fault.field)}, whose template carries {values} in plain.{aside}"
        case "secret-generator":
            return f"{place} puts {values} in plain into a Secret: {shown(fault.field)}.{aside}"
        case "sops-plain":
            what = f"{values} in plain" if fault.keys else "nothing encrypted"
            return f"{place} has the metadata of SOPS and {what}.{aside}"
        case "sops-no-mac":
            return f"{place} is encrypted by SOPS without a MAC: changes go unnoticed, and it is not decrypted.{aside}"
        case "sops-config":
            return f"{place} has a rule that does not do what it is there for: {_cut(fault.detail)}.{aside}"
        case _:
            return f"{place} holds {_with_article(fault.kind)} in plain.{aside}"


def _with_article(credential: str) -> str:
    if credential == "credentials":
        return credential
    an = credential[0] in "aeioAEIO" or credential.startswith(("SSH", "npm", "xAI", "unseal"))
    return f"{'an' if an else 'a'} {shown(credential)}"


def _cut(text: str) -> str:
    """A detail quotes expressions from a file: one printable line of bounded length."""
    plain = "".join(character if character.isprintable() else "�" for character in text)
    return plain if len(plain) <= 300 else plain[:299] + "…"


_ROTATE = (
    "Treat it as known to everybody who can read the repository or ever cloned it: change it where it is issued, "
    "first of all. Taking it out of the file leaves it in the history, so clean that too where you can, with the "
    "value in a file of its own outside the repository:\n\n"
    "  git filter-repo --replace-text FILE-WITH-THE-VALUE\n\n"
)

_REMEDIATION: dict[RepositoryRule, str] = {
    "secret-manifest": _ROTATE
    + (
        "Put the new value where Git does not see it, and let the manifest name it (an ExternalSecret), or commit it "
        "encrypted: a SealedSecret, or the same file through SOPS:\n\n"
        "  kubeseal --format yaml < {path} > sealed.yaml\n"
        "  sops encrypt --in-place {path}"
    ),
    "sealed-template": _ROTATE
    + (
        "Move the value from spec.template to spec.encryptedData:\n\n"
        "  kubeseal --raw --name NAME --namespace NAMESPACE --from-file=PATH"
    ),
    "secret-generator": _ROTATE
    + (
        "A secretGenerator needs its values in plain when it builds: keep them out of the tree, or let an "
        "ExternalSecret, a SealedSecret or a file encrypted by SOPS make the Secret instead."
    ),
    "sops-plain": _ROTATE
    + (
        "Mend the rule in .sops.yaml if it leaves the keys out (no spaces within an expression, as in "
        "^(data|stringData)$), then encrypt the file again and look at it before you commit:\n\n"
        "  sops decrypt --ignore-mac --in-place {path}\n"
        "  sops encrypt --in-place {path}\n"
        "  sops filestatus {path}"
    ),
    "sops-no-mac": (
        "See what the file is meant to hold, then write it anew; without a MAC nobody can say who changed it:\n\n"
        "  sops decrypt --ignore-mac --in-place {path}\n"
        "  sops encrypt --in-place {path}"
    ),
    "sops-config": (
        "Mend the rule, then encrypt again what was encrypted under it. For manifests this one fits, with the path and "
        "the recipients of your own:\n\n"
        "  creation_rules:\n"
        "    - path_regex: secrets/.*\\.yaml$\n"
        "      encrypted_regex: ^(data|stringData)$\n"
        "      mac_only_encrypted: true"
    ),
    "credential": _ROTATE + "Let the program read it from a mounted Secret or a secrets manager at run time.",
    "named-credential": _ROTATE + "Let the program read it from a mounted Secret or a secrets manager at run time.",
}

GIT_PLAINTEXT_SECRET = Check(
    id="git-plaintext-secret",
    title="No secret stands in plain text in Git",
    severity="critical",
    needs=(FILES,),
    checklist="no-plaintext-in-git",
    what=(
        "A file of the working tree holds the manifest of a Secret with values in plain (base64 is plain), a "
        "SealedSecret whose template carries values, a kustomization that makes a Secret of literals or of plain files "
        "in the tree, a file of SOPS with values that are not encrypted, or a credential: a private key, a token or "
        "key of a provider, a connection string with a password, a password in a configuration file. Broken rules in "
        ".sops.yaml, SOPS files without a MAC and what only its name makes a credential are high. Placeholders, "
        "templates, references and certificates are none. In tests, examples, documentation and for passwords in CI "
        "configuration the severity is low."
    ),
    why=(
        "Whoever can read the repository, or ever cloned it, has the secret, and so has every fork, mirror, CI runner "
        "and backup. Git forgets nothing: deleting the line leaves it in the history. Leaked credentials in "
        "repositories are found by machines within minutes."
    ),
    fix=(
        "Change the credential where it is issued, then keep the new one out of Git, or commit it encrypted (a "
        "SealedSecret, SOPS). Clean the history where you can:\n\n"
        "  git filter-repo --replace-text FILE-WITH-THE-VALUE"
    ),
    blind_spots=(
        "Only the working tree is looked at: what was committed before and deleted is still in the history, which "
        "gitleaks or TruffleHog can scan. Binary files, lock files, minified code, dependencies, submodules and "
        "ignored files are left out. In code and prose only what tells by its form is recognised, no passwords. "
        "Whether SOPS can decrypt a file is not tried."
    ),
    scope="repository",
    references=(
        (
            "Good practices for Kubernetes Secrets",
            "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
        ),
        ("SOPS", "https://getsops.io/docs/"),
        ("Sealed Secrets", "https://github.com/bitnami-labs/sealed-secrets#readme"),
        (
            "Removing sensitive data from a repository",
            "https://docs.github.com/authentication/keeping-your-account-and-data-secure/removing-sensitive-data-from-a-repository",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
        ("OWASP Kubernetes Top Ten", "K08 Secrets management failures"),
    ),
    select=_select_files,
    judge=_judge_file,
)


def _select_repository(context: Context) -> Iterable[Repository]:
    return (context.inventory.repository,) if context.inventory.repository else ()


def _judge_pipelines(_: Context, repository: Repository) -> Judgement:
    pipelines = [step for step in repository.scanning if not step.hook]
    if any(step.blocking for step in pipelines):
        return []
    if repository.elsewhere:
        return Unknown(
            f"the pipeline takes in {listed(repository.elsewhere)}, which is not in this repository: look there for a "
            "scan for committed secrets"
        )
    if repository.unread_pipelines:
        return Unknown(f"{listed(repository.unread_pipelines)} is not valid YAML, so what it runs is not known")
    if pipelines:
        return list(_not_blocking(pipelines))
    return [_unscanned(repository)]


def _not_blocking(pipelines: Iterable[PipelineStep]) -> Iterator[Fault]:
    for step in pipelines:
        place = f"{shown(step.path)}{f', line {step.line},' if step.line else ''}"
        yield Fault(
            kind="File",
            namespace="",
            name=step.path,
            field=f"{step.scanner}: {step.field}" if step.field else step.scanner,
            line=step.line,
            message=f"{step.scanner} in {place} lets the build pass whatever it finds: {_cut(step.why)}.",
            evidence=shown(step.field),
            remediation=_MAKE_IT_FAIL,
        )


def _unscanned(repository: Repository) -> Fault:
    hooks = [step for step in repository.scanning if step.hook]
    if repository.pipelines:
        found = f"No step of {listed(repository.pipelines)} looks for committed secrets."
    else:
        found = "No CI configuration was found, so nothing looks for committed secrets before they are merged."
    aside = ""
    if hooks:
        names = listed(dict.fromkeys(step.scanner for step in hooks))
        aside = f" The hook in {shown(hooks[0].path)} ({names}) runs only where it was installed, and can be skipped."
    return Fault(
        kind="Repository",
        namespace="",
        name=".",
        message=f"{found}{aside}",
        evidence=f"{counted(len(repository.pipelines), 'CI file')}; {counted(len(hooks), 'hook')} for secrets",
    )


_MAKE_IT_FAIL = (
    "Let the step fail the build: take continue-on-error, allow_failure or || true away, and give the scanner the flag "
    "that makes it fail (trufflehog --fail, trivy --exit-code 1, semgrep --error, secretsui repo-scan --fail-on). What "
    "it reports falsely belongs into its own list of exceptions."
)

CI_UNSCANNED = Check(
    id="ci-unscanned",
    title="CI scans every change for committed secrets",
    severity="medium",
    needs=(),
    checklist="ci-scanning",
    what=(
        "No step of the CI configuration in the repository runs a scanner for committed secrets (gitleaks, TruffleHog, "
        "detect-secrets, ggshield, secretlint, Talisman, git-secrets, Kingfisher, Semgrep's secrets rules, Trivy's "
        "secret scanner, Checkov, MegaLinter, GitLab's template, secretsui repo-scan and others), or every such step "
        "lets the build pass whatever it finds. Scripts, make targets and pre-commit hooks that CI starts count. A "
        "pre-commit hook alone does not: it runs only where it was installed."
    ),
    why=(
        "People commit secrets by accident. A scan before the merge costs seconds; afterwards the secret must be "
        "rotated everywhere and stays in the history of every clone."
    ),
    fix=(
        "Add a step that fails on a finding. For GitHub Actions:\n\n"
        "  - uses: actions/checkout@v4\n"
        "    with: {fetch-depth: 0, persist-credentials: false}\n"
        "  - run: pipx run secretsui repo-scan . --fail-on high\n"
        '  - run: docker run --rm -v "$PWD:/repo:ro" ghcr.io/gitleaks/gitleaks:v8.28.0 git /repo --redact\n\n'
        "secretsui manifests writes such a file for GitHub Actions, GitLab CI and pre-commit."
    ),
    blind_spots=(
        "Scanning outside the repository cannot be seen: push protection of GitHub or GitLab, an organisation's "
        "required workflows, pre-commit.ci, a server's hooks. That GitLab's template reports in the merge request "
        "rather than failing the pipeline is taken for enough."
    ),
    scope="repository",
    references=(
        ("gitleaks", "https://github.com/gitleaks/gitleaks"),
        ("TruffleHog", "https://github.com/trufflesecurity/trufflehog"),
        ("GitLab secret detection", "https://docs.gitlab.com/user/application_security/secret_detection/"),
    ),
    mappings=(
        ("OWASP Kubernetes Top Ten", "K08 Secrets management failures"),
        ("OWASP Top 10 CI/CD Security Risks", "CICD-SEC-6 Insufficient credential hygiene"),
    ),
    select=_select_repository,
    judge=_judge_pipelines,
)

CHECKS = (GIT_PLAINTEXT_SECRET, CI_UNSCANNED)
