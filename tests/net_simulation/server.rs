//! What a server makes of a request: the honest answer, or one of the faults that networks have.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::{Code, Error};
use pyramidion::range::{Head, Millis, NetOptions};

use crate::dice::Dice;
use crate::file::File;

/// A failure that Net may report because of a flight.
#[derive(Clone, Copy, Debug)]
pub struct Blame {
    pub code: Code,
    /// Whether it must be tried again first; with the least pause that the server asked for.
    pub retry: Option<Millis>,
}

impl Blame {
    pub fn last(code: Code) -> Self {
        Self { code, retry: None }
    }

    pub fn again(code: Code) -> Self {
        Self { code, retry: Some(0) }
    }
}

/// What a good head leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// 206.
    Part,
    /// 200 that may be taken.
    Whole,
    /// 416.
    PastEnd,
    /// Refused: `Answer::head_blame` says why.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    End,
    Reset,
    Silence,
}

/// An answer as it will come.
pub struct Answer {
    pub version: usize,
    /// `None`: the connection fails (or nothing ever comes) before a head.
    pub head: Option<Head>,
    pub meaning: Meaning,
    pub head_blame: Option<Blame>,
    pub body: Vec<u8>,
    /// Body bytes that Net may accept.
    pub allowed: u64,
    pub excess_blame: Blame,
    pub ending: Ending,
    pub end_blame: Option<Blame>,
    pub typed: Option<Error>,
    /// The length that the head tells.
    pub tells: Option<u64>,
    /// The length that the end tells.
    pub end_tells: Option<u64>,
    /// The head contradicts what Net was told before.
    pub contradicts: bool,
    /// Net may ask on at once, without a pause.
    pub hurry: bool,
}

const DATE: &str = "Sun, 06 Nov 1994 08:49:30 GMT";

pub fn answer(file: &File, asked: ByteRange, dice: &mut Dice, options: &NetOptions) -> Answer {
    let faulty = dice.chance(file.manners.faults);
    let mut answer = if file.http { honest(file, asked, options) } else { local(file, asked, dice) };
    if faulty && file.http {
        spoil(&mut answer, file, asked, dice, options);
    } else if faulty {
        spoil_local(&mut answer, file, asked, dice);
    }
    answer
}

fn blank(file: &File) -> Answer {
    Answer {
        version: file.current(),
        head: None,
        meaning: Meaning::Part,
        head_blame: None,
        body: Vec::new(),
        allowed: 0,
        excess_blame: Blame::last(Code::RangeUnsupported),
        ending: Ending::End,
        end_blame: None,
        typed: None,
        tells: None,
        end_tells: None,
        contradicts: false,
        hurry: false,
    }
}

fn honest(file: &File, asked: ByteRange, options: &NetOptions) -> Answer {
    let (version, manners) = (&file.versions[file.current()], file.manners);
    let mut answer = blank(file);
    let mut head = Head {
        etag: (manners.etag && !manners.hides).then(|| format!("\"{:x}\"", version.etag)),
        last_modified: manners.modified.then(|| format!("{:x}", version.modified)),
        ..Head::default()
    };
    if manners.ignores_ranges {
        ignore_range(&mut answer, &mut head, file, options);
    } else if asked.start >= version.length
        || (manners.strict && asked.end > version.length && !manners.hides)
    {
        head = Head { status: 416, ..Head::default() };
        if !manners.hides {
            head.content_range = Some(format!("bytes */{}", version.length));
            answer.tells = Some(version.length);
            answer.contradicts = file.told_length.is_some_and(|told| told != version.length);
        }
        answer.meaning = Meaning::PastEnd;
        if asked.start < version.length {
            answer.meaning = Meaning::Refused;
            answer.head_blame = Some(Blame::again(Code::Http));
            answer.hurry = true;
        } else if file.told_length.is_some_and(|told| asked.start < told) && manners.hides {
            answer.meaning = Meaning::Refused;
            answer.head_blame = Some(Blame::last(Code::Http));
        }
    } else {
        part(&mut answer, &mut head, file, asked, asked.end.min(version.length));
    }
    answer.head = Some(head);
    answer
}

/// 206 for what exists of the request.
fn part(answer: &mut Answer, head: &mut Head, file: &File, asked: ByteRange, end: u64) {
    let (version, manners) = (&file.versions[file.current()], file.manners);
    head.status = 206;
    answer.body = version.bytes(ByteRange::new(asked.start, end));
    answer.allowed =
        if manners.hides && !manners.tells_length { asked.len() } else { answer.body.len() as u64 };
    if !manners.hides {
        let total = if manners.star { "*".to_owned() } else { version.length.to_string() };
        head.content_range = Some(format!("bytes {}-{}/{total}", asked.start, end - 1));
        answer.tells = (!manners.star).then_some(version.length);
    }
    if manners.tells_length {
        head.content_length = Some(answer.body.len() as u64);
    }
    if end < asked.end {
        // Without a total only the next answer can prove that the file ends here.
        let provable = answer.tells.is_some() || (manners.hides && manners.tells_length);
        if !provable {
            answer.end_blame = Some(Blame::again(Code::Truncated));
            answer.hurry = true;
        } else if manners.hides {
            answer.end_tells = Some(end);
        }
    }
    answer.contradicts = answer.tells.is_some_and(|total| file.told_length.is_some_and(|told| told != total));
}

fn ignore_range(answer: &mut Answer, head: &mut Head, file: &File, options: &NetOptions) {
    let (version, manners) = (&file.versions[file.current()], file.manners);
    head.status = 200;
    head.content_range = None;
    head.content_length = manners.tells_length.then_some(version.length);
    answer.body = version.bytes(ByteRange::new(0, version.length));
    answer.meaning = Meaning::Whole;
    answer.tells = head.content_length;
    answer.end_tells = Some(version.length);
    answer.end_blame = None;
    answer.hurry = false;
    answer.allowed = if manners.tells_length { version.length } else { options.whole_bytes };
    let told = file.told_length.filter(|_| manners.tells_length);
    answer.contradicts = told.is_some_and(|told| told != version.length);
    if manners.tells_length && version.length > options.whole_bytes {
        answer.meaning = Meaning::Refused;
        answer.contradicts = false;
        answer.tells = None;
        answer.head_blame = Some(Blame::last(Code::RangeUnsupported));
    }
}

/// One of the faults that networks and servers have.
fn spoil(answer: &mut Answer, file: &File, asked: ByteRange, dice: &mut Dice, options: &NetOptions) {
    let body = answer.body.len() as u64;
    match dice.below(16) {
        0 => fail_before_head(answer, dice),
        1 => {
            answer.head = None;
            answer.ending = Ending::Silence;
        }
        2 | 3 => refuse(answer, status_that_may_pass(file, dice)),
        4 => refuse(answer, status_that_stays(dice)),
        // Of a body, only what its head announces can be missed.
        5 if body > 0 && answer.head_blame.is_none() && announced(answer) => {
            answer.body.truncate(dice.below(body) as usize);
            answer.end_blame = Some(Blame::again(Code::Truncated));
            answer.end_tells = None;
            answer.hurry = false;
        }
        6 | 7 => {
            answer.body.truncate(dice.below(body + 1) as usize);
            answer.ending = Ending::Reset;
        }
        8 => {
            answer.body.truncate(dice.below(body + 1) as usize);
            answer.ending = Ending::Silence;
        }
        // Bytes past the end that nothing announces as wrong could not be told from the file's.
        9 if answer.meaning == Meaning::Part && body == answer.allowed => lengthen(answer, dice),
        10 | 11 => garble(answer, asked, dice),
        12 => encode(answer, dice),
        13 if answer.meaning == Meaning::Part && !file.manners.hides && body > 1 => {
            let mut head = answer.head.take().unwrap_or_default();
            let end = asked.start + dice.between(1, body - 1);
            part(answer, &mut head, file, asked, end);
            answer.head = Some(head);
            answer.end_blame = Some(Blame::again(Code::Truncated));
            answer.end_tells = None;
            answer.hurry = true;
        }
        14 if answer.meaning == Meaning::Part => {
            let mut head = answer.head.take().unwrap_or_default();
            ignore_range(answer, &mut head, file, options);
            answer.head = Some(head);
        }
        15 if answer.tells.is_some() && file.told_length.is_some() && answer.meaning == Meaning::Part => {
            let text = answer.head.as_ref().and_then(|head| head.content_range.clone()).unwrap_or_default();
            let total = answer.tells.unwrap_or(0) + 1 + dice.below(9);
            if let (Some(head), Some((range, _))) = (&mut answer.head, text.split_once('/')) {
                head.content_range = Some(format!("{range}/{total}"));
                answer.contradicts = true;
            }
        }
        _ => fail_before_head(answer, dice),
    }
}

fn announced(answer: &Answer) -> bool {
    answer.head.as_ref().is_some_and(|head| head.content_length.is_some() || head.content_range.is_some())
}

fn fail_before_head(answer: &mut Answer, dice: &mut Dice) {
    answer.head = None;
    answer.ending = Ending::Reset;
    if dice.chance(15) {
        answer.typed = Some(Error::new(Code::Forbidden, "a private address"));
    }
}

fn refuse(answer: &mut Answer, (head, blame): (Head, Blame)) {
    answer.head = Some(head);
    answer.meaning = Meaning::Refused;
    answer.head_blame = Some(blame);
    answer.contradicts = false;
    answer.hurry = false;
    answer.tells = None;
}

fn status_that_may_pass(file: &File, dice: &mut Dice) -> (Head, Blame) {
    let status = dice.pick(&[408, 429, 500, 502, 503, 504]);
    let mut head = Head { status, content_type: Some("text/html".into()), ..Head::default() };
    let mut after = 0;
    if !file.manners.hides {
        match dice.below(4) {
            0 => {
                let seconds = dice.below(4);
                (head.retry_after, after) = (Some(seconds.to_string()), seconds * 1000);
            }
            1 => {
                head.retry_after = Some("Sun, 06 Nov 1994 08:49:32 GMT".into());
                head.date = Some(DATE.into());
                after = 2000;
            }
            2 => head.retry_after = Some("presently".into()),
            _ => {}
        }
    }
    (head, Blame { code: Code::Http, retry: Some(after) })
}

fn status_that_stays(dice: &mut Dice) -> (Head, Blame) {
    let status = dice.pick(&[404, 410, 401, 403, 400, 418, 204, 304, 301, 0, 999, 501]);
    let code = match status {
        404 | 410 => Code::NotFound,
        401 | 403 => Code::Forbidden,
        _ => Code::Http,
    };
    (Head { status, ..Head::default() }, Blame::last(code))
}

/// More body than announced.
fn lengthen(answer: &mut Answer, dice: &mut Dice) {
    for _ in 0..dice.between(1, 60) {
        answer.body.push(dice.below(256) as u8);
    }
    answer.end_blame = Some(answer.excess_blame);
}

/// A head that cannot belong to the request, over bytes that are not the file's.
fn garble(answer: &mut Answer, asked: ByteRange, dice: &mut Dice) {
    let (start, last) = (asked.start, asked.end - 1);
    let text = match dice.below(7) {
        0 => format!("bytes {}-{last}/*", start + 1),
        1 => format!("bytes {start}-{}/*", last + 1),
        2 => format!("bytes {}-{}/*", start + 7, last + 7),
        3 => format!("pixels {start}-{last}/*"),
        4 => format!("bytes {start}-{last}"),
        5 => "bytes */5000".to_owned(),
        _ => format!("bytes {last}-{start}/0"),
    };
    answer.body.iter_mut().for_each(|byte| *byte ^= 0xff);
    let head = Head { status: 206, content_range: Some(text), ..Head::default() };
    refuse(answer, (head, Blame::last(Code::RangeUnsupported)));
}

fn encode(answer: &mut Answer, dice: &mut Dice) {
    let Some(head) = &answer.head else { return };
    if !matches!(head.status, 200 | 206) {
        return fail_before_head(answer, dice);
    }
    let head = Head { content_encoding: Some(dice.pick(&["gzip", "br", "deflate"]).into()), ..head.clone() };
    answer.body.iter_mut().for_each(|byte| *byte ^= 0x55);
    refuse(answer, (head, Blame::last(Code::RangeUnsupported)));
}

fn local(file: &File, asked: ByteRange, dice: &mut Dice) -> Answer {
    let version = &file.versions[0];
    let mut answer = blank(file);
    answer.body = version.bytes(asked);
    answer.allowed = asked.len();
    answer.excess_blame = Blame::last(Code::InvalidArgument);
    let mut head = Head { status: 206, ..Head::default() };
    if dice.chance(30) {
        head.content_range = Some(format!("bytes */{}", version.length));
        answer.tells = Some(version.length);
    } else if answer.body.len() as u64 == asked.len() || answer.body.is_empty() {
        answer.end_tells = None;
    } else {
        answer.end_tells = Some(version.length);
    }
    answer.head = Some(head);
    answer
}

fn spoil_local(answer: &mut Answer, file: &File, asked: ByteRange, dice: &mut Dice) {
    let body = answer.body.len() as u64;
    let known = file.told_length.or(answer.tells);
    match dice.below(4) {
        0 => fail_before_head(answer, dice),
        1 if body == asked.len() => {
            let more = dice.between(1, 9);
            answer.body.extend((0..more).map(|_| 0));
            answer.end_blame = Some(answer.excess_blame);
        }
        2 if known.is_some() && body > 0 => {
            answer.body.truncate(dice.below(body) as usize);
            answer.end_blame = Some(Blame::last(Code::Truncated));
        }
        _ => {
            answer.body.truncate(dice.below(body + 1) as usize);
            answer.ending = Ending::Reset;
        }
    }
}
