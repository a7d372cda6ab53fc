"""Times the steps that run.ts measures, in PyTorch: reads tasks as JSON, prints times as JSON.

Modes: 'fp32' and 'tf32' say how products of floats are computed; 'compiled' is torch.compile where it works.
"""

import json
import math
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

ROUNDS = 7
cuda = torch.cuda.is_available()
device = torch.device("cuda" if cuda else "cpu")


class Residual(nn.Module):
    def __init__(self, dim, width, depth):
        super().__init__()
        self.first, self.last = nn.Linear(dim, width), nn.Linear(width, dim)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)) for _ in range(depth)
        )

    def forward(self, x):
        h = self.first(x)
        for block in self.blocks:
            h = h + block(h)
        return self.last(h)


class AdaLnBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.modulation = nn.Linear(width, 3 * width)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, condition):
        shift, scale, gate = self.modulation(condition).chunk(3, dim=1)
        h = self.norm(x) * (scale + 1) + shift
        return x + gate * self.second(F.silu(self.first(h)))


class AdaLnMlp(nn.Module):
    frequencies = 256

    def __init__(self, dim, width, depth):
        super().__init__()
        self.first = nn.Linear(dim, width)
        self.time_in, self.time_out = nn.Linear(self.frequencies, width), nn.Linear(width, width)
        self.blocks = nn.ModuleList(AdaLnBlock(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.modulation, self.out = nn.Linear(width, 2 * width), nn.Linear(width, dim)
        half = self.frequencies // 2
        self.register_buffer("waves", 1000 * torch.exp(-math.log(10000) * torch.arange(half) / half))

    def forward(self, x, t):
        angles = t[:, None] * self.waves
        embedded = torch.cat([angles.cos(), angles.sin()], dim=1)
        condition = F.silu(self.time_out(F.silu(self.time_in(embedded))))
        h = self.first(x)
        for block in self.blocks:
            h = block(h, condition)
        shift, scale = self.modulation(condition).chunk(2, dim=1)
        return self.out(self.norm(h) * (scale + 1) + shift)


def mlp():
    return nn.Sequential(
        nn.Linear(2, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 256), nn.SiLU(), nn.Linear(256, 2)
    )


def step_of(task, compiled):
    """A function that runs one step."""
    shapes = {name: tuple(shape) for name, shape in task["shapes"].items()}
    inputs = {name: torch.randn(shape, device=device) for name, shape in shapes.items()}
    if task["kind"] == "matmul":
        a, b = inputs["a"], inputs["b"]
        return lambda: a @ b

    if task["kind"] == "flow":
        x1 = inputs["x1"]
        net = AdaLnMlp(x1.shape[1], task["width"], task["depth"])

        def loss():
            x0, t = torch.randn_like(x1), torch.rand(x1.shape[0], device=device)
            v = net(torch.lerp(x0, x1, t[:, None]), t)
            return (v - (x1 - x0)).square().sum(1).mean()

    else:
        x, y = inputs["x"], inputs["y"]
        net = mlp() if task["kind"] == "mlp" else Residual(x.shape[1], task["width"], task["depth"])

        def loss():
            return F.mse_loss(net(x), y)

    net.to(device)
    optimiser = torch.optim.Adam(net.parameters(), lr=task["learningRate"], fused=True) if cuda else torch.optim.Adam(
        net.parameters(), lr=task["learningRate"]
    )
    forward = torch.compile(loss) if compiled else loss

    def step():
        optimiser.zero_grad(set_to_none=True)
        forward().backward()
        optimiser.step()

    return step


def settled():
    if cuda:
        torch.cuda.synchronize()


def milliseconds(step):
    """The median over rounds of a step's time among many."""

    def clock(count):
        settled()
        started = time.perf_counter()
        for _ in range(count):
            step()
        settled()
        return 1000 * (time.perf_counter() - started) / count

    clock(5)
    count = min(500, max(1, math.ceil(200 / clock(3))))
    return statistics.median(clock(count) for _ in range(ROUNDS))


def main():
    tasks = json.load(sys.stdin)
    steps = []
    for task in tasks:
        for tf32 in (False, True) if cuda else (False,):
            torch.backends.cuda.matmul.allow_tf32 = tf32
            for compiled in (False, True) if task["kind"] != "matmul" else (False,):
                mode = ("tf32" if tf32 else "fp32") + (" compiled" if compiled else "")
                try:
                    if compiled and not hasattr(torch, "compile"):
                        raise RuntimeError("this PyTorch has no torch.compile")
                    if compiled:
                        torch._dynamo.reset()
                    steps.append({"task": task["name"], "mode": mode, "ms": milliseconds(step_of(task, compiled))})
                except Exception as error:  # a compiler that is not there is no reason to measure nothing
                    steps.append({"task": task["name"], "mode": mode, "failure": f"{type(error).__name__}: {error}"[:500]})
    name = torch.cuda.get_device_name() if cuda else "the CPU"
    print(json.dumps({"torch": torch.__version__, "device": name, "steps": steps}))


if __name__ == "__main__":
    main()
