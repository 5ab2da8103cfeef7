//! One error type with a stable code, and the way a question over missing bytes stops.

use serde::{Deserialize, Serialize};

use crate::byte_range::ByteRange;

/// What kind of failure: stable names, the same in Rust and JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The source does not exist (HTTP 404 or 410, ENOENT).
    NotFound,
    /// The source may not be read (HTTP 401 or 403, EACCES).
    Forbidden,
    /// Any other HTTP status that is a failure.
    Http,
    /// No answer: refused, reset, DNS, CORS.
    Network,
    /// An answer that took too long.
    Timeout,
    /// Fewer bytes than announced, or a file that ends before what it refers to.
    Truncated,
    /// The server ignores `Range` and the body is too large to take whole.
    RangeUnsupported,
    /// Validator or length differ from what they were.
    FileChanged,
    /// Not a TIFF, nor any other known kind.
    NotATiff,
    /// The file contradicts its specification or itself.
    Malformed,
    /// A known feature that this build does not read.
    Unsupported,
    /// One of [`crate::limits::Limits`] would be passed.
    Limit,
    /// The result asked for is larger than allowed.
    TooLarge,
    /// A caller's argument is wrong.
    InvalidArgument,
    /// The raster was closed.
    Closed,
    /// A bug in pyramidion.
    Internal,
}

impl Code {
    const ALL: [Self; 16] = [
        Self::NotFound,
        Self::Forbidden,
        Self::Http,
        Self::Network,
        Self::Timeout,
        Self::Truncated,
        Self::RangeUnsupported,
        Self::FileChanged,
        Self::NotATiff,
        Self::Malformed,
        Self::Unsupported,
        Self::Limit,
        Self::TooLarge,
        Self::InvalidArgument,
        Self::Closed,
        Self::Internal,
    ];

    /// Its name, in Rust, in JavaScript and in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::Http => "http",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Truncated => "truncated",
            Self::RangeUnsupported => "range_unsupported",
            Self::FileChanged => "file_changed",
            Self::NotATiff => "not_a_tiff",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit",
            Self::TooLarge => "too_large",
            Self::InvalidArgument => "invalid_argument",
            Self::Closed => "closed",
            Self::Internal => "internal",
        }
    }

    /// The code of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

/// The facts of an error, each present where it applies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Detail {
    /// The file's URL or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The bytes asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<ByteRange>,
    /// HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Requests sent for it, the first included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// TIFF tag number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<u16>,
    /// The tag's value, or the name of the feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Block number in the level, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<u64>,
    /// Level number, 0 = full size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u32>,
    /// Name of the limit or the argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<u64>,
    /// What was allowed or expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A failure: code, a message that says what was found and what was expected, and the facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    code: Code,
    message: String,
    detail: Detail,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Error>,
    /// In a [`Stop`] alone.
    #[serde(skip)]
    need: Option<Need>,
}

/// Result of anything that needs no more bytes.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of that code. `message` is lower case, with the numbers in.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            detail: Detail::default(),
            cause: None,
            need: None,
        }))
    }

    /// [`Code::Malformed`].
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Code::Malformed, message)
    }

    /// [`Code::Truncated`].
    pub fn truncated(message: impl Into<String>) -> Self {
        Self::new(Code::Truncated, message)
    }

    /// [`Code::Unsupported`].
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Code::Unsupported, message)
    }

    /// [`Code::InvalidArgument`] for the named argument.
    pub fn invalid(argument: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(Code::InvalidArgument, message);
        error.0.detail.name = Some(argument.to_owned());
        error
    }

    /// [`Code::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    /// [`Code::Limit`]: `what` would take `found`, and `name` allows `limit`.
    pub fn limit(name: &str, what: &str, found: u64, limit: u64) -> Self {
        let mut error = Self::new(Code::Limit, format!("{what}: found {found}, the limit {name} is {limit}"));
        error.0.detail.name = Some(name.to_owned());
        error.0.detail.found = Some(found);
        error.0.detail.limit = Some(limit);
        error
    }

    /// The same error with its facts changed by `set`.
    pub fn with(mut self, set: impl FnOnce(&mut Detail)) -> Self {
        set(&mut self.0.detail);
        self
    }

    /// The same error with more words.
    pub fn adding(mut self, words: &str) -> Self {
        self.0.message.push_str(words);
        self
    }

    /// The same error about that tag.
    pub fn with_tag(self, tag: u16) -> Self {
        self.with(|detail| detail.tag = Some(tag))
    }

    /// The same error about that tag and its value.
    pub fn with_value(self, tag: u16, value: impl ToString) -> Self {
        self.with(|detail| {
            detail.tag = Some(tag);
            detail.value = Some(value.to_string());
        })
    }

    /// The same error, caused by `cause`.
    pub fn with_cause(mut self, cause: Error) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What was found and what was expected.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The facts.
    pub fn detail(&self) -> &Detail {
        &self.0.detail
    }

    /// What led to it.
    pub fn cause(&self) -> Option<&Error> {
        self.0.cause.as_ref()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

/// Which file of a dataset: 0 is the base, the others are its sidecars in the order in which the dataset was given them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u32);

impl FileId {
    /// The file that was opened.
    pub const BASE: Self = Self(0);
}

/// Bytes to bring before a question is asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The file.
    pub file: FileId,
    /// What is missing of it: never empty, and never bytes already supplied.
    pub ranges: Vec<ByteRange>,
}

/// Why a question over the bytes supplied so far has no answer yet: bytes are to be brought before it is asked again, or there
/// will be none.
///
/// One word, and the same as an error, so that each `?` has little to do: in WebAssembly an enum here took some kilobytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop(Error);

impl Stop {
    /// Stops until these bytes of that file are there.
    pub fn need(file: FileId, ranges: Vec<ByteRange>) -> Self {
        let mut stop = Error::internal("bytes are missing");
        stop.0.need = Some(Need { file, ranges });
        Self(stop)
    }

    /// Whether bytes are missing, and no more.
    pub fn is_need(&self) -> bool {
        self.0.0.need.is_some()
    }

    /// The bytes that are missing.
    ///
    /// # Errors
    /// Where it is an error.
    pub fn into_need(mut self) -> Result<Need> {
        self.0.0.need.take().ok_or(self.0)
    }

    /// The error.
    ///
    /// # Errors
    /// Itself, where bytes are missing.
    pub fn into_error(self) -> Answer<Error> {
        if self.is_need() { Err(self) } else { Ok(self.0) }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// An answer, or the bytes that it needs first.
pub type Answer<T> = std::result::Result<T, Stop>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_serialized() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert_eq!(Code::named(code.name()), Some(code));
        }
        assert_eq!(Code::named("nonsense"), None);
    }
}
