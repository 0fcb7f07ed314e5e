//! In which form objects are asked for.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources>

/// What an informer of whole objects accepts, as client-go writes it. `managedFields` are often more than half of an object,
/// and nothing here reads them: servers that know KEP-5958 leave them out, and others pass the parameter over.
const PROTOBUF: &str =
    "application/vnd.kubernetes.protobuf;drop=metadata.managedFields,application/json;drop=metadata.managedFields";

/// The same of a kind that has no protobuf here.
const JSON: &str = "application/json;drop=metadata.managedFields,application/json";

/// The list and its objects have forms of their own, and a server refuses the one for the other. A server that has neither
/// answers with whole objects, whose metadata is as good.
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";

/// A server without tables answers with the objects, which is noticed by their kind.
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// The form in which a kind is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Representation {
    /// Whole objects, in protobuf from a server that has it, otherwise as JSON.
    #[default]
    Protobuf,
    /// Whole objects as JSON, which every server has.
    Json,
    /// The metadata of the objects alone (`PartialObjectMetadata`): for names, labels and owners, a fraction of the bytes.
    Metadata,
    /// Rows of the table that the server would let kubectl print, with columns for every kind, custom resources included.
    Table,
}

impl Representation {
    /// `Accept` of a list.
    #[must_use]
    pub fn accept_list(self) -> &'static str {
        match self {
            Self::Protobuf => PROTOBUF,
            Self::Json => JSON,
            Self::Metadata => METADATA_LIST,
            Self::Table => TABLE,
        }
    }

    /// `Accept` of a watch.
    #[must_use]
    pub fn accept_watch(self) -> &'static str {
        match self {
            Self::Metadata => METADATA,
            _ => self.accept_list(),
        }
    }

    /// Whether it comes only to whoever sends `Accept`, which the WebSockets of browsers do not.
    #[must_use]
    pub(crate) fn needs_accept(self) -> bool {
        self == Self::Table
    }

    /// Whether the kind of an object is that of the representation and not its own.
    pub(crate) fn is_object(self, kind: &str) -> bool {
        match self {
            Self::Protobuf | Self::Json => false,
            Self::Metadata => kind == "PartialObjectMetadata",
            Self::Table => kind == "Table",
        }
    }

    /// The same of a list.
    pub(crate) fn is_list(self, kind: &str) -> bool {
        match self {
            Self::Protobuf | Self::Json => false,
            Self::Metadata => kind == "PartialObjectMetadataList",
            Self::Table => kind == "Table",
        }
    }

    /// The key of a list's objects.
    pub(crate) fn items(self) -> &'static str {
        match self {
            Self::Table => "rows",
            Self::Protobuf | Self::Json | Self::Metadata => "items",
        }
    }
}
