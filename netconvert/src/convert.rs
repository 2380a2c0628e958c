//! From one network format to another, told apart by name and content.
//!
//! | format | known by | in | out |
//! |---|---|---|---|
//! | MATSim | `<network` in the first 4 KiB; out: `.xml` | yes | yes |
//! | GMNS | a folder with `node.csv` and `link.csv`; out: a name without a dot | yes | yes |
//! | TNTP | `.tntp`, or `<NUMBER OF NODES>` in the first 4 KiB | yes | – |
//! | OpenStreetMap | `.pbf`, `.osm`, or `<osm` in the first 4 KiB | yes | – |
//! | nodes and edges | a folder with `nodes.csv` and `edges.csv` | yes | – |
//! | GeoJSON | `.geojson`, `.json` | – | yes |
//!
//! Endings may be followed by `.gz` (OpenStreetMap also by `.bz2`). A `.pbf` is never packed: it is compressed in
//! itself.
//!
#![doc = include_str!("convert/README.md")]

use crate::clean::{Dropped, clean};
use crate::limit;
use crate::{bay_area, geojson, gmns, matsim, osm, tntp};
use engine::mode::Mode;
use engine::network::Network;
use engine::projection::Crs;
use engine::validate::plausible::{Roads, judge};
use engine::warning::{ALLOWED_UNKNOWN, too_much_unknown};
use engine::{Fault, Faults, Result, Warning, disk};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// A network format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// MATSim network v1/v2 (in), v2 (out).
    Matsim,
    /// GMNS folder (in, out).
    Gmns,
    /// TNTP `_net` file, with the `_node` file beside it (in).
    Tntp,
    /// OpenStreetMap PBF or XML (in).
    Osm,
    /// Folder with `nodes.csv` and `edges.csv` as in the Bay Area data (in).
    NodesEdges,
    /// GeoJSON (out).
    GeoJson,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 6] =
        [Self::Matsim, Self::Gmns, Self::Tntp, Self::Osm, Self::NodesEdges, Self::GeoJson];

    /// Name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matsim => "matsim",
            Self::Gmns => "gmns",
            Self::Tntp => "tntp",
            Self::Osm => "osm",
            Self::NodesEdges => "nodes-edges",
            Self::GeoJson => "geojson",
        }
    }

    /// The format of a [`Format::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }
}

/// How to convert.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Format of the input; `None` looks at it.
    pub from: Option<Format>,
    /// Format of the output; `None` goes by its name.
    pub to: Option<Format>,
    /// Reference system of the result, or of input that does not tell its own.
    pub crs: Option<Crs>,
    /// Keep only the strongly connected part for this mode, and write the rest beside the output.
    pub clean: Option<Mode>,
    /// Largest share of the records that may be not understood; `None` = [`ALLOWED_UNKNOWN`].
    pub allow_unknown: Option<f64>,
    /// Units of a TNTP file; needed for TNTP.
    pub tntp: Option<tntp::Units>,
    /// Units of a GMNS folder.
    pub gmns: gmns::Options,
}

/// What a conversion did.
#[derive(Debug)]
pub struct Report {
    /// Format of the input.
    pub from: Format,
    /// Format of the output.
    pub to: Format,
    /// The roads that were read, summed up.
    pub roads: Roads,
    /// Nodes written.
    pub n_nodes: usize,
    /// Links written.
    pub n_links: usize,
    /// Length of the links written, metres.
    pub length_m: f64,
    /// Fewest and most lanes of a link written.
    pub lanes: (f64, f64),
    /// Lowest and highest free speed of a link written, metres per second.
    pub freespeed_mps: (f64, f64),
    /// Reference system written.
    pub crs: Crs,
    /// What cleaning took away.
    pub dropped: Option<Dropped>,
    /// GeoJSON of what was taken away.
    pub dropped_path: Option<PathBuf>,
    /// Oddities of the input, and what the output cannot hold.
    pub warnings: Vec<Warning>,
}

/// Reads a network, cleans it if asked, and writes it. With cleaning, what was taken away goes to
/// `<output>.dropped.geojson`.
///
/// # Errors
/// A [`Fault`] for a format that cannot be told, read or written; whatever reader and writer say.
pub fn convert(input: &Path, output: &Path, options: &Options) -> Result<Report> {
    let to = options.to.map_or_else(|| detect_output(output), Ok)?;
    if !matches!(to, Format::Matsim | Format::Gmns | Format::GeoJson) {
        return Err(Fault::new(output, "", format!("cannot be written as {}", to.name()))
            .expected("matsim, gmns or geojson")
            .into());
    }
    let from = options.from.map_or_else(|| detect(input), Ok)?;
    let (mut network, mut warnings) = read(input, from, options)?;
    let units_given = options.tntp.is_some() || options.gmns.length_m.is_some();
    if units_given && !matches!(from, Format::Tntp | Format::Gmns) {
        warnings.push(Warning::new(input, "", "tells its own units; those that were given changed nothing"));
    }
    let roads = Roads::of(&network);
    let allowed = options.allow_unknown.unwrap_or(ALLOWED_UNKNOWN);
    let mut faults = Faults::from(too_much_unknown(&warnings, allowed));
    faults.extend(judge(roads.oddities(), input, "", &mut warnings));
    faults.none()?;
    // Not before there is something to write.
    if let Some(folder) = output.parent() {
        disk::make_folder(folder)?;
    }
    let (mut dropped, mut dropped_path) = (None, None);
    if let Some(mode) = options.clean {
        let (rest, gone) = clean(&network, mode)?;
        let mut name = output.file_name().unwrap_or_default().to_os_string();
        name.push(".dropped.geojson");
        let path = output.with_file_name(name);
        geojson::write_dropped(&network, &gone, &path)?;
        (dropped, dropped_path) = (Some(gone), Some(path));
        network = rest;
    }
    warnings.extend(write(&network, to, output)?);
    Ok(Report {
        from,
        to,
        roads,
        n_nodes: network.nodes.len(),
        n_links: network.links.len(),
        length_m: network.links.iter().map(|l| l.length_m).sum(),
        lanes: range(network.links.iter().map(|l| l.lanes)),
        freespeed_mps: range(network.links.iter().map(|l| l.freespeed_mps)),
        crs: network.crs,
        dropped,
        dropped_path,
        warnings,
    })
}

/// Writes a network in a format that is written, and says what the format cannot hold.
fn write(network: &Network, to: Format, output: &Path) -> Result<Vec<Warning>> {
    match to {
        Format::Gmns => gmns::write(network, output),
        Format::GeoJson => geojson::write_network(network, output),
        _ => matsim::network::write(network, output).map(|()| Vec::new()),
    }
}

/// The least and the greatest of some numbers; zeros where there are none.
fn range(mut numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let Some(first) = numbers.next() else { return (0.0, 0.0) };
    numbers.fold((first, first), |(least, most), number| (least.min(number), most.max(number)))
}

/// Reads a network of a known format.
///
/// # Errors
/// Whatever the reader says; a [`Fault`] for a format that is only written.
pub fn read(input: &Path, format: Format, options: &Options) -> Result<(Network, Vec<Warning>)> {
    let crs = options.crs.clone();
    match format {
        Format::Matsim => matsim::network::read_in(input, crs),
        Format::Gmns => {
            let gmns = gmns::Options { crs: options.gmns.crs.clone().or(crs), ..options.gmns.clone() };
            gmns::read(input, &gmns)
        }
        Format::Osm => osm::read(input, &osm::Options { crs, ..osm::Options::default() }),
        Format::NodesEdges => {
            let (nodes, edges) = nodes_edges(input)?.ok_or_else(|| {
                Fault::new(input, "", "has no nodes.csv and edges.csv").expected("a folder with both")
            })?;
            let (mut network, warnings) = bay_area::read_network(&nodes, edges, crs)?;
            bay_area::delay_at_lights(&mut network, &nodes)?;
            Ok((network, warnings))
        }
        Format::Tntp => {
            let units = options.tntp.as_ref().ok_or_else(|| {
                Fault::new(input, "", "does not tell its units, as no TNTP file does")
                    .expected("the units of length and time, which the README of the network tells")
                    .advice("give them, as in --length-unit mi --time-unit min")
            })?;
            let node = node_file(input)?;
            let (tntp, mut warnings) = tntp::read_network(input, node.as_deref(), units)?;
            warnings.extend(beside_roads(&tntp, input));
            Ok((tntp.network, warnings))
        }
        Format::GeoJson => Err(Fault::new(input, "", "GeoJSON is only written, not read").into()),
    }
}

/// What a TNTP file says and no other format does: zones that are closed to through traffic, tolls, and cost functions. (A road
/// with `b` or the power 0 has a constant time, which its free speed says.)
fn beside_roads(tntp: &tntp::Tntp, input: &Path) -> Vec<Warning> {
    let links = tntp.bpr.len() as u64;
    let count = |of: fn(&tntp::Bpr) -> bool| tntp.bpr.iter().filter(|bpr| of(bpr)).count() as u64;
    let told = [
        (
            "FIRST THRU NODE",
            "a zone that nobody may drive through, which the output does not say",
            ("nodes", tntp.first_thru_node.index() as u64, tntp.network.nodes.len() as u64),
        ),
        ("toll", "a toll, which the output does not say", ("links", count(|bpr| bpr.toll != 0.0), links)),
        (
            "b, power",
            "a time that grows with the flow by its own function, which the output does not say",
            ("links", count(|bpr| bpr.b * bpr.power != 0.0), links),
        ),
    ];
    let seen = told.into_iter().filter(|(_, _, (_, n, _))| *n > 0);
    seen.map(|(record, what, (of, n, whole))| Warning::new(input, record, what).seen(n).among(of, whole))
        .collect()
}

/// `x_node.tntp` for `x_net.tntp`, packed or not, when it is there.
fn node_file(net: &Path) -> Result<Option<PathBuf>> {
    let name = net.file_name().unwrap_or_default().to_string_lossy().replace("_net.", "_node.");
    let stem = name.trim_end_matches(".gz");
    let folder = net.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named =
        |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().trim_end_matches(".gz") == stem);
    Ok(disk::list(folder)?.into_iter().find(|p| named(p) && *p != *net))
}

/// `nodes.csv` and `edges.csv` of a folder, packed or not, when both are there.
fn nodes_edges(folder: &Path) -> Result<Option<(PathBuf, PathBuf)>> {
    let files = disk::list(folder)?;
    let find = |name: &str| {
        let named =
            |p: &&PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().trim_end_matches(".gz") == name);
        files.iter().find(named).cloned()
    };
    Ok(find("nodes.csv").zip(find("edges.csv")))
}

/// The format of an input: a folder by the files in it, a file by its name's ending or its first bytes.
///
/// # Errors
/// A [`Fault`] when it is none that is known.
pub fn detect(input: &Path) -> Result<Format> {
    let unknown = || {
        Fault::new(input, "", "is of no format that is known")
            .expected("a MATSim network, OSM, TNTP, a GMNS folder, or a folder with nodes.csv and edges.csv")
            .advice("name the format with --from if it is one of them")
    };
    if input.is_dir() {
        let files = disk::list(input)?;
        let has = |name: &str| {
            files
                .iter()
                .any(|p| p.file_name().is_some_and(|n| n.to_string_lossy().trim_end_matches(".gz") == name))
        };
        return match (has("link.csv") && has("node.csv"), has("nodes.csv") && has("edges.csv")) {
            (true, _) => Ok(Format::Gmns),
            (false, true) => Ok(Format::NodesEdges),
            (false, false) => Err(unknown().into()),
        };
    }
    let name = input.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let stem = name.trim_end_matches(".gz").trim_end_matches(".bz2");
    if stem.ends_with(".pbf") || stem.ends_with(".osm") {
        return Ok(Format::Osm);
    }
    if stem.ends_with(".tntp") {
        return Ok(Format::Tntp);
    }
    let mut file = limit::open(input)?;
    let first = file.fill_buf().map_err(|e| limit::read_error(input, "", e))?;
    let first = String::from_utf8_lossy(&first[..first.len().min(4096)]);
    let has = |tag: &str| first.contains(tag);
    match () {
        () if has("<osm") => Ok(Format::Osm),
        () if has("<network") => Ok(Format::Matsim),
        () if has("<NUMBER OF NODES>") => Ok(Format::Tntp),
        () => Err(unknown().into()),
    }
}

/// The format of an output by the ending of its name.
fn detect_output(output: &Path) -> Result<Format> {
    let name = output.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    match name.trim_end_matches(".gz") {
        n if n.ends_with(".xml") => Ok(Format::Matsim),
        n if n.ends_with(".geojson") || n.ends_with(".json") => Ok(Format::GeoJson),
        n if !n.contains('.') => Ok(Format::Gmns),
        _ => Err(Fault::new(output, "", "has an ending that tells no format")
            .expected(".xml or .xml.gz (MATSim), .geojson, or a folder name (GMNS)")
            .into()),
    }
}

#[cfg(test)]
mod round_trip;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_network_goes_through_every_format() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        matsim::network::write(&fixture::county(), at("in.xml.gz")).unwrap();
        let options = Options { clean: Some(Mode::Car), ..Options::default() };
        let report = convert(&at("in.xml.gz"), &at("gmns"), &options).unwrap();
        assert_eq!((report.from, report.to, report.n_links), (Format::Matsim, Format::Gmns, 6));
        let links = fixture::county().links;
        assert!(links.iter().any(|l| l.lanes == report.lanes.0) && report.lanes.0 <= report.lanes.1);
        assert!(report.freespeed_mps.0 > 0.0 && report.freespeed_mps.0 <= report.freespeed_mps.1);
        assert_eq!(report.dropped.unwrap().links.len(), 1);
        let text = std::fs::read_to_string(report.dropped_path.unwrap()).unwrap();
        assert!(text.contains("\"bd\""));
        let report = convert(&at("gmns"), &at("a new folder/out.xml"), &Options::default()).unwrap();
        assert_eq!((report.from, report.n_links), (Format::Gmns, 6));
        convert(&at("a new folder/out.xml"), &at("out.geojson"), &Options::default()).unwrap();
        let back = matsim::network::read(at("a new folder/out.xml")).unwrap().0;
        back.check_connected(Mode::Car).unwrap();
    }

    #[test]
    fn tntp_needs_units_and_finds_its_nodes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("t_net.tntp"), tntp::tests::NET).unwrap();
        std::fs::write(at("t_node.tntp"), tntp::tests::NODE).unwrap();
        let error = convert(&at("t_net.tntp"), &at("o.xml"), &Options::default()).unwrap_err();
        assert!(error.to_string().contains("--length-unit mi --time-unit min"), "{error}");
        assert!(!at("o.xml").exists());
        let options = Options { tntp: Some(tntp::tests::units()), ..Options::default() };
        let report = convert(&at("t_net.tntp"), &at("o.xml"), &options).unwrap();
        assert!(report.warnings.iter().all(|w| !w.what.contains("no node file")), "{:?}", report.warnings);
        // Zones 1 and 2 come before the first node that traffic may pass.
        let closed = report.warnings.iter().find(|w| w.what.contains("nobody may drive through")).unwrap();
        assert_eq!(closed.count, 2);
    }

    #[test]
    fn unknown_formats_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "hello").unwrap();
        for (input, output, told) in [
            (path.as_path(), Path::new("o.xml"), "no format that is known"),
            (folder.path(), Path::new("o.xml"), "no format that is known"),
            (path.as_path(), Path::new("o.doc"), "ending"),
            (Path::new("/nowhere.xml"), Path::new("o.xml"), "no such file"),
        ] {
            let error = convert(input, output, &Options::default()).unwrap_err();
            assert!(error.to_string().contains(told) && error.exit_code() == 2, "{error}");
        }
        for format in Format::ALL {
            assert_eq!(Format::parse(format.name()), Some(format));
        }
    }

    /// Roads of OpenStreetMap, and tables of nodes and edges, both told by what lies there, become MATSim's network.
    #[test]
    fn maps_and_tables_are_converted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (osm, tables) = (at("t.osm"), at("tables"));
        let ring = "<osm version=\"0.6\"><node id=\"1\" lat=\"37\" lon=\"-122\"/><node id=\"2\" lat=\"37.01\" lon=\"-122\"/>\
            <node id=\"3\" lat=\"37\" lon=\"-121.99\"/><way id=\"5\"><nd ref=\"1\"/><nd ref=\"2\"/><nd ref=\"3\"/><nd ref=\"1\"/>\
            <tag k=\"highway\" v=\"primary\"/></way></osm>";
        std::fs::write(&osm, ring).unwrap();
        std::fs::create_dir(&tables).unwrap();
        std::fs::write(tables.join("nodes.csv"), "osmid,x,y\n1,-122,37\n2,-122,37.01\n").unwrap();
        let edges = "uniqueid,u,v,length,lanes,speed_mph\n0,1,2,1110,1,25\n1,2,1,1110,2,35\n";
        std::fs::write(tables.join("edges.csv"), edges).unwrap();
        for (input, from) in [(osm, Format::Osm), (tables, Format::NodesEdges)] {
            let options = Options { clean: Some(Mode::Car), ..Options::default() };
            let report = convert(&input, &at("out.xml.gz"), &options).unwrap();
            assert_eq!((report.from, report.dropped.unwrap().links.len()), (from, 0));
            let (back, _) = matsim::network::read(at("out.xml.gz")).unwrap();
            assert!(back.links.len() == report.n_links && report.n_links >= 2, "{}", report.n_links);
            back.check_connected(Mode::Car).unwrap();
        }
    }

    #[test]
    fn real_maps_are_converted() {
        let Some(root) = fixture::data("osm").and_then(|p| Some(p.parent()?.to_path_buf())) else { return };
        let folder = tempfile::tempdir().unwrap();
        for (input, from) in [("osm/Helsinki.osm.pbf", Format::Osm), ("bay-area", Format::NodesEdges)] {
            let output = folder.path().join("out.xml.gz");
            let options = Options { clean: Some(Mode::Car), ..Options::default() };
            let report = convert(&root.join(input), &output, &options).unwrap();
            assert_eq!(report.from, from);
            let (back, _) = matsim::network::read(&output).unwrap();
            assert_eq!(back.links.len(), report.n_links, "{input}");
            back.check_connected(Mode::Car).unwrap();
        }
    }
}
