"""Training's neurons against a plain loop, their gradient against differences, and a task that must be
learnt.
"""

from __future__ import annotations

import numpy as np
import pytest

from evaluator import IsiEncoder, training_neuron
from evaluator.train import main

LEAK, RECOVERY, FLOOR, DEAD = 0.01, 0.02, -0.5, 3


def drive(seed, shape=(4, 40, 6)):
    return np.random.default_rng(seed).normal(0.05, 0.3, shape).astype(np.float32)


def test_spikes_follow_the_equation():
    given = drive(1)
    spikes, before = np.empty_like(given), np.empty_like(given)
    training_neuron.spikes_forward(given, LEAK, RECOVERY, FLOOR, DEAD, spikes, before)
    for image, neuron in np.ndindex(4, 6):
        voltage, dead = 0.0, 0
        for step in range(40):
            fired = False
            if dead > 0:
                dead -= 1
            else:
                lost = LEAK if voltage > LEAK else RECOVERY * min(voltage, 0.0)
                voltage = max(voltage + given[image, step, neuron] - lost, FLOOR)
                fired = voltage >= 1
                assert before[image, step, neuron] == pytest.approx(voltage, abs=1e-5)
                voltage, dead = (0.0, DEAD) if fired else (voltage, dead)
            assert spikes[image, step, neuron] == fired
    assert spikes.sum() > 20


def test_membrane_gradient_is_the_derivative():
    given = drive(2, (1, 12, 1)) * 0.3
    weight = np.random.default_rng(3).normal(size=given.shape).astype(np.float32)
    before, gradient = np.empty_like(given), np.empty_like(given)

    def loss(values):
        out = np.empty_like(values)
        training_neuron.membrane_forward(values, LEAK, RECOVERY, FLOOR, out)
        return float((out.astype(float) * weight).sum())

    training_neuron.membrane_forward(given, LEAK, RECOVERY, FLOOR, before)
    training_neuron.membrane_backward(before, weight, RECOVERY, FLOOR, gradient)
    for step in range(12):
        moved = [given.copy(), given.copy()]
        moved[0][0, step, 0] += 1e-3
        moved[1][0, step, 0] -= 1e-3
        difference = (loss(moved[0]) - loss(moved[1])) / 2e-3
        assert gradient[0, step, 0] == pytest.approx(difference, rel=0.02, abs=2e-3)


def test_the_surrogate_gradient_stops_at_spikes_and_in_dead_time():
    given = np.full((1, 8, 1), 0.6, np.float32)
    spikes, before, gradient = (np.empty_like(given) for _ in range(3))
    training_neuron.spikes_forward(given, 0.0, 0.0, FLOOR, DEAD, spikes, before)
    assert spikes.ravel().tolist() == [0, 1, 0, 0, 0, 0, 1, 0]
    late = np.zeros_like(given)
    late[0, 6, 0] = 1
    training_neuron.spikes_backward(before, late, 0.0, FLOOR, 5.0, gradient)
    assert (gradient.ravel() != 0).tolist() == [False, False, False, False, False, True, True, False]


def test_a_missing_torch_or_mnist_is_said_in_one_line(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "--output", str(tmp_path / "w.npz")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "w.npz").exists()


def test_it_learns_two_patterns():
    pytest.importorskip("torch")
    from evaluator.training import TrainingPhysics, TrainingPlan, train

    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, 400).astype(np.uint8)
    pixels = rng.integers(0, 60, (400, 8)).astype(np.uint8)
    pixels[np.arange(400), 4 * labels] = 255
    pixels[np.arange(400), 4 * labels + 1] = 230
    plan = TrainingPlan(hidden=6, classes=2, epochs=8, batch=40, pulse_steps=(0.2, 0.3), shift=0, urgency=1.0)
    lines: list[str] = []
    data = (pixels, labels)
    found = train(data, data, plan, TrainingPhysics(), IsiEncoder(), lines.append)
    assert found.test_accuracy > 0.95
    assert [matrix.shape for matrix in found.weights] == [(8, 6), (6, 2)]
    assert all(set(np.unique(matrix)) <= {-1, 0, 1} for matrix in found.weights)
    assert len(lines) == 8
