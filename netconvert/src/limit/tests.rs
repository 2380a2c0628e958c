use super::*;
use std::io::Write;

fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All the text of a file, or what the user is told.
fn text_of(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let mut input = open(path).map_err(|e| e.to_string())?;
    input.read_to_string(&mut text).map_err(|e| read_error(path, "", e).to_string())?;
    Ok(text)
}

#[test]
fn every_packing_gives_the_same_text() {
    let text = "a,b\n1,2\n";
    let mut zipped = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    zipped.start_file("t.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zipped.write_all(text.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap().into_inner();
    // Two gzip members in a row are one file (RFC 1952, section 2.2).
    let two = [gzip(b"a,b\n"), gzip(b"1,2\n")].concat();
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes()), bzip2(text.as_bytes()), zipped, two] {
        let (_folder, path) = file("t", &bytes);
        assert_eq!(text_of(&path).unwrap(), text);
    }
    let (_folder, path) = file("empty", b"");
    assert_eq!(text_of(&path).unwrap(), "");
}

#[test]
fn a_truncated_gzip_is_told_so() {
    let noise: Vec<u8> = (0..50_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let packed = gzip(&noise);
    for cut in [packed.len() / 2, packed.len() - 4, 12] {
        let (_folder, path) = file("t.gz", &packed[..cut]);
        let mut bytes = Vec::new();
        let error = open(&path).unwrap().read_to_end(&mut bytes).unwrap_err();
        let error = read_error(&path, "", error);
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("truncated"), "cut {cut}: {error}");
    }
}

#[test]
fn a_decompression_bomb_is_refused() {
    let zeros = vec![b'0'; 40 << 20];
    for packed in [gzip(&zeros), bzip2(&zeros)] {
        assert!(packed.len() < 100_000);
        let (_folder, path) = file("bomb", &packed);
        let told = text_of(&path).unwrap_err();
        assert!(told.contains("more than 100 times its size"), "{told}");
    }
    // A small file may unfold well: 15 MiB of one letter.
    let (_folder, path) = file("small", &gzip(&zeros[..15 << 20]));
    assert_eq!(text_of(&path).unwrap().len(), 15 << 20);
}

#[test]
fn an_endless_line_is_refused() {
    let long = vec![b'x'; (MOST_LINE_BYTES as usize) * 2];
    let (_folder, path) = file("long.txt", &long);
    let told = lines(&path).unwrap().advance().unwrap_err().to_string();
    assert!(told.contains("longer than"), "{told}");
    let told = csv(&path).err().unwrap().to_string();
    assert!(told.contains("longer than"), "{told}");
    let tag = [b"<a b='".to_vec(), long].concat();
    let (_folder, path) = file("long.xml", &tag);
    let told = xml(&path).unwrap().advance().unwrap_err().to_string();
    assert!(told.contains("longer than"), "{told}");
}

#[test]
fn lines_have_numbers_and_no_ends() {
    let (_folder, path) = file("t.txt", "\u{feff}one\r\ntwo\n\nfour".as_bytes());
    let mut reader = lines(&path).unwrap();
    let mut seen = Vec::new();
    while let Some((number, line)) = reader.advance().unwrap() {
        seen.push(format!("{number}={line}"));
    }
    assert_eq!(seen, ["1=one", "2=two", "3=", "4=four"]);
}

#[test]
fn a_missing_column_is_told_with_the_nearest_name() {
    let (_folder, path) = file("t.csv", b"\xef\xbb\xbfosmid,lenght, lanes\n1,2.5,x\n");
    let mut table = csv(&path).unwrap();
    let told = table.column("length").unwrap_err().to_string();
    assert!(told.contains("osmid, lenght, lanes") && told.contains("did you mean \"lenght\"?"), "{told}");
    assert_eq!(table.column("OSMID").unwrap(), 0);
    let row = table.advance().unwrap().unwrap();
    assert_eq!(row.number(1).unwrap(), 2.5);
    let told = row.number(2).unwrap_err().to_string();
    assert!(told.ends_with("t.csv:2: column \"lanes\" is \"x\" — expected a number"), "{told}");
}

#[test]
fn a_short_row_is_told_by_line() {
    let (_folder, path) = file("t.csv", b"a,b\n1,2\n3\n");
    let mut table = csv(&path).unwrap();
    assert!(table.advance().unwrap().is_some());
    let told = table.advance().err().unwrap().to_string();
    assert!(told.contains("t.csv:3: has 1 cells — expected 2"), "{told}");
}

/// Opening tags as `name(k=v …)`, closing tags as `/name[text]`.
fn walk(text: &str) -> Result<Vec<String>, String> {
    let (_folder, path) = file("t.xml", text.as_bytes());
    let mut cursor = xml(&path).map_err(|e| e.to_string())?;
    let mut seen = Vec::new();
    while let Some(token) = cursor.advance().map_err(|e| e.to_string())? {
        seen.push(match token {
            Token::Open => {
                let list: Vec<String> = cursor.attributes().map(|(k, v)| format!("{k}={v}")).collect();
                format!("{}({})@{}", cursor.name(), list.join(" "), cursor.line())
            }
            Token::Close => format!("/{}[{}]", cursor.name(), cursor.text().trim()),
        });
    }
    Ok(seen)
}

#[test]
fn xml_is_walked_with_text_attributes_and_lines() {
    let seen = walk(
        "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM 'x.dtd'>\n<a>\n <b k='1&amp;2'/> x &lt; &#65;<![CDATA[&]]></a>",
    );
    assert_eq!(seen.unwrap(), ["a()@3", "b(k=1&2)@4", "/b[]", "/a[x < A&]"]);
}

#[test]
fn an_xml_bomb_is_refused() {
    let laughs = "<!DOCTYPE a [<!ENTITY l 'ha'><!ENTITY m '&l;&l;&l;&l;'>]><a>&m;</a>";
    assert!(walk(laughs).unwrap_err().contains("entities"));
    assert!(walk("<a>&m;</a>").unwrap_err().contains("&m;"));
    assert!(walk("<a b='&m;'/>").unwrap_err().contains("entities"));
    let deep = "<a>".repeat(MOST_DEPTH_TEST) + &"</a>".repeat(MOST_DEPTH_TEST);
    assert!(walk(&deep).unwrap_err().contains("deeper"));
    let wide: String = (0..300).map(|i| format!(" a{i}='1'")).collect();
    assert!(walk(&format!("<a{wide}/>")).unwrap_err().contains("attributes"));
}

const MOST_DEPTH_TEST: usize = 65;

#[test]
fn xml_that_is_cut_or_crossed_is_refused() {
    for (text, told) in
        [("<a><b>", "ends inside <b>"), ("<a></b>", "not well-formed"), ("<a", "not well-formed")]
    {
        let said = walk(text).unwrap_err();
        assert!(said.contains(told) && said.contains(":1:"), "{text}: {said}");
    }
    assert!(walk("</a>").is_err());
}

#[test]
fn rows_have_their_lines_whatever_ends_them() {
    for (text, wanted) in [
        ("a,b\n1,2\n3,4\n", [2, 3]),
        ("a,b\r\n1,2\r\n3,4\r\n", [2, 3]),
        ("a,b\r\n\r\n1,2\r\n\r\n\r\n3,4", [3, 6]),
        ("a,b\r\n1,\"x\r\ny\"\r\n\r\n3,\"\n\"\r\n\r\n", [2, 5]),
    ] {
        let (_folder, path) = file("t.csv", text.as_bytes());
        let mut table = csv(&path).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = table.advance().unwrap() {
            lines.push(row.line());
        }
        assert_eq!(lines, wanted, "{text:?}");
    }
}

#[test]
fn text_of_another_encoding_harms_only_who_reads_it() {
    let (_folder, path) = file("t.csv", b"id,name\r\n1,caf\xe9\r\n2,x\r\n");
    let mut table = csv(&path).unwrap();
    let id = table.column("id").unwrap();
    assert_eq!(table.advance().unwrap().unwrap().text(id), "1");
    let mut table = csv(&path).unwrap();
    table.column("name").unwrap();
    let told = table.advance().err().unwrap().to_string();
    assert!(told.contains("t.csv:2: is not UTF-8 text in column \"name\""), "{told}");
    let (_folder, path) = file("t.csv", b"\xff\xfei\0d\0\n\0");
    let told = csv(&path).err().unwrap().to_string();
    assert!(told.contains("is not UTF-8 text"), "{told}");
}

#[test]
fn a_table_of_semicolons_is_told_so() {
    let (_folder, path) = file("t.csv", b"id;x;y\n1;2,5;3\n");
    let told = csv(&path).unwrap().column("x").unwrap_err().to_string();
    assert!(told.contains("3 names parted by semicolons"), "{told}");
}

#[test]
fn words_for_a_missing_value_are_no_value() {
    let (_folder, path) = file("t.csv", b"id,n,name\n1,NA,nap\n2,.,NULL\n3,x,a\n");
    let mut table = csv(&path).unwrap();
    let mut seen = Vec::new();
    while let Some(row) = table.advance().unwrap() {
        seen.push((row.number_if(Some(1)).ok(), row.text(2).to_owned()));
    }
    assert_eq!(seen, [(Some(None), "nap".into()), (Some(None), String::new()), (None, "a".to_owned())]);
    let mut table = csv(&path).unwrap();
    let told = table.advance().unwrap().unwrap().number(1).unwrap_err().to_string();
    assert!(told.contains("column \"n\" is \"NA\""), "{told}");
}
