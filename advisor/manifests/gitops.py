"""How the set gets into the cluster: by kubectl, by Flux, by Argo CD, or from CI."""

from __future__ import annotations

from advisor.manifests.kubernetes import NAMESPACE_FILE, Gitops, derived_name, metadata
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step, Structure
from advisor.manifests.sealed_secrets import SEALED_FILE
from advisor.manifests.sops import FLUX_KEY_SECRET, encrypted_file, key_file
from advisor.manifests.yaml_writer import Document, to_yaml, wrap_comment, yaml_file
from advisor.parameters import Parameters

FLUX, ARGO = "flux-system", "argocd"
FLUX_FILE = f"{NOT_APPLIED}gitops/flux-kustomization.yaml"
ARGO_FILE = f"{NOT_APPLIED}gitops/argo-cd-application.yaml"
CI_FILE = f"{NOT_APPLIED}ci/deploy.github-actions.yaml"
RESOURCES_FILE = "Kustomization"
EXAMPLE_REPOSITORY = "https://git.example.com/platform/deployments.git"


def deliver(tool: str, parameters: Parameters, gitops: Gitops, applied: list[str]) -> tuple[Draft, Step]:
    """What the engine adds to the set, and the step that brings the files `applied` into the cluster."""
    if gitops == "flux":
        return _flux(tool, parameters, applied)
    if gitops == "argo-cd":
        return _argo(tool, parameters, applied)
    step = Step(
        title="Apply",
        text="The namespace first, since nothing can be compared in one that is not there. Then look at the difference "
        "(exit code 1 means that there is one), and apply. Files go in the order of "
        "their names." + (f" `{SEALED_FILE}` must be there." if tool == "sealed-secrets" else ""),
        commands=(f"kubectl apply -f {NAMESPACE_FILE}", "kubectl diff -f .", "kubectl apply -f ."),
    )
    return (_ci(tool, parameters) if gitops == "ci" else Draft()), step


def repository_folder(parameters: Parameters) -> str:
    """Where the set lies in the person's Git repository."""
    return f"{parameters.namespace}/{derived_name(parameters.secret, '', 100)}"


def _resources(tool: str, parameters: Parameters, applied: list[str], *, ksops: bool) -> ManifestFile:
    """The list of what is applied. Its name has no ending, so that `kubectl apply -f .` leaves it alone."""
    resources = list(applied)
    if tool == "sealed-secrets":
        resources = sorted([*resources, SEALED_FILE])
    elif tool == "sops" and not ksops:
        resources.append(encrypted_file(parameters))
    structure: Structure = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    }
    if ksops:
        structure["generators"] = [_ksops_generator(parameters)]
    summary = "What Flux and Argo CD apply from this folder: these files and nothing else, not-applied/ least of all."
    comment = [*wrap_comment(summary), *(["#", *wrap_comment(_KSOPS_CAUTION)] if ksops else [])]
    content = "\n".join(comment) + "\n" + to_yaml(structure)
    return ManifestFile(path=RESOURCES_FILE, content=content, summary=summary, documents=(structure,))


def _object_name(parameters: Parameters) -> str:
    return derived_name(f"{parameters.namespace}-{parameters.secret}", "", 63)


def _flux(tool: str, parameters: Parameters, applied: list[str]) -> tuple[Draft, Step]:
    name, folder = _object_name(parameters), repository_folder(parameters)
    spec: Structure = {
        "interval": "10m",
        "retryInterval": "1m",
        "timeout": "5m",
        "prune": True,
        "path": f"./{folder}",
        "sourceRef": {"kind": "GitRepository", "name": FLUX},
    }
    notes = {
        "spec.path": "Where you put this folder in the repository.",
        "spec.prune": "What leaves Git leaves the cluster; the namespace is marked as not to be pruned.",
    }
    prerequisites = [
        Prerequisite(
            what="Flux (kustomize-controller) with a GitRepository named flux-system",
            version=parameters.versions["kustomize-controller"],
            command="flux check\nflux get source git flux-system",
            provides=(f"Namespace//{FLUX}", f"GitRepository/{FLUX}/{FLUX}"),
        )
    ]
    give_key: Step | None = None
    if tool == "external-secrets":
        spec["dependsOn"] = [{"name": "external-secrets"}]
        notes["spec.dependsOn"] = (
            "The Flux Kustomization that installs the operator and its CRDs. Take it out if Flux does not install it."
        )
        prerequisites.append(
            Prerequisite(
                what="A Flux Kustomization flux-system/external-secrets that installs the operator (or take "
                "dependsOn out)",
                command="flux get kustomization external-secrets",
                provides=(f"Kustomization/{FLUX}/external-secrets",),
            )
        )
    health = {
        "external-secrets": ("external-secrets.io/v1", "ExternalSecret"),
        "sealed-secrets": ("bitnami.com/v1alpha1", "SealedSecret"),
    }.get(tool)
    checks = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": derived_name(parameters.workload.name, "-example"),
            "namespace": parameters.namespace,
        }
    ]
    if health:
        api, kind = health
        checks.insert(
            0, {"apiVersion": api, "kind": kind, "name": parameters.secret, "namespace": parameters.namespace}
        )
    spec["healthChecks"] = checks
    notes["spec.healthChecks"] = "Take the example's line out together with the example."
    if tool == "sealed-secrets":
        synced = "status.conditions.filter(entry, entry.type == 'Synced').all(entry, entry.status == "
        spec["healthCheckExprs"] = [
            {
                "apiVersion": "bitnami.com/v1alpha1",
                "kind": "SealedSecret",
                "current": f"has(status.conditions) && {synced}'True')",
                "failed": f"has(status.conditions) && !{synced}'True')",
            }
        ]
        notes["spec.healthCheckExprs"] = "A SealedSecret has Synced where Flux looks for Ready."
    if tool == "sops":
        spec["decryption"] = {"provider": "sops", "secretRef": {"name": FLUX_KEY_SECRET}}
        notes["spec.decryption"] = "Without it Flux applies the ciphertext and fails."
        prerequisites.append(
            Prerequisite(
                what=f"Secret {FLUX}/{FLUX_KEY_SECRET} with the private age key; a step below makes it",
                provides=(f"Secret/{FLUX}/{FLUX_KEY_SECRET}",),
            )
        )
        give_key = Step(
            title="Give Flux the private key",
            text="Whoever may read this Secret can decrypt everything in Git: keep reading in this namespace to few.",
            commands=(
                f"kubectl -n {FLUX} create secret generic {FLUX_KEY_SECRET} "
                f"--from-file=age.agekey={key_file(parameters)}",
            ),
        )
    document = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": metadata(name, FLUX),
        "spec": spec,
    }
    draft = Draft(
        files=[
            _resources(tool, parameters, applied, ksops=False),
            yaml_file(
                FLUX_FILE,
                "The Flux Kustomization that applies this folder. Copy it to the folder of your cluster in Git.",
                Document(document, notes),
                comment="Not applied with the rest: Flux applies it from Git, after this folder is there.",
            ),
        ],
        prerequisites=prerequisites,
        before=[give_key] if give_key else [],
        rollback=[
            Step(
                title="Stop Flux before you undo anything by hand",
                text="Otherwise it puts everything back within ten minutes.",
                commands=(f"flux suspend kustomization {name}",),
            )
        ],
    )
    step = Step(
        title="Commit, and let Flux apply",
        text=f"Put this folder into the repository as `{folder}` and `{FLUX_FILE}` into the folder of your "
        f"cluster. Do not "
        "apply by hand what Flux applies.",
        commands=(
            "git add -A . && git commit -m 'Manage a Secret' && git push",
            f"flux reconcile source git {FLUX}",
            f"flux reconcile kustomization {name}",
            f"kubectl -n {FLUX} wait --for=condition=Ready kustomization.kustomize.toolkit.fluxcd.io/{name} "
            f"--timeout=5m",
        ),
    )
    return draft, step


def _argo(tool: str, parameters: Parameters, applied: list[str]) -> tuple[Draft, Step]:
    name, folder = _object_name(parameters), repository_folder(parameters)
    spec: Structure = {
        "project": "default",
        "source": {"repoURL": EXAMPLE_REPOSITORY, "targetRevision": "HEAD", "path": folder},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": parameters.namespace},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true"],
            "retry": {"limit": 5, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}},
        },
    }
    notes = {
        "spec.source.repoURL": "Your repository.",
        "spec.syncPolicy.retry": "The first synchronisation may come before the operator is ready.",
    }
    if tool == "sealed-secrets":
        spec["ignoreDifferences"] = [
            {
                "group": "bitnami.com",
                "kind": "SealedSecret",
                "jsonPointers": ["/status", "/metadata/creationTimestamp", "/spec/template/metadata/creationTimestamp"],
            }
        ]
        notes["spec.ignoreDifferences"] = "kubeseal writes creationTimestamp: null, which the API server drops."
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": metadata(name, ARGO),
        "spec": spec,
    }
    draft = Draft(
        files=[
            _resources(tool, parameters, applied, ksops=tool == "sops"),
            yaml_file(
                ARGO_FILE,
                "The Argo CD Application that applies this folder, in the order of its sync waves.",
                Document(document, notes),
                comment="Not applied with the rest: after this folder is in Git, kubectl apply -f this file once.",
            ),
        ],
        prerequisites=[
            Prerequisite(
                what="Argo CD, with access to your repository",
                version=parameters.versions["argo-cd"],
                command=f"kubectl -n {ARGO} get deployments",
                provides=(f"Namespace//{ARGO}", f"AppProject/{ARGO}/default"),
            )
        ],
        rollback=[
            Step(
                title="Stop Argo CD before you undo anything by hand",
                text="Otherwise it heals what you undo.",
                commands=(
                    f"kubectl -n {ARGO} patch application {name} --type merge "
                    '-p \'{"spec":{"syncPolicy":{"automated":null}}}\'',
                ),
            )
        ],
    )
    if tool == "sops":
        draft.add(_ksops(parameters))
    step = Step(
        title="Commit, and let Argo CD apply",
        text=f"Put this folder into the repository as `{folder}`. Do not apply by hand what Argo CD applies.",
        commands=(
            "git add -A . && git commit -m 'Manage a Secret' && git push",
            f"kubectl apply -f {ARGO_FILE}",
            f"kubectl -n {ARGO} wait --for=jsonpath='{{.status.health.status}}'=Healthy application/{name} "
            f"--timeout=5m",
        ),
    )
    return draft, step


_KSOPS_CAUTION = (
    "Argo CD's own documentation cautions against decrypting while manifests are made: the plaintext then lies in "
    "Argo CD's Redis cache, and anyone who may read the Application's manifests reads it. With Argo CD, External "
    "Secrets Operator or Sealed Secrets fit better."
)


def _ksops_generator(parameters: Parameters) -> str:
    """The generator that decrypts in Argo CD's repo-server, as text: inline, its paths start where the list lies."""
    return to_yaml(
        {
            "apiVersion": "viaduct.ai/v1",
            "kind": "ksops",
            "metadata": {
                "name": derived_name(parameters.secret, "", 63),
                "annotations": {"config.kubernetes.io/function": "exec:\n  path: ksops\n"},
            },
            "files": [f"./{encrypted_file(parameters)}"],
        }
    )


def _ksops(parameters: Parameters) -> Draft:
    return Draft(
        prerequisites=[
            Prerequisite(
                what="KSOPS in Argo CD's repo-server, with the private age key mounted there (SOPS_AGE_KEY_FILE) and "
                "kustomize.buildOptions: --enable-alpha-plugins --enable-exec in the ConfigMap argocd-cm",
                version=parameters.versions["ksops"],
                command=f"kubectl -n {ARGO} get configmap argocd-cm -o jsonpath='{{.data.kustomize\\.buildOptions}}'",
            )
        ],
        remarks=[_KSOPS_CAUTION],
    )


def _ci(tool: str, parameters: Parameters) -> Draft:
    """A deployment job that has no more than it needs, and shows no value in its log."""
    steps: list[Structure] = [
        {"uses": "actions/checkout@v4", "with": {"persist-credentials": False}},
        {"name": "Sign in to the cluster", "run": "./ci/sign-in-to-cluster.sh"},
        {"name": "Namespace", "run": f"kubectl apply --server-side -f {NAMESPACE_FILE}"},
        {"name": "Difference", "run": "kubectl diff -f . || test $? -eq 1"},
        {"name": "Apply", "run": "kubectl apply --server-side -f ."},
    ]
    if tool == "sops":
        steps.append(
            {
                "name": "Decrypt and apply the Secret",
                "env": {"SOPS_AGE_KEY": "${{ secrets.SOPS_AGE_KEY }}"},
                "run": f"set -o pipefail\nsops decrypt {encrypted_file(parameters)} | kubectl apply "
                f"--server-side -f - > /dev/null\n",
            }
        )
    workflow = {
        "name": "Deploy",
        "on": {"push": {"branches": ["main"], "paths": [f"{repository_folder(parameters)}/**"]}},
        "permissions": {"contents": "read", "id-token": "write"},
        "concurrency": {"group": _object_name(parameters)},
        "jobs": {
            "deploy": {
                "runs-on": "ubuntu-latest",
                "environment": "production",
                "defaults": {"run": {"working-directory": repository_folder(parameters), "shell": "bash"}},
                "steps": steps,
            }
        },
    }
    notes = {
        "jobs.deploy.steps[1].name": "Yours: short-lived credentials from the OIDC token (id-token: write) "
        "rather than a "
        "kubeconfig kept as a secret.",
        "jobs.deploy.environment": "Where the approval is asked for.",
    }
    if tool == "sops":
        notes["jobs.deploy.steps[5].env"] = (
            "A key for CI alone, in the protected environment, so that it can be taken away."
        )
    return Draft(
        files=[
            yaml_file(
                CI_FILE,
                "GitHub Actions: deploys this folder. Copy to .github/workflows/; other systems need the same steps.",
                Document(workflow, notes),
            )
        ]
    )
