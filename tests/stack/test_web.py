"""The web clients are built when their sources have changed, by the machine's Node or the wheel's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stack import node, web

BUILD = (
    "require('fs').mkdirSync('dist', {recursive: true}); require('fs').copyFileSync('src/page.txt', 'dist/page.txt')"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "page.txt").write_text("first")
    (folder / "build.cjs").write_text(BUILD)
    package = {"name": "tiny", "version": "1.0.0", "scripts": {"build": "node build.cjs"}}
    (folder / "package.json").write_text(json.dumps(package))
    lock = {"name": "tiny", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": package}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / ".cache" / "web"


def built(project: Path) -> str:
    return (project / "dist" / "page.txt").read_text()


def without_node(tmp_path: Path) -> str:
    """A PATH with a shell and the usual small programs, but no Node."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "env", "uname", "sed", "dirname", "cat"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return str(folder)


def test_a_build_happens_once_until_a_source_changes(project: Path, cache: Path) -> None:
    assert web.build(project, cache) is True
    assert built(project) == "first"
    assert web.build(project, cache) is False
    (project / "src" / "page.txt").write_text("second")
    assert web.build(project, cache) is True
    assert built(project) == "second"


def test_a_renamed_source_is_a_change(project: Path, cache: Path) -> None:
    before = web.digest(project)
    (project / "src" / "other.txt").write_text("")
    added = web.digest(project)
    (project / "src" / "other.txt").rename(project / "src" / "moved.txt")
    assert len({before, added, web.digest(project)}) == 3


def test_what_was_removed_is_built_again(project: Path, cache: Path) -> None:
    web.build(project, cache)
    shutil.rmtree(project / "dist")
    assert web.build(project, cache) is True


def test_installed_packages_and_results_are_no_sources(project: Path, cache: Path) -> None:
    before = web.digest(project)
    for name in ("node_modules", "dist"):
        (project / name).mkdir()
        (project / name / "x.js").write_text("x")
    assert web.digest(project) == before


def test_a_failed_build_says_why_and_is_tried_again(project: Path, cache: Path) -> None:
    (project / "build.cjs").write_text("console.error('no such room'); process.exit(3)")
    for _ in range(2):
        with pytest.raises(web.BuildFailed, match="no such room"):
            web.build(project, cache)
    (project / "build.cjs").write_text(BUILD)
    assert web.build(project, cache) is True


def test_a_machine_without_node_builds_with_the_wheels(project: Path, cache: Path, tmp_path: Path) -> None:
    path = without_node(tmp_path)
    assert not node.suitable(path)
    given = {**os.environ, "PATH": path}
    assert web.build(project, cache, given) is True
    assert built(project) == "first"
    found = node.node_environment(cache.parent, given)["PATH"]
    assert Path(shutil.which("npm", path=found) or "").parent == cache.parent / "node"
    assert node.suitable(found)


@pytest.mark.parametrize(
    ("node_version", "npm_version"), [("v18.20.4", "11.0.0"), ("v20.19.0", "10.8.2"), ("no", "no")]
)
def test_an_old_or_broken_node_is_passed_over(tmp_path: Path, node_version: str, npm_version: str) -> None:
    path = without_node(tmp_path)
    for name, version in (("node", node_version), ("npm", npm_version)):
        program = Path(path) / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    assert not node.suitable(path)


def test_a_suitable_node_of_the_machine_is_used(tmp_path: Path) -> None:
    path = without_node(tmp_path)
    for name, version in (("node", "v20.19.0"), ("npm", "11.4.0")):
        program = Path(path) / name
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    assert node.node_environment(tmp_path, {"PATH": path})["PATH"] == path


def test_the_wheels_npm_runs_below_a_folder_with_a_space(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    given = {**os.environ, "PATH": without_node(tmp_path)}
    environment = node.node_environment(folder, given)
    done = subprocess.run(["npm", "--version"], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout.split(".")[0]) >= node.OLDEST_NPM[0]
