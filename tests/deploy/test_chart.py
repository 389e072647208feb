"""The chart: rendered by Helm itself, and held to the schemas of Kubernetes; it was never installed in a cluster."""

import tomllib
from pathlib import Path

import pytest
import yaml

from wares import __version__
from wares.config import Config

helm = pytest.importorskip("helm_python")
kubernetes = pytest.importorskip("kubernetes_validate")

CHART = Path(__file__).parents[2] / "deploy/helm/wares"
ALL = {
    "replicas": 3,
    "secrets": {"WARES_SHOP__STORE": "postgresql+psycopg://shop:secret@db/shop"},
    "secretName": "of-mine",
    "imagePullSecrets": [{"name": "registry"}],
    "autoscaling": {"enabled": True},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "front"}}}], "egressPorts": [443, 5432]},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "shop", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "service": {"type": "LoadBalancer"},
}
CASES = {
    "as it is": {},
    "all": ALL,
    "little": {
        "networkPolicy": {"enabled": False},
        "podDisruptionBudget": {"enabled": False},
        "persistence": {"existingClaim": "mine"},
    },
    "cpu alone": {"autoscaling": {"enabled": True, "p95": ""}},
}


def rendered(values: dict, name: str = "shop") -> dict[str, dict]:
    """Manifests by kind."""
    with helm.Chart.load(CHART) as chart:
        texts = chart.render(values, name=name, namespace="of-shops").values()
    found = [manifest for text in texts for manifest in yaml.safe_load_all(text) if manifest]
    assert len({each["kind"] for each in found}) == len(found)
    return {each["kind"]: each for each in found}


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
def test_helm_has_nothing_to_say(values):
    report = helm.lint(CHART, values, strict=True)
    assert (report["messages"], report["errors"]) == ([], [])


@pytest.mark.parametrize("version", ["1.27", "1.34"])
@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
def test_what_is_rendered_is_what_kubernetes_knows(values, version):
    for kind, manifest in rendered(values).items():
        if kind == "ServiceMonitor":  # of the Prometheus operator, which has no schema here
            continue
        kubernetes.validate(manifest, version, strict=True)


def test_the_schemas_are_strict():
    manifest = rendered({})["StatefulSet"]
    manifest["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(manifest, "1.34", strict=True)


@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 0},
        {"replica": 2},
        {"image": {"repository": ""}},
        {"persistence": {"accessMode": "ReadOnlyMany"}},
        {"persistence": {"size": "many"}},
        {"secrets": {"PATH": "/bin"}},
        {"settings": {"serve": 2}},
        {"service": {"port": 0}},
    ],
)
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(helm.HelmError):
        rendered(values)


def test_more_pods_than_a_volume_takes_are_refused():
    for many in ({"replicas": 2}, {"autoscaling": {"enabled": True}}):
        with pytest.raises(helm.HelmError, match="ReadWriteOnce"):
            rendered({**many, "persistence": {"accessMode": "ReadWriteOncePod"}})
    rendered({"persistence": {"accessMode": "ReadWriteOncePod"}})


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
def test_the_settings_are_settings_and_those_that_must_be_are_fixed(values, tmp_path):
    asked = {**values, "settings": {"search": {"page_size": 12}, "serve": {"port": 9, "workers": 3}}}
    text = rendered(asked)["ConfigMap"]["data"]["wares.toml"]
    (tmp_path / "wares.toml").write_text(text)
    config = Config.load(tmp_path / "wares.toml", environment={})
    assert (config.search.page_size, config.serve.workers) == (12, 3)
    assert (config.serve.port, config.serve.host, str(config.shop.folder)) == (8000, "0.0.0.0", "/data/shop")
    assert tomllib.loads(text)["serve"]["metrics"] == "open"


def pod(values: dict) -> tuple[dict, dict]:
    spec = rendered(values)["StatefulSet"]["spec"]["template"]["spec"]
    return spec, spec["containers"][0]


def test_the_pod_may_do_no_more_than_it_must():
    spec, shop = pod({})
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] == 10001
    assert shop["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["mountPath"]: mount.get("readOnly", False) for mount in shop["volumeMounts"]} == {
        "/data": False,
        "/tmp": False,
        "/etc/wares": True,
    }
    assert {mount["name"] for mount in shop["volumeMounts"]} == {volume["name"] for volume in spec["volumes"]}


def test_probes_ask_what_they_should():
    spec, shop = pod({})
    asked = {name: shop[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert asked == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    readiness = shop["readinessProbe"]
    drain = tomllib.loads(rendered({})["ConfigMap"]["data"]["wares.toml"])["serve"]["drain_seconds"]
    # Who sends requests sees that the pod leaves before it does, and it has left before it is killed.
    assert readiness["periodSeconds"] * readiness["failureThreshold"] < drain
    assert drain + 30 <= spec["terminationGracePeriodSeconds"]


def test_pods_that_share_a_volume_share_a_node():
    assert "affinity" not in pod({})[0]
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "wares", "app.kubernetes.io/instance": "shop"}},
    }
    for many in ({"replicas": 2}, {"autoscaling": {"enabled": True}}, ALL):
        affinity = pod(many)[0]["affinity"]
        assert affinity["podAffinity"] == {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    assert affinity["nodeAffinity"] == {}


def test_everything_finds_the_pods():
    found = rendered(ALL)
    labels = found["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    for selector in (
        found["StatefulSet"]["spec"]["selector"]["matchLabels"],
        found["Service"]["spec"]["selector"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    assert (
        found["ServiceMonitor"]["spec"]["selector"]["matchLabels"].items()
        <= found["Service"]["metadata"]["labels"].items()
    )
    target = found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("StatefulSet", found["StatefulSet"]["metadata"]["name"])
    assert "replicas" not in found["StatefulSet"]["spec"]
    assert [each["type"] for each in found["HorizontalPodAutoscaler"]["spec"]["metrics"]] == ["Resource", "Pods"]


def test_secrets_are_in_the_secret_alone():
    found = rendered(ALL)
    assert found["Secret"]["stringData"] == ALL["secrets"]
    others = yaml.safe_dump([manifest for kind, manifest in found.items() if kind != "Secret"])
    assert "postgresql" not in others
    sources = [each["secretRef"]["name"] for each in pod(ALL)[1]["envFrom"]]
    assert sources == ["of-mine", "shop"]


def test_new_settings_make_new_pods():
    def sums(values: dict) -> str:
        return rendered(values)["StatefulSet"]["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]

    assert sums({}) != sums({"settings": {"search": {"page_size": 12}}})


def test_an_uninstall_keeps_the_shop():
    assert rendered({})["PersistentVolumeClaim"]["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert "PersistentVolumeClaim" not in rendered(CASES["little"])


def test_the_chart_is_of_this_version():
    with helm.Chart.load(CHART) as chart:
        assert chart.metadata["appVersion"] == __version__
        assert chart.schema is not None
        assert set(chart.values) <= set(chart.schema["properties"])
