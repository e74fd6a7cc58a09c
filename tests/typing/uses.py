"""What an app of a user's own writes: mypy and pyright have nothing to say of it, and it runs."""

from pathlib import Path

from cdk8s_eks_gpu import (
    AmiSelectorTerm,
    BlockDeviceMapping,
    Budget,
    Capacity,
    Cluster,
    ClusterConfig,
    ContainerResources,
    Disruption,
    Ebs,
    EfaDevicePlugin,
    EfaDevicePluginOptions,
    EfaSmokeTest,
    EfaSmokeTestOptions,
    EksGpuError,
    ExtraManifests,
    GpuApp,
    GpuSmokeTest,
    GpuSmokeTestOptions,
    GpuStack,
    Ignore,
    Image,
    Kubelet,
    MetadataOptions,
    NodeClass,
    NodeClassOptions,
    NodePool,
    NodePoolOptions,
    NvidiaConfiguration,
    NvidiaDevicePlugin,
    NvidiaDevicePluginOptions,
    Plugins,
    Report,
    Requirement,
    RootVolume,
    RuleId,
    SecurityGroupSelectorTerm,
    Severity,
    SmokeTests,
    StaticCapacity,
    SubnetSelectorTerm,
    Taint,
    TimeSlicing,
    Toleration,
    cdk8s,
    check_paths,
    ignore,
    reports,
    versions,
)

REASON = "It is meant to be so."


def nodes() -> tuple[NodeClassOptions, NodePoolOptions]:
    """Return options of a node class and a pool, nested ones among them."""
    node_class = NodeClassOptions(
        role="nodes",
        ami_family="AL2023",
        ami_selector_terms=[AmiSelectorTerm(alias="al2023@v20250920")],
        subnet_selector_terms=[SubnetSelectorTerm(tags={"team": "gpu"})],
        security_group_selector_terms=[SecurityGroupSelectorTerm(tags={"team": "gpu"})],
        block_device_mappings=[
            BlockDeviceMapping(device_name="/dev/xvda", ebs=Ebs(volume_size="300Gi", encrypted=True))
        ],
        metadata_options=MetadataOptions(http_tokens="required"),
        kubelet=Kubelet(max_pods=110),
    )
    pool = NodePoolOptions(
        node_class="gpu",
        requirements=[Requirement(key="karpenter.k8s.aws/instance-family", operator="In", values=("p5", "p5e"))],
        taints=(Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule"),),
        limits={"nvidia.com/gpu": 64, "memory": "2Ti"},
        disruption=Disruption(
            consolidation_policy="WhenEmpty",
            consolidate_after="30m",
            budgets=[Budget(nodes="1")],
        ),
    )
    return node_class, pool


def compose(app: cdk8s.App) -> None:
    """Compose the constructs one by one."""
    chart = cdk8s.Chart(app, "nodes", labels={"team": "gpu"})
    node_class, pool = nodes()
    result = NodeClass(chart, "gpu", node_class)
    pools: list[NodePool] = [NodePool(chart, "p5", pool, name="training")]
    shared = NvidiaConfiguration(time_slicing=TimeSlicing(replicas=4))
    plugins = cdk8s.Chart(app, "plugins")
    nvidia = NvidiaDevicePlugin(
        plugins,
        "nvidia",
        NvidiaDevicePluginOptions(configurations={"shared": shared}, tolerations=[Toleration(operator="Exists")]),
    )
    EfaDevicePlugin(plugins, "efa", EfaDevicePluginOptions(image=Image(tag="v0.5.30")), region="eu-west-1")
    tests = cdk8s.Chart(app, "tests")
    GpuSmokeTest(tests, "gpu", GpuSmokeTestOptions(resources=ContainerResources(limits={"cpu": 1})))
    EfaSmokeTest(tests, "efa", EfaSmokeTestOptions(node_pool=pools[0].name))
    result.resource.add_json_patch(cdk8s.JsonPatch.add("/spec/tags", {"team": "gpu"}))
    nvidia.objects["Namespace/nvidia"].metadata.add_label("team", "gpu")
    rules: list[RuleId] = ["efa/plugin-without-device", "apply/privileged"]
    for rule in rules:
        ignore(plugins, rule, reason=REASON, object="DaemonSet/*")
    versions(app, karpenter="1.14.1", kubernetes="1.34")


def configuration() -> ClusterConfig:
    """Return in Python what `load_cluster` reads from a file."""
    return ClusterConfig(
        cluster=Cluster(name="training", kubernetes_version="1.34", karpenter_version="1.14.1", region="us-west-2"),
        node_classes={
            "gpu": NodeClassOptions(
                role="nodes", ami="al2023@v20250920", discovery="training", root_volume=RootVolume(size="300Gi")
            )
        },
        node_pools={
            "train": NodePoolOptions(
                node_class="gpu",
                instance_types=["p5.48xlarge"],
                efa="ip-optimized",
                capacity=Capacity(
                    reservations=["cr-0123456789abcdef0"], zone="us-west-2a", static=StaticCapacity(replicas=2)
                ),
            )
        },
        plugins=Plugins(nvidia=NvidiaDevicePluginOptions(), efa=EfaDevicePluginOptions()),
        smoke_tests=SmokeTests(gpu=GpuSmokeTestOptions()),
        ignore=[Ignore(rule="versions/feature-gate", object="NodePool/train", reason=REASON)],
    )


def worst(found: tuple[Report, ...]) -> Severity:
    """Return how bad the worst finding is."""
    severities = {finding.severity for report in found for finding in report.findings}
    return next((severity for severity in Severity if severity in severities), Severity.NOTE)


def main(folder: Path) -> Severity:
    """Write two apps, one of them with manifests of a user's own, and return how bad the worst finding is."""
    plain = cdk8s.App(outdir=str(folder / "plain"))
    compose(plain)
    plain.synth()
    app = GpuApp(str(folder / "dist"))
    stack = GpuStack(app, configuration())
    ExtraManifests(cdk8s.Chart(app, "own"), "files", [folder / "own.yaml"])
    try:
        app.synth()
    except EksGpuError as error:
        raise SystemExit(str(error)) from error
    names: list[str] = [*stack.node_pools, *(chart.node.id for chart in stack.charts)]
    assert names, check_paths([str(folder / "dist")]).findings
    return worst((*reports(plain), *reports(app)))


if __name__ == "__main__":
    Path("own.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: own}\n", encoding="utf-8")
    print(main(Path()))
