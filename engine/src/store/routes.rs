//! `routes.parquet`: the links that each car leg drove.

use super::Rows;
use crate::error::Result;
use crate::id::{LegId, LinkId};
use crate::table::{Schema, Type, column};
use crate::trip::Routes;
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "routes",
    rows: "links of each car leg, origin and destination included",
    columns: &[
        column("leg", Type::U32, "", "number of the leg; legs that do not drive have no row"),
        column("links", Type::U32List, "", "numbers of the links, in the order driven"),
    ],
};

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, routes: &Routes) -> Result<()> {
    let driven: Vec<u32> = (0..routes.first.len().saturating_sub(1) as u32)
        .filter(|l| !routes.of(LegId(*l)).is_empty())
        .collect();
    let mut links = ListPrimitiveChunkedBuilder::<UInt32Type>::new(
        "links".into(),
        driven.len(),
        routes.links.len(),
        DataType::UInt32,
    );
    let mut row = Vec::new();
    for leg in &driven {
        row.clear();
        row.extend(routes.of(LegId(*leg)).iter().map(|l| l.0));
        links.append_slice(&row);
    }
    let columns = vec![Column::new("leg".into(), driven), links.finish().into_series().into()];
    TABLE.write(folder, &mut DataFrame::new_infer_height(columns)?, &[])
}

/// Reads the table; legs without a row get an empty route.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or names a leg that does not exist.
pub fn read(folder: &Path, n_legs: usize) -> Result<Routes> {
    let rows = Rows::open(folder, &TABLE)?;
    let mut routes = Routes { first: vec![0], links: Vec::new() };
    let lists = rows.column("links")?.list()?.clone();
    let mut lists = lists.amortized_iter();
    let mut done = 0;
    for leg in rows.u32("leg")? {
        if leg < done || leg as usize >= n_legs {
            return Err(rows.wrong("leg"));
        }
        while done < leg {
            routes.push(&[]);
            done += 1;
        }
        let list = lists.next().flatten().ok_or_else(|| rows.wrong("links"))?;
        let links: Option<Vec<LinkId>> = list.as_ref().u32()?.iter().map(|l| l.map(LinkId)).collect();
        routes.push(&links.ok_or_else(|| rows.wrong("links"))?);
        done += 1;
    }
    while (done as usize) < n_legs {
        routes.push(&[]);
        done += 1;
    }
    Ok(routes)
}
