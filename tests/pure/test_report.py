"""The page of `eks-gpu report`, as values and as HTML."""

import re
from html.parser import HTMLParser

import pytest
import yaml
from markupsafe import escape
from msgspec.structs import replace

from cdk8s_eks_gpu.explain import PoolError, difference, explain
from cdk8s_eks_gpu.manifests import read_texts
from cdk8s_eks_gpu.manifests.folder import NotChecked
from cdk8s_eks_gpu.preflight.check import check_part
from cdk8s_eks_gpu.preflight.versions import Wanted, by_cluster
from cdk8s_eks_gpu.provisioning.cluster import Cluster
from cdk8s_eks_gpu.report import report_page, to_html
from cdk8s_eks_gpu.report.placement import MOST_BOXES, MOST_LINES

PARTS = {"changes", "findings", "pools", "placement", "capacity", "efa"}
KARPENTER, KUBERNETES = "1.14", "1.34"


def pool(name, *requirements, taints=(), node_class="gpu"):
    """Return a NodePool."""
    spec = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": node_class},
        "requirements": [{"key": key, "operator": "In", "values": values} for key, values in requirements],
        "taints": list(taints),
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {"template": {"spec": spec}},
    }


def of_types(name, *types, **others):
    """Return a NodePool of instance types."""
    return pool(name, ("node.kubernetes.io/instance-type", list(types)), **others)


def node_class(name, interfaces=None):
    """Return an EC2NodeClass, with the network interfaces if there are some."""
    spec = {
        "role": "nodes",
        "amiSelectorTerms": [{"alias": "al2023@v20260917"}],
        "subnetSelectorTerms": [{"id": "subnet-0123456789"}],
        "securityGroupSelectorTerms": [{"id": "sg-0123456789"}],
    }
    if interfaces is not None:
        keys = ("networkCardIndex", "deviceIndex", "interfaceType")
        spec["networkInterfaces"] = [dict(zip(keys, interface, strict=True)) for interface in interfaces]
    return {
        "apiVersion": "karpenter.k8s.aws/v1",
        "kind": "EC2NodeClass",
        "metadata": {"name": name},
        "spec": spec,
    }


def pod(name, requests=None, tolerations=()):
    """Return a Pod."""
    container = {"name": "main", "image": "main:1", "resources": {"limits": requests or {}, "requests": requests or {}}}
    spec = {"containers": [container], "tolerations": list(tolerations)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def page_of(*objects, **others):
    """Return the page about the objects."""
    sources = read_texts({"all.yaml": yaml.safe_dump_all(objects)})
    (part,) = by_cluster(sources, ["all.yaml"], Wanted(KARPENTER, KUBERNETES))
    cluster = Cluster(sources.objects, KARPENTER)
    return report_page("a title", check_part(part), versions=part.checked_for, answer=explain(cluster), **others)


def test_the_matrix_has_a_row_for_each_family_and_a_column_for_each_pool():
    """A cell says how many of a family's types a pool launches, of how many, and which sizes."""
    page = page_of(of_types("big", "p5.48xlarge"), of_types("both", "p5.48xlarge", "g6.xlarge"))
    assert page.matrix.pools == ("big", "both")
    rows = {row.family: row for row in page.matrix.rows}
    assert list(rows) == ["g6", "p5"]
    assert [(cell.count, cell.of, cell.sizes) for cell in rows["p5"].cells] == [
        (1, 2, ("48xlarge",)),
        (1, 2, ("48xlarge",)),
    ]
    assert [cell.count for cell in rows["g6"].cells] == [0, 1]
    assert (rows["p5"].gpu, rows["p5"].architecture, rows["p5"].has_efa) == ("h100", "amd64", True)


def test_a_line_joins_a_workload_with_each_pool_that_can_host_it():
    """A pod that does not tolerate a pool's taint has no line to it, and its section says why."""
    taint = {"key": "team", "value": "a", "effect": "NoSchedule"}
    page = page_of(of_types("open", "g6.xlarge"), of_types("closed", "g6.xlarge", taints=[taint]), pod("job"))
    assert [(link.workload.name, link.pool.name, link.style) for link in page.placement.links] == [
        ("Pod/job", "open", "hosts")
    ]
    assert '<summary>Pod/job<span class="where">open</span>' in to_html(page)
    (section,) = page.workloads
    assert any("did not tolerate taint team=a:NoSchedule" in note for note in section.notes)


def test_a_pool_whose_nodes_have_errors_is_no_place_to_go():
    """The line is one of its own, with the rule, and the folded workload does not name the pool."""
    objects = (of_types("gpu", "g6.xlarge"), pod("job"))
    sources = read_texts({"all.yaml": yaml.safe_dump_all(objects)})
    (part,) = by_cluster(sources, ["all.yaml"], Wanted(KARPENTER, KUBERNETES))
    cluster = Cluster(sources.objects, KARPENTER)
    error = PoolError("ami/al2-gone", "There is none.", launches=False)
    answer = explain(cluster, errors={cluster.pools[0].manifest: (error,)})
    page = report_page("a title", check_part(part), versions=part.checked_for, answer=answer)
    (link,) = page.placement.links
    assert link.style == "fails"
    assert link.title.endswith("1 of 1 instance types, but check has errors about its nodes: ami/al2-gone")
    html = to_html(page)
    assert '<summary>Pod/job<span class="where">no pools</span>' in html
    assert "types fit, but there are errors about the nodes" in html
    assert "there are errors about the nodes" not in to_html(page_of(*objects))


def test_more_than_can_be_followed_by_eye_is_not_drawn():
    """With many workloads the page has their sections and says that there is no drawing."""
    pods = [pod(f"pod-{number}") for number in range(MOST_BOXES + 1)]
    page = page_of(of_types("gpu", "g6.xlarge"), *pods)
    assert not page.placement.fits
    html = to_html(page)
    assert "There are too many to draw" in html
    assert html.count("<summary>Pod/pod-") == len(pods)


def test_what_many_pools_have_in_common_stands_once():
    """Findings of one rule are folded behind the first, and pools of which the same is said stand together."""
    pools = [of_types(f"pool-{number}", "p5.48xlarge") for number in range(10)]
    page = page_of(node_class("gpu"), *pools, *(pod(f"job-{number}") for number in range(9)))
    names = [f"pool-{number}" for number in range(10)]
    assert len(page.placement.links) > MOST_LINES
    assert not page.placement.fits
    assert list(page.capacity) == [", ".join(names)]
    assert [node.title for node in page.nodes] == [f"{', '.join(names)}: p5.48xlarge"]
    html = to_html(page)
    rule = next(found for rules in page.findings.values() for found in rules if len(found) == len(pools))[0].rule.id
    assert html.count(f"<summary><code>{rule}</code>: 9 more</summary>") == 1
    assert html.count(f"<p><code>{rule}</code>") == len(pools)


def test_the_families_stand_across_where_there_are_many_pools():
    """A page in print has room for the families of a row, and not for a column for each of many pools."""
    few_pools, many_pools = (
        to_html(page_of(*(of_types(f"pool-{number}", "g6.xlarge") for number in range(count)))) for count in (8, 9)
    )
    assert '<th scope="row">g6</th>' in few_pools
    assert '<th scope="row">pool-8</th>' in many_pools
    assert '<th scope="col">g6<br>l4</th>' in many_pools


def test_a_folded_workload_says_where_it_goes():
    """Many pools are counted; a workload without a pool says so before anybody opens it."""
    pools = [of_types(f"pool-{number}", "g6.xlarge") for number in range(4)]
    html = to_html(page_of(*pools, pod("fits"), pod("never", {"nvidia.com/gpu": "9"})))
    assert '<summary>Pod/fits<span class="where">4 pools</span>' in html
    assert '<summary>Pod/never<span class="where">no pools</span>' in html


def test_what_stands_in_backticks_is_code():
    """A fix shows the field to set as code, and a finding links to its source."""
    html = to_html(page_of(of_types("gpu", "g6.xlarge"), pod("job")))
    found = re.findall(r"<p><b>Fix:</b> (.*)</p>", html)
    assert any("<code>" in text for text in found)
    assert not any("`" in text for text in found)
    assert re.search(r'<p class="place">all.yaml:\d+ <a href="https://', html)


def test_the_cards_of_a_node_carry_the_interfaces_of_its_class():
    """Each interface stands at its card and place; the rest of the places is free."""
    interfaces = [(0, 0, "interface"), (0, 1, "efa-only"), (1, 0, "efa-only"), (4, 1, "interface")]
    page = page_of(node_class("gpu", interfaces), of_types("gpu", "p5.48xlarge"))
    (node,) = page.nodes
    assert (node.efa, node.on_request, node.title) == (2, False, "gpu: p5.48xlarge")
    assert [card.slots for card in node.cards[:5]] == [
        ("primary", "efa-only"),
        ("efa-only", "free"),
        ("free", "free"),
        ("free", "free"),
        ("free", "interface"),
    ]
    assert len(node.cards) == 32


def test_without_interfaces_in_the_class_efa_is_there_on_request():
    """Karpenter then puts an EFA on each card from the first, if the pod asks; one card of this type carries none."""
    page = page_of(node_class("gpu"), of_types("gpu", "p6-b300.48xlarge"))
    (node,) = page.nodes
    assert (node.on_request, node.efa) == (True, 16)
    assert [card.slots[0] for card in node.cards] == ["impossible"] + ["on-request"] * 15 + ["free"]
    assert [card.carries_efa for card in node.cards] == [False] + [True] * 16
    assert "EFA on a card that carries none: EC2 starts no node" in to_html(page)


def test_capacity_says_where_nodes_come_from_and_when_they_end():
    """Each statement stands with its reason and its source, as `explain` answers it."""
    page = page_of(node_class("gpu"), of_types("gpu", "g6.xlarge"))
    assert {statement.topic for statement in page.capacity["gpu"]} >= {"from", "end"}
    html = to_html(page)
    for statement in page.capacity["gpu"]:
        assert escape(statement.text) in html
        assert f'href="{statement.source}"' in html


def test_what_was_met_and_not_checked_is_named():
    """A Helm chart beside the manifests is no part of the page, as it is none of what `check` and `explain` say."""
    sources = replace(read_texts({"a.yaml": yaml.safe_dump(pod("job"))}), not_checked=(NotChecked("Helm chart", "."),))
    (part,) = by_cluster(sources, ["a.yaml"], Wanted(KARPENTER, KUBERNETES))
    answer = explain(Cluster(sources.objects, KARPENTER))
    page = report_page("a title", check_part(part), versions=part.checked_for, answer=answer)
    assert "Not checked: 1 Helm chart." in page.versions


def test_text_of_the_manifests_is_escaped():
    """What a manifest says cannot become part of the page's markup."""
    html = to_html(page_of(of_types("<script>alert(1)</script>", "g6.xlarge"), pod("<b>x</b>")))
    assert "<script" not in html
    assert "<b>x</b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


class _Tags(HTMLParser):
    """Collects what a page is made of, and fails on elements that are not closed in order."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def whole():
    """Return the HTML of a page that has every part."""
    objects = (
        node_class("gpu", [(0, 0, "interface"), (0, 1, "efa-only")]),
        of_types("gpu", "p5.48xlarge"),
        of_types("other", "g6e.24xlarge", node_class="missing"),
        pod("job", {"nvidia.com/gpu": "8"}),
    )
    before = Cluster(read_texts({"a.yaml": yaml.safe_dump_all(objects[:2])}).objects, KARPENTER)
    after = Cluster(read_texts({"a.yaml": yaml.safe_dump_all(objects)}).objects, KARPENTER)
    return to_html(page_of(*objects, compared_with="main", difference=difference(explain(before), explain(after))))


def test_the_page_is_well_formed_and_needs_nothing_beside_it(whole):
    """There is no script, and nothing that a browser would load from elsewhere."""
    tags = _Tags()
    tags.feed(whole)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.found}
    assert not any({"src", "srcset", "data", "background"} & attrs.keys() for _, attrs in tags.found)
    assert not re.search(r"url\(|@import", whole)


def test_the_page_is_usable_by_keyboard(whole):
    """Links lead to parts that are there, and what scrolls can be focused and has a name."""
    tags = _Tags()
    tags.feed(whole)
    ids = [attrs["id"] for _, attrs in tags.found if "id" in attrs]
    links = [attrs["href"] for tag, attrs in tags.found if tag == "a" and attrs["href"].startswith("#")]
    assert {link.removeprefix("#") for link in links} == set(ids) == PARTS
    scrolling = [attrs for _, attrs in tags.found if attrs.get("class") == "wide"]
    assert scrolling
    assert all(attrs["tabindex"] == "0" and attrs["aria-label"] for attrs in scrolling)


def test_the_page_is_the_same_each_time(whole):
    """The page has neither a date nor anything else that changes from run to run."""
    objects = (of_types("gpu", "p5.48xlarge"), pod("job"))
    assert to_html(page_of(*objects)) == to_html(page_of(*objects))
    assert "Changes since main" in whole
