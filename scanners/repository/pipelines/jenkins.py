"""Jenkinsfiles: the shell scripts in their Groovy, without what is commented out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanners.repository.pipelines.steps import Step

_COMMENT = re.compile(
    r"(?P<text>'''.{0,4000}?'''|\"\"\".{0,4000}?\"\"\"|'(?:[^'\\\n]|\\.){0,4000}'|\"(?:[^\"\\\n]|\\.){0,4000}\")"
    r"|//[^\n]{0,4000}|/\*.{0,4000}?\*/",
    re.DOTALL,
)
_SHELL_STEP = re.compile(
    r"\b(?:sh|bat|pwsh|powershell)\b\s{0,20}\(?\s{0,20}"
    r"(?P<named>(?:\w{1,40}[ ]?:[ ]?[^,()'\":]{1,60},\s{0,20}){0,4}(?:script[ ]?:[ ]?)?)"
    r"(?:'''(?P<a>.{0,4000}?)'''|\"\"\"(?P<b>.{0,4000}?)\"\"\"|'(?P<c>(?:[^'\\\n]|\\.){0,4000})'"
    r"|\"(?P<d>(?:[^\"\\\n]|\\.){0,4000})\")(?P<after>[^\n]{0,100})",
    re.DOTALL,
)
_CATCH = re.compile(
    r"catchError\s*\(\s*buildResult\s*:\s*['\"](?:SUCCESS|UNSTABLE)['\"]|\bwarnError\b|\bcatchError\b(?!\s*\()"
)
_LIBRARY = re.compile(
    r"@Library\s*\(\s*\[?\s*['\"]([^'\"\n]{1,200})['\"]|\blibrary\s*\(?\s*(?:identifier\s*:\s*)?['\"]([^'\"\n]{1,200})['\"]"
)
MAX_TEXT = 200_000
"""Characters of a Jenkinsfile that are read."""
_NO_STATUS = re.compile(r"returnStatus\s*:\s*true")


def without_comments(text: str) -> str:
    """The Groovy with its comments blanked; lines stay where they are."""
    return _COMMENT.sub(lambda match: match[0] if match["text"] else "\n" * match[0].count("\n"), text)


def steps_in(text: str) -> Iterator[Step]:
    """The shell steps. One inside a `catchError` that keeps the build good is forgiven."""
    code = without_comments(text[:MAX_TEXT])
    for match in _SHELL_STEP.finditer(code):
        script = next(part for part in (match["a"], match["b"], match["c"], match["d"]) if part is not None)
        around = code[max(0, match.start() - 300) : match.start()]
        why = "catchError keeps the build good" if _CATCH.search(around.rpartition("stage(")[2]) else ""
        if _NO_STATUS.search(match["named"] + match["after"]):
            why = "returnStatus: true"
        yield Step("", code.count("\n", 0, match.start()) + 1, script=script, forgiven=why)


def libraries_in(text: str) -> list[str]:
    """Shared libraries, whose steps are elsewhere."""
    return [match[1] or match[2] for match in _LIBRARY.finditer(without_comments(text[:MAX_TEXT]))]
