"""What the real Helm makes of the real charts, with the values that typed options stand for."""

from cdk8s_eks_gpu.charts.efa import efa_values
from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.manifests import safe_manifests
from cdk8s_eks_gpu.charts.nvidia import nvidia_values
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.plugins import plugin_manifests
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions

CHARTS = {
    NVIDIA.name: (NvidiaDevicePluginOptions, nvidia_values, NVIDIA),
    EFA.name: (EfaDevicePluginOptions, efa_values, EFA),
}
# NVIDIA's chart refuses the namespace `default` unless it is told that this is meant.
ANYWHERE = {"allowDefaultNamespace": True}


def parsed(chart, written):
    """Return the options that somebody wrote into cluster.yaml."""
    return CHARTS[chart][0].model_validate(written)


def ours(chart, options, settings):
    """Return the objects without Helm."""
    _, values, plugin = CHARTS[chart]
    return plugin_manifests(plugin, options, values(options, **settings))


def helms(helm, archive, chart, options, settings, kubernetes):
    """Return the objects with Helm."""
    values = CHARTS[chart][1](options, **settings)
    rendered = helm.template(
        archive,
        release=options.release,
        namespace=options.namespace,
        kubernetes_version=kubernetes,
        layers=[values, ANYWHERE if chart == NVIDIA.name else {}],
    )
    return safe_manifests(rendered.manifests, options.namespace)
