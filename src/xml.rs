//! The XML of GDAL's metadata: elements, attributes and text, without document types and namespaces. The reader of a
//! crate was an eighth of the module.

use crate::text::find;

/// Elements within elements.
const DEEPEST: usize = 256;

/// Elements of one document.
const MOST: usize = 1 << 20;

/// An element and all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// As it is written, prefix included.
    name: String,
    attributes: Vec<(String, String)>,
    /// The elements in it.
    children: Vec<Element>,
    text: String,
    /// Whether something other than text has come.
    is_text_over: bool,
}

impl Element {
    /// Its name, without a prefix.
    pub fn name(&self) -> &str {
        self.name.split_once(':').map_or(&self.name, |(_, local)| local)
    }

    /// The value of that attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The elements of that name in it.
    pub fn all<'a>(&'a self, name: &'a str) -> Named<'a> {
        Named { left: &self.children, name }
    }

    /// The first of them.
    pub fn first(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name() == name)
    }

    /// The text that it begins with, before any element, comment or instruction.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Elements of one name.
#[derive(Debug)]
pub struct Named<'a> {
    left: &'a [Element],
    name: &'a str,
}

impl<'a> Iterator for Named<'a> {
    type Item = &'a Element;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((element, rest)) = self.left.split_first() {
            self.left = rest;
            if element.name() == self.name {
                return Some(element);
            }
        }
        None
    }
}

/// The one element of a document.
///
/// # Errors
/// Says what is wrong and at which byte.
pub fn parse(document: &str) -> Result<Element, String> {
    let text = document.strip_prefix('\u{FEFF}').unwrap_or(document);
    let mut parser = Parser { length: document.len(), rest: text, open: Vec::new(), root: None, count: 0 };
    while !parser.rest.is_empty() {
        parser.step().map_err(|what| parser.at(what))?;
    }
    match (parser.root.take(), parser.open.last()) {
        (_, Some(open)) => Err(parser.at(format!("{} is not closed", open.name))),
        (None, None) => Err(parser.at("there is no element".to_owned())),
        (Some(root), None) => Ok(root),
    }
}

struct Parser<'a> {
    length: usize,
    rest: &'a str,
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn at(&self, what: String) -> String {
        format!("byte {}: {what}", self.length - self.rest.len())
    }

    /// Takes text up to the next tag, or one tag.
    fn step(&mut self) -> Parsed<()> {
        let text = self.until(|character| character == '<');
        if !text.is_empty() {
            return self.characters(text);
        }
        if self.takes("<!--") {
            let comment = self.through("-->")?;
            if find(comment, "--").is_some() || comment.ends_with('-') {
                return Err("a comment holds --".to_owned());
            }
        } else if self.takes("<![CDATA[") {
            let text = self.through("]]>")?;
            return self.append(&normalized(text));
        } else if self.takes("<?") {
            self.through("?>")?;
        } else if self.takes("</") {
            return self.end();
        } else if self.rest.starts_with("<!") {
            return Err("a document type is not read".to_owned());
        } else {
            self.takes("<");
            return self.start();
        }
        if let Some(parent) = self.open.last_mut() {
            parent.is_text_over = true;
        }
        Ok(())
    }

    fn characters(&mut self, text: &str) -> Parsed<()> {
        if self.open.is_empty() {
            return match text.trim_start_matches(is_space) {
                "" => Ok(()),
                _ => Err("text outside of the document's element".to_owned()),
            };
        }
        if find(text, "]]>").is_some() {
            return Err("]]> outside of CDATA".to_owned());
        }
        self.append(&decoded(&normalized(text))?)
    }

    fn append(&mut self, text: &str) -> Parsed<()> {
        if let Some(found) = text.chars().find(|character| !is_allowed(*character)) {
            return Err(format!("character {}", u32::from(found)));
        }
        let element = self.open.last_mut().ok_or("text outside of the document's element")?;
        if !element.is_text_over {
            element.text.push_str(text);
        }
        Ok(())
    }

    fn start(&mut self) -> Parsed<()> {
        self.count += 1;
        if self.count > MOST || self.open.len() >= DEEPEST {
            return Err(format!("more than {MOST} elements, or {DEEPEST} within each other"));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err("a second element beside the document's".to_owned());
        }
        let mut element = Element { name: self.name()?, ..Element::default() };
        loop {
            let spaces = self.until(|character| !is_space(character));
            if self.takes("/>") {
                return self.close(element);
            }
            if self.takes(">") {
                self.open.push(element);
                return Ok(());
            }
            if spaces.is_empty() {
                return Err(format!("{} is followed by something else than an attribute", element.name));
            }
            let (name, value) = self.attribute()?;
            if element.attribute(&name).is_some() {
                return Err(format!("a second attribute {name}"));
            }
            element.attributes.push((name, value));
        }
    }

    fn attribute(&mut self) -> Parsed<(String, String)> {
        let name = self.name()?;
        self.until(|character| !is_space(character));
        let equals = self.takes("=");
        self.until(|character| !is_space(character));
        let quote = ["\"", "'"].into_iter().find(|quote| equals && self.takes(quote));
        let Some(quote) = quote else { return Err(format!("attribute {name} has no value in quotes")) };
        let value = self.through(quote)?;
        if value.contains('<') || value.chars().any(|character| !is_allowed(character)) {
            return Err(format!("attribute {name} holds a character that has to be escaped"));
        }
        let spaced: String = normalized(value)
            .chars()
            .map(|character| if is_space(character) { ' ' } else { character })
            .collect();
        Ok((name, decoded(&spaced)?))
    }

    fn end(&mut self) -> Parsed<()> {
        let name = self.name()?;
        self.until(|character| !is_space(character));
        if !self.takes(">") {
            return Err(format!("the end of {name} has no >"));
        }
        match self.open.pop() {
            Some(element) if element.name == name => self.close(element),
            Some(element) => Err(format!("{name} ends where {} is open", element.name)),
            None => Err(format!("{name} ends and was not open")),
        }
    }

    fn close(&mut self, element: Element) -> Parsed<()> {
        match self.open.last_mut() {
            Some(parent) => {
                parent.is_text_over = true;
                parent.children.push(element);
            }
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn name(&mut self) -> Parsed<String> {
        let is_letter =
            |found: char| found.is_ascii_alphabetic() || matches!(found, '_' | ':') || !found.is_ascii();
        let name =
            self.until(|found| !(is_letter(found) || found.is_ascii_digit() || matches!(found, '-' | '.')));
        match name.starts_with(is_letter) {
            true => Ok(name.to_owned()),
            false => Err("a name is expected".to_owned()),
        }
    }

    /// Takes that text, if it comes next.
    fn takes(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes what comes before that text, and the text.
    fn through(&mut self, text: &str) -> Parsed<&'a str> {
        let place = find(self.rest, text).and_then(|at| self.rest.split_at_checked(at));
        let (before, rest) = place.ok_or_else(|| format!("no {text} follows"))?;
        self.rest = rest.strip_prefix(text).unwrap_or(rest);
        Ok(before)
    }

    /// Takes what comes before such a character, or all.
    fn until(&mut self, is_end: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (before, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        before
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// What may stand in a document at all.
fn is_allowed(character: char) -> bool {
    is_space(character) || (character >= ' ' && !matches!(character, '\u{FFFE}' | '\u{FFFF}'))
}

/// Lines end with a line feed.
fn normalized(text: &str) -> String {
    let mut lines = String::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\r') {
        lines.push_str(line);
        lines.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    lines.push_str(rest);
    lines
}

/// The text with its references in their plain form.
fn decoded(text: &str) -> Parsed<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (name, after) = after.split_once(';').ok_or("an & is no reference")?;
        plain.push(character(name).ok_or_else(|| format!("&{name}; is unknown"))?);
        rest = after;
    }
    plain.push_str(rest);
    Ok(plain)
}

fn character(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = code.strip_prefix('x').map_or((code, 10), |digits| (digits, 16));
    if digits.starts_with('+') {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|character| is_allowed(*character))
}

#[cfg(test)]
#[path = "xml_tests.rs"]
mod tests;
