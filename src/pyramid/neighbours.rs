//! Which files may lie beside a base, and under which names.

use super::sidecar::{Role, Sidecar, has_query, replaced_extension, sidecar_url, world_extensions};

/// `.ovr` may follow `.ovr` at most this often.
pub const MOST_OVERVIEW_FILES: u32 = 8;

/// How a file's neighbours are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By URL.
    Url,
    /// By whoever gives the file: it knows its neighbours.
    Siblings,
    /// Not at all.
    Alone,
}

/// A file that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// URL or name.
    pub name: String,
    /// How its neighbours are found.
    pub kind: Kind,
}

/// Where the first file with overviews is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Overviews {
    /// Beside the base, unless that has a query: a signed URL has no neighbours that anybody could ask for.
    #[default]
    Probed,
    /// Beside the base, whatever its URL.
    Beside,
    /// Nowhere.
    Never,
    /// There.
    Named(Named),
}

/// A place where a file may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file that was named as the one with overviews.
    Named,
    /// A URL.
    Url(String),
    /// Beside the base, or beside the named overviews: what is added to that name; behind an asterisk, what replaces its extension.
    Suffix {
        /// Whether it lies beside the named overviews.
        of_named: bool,
        /// As a source is asked for it.
        suffix: String,
    },
}

/// A file beside the base: what is known of it, and the places where it may be, the usual one first.
pub type Neighbour = (Sidecar, Vec<Place>);

/// Every file that may be looked for beside that base; `depth` is how often `.ovr` may follow `.ovr`.
pub fn neighbours(base: &Named, overviews: &Overviews, depth: u32, auxiliary: bool) -> Vec<Neighbour> {
    let beside = Beside { file: base, of_named: false, even_with_query: *overviews == Overviews::Beside };
    let mut all = Vec::new();
    for number in 0..depth {
        all.push(match overviews {
            Overviews::Named(named) if number == 0 => {
                let sidecar = Sidecar::unprobed(Role::Overviews, Some(named.name.clone()), true);
                (sidecar, vec![Place::Named])
            }
            Overviews::Named(named) => {
                let beside = Beside { file: named, of_named: true, ..beside };
                beside.suffixed(Role::Overviews, &".ovr".repeat(number as usize))
            }
            Overviews::Never => (Sidecar::never(Role::Overviews, "overviews: false"), Vec::new()),
            _ => beside.suffixed(Role::Overviews, &".ovr".repeat(number as usize + 1)),
        });
    }
    all.push(beside.suffixed(Role::Mask, ".msk"));
    all.push(beside.suffixed(Role::MaskOverviews, ".msk.ovr"));
    if auxiliary {
        all.push(beside.suffixed(Role::Auxiliary, ".aux.xml"));
        all.push(beside.world_file());
    }
    all
}

/// What lies beside one file.
#[derive(Clone, Copy)]
struct Beside<'a> {
    file: &'a Named,
    of_named: bool,
    even_with_query: bool,
}

impl Beside<'_> {
    /// The file whose name is this one's and a suffix.
    fn suffixed(self, role: Role, suffix: &str) -> Neighbour {
        let mut suffixes = vec![suffix.to_owned()];
        // Names of overviews on file systems that know case, the usual one first.
        if role == Role::Overviews {
            suffixes.push(suffix.to_ascii_uppercase());
        }
        self.at(role, suffixes, vec![sidecar_url(&self.file.name, suffix)])
    }

    /// The file whose name is this one's with another extension.
    fn world_file(self) -> Neighbour {
        let (mut suffixes, mut urls) = (Vec::new(), Vec::new());
        for extension in world_extensions(&self.file.name) {
            suffixes.push(format!("*.{extension}"));
            if let Some(url) = replaced_extension(&self.file.name, &extension) {
                urls.push(url);
            }
        }
        self.at(Role::WorldFile, suffixes, urls)
    }

    fn at(self, role: Role, suffixes: Vec<String>, urls: Vec<String>) -> Neighbour {
        let name = &self.file.name;
        let places: Vec<Place> = match self.file.kind {
            Kind::Url if has_query(name) && !self.even_with_query => {
                let reason = "the URL has a query; overviews: true looks for one nevertheless";
                return (Sidecar::never(role, reason), Vec::new());
            }
            Kind::Url => urls.into_iter().map(Place::Url).collect(),
            Kind::Siblings => {
                suffixes.into_iter().map(|suffix| Place::Suffix { of_named: self.of_named, suffix }).collect()
            }
            Kind::Alone => {
                let reason = match role {
                    Role::Overviews => "the source has no neighbours, and overviews is no source",
                    _ => "the source has no neighbours",
                };
                return (Sidecar::never(role, reason), Vec::new());
            }
        };
        let first = places.first().map(|place| match place {
            Place::Url(url) => url.clone(),
            Place::Suffix { suffix, .. } => format!("{name}{suffix}"),
            Place::Named => name.clone(),
        });
        (Sidecar::unprobed(role, first, false), places)
    }
}

#[cfg(test)]
mod tests {
    use super::super::SidecarState;
    use super::*;

    fn named(name: &str, kind: Kind) -> Named {
        Named { name: name.to_owned(), kind }
    }

    fn places(base: &Named, overviews: &Overviews, depth: u32) -> Vec<Vec<Place>> {
        neighbours(base, overviews, depth, true).into_iter().map(|(_, places)| places).collect()
    }

    fn urls(names: &[&str]) -> Vec<Place> {
        names.iter().map(|name| Place::Url((*name).to_owned())).collect()
    }

    fn suffixes(of_named: bool, names: &[&str]) -> Vec<Place> {
        names.iter().map(|suffix| Place::Suffix { of_named, suffix: (*suffix).to_owned() }).collect()
    }

    #[test]
    fn a5_beside_a_url() {
        let base = named("http://a/b.tif", Kind::Url);
        let expected = [
            urls(&["http://a/b.tif.ovr"]),
            urls(&["http://a/b.tif.ovr.ovr"]),
            urls(&["http://a/b.tif.msk"]),
            urls(&["http://a/b.tif.msk.ovr"]),
            urls(&["http://a/b.tif.aux.xml"]),
            urls(&["http://a/b.tfw", "http://a/b.tifw", "http://a/b.wld"]),
        ];
        assert_eq!(places(&base, &Overviews::Probed, 2), expected);
        assert_eq!(neighbours(&base, &Overviews::Probed, 1, false).len(), 3);
        let (sidecar, _) = &neighbours(&base, &Overviews::Probed, 1, false)[0];
        assert_eq!((sidecar.url.as_deref(), sidecar.expected), (Some("http://a/b.tif.ovr"), false));
    }

    #[test]
    fn a5_beside_a_query_only_on_request() {
        let base = named("http://a/b.tif?x", Kind::Url);
        for (sidecar, places) in neighbours(&base, &Overviews::Probed, 1, true) {
            assert_eq!((sidecar.state, places.len()), (SidecarState::None, 0));
            assert!(sidecar.reason.unwrap().contains("query"));
        }
        assert_eq!(places(&base, &Overviews::Beside, 1)[0], urls(&["http://a/b.tif.ovr?x"]));
    }

    #[test]
    fn a5_beside_what_knows_its_neighbours() {
        let base = named("b.tif", Kind::Siblings);
        let expected = [
            suffixes(false, &[".ovr", ".OVR"]),
            suffixes(false, &[".msk"]),
            suffixes(false, &[".msk.ovr"]),
            suffixes(false, &[".aux.xml"]),
            suffixes(false, &["*.tfw", "*.tifw", "*.wld"]),
        ];
        assert_eq!(places(&base, &Overviews::Probed, 1), expected);
        let (sidecar, _) = &neighbours(&base, &Overviews::Probed, 1, false)[0];
        assert_eq!(sidecar.url.as_deref(), Some("b.tif.ovr"));
    }

    #[test]
    fn a5_overviews_that_were_named_or_forbidden() {
        let base = named("blob", Kind::Alone);
        let overviews = Overviews::Named(named("o.ovr", Kind::Siblings));
        let all = neighbours(&base, &overviews, 2, false);
        assert_eq!((all[0].0.expected, &all[0].1[..]), (true, &[Place::Named][..]));
        assert_eq!(all[1].1, suffixes(true, &[".ovr", ".OVR"]));
        assert!(all[2].0.reason.as_deref().unwrap().contains("no neighbours"));
        let never = neighbours(&named("http://a/b.tif", Kind::Url), &Overviews::Never, 2, false);
        assert_eq!(never[1].0.reason.as_deref(), Some("overviews: false"));
        assert_eq!((never.len(), never[2].1.len()), (4, 1));
    }
}
