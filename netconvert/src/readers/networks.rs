//! Readers of networks and of what goes with them.

use super::{Outcome, Reader, digest};
use crate::{bay_area, bpr, county, gmns, node_link, osm, tntp};
use engine::network::Network;
use engine::projection::{Crs, Projection};
use std::path::Path;

const GMNS_NODES: &str = "node_id,x_coord,y_coord\n1,-111.94,33.43\n2,-111.93,33.43\n3,-111.93,33.44\n";
/// Lengths as drawn: 0.01° of longitude there are 929.9 m, of latitude 1,109.2 m.
const GMNS_LINKS: &str = "link_id,from_node_id,to_node_id,directed,length,lanes,free_speed,capacity,allowed_uses,facility_type\n\
    7,1,2,1,930,2,50,900,auto,primary\n8,2,3,1,1110,1,30,600,auto,residential\n9,3,1,1,1448,1,30,600,auto,residential\n";
const GMNS_CONFIG: &str = "dataset_name,long_length,speed\nt,m,kph\n";
const MTC_NODES: &str =
    "osmid,x,y,ref,highway\n1,-122.3543825,37.5874468,,\n2,-122.354,37.5874468,,\n3,-122.354,37.588,,\n";
const MTC_EDGES: &str = "uniqueid,u,v,length,lanes,speed_mph\n0,1,2,33.8,5,65\n1,2,3,61.4,1,20\n2,3,2,61.4,1,20\n3,2,1,33.8,1,20\n";
const ROUTES: &str = "route,dir,lonlat_path\n80,W,-123 37.87;-123.01 37.87\n101,N,-123 37;-123 38;-123 39\n";
const BPR_NODES: &str = "node,lon,lat\n1,-96.77,43.61\n2,-96.71,43.6\n";
const BPR_LINKS: &str =
    "link,from,to,capacity_vph,free_time_ch,bpr_b,bpr_power\n1,1,2,25900,6,0.15,4\n2,2,1,23403,4,0.15,4\n";
const BPR_TRIPS: &str = "from,to,trips\n1,2,100\n2,1,300\n";
const BPR_FLOWS: &str = "link,flow_vph\n1,4494.5\n2,8119\n";
const COUNTY_NODES: &str =
    "node,x_m,y_m,crs\n1,552969.25,4180000,EPSG:32610\n2,553969.25,4180000,EPSG:32610\n";
const COUNTY_LINKS: &str = "link,from_node,to_node,length_m,freespeed_mps,capacity_vph,lanes,modes,class,route,direction,shape\n\
    1,1,2,1000.5,13.4,1800,2,car,collector,101,S,\n2,2,1,1000.5,13.4,900,1,car,collector,,,553469 4180001\n";
const COUNTY_TURNS: &str = "from_link,to_link\n1,2\n";
const TNTP_NET: &str = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 4\n<END OF METADATA>\n\n\
    ~\tinit\tterm\n\t1\t3\t1800\t2\t3\t0.15\t4\t0\t0.5\t1\t;\n\t3\t2\t900\t1\t2\t0.15\t4\t0\t0\t1\t;\n\
    \t2\t3\t900\t1\t2\t0.15\t4\t0\t0\t1\t;\n\t3\t1\t1800\t2\t3\t0.15\t4\t0\t0.5\t1\t;\n";
const TNTP_NODE: &str = "Node\tX\tY\t;\n1\t0\t0\t;\n2\t1500\t0\t;\n3\t1000\t0\t;\n";
const TNTP_TRIPS: &str = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 30.5\n<END OF METADATA>\n\nOrigin 1\n1 : 0.0;  2 : 10.5;\n\nOrigin 2\n1 : 20;\n";
const TNTP_FLOWS: &str = "From\tTo\tVolume\tCost\n1\t3\t4494.5\t6\n3\t2\t8119\t4\n";
const OSM: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\">\n<node id=\"1\" lat=\"37\" lon=\"-122\"/>\n\
    <node id=\"2\" lat=\"37.01\" lon=\"-122\"/>\n<node id=\"3\" lat=\"37\" lon=\"-121.99\"/>\n<way id=\"5\"><nd ref=\"1\"/><nd ref=\"2\"/>\
    <nd ref=\"3\"/><nd ref=\"1\"/><tag k=\"highway\" v=\"primary\"/><tag k=\"lanes\" v=\"4\"/><tag k=\"maxspeed\" v=\"40 mph\"/></way>\n</osm>\n";

fn of(network: &Network, warnings: Vec<engine::Warning>) -> Outcome {
    Ok(digest::lines(digest::network(network), warnings))
}

fn bpr_network(folder: &Path) -> engine::Result<Network> {
    Ok(bpr::read_network(&folder.join("nodes.csv"), &folder.join("links.csv"), 50.0)?.0)
}

pub(super) fn readers() -> Vec<Reader> {
    let mut all = with_tables();
    all.extend(tntp());
    all
}

/// The three files of the TNTP collection.
fn tntp() -> Vec<Reader> {
    vec![
        Reader::new(
            "tntp::read_network",
            &[("t_net.tntp", TNTP_NET), ("t_node.tntp", TNTP_NODE)],
            |folder| {
                let coordinates = tntp::Coordinates::Metres(Crs::Plane);
                let units = tntp::Units { length_m: 1000.0, time_s: 60.0, period_h: 1.0, coordinates };
                let node = folder.join("t_node.tntp");
                let (tntp, warnings) = tntp::read_network(folder.join("t_net.tntp"), Some(&node), &units)?;
                of(&tntp.network, warnings)
            },
        ),
        Reader::new("tntp::read_trips", &[("t_trips.tntp", TNTP_TRIPS)], |folder| {
            let (trips, warnings) = tntp::read_trips(folder.join("t_trips.tntp"))?;
            Ok(digest::lines(digest::each(&trips), warnings))
        }),
        Reader::new("tntp::read_flows", &[("t_flow.tntp", TNTP_FLOWS)], |folder| {
            Ok(digest::lines(digest::each(&tntp::read_flows(folder.join("t_flow.tntp"))?), Vec::new()))
        }),
    ]
}

/// Networks of tables, and OpenStreetMap.
fn with_tables() -> Vec<Reader> {
    let bpr_files = [("nodes.csv", BPR_NODES), ("links.csv", BPR_LINKS)];
    let with = |last: (&'static str, &'static str)| [bpr_files[0], bpr_files[1], last];
    vec![
        Reader::new(
            "gmns::read",
            &[("node.csv", GMNS_NODES), ("link.csv", GMNS_LINKS), ("config.csv", GMNS_CONFIG)],
            |folder| gmns::read(folder, &gmns::Options::default()).and_then(|(n, w)| of(&n, w)),
        ),
        Reader::new("node_link::read", &[("nodes.csv", MTC_NODES), ("edges.csv", MTC_EDGES)], |folder| {
            let columns = node_link::Columns { link: "uniqueid", ..bay_area::COLUMNS };
            let (nodes, edges) = (folder.join("nodes.csv"), folder.join("edges.csv"));
            node_link::read(nodes, edges, &columns, None).and_then(|(n, w)| of(&n, w))
        }),
        Reader::new(
            "bay_area::read_network",
            &[("nodes.csv", MTC_NODES), ("edges.csv", MTC_EDGES)],
            |folder| {
                let (nodes, edges) = (folder.join("nodes.csv"), folder.join("edges.csv"));
                let (mut network, warnings) = bay_area::read_network(&nodes, edges, None)?;
                bay_area::delay_at_lights(&mut network, &nodes)?;
                of(&network, warnings)
            },
        ),
        Reader::new("bay_area::read_routes", &[("routes.csv", ROUTES)], |folder| {
            let projection = Projection::new(&Crs::Epsg(32_610))?;
            let found = bay_area::read_routes(folder.join("routes.csv"), &projection)?;
            let line = |s: &engine::validate::station::RouteStretch| {
                format!("{} {} {:?}", digest::name(&s.route), s.direction, s.points_m)
            };
            Ok(digest::lines(found.iter().map(line), Vec::new()))
        }),
        Reader::new("bpr::read_network", &bpr_files, |folder| {
            let (nodes, links) = (folder.join("nodes.csv"), folder.join("links.csv"));
            let (network, cost) = bpr::read_network(&nodes, &links, 50.0)?;
            let cost = network.links.iter().zip(cost.b.iter().zip(&cost.power));
            let cost = cost.map(|(l, bp)| format!("cost {} {bp:?}", digest::name(&l.name)));
            Ok(digest::lines(digest::network(&network).into_iter().chain(cost), Vec::new()))
        }),
        Reader::new("bpr::read_trips", &with(("trips.csv", BPR_TRIPS)), |folder| {
            let network = bpr_network(folder)?;
            let node = |id| digest::name(&network.node(id).name);
            let trips = bpr::read_trips(&folder.join("trips.csv"), &network)?;
            Ok(digest::lines(
                trips.iter().map(|(a, b, n)| format!("{} {} {n}", node(*a), node(*b))),
                Vec::new(),
            ))
        }),
        Reader::new("bpr::read_flows", &with(("flows.csv", BPR_FLOWS)), |folder| {
            let network = bpr_network(folder)?;
            let flows = bpr::read_flows(&folder.join("flows.csv"), &network)?;
            let line = |(l, f): (&engine::network::Link, &f64)| format!("{} {f}", digest::name(&l.name));
            Ok(digest::lines(network.links.iter().zip(&flows).map(line), Vec::new()))
        }),
        Reader::new(
            "county::road::read_network",
            &[("nodes.csv", COUNTY_NODES), ("links.csv", COUNTY_LINKS), ("turns.csv", COUNTY_TURNS)],
            |folder| county::read_network(folder).and_then(|(n, w)| of(&n, w)),
        ),
        Reader::new("osm::read", &[("t.osm", OSM)], |folder| {
            osm::read(folder.join("t.osm"), &osm::Options::default()).and_then(|(n, w)| of(&n, w))
        }),
    ]
}
