"""
The manifests: of the shape that Kubernetes asks for, confined, and about one another.

The shapes are those of the API as far as these files use it. A key that is not in them is refused:
a cluster would pass over a slip of the pen.
"""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from house import REPOSITORY
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

FOLDER = REPOSITORY / "deploy" / "kubernetes"
LABEL = {"app.kubernetes.io/name": "modelpress"}

Schema = dict[str, Any]
STRING: Schema = {"type": "string", "minLength": 1}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
QUANTITY: Schema = {"type": "string", "pattern": r"^\d+(m|Ki|Mi|Gi)?$"}
PROTOCOL: Schema = {"enum": ["TCP", "UDP", "SCTP"]}
PORT: Schema = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, STRING]}
STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


def record(needed: Schema, **optional: Schema) -> Schema:
    """Describe an object that has no other keys."""
    properties = needed | optional
    return {
        "type": "object",
        "required": list(needed),
        "properties": properties,
        "additionalProperties": False,
    }


def many(schema: Schema) -> Schema:
    """Describe a list that is not empty."""
    return {"type": "array", "items": schema, "minItems": 1}


SELECTOR = record({"matchLabels": STRINGS})
METADATA = record({"name": STRING, "labels": STRINGS})
QUANTITIES = {"type": "object", "additionalProperties": QUANTITY, "minProperties": 1}
PROBE = record(
    {"httpGet": record({"path": {"type": "string", "pattern": "^/"}, "port": PORT})},
    **dict.fromkeys(("periodSeconds", "timeoutSeconds", "failureThreshold"), COUNT),
)
CONTAINER = record(
    {
        "name": STRING,
        "image": STRING,
        "imagePullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
        "ports": many(record({"name": STRING, "containerPort": PORT}, protocol=PROTOCOL)),
        "resources": record({"requests": QUANTITIES, "limits": QUANTITIES}),
        "securityContext": record(
            {
                **dict.fromkeys(
                    ("allowPrivilegeEscalation", "privileged", "readOnlyRootFilesystem"), FLAG
                ),
                "capabilities": record({"drop": many(STRING)}),
            }
        ),
        **dict.fromkeys(("startupProbe", "livenessProbe", "readinessProbe"), PROBE),
    },
    envFrom=many(record({"secretRef": record({"name": STRING, "optional": FLAG})})),
    lifecycle=record({"preStop": record({"exec": record({"command": many(STRING)})})}),
    volumeMounts=many(record({"name": STRING, "mountPath": {"type": "string", "pattern": "^/"}})),
)
POD = record(
    {
        "automountServiceAccountToken": FLAG,
        "enableServiceLinks": FLAG,
        "containers": many(CONTAINER),
        "securityContext": record(
            {
                "runAsNonRoot": FLAG,
                **dict.fromkeys(("runAsUser", "runAsGroup", "fsGroup"), COUNT),
                "seccompProfile": record({"type": {"enum": ["RuntimeDefault"]}}),
            }
        ),
    },
    terminationGracePeriodSeconds=COUNT,
    topologySpreadConstraints=many(
        record(
            {
                "maxSkew": COUNT,
                "topologyKey": STRING,
                "whenUnsatisfiable": {"enum": ["ScheduleAnyway", "DoNotSchedule"]},
                "labelSelector": SELECTOR,
            }
        )
    ),
    volumes=many(
        record({"name": STRING, "emptyDir": record({"sizeLimit": QUANTITY}, medium=STRING)})
    ),
)
ROLLING = record({"maxSurge": COUNT, "maxUnavailable": COUNT})
SPECS = {
    ("apps/v1", "Deployment"): record(
        {
            "selector": SELECTOR,
            "template": record(
                {"metadata": record({"labels": STRINGS}, annotations=STRINGS), "spec": POD}
            ),
            "strategy": record({"type": {"enum": ["RollingUpdate"]}, "rollingUpdate": ROLLING}),
        },
        revisionHistoryLimit=COUNT,
    ),
    ("v1", "Service"): record(
        {
            "type": {"enum": ["ClusterIP"]},
            "selector": STRINGS,
            "ports": many(
                record(
                    {"name": STRING, "port": PORT, "targetPort": PORT},
                    protocol=PROTOCOL,
                    appProtocol=STRING,
                )
            ),
        }
    ),
    ("networking.k8s.io/v1", "NetworkPolicy"): record(
        {
            "podSelector": SELECTOR,
            "policyTypes": many({"enum": ["Ingress", "Egress"]}),
            "ingress": many(
                record(
                    {
                        "from": many(
                            {
                                "type": "object",
                                "minProperties": 1,
                                "maxProperties": 1,
                                "properties": {
                                    "podSelector": {"anyOf": [SELECTOR, record({})]},
                                    "namespaceSelector": SELECTOR,
                                },
                                "additionalProperties": False,
                            }
                        ),
                        "ports": many(record({"port": PORT, "protocol": PROTOCOL})),
                    }
                )
            ),
            "egress": {"type": "array", "maxItems": 0},
        }
    ),
    ("policy/v1", "PodDisruptionBudget"): record(
        {"maxUnavailable": COUNT, "selector": SELECTOR},
        unhealthyPodEvictionPolicy={"enum": ["AlwaysAllow", "IfHealthyBudget"]},
    ),
    ("autoscaling/v2", "HorizontalPodAutoscaler"): record(
        {
            "scaleTargetRef": record({"apiVersion": STRING, "kind": STRING, "name": STRING}),
            "minReplicas": COUNT,
            "maxReplicas": COUNT,
            "metrics": many(
                record(
                    {
                        "type": {"enum": ["Resource"]},
                        "resource": record(
                            {
                                "name": {"enum": ["cpu", "memory"]},
                                "target": record(
                                    {"type": {"enum": ["Utilization"]}, "averageUtilization": COUNT}
                                ),
                            }
                        ),
                    }
                )
            ),
        },
        behavior=record({"scaleDown": record({"stabilizationWindowSeconds": COUNT})}),
    ),
}


def documents(text: str) -> dict[str, dict[str, Any]]:
    """Read manifests, by their kind."""
    return {found["kind"]: found for found in YAML(typ="safe", pure=True).load_all(text)}


def _files() -> dict[str, dict[str, Any]]:
    named = YAML(typ="safe", pure=True).load(FOLDER / "kustomization.yaml")["resources"]
    return documents("\n---\n".join((FOLDER / name).read_text("utf-8") for name in named))


@pytest.fixture(scope="module")
def manifests() -> dict[str, dict[str, Any]]:
    """Give what would be applied: as kubectl renders it, or else as the files say."""
    if not shutil.which("kubectl"):
        return _files()
    command = ["kubectl", "kustomize", str(FOLDER)]
    return documents(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.fixture
def pod(manifests: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give the pods' own part."""
    found: dict[str, Any] = manifests["Deployment"]["spec"]["template"]["spec"]
    return found


@pytest.fixture
def container(pod: dict[str, Any]) -> dict[str, Any]:
    """Give the only container."""
    (found,) = pod["containers"]
    assert isinstance(found, dict)
    return found


def wrong(manifest: dict[str, Any]) -> list[str]:
    """Tell what is not of its kind's shape."""
    known = (manifest["apiVersion"], manifest["kind"])
    shape = record(
        {"apiVersion": STRING, "kind": STRING, "metadata": METADATA, "spec": SPECS[known]}
    )
    return [
        f"{x.json_path}: {x.message}" for x in Draft202012Validator(shape).iter_errors(manifest)
    ]


def test_every_manifest_is_of_its_shape(manifests: dict[str, dict[str, Any]]) -> None:
    assert {kind: wrong(found) for kind, found in manifests.items()} == {
        kind: [] for _, kind in SPECS
    }


def test_every_file_is_applied(load: Callable[[str], Any]) -> None:
    named = load("kubernetes/kustomization.yaml")["resources"]

    assert sorted([*named, "kustomization.yaml"]) == sorted(x.name for x in FOLDER.iterdir())
    assert set(_files()) == {kind for _, kind in SPECS}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "template", "spec", "securityContext", "runAsNonroot"), True),
        (("spec", "template", "spec", "containers", 0, "readinessprobe"), {}),
        (("spec", "template", "spec", "containers", 0, "resources", "limits", "memory"), "512M B"),
        (("spec", "replica"), 2),
    ],
)
def test_a_slip_of_the_pen_is_seen(path: tuple[Any, ...], value: Any) -> None:
    manifest = _files()["Deployment"]
    *way, last = path
    place: Any = manifest
    for key in way:
        place = place[key]
    place[last] = value

    assert len(wrong(manifest)) == 1


def test_no_namespace_is_named() -> None:
    assert not any("namespace:" in x.read_text("utf-8") for x in FOLDER.iterdir())


def test_pods_are_confined(pod: dict[str, Any], container: dict[str, Any]) -> None:
    assert pod["securityContext"] == {
        **dict.fromkeys(("runAsUser", "runAsGroup", "fsGroup"), 65532),
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert "memory" in container["resources"]["limits"]


def test_the_user_is_that_of_the_image(pod: dict[str, Any]) -> None:
    text = (REPOSITORY / "deploy" / "Dockerfile").read_text("utf-8")
    user, group = pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]

    assert f"\nUSER {user}:{group}\n" in text


def test_the_image_is_not_the_latest(container: dict[str, Any], load: Callable[[str], Any]) -> None:
    (image,) = load("kubernetes/kustomization.yaml")["images"]

    assert image["name"] == "modelpress"
    assert image["newTag"] not in ("", "latest")
    assert container["image"] in ("modelpress", f"modelpress:{image['newTag']}")


def test_everything_is_about_the_same_pods(manifests: dict[str, dict[str, Any]]) -> None:
    specs = {kind: found["spec"] for kind, found in manifests.items()}
    template = specs["Deployment"]["template"]

    assert LABEL.items() <= template["metadata"]["labels"].items()
    assert specs["Service"]["selector"] == LABEL
    for selector in (
        specs["Deployment"]["selector"],
        specs["NetworkPolicy"]["podSelector"],
        specs["PodDisruptionBudget"]["selector"],
        *(x["labelSelector"] for x in template["spec"]["topologySpreadConstraints"]),
    ):
        assert selector == {"matchLabels": LABEL}
    assert specs["HorizontalPodAutoscaler"]["scaleTargetRef"] == {
        key: manifests["Deployment"][key] for key in ("apiVersion", "kind")
    } | {"name": manifests["Deployment"]["metadata"]["name"]}


def test_ports_are_named_once_and_found(
    manifests: dict[str, dict[str, Any]], container: dict[str, Any]
) -> None:
    (port,) = container["ports"]
    annotations = manifests["Deployment"]["spec"]["template"]["metadata"]["annotations"]

    assert port == {"name": "http", "containerPort": 8000, "protocol": "TCP"}
    assert [x["targetPort"] for x in manifests["Service"]["spec"]["ports"]] == ["http"]
    assert manifests["NetworkPolicy"]["spec"]["ingress"][0]["ports"][0]["port"] == "http"
    assert annotations == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8000",
        "prometheus.io/path": "/metrics",
    }


def test_probes_ask_what_they_mean(container: dict[str, Any]) -> None:
    probes = ("startupProbe", "livenessProbe", "readinessProbe")

    assert [container[probe]["httpGet"] for probe in probes] == [
        {"path": path, "port": "http"}
        for path in ("/health", "/v2/health/live", "/v2/health/ready")
    ]


def test_volumes_are_mounted_and_small(pod: dict[str, Any], container: dict[str, Any]) -> None:
    mounts = {x["name"]: x["mountPath"] for x in container["volumeMounts"]}

    assert mounts == {"tmp": "/tmp", "state": "/state"}  # noqa: S108 - in a container
    assert {x["name"] for x in pod["volumes"]} == set(mounts)


def test_one_pod_may_always_go(manifests: dict[str, dict[str, Any]]) -> None:
    scaler = manifests["HorizontalPodAutoscaler"]["spec"]
    rolling = manifests["Deployment"]["spec"]["strategy"]["rollingUpdate"]

    assert 2 <= scaler["minReplicas"] < scaler["maxReplicas"]
    assert manifests["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    assert rolling == {"maxSurge": 1, "maxUnavailable": 0}
    assert "replicas" not in manifests["Deployment"]["spec"]


def test_pods_call_nobody(manifests: dict[str, dict[str, Any]]) -> None:
    policy = manifests["NetworkPolicy"]["spec"]

    assert sorted(policy["policyTypes"]) == ["Egress", "Ingress"]
    assert policy["egress"] == []
