"""Which files configure a CI system, by where each system looks for them."""

from __future__ import annotations

import re
from typing import NamedTuple


class System(NamedTuple):
    """One CI system: `files` matches the paths it reads, from the root of the repository."""

    name: str
    files: re.Pattern[str]


_Y = r"\.ya?ml\Z"

SYSTEMS: tuple[System, ...] = tuple(
    System(name, re.compile(expression))
    for name, expression in (
        # https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax; Gitea and Forgejo read it too
        ("GitHub Actions", r"\.(?:github|gitea|forgejo)/workflows/[^/]+" + _Y),
        # https://docs.gitlab.com/ci/yaml/; what it includes is followed
        ("GitLab CI", r"\.gitlab-ci" + _Y),
        # https://www.jenkins.io/doc/book/pipeline/jenkinsfile/
        ("Jenkins", r"(?:[^/]+/){0,3}(?:Jenkinsfile(?:[.-][^/]+)?|[^/]+\.[Jj]enkinsfile)\Z"),
        # https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/
        (
            "Azure Pipelines",
            r"(?:[^/]+/){0,2}azure-pipelines?(?:[.-][^/]+)?"
            + _Y
            + r"|\.(?:azure-pipelines|azuredevops|pipelines)/.+"
            + _Y,
        ),
        # https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/
        ("Bitbucket Pipelines", r"bitbucket-pipelines" + _Y),
        # https://circleci.com/docs/configuration-reference/
        ("CircleCI", r"\.circleci/[^/]+" + _Y),
        # https://pipelinesascode.com/docs/guide/authoringprs/
        ("Tekton", r"\.tekton/.+" + _Y),
        # https://woodpecker-ci.org/docs/usage/workflow-syntax, https://docs.drone.io/pipeline/overview/
        ("Woodpecker", r"\.woodpecker(?:/.+)?" + _Y),
        ("Drone", r"\.drone" + _Y),
        # https://buildkite.com/docs/pipelines/configure
        ("Buildkite", r"\.?buildkite/(?:[^/]+/)*[^/]*pipeline[^/]*" + _Y + r"|buildkite" + _Y),
        # https://docs.travis-ci.com, https://cloud.google.com/build/docs, https://docs.semaphoreci.com, https://cirrus-ci.org
        ("Travis CI", r"\.travis" + _Y),
        ("Cloud Build", r"(?:[^/]+/){0,2}cloudbuild[^/]*" + _Y),
        ("Semaphore", r"\.semaphore/[^/]+" + _Y),
        ("Cirrus CI", r"\.cirrus" + _Y),
        # https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html, https://www.appveyor.com/docs
        ("CodeBuild", r"(?:[^/]+/){0,2}buildspec[^/]*" + _Y),
        ("AppVeyor", r"\.?appveyor" + _Y),
    )
)

HOOKS = re.compile(
    r"\.pre-commit-config\.ya?ml\Z|\.?lefthook\.ya?ml\Z|\.husky/(?:pre-commit|pre-push|commit-msg)\Z|\.talismanrc\Z"
)
"""What runs on the machine of whoever commits, where it was installed."""


def system_of(path: str) -> System | None:
    """The CI system that reads the file, None for none."""
    return next((system for system in SYSTEMS if system.files.match(path)), None)
