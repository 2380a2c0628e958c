//! Where the nodes of a TNTP network lie. A `_node` file holds two numbers a node and does not say what they are: longitude
//! and latitude in Sioux Falls, metres or feet of a state's grid in Chicago, a drawing in Berlin.

use super::{Coordinates, Reader, node_id};
use engine::projection::{Crs, Projection};
use engine::{Fault, Result, Warning};
use std::ops::RangeInclusive;
use std::path::Path;

/// How long the middle link may be for its chord (the straight line between its nodes) where the coordinates are what they
/// are taken for. Roads bend, the unit of length may be a rough one, but a degree is some 100,000 m.
const FITTING: RangeInclusive<f64> = 0.2..=5.0;

/// Length of a link, metres, and the positions of its two nodes in the file.
pub(super) type Told = (f64, usize, usize);

/// A reference system, the nodes in metres of it, and what is to be said about it.
pub(super) type Placed = (Crs, Vec<(f64, f64)>, Option<Warning>);

/// The reference system of the nodes, and their points in metres of it. `links` are those whose length the file tells (it
/// writes 0 where it does not).
///
/// # Errors
/// A [`Fault`] where the points were said to be degrees and are none.
pub(super) fn place(
    path: &Path,
    points: Vec<(f64, f64)>,
    told: &Coordinates,
    links: &[Told],
) -> Result<Placed> {
    match told {
        Coordinates::Metres(crs) => Ok((crs.clone(), points, None)),
        Coordinates::Degrees => {
            let (crs, points) = project(path, &points)?;
            Ok((crs, points, None))
        }
        Coordinates::Untold => {
            let inside = points.iter().all(|(x, y)| x.abs() <= 180.0 && y.abs() <= 90.0);
            // Also of a drawing in small numbers: metres that fit the lengths are metres.
            let in_metres = middle_length_for_chord(&points, links);
            let Some(in_metres) = in_metres.filter(|middle| inside && !FITTING.contains(middle)) else {
                return Ok((Crs::Plane, points, None));
            };
            if let Ok((crs, projected)) = project(path, &points)
                && middle_length_for_chord(&projected, links).is_some_and(|middle| FITTING.contains(&middle))
            {
                let what =
                    format!("its coordinates are degrees, as the lengths of links show; projected to {crs}");
                return Ok((crs, projected, Some(Warning::new(path, "", what))));
            }
            let what = format!(
                "its coordinates fit the lengths of links neither as degrees nor as metres (the middle link is {in_metres:.3} m \
                 long for a metre between its nodes): taken as a drawing in metres"
            );
            Ok((Crs::Plane, points, Some(Warning::new(path, "", what))))
        }
    }
}

/// Degrees to metres of the UTM zone of the first node.
fn project(path: &Path, points: &[(f64, f64)]) -> Result<(Crs, Vec<(f64, f64)>)> {
    let Some(&(lon, lat)) = points.first() else { return Ok((Crs::Plane, Vec::new())) };
    let crs = Crs::utm(lon, lat).map_err(|_| {
        Fault::new(path, "", format!("has coordinates such as {lon}, {lat}")).expected("longitude, latitude")
    })?;
    let projection = Projection::new(&crs)?;
    let projected: Result<_> = points.iter().map(|&(lon, lat)| projection.to_metres(lon, lat)).collect();
    Ok((crs, projected?))
}

/// The middle one of the lengths of links, each by its chord; links without a length or a chord are left out. `None` where no
/// link is left.
fn middle_length_for_chord(points: &[(f64, f64)], links: &[Told]) -> Option<f64> {
    let ratio = |&(length_m, from, to): &Told| {
        let (a, b) = (points[from], points[to]);
        let chord_m = engine::float::sqrt((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2));
        (length_m > 0.0 && chord_m > 0.0).then(|| length_m / chord_m)
    };
    let mut ratios: Vec<f64> = links.iter().filter_map(ratio).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}

/// Reads a `_node` file: number, x, y. A node that stands twice keeps its last row; one that is missing is
/// refused, because links would begin nowhere.
pub(super) fn read_nodes(path: &Path, n_nodes: usize) -> Result<Vec<(f64, f64)>> {
    let mut reader = Reader::open(path)?;
    let mut points = vec![None; n_nodes];
    while let Some((line, numbers)) = reader.row(3)? {
        let id = node_id(path, line, numbers[0], n_nodes)?;
        points[id.index()] = Some((numbers[1], numbers[2]));
    }
    let missing = |index: usize| Fault::new(path, "", format!("has no row for node {}", index + 1));
    points.into_iter().enumerate().map(|(index, point)| Ok(point.ok_or_else(|| missing(index))?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three links of about 5.5 km each around 96.7° W, 43.6° N, and one whose length the file leaves out.
    const POINTS: [(f64, f64); 3] = [(-96.77, 43.61), (-96.71, 43.60), (-96.75, 43.56)];
    const LINKS: [Told; 4] = [(5_000.0, 0, 1), (5_500.0, 1, 2), (0.0, 2, 0), (6_000.0, 0, 2)];

    fn untold(points: &[(f64, f64)], unit: f64) -> (Crs, Vec<(f64, f64)>, Option<Warning>) {
        let links = LINKS.map(|(length, from, to)| (length * unit, from, to));
        place(Path::new("n_node.tntp"), points.to_vec(), &Coordinates::Untold, &links).unwrap()
    }

    #[test]
    fn degrees_are_told_by_the_lengths_of_links() {
        let (crs, points, told) = untold(&POINTS, 1.0);
        assert_eq!(crs, Crs::Epsg(32_614));
        assert!((points[0].0 - points[1].0).abs() > 4_000.0);
        assert!(
            told.unwrap()
                .to_string()
                .contains("degrees, as the lengths of links show; projected to EPSG:32614")
        );
        // A unit that is a quarter off still fits.
        assert_eq!(untold(&POINTS, 4.0).0, Crs::Epsg(32_614));
    }

    #[test]
    fn a_drawing_stays_one() {
        // Lengths that fit the numbers as metres.
        let (crs, points, told) = untold(&POINTS, 1e-5);
        assert_eq!((crs, points, told), (Crs::Plane, POINTS.to_vec(), None));
        // Lengths that fit neither.
        let (crs, points, told) = untold(&POINTS, 1e-2);
        assert_eq!((crs, points), (Crs::Plane, POINTS.to_vec()));
        assert!(told.unwrap().what.contains("neither as degrees nor as metres"));
        // Outside of degrees, and all at one point: nothing to doubt.
        let far = POINTS.map(|(x, y)| (x * 1e4, y * 1e4));
        assert_eq!(untold(&far, 1.0), (Crs::Plane, far.to_vec(), None));
        assert_eq!(untold(&[(0.0, 0.0); 3], 1.0).0, Crs::Plane);
        // No UTM beyond 84° N.
        let north = POINTS.map(|(x, y)| (x, y + 45.0));
        assert_eq!(untold(&north, 1.0).0, Crs::Plane);
    }
}
