"""How long a viewer at 1x would have waited, counted from when segments could be fetched."""

import pytest

from ops.demo.viewer import waited_s


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        pytest.param([0.0, 0.0, 0.0], 0.0, id="all there from the start"),
        pytest.param([0.0, 3.9, 7.9], 0.0, id="each just in time"),
        pytest.param([0.0, 5.0, 5.0], 1.0, id="one late segment"),
        pytest.param([0.0, 5.0, 10.0], 2.0, id="a wait pushes everything after it back"),
        pytest.param([1.5, 1.5, 1.5], 1.5, id="the first one late"),
    ],
)
def test_waiting_adds_up(available: list[float], expected: float) -> None:
    began = 100.0
    assert waited_s(began, [(4.0, began + at) for at in available]) == pytest.approx(expected)
