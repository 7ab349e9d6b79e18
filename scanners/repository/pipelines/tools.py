"""The tools that look for committed secrets, as data: how each is called, and what makes it pass whatever it finds.

Exit codes and flags as their documentation has them: gitleaks and Betterleaks exit with 1 on a leak unless told
`--exit-code 0`; TruffleHog with 0 unless `--fail`; `detect-secrets scan` writes a baseline and exits with 0,
`detect-secrets-hook` does not; Trivy with 0 unless `--exit-code`; Semgrep's `scan` with 0 unless `--error`; secretsui
with 0 unless `--fail-on`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NONE = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Tool:
    """One scanner. Expressions are searched in the arguments of a call, joined by spaces.

    `programs` are its commands, `wanted` what a call must have to be a scan for secrets, `passes` what lets it end well
    whatever it finds, and `fails` what it must have to fail, None where it fails by itself. `references` finds it among
    actions, images, templates and hooks; there `passes` holds too, and `fails` only where `reference_fails` is set.
    """

    name: str
    programs: tuple[str, ...] = ()
    wanted: re.Pattern[str] | None = None
    unwanted: re.Pattern[str] = _NONE
    passes: re.Pattern[str] = _NONE
    fails: re.Pattern[str] | None = None
    references: re.Pattern[str] = _NONE
    reference_fails: bool = False
    why: str = "it exits with 0 whatever it finds"


def _i(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


_SOFT = r"soft[-_]fail(?:[ =:]+[\"']?true|\b(?![ =:]+[\"']?false))"

TOOLS: tuple[Tool, ...] = (
    Tool(
        "gitleaks",
        ("gitleaks",),
        wanted=_i(r"(?:^| )(?:detect|protect|git|dir|directory|file|stdin|--source|-s|--path|--repo-url)\b"),
        passes=_i(r"--exit-code[= ]0\b"),
        references=_i(r"gitleaks"),
    ),
    Tool(
        "Betterleaks",
        ("betterleaks",),
        wanted=_i(r"(?:^| )(?:detect|protect|git|dir|file|stdin)\b"),
        passes=_i(r"--exit-code[= ]0\b"),
        references=_i(r"betterleaks"),
    ),
    Tool(
        "TruffleHog",
        ("trufflehog", "trufflehog3"),
        wanted=_i(r"(?:^| )(?:git|filesystem|github|gitlab|bitbucket|--regex|file://|\.|https?://)"),
        fails=_i(r"--fail\b|--exit-code"),
        references=_i(r"trufflesecurity/trufflehog|trufflehog"),
        why="it exits with 0 whatever it finds, unless --fail is given",
    ),
    Tool("detect-secrets", ("detect-secrets-hook",), references=_i(r"detect-secrets|detect_secrets")),
    Tool(
        "detect-secrets",
        ("detect-secrets",),
        wanted=_i(r"^scan\b"),
        fails=_NONE,
        why="detect-secrets scan only writes a baseline; detect-secrets-hook fails",
    ),
    Tool(
        "ggshield",
        ("ggshield",),
        wanted=_i(r"\b(?:secret )?scan\b"),
        passes=_i(r"--exit-zero"),
        references=_i(r"gitguardian|ggshield"),
    ),
    Tool("secretlint", ("secretlint",), references=_i(r"secretlint")),
    Tool("Talisman", ("talisman",), wanted=_i(r"scan|githook|-g\b|-s\b"), references=_i(r"\btalisman\b")),
    Tool("git-secrets", ("git-secrets",), wanted=_i(r"--scan"), references=_i(r"git-secrets")),
    Tool("Kingfisher", ("kingfisher",), wanted=_i(r"^scan\b"), references=_i(r"mongodb/kingfisher|kingfisher-action")),
    Tool(
        "Nosey Parker",
        ("noseyparker",),
        wanted=_i(r"\bscan\b"),
        fails=_NONE,
        references=_i(r"noseyparker"),
        reference_fails=True,
    ),
    Tool("2ms", ("2ms",), wanted=_i(r"\b(?:git|filesystem)\b"), references=_i(r"checkmarx/2ms")),
    Tool(
        "Semgrep",
        ("semgrep",),
        wanted=_i(r"p/secrets|--secrets|gitleaks"),
        fails=_i(r"--error\b|^ci\b"),
        why="it exits with 0 whatever it finds, unless --error is given",
    ),
    Tool("Semgrep", references=_i(r"semgrep(?=.*(?:p/secrets|p/gitleaks|--secrets))")),
    Tool(
        "Trivy",
        ("trivy",),
        wanted=_i(r"^(?:--\S+ )*(?:fs|filesystem|repo|repository|rootfs)\b"),
        unwanted=_i(r"--(?:scanners|security-checks)[= ](?![^ ]*secret)"),
        passes=_i(r"--exit-code[= ]0\b"),
        fails=_i(r"--exit-code|--config\b|TRIVY_EXIT_CODE"),
        why="it exits with 0 whatever it finds, unless --exit-code 1 is given",
    ),
    Tool(
        "Trivy",
        references=_i(
            r"trivy-action(?=.*scan-type: *[\"']?(?:fs|repo|filesystem))"
            r"(?!.*(?:scanners|security-checks): *[\"']?(?![^\"'|]*secret)\w)"
        ),
        passes=_i(r"exit-code: *[\"']?0"),
        fails=_i(r"exit-code:|trivy-config:"),
        reference_fails=True,
        why="it lets the build pass whatever it finds, unless exit-code is set to 1",
    ),
    Tool(
        "Checkov",
        ("checkov",),
        wanted=_i(r"(?:^| )(?:-d|--directory|-f|--file|--framework)\b"),
        unwanted=_i(r"--framework[= ](?![^-]*(?:secrets|all))|--skip-framework[= ][^-]*secrets"),
        passes=_i(r"--" + _SOFT + r"|(?:^| )-s\b"),
        references=_i(r"checkov(?!.*(?<!skip_)framework: *[\"']?(?![^\"'|]*(?:secrets|all))\w)"),
    ),
    Tool(
        "MegaLinter",
        ("mega-linter-runner",),
        passes=_i(r"DISABLE_ERRORS: *[\"']?true"),
        # With a list of linters only those run; else all do, gitleaks and secretlint among them.
        references=_i(
            r"mega-?linter(?!.*\bENABLE(?:_LINTERS)?: (?!.*(?:GITLEAKS|SECRETLINT|TRUFFLEHOG|KINGFISHER|REPOSITORY\b)))"
        ),
    ),
    Tool(
        "Super-Linter",
        passes=_i(r"DISABLE_ERRORS: *[\"']?true"),
        # With any VALIDATE_… set to true only those run; else all do, gitleaks among them.
        references=_i(
            r"super-linter(?!.*VALIDATE_GITLEAKS: *[\"']?false)(?:(?=.*VALIDATE_GITLEAKS: *[\"']?true)"
            r"|(?!.*VALIDATE_(?!ALL_CODEBASE)\w+: *[\"']?true))"
        ),
    ),
    Tool(
        "GitLab secret detection",
        references=_i(r"secret-detection|Auto-DevOps\.gitlab-ci|secret-push-protection"),
        passes=_i(r"SECRET_DETECTION_DISABLED: *[\"']?(?:true|1)"),
        why="SECRET_DETECTION_DISABLED is set",
    ),
    Tool("Credential Scanner", references=_i(r"credscan|credential-?scanner|spectralops|deepfence/secretscanner")),
    Tool("Microsoft Security DevOps", references=_i(r"security-?devops(?=.*secrets)")),
    Tool(
        "Wiz",
        ("wizcli",),
        wanted=_i(r"(?:dir|iac) .*scan.*secrets|scan dir"),
        references=_i(r"wiz[-_/]?(?:cli|scan)(?=.*secret)"),
    ),
    Tool(
        "secretsui",
        ("secretsui",),
        wanted=_i(r"^repo-scan\b"),
        passes=_i(r"--fail-on[= ]never\b"),
        fails=_i(r"--fail-on\b"),
        references=_i(r"\bsecretsui\b(?=.*repo-scan)"),
        why="it exits with 0 whatever it finds, unless --fail-on is given",
    ),
    Tool(
        "shared workflow",
        references=_i(r"(?:secrets?[-_]?(?:scan|detect|leak)\w*|leak[-_]?(?:scan|detect)\w*|scan[-_]?secrets?)"),
    ),
)
