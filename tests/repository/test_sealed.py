"""What the real kubeseal writes is no fault; what people leave in the template is."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.cluster.build import program
from tests.cluster.toolchain import CannotBuild
from tests.missing import missing
from tests.repository.trees import faults, secret, work_tree

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        kubeseal = program("kubeseal")
    except CannotBuild as error:
        missing(str(error))
    certificate = tmp_path_factory.mktemp("kubeseal") / "cert.pem"
    certificate.write_bytes(_certificate())
    done = subprocess.run(
        [kubeseal, "--cert", certificate, "--format", "yaml"],
        input=secret(string_data="{password: hunter2, username: app}"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _certificate() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sealing")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def test_a_sealed_secret(tmp_path: Path, sealed: str) -> None:
    assert "encryptedData" in sealed and "hunter2" not in sealed
    assert faults(work_tree(tmp_path, {"sealed.yaml": sealed})) == {}


def test_values_in_its_template(tmp_path: Path, sealed: str) -> None:
    broken = sealed.replace("  template:\n", "  template:\n    data:\n      password: hunter2\n")
    assert broken != sealed
    (fault,) = faults(work_tree(tmp_path, {"sealed.yaml": broken}))["sealed.yaml"]
    assert (fault.rule, fault.field, fault.keys) == ("sealed-template", "SealedSecret shop/db", ("password",))
