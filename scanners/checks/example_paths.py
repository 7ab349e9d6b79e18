"""Which paths of a repository hold tests, examples and documentation: credentials there are mostly made up.

Mostly is not always, so what is found there is said, and said quietly. A folder called `test` alone proves nothing
outside code: GitOps repositories call an environment so.
"""

from __future__ import annotations

import re

_FOLDERS = re.compile(
    r"(?:^|/)(?:[\w-]*test-?(?:data|certs?)|_?test-?fixtures?|fixtures?|__tests__|__fixtures__|__mocks__|mocks?|tests|e2e|examples?"
    r"|samples?|docs?|documentation|tutorials?|demos?|quickstarts?|playgrounds?|cassettes)/",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"(?:^|/)(?:test_[^/]+\.py|test_?data\.[a-z]{1,6}|[^/]+_test\.[a-z0-9]{1,6}|conftest\.py|[^/]+_test\.(?:go|py|rb|exs?|dart)|[^/]+[.-](?:test|spec)\.[cm]?[jt]sx?|[^/]+Tests?\.(?:java|kt|cs|php|swift))\Z"
    r"|(?:^|/)ci/[^/]*values\.ya?ml\Z"
    r"|\.(?:md|mdx|rst|adoc|asciidoc)\Z"
    r"|[.-](?:example|sample|template|dist)(?:\.[a-z]{1,10})?\Z",
    re.IGNORECASE,
)
_TEST_CODE = re.compile(
    r"(?:^|/)tests?/.*\.(?:go|py|rb|rs|java|kt|scala|cs|php|[cm]?[jt]sx?|sh|c|cc|cpp|h)\Z", re.IGNORECASE
)


def is_example(path: str) -> bool:
    """Whether a file is a test, an example or documentation, by its path."""
    return any(expression.search(path) for expression in (_FOLDERS, _FILES, _TEST_CODE))
