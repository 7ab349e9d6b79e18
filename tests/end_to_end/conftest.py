"""One `secretsui up`, one browser and one administrator per module: real processes, a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.cluster.server import Cluster
from tests.end_to_end import labelled_cluster
from tests.end_to_end.chromium import Person, chromium
from tests.secretsui.processes import Up

CHOSEN = "violet-harbour-94-kettle"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`secretsui up` with an empty data folder, on a machine that has no kubeconfig."""
    folder = tmp_path_factory.mktemp("product")
    with Up(folder, KUBECONFIG=str(folder / "none"), HOME=str(folder)) as started:
        yield started


@pytest.fixture(scope="module")
def administrator(browser: Browser, product: Up) -> Iterator[Person]:
    """The first administrator, signed in by the printed one-time password and with one of their own since."""
    person = Person(browser, product.address)
    person.sign_in("admin", product.one_time_password)
    assert person.path == "/account/password/", "a one-time password must be changed first"
    person.open("/settings/")
    assert person.path == "/account/password/", "and opens nothing else"
    person.page.fill("input[name=new]", CHOSEN)
    person.page.fill("input[name=again]", CHOSEN)
    person.press("Set this password")
    assert person.path == "/"
    yield person
    person.close()


@pytest.fixture(scope="module")
def labelled(cluster_factory: Callable[..., Cluster]) -> Cluster:
    """A cluster in which every fault is known."""
    cluster = cluster_factory(controller_manager=True, crds=labelled_cluster.CRDS)
    labelled_cluster.write(cluster)
    return cluster
