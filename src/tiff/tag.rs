//! Tag numbers and field types.

/// Tags by the names that the specifications give them.
#[allow(missing_docs)]
pub mod id {
    pub const NEW_SUBFILE_TYPE: u16 = 254;
    pub const SUBFILE_TYPE: u16 = 255;
    pub const IMAGE_WIDTH: u16 = 256;
    pub const IMAGE_LENGTH: u16 = 257;
    pub const BITS_PER_SAMPLE: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC_INTERPRETATION: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const IMAGE_DESCRIPTION: u16 = 270;
    pub const ORIENTATION: u16 = 274;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTE_COUNTS: u16 = 279;
    pub const MIN_SAMPLE_VALUE: u16 = 280;
    pub const MAX_SAMPLE_VALUE: u16 = 281;
    pub const PLANAR_CONFIGURATION: u16 = 284;
    pub const T4_OPTIONS: u16 = 292;
    pub const T6_OPTIONS: u16 = 293;
    pub const SOFTWARE: u16 = 305;
    pub const DATE_TIME: u16 = 306;
    pub const PREDICTOR: u16 = 317;
    pub const WHITE_POINT: u16 = 318;
    pub const COLOR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_LENGTH: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTE_COUNTS: u16 = 325;
    pub const SUB_IFDS: u16 = 330;
    pub const INK_SET: u16 = 332;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const S_MIN_SAMPLE_VALUE: u16 = 340;
    pub const S_MAX_SAMPLE_VALUE: u16 = 341;
    pub const JPEG_TABLES: u16 = 347;
    pub const JPEG_INTERCHANGE_FORMAT: u16 = 513;
    pub const JPEG_INTERCHANGE_FORMAT_LENGTH: u16 = 514;
    pub const JPEG_RESTART_INTERVAL: u16 = 515;
    pub const JPEG_Q_TABLES: u16 = 519;
    pub const JPEG_DC_TABLES: u16 = 520;
    pub const JPEG_AC_TABLES: u16 = 521;
    pub const YCBCR_COEFFICIENTS: u16 = 529;
    pub const YCBCR_SUBSAMPLING: u16 = 530;
    pub const REFERENCE_BLACK_WHITE: u16 = 532;
    pub const MATTEING: u16 = 32995;
    pub const DATA_TYPE: u16 = 32996;
    pub const IMAGE_DEPTH: u16 = 32997;
    pub const TILE_DEPTH: u16 = 32998;
    pub const MODEL_PIXEL_SCALE: u16 = 33550;
    pub const MODEL_TIEPOINT: u16 = 33922;
    pub const MODEL_TRANSFORMATION: u16 = 34264;
    pub const GEO_KEY_DIRECTORY: u16 = 34735;
    pub const GEO_DOUBLE_PARAMS: u16 = 34736;
    pub const GEO_ASCII_PARAMS: u16 = 34737;
    pub const GDAL_METADATA: u16 = 42112;
    pub const GDAL_NODATA: u16 = 42113;
    pub const LERC_PARAMETERS: u16 = 50674;
}

/// The name of a tag for messages: its own, or `tag N`.
pub fn name(tag: u16) -> String {
    let name = match tag {
        id::IMAGE_WIDTH => "ImageWidth",
        id::IMAGE_LENGTH => "ImageLength",
        id::BITS_PER_SAMPLE => "BitsPerSample",
        id::COMPRESSION => "Compression",
        id::PHOTOMETRIC_INTERPRETATION => "PhotometricInterpretation",
        id::FILL_ORDER => "FillOrder",
        id::STRIP_OFFSETS => "StripOffsets",
        id::ORIENTATION => "Orientation",
        id::SAMPLES_PER_PIXEL => "SamplesPerPixel",
        id::ROWS_PER_STRIP => "RowsPerStrip",
        id::STRIP_BYTE_COUNTS => "StripByteCounts",
        id::PLANAR_CONFIGURATION => "PlanarConfiguration",
        id::T4_OPTIONS => "T4Options",
        id::T6_OPTIONS => "T6Options",
        id::PREDICTOR => "Predictor",
        id::COLOR_MAP => "ColorMap",
        id::TILE_WIDTH => "TileWidth",
        id::TILE_LENGTH => "TileLength",
        id::TILE_OFFSETS => "TileOffsets",
        id::TILE_BYTE_COUNTS => "TileByteCounts",
        id::SUB_IFDS => "SubIFDs",
        id::EXTRA_SAMPLES => "ExtraSamples",
        id::SAMPLE_FORMAT => "SampleFormat",
        id::MIN_SAMPLE_VALUE => "MinSampleValue",
        id::MAX_SAMPLE_VALUE => "MaxSampleValue",
        id::S_MIN_SAMPLE_VALUE => "SMinSampleValue",
        id::S_MAX_SAMPLE_VALUE => "SMaxSampleValue",
        id::DATA_TYPE => "DataType",
        id::IMAGE_DEPTH => "ImageDepth",
        id::TILE_DEPTH => "TileDepth",
        id::JPEG_TABLES => "JPEGTables",
        id::JPEG_INTERCHANGE_FORMAT => "JPEGInterchangeFormat",
        id::JPEG_Q_TABLES => "JPEGQTables",
        id::JPEG_DC_TABLES => "JPEGDCTables",
        id::JPEG_AC_TABLES => "JPEGACTables",
        id::WHITE_POINT => "WhitePoint",
        id::INK_SET => "InkSet",
        id::YCBCR_COEFFICIENTS => "YCbCrCoefficients",
        id::YCBCR_SUBSAMPLING => "YCbCrSubSampling",
        id::REFERENCE_BLACK_WHITE => "ReferenceBlackWhite",
        id::MODEL_PIXEL_SCALE => "ModelPixelScale",
        id::MODEL_TIEPOINT => "ModelTiepoint",
        id::MODEL_TRANSFORMATION => "ModelTransformation",
        id::GEO_KEY_DIRECTORY => "GeoKeyDirectory",
        id::GEO_DOUBLE_PARAMS => "GeoDoubleParams",
        id::GEO_ASCII_PARAMS => "GeoAsciiParams",
        id::GDAL_METADATA => "GDAL_METADATA",
        id::GDAL_NODATA => "GDAL_NODATA",
        id::LERC_PARAMETERS => "LercParameters",
        _ => return format!("tag {tag}"),
    };
    name.to_owned()
}

/// How the values of an entry are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FieldType {
    Byte,
    Ascii,
    Short,
    Long,
    Rational,
    SByte,
    Undefined,
    SShort,
    SLong,
    SRational,
    Float,
    Double,
    Ifd,
    Long8,
    SLong8,
    Ifd8,
    /// The number 0, which libtiff knows: bytes of nothing in particular.
    Untyped,
    /// A number that no specification names.
    Unknown,
}

impl FieldType {
    /// The type of that number.
    pub fn from_number(number: u16) -> Self {
        use FieldType as T;
        match number {
            0 => T::Untyped,
            1 => T::Byte,
            2 => T::Ascii,
            3 => T::Short,
            4 => T::Long,
            5 => T::Rational,
            6 => T::SByte,
            7 => T::Undefined,
            8 => T::SShort,
            9 => T::SLong,
            10 => T::SRational,
            11 => T::Float,
            12 => T::Double,
            13 => T::Ifd,
            16 => T::Long8,
            17 => T::SLong8,
            18 => T::Ifd8,
            _ => T::Unknown,
        }
    }

    /// The number of that type; 0 for one that was not known.
    pub fn number(self) -> u16 {
        (1..=18).find(|number| Self::from_number(*number) == self && self != Self::Unknown).unwrap_or(0)
    }

    /// Bytes of one value.
    pub fn size(self) -> u64 {
        use FieldType as T;
        match self {
            T::Byte | T::Ascii | T::SByte | T::Undefined | T::Untyped | T::Unknown => 1,
            T::Short | T::SShort => 2,
            T::Long | T::SLong | T::Float | T::Ifd => 4,
            T::Rational | T::SRational | T::Double | T::Long8 | T::SLong8 | T::Ifd8 => 8,
        }
    }
}
