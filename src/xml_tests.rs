use super::*;
use crate::codec::sample::Random;

#[test]
fn elements_attributes_and_texts() {
    let root = parse(
        "\u{FEFF}<?xml version='1.0'?>\r\n<!-- a --><a:GDAL x = \"1&#10;&lt;\" y='\"\t2'>\
         one\r\n&amp;<![CDATA[<two>]]>three<b/><b >4</b\n>five<c><!-- - -->six</c></a:GDAL> <?end?>",
    )
    .unwrap();
    assert_eq!((root.name(), root.text()), ("GDAL", "one\n&<two>three"));
    assert_eq!((root.attribute("x"), root.attribute("y")), (Some("1\n<"), Some("\" 2")));
    assert_eq!(root.attribute("z"), None);
    assert_eq!(root.all("b").map(Element::text).collect::<Vec<_>>(), ["", "4"]);
    assert_eq!(root.first("c").map(Element::text), Some(""));
}

#[test]
fn what_is_no_xml_is_told_with_its_place() {
    let cases = [
        ("", "byte 0: there is no element"),
        ("<a><b></a>", "byte 10: a ends where b is open"),
        ("<a>&nbsp;</a>", "byte 9: &nbsp; is unknown"),
        ("<!DOCTYPE a><a/>", "byte 0: a document type is not read"),
        ("<a b='1' b='2'/>", "byte 14: a second attribute b"),
        ("<a><b>", "byte 6: b is not closed"),
    ];
    for (document, message) in cases {
        assert_eq!(parse(document).unwrap_err(), message, "{document}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| parse(&["<a>".repeat(depth), "</a>".repeat(depth)].concat());
    assert!(nested(DEEPEST).is_ok());
    assert!(nested(DEEPEST + 1).unwrap_err().contains("256 within each other"));
}

/// The same of a tree of the reference's.
fn same(ours: &Element, theirs: roxmltree::Node<'_, '_>) -> bool {
    let mut elements = theirs.children().filter(roxmltree::Node::is_element);
    let attributes: Vec<_> = theirs.attributes().map(|found| (found.name(), found.value())).collect();
    ours.name() == theirs.tag_name().name()
        && ours.text() == theirs.text().unwrap_or_default()
        && ours.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(attributes)
        && ours.children.iter().all(|child| elements.next().is_some_and(|other| same(child, other)))
        && elements.next().is_none()
}

#[test]
fn mutated_documents_are_read_as_the_reference_reads_them() {
    let pieces = [
        "<a>",
        "</a>",
        "<b c=\"d\" e='f'/>",
        "<b\nc='1'\t>",
        "</b>",
        "text",
        "&amp;",
        "&#65;",
        "&#x1F600;",
        "&#0;",
        "&x;",
        "<!-- c -->",
        "<!-- -- -->",
        "<![CDATA[ <&]] ]]>",
        "<?pi x?>",
        "]]>",
        "\r\n",
        "  ",
        "é",
        "<",
        ">",
        "&",
        "\"",
        "'",
        "=",
        "\u{1}",
        "--",
        "<Item name=\"A\" sample='0'>1</Item>",
        "&lt;",
        "<a b='&#10;&lt;\n'>",
        "</ a>",
        "<1/>",
        "<c c='1' c='2'/>",
        "<d e='<'/>",
        "<-/>",
        "x='y'",
    ];
    let mut random = Random(11);
    let mut outcomes = [0, 0];
    for _ in 0..60_000 {
        let count = random.below(10);
        let inner: String = (0..count).map(|_| pieces[random.below(pieces.len() as u64) as usize]).collect();
        let mut document = format!("<a>{inner}</a>");
        if random.below(3) == 0 {
            let place = random.below(document.len() as u64) as usize;
            if document.is_char_boundary(place) {
                document.truncate(place);
            }
        }
        let (ours, theirs) = (parse(&document), roxmltree::Document::parse(&document));
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                assert!(same(ours, theirs.root_element()), "{document:?}\n{ours:?}")
            }
            (Err(_), Err(_)) => {}
            _ => panic!("{document:?}: {ours:?}, {theirs:?}"),
        }
        outcomes[usize::from(ours.is_ok())] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 3000), "{outcomes:?}");
}
