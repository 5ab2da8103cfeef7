//! What the head of a response means, before any byte of its body is looked at.

use crate::byte_range::ByteRange;
use crate::error::{Code, Error};
use crate::text::quoted;

use super::content_range::ContentRange;
use super::diagnosis::is_page;
use super::length::Length;
use super::order::{Head, Millis};
use super::retry::retry_after;

/// The meaning of a head.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Bytes of the file from where the request starts.
    Part {
        /// What the head says about them.
        part: PartHead,
        /// Length of the file, where it is told.
        total: Option<u64>,
    },
    /// The server ignored `Range` and sends the whole file, which is small enough to take.
    Whole {
        /// Its length, where it is told.
        length: Option<u64>,
    },
    /// The request lies past the end of the file.
    PastEnd {
        /// Length of the file, where it is told.
        total: Option<u64>,
    },
    /// The request starts inside the file and passes its end, and the server is strict about that: ask again
    /// for what exists.
    AskLess {
        /// Length of the file.
        total: u64,
    },
    /// A failure that may pass.
    Again {
        /// To report when it does not pass.
        error: Error,
        /// What `Retry-After` asks for.
        after: Option<Millis>,
    },
    /// A failure that stays.
    Refused(Error),
}

/// What the head of a 206 says about its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartHead {
    /// Where the body ends in the file; `None` where neither `Content-Range` nor `Content-Length` tell.
    pub end: Option<u64>,
    /// Whether `Content-Range` is not readable: CORS hides it unless the server exposes it.
    pub hidden: bool,
}

/// Judges the head of an answer to the range `asked`, of a file of which `length` is known.
pub(super) fn judge(asked: ByteRange, head: &Head, length: Length, whole_bytes: u64) -> Verdict {
    let verdict = match head.status {
        206 => part(asked, head),
        200 => whole(head, whole_bytes),
        416 => unsatisfied(asked, head, length),
        status => return failure(asked, head, status),
    };
    match verdict {
        Ok(verdict) => verdict,
        Err(error) => Verdict::Refused(error.with(|detail| detail.status = Some(head.status))),
    }
}

fn failure(asked: ByteRange, head: &Head, status: u16) -> Verdict {
    let code = match status {
        404 | 410 => Code::NotFound,
        401 | 403 => Code::Forbidden,
        _ => Code::Http,
    };
    let error = Error::new(code, format!("http status {status} for bytes {asked}, expected 206"))
        .with(|detail| detail.status = Some(status));
    match status {
        408 | 429 | 500 | 502 | 503 | 504 => Verdict::Again { error, after: retry_after(head) },
        _ => Verdict::Refused(error),
    }
}

fn part(asked: ByteRange, head: &Head) -> Result<Verdict, Error> {
    plain_encoding(head)?;
    let Some(text) = &head.content_range else { return hidden_part(asked, head) };
    let Some(ContentRange::Part { range, total }) = ContentRange::parse(text) else {
        return Err(broken(format!("content-range {} in answer to bytes {asked}", quoted(text))));
    };
    if range.start != asked.start || range.end > asked.end {
        return Err(broken(format!("asked for bytes {asked}, answered with bytes {range}")));
    }
    if let Some(bytes) = head.content_length.filter(|bytes| *bytes > range.len()) {
        return Err(broken(format!("content-length {bytes} for content-range {}", quoted(text))));
    }
    Ok(Verdict::Part { part: PartHead { end: Some(range.end), hidden: false }, total })
}

/// Without `Content-Range` the body is taken to start where the request does; its length is checked instead.
fn hidden_part(asked: ByteRange, head: &Head) -> Result<Verdict, Error> {
    let kind = head.content_type.as_deref().unwrap_or("");
    if starts_with_ignoring_case(kind, "multipart/") {
        return Err(broken(format!("content-type {} in answer to the single range {asked}", quoted(kind))));
    }
    if let Some(bytes) = head.content_length.filter(|bytes| *bytes == 0 || *bytes > asked.len()) {
        return Err(broken(format!("asked for the {} bytes {asked}, answered with {bytes}", asked.len())));
    }
    let end = head.content_length.map(|bytes| asked.start.saturating_add(bytes));
    Ok(Verdict::Part { part: PartHead { end, hidden: true }, total: None })
}

fn whole(head: &Head, whole_bytes: u64) -> Result<Verdict, Error> {
    plain_encoding(head)?;
    match head.content_length {
        Some(bytes) if bytes > whole_bytes => Err(ignores_ranges(head, bytes, whole_bytes)),
        length => Ok(Verdict::Whole { length }),
    }
}

/// The server ignores `Range`, and `bytes` of body are more than what is taken whole.
pub(super) fn ignores_ranges(head: &Head, bytes: u64, whole_bytes: u64) -> Error {
    let page = if is_page(head) { " (an HTML page)" } else { "" };
    let message = format!(
        "the server ignores Range: it answered 200 with {bytes} bytes{page}, expected 206 or at most \
         {whole_bytes} bytes; its owner must turn on byte ranges (Accept-Ranges: bytes) for this file"
    );
    Error::new(Code::RangeUnsupported, message).with(|detail| {
        detail.status = Some(200);
        detail.found = Some(bytes);
        detail.limit = Some(whole_bytes);
    })
}

fn unsatisfied(asked: ByteRange, head: &Head, length: Length) -> Result<Verdict, Error> {
    let total = head.content_range.as_deref().and_then(ContentRange::parse).and_then(ContentRange::total);
    let inside = |end: u64| {
        let message = format!(
            "http status 416 for bytes {asked}, which start inside the file's {end} bytes, expected 206"
        );
        Err(Error::new(Code::Http, message))
    };
    match total {
        Some(total) if asked.start >= total => Ok(Verdict::PastEnd { total: Some(total) }),
        Some(total) if asked.end > total => Ok(Verdict::AskLess { total }),
        Some(total) => inside(total),
        None if asked.start < length.at_least() => inside(length.at_least()),
        None => Ok(Verdict::PastEnd { total: None }),
    }
}

/// Ranges of an encoded body are not ranges of the file; and `fetch` decodes before anyone can look.
fn plain_encoding(head: &Head) -> Result<(), Error> {
    match head.content_encoding.as_deref().map(str::trim) {
        None | Some("") => Ok(()),
        Some(encoding) if encoding.eq_ignore_ascii_case("identity") => Ok(()),
        Some(encoding) => Err(broken(format!(
            "content-encoding {encoding}, expected none: byte ranges of a compressed body are not those of the \
             file; the server's owner must turn compression off for this file"
        ))),
    }
}

/// The server answers ranges in a way that cannot be trusted.
pub(super) fn broken(message: String) -> Error {
    Error::new(Code::RangeUnsupported, message)
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
