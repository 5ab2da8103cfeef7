//! What JavaScript's values mean: facts, options, requests and errors. The driver has checked the kinds of what users give where it
//! could; what is wrong all the same is an error, or the default.

use crate::byte_range::ByteRange;
use crate::codec::Order;
use crate::codec::frame::Unfit;
use crate::error::{Code, Detail, Error, Result};
use crate::limits::Limits;
use crate::plan::Request;
use crate::pyramid::neighbours::{Kind, MOST_OVERVIEW_FILES, Named, Overviews};
use crate::pyramid::{Options, OverviewPolicy};
use crate::range::trace::Fact;
use crate::range::{Failure, FlightId, Head, NetOptions, ReaderId, SourceId, SourceKind, SourceSpec, Wanted};
use crate::values::Value;

/// The options of a Net: the defaults, and what is given instead.
pub(super) fn net_options(given: &Value) -> NetOptions {
    let mut net = NetOptions::default();
    let whole = |name: &str, place: &mut u64| *place = given.field(name).whole().unwrap_or(*place);
    let count = |name: &str, place: &mut u32| {
        *place = given.field(name).whole().map_or(*place, |count| count.try_into().unwrap_or(u32::MAX));
    };
    whole("cacheBytes", &mut net.cache_bytes);
    whole("pageBytes", &mut net.page_bytes);
    whole("mergeBytes", &mut net.merge_bytes);
    whole("wholeBytes", &mut net.whole_bytes);
    whole("backoff", &mut net.backoff);
    whole("backoffMax", &mut net.backoff_max);
    whole("timeout", &mut net.timeout);
    whole("seed", &mut net.seed);
    count("attempts", &mut net.attempts);
    count("perOrigin", &mut net.per_origin);
    count("perOriginMultiplexed", &mut net.per_origin_multiplexed);
    net.merge_waste = given.field("mergeWaste").number().unwrap_or(net.merge_waste);
    net
}

/// A fact, in the form that traces have too: a text, or an object of one field.
pub(super) fn fact(given: &Value) -> Option<Fact> {
    let (name, given) = match given {
        Value::Text(name) => (name, given),
        _ => given.fields().first().map(|(name, given)| (name, given))?,
    };
    let flight = || given.field("flight").whole().map(FlightId);
    let reader = || given.field("reader").whole().map(ReaderId);
    let source = || given.field("source").small().map(SourceId);
    let priority = given.field("priority").number().unwrap_or_default() as i32;
    Some(match name.as_str() {
        "addSource" => Fact::AddSource(source_spec(given)),
        "read" => Fact::Read { source: source()?, wanted: wanted(given.field("wanted"))?, priority },
        "setPriority" => Fact::SetPriority { reader: reader()?, priority },
        "abort" => Fact::Abort { reader: reader()? },
        "close" => Fact::Close { source: source()? },
        "head" => Fact::Head { flight: flight()?, head: Box::new(head(given.field("head"))) },
        "body" => Fact::Body { flight: flight()?, received: given.field("received").whole()? },
        "end" => Fact::End { flight: flight()? },
        "failed" => Fact::Failed { flight: flight()?, failure: failure(given.field("failure")) },
        "multiplexed" => Fact::Multiplexed { source: source()? },
        "tick" => Fact::Tick,
        "gathered" => Fact::Gathered,
        "clearCache" => Fact::ClearCache,
        _ => return None,
    })
}

fn source_spec(given: &Value) -> SourceSpec {
    let origin = text(given.field("kind").field("http").field("origin"));
    SourceSpec {
        kind: origin.map_or(SourceKind::Local, |origin| SourceKind::Http { origin }),
        name: text(given.field("name")).unwrap_or_default(),
        cached: given.field("cached").boolean().unwrap_or_default(),
        size: given.field("size").whole(),
    }
}

fn wanted(given: &Value) -> Option<Vec<Wanted>> {
    let mut wanted = Vec::new();
    for given in given.items()? {
        let rounded = given.field("rounded").boolean().unwrap_or_default();
        wanted.push(Wanted { range: range(given.field("range"))?, rounded });
    }
    Some(wanted)
}

fn range(given: &Value) -> Option<ByteRange> {
    Some(ByteRange::new(given.field("start").whole()?, given.field("end").whole()?))
}

fn text(given: &Value) -> Option<String> {
    given.text().map(str::to_owned)
}

fn head(given: &Value) -> Head {
    let header = |name| text(given.field(name));
    Head {
        status: given.field("status").small().unwrap_or_default() as u16,
        content_range: header("contentRange"),
        content_length: given.field("contentLength").whole(),
        content_encoding: header("contentEncoding"),
        content_type: header("contentType"),
        redirected: header("redirected"),
        etag: header("etag"),
        last_modified: header("lastModified"),
        retry_after: header("retryAfter"),
        date: header("date"),
    }
}

fn failure(given: &Value) -> Failure {
    let typed = given.field("error");
    Failure {
        message: text(given.field("message")).unwrap_or_default(),
        error: typed.is_some().then(|| error(typed)),
    }
}

/// An error: its code, its message, what of its facts is what it should be, and its cause.
pub(super) fn error(given: &Value) -> Error {
    let code = given.field("code").text().and_then(Code::named).unwrap_or(Code::Internal);
    let message = text(given.field("message")).unwrap_or_default();
    let error = Error::new(code, message).with(|place| *place = detail(given.field("detail")));
    let cause = given.field("cause");
    if cause.is_some() { error.with_cause(self::error(cause)) } else { error }
}

fn detail(facts: &Value) -> Detail {
    let small = |name| facts.field(name).small();
    let short = |name| small(name)?.try_into().ok();
    let whole = |name| facts.field(name).whole();
    Detail {
        url: text(facts.field("url")),
        range: range(facts.field("range")),
        status: short("status"),
        attempts: small("attempts"),
        tag: short("tag"),
        value: text(facts.field("value")),
        block: whole("block"),
        level: small("level"),
        name: text(facts.field("name")),
        found: whole("found"),
        limit: whole("limit"),
    }
}

/// Limits, and the policy of overviews.
pub(super) fn dataset_options(given: &Value) -> Result<Options> {
    let mut limits = Limits::default();
    for (name, value) in given.field("limits").fields() {
        let Some(place) = limits.place(name) else {
            return Err(Error::invalid("limits", format!("limits has '{name}', which is not one of them")));
        };
        if value.is_some() {
            let name = format!("limits.{name}");
            *place = value.whole().ok_or_else(|| wrong(&name, value, "a whole number from 0"))?;
        }
    }
    let policy = given.field("overviewPolicy");
    let policy = match policy.text() {
        None if !policy.is_some() => OverviewPolicy::default(),
        Some("internal-first") => OverviewPolicy::InternalFirst,
        Some("append") => OverviewPolicy::Append,
        _ => return Err(wrong("overviewPolicy", policy, "'internal-first' or 'append'")),
    };
    Ok(Options { limits, policy, unfit: None })
}

/// The base, where its overviews are, how often they may have some of their own, and whether auxiliary files count.
pub(super) fn opened(given: &Value) -> Result<(Named, Overviews, u32, bool)> {
    let overviews = match given.field("overviews") {
        Value::Boolean(true) => Overviews::Beside,
        Value::Boolean(false) => Overviews::Never,
        Value::Null => Overviews::Probed,
        file => Overviews::Named(named(file)),
    };
    let depth = given.field("overviewDepth");
    let checked = if depth.is_some() { depth.small() } else { Some(1) };
    let Some(files) = checked.filter(|files| (1..=MOST_OVERVIEW_FILES).contains(files)) else {
        let expected = format!("a whole number from 1 to {MOST_OVERVIEW_FILES}");
        return Err(wrong("overviewDepth", depth, &expected));
    };
    let auxiliary = given.field("auxiliary").boolean().unwrap_or_default();
    Ok((named(given.field("base")), overviews, files, auxiliary))
}

fn named(given: &Value) -> Named {
    let kind = match given.field("kind").text() {
        Some("url") => Kind::Url,
        Some("siblings") => Kind::Siblings,
        _ => Kind::Alone,
    };
    Named { name: text(given.field("name")).unwrap_or_default(), kind }
}

fn wrong(name: &str, value: &Value, expected: &str) -> Error {
    Error::invalid(name, format!("{name} is {value}, expected {expected}"))
}

/// The `request` of `plan`.
pub(super) fn request(given: &Value) -> Result<Request> {
    if !matches!(given, Value::Object(_)) {
        return Err(Error::invalid("request", format!("request is {given}, expected an object")));
    }
    let number = |name| optional(given, name, Value::number);
    let order = |value: &Value| match value.text()? {
        "band" => Some(Order::Band),
        "pixel" => Some(Order::Pixel),
        _ => None,
    };
    Ok(Request {
        window: optional(given, "window", |value| numbers(value)?.try_into().ok())?,
        level: number("level")?,
        width: number("width")?,
        height: number("height")?,
        bands: optional(given, "bands", numbers)?,
        layout: optional(given, "layout", order)?,
        max_size: number("maxSize")?,
        mask: optional(given, "mask", Value::boolean)?,
        unfit: optional(given, "unfit", |value| Unfit::named(value.text()?))?,
        max_bytes: number("maxBytes")?,
    })
}

/// The field as `read` makes it; an error where the field is there and `read` makes nothing of it.
fn optional<T>(given: &Value, name: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>> {
    let value = given.field(name);
    let made = read(value);
    if made.is_none() && value.is_some() {
        return Err(Error::invalid("request", format!("request: {name} is {value}")));
    }
    Ok(made)
}

/// The items of an array, if all of them are numbers.
fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.items()?.iter().map(Value::number).collect()
}
