//! Texts in messages, and searching in texts. The standard library does all of it too, in several times the code.

/// Where `what`, which is not empty, begins in the text.
pub fn find(text: &str, what: &str) -> Option<usize> {
    text.as_bytes().windows(what.len().max(1)).position(|part| part == what.as_bytes())
}

/// The text in quotes, on one line whatever is in it.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        add(&mut quoted, character);
    }
    quoted.push('"');
    quoted
}

/// Bytes that may be text, in quotes: what is no ASCII as `\xff`.
pub fn quoted_bytes(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for byte in bytes {
        if byte.is_ascii() { add(&mut quoted, char::from(*byte)) } else { add_number(&mut quoted, *byte) }
    }
    quoted.push('"');
    quoted
}

/// Numbers in brackets.
pub fn listed(numbers: impl IntoIterator<Item = u64>) -> String {
    list(&mut numbers.into_iter())
}

/// [`listed`], compiled once.
#[inline(never)]
fn list(numbers: &mut dyn Iterator<Item = u64>) -> String {
    let mut list = String::from("[");
    for number in numbers {
        if list.len() > 1 {
            list.push_str(", ");
        }
        list.push_str(&number.to_string());
    }
    list.push(']');
    list
}

fn add(quoted: &mut String, character: char) {
    match character {
        '\n' => quoted.push_str("\\n"),
        '\r' => quoted.push_str("\\r"),
        '\t' => quoted.push_str("\\t"),
        '\0'..' ' | '\u{7f}' => add_number(quoted, character as u8),
        _ => {
            if matches!(character, '"' | '\\') {
                quoted.push('\\');
            }
            quoted.push(character);
        }
    }
}

fn add_number(quoted: &mut String, byte: u8) {
    quoted.push_str("\\x");
    for digit in [byte >> 4, byte & 15] {
        quoted.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_show_what_lines_cannot() {
        assert_eq!(quoted("a \"b\" \\ \u{e9}\r\n\t\0"), r#""a \"b\" \\ é\r\n\t\x00""#);
        assert_eq!(quoted_bytes(b"\x89PNG\n\x7f\""), r#""\x89PNG\n\x7f\"""#);
        assert_eq!(quoted(""), "\"\"");
    }

    #[test]
    fn searching_finds_the_first() {
        for (text, what) in [("a]]>b]]>", "]]>"), ("]]", "]]>"), ("", "x"), ("\u{e9}x", "x"), ("aab", "ab")] {
            assert_eq!(find(text, what), text.find(what), "{text} {what}");
        }
    }

    #[test]
    fn lists_are_in_brackets() {
        assert_eq!((listed([1, 2]), listed([])), ("[1, 2]".to_owned(), "[]".to_owned()));
    }
}
