"""A person without a window: sends forms with files over real HTTP, and keeps every page they were shown."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from tests.end_to_end.chromium import shape
from tests.end_to_end.stored import rows
from tests.secretsui.browser import Browser, Page

PAGES_OF_A_SHAPE = 60
CONNECT = "/clusters/connect/"


class Visitor(Browser):
    """Like a Browser, but with uploads. `pages` are all answers, in order."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.pages: list[Page] = []

    def submit(self, path: str, fields: dict[str, str], *, form: str = "", **files: bytes) -> Page:
        """Sends a form of the page `form` (else the page at `path` itself) to `path`; `kind_file` is kind-file."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.open(form or path).text)
        assert token
        parts: list[tuple[str, Any]] = [*({"csrfmiddlewaretoken": token[1]} | fields).items()]
        parts += [(name.replace("_", "-"), ("upload", content)) for name, content in files.items()]
        body, kind = encode_multipart_formdata(parts)
        return self._ask(urllib.request.Request(self.address + path, data=body, headers={"Content-Type": kind}))

    def connect(self, name: str, kubeconfig: str) -> Page:
        """Connects a cluster by an uploaded kubeconfig, preview and all; the answer is its first scan's page."""
        fields = {"way": "kubeconfig", "kubeconfig-name": name}
        preview = self.submit(CONNECT, fields, kubeconfig_file=kubeconfig.encode())
        sealed = re.search(r'name="sealed" value="([^"]+)"', preview.text)
        assert sealed, preview.text
        return self.submit(CONNECT, {"way": "save", "name": name, "connection": "kubeconfig", "sealed": sealed[1]})

    def cluster_path(self, name: str, data: Path) -> str:
        """The address of a stored cluster's page."""
        (found,) = rows(data, "SELECT id FROM scanners_cluster WHERE name = ?", name)
        return f"/clusters/{uuid.UUID(found['id'])}/"

    def walk(self) -> None:
        """Opens every page that a link leads to, exports among them."""
        seen: dict[str, int] = {}
        waiting, visited = ["/"], set()
        while waiting:
            path = waiting.pop()
            kind = shape(path)
            if path in visited or path.count("&") > 0 or seen.get(kind, 0) >= (1 if "?" in path else PAGES_OF_A_SHAPE):
                continue
            visited.add(path)
            seen[kind] = seen.get(kind, 0) + 1
            page = self.open(path)
            assert page.status == 200, path
            links = (urllib.parse.urljoin(path, each) for each in re.findall(r'<a[^>]* href="([^"#]+)', page.text))
            waiting += [each.replace("&amp;", "&") for each in links if each.startswith("/")]

    def _ask(self, request: urllib.request.Request) -> Page:
        page = super()._ask(request)
        self.pages.append(page)
        return page
