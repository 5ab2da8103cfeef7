//! One level of a dataset: an image, the file it lives in, and how it relates to the full size.

use super::facts::Facts;
use crate::error::FileId;
use crate::sorted::SortedMap;
use crate::tiff::Image;
use crate::tiff::geo::{self, Transform};
use crate::tiff::nodata::Nodata;

/// A level. Its index is its place in the dataset's list, 0 = full size.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The file that holds its blocks.
    pub file: FileId,
    /// The image.
    pub image: Image,
    /// Whether it is the first image of its file: then the rest of the file are overviews of it.
    pub first: bool,
    /// What its own directory says; what it leaves out is inherited from the full size.
    pub own: Facts,
    /// Why it is listed but never chosen by itself: it does not look like a reduction of the full-size image.
    pub suspect: Option<String>,
}

impl Level {
    /// Pixels of this level to map coordinates: as its own directory says, else those of the full size, scaled.
    pub fn transform(&self, full: &Image, facts: &Facts) -> Option<Transform> {
        let scaled = |transform| {
            let (across, down) = self.scale(full);
            geo::scaled(transform, across, down)
        };
        // Without keys of its own, its coordinates name what those of the full size name: corners or centres.
        let centres = self.own.pixel_is_point.is_none() && facts.pixel_is_point == Some(true);
        let own = self.own.transform;
        own.map(|own| if centres { geo::shifted(own, -0.5, -0.5) } else { own })
            .or_else(|| facts.transform.map(scaled))
    }

    /// Its own value of missing pixels, else that of the full size.
    pub fn nodata(&self, facts: &Facts) -> Option<Nodata> {
        self.own.nodata.or(facts.nodata)
    }

    /// Value of missing pixels of that band, from 1: its own, else that of the full size.
    pub fn nodata_of(&self, band: u32, facts: &Facts) -> Option<Nodata> {
        self.own.nodata.or(facts.nodata_of(band))
    }

    /// What its blocks hold that were never written. What an auxiliary file says of bands counts for the full size alone.
    pub fn fill(&self, facts: &Facts) -> Option<Nodata> {
        self.own.fill.or(facts.fill)
    }

    /// Its own items, and those of the full size that it has not.
    pub fn metadata(&self, facts: &Facts) -> SortedMap<String, String> {
        let mut items = facts.metadata.items.clone();
        for (key, text) in self.own.metadata.items.iter() {
            items.insert(key.clone(), text.clone());
        }
        items
    }

    /// Whether both have the same columns and rows.
    pub fn has_size_of(&self, other: &Self) -> bool {
        (self.image.width, self.image.height) == (other.image.width, other.image.height)
    }

    /// Why GDAL never chooses such an overview: its pixels are greys made of bits.
    pub(super) fn grey_of_bits(&self) -> Option<String> {
        let method = self.own.metadata.bands.get(&1)?.items.get("RESAMPLING")?;
        let is_grey = method.to_ascii_uppercase().starts_with("AVERAGE_BIT2");
        is_grey.then(|| format!("it was resampled by {method}"))
    }

    /// Full-size pixels per pixel of this level, across and down.
    pub fn scale(&self, full: &Image) -> (f64, f64) {
        let ratio = |full: u32, own: u32| f64::from(full) / f64::from(own);
        (ratio(full.width, self.image.width), ratio(full.height, self.image.height))
    }
}

/// Why `reduced` cannot be an overview of `full`; `None` when it can.
pub fn mismatch(full: &Image, reduced: &Image) -> Option<String> {
    let size = |image: &Image| format!("{}x{}", image.width, image.height);
    if reduced.bands != full.bands {
        return Some(format!("it has {} bands, the full-size image has {}", reduced.bands, full.bands));
    }
    if reduced.data_type != full.data_type {
        return Some(format!(
            "its pixels are {:?}, those of the full-size image {:?}",
            reduced.data_type, full.data_type
        ));
    }
    if reduced.width > full.width || reduced.height > full.height {
        return Some(format!("it is larger ({}) than the full-size image ({})", size(reduced), size(full)));
    }
    if !one_factor_explains((full.width, full.height), (reduced.width, reduced.height)) {
        return Some(format!("no single factor leads from {} to {}", size(full), size(reduced)));
    }
    None
}

/// Whether a factor `f` exists with `reduced = ceil or floor(full / f)` on both axes.
fn one_factor_explains(full: (u32, u32), reduced: (u32, u32)) -> bool {
    // Along one axis exactly the factors between full/(reduced + 1) and full/(reduced - 1) do, both left out.
    let factors = |full: u32, reduced: u32| {
        let (full, reduced) = (f64::from(full), f64::from(reduced));
        (full / (reduced + 1.0), if reduced > 1.0 { full / (reduced - 1.0) } else { f64::INFINITY })
    };
    let (low_x, high_x) = factors(full.0, reduced.0);
    let (low_y, high_y) = factors(full.1, reduced.1);
    low_x.max(low_y) < high_x.min(high_y)
}

#[cfg(test)]
mod tests {
    use super::one_factor_explains;

    /// A.21
    #[test]
    fn sizes_that_gdal_makes_are_explained_and_others_are_not() {
        for reduced in [(9, 500), (5, 250), (3, 125), (1, 8), (1, 1)] {
            assert!(one_factor_explains((17, 1000), reduced), "{reduced:?}");
        }
        assert!(one_factor_explains((101, 77), (50, 39)));
        assert!(!one_factor_explains((17, 1000), (9, 250)));
        assert!(!one_factor_explains((1000, 1000), (500, 400)));
    }
}
