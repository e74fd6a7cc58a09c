"""Selectors, affinities, taints and tolerations of manifests: what they mean, and what is refused of them."""

import pytest
from tests.pure.provisioning.manifests import pod, pool

from cdk8s_eks_gpu import vocabulary
from cdk8s_eks_gpu.admission import refusals
from cdk8s_eks_gpu.admission.schema.releases import release
from cdk8s_eks_gpu.manifests import Document, KubernetesObject
from cdk8s_eks_gpu.manifests.cursor import Cursor
from cdk8s_eks_gpu.provisioning.pod import read_pod
from cdk8s_eks_gpu.releases import DEFAULT_KARPENTER, DEFAULT_KUBERNETES, kubernetes_minor
from cdk8s_eks_gpu.requirements import Requirement, Requirements, Taint, Toleration
from cdk8s_eks_gpu.requirements.node_selector import read_requirement, read_taints, read_tolerations


def terms(spec):
    """Return what a pod with this spec asks of a node's labels, term by term."""
    return read_pod(Cursor(spec)).terms


def refused(manifest):
    """Return what is refused of the manifest as `path: message fix`."""
    found = KubernetesObject("test.yaml", Document(manifest, 1, 1, ""), manifest)
    versions = (release(DEFAULT_KARPENTER), kubernetes_minor(DEFAULT_KUBERNETES))
    return [f"{each.path}: {each.message} {each.fix}" for each in refusals(found, *versions)]


def affinity(*terms, selector=None):
    """Return a pod's spec with the terms as its required node affinity."""
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"nodeSelector": selector or {}, "affinity": {"nodeAffinity": required}}


def term(key, operator, *values):
    """Return a term of one expression."""
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def test_node_selector_and_terms():
    """Terms are alternatives, and the nodeSelector holds with each of them."""
    spec = affinity(term("a", "In", "1"), term("b", "Gt", "4"), selector={"beta.kubernetes.io/arch": "arm64"})
    arch = Requirement.of(vocabulary.ARCH, "In", "arm64")
    assert terms(spec) == (
        Requirements([arch, Requirement.of("a", "In", "1")]),
        Requirements([arch, Requirement.of("b", "Gt", "4")]),
    )


def test_term_of_fields_alone():
    """A term that asks only for fields asks for no labels; one that is empty matches no node, and is no term."""
    fields = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node"]}]}
    exists = Requirements([Requirement.of("a", "Exists")])
    assert terms(affinity(fields, term("a", "Exists"))) == (Requirements(), exists)
    assert terms(affinity({}, term("a", "Exists"))) == (exists,)


def test_several_expressions_of_one_key_are_intersected():
    """All expressions of a term must hold."""
    expressions = [*term("a", "In", "1", "2")["matchExpressions"], *term("a", "NotIn", "2")["matchExpressions"]]
    assert terms(affinity({"matchExpressions": expressions})) == (Requirements([Requirement.of("a", "In", "1")]),)


def test_preferences_stand_beside_the_terms():
    """A preferred affinity is none of the terms: the heaviest comes first among the preferences."""
    weighted = [{"weight": weight, "preference": term("a", "In", str(weight))} for weight in (1, 100)]
    spec = {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": weighted}}}
    assert terms(spec) == (Requirements(),)
    assert read_pod(Cursor(spec)).preferences == tuple(
        Requirements([Requirement.of("a", "In", value)]) for value in ("100", "1")
    )


@pytest.mark.parametrize("spec", [{}, {"nodeSelector": None, "affinity": None}, {"affinity": {"nodeAffinity": {}}}])
def test_no_selector(spec):
    """A pod without selectors has one alternative that asks for nothing."""
    assert terms(spec) == (Requirements(),)


MALFORMED = [
    ({"nodeSelector": ["a"]}, "spec.nodeSelector: "),
    ({"nodeSelector": {"example.com/a": True}}, 'spec.nodeSelector["example.com/a"]: '),
    (affinity(), "nodeSelectorTerms: Required value"),
    (affinity(term("a", "Matches", "1")), 'operator: Unsupported value: "Matches"'),
    (affinity(term("a", "notin", "1")), "Did you mean NotIn?"),
    (affinity(term("a", "Gte", "1")), 'operator: Unsupported value: "Gte"'),
    (affinity(term("a", "In")), "values: Required value"),
    (affinity(term("a", "Exists", "1")), "values: Forbidden"),
    (affinity(term("", "Exists")), "key: "),
]


@pytest.mark.parametrize(("spec", "problem"), MALFORMED)
def test_malformed_selectors(spec, problem):
    """What the API server refuses of a selector is refused with its path and the server's words."""
    assert any(problem in line for line in refused(pod(**spec)))


@pytest.mark.parametrize("spec", [spec for spec, _ in MALFORMED])
def test_malformed_selectors_end_in_no_traceback(spec):
    """Whoever reads a selector that is refused gets the terms that can be read."""
    assert terms(spec)


def test_all_problems_are_collected():
    """Nothing is left unsaid after the first problem."""
    spec = affinity(term("a", "Matches"), term("b", "In"))
    assert len(refused(pod(**spec))) == 2


def test_requirement_with_min_values():
    """A NodePool's requirement has minValues."""
    data = {"key": "a", "operator": "In", "values": ["1", "2"], "minValues": 2}
    assert read_requirement(Cursor(data)) == Requirement.of("a", "In", "1", "2", min_values=2)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            {"key": "karpenter.k8s.aws/instance-famly", "operator": "In", "values": ["p5"]},
            "Did you mean karpenter.k8s.aws/instance-family?",
        ),
        ({"key": "karpenter.sh/custom", "operator": "Exists"}, "requirements[0].key: "),
        ({"key": "kubernetes.io/hostname", "operator": "Exists"}, "requirements[0].key: "),
        (
            {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on_demand"]},
            'supported values: "on-demand", "reserved", "spot"',
        ),
        ({"key": "a", "operator": "In", "values": ["1"], "minValues": 2}, "requirements"),
        ({"key": "a", "operator": "Gt", "values": ["-1"]}, "requirements"),
        ({"key": "a", "operator": "Gt", "values": [1]}, "requirements[0].values[0]: "),
    ],
)
def test_requirements_that_karpenter_refuses(data, problem):
    """A NodePool's requirement that Karpenter's validation refuses is refused here, with a hint."""
    assert any(problem in line for line in refused(_valid_pool(data)))


@pytest.mark.parametrize("key", ["team", "example.com/team", "kubernetes.io/arch", "node.kubernetes.io/windows-build"])
def test_labels_that_a_pool_may_require(key):
    """Labels of one's own and well-known labels are fine."""
    assert refused(_valid_pool({"key": key, "operator": "Exists"})) == []


def _valid_pool(*requirements, **spec):
    manifest = pool(*requirements, **spec)
    del manifest["spec"]["limits"]
    return manifest


def test_taints_and_tolerations():
    """Taints and tolerations are read with Kubernetes' defaults."""
    taints = [{"key": "a", "effect": "NoSchedule"}, {"key": "b", "effect": "NoExecute", "value": "c"}]
    assert read_taints(Cursor(taints)) == (Taint("a", "NoSchedule"), Taint("b", "NoExecute", "c"))
    tolerations = [{"key": "a", "value": "b"}, {"operator": "Exists", "effect": "NoExecute"}]
    assert read_tolerations(Cursor(tolerations)) == (
        Toleration("a", "Equal", "b"),
        Toleration("", "Exists", effect="NoExecute"),
    )


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (_valid_pool(taints=[{"key": "a", "effect": "NoSchedul"}]), "Did you mean NoSchedule?"),
        (_valid_pool(taints=[{"effect": "NoSchedule"}]), "taints[0].key: Required value"),
        (pod(tolerations={"key": "a"}), "spec.tolerations: "),
        (pod(tolerations=[{"key": "a", "operator": "Exist"}]), "Did you mean Exists?"),
        (pod(tolerations=[{"key": "a", "effect": "NoRun"}]), 'effect: Unsupported value: "NoRun"'),
        (pod(tolerations=[{"value": "a"}]), "tolerations[0].operator: "),
    ],
)
def test_malformed_taints_and_tolerations(manifest, problem):
    """Unknown effects and operators are refused with a hint."""
    assert any(problem in line for line in refused(manifest))
