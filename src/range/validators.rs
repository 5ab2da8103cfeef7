//! Whether an answer still speaks of the same file.

use super::order::{Head, SourceFacts};

/// How the answer's validators differ from those of the first one; `None` if they do not. Validators that an
/// answer lacks (CORS hides `ETag`, proxies drop headers) are no difference. Weak and strong forms of one entity
/// tag are equal: a compressing proxy turns one into the other.
pub(super) fn difference(facts: &SourceFacts, head: &Head) -> Option<String> {
    let strong = |tag: &Option<String>| {
        let tag = tag.as_deref().unwrap_or_default().trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        (!tag.is_empty()).then(|| tag.to_owned())
    };
    let differ = |name: &str, was: Option<String>, now: Option<String>| match (was, now) {
        (Some(was), Some(now)) if was != now => Some(format!("{name} was {was}, now {now}")),
        _ => None,
    };
    differ("etag", strong(&facts.etag), strong(&head.etag))
        .or_else(|| differ("last-modified", facts.last_modified.clone(), head.last_modified.clone()))
}

/// Remembers the validators that are not known yet.
pub(super) fn adopt(facts: &mut SourceFacts, head: &Head) {
    if facts.etag.is_none() {
        facts.etag.clone_from(&head.etag);
    }
    if facts.last_modified.is_none() {
        facts.last_modified.clone_from(&head.last_modified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(etag: Option<&str>, last_modified: Option<&str>) -> Head {
        Head {
            etag: etag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
            ..Head::default()
        }
    }

    #[test]
    fn table() {
        let mut facts = SourceFacts::default();
        adopt(&mut facts, &head(None, None));
        assert_eq!(difference(&facts, &head(Some("\"a\""), Some("Monday"))), None);
        adopt(&mut facts, &head(Some("W/\"a\""), None));
        adopt(&mut facts, &head(Some("\"z\""), Some("Monday")));
        assert_eq!(facts.etag.as_deref(), Some("W/\"a\""), "the first one stays");
        let table = [
            (Some("\"a\""), Some("Monday"), None),
            (None, None, None),
            (Some(""), None, None),
            (Some("\"b\""), Some("Monday"), Some("etag was \"a\", now \"b\"")),
            (Some("W/\"a\""), Some("Friday"), Some("last-modified was Monday, now Friday")),
            (None, Some("Friday"), Some("last-modified was Monday, now Friday")),
        ];
        for (etag, last_modified, expected) in table {
            assert_eq!(difference(&facts, &head(etag, last_modified)).as_deref(), expected);
        }
    }
}
