"""A mountainous coast: noise lifted above the sea, then carved by its own rivers."""

import heapq

import numpy
from PIL import Image

NEIGHBOURS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def hashed(x, y, seed):
    """A number in [0, 1) for each lattice point."""
    u = numpy.uint64
    with numpy.errstate(over='ignore'):
        h = x.astype(u) * u(0x9E3779B97F4A7C15) ^ y.astype(u) * u(0xC2B2AE3D27D4EB4F)
        h ^= u(seed * 0x165667B19E3779F9 % 2**64)
        h = (h ^ (h >> u(29))) * u(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> u(32))) * u(0x94D049BB133111EB)
    return ((h ^ (h >> u(31))) >> u(40)).astype('float64') / 2**24


def value_noise(x, y, seed):
    """Smooth noise in [-1, 1] with features of size 1."""
    left, top = numpy.floor(x), numpy.floor(y)
    fx, fy = x - left, y - top
    sx, sy = (f * f * f * (f * (f * 6 - 15) + 10) for f in (fx, fy))
    left, top = left.astype('int64') + 4096, top.astype('int64') + 4096
    corners = [hashed(left + i, top + j, seed) for j in (0, 1) for i in (0, 1)]
    upper = corners[0] + (corners[1] - corners[0]) * sx
    lower = corners[2] + (corners[3] - corners[2]) * sx
    return (upper + (lower - upper) * sy) * 2 - 1


def fractal(x, y, seed, octaves, gain=0.5):
    """Octaves of noise: each half as wide and `gain` as high as the one before."""
    total, height = numpy.zeros_like(x), 1.0
    for octave in range(octaves):
        turned_x, turned_y = 0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y
        total += height * value_noise(x, y, seed + octave)
        x, y, height = turned_x * 2, turned_y * 2, height * gain
    return total


def flood(height, outlets):
    """Fills pits from the outlets upwards: every cell but an outlet gets a strictly lower neighbour."""
    rows, columns = height.shape
    filled = numpy.full(height.shape, numpy.inf)
    heap = [(height[r, c], int(r), int(c)) for r, c in zip(*numpy.nonzero(outlets), strict=True)]
    for z, r, c in heap:
        filled[r, c] = z
    heapq.heapify(heap)
    while heap:
        z, r, c = heapq.heappop(heap)
        for dr, dc in NEIGHBOURS:
            nr, nc = r + dr, c + dc
            if 0 <= nr < rows and 0 <= nc < columns and filled[nr, nc] == numpy.inf:
                filled[nr, nc] = max(height[nr, nc], z + 1e-4)
                heapq.heappush(heap, (filled[nr, nc], nr, nc))
    return filled


def receivers(filled):
    """The flat index of each cell's steepest lower neighbour (its own, where none is lower)."""
    rows, columns = filled.shape
    padded = numpy.pad(filled, 1, constant_values=numpy.inf)
    own = numpy.arange(rows * columns).reshape(rows, columns)
    best, target = numpy.zeros_like(filled), own.copy()
    for dr, dc in NEIGHBOURS:
        step = (dr * dr + dc * dc) ** 0.5
        fall = (filled - padded[1 + dr:1 + dr + rows, 1 + dc:1 + dc + columns]) / step
        steeper = fall > best
        best = numpy.where(steeper, fall, best)
        target = numpy.where(steeper, own + dr * columns + dc, target)
    return target.ravel()


def drainage(filled, target):
    """(cells from the lowest up, how many cells drain through each)."""
    order = numpy.argsort(filled, axis=None, kind='stable')
    area = [1.0] * filled.size
    to = target.tolist()
    for cell in order[::-1].tolist():
        if to[cell] != cell:
            area[to[cell]] += area[cell]
    return order, numpy.array(area)


def erode(height, uplift, outlets, steps, strength, diffusion):
    """Stream-power erosion, solved implicitly from the sea upwards. Rock differs from place to place."""
    y, x = numpy.indices(height.shape)
    rock = strength * (0.7 + 0.6 * hashed(x, y, 17)).ravel()
    for _ in range(steps):
        height = height + numpy.where(outlets, 0, uplift)
        filled = flood(height, outlets)
        target = receivers(filled)
        order, area = drainage(filled, target)
        factor = (rock * area ** 0.45).tolist()
        z, to = filled.ravel().tolist(), target.tolist()
        for i in order.tolist():
            if to[i] != i:
                z[i] = (z[i] + factor[i] * z[to[i]]) / (1 + factor[i])
        height = numpy.array(z).reshape(height.shape)
        around = numpy.pad(height, 1, mode='edge')
        mean = (around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]) / 4
        height = numpy.where(outlets, height, height + diffusion * (mean - height))
    return height


def resize(array, width, height):
    return numpy.asarray(Image.fromarray(array.astype('float32')).resize((width, height), Image.Resampling.BICUBIC),
                         dtype='float64')


def land_and_uplift(width, height):
    """(how far above the shore a place is meant to be, how fast it rises), on a grid of that size."""
    y, x = numpy.mgrid[0:height, 0:width].astype('float64')
    u, v = x / width * 5, y / width * 5
    bent_u = u + 0.45 * fractal(u * 0.9, v * 0.9, 11, 3)
    bent_v = v + 0.45 * fractal(u * 0.9, v * 0.9, 31, 3)
    slant = (x / width) * 1.5 - (y / height) * 0.75 + 0.02
    land = slant + 0.75 * fractal(bent_u, bent_v, 51, 6, 0.52)
    uplift = numpy.clip(land, 0, None) ** 0.8 * (1.0 + 0.55 * fractal(u * 1.3, v * 1.3, 71, 3))
    return land, numpy.clip(uplift, 0, None)


def make(width, height):
    """(height in metres, depth of the sea, drained cells) and the rivers as lists of points, all at that size."""
    coarse = width // 8, height // 8
    fine = width // 4, height // 4
    land, uplift = land_and_uplift(*coarse)
    rough = numpy.clip(land, 0, None) * 200 + numpy.where(land > 0, 60 * hashed(*numpy.indices(land.shape)[::-1], 5), 0)
    surface = erode(rough, uplift * 95, land <= 0, 55, 0.42, 0.10)
    land, uplift = land_and_uplift(*fine)
    sea = land <= 0
    surface = numpy.where(sea, 0, numpy.clip(resize(surface, *fine), 1, None))
    surface += numpy.where(sea, 0, 16 * fractal(*(axis / 9.0 for axis in numpy.indices(land.shape)[::-1]), 91, 2))
    surface = erode(numpy.clip(surface, 0, None), uplift * 40, sea, 10, 0.30, 0.22)
    filled = flood(surface, sea)
    target = receivers(filled)
    _, area = drainage(filled, target)
    return surface, land, area.reshape(surface.shape), target.reshape(surface.shape)
