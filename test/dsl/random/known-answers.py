"""Prints known answers of jax.random as JSON, in the form of known-answers.json beside this file.

    pip install "jax>=0.5"
    python known-answers.py > from-jax.json

JAX 0.5 and later have jax_threefry_partitionable on, which Fluxion follows; integers and uniforms are to be equal, other floats to a few units in
the last place.
"""

import json

import jax
import jax.numpy as jnp
from jax import random

jax.config.update("jax_threefry_partitionable", True)
jax.config.update("jax_enable_x64", False)

source = f"jax.random of JAX {jax.__version__}"
seeds = [0, 1, 42, 1701, 2**31 + 5]
logits = [[0.0, 1.0, -1.0, 2.0], [3.0, 0.5, 0.25, -2.0], [0.0, 0.0, 0.0, 0.0]]
weights = [0.1, 0.2, 0.3, 0.4]


def words(key):
    return [int(word) for word in random.key_data(key).ravel()]


def vector(what, seed, shape, values, tolerance=0, **args):
    flat = [value.item() for value in jnp.asarray(values).ravel()]
    return {
        "what": what,
        "source": source,
        "layout": "partitionable",
        "key": words(random.key(seed)),
        "shape": shape,
        "args": args,
        "gives": [int(value) if isinstance(value, bool) else value for value in flat],
        "tolerance": tolerance,
    }


def of_seed(seed):
    key = random.key(seed)
    keys = lambda made: jnp.asarray(random.key_data(made))
    floats = 1e-6
    yield vector("split", seed, [3], keys(random.split(key, 3)))
    yield vector("split", seed, [2, 2], keys(random.split(key, (2, 2))))
    for data in [0, 7, 2**32 - 1]:
        yield vector("foldIn", seed, [], keys(random.fold_in(key, jnp.uint32(data))), data=data)
    for shape in [(), (5,), (2, 3)]:
        yield vector("bits", seed, list(shape), random.bits(key, shape))
        yield vector("uniform", seed, list(shape), random.uniform(key, shape))
        yield vector("normal", seed, list(shape), random.normal(key, shape), floats)
    yield vector("uniform", seed, [9], random.uniform(key, (9,), minval=-3, maxval=5), 1e-7, min=-3, max=5)
    yield vector("bernoulli", seed, [9], random.bernoulli(key, 0.3, (9,)), p=0.3)
    yield vector("rademacher", seed, [9], random.rademacher(key, (9,), jnp.int32))
    yield vector("exponential", seed, [9], random.exponential(key, (9,)), floats)
    yield vector("gumbel", seed, [9], random.gumbel(key, (9,)), floats)
    for low, high in [(0, 2), (-2, 2), (-0.5, 0.25)]:
        drawn = random.truncated_normal(key, low, high, (9,))
        yield vector("truncatedNormal", seed, [9], drawn, floats, lower=low, upper=high)
    for low, high in [(0, 10), (-5, 6), (0, 65535), (-(2**31), 2**31 - 1), (0, 100000)]:
        yield vector("randint", seed, [9], random.randint(key, (9,), low, high, jnp.int32), min=low, max=high)
    for axis in [-1, 0]:
        drawn = random.categorical(key, jnp.array(logits), axis)
        yield vector("categorical", seed, list(drawn.shape), drawn, logits=logits, axis=axis)
    for n in [1, 5, 10, 2000]:
        yield vector("permutation", seed, [n], random.permutation(key, n), n=n)
    for replace in [True, False]:
        drawn = random.choice(key, 4, (3,), replace)
        yield vector("choice", seed, [3], drawn, n=4, replace=replace)
        drawn = random.choice(key, 4, (3,), replace, jnp.array(weights))
        yield vector("choice", seed, [3], drawn, n=4, replace=replace, p=weights)


print(json.dumps([made for seed in seeds for made in of_seed(seed)], indent=1))
