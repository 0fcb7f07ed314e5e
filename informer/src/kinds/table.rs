//! Rows of the table that a server lets kubectl print.

use std::{ops::Deref, sync::Arc};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    error::DecodeError,
    meta::{Meta, ResourceVersion},
    representation::Representation,
    resource::Resource,
    shared_str::{Intern, Interner, SharedStr},
};

/// A row of the table that the server would let kubectl print of an object, and the object's metadata.
///
/// Every kind has one, custom resources included. Cells with ages, such as `28d`, are words of the moment at which the row
/// was sent, and do not go on: count from [`ObjectMeta::creation_timestamp`] instead. A row that differs in nothing but such
/// words, at the same resourceVersion, is no other row.
///
/// Rows come over `fetch` or HTTP alone: the WebSockets of browsers cannot ask for them.
///
/// <https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables>
#[derive(Clone, Debug)]
pub struct TableRow {
    meta: Meta,
    columns: Arc<[TableColumn]>,
    cells: Vec<Value>,
    metadata: ObjectMeta,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TableColumn {
    /// The heading: `Ready`.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean`, `date`, …
    #[serde(rename = "type")]
    pub data_type: String,
    /// `name` for the column of the object's name, and otherwise of little meaning.
    pub format: String,
    /// For people.
    pub description: String,
    /// 0 for columns that kubectl always prints, more for those of `-o wide`.
    pub priority: i32,
}

/// What the rows of a collection share: their columns, which a watch names once, and strings.
#[derive(Debug, Default)]
pub struct TableColumns {
    columns: Arc<[TableColumn]>,
    interner: Interner,
}

impl Intern for TableColumns {
    fn intern(&mut self, text: &str) -> SharedStr {
        self.interner.intern(text)
    }
}

impl TableColumns {
    /// Rows that are read from now on have these columns.
    fn learn(&mut self, columns: Option<Vec<TableColumn>>) {
        if let Some(columns) = columns
            && *columns != *self.columns
        {
            self.columns = columns.into();
        }
    }
}

/// What stands before the rows of a list; also an event's object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TableObject {
    column_definitions: Option<Vec<TableColumn>>,
    rows: Option<Vec<SentRow>>,
}

/// A row as it lies in a body.
#[derive(Deserialize)]
struct SentRow {
    #[serde(default)]
    cells: Vec<Value>,
    object: RowObject,
}

/// The object of a row, of which the server sends the metadata.
#[derive(Deserialize)]
struct RowObject {
    #[serde(default)]
    metadata: ObjectMeta,
}

/// An element of a list is a row; the object of an event is a table with one.
#[derive(Deserialize)]
#[serde(untagged)]
enum RowOrTable {
    Row(Box<SentRow>),
    Table(TableObject),
}

impl TableRow {
    /// The columns, the wide ones included.
    #[must_use]
    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// The cells, one for each column.
    #[must_use]
    pub fn cells(&self) -> &[Value] {
        &self.cells
    }

    /// The cell below this heading.
    #[must_use]
    pub fn cell(&self, heading: &str) -> Option<&Value> {
        let index = self.columns.iter().position(|column| column.name == heading)?;
        self.cells.get(index)
    }

    /// A cell as kubectl prints it; empty where there is none.
    #[must_use]
    pub fn text(&self, index: usize) -> String {
        match self.cells.get(index) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => match text.split_once(['\n', '\r', '\x0c']) {
                Some((line, _)) => format!("{line}..."),
                None => text.clone(),
            },
            Some(other) => other.to_string(),
        }
    }

    fn read(json: &[u8]) -> Result<(Option<Vec<TableColumn>>, SentRow), DecodeError> {
        let invalid = |words: &str| DecodeError::Json(words.to_owned());
        match serde_json::from_slice(json).map_err(|error| DecodeError::Json(error.to_string()))? {
            RowOrTable::Row(row) => Ok((None, *row)),
            RowOrTable::Table(table) => {
                let row = table.rows.and_then(|rows| rows.into_iter().next());
                Ok((
                    table.column_definitions,
                    row.ok_or_else(|| invalid("the table has no row"))?,
                ))
            }
        }
    }
}

/// The metadata of the object, whose `managedFields` are left out.
impl Deref for TableRow {
    type Target = ObjectMeta;

    fn deref(&self) -> &ObjectMeta {
        &self.metadata
    }
}

impl PartialEq for TableRow {
    fn eq(&self, other: &Self) -> bool {
        let version = |row: &Self| row.metadata.resource_version.clone();
        let is_same_version = version(self).is_some() && version(self) == version(other);
        // Two states of an object are compared without their versions.
        let is_same_metadata = || {
            let other = ObjectMeta {
                resource_version: version(self),
                ..other.metadata.clone()
            };
            self.metadata == other
        };
        self.meta == other.meta
            && self.columns == other.columns
            && (is_same_version || self.cells == other.cells && is_same_metadata())
    }
}

/// Identity and version, of metadata that was read as a whole.
fn meta_of(metadata: &ObjectMeta, interner: &mut impl Intern) -> Result<Meta, DecodeError> {
    let text = |field: &Option<String>| field.as_deref().unwrap_or_default().to_owned();
    Meta::new(
        &text(&metadata.namespace),
        &text(&metadata.name),
        &text(&metadata.uid),
        &text(&metadata.resource_version),
        interner,
    )
}

impl Resource for TableRow {
    type Interner = TableColumns;

    const REPRESENTATION: Representation = Representation::Table;

    fn decode(json: &[u8], interner: &mut TableColumns) -> Result<Self, DecodeError> {
        let (columns, SentRow { cells, object }) = Self::read(json)?;
        interner.learn(columns);
        let mut metadata = object.metadata;
        metadata.managed_fields = None;
        Ok(Self {
            meta: meta_of(&metadata, interner)?,
            columns: Arc::clone(&interner.columns),
            cells,
            metadata,
        })
    }

    fn decode_meta(json: &[u8], interner: &mut TableColumns) -> Result<Meta, DecodeError> {
        let (columns, row) = Self::read(json)?;
        interner.learn(columns);
        meta_of(&row.object.metadata, interner)
    }

    fn read_envelope(json: &[u8], interner: &mut TableColumns) {
        // What is not readable here says so in each of its rows.
        if let Ok(table) = serde_json::from_slice::<TableObject>(json) {
            interner.learn(table.column_definitions);
        }
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The metadata keeps its own, which tells words of another moment from another state.
    fn set_resource_version(&mut self, version: Option<ResourceVersion>) {
        self.meta.resource_version = version;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: &str, age: &str, columns: &mut TableColumns) -> TableRow {
        let json = format!(
            r#"{{"cells":["web",{age}],"object":{{"metadata":{{"name":"web","uid":"u","resourceVersion":"{version}"}}}}}}"#
        );
        TableRow::decode(json.as_bytes(), columns).expect("a row")
    }

    #[test]
    fn a_later_moment_is_no_other_state() {
        let mut columns = TableColumns::default();
        let young = row("7", r#""5s""#, &mut columns);
        assert_eq!(young, row("7", r#""9s""#, &mut columns));
        // As the store compares two states of an object.
        for (age, is_same) in [(r#""5s""#, true), (r#""9s""#, false)] {
            let mut later = row("8", age, &mut columns);
            assert_ne!(young, later);
            later.set_resource_version(young.meta().resource_version.clone());
            assert_eq!(young == later, is_same, "{age}");
        }
    }

    #[test]
    fn cells_are_printed_as_kubectl_does() {
        let mut columns = TableColumns::default();
        for (cell, expected) in [
            ("null", ""),
            ("7", "7"),
            ("true", "true"),
            (r#""a""#, "a"),
            (r#""a\nb""#, "a..."),
            ("1.5", "1.5"),
        ] {
            assert_eq!(row("7", cell, &mut columns).text(1), expected);
        }
        assert_eq!(row("7", "1", &mut columns).text(2), "");
    }
}
