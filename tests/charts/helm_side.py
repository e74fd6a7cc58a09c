"""What the real Helm makes of the real charts, with the values that typed options stand for."""

from cdk8s_eks_gpu.charts.efa import efa_values
from cdk8s_eks_gpu.charts.manifests import safe_manifests
from cdk8s_eks_gpu.charts.nvidia import nvidia_values
from cdk8s_eks_gpu.charts.plugins import efa_objects, nvidia_objects
from cdk8s_eks_gpu.config.efa import EfaDevicePluginOptions
from cdk8s_eks_gpu.config.nvidia import NvidiaDevicePluginOptions

CHARTS = {
    "nvidia-device-plugin": (NvidiaDevicePluginOptions, nvidia_values, nvidia_objects),
    "aws-efa-k8s-device-plugin": (EfaDevicePluginOptions, efa_values, efa_objects),
}
# NVIDIA's chart refuses the namespace `default` unless it is told that this is meant.
ANYWHERE = {"allowDefaultNamespace": True}


def parsed(chart, written):
    """Return the options that somebody wrote into cluster.yaml."""
    return CHARTS[chart][0].model_validate(written)


def ours(chart, options, settings):
    """Return the objects without Helm, but for the Namespace, which no chart has."""
    return CHARTS[chart][2](options.model_copy(update={"create_namespace": False}), **settings)


def helms(helm, archive, chart, options, settings, kubernetes):
    """Return the objects with Helm."""
    values = CHARTS[chart][1](options, **settings)
    rendered = helm.template(
        archive,
        release=options.release,
        namespace=options.namespace,
        kubernetes_version=kubernetes,
        layers=[values, ANYWHERE if chart == "nvidia-device-plugin" else {}],
    )
    return safe_manifests(rendered.manifests, options.namespace)
