//! One block of any layout from any bytes; the first byte is the compression.

use pyramidion::codec::{Axis, Job, Module, Order};
use pyramidion::pixel::{BlockLayout, ByteOrder, CodecSettings, SampleFormat};

use super::file::limits;
use super::input::Input;

/// Every number that a decoder may stand behind.
pub const COMPRESSIONS: [u16; 25] = [
    1, 2, 3, 4, 5, 6, 7, 8, 32766, 32771, 32773, 32809, 32909, 32946, 33003, 33005, 34661, 34676, 34677,
    34712, 34887, 34925, 50000, 50001, 50002,
];

/// Depths that are worth their own code.
pub const BITS: [u16; 10] = [1, 8, 16, 32, 64, 12, 24, 2, 4, 17];

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let compression = COMPRESSIONS[usize::from(input.u8()) % COMPRESSIONS.len()];
    let layout = layout(&mut input, compression);
    let whole = |count| Axis::Run { start: 0, count };
    let mut job = Job {
        module: Module::Decode,
        columns: whole(layout.width),
        rows: whole(layout.height),
        samples: (0..layout.samples).collect(),
        order: if input.flag() { Order::Band } else { Order::Pixel },
        frame: None,
        layout,
    };
    if input.flag() {
        job.columns = Axis::Picks(vec![input.below(job.layout.width); 3]);
        job.samples = vec![input.below(job.layout.samples); 2];
    }
    let length = job.output_bytes();
    match job.run(input.0, &limits()) {
        Ok(samples) => assert_eq!(Ok(samples.len() as u64), length),
        Err(error) => assert_ne!(error.code(), pyramidion::error::Code::Internal, "{error}"),
    }
}

fn layout(input: &mut Input<'_>, compression: u16) -> BlockLayout {
    let shape = input.u8();
    let format = [SampleFormat::Unsigned, SampleFormat::Signed, SampleFormat::Float];
    let mut settings = CodecSettings {
        photometric: u16::from(input.u8()) % 11,
        reversed_bits: shape & 1 != 0,
        subsampling: [1 << (shape >> 1 & 3), 1 << (shape >> 3 & 3)],
        option: u32::from(input.u8() & 7),
        lerc: [4, u32::from(shape >> 5 & 3)],
        ..CodecSettings::default()
    };
    let layout = BlockLayout {
        compression,
        predictor: 1 + u16::from(input.u8()) % 3,
        byte_order: if shape & 128 != 0 { ByteOrder::Big } else { ByteOrder::Little },
        width: 1 + u32::from(input.u16()) % 512,
        height: 1 + u32::from(input.u16()) % 512,
        samples: 1 + input.below(5),
        bits: BITS[usize::from(input.u8()) % BITS.len()],
        format: format[usize::from(input.u8()) % format.len()],
        settings: CodecSettings::default(),
    };
    let tables = input.u16() % 1024;
    settings.jpeg_tables = input.bytes(tables.into()).to_vec();
    BlockLayout { settings, ..layout }
}
