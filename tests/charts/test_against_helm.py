"""Typed options without Helm give what the real Helm makes of the real charts, object by object."""

import json

import pytest
from combinations import FIXED, KUBERNETES, cluster_settings, efa_options, nvidia_options, regions
from helm_side import helms, ours, parsed
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from record import RECORDED, digests

from cdk8s_eks_gpu.charts.difference import differences
from cdk8s_eks_gpu.charts.efa_chart import EFA
from cdk8s_eks_gpu.charts.helm import Helm
from cdk8s_eks_gpu.charts.nvidia_chart import NVIDIA
from cdk8s_eks_gpu.charts.plugins import PLUGINS
from cdk8s_eks_gpu.charts.shapes import shipped_versions

CASES = json.loads(RECORDED.read_text(encoding="utf-8"))["cases"]
FIXED_CASES = [
    (plugin.name, version, name)
    for plugin in PLUGINS.values()
    for version in shipped_versions(plugin)
    for name in FIXED[plugin.name]
]


@pytest.mark.parametrize(("chart", "version", "name"), FIXED_CASES)
def test_every_fixed_combination_is_what_helm_rendered(chart, version, name):
    """Each object is the one that was recorded from the real Helm and chart, and they come in the same order."""
    written, settings_ = FIXED[chart][name]
    options = parsed(chart, written | {"version": version})
    assert digests(ours(chart, options, settings_)) == CASES[f"{chart} {version} {name}"]


def test_nothing_is_recorded_that_is_not_compared():
    """A combination that was taken off the list leaves no record behind."""
    assert sorted(CASES) == sorted(" ".join(case) for case in FIXED_CASES)


@pytest.fixture(scope="module")
def compare(helm, chart_folder):
    """Return the function that fails where typed options are not what Helm renders."""
    assert helm
    command = Helm()

    def compared(chart, written, settings_, kubernetes):
        options = parsed(chart, written)
        archive = chart_folder / f"{chart}-{options.version}.tgz"
        rendered = helms(command, archive, chart, options, settings_, kubernetes)
        filled = ours(chart, options, settings_)
        assert list(differences(rendered, filled)) == []
        assert filled == rendered  # their order too

    return compared


@pytest.mark.charts
class TestRealHelm:
    """The same with Helm itself, where the archives of the charts are."""

    @pytest.mark.parametrize(("chart", "version", "name"), FIXED_CASES[:: len(KUBERNETES)])
    def test_the_record_is_still_true(self, compare, chart, version, name):
        """A part of the fixed list is rendered again, so that a record nobody renewed is found."""
        written, settings_ = FIXED[chart][name]
        compare(chart, written | {"version": version}, settings_, KUBERNETES[-1])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(nvidia_options(), cluster_settings, st.booleans(), st.sampled_from(KUBERNETES))
    def test_any_options_of_nvidias_plugin(self, compare, written, settings_, efa, kubernetes):
        """Whatever a user combines, for whatever version of the chart and of Kubernetes."""
        compare(*_allowed(NVIDIA.name, written), settings_ | {"efa": efa}, kubernetes)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(efa_options, cluster_settings, regions, st.sampled_from(KUBERNETES))
    def test_any_options_of_the_efa_plugin(self, compare, written, settings_, region, kubernetes):
        """Whatever a user combines, for whatever version of the chart, of Kubernetes, and in whatever region."""
        compare(*_allowed(EFA.name, written), settings_ | {"region": region}, kubernetes)


def _allowed(chart, written):
    """Pass over what the options refuse: that it is refused, other tests say."""
    try:
        parsed(chart, written)
    except ValidationError:
        reject()
    return chart, written
