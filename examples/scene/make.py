#!/usr/bin/env python3
"""Makes the sample scene: scene.tif, tiled and without overviews, and GDAL's scene.tif.ovr beside it.

    venv/bin/python make.py [--png FILE]

A coast that does not exist, at a place that does: 32 km x 26 km of UTM zone 33N, 20 m a pixel. Needs the packages of
tests/fixtures/requirements.txt.
"""

import argparse
import pathlib

import numpy
import rasterio
import terrain
from PIL import Image, ImageDraw
from rasterio.enums import Resampling

HERE = pathlib.Path(__file__).resolve().parent
# Computed larger than it is cut out: erosion goes astray along the landward edges.
WIDTH, HEIGHT, METRES = 1800, 1440, 20
CUT_WIDTH, CUT_HEIGHT = 1600, 1280
ORIGIN = 428_000, 7_604_000
# (share, azimuth, altitude): the sun in the north-west, as on maps, and two weak lamps that fill its shadows.
LAMPS = [(0.72, 315, 42), (0.18, 45, 50), (0.10, 225, 60)]


def shade(surface, azimuth, altitude):
    """Light on the slope, 0 to 1."""
    down, across = numpy.gradient(surface, METRES)
    azimuth, altitude = numpy.radians(azimuth), numpy.radians(altitude)
    east, north, up = (numpy.sin(azimuth) * numpy.cos(altitude), numpy.cos(azimuth) * numpy.cos(altitude),
                       numpy.sin(altitude))
    return numpy.clip((-across * east + down * north + up) / numpy.sqrt(1 + across**2 + down**2), 0, 1)


def blend(colour, other, weight):
    return colour + (numpy.asarray(other, dtype='float64') - colour) * weight[..., None]


def ramp(values, start, end):
    t = numpy.clip((values - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def gradient(values, stops):
    """Colours between stops [(value, (red, green, blue))]."""
    places = [place for place, _ in stops]
    return numpy.stack([numpy.interp(values, places, [colour[c] for _, colour in stops]) for c in range(3)], axis=-1)


def ground(surface, slope, patches):
    """Meadows, woods, heath, rock and snow, by height, slope and chance."""
    colour = gradient(surface, [(0, (160, 168, 116)), (60, (138, 156, 98)), (350, (116, 136, 88)),
                                (750, (132, 136, 98)), (1100, (150, 143, 124)), (1700, (168, 162, 154))])
    woods = ramp(patches, -0.1, 0.25) * (1 - ramp(surface + 120 * patches, 380, 640)) * ramp(surface, 4, 25)
    colour = blend(colour, (62, 92, 62), 0.85 * woods)
    rock = ramp(slope, 0.55, 1.0) * ramp(surface, 150, 600)
    colour = blend(colour, (126, 118, 110), 0.75 * rock)
    snow = ramp(surface + 160 * patches - 300 * ramp(slope, 0.7, 1.4), 800, 1120)
    return blend(colour, (244, 247, 250), snow)


def water(depth):
    """Tints by depth, as on a chart: flat colours also compress to nothing."""
    tints = [(138, 184, 188), (118, 170, 182), (98, 154, 174), (80, 138, 164), (66, 122, 154), (54, 106, 142)]
    limits = [0.035, 0.1, 0.22, 0.42, 0.7]
    return numpy.array(tints, dtype='float64')[numpy.digitize(depth, limits)]


def rivers(area, target, sea, least=260):
    """Paths downstream, from each spring to the sea or to a larger river: [(points, drained cells)]."""
    height, width = area.shape
    flat_area, to, wet = area.ravel(), target.ravel(), sea.ravel()
    channel = (flat_area > least) & ~wet
    fed = numpy.zeros(area.size, bool)
    fed[to[channel]] = True
    done = numpy.zeros(area.size, bool)
    for cell in sorted(numpy.nonzero(channel & ~fed)[0], key=lambda i: flat_area[i]):
        path, here = [], int(cell)
        while True:
            path.append(here)
            if done[here] or wet[here] or to[here] == here:
                break
            done[here] = True
            here = int(to[here])
        if len(path) > 6:
            yield [(i % width, i // width) for i in path], flat_area[path]


def smooth(points, times=3):
    """Rounds a path of grid cells into a curve."""
    points = numpy.array(points, dtype='float64')
    for _ in range(times):
        inner = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
        points = numpy.vstack([points[:1], inner, points[-1:]])
    return points


def river_mask(area, target, sea):
    """How much of each pixel is river, drawn at twice the size."""
    factor = WIDTH // area.shape[1] * 2
    canvas = Image.new('L', (WIDTH * 2, HEIGHT * 2))
    pen = ImageDraw.Draw(canvas)
    for points, drained in rivers(area, target, sea):
        curve = (smooth(points) + 0.5) * factor
        for (x0, y0), (x1, y1), cells in zip(curve[:-1], curve[1:], drained, strict=False):
            size = min(13.0, 1.3 + (cells / 260) ** 0.5 * 1.15)
            pen.line([(x0, y0), (x1, y1)], fill=255, width=round(size))
            pen.ellipse([x1 - size / 2, y1 - size / 2, x1 + size / 2, y1 + size / 2], fill=255)
    return numpy.asarray(canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX), dtype='float64') / 255


def soften(array, size):
    """Averages over some `size` pixels."""
    height, width = array.shape
    small = Image.fromarray(array.astype('float32')).resize((width // size, height // size), Image.Resampling.BOX)
    return terrain.resize(numpy.asarray(small), width, height)


def paint():
    """(height, width, 3) uint8, in steps of 4: nobody sees them, and the file is a third smaller."""
    coarse, land, area, target = terrain.make(WIDTH, HEIGHT)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype('float64')
    shore = terrain.resize(land, WIDTH, HEIGHT)
    surface = numpy.clip(terrain.resize(coarse, WIDTH, HEIGHT), 0, None)
    surface += ramp(surface, 20, 500) * 8 * terrain.fractal(x / 18, y / 18, 131, 2)
    surface = numpy.where(shore > 0, surface, 0)
    down, across = numpy.gradient(surface, METRES)
    patches = terrain.fractal(x / 130, y / 130, 151, 4, 0.6)
    colour = ground(surface, numpy.hypot(down, across), patches)
    light = sum(share * shade(surface, azimuth, altitude) for share, azimuth, altitude in LAMPS)
    flat = sum(share * numpy.sin(numpy.radians(altitude)) for share, _, altitude in LAMPS)
    valley = numpy.clip((soften(surface, 25) - surface) / 500, -0.25, 0.25)
    colour = colour * (0.36 + 0.66 * light / flat - 0.5 * valley)[..., None]
    colour = blend(colour, (96, 150, 178), river_mask(area, target, land <= 0) * 0.9)
    colour = blend(colour, (214, 204, 168), ramp(shore, 0.022, 0.004) * (1 - ramp(surface, 6, 30)))
    depth = numpy.clip(-0.15 * shore - 0.85 * soften(shore, 30), 0, None)
    colour = blend(colour, water(depth), ramp(shore, 0.004, -0.004))
    colour = numpy.clip(numpy.round(colour / 4) * 4, 0, 255).astype('uint8')
    return colour[HEIGHT - CUT_HEIGHT:, :CUT_WIDTH]


def write(pixels, path):
    options = {'TILED': 'YES', 'BLOCKXSIZE': 256, 'BLOCKYSIZE': 256, 'COMPRESS': 'DEFLATE', 'PREDICTOR': 2, 'ZLEVEL': 9,
               'INTERLEAVE': 'PIXEL', 'PHOTOMETRIC': 'RGB'}
    with rasterio.open(path, 'w', driver='GTiff', width=CUT_WIDTH, height=CUT_HEIGHT, count=3, dtype='uint8',
                       crs='EPSG:32633', transform=rasterio.Affine(METRES, 0, ORIGIN[0], 0, -METRES, ORIGIN[1]),
                       **options) as file:
        # Before the pixels: changed later, the directory would move to the end of the file.
        file.descriptions = ['red', 'green', 'blue']
        file.write(pixels.transpose(2, 0, 1))
    path.with_name(path.name + '.ovr').unlink(missing_ok=True)
    with rasterio.Env(TIFF_USE_OVR='YES', COMPRESS_OVERVIEW='ZSTD', PREDICTOR_OVERVIEW='2', ZSTD_LEVEL_OVERVIEW='22',
                      INTERLEAVE_OVERVIEW='PIXEL', GDAL_TIFF_OVR_BLOCKSIZE='256'), rasterio.open(path, 'r+') as file:
        file.build_overviews([2, 4, 8, 16], Resampling.average)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', type=pathlib.Path, default=HERE, help='folder to write to (default: this one)')
    parser.add_argument('--png', type=pathlib.Path, help='also a PNG, to look at')
    options = parser.parse_args()
    pixels = paint()
    write(pixels, options.out / 'scene.tif')
    if options.png:
        Image.fromarray(pixels).save(options.png)


if __name__ == '__main__':
    main()
