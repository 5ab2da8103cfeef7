"""Makes the large rasters of bench.mjs: python rasters.py FOLDER [SIZE]. Needs rasterio and numpy; never committed.

Scenes are fractal noise with the grain of sensors: terrain that was surveyed to centimetres, heights in metres, four bands of a
satellite, a photograph, a classified land cover. Prints the cases as JSON.
"""

import json
import os
import sys

import numpy as np
import rasterio

FOLDER = sys.argv[1]
SIZE = int(sys.argv[2]) if len(sys.argv) > 2 else 8192
SMALL = SIZE * 5 // 8
random = np.random.default_rng(7)


def fractal(size, seed, slope):
    """Noise whose power falls with frequency, mean 0 and deviation 1."""
    noise = np.random.default_rng(seed).standard_normal((size, size), dtype=np.float32)
    spectrum = np.fft.rfft2(noise)
    down = np.fft.fftfreq(size)[:, None]
    across = np.fft.rfftfreq(size)[None]
    frequency = np.sqrt(across * across + down * down)
    frequency[0, 0] = 1
    scene = np.fft.irfft2(spectrum / frequency ** (slope / 2 + 0.5), s=(size, size)).astype(np.float32)
    return (scene - scene.mean()) / scene.std()


def grain(shape, deviation):
    return random.standard_normal(shape, dtype=np.float32) * np.float32(deviation)


def terrain():
    return 900 + 350 * fractal(SIZE, 1, 2.2)


def survey(heights):
    """float32 in steps of 1 cm, as laser surveys are delivered."""
    return np.round((heights + grain(heights.shape, 0.03)) * 100).astype(np.float32) / np.float32(100)


def satellite():
    shared = fractal(SMALL, 2, 1.7)
    bands = [1800 + 500 * shared + 200 * fractal(SMALL, 3 + band, 1.7) for band in range(4)]
    return np.stack([np.clip(band + grain(band.shape, 10), 0, 16000).astype(np.uint16) for band in bands])


def photograph():
    shape = fractal(SIZE, 15, 2.3)
    bands = []
    for band in range(3):
        colour = 115 + 10 * band + 40 * shape + 10 * fractal(SIZE, 10 + band, 2.1)
        bands.append(np.clip(colour + grain(colour.shape, 1.6), 0, 255).astype(np.uint8))
    return np.stack(bands)


def cover():
    classes = np.digitize(fractal(SIZE, 20, 2.4) + 0.1 * fractal(SIZE, 21, 1.4), [-1.2, -0.6, -0.1, 0.3, 0.8, 1.3])
    return (classes * 10 + 10).astype(np.uint8)


def write(name, data, **options):
    path = os.path.join(FOLDER, name + '.tif')
    bands, height, width = data.shape
    profile = dict(driver='GTiff', count=bands, height=height, width=width, dtype=data.dtype, tiled=True)
    profile |= dict(blockxsize=512, blockysize=512, crs='EPSG:32633', interleave='pixel', bigtiff='IF_SAFER')
    profile |= dict(transform=rasterio.transform.from_origin(500000, 5400000, 1, 1), num_threads='ALL_CPUS')
    profile |= options
    if not os.path.exists(path):
        with rasterio.open(path + '.part', 'w', **profile) as raster:
            raster.write(data)
        os.replace(path + '.part', path)
    return {'name': name, 'path': path, 'width': width, 'height': height, 'bands': bands, 'dtype': str(data.dtype)}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    listing = os.path.join(FOLDER, f'cases-{SIZE}.json')
    if os.path.exists(listing):
        print(open(listing).read())
        return
    heights = terrain()
    floats = survey(heights)[None]
    cases = [
        write('float32-deflate-p3', floats, compress='deflate', predictor=3),
        write('float32-zstd-p3', floats, compress='zstd', predictor=3),
        write('float32-lerc-zstd', floats, compress='lerc_zstd', max_z_error=0.01),
        write('float32-strips', floats, tiled=False, blockysize=1),
    ]
    metres = np.round(heights + grain(heights.shape, 0.5)).astype(np.int16)[None]
    cases.append(write('int16-lzw-p2', metres, compress='lzw', predictor=2))
    bands = satellite()
    cases.append(write('uint16x4-deflate-p2', bands, compress='deflate', predictor=2))
    cases.append(write('uint16x4-zstd-p2', bands, compress='zstd', predictor=2))
    photo = photograph()
    cases.append(write('rgb-deflate-p2', photo, compress='deflate', predictor=2))
    cases.append(write('rgb-jpeg', photo, compress='jpeg', photometric='ycbcr', jpeg_quality=85))
    cases[-1]['lossy'] = True
    cases.append(write('cover-deflate', cover()[None], compress='deflate'))
    for case in cases:
        case['bytes'] = os.path.getsize(case['path'])
    with open(listing, 'w') as file:
        json.dump(cases, file)
    print(json.dumps(cases))


main()
