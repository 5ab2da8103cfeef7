//! What the codecs' tests share: one scene that the vectors in `vectors/` hold compressed, and seeded noise.
//!
//! Each vector was made once by the tool that its test names, from the bytes of [`SCENE`]: 2,000 of them, half of them
//! smooth, half noisy, so that every kind of code occurs.

/// Python: `bytes(i * i // 700 % 251 if i // 100 % 2 else i * 2654435761 % 2**32 >> 27 for i in range(2000))`.
pub const SCENE: &[u8] = &scene();

const fn scene() -> [u8; 2000] {
    let mut bytes = [0; 2000];
    let mut i = 0;
    while i < bytes.len() {
        let n = i as u32;
        bytes[i] = if n / 100 % 2 == 1 {
            (n * n / 700 % 251) as u8
        } else {
            (n.wrapping_mul(2_654_435_761) >> 27) as u8
        };
        i += 1;
    }
    bytes
}

/// 24 x 20 pixels of three bands: the upper left of [`SCENE`] in rows of 50, the same upside down, and inverted.
#[cfg(any(feature = "jp2", feature = "jxl"))]
pub fn colours() -> Vec<u8> {
    let at = |x: usize, y: usize| SCENE[y * 50 + x];
    let pixels = (0..20).flat_map(|y| (0..24).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| [at(x, y), at(x, 19 - y), 255 - at(x, y)]).collect()
}

/// A generator of numbers (SplitMix64): the same ones for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Less than `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// `length` bytes of noise.
pub fn random_bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random(seed);
    (0..length).map(|_| random.next() as u8).collect()
}

/// `length` bytes of one of six kinds: noise, few symbols, runs, repeats at every distance, words.
pub fn material(random: &mut Random, kind: u64, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < length {
        let noise = random.next();
        match kind % 6 {
            0 => bytes.push(noise as u8),
            1 => bytes.push((noise as u8).leading_zeros() as u8),
            2 => bytes.extend(std::iter::repeat_n(noise as u8, (noise >> 8) as usize % 700)),
            3 if bytes.len() > 2 => {
                let from = bytes.len() - 1 - noise as usize % bytes.len().min(1 << (noise >> 60));
                for i in from..from + (noise >> 32) as usize % 300 {
                    bytes.push(bytes[i]);
                }
                bytes.push((noise >> 16) as u8);
            }
            4 => bytes.extend(((noise % 40) as i16 - 20).to_le_bytes()),
            _ => bytes.extend((noise as u32).to_le_bytes().map(|byte| byte & 0x8F)),
        }
    }
    bytes.truncate(length);
    bytes
}
