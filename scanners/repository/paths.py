"""What a file of a working tree is, by its path: settings read key by key, text, or what nobody wrote by hand."""

from __future__ import annotations

import re

_GENERATED = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|go\.sum|go\.work\.sum"
    r"|Cargo\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|requirements[\w.-]*\.lock|Gemfile\.lock|composer\.lock"
    r"|mix\.lock|pubspec\.lock|Podfile\.lock|flake\.lock|Chart\.lock|\.terraform\.lock\.hcl|gradle\.lockfile|MODULE\.bazel\.lock"
    r"|packages\.lock\.json|jsonnetfile\.lock\.json)\Z"
    r"|\.min\.(?:js|css)\Z|\.(?:js|css)\.map\Z|\.bundle\.js\Z|\.svg\Z|\.snap\Z|\.pb\.go\Z"
)
_OF_OTHERS = re.compile(
    r"(?:^|/)(?:node_modules|vendor/(?:github\.com|golang\.org|k8s\.io|gopkg\.in|google\.golang\.org)|\.yarn/(?:cache|releases))/"
)

_MANIFESTS = re.compile(r"\.(?:ya?ml|json)(?:\.[a-z0-9]{1,10})?\Z|(?:^|/)(?:Kustomization|[^/.]+)\Z", re.IGNORECASE)
_SETTINGS = re.compile(
    r"\.(?:ya?ml|json|json5|toml|properties|env|ini|cfg|cnf|conf|config|xml|tfvars|tf|hcl|sh|bash|zsh|ksh|plist|kubeconfig)"
    r"(?:\.(?:j2|jinja2?|tmpl|tpl|gotmpl|erb|template|example|sample|dist|local|dev|prod|bak|orig|old))?\Z"
    r"|(?:^|/)(?:\.env(?:\..{1,40}|rc)?|\.npmrc|\.pypirc|\.netrc|_netrc|\.pgpass|\.my\.cnf|\.htpasswd|\.s3cfg|\.dockercfg|\.git-credentials"
    r"|credentials|config|Dockerfile(?:\..{1,40})?|Containerfile|.{1,40}\.dockerfile)\Z",
    re.IGNORECASE,
)


def is_generated(path: str) -> bool:
    """Lock files, minified and generated code, dependencies: full of digests, and written by nobody."""
    return _GENERATED.search(path) is not None or _OF_OTHERS.search(path) is not None


def may_be_manifest(path: str) -> bool:
    """Whether manifests may stand in it: YAML, JSON, and templates of them."""
    return _MANIFESTS.search(path) is not None


def is_settings(path: str) -> bool:
    """Whether it is read key by key; code and prose are looked at for what needs no name."""
    return _SETTINGS.search(path) is not None
