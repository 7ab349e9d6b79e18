"""Static files: collected once, hashed, compressed, kept by browsers for ever; nothing else of a package is public."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from secretsui import assets
from secretsui.assets import ThirdPartyFinder
from tests.secretsui.browser import Browser
from tests.secretsui.processes import ROOT, Up, clean_environment


@pytest.mark.real
def test_collected_files_are_hashed_compressed_and_immutable(tmp_path: Path) -> None:
    with Up(tmp_path) as started:
        names = json.loads((started.data / "static" / "staticfiles.json").read_text())["paths"]
        browser = Browser(started.address)
        for name in ("plotly/plotly.min.js", "django_htmx/htmx-2.min.js"):
            hashed = names[name]
            assert hashed != name
            page = browser.open(f"/static/{hashed}")
            assert page.status == 200
            assert page.headers["Cache-Control"] == "max-age=315360000, public, immutable"
            assert page.headers["Content-Type"].startswith("text/javascript")
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert page.headers["Access-Control-Allow-Origin"] is None
            packed = (started.data / "static" / f"{hashed}.gz").read_bytes()
            assert gzip.decompress(packed).decode() == page.text
            assert len(packed) < len(page.text) / 2
        assert names["django_htmx/htmx-2.min.js"] in browser.open("/sign-in/").text
        for private in ("plotly/widgetbundle.js", "django_htmx/htmx-4.js", "../db.sqlite3", "%2e%2e/secret-key"):
            assert browser.open(f"/static/{private}").status == 404, private
        collected = (started.data / "static" / "staticfiles.json").stat().st_mtime_ns
        started.stop()
    with Up(tmp_path) as again:
        assert (again.data / "static" / "staticfiles.json").stat().st_mtime_ns == collected, "once is enough"


def test_every_third_party_file_is_found_in_its_package() -> None:
    finder = ThirdPartyFinder()
    for package, _, prefix, file in assets.THIRD_PARTY:
        found = Path(finder.find(f"{prefix}/{file}"))
        assert found.is_file()
        assert package in found.parts
    assert finder.find("plotly/widgetbundle.js") == []
    assert finders.find("plotly/widgetbundle.js") is None


def test_a_changed_file_is_collected_again(tmp_path: Path) -> None:
    """In processes of their own, since the settings look at STATIC_ROOT once, at the start."""
    source, data = tmp_path / "package" / "static", tmp_path / "data"
    source.mkdir(parents=True)
    data.mkdir()
    program = (
        "import sys; from pathlib import Path; from django.conf import settings; import django; "
        f"settings.STATICFILES_DIRS = [{str(source)!r}]; django.setup(); "
        "from secretsui.assets import ensure_collected; print(ensure_collected())"
    )
    environment = clean_environment(
        PYTHONPATH=str(ROOT), DJANGO_SETTINGS_MODULE="secretsui.settings", SECRETSUI_DATA_DIR=str(data)
    )

    def collect() -> str:
        ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    subprocess.run([sys.executable, "-m", "secretsui.keys"], env=environment, check=True, stdout=subprocess.DEVNULL)
    (source / "page.css").write_text("a { color: red }")
    assert [collect(), collect()] == ["True", "False"]
    (source / "page.css").write_text("a { color: blue }")
    assert collect() == "True"
    assert [path.read_text() for path in (data / "static").glob("page.*.css")] == ["a { color: blue }"]
