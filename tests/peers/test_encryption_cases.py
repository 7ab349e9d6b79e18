"""T1 to T7: encryption at rest, where other scanners are wrong. Each case says which, and the answer that is right."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import yaml

from scanners.assess import CheckResult, assess_check
from scanners.checks.encryption import ENCRYPTION_AT_REST
from scanners.checks.encryption_strength import ENCRYPTION_WEAK
from scanners.collect.encryption import parse_encryption_config
from scanners.collect.inputs import NAMES
from scanners.collect.manifests import Manifests
from scanners.context import Context
from scanners.inventory import Cluster, Inventory, Transformation
from tests.checks.encryption_settings import IDENTITY, configuration, local, of_secrets
from tests.core.build import NOW, complete, inventory, secret

AESCBC = local("aescbc", "key1")
KMS = {"kms": {"apiVersion": "v2", "name": "vault", "endpoint": "unix:///run/kms.sock"}}
GIVEN = complete("encryptionconfiguration")


def judged(seen: Inventory) -> CheckResult:
    return assess_check(ENCRYPTION_AT_REST, Context(seen))


def given(text: str) -> CheckResult:
    return judged(inventory(encryption=parse_encryption_config(text), coverage=GIVEN))


COMMENTED = """
kind: EncryptionConfiguration
apiVersion: apiserver.config.k8s.io/v1
resources:
  - resources: [secrets]
    providers:
      # primary
      - aescbc:
          keys:
            - {name: key1, secret: a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=}
      - identity: {}
"""


def test_t1_identity_before_aescbc_writes_in_plaintext() -> None:
    """Kubescape C-0142 passes it."""
    (finding,) = given(yaml.safe_dump(of_secrets(IDENTITY, AESCBC))).findings
    assert finding.severity == "critical"
    assert "identity is the first provider for secrets, so aescbc after it only read" in finding.message


def test_t2_a_configuration_of_configmaps_leaves_secrets_in_plaintext() -> None:
    """Kubescape C-0142 passes it."""
    (finding,) = given(yaml.safe_dump(configuration((["configmaps"], [AESCBC, IDENTITY])))).findings
    assert finding.severity == "critical"
    assert "no entry of the EncryptionConfiguration covers secrets" in finding.message


def test_t3_events_in_plaintext_do_not_concern_secrets_by_kms() -> None:
    """Kubescape C-0142 and kube-bench 1.2.28 fail it."""
    result = given(yaml.safe_dump(configuration((["secrets"], [KMS, IDENTITY]), (["events"], [IDENTITY]))))
    assert (result.status, result.evaluated) == ("pass", 1)


@pytest.mark.parametrize("text", [COMMENTED, json.dumps(of_secrets(AESCBC, IDENTITY))], ids=["comment", "JSON"])
def test_t4_a_comment_and_json_are_read_as_the_api_server_reads_them(text: str) -> None:
    """kube-bench 1.2.28 fails both."""
    assert given(text).status == "pass"
    assert given(text.replace("secrets", "configmaps")).status == "fail"


SERVER = {"name": "kube-apiserver", "image": "registry.k8s.io/kube-apiserver:v1.37.2"}
PROXY = {"name": "konnectivity", "image": "proxy:1", "command": ["/proxy-server", "--mode=grpc"]}
FLAGS: dict[str, list[dict[str, Any]]] = {
    "two words in command (Kubescape C-0066 fails)": [
        SERVER | {"command": ["kube-apiserver", "--encryption-provider-config", "/e"]}
    ],
    "two words in args (Kubescape C-0066 fails, Prowler does not look)": [
        SERVER | {"command": ["kube-apiserver"], "args": ["--encryption-provider-config", "/e"]}
    ],
    "in args alone": [SERVER | {"args": ["/usr/local/bin/kube-apiserver", "--encryption-provider-config=/e"]}],
    "the API server is the second container (Kubescape C-0066 fails)": [
        PROXY,
        SERVER | {"command": ["kube-apiserver", "--encryption-provider-config=/e"]},
    ],
}


@pytest.mark.parametrize("containers", FLAGS.values(), ids=list(FLAGS))
def test_t5_the_flag_is_seen_wherever_it_stands(containers: list[dict[str, Any]]) -> None:
    """The flag is enabled; what the file says is another question, and no API answers it."""
    metadata = {"namespace": "kube-system", "name": "kube-apiserver-a"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}
    manifests = Manifests()
    manifests.add(json.dumps(pod).encode())
    seen = manifests.inventory("test", NOW)
    assert [server.encryption_config for server in seen.api_servers] == ["/e"]
    result = judged(seen)
    assert (result.status, result.findings) == ("not-assessed", [])
    settings = parse_encryption_config(json.dumps(of_secrets(KMS, IDENTITY)))
    assert judged(msgspec.structs.replace(seen, encryption=settings)).status == "pass"


def managed(distribution: str, version: str, *series: Transformation) -> Inventory:
    cluster = Cluster(name="test", distribution=distribution, version=version)
    coverage = complete(*NAMES) if series else {}
    return inventory(cluster=cluster, secrets=(secret(),), transformations=series, coverage=coverage)


def test_t6_eks_1_31_without_a_key_of_the_customer_is_encrypted() -> None:
    """Steampipe and Kubescape C-0066 say it is not. Whose key it is, is another question, which the docs answer."""
    eks = managed("eks", "v1.31.4-eks-aeac579")
    assert judged(eks).status == "pass"
    weak = assess_check(ENCRYPTION_WEAK, Context(eks))
    assert (weak.status, weak.findings) == ("pass", [])
    assert "a key of its own (EKS does from 1.28 on, unless you name one)" in ENCRYPTION_WEAK.blind_spots
    assert "aws eks describe-cluster" in ENCRYPTION_WEAK.blind_spots


def test_t6_eks_1_27_is_not_judged_by_its_version() -> None:
    assert judged(managed("eks", "v1.27.16-eks-a737599")).status == "not-assessed"


def test_t7_aks_with_kms_is_encrypted_whatever_its_nodes_disks() -> None:
    """regolibrary#713: host encryption was taken for encryption of etcd."""
    written = Transformation(
        resource="secrets", direction="to_storage", prefix="k8s:enc:kms:v2:azurekmsprovider:", count=3
    )
    aks = managed("aks", "v1.32.4", written)
    assert judged(aks).status == "pass"
    assert assess_check(ENCRYPTION_WEAK, Context(aks)).status == "pass"


def test_t7_aks_without_metrics_is_no_critical_guess() -> None:
    result = judged(managed("aks", "v1.32.4"))
    assert (result.status, result.findings) == ("not-assessed", [])
    assert "az aks show" in result.reason
