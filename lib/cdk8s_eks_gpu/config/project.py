"""The configuration files of a project, and where the manifests of each go.

`cluster.yaml` goes to dist/ itself, and each file of the folder clusters/ to the folder of its cluster in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk8s_eks_gpu.config.extends import EXTENDS
from cdk8s_eks_gpu.errors import ConfigError, Problem
from cdk8s_eks_gpu.manifests.single_document import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdk8s_eks_gpu.config.cluster import ClusterConfig

CLUSTER = "cluster.yaml"
CLUSTERS = "clusters"
_NOT_A_CLUSTER = "smoke-tests"


def project_files(folder: Path = Path()) -> list[str]:
    """Return the configuration files of the project in a folder: cluster.yaml, and those of clusters/.

    A file that others extend and that names no cluster is only a base. Of a project without any file, it is the
    cluster.yaml that is missing.
    """
    files = [folder / CLUSTER] if (folder / CLUSTER).is_file() else []
    files += files_in(folder / CLUSTERS)
    return without_bases([str(file) for file in files]) or [str(folder / CLUSTER)]


def files_in(folder: Path) -> list[Path]:
    """Return the configuration files in a folder such as clusters/."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.name[0] != "." and path.is_file()
    )


def without_bases(files: Sequence[str]) -> list[str]:
    """Return the files without those that others of them extend and that name no cluster."""
    data = {file: _data(file) for file in files}
    extended = {
        os.path.realpath(Path(file).parent / base)
        for file, content in data.items()
        if isinstance(base := content.get(EXTENDS), str)
    }
    return [file for file in files if os.path.realpath(file) not in extended or _names_a_cluster(data[file])]


def outputs(configs: Mapping[str, ClusterConfig], root: Path) -> dict[str, Path]:
    """Return the directory for each configuration, given by its file.

    Raises:
        ConfigError: Two of them have the same one.
    """
    found: dict[str, Path] = {}
    taken: dict[str, str] = {}
    for file, config in configs.items():
        path = Path(file)
        is_alone = path.name == CLUSTER or (len(configs) == 1 and path.absolute().parent.name != CLUSTERS)
        name = "" if is_alone else config.cluster.name
        other = "a folder of test Pods" if name == _NOT_A_CLUSTER else taken.get(name.casefold())
        if other is not None:
            where = root / name
            problem = f"the manifests of '{config.cluster.name}' would go to {where}, which is that of {other}"
            raise ConfigError(file, [Problem("cluster.name", problem)])
        taken[name.casefold()] = file
        found[file] = root / name
    return found


def _data(file: str) -> dict[str, Any]:
    try:
        data = read_file(file).data
    except ConfigError:  # It is reported when the file is loaded.
        return {}
    return data if isinstance(data, dict) else {}


def _names_a_cluster(data: Mapping[str, Any]) -> bool:
    cluster = data.get("cluster")
    return isinstance(cluster, dict) and "name" in cluster
