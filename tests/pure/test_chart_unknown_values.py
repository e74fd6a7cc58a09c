import pytest

from cdk8s_eks_gpu.charts.archive import Chart
from cdk8s_eks_gpu.charts.unknown_values import refuse_unknown_values
from cdk8s_eks_gpu.errors import ChartError

PART = Chart("part", "1", "1", {"size": 1}, {"t": "{{ .Values.size }}"}, {})
CHART = Chart(
    "thing",
    "1.0.0",
    "1",
    {
        "image": {"tag": "", "pullPolicy": "Always"},
        "podAnnotations": {},
        "gates": {"A": True},
        "nothing": None,
        "list": [1],
    },
    {
        "t": "{{ .Values.image.tag }} {{ .Values.image.pullPolicy }} {{ .Values.plugin.hostNetwork }} "
        "{{ range $k, $v := .Values.gates }}{{ end }}"
    },
    {"sub": PART, "packed": None},
)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"image": {"tag": "v1"}},
        {"image": None},
        {"podAnnotations": {"any": "thing"}},
        {"gates": {"B": False}},
        {"nothing": {"a": 1}},
        {"list": [{"a": 1}]},
        {"plugin": {"hostNetwork": True}},
        {"sub": {"size": 2, "enabled": False, "global": {}}},
        {"packed": {"whatever": 1}},
        {"global": {"a": 1}, "tags": {"b": True}},
    ],
)
def test_what_may_have_an_effect_is_not_refused(values):
    """Free maps, maps that a template walks through, keys that only templates know, sub-charts and Helm's own."""
    refuse_unknown_values(CHART, values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"imag": {}}, r"thing 1\.0\.0 does not know: 'imag'; did you mean 'image'\?"),
        ({"image": {"pullpolicy": ""}}, r"'image\.pullpolicy'; did you mean 'pullPolicy'\?"),
        ({"plugin": {"hostNetwrk": True}, "zzz": 1}, r"'plugin\.hostNetwrk'.*'zzz'"),
        ({"sub": {"sise": 2}}, r"'sub\.sise'; did you mean 'size'\?"),
    ],
)
def test_what_has_no_effect_is_reported(values, words):
    """Every key that neither values.yaml nor a template has is named, with the one that was perhaps meant."""
    with pytest.raises(ChartError, match=words):
        refuse_unknown_values(CHART, values)
