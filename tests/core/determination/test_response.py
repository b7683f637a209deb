"""Chances: exact, and on the safe side of every noise up to the planned one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.determination.reviewing import bank, plan
from seawall.core.determination import Calibration
from seawall.core.determination.response import bounds, chance, planned, sigmoid

ITEMS = bank(40)
PLAN = plan(ITEMS)
AT = np.array([-0.6, 0.6])


def test_quadrature_is_the_integral_over_the_noise():
    z = np.linspace(-9, 9, 20_001)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    a = np.array([item.discrimination for item in ITEMS])
    b = np.array([item.difficulty for item in ITEMS])
    inside = sigmoid(a[:, None] * (0.6 + 0.7 * z - b[:, None])) * density
    by_hand = inside.sum(axis=1) * (z[1] - z[0])
    exact = chance(AT, ITEMS, noise=0.7, discrimination_error=0.0)[1]
    assert exact == pytest.approx(by_hand, abs=1e-8)


def test_the_usual_closed_form_is_not_exact():
    a = np.array([item.discrimination for item in ITEMS])
    b = np.array([item.difficulty for item in ITEMS])
    k = 1 / np.sqrt(1 + 0.346 * a**2 * 0.7**2)
    exact = chance(AT, ITEMS, noise=0.7, discrimination_error=0.0)
    assert 0.002 < np.abs(sigmoid(k * a * (AT[:, None] - b)) - exact).max() < 0.02


def test_fewer_nodes_are_enough_for_an_estimate():
    fine = chance(AT, ITEMS, noise=np.hypot(0.7, 0.25), discrimination_error=0.15)
    assert planned(AT, ITEMS, Calibration()) == pytest.approx(fine, abs=1e-4)


@given(
    noise=st.floats(0, np.hypot(0.7, 0.25)),
    error=st.floats(0, 0.15),
    shift=st.floats(-0.1, 0.1),
    beyond=st.floats(0, 4),
)
def test_no_noise_error_or_shift_up_to_the_planned_is_worse_than_the_bounds(
    noise, error, shift, beyond
):
    edge = bounds(PLAN, ITEMS)
    truth = chance(
        np.array([-0.6 - beyond + shift, 0.6 + beyond + shift]),
        ITEMS,
        noise=noise,
        discrimination_error=error,
    )
    assert (truth[0] <= edge.below + 1e-4).all()
    assert (truth[1] >= edge.above - 1e-4).all()


def test_planning_for_all_of_the_noise_alone_would_be_worse_for_easy_items():
    """The reason that each item takes the worse of none and all."""
    easy = [replace(ITEMS[0], discrimination=1.5, difficulty=-2.0)]
    all_of_it = chance(AT, easy, noise=0.74, discrimination_error=0.0)[0]
    none_of_it = chance(AT, easy, noise=0.0, discrimination_error=0.0)[0]
    assert all_of_it < none_of_it <= bounds(plan(ITEMS), easy).below


def test_certain_items_stay_short_of_certainty():
    far = [replace(ITEMS[0], discrimination=10.0, difficulty=sign * 20.0) for sign in (-1, 1)]
    edge = bounds(PLAN, far)
    assert ((edge.below > 0) & (edge.below < 1) & (edge.above > 0) & (edge.above < 1)).all()
