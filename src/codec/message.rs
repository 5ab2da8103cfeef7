//! A job as bytes: how it goes from the module that plans to the one that decodes, through threads and without being
//! looked into on the way.

use super::compression::Module;
use super::frame::Frame;
use super::job::{Axis, Job, Order};
use super::wire::{Reader, Writer, unknown};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pixel::{BlockLayout, ByteOrder, CodecSettings, Colours, SampleFormat};
use crate::text;

/// Modules of two versions never understand each other: a page may have one of them in its cache.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Job {
    /// The job, and the limits that its decoder keeps to.
    pub fn to_bytes(&self, limits: &Limits) -> Vec<u8> {
        // Without `..`, here and below: a field that is forgotten does not compile.
        let Self { module, layout, columns, rows, samples, order, frame } = self;
        let mut out = Writer(Vec::with_capacity(160));
        out.bytes(VERSION.as_bytes());
        out.byte(*module as u8);
        out.layout(layout);
        out.axis(columns);
        out.axis(rows);
        out.list(samples);
        out.byte(u8::from(*order == Order::Pixel));
        out.frame(*frame);
        for limit in [limits.encoded_block_bytes, limits.block_bytes, limits.output_bytes] {
            out.long(limit);
        }
        out.0
    }

    /// What [`Job::to_bytes`] has written.
    ///
    /// # Errors
    /// `invalid_argument` for anything else, or for bytes of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Limits)> {
        let mut rest = Reader(bytes);
        let version = rest.bytes()?;
        if version != VERSION.as_bytes() {
            let found = text::quoted_bytes(version.get(..20).unwrap_or(version));
            let message = format!("the job comes from version {found}, this module is of version {VERSION}");
            return Err(Error::invalid("job", message));
        }
        let number = rest.byte()?;
        let module = *Module::ALL.get(usize::from(number)).ok_or_else(|| unknown("module", number))?;
        let (layout, columns, rows) = (rest.layout()?, rest.axis()?, rest.axis()?);
        let samples = rest.list()?;
        let order = if rest.flag()? { Order::Pixel } else { Order::Band };
        let frame = rest.frame()?;
        let limits = Limits {
            encoded_block_bytes: rest.long()?,
            block_bytes: rest.long()?,
            output_bytes: rest.long()?,
            ..Limits::default()
        };
        match rest.0.len() {
            0 => Ok((Self { module, layout, columns, rows, samples, order, frame }, limits)),
            more => Err(Error::invalid("job", format!("{more} bytes follow the job"))),
        }
    }
}

impl Writer {
    fn axis(&mut self, axis: &Axis) {
        self.byte(u8::from(matches!(axis, Axis::Picks(_))));
        match axis {
            Axis::Run { start, count } => {
                self.int(*start);
                self.int(*count);
            }
            Axis::Picks(picks) => self.list(picks),
        }
    }

    fn frame(&mut self, frame: Option<Frame>) {
        self.byte(u8::from(frame.is_some()));
        if let Some(Frame { skip, trailer }) = frame {
            self.int(skip);
            self.byte(u8::from(trailer));
        }
    }

    fn layout(&mut self, layout: &BlockLayout) {
        let BlockLayout {
            compression,
            predictor,
            byte_order,
            width,
            height,
            samples,
            bits,
            format,
            settings,
        } = layout;
        self.int((*compression).into());
        self.int((*predictor).into());
        self.byte(u8::from(*byte_order == ByteOrder::Big));
        self.int(*width);
        self.int(*height);
        self.int(*samples);
        self.int((*bits).into());
        self.byte(match format {
            SampleFormat::Unsigned => 1,
            SampleFormat::Signed => 2,
            SampleFormat::Float => 3,
            SampleFormat::Void => 4,
            SampleFormat::ComplexInt => 5,
            SampleFormat::ComplexFloat => 6,
        });
        let CodecSettings {
            photometric,
            reversed_bits,
            subsampling,
            option,
            jpeg_tables,
            lerc,
            cut_rows,
            whole_words,
            colours,
        } = settings;
        self.int((*photometric).into());
        self.byte(u8::from(*reversed_bits));
        subsampling.iter().for_each(|factor| self.int((*factor).into()));
        self.int(*option);
        self.bytes(jpeg_tables);
        lerc.iter().for_each(|value| self.int(*value));
        self.byte(u8::from(*cut_rows));
        self.byte(u8::from(*whole_words));
        self.colours(colours);
    }

    fn colours(&mut self, colours: &Colours) {
        match colours {
            Colours::Stored => self.byte(0),
            Colours::Cmyk => self.byte(1),
            Colours::YCbCr { coefficients, reference, subsampling } => {
                self.byte(2);
                self.floats(coefficients);
                self.floats(reference);
                subsampling.iter().for_each(|factor| self.byte(*factor));
            }
            Colours::Opaque => self.byte(4),
            Colours::CieLab { white } => {
                self.byte(3);
                self.floats(white);
            }
        }
    }
}

impl Reader<'_> {
    fn colours(&mut self) -> Result<Colours> {
        Ok(match self.byte()? {
            0 => Colours::Stored,
            1 => Colours::Cmyk,
            2 => Colours::YCbCr {
                coefficients: self.floats()?,
                reference: self.floats()?,
                // A unit has pixels, whoever wrote the job.
                subsampling: [self.byte()?.max(1), self.byte()?.max(1)],
            },
            3 => Colours::CieLab { white: self.floats()? },
            4 => Colours::Opaque,
            other => return Err(unknown("way with colours", other)),
        })
    }

    fn axis(&mut self) -> Result<Axis> {
        Ok(match self.flag()? {
            false => Axis::Run { start: self.int()?, count: self.int()? },
            true => Axis::Picks(self.list()?),
        })
    }

    fn frame(&mut self) -> Result<Option<Frame>> {
        Ok(match self.flag()? {
            false => None,
            true => Some(Frame { skip: self.int()?, trailer: self.flag()? }),
        })
    }

    fn layout(&mut self) -> Result<BlockLayout> {
        Ok(BlockLayout {
            compression: self.short()?,
            predictor: self.short()?,
            byte_order: if self.flag()? { ByteOrder::Big } else { ByteOrder::Little },
            width: self.int()?,
            height: self.int()?,
            samples: self.int()?,
            bits: self.short()?,
            format: match self.byte()? {
                1 => SampleFormat::Unsigned,
                2 => SampleFormat::Signed,
                3 => SampleFormat::Float,
                4 => SampleFormat::Void,
                5 => SampleFormat::ComplexInt,
                6 => SampleFormat::ComplexFloat,
                other => return Err(unknown("sample format", other)),
            },
            settings: CodecSettings {
                photometric: self.short()?,
                reversed_bits: self.flag()?,
                subsampling: [self.short()?, self.short()?],
                option: self.int()?,
                jpeg_tables: self.bytes()?.to_vec(),
                lerc: [self.int()?, self.int()?],
                cut_rows: self.flag()?,
                whole_words: self.flag()?,
                colours: self.colours()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::Random;
    use crate::error::Code;

    fn job() -> Job {
        Job {
            module: Module::Jp2,
            layout: BlockLayout {
                compression: 50000,
                predictor: 3,
                byte_order: ByteOrder::Big,
                width: 256,
                height: 17,
                samples: 5,
                bits: 12,
                format: SampleFormat::Float,
                settings: CodecSettings {
                    photometric: 6,
                    reversed_bits: true,
                    subsampling: [2, 1],
                    option: 5,
                    jpeg_tables: vec![0xFF, 0xD8],
                    lerc: [4, 2],
                    cut_rows: true,
                    whole_words: true,
                    colours: Colours::YCbCr {
                        coefficients: [0.25, 0.5, 0.125],
                        reference: [0.0, 255.0, 128.0, 255.0, 128.0, 254.5],
                        subsampling: [4, 2],
                    },
                },
            },
            columns: Axis::Run { start: 3, count: 250 },
            rows: Axis::Picks(vec![0, 0, 16]),
            samples: vec![2, 0],
            order: Order::Pixel,
            frame: Some(Frame { skip: 3, trailer: true }),
        }
    }

    fn limits() -> Limits {
        Limits { encoded_block_bytes: 1 << 40, block_bytes: 7, output_bytes: 9, ..Limits::default() }
    }

    #[test]
    fn a_job_arrives_as_it_was_sent() {
        let plain = Job {
            module: Module::Decode,
            layout: BlockLayout {
                byte_order: ByteOrder::Little,
                format: SampleFormat::Signed,
                settings: CodecSettings::default(),
                ..job().layout
            },
            columns: Axis::Picks(Vec::new()),
            order: Order::Band,
            frame: None,
            ..job()
        };
        let others = [
            Job { module: Module::Extra, ..plain.clone() },
            Job {
                module: Module::Jxl,
                layout: BlockLayout { format: SampleFormat::Unsigned, ..plain.layout.clone() },
                ..plain.clone()
            },
        ];
        use SampleFormat::{ComplexFloat, ComplexInt, Float, Void};
        let formats = [Float, Void, ComplexInt, ComplexFloat]
            .map(|format| Job { layout: BlockLayout { format, ..job().layout }, ..job() });
        for job in others.into_iter().chain(formats).chain([plain, job()]) {
            assert_eq!(Job::from_bytes(&job.to_bytes(&limits())).unwrap(), (job, limits()));
        }
    }

    #[test]
    fn what_is_no_job_is_refused() {
        let bytes = job().to_bytes(&limits());
        for length in 0..bytes.len() {
            let error = Job::from_bytes(&bytes[..length]).unwrap_err();
            assert_eq!((error.code(), error.detail().name.as_deref()), (Code::InvalidArgument, Some("job")));
        }
        let more = Job::from_bytes(&[&bytes[..], &[0]].concat()).unwrap_err();
        assert_eq!(more.message(), "1 bytes follow the job");
        let mut other = bytes.clone();
        other[4] = b'9';
        let error = Job::from_bytes(&other).unwrap_err();
        assert!(error.message().starts_with("the job comes from version \"9"), "{error}");
    }

    #[test]
    fn damaged_jobs_are_read_or_refused() {
        let bytes = job().to_bytes(&limits());
        let mut random = Random(3);
        let mut outcomes = [0, 0];
        for _ in 0..5000 {
            let mut damaged = bytes.clone();
            let place = random.below(bytes.len() as u64) as usize;
            damaged[place] = random.next() as u8;
            outcomes[usize::from(Job::from_bytes(&damaged).is_ok())] += 1;
        }
        assert!(outcomes.iter().all(|count| *count > 500), "{outcomes:?}");
    }
}
