//! Colours that GDAL does not hand out as they are stored: CMYK, YCbCr and CIE L\*a\*b\* become red, green and blue, with
//! libtiff's arithmetic to the last bit.

use crate::error::{Error, Result};

/// What is made of the samples stored.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Colours {
    /// Nothing.
    #[default]
    Stored,
    /// Cyan, magenta, yellow, black, and what may follow them: red, green, blue and an alpha of 255.
    Cmyk,
    /// Luminance and two differences of colour: red, green and blue.
    YCbCr {
        /// YCbCrCoefficients (529).
        coefficients: [f32; 3],
        /// ReferenceBlackWhite (532).
        reference: [f32; 6],
        /// YCbCrSubSampling (530), across and down: so many pixels share their differences, and are stored together with them.
        subsampling: [u8; 2],
    },
    /// Grey, or red, green and blue, which a decoder has made: these, and an alpha of 255.
    Opaque,
    /// L\*, a\* and b\*: red, green, blue and an alpha of 255.
    CieLab {
        /// WhitePoint (318), x and y.
        white: [f32; 2],
    },
}

impl Colours {
    /// Samples of a pixel, of which `stored` are stored.
    pub fn samples(&self, stored: u32) -> u32 {
        match self {
            Self::Stored => stored,
            Self::Cmyk | Self::Opaque | Self::CieLab { .. } => 4,
            Self::YCbCr { .. } => 3,
        }
    }

    /// Pixels across and down that are stored as one unit, where they are; else 1 and 1.
    pub fn unit(&self) -> [u8; 2] {
        match self {
            Self::YCbCr { subsampling, .. } => *subsampling,
            _ => [1, 1],
        }
    }

    /// Makes the colours of a block of `width` x `height` pixels, each of so many stored bytes, or stored in units.
    ///
    /// # Errors
    /// `limit` for lack of memory.
    pub fn of(&self, block: &[u8], width: usize, height: usize, samples: usize) -> Result<Vec<u8>> {
        let bytes = width.saturating_mul(height).saturating_mul(self.samples(samples as u32) as usize);
        let mut out = Vec::new();
        out.try_reserve_exact(bytes)
            .map_err(|_| Error::limit("block_bytes", "bytes of one decoded block", bytes as u64, 0))?;
        match self {
            Self::Stored => out.extend_from_slice(block),
            Self::Cmyk => block.chunks_exact(samples).for_each(|pixel| out.extend(cmyk(pixel))),
            Self::Opaque => block.chunks_exact(samples).for_each(|pixel| out.extend(opaque(pixel))),
            Self::YCbCr { coefficients, reference, subsampling } => {
                let tables = YCbCr::new(*coefficients, *reference);
                out.resize(bytes, 0);
                tables.units(block, width, subsampling.map(usize::from), &mut out);
            }
            Self::CieLab { white } => {
                let tables = CieLab::new(*white);
                block.chunks_exact(samples).for_each(|pixel| out.extend(tables.pixel(pixel)));
            }
        }
        Ok(out)
    }
}

fn cmyk(pixel: &[u8]) -> [u8; 4] {
    let [cyan, magenta, yellow, black, ..] = *pixel else { return [0; 4] };
    let light = 255 - u32::from(black);
    let [red, green, blue] = [cyan, magenta, yellow].map(|ink| (light * (255 - u32::from(ink)) / 255) as u8);
    [red, green, blue, 255]
}

fn opaque(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [red, green, blue] => [red, green, blue, 255],
        [grey, ..] => [grey, grey, grey, 255],
        [] => [0; 4],
    }
}

/// What each stored value adds to a colour.
struct YCbCr {
    luma: [i32; 256],
    red_of_red: [i32; 256],
    blue_of_blue: [i32; 256],
    /// Those of green have 16 bits after the point.
    green_of_red: [i32; 256],
    green_of_blue: [i32; 256],
}

impl YCbCr {
    fn new([red, green, blue]: [f32; 3], reference: [f32; 6]) -> Self {
        let fixed = |factor: f32| (f64::from(factor.clamp(0.0, 2.0)) * 65536.0 + 0.5) as i32;
        let (of_red, of_blue) = (2.0 - 2.0 * red, 2.0 - 2.0 * blue);
        let (red_factor, blue_factor) = (fixed(of_red), fixed(of_blue));
        let (red_in_green, blue_in_green) = (-fixed(red * of_red / green), -fixed(blue * of_blue / green));
        let [luma_black, luma_white, blue_black, blue_white, red_black, red_white] = reference;
        let range = |value: i32, black: f32, white: f32, full: f32| {
            let span = if white - black == 0.0 { 1.0 } else { white - black };
            let found = value.saturating_sub(black as i32) as f32 * full / span;
            found.clamp(-4096.0, 4096.0) as i32
        };
        let table = |entry: &dyn Fn(i32) -> i32| {
            let mut table = [0; 256];
            table.iter_mut().zip(0..).for_each(|(slot, value)| *slot = entry(value));
            table
        };
        let red = |value: i32| range(value - 128, red_black - 128.0, red_white - 128.0, 127.0);
        let blue = |value: i32| range(value - 128, blue_black - 128.0, blue_white - 128.0, 127.0);
        Self {
            luma: table(&|value| range(value, luma_black, luma_white, 255.0)),
            red_of_red: table(&|value| red_factor.wrapping_mul(red(value)).wrapping_add(32768) >> 16),
            blue_of_blue: table(&|value| blue_factor.wrapping_mul(blue(value)).wrapping_add(32768) >> 16),
            green_of_red: table(&|value| red_in_green.wrapping_mul(red(value))),
            green_of_blue: table(&|value| blue_in_green.wrapping_mul(blue(value)).wrapping_add(32768)),
        }
    }

    /// Rows of units of pixels: first the luminance of each pixel, row by row, then what they share.
    fn units(&self, block: &[u8], width: usize, [across, down]: [usize; 2], out: &mut [u8]) {
        let unit = across * down + 2;
        let row_of_units = width.div_ceil(across) * unit;
        for (units, rows) in block.chunks(row_of_units).zip(out.chunks_mut(width * 3 * down)) {
            for (y, row) in rows.chunks_mut(width * 3).enumerate() {
                for (unit, pixels) in units.chunks_exact(unit).zip(row.chunks_mut(across * 3)) {
                    let [.., blue, red] = *unit else { continue };
                    let luma = unit.iter().skip(y * across);
                    for (pixel, luma) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(luma) {
                        *pixel = self.pixel(*luma, blue, red);
                    }
                }
            }
        }
    }

    fn pixel(&self, luma: u8, blue: u8, red: u8) -> [u8; 3] {
        let of = |table: &[i32; 256], value: u8| table.get(usize::from(value)).copied().unwrap_or(0);
        let luma = of(&self.luma, luma);
        let green = of(&self.green_of_blue, blue).wrapping_add(of(&self.green_of_red, red)) >> 16;
        let cut = |value: i32| value.clamp(0, 255) as u8;
        [cut(luma + of(&self.red_of_red, red)), cut(luma + green), cut(luma + of(&self.blue_of_blue, blue))]
    }
}

/// Steps of the table of a screen's response.
const STEPS: u16 = 1500;
/// How much light a screen gives for black and for white.
const DARK: f32 = 1.0;
const BRIGHT: f32 = 100.0;

/// For a screen of the colours of sRGB and a plain exponent of 2.4.
struct CieLab {
    white: [f32; 3],
    /// Colour by light.
    response: Vec<u8>,
}

impl CieLab {
    fn new([x, y]: [f32; 2]) -> Self {
        let white = [x / y * BRIGHT, BRIGHT, (1.0 - x - y) / y * BRIGHT];
        let exponent = 1.0 / f64::from(2.4_f32);
        let colour = |step: u16| {
            let response = (f64::from(step) / f64::from(STEPS)).powf(exponent) as f32;
            (255.0 * response + 0.5) as u8
        };
        Self { white, response: (0..=STEPS).map(colour).collect() }
    }

    fn pixel(&self, pixel: &[u8]) -> [u8; 4] {
        let [lightness, a, b, ..] = *pixel else { return [0; 4] };
        let [white_x, white_y, white_z] = self.white;
        let lightness = (f32::from(lightness) * 257.0) * 100.0 / 65535.0;
        let (y, root) = if lightness < 8.856 {
            let y = lightness * white_y / 903.292;
            (y, 7.787 * (y / white_y) + 16.0 / 116.0)
        } else {
            let root = (lightness + 16.0) / 116.0;
            (white_y * root * root * root, root)
        };
        let light = |white: f32, root: f32| match root < 0.2069 {
            true => white * (root - 0.13793) / 7.787,
            false => white * root * root * root,
        };
        let x = light(white_x, f32::from(a.cast_signed()) / 500.0 + root);
        let z = light(white_z, root - f32::from(b.cast_signed()) / 200.0);
        let [red, green, blue] =
            [[3.2410_f32, -1.5374, -0.4986], [-0.9692, 1.8760, 0.0416], [0.0556, -0.2040, 1.0570]]
                .map(|[of_x, of_y, of_z]| self.colour(of_x * x + of_y * y + of_z * z));
        [red, green, blue, 255]
    }

    fn colour(&self, light: f32) -> u8 {
        let step = (light.max(DARK) - DARK) / ((BRIGHT - DARK) / f32::from(STEPS));
        let step = (step as usize).min(usize::from(STEPS));
        self.response.get(step).copied().unwrap_or(255)
    }
}
