"""ci: the most powerful namespace of the company, and the least looked after."""

from __future__ import annotations

from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Step, ago
from tests.demo_company.values import docker_config, github_token
from tests.demo_company.workloads import Key, container, pod, secret_volume

HOME = "ci"


def continuous_integration() -> list[Step]:
    """Everything in the namespace ci."""
    docker = {".dockerconfigjson": docker_config("registry.larkspur.example")}
    return [
        *make.by_hand(HOME, "github-app", ["app-id", "private-key.pem"]),
        *make.by_hand(HOME, "runner-registration", ["github-token"]),
        *make.by_apply(HOME, "sonar", ["token"]),
        *make.by_hand(HOME, "npm-publish", ["token"]),
        *make.by_hand(HOME, "docker-push", docker, "kubernetes.io/dockerconfigjson"),
        *make.by_hand(HOME, "fleet-deploy-key", ["ssh-privatekey"], "kubernetes.io/ssh-auth"),
        *make.by_apply(HOME, "cosign", ["cosign.key", "cosign.password"]),
        *make.external_secret(HOME, "terraform-state", ["access-key", "secret-access-key"]),
        *make.external_secret(HOME, "artifact-bucket", ["access-key", "secret-access-key"], refreshed=ago(days=11)),
        *make.account_token(HOME, "deployer"),
        *make.account_token(HOME, "jenkins"),
        *make.helm_release(HOME, "actions-runner", 3, 4),
        *run.service_account(HOME, "deployer", secrets=["deployer-token", "docker-push"], pull=["docker-push"]),
        *run.service_account(HOME, "jenkins", secrets=["jenkins-token"]),
        *run.deployment(HOME, "actions-runner", pod(
            container("runner", "ci/actions-runner:2.328", {
                "RUNNER_TOKEN": Key("runner-registration", "github-token"),
                "GITHUB_TOKEN": github_token(HOME, "actions-runner"),
                "RUNNER_TOKEN_FILE": "/runner/.token",
                "NPM_TOKEN": Key("npm-publish", "token"),
            }, mounts={"app": "/etc/github-app", "docker": "/home/runner/.docker"}),
            volumes=[
                secret_volume("app", "github-app"),
                secret_volume("docker", "docker-push", [".dockerconfigjson"]),
            ],
            pull=["docker-push"], account="deployer",
        ), replicas=4),
        *run.deployment(HOME, "deployer", pod(
            container("deploy", "ci/deployer:1.2.0", mounts={"key": "/etc/fleet", "token": "/etc/token"},
                      env_from=["terraform-state"]),
            volumes=[secret_volume("key", "fleet-deploy-key"), secret_volume("token", "deployer-token", ["token"])],
            pull=["docker-push"], account="deployer",
        ), replicas=1),
        *run.cron_job(HOME, "sign-images", "*/30 4-5 * * 6", pod(
            container("sign", "ci/cosign:2.6", {
                "COSIGN_PASSWORD": Key("cosign", "cosign.password"),
                "BUCKET_KEY": Key("artifact-bucket", "access-key"),
            }, mounts={"key": "/cosign"}),
            volumes=[secret_volume("key", "cosign", ["cosign.key"])], pull=["docker-push"],
        )),
    ]  # fmt: skip
