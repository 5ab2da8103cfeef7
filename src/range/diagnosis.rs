//! What a server does wrong although its answers can be used, in one line for its owner.

use super::order::{Head, SourceFacts};

/// What the owner of the server of `name` should change; nothing where all is well.
pub fn advice(name: &str, facts: &SourceFacts) -> Vec<String> {
    let mut lines = Vec::new();
    if facts.whole {
        lines.push(format!(
            "the server ignores Range and sent all of {name}, which was small enough to take; its owner must turn on \
             byte ranges (Accept-Ranges: bytes)"
        ));
    }
    if facts.hidden {
        lines.push(format!(
            "the server hides Content-Range of {name} (CORS): that the bytes are those asked for, and that the file \
             has not changed, cannot be checked; its owner must send Access-Control-Expose-Headers: Content-Range, \
             ETag, Accept-Ranges"
        ));
    }
    lines
}

/// Whether the head speaks of an HTML page.
pub(super) fn is_page(head: &Head) -> bool {
    let kind = head.content_type.as_deref().unwrap_or("").trim_start();
    kind.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flaw_is_named_with_its_cure_and_soundness_is_not() {
        let sound = SourceFacts::default();
        assert!(advice("a.tif", &sound).is_empty());
        let whole = advice("a.tif", &SourceFacts { whole: true, ..sound.clone() });
        assert!(matches!(&whole[..], [line] if line.contains("ignores Range") && line.contains("a.tif")));
        let hidden = advice("a.tif", &SourceFacts { hidden: true, ..sound });
        assert!(
            matches!(&hidden[..], [line] if line.contains("Access-Control-Expose-Headers: Content-Range, ETag"))
        );
    }

    #[test]
    fn pages_are_known_by_their_type() {
        for (kind, page) in
            [("text/html", true), ("Text/HTML; charset=x", true), ("image/tiff", false), ("", false)]
        {
            let head = Head { content_type: Some(kind.to_owned()), ..Head::default() };
            assert_eq!(is_page(&head), page, "{kind}");
        }
        assert!(!is_page(&Head::default()));
    }
}
