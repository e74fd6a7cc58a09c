"""Write down what the real Helm makes of the real charts, for machines that have neither: `make charts` runs this.

For each fixed combination of options, and each version of the charts, `recorded.json` has the digest of every object.
"""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from combinations import FIXED, KUBERNETES
from helm_side import helms, parsed

from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.patches import name_of
from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.shapes import shipped_versions

RECORDED = Path(__file__).with_name("recorded.json")


def digests(manifests):
    """Return the digest of each object, by its name, in the order of the objects."""
    return [f"{name_of(manifest)} {_digest(manifest)}" for manifest in manifests]


def _digest(manifest):
    return sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]


def main():
    """Render every combination, for each version of Kubernetes, of which all must give the same."""
    helm, folder, cases = Helm(), Path(os.environ["EKS_GPU_CHART_DIR"]), {}
    for plugin in PLUGINS.values():
        for version in shipped_versions(plugin):
            for name, (written, settings) in FIXED[plugin.name].items():
                archive = folder / f"{plugin.name}-{version}.tgz"
                options = parsed(plugin.name, written | {"version": version})
                each = [
                    digests(helms(helm, archive, plugin.name, options, settings, kubernetes))
                    for kubernetes in KUBERNETES
                ]
                if any(other != each[0] for other in each):
                    raise SystemExit(f"{plugin.name} {version} looks at the version of Kubernetes: {name}")
                cases[f"{plugin.name} {version} {name}"] = each[0]
    recorded = {"helm": helm.version, "kubernetes": KUBERNETES, "cases": cases}
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
