//! Creating, updating and deleting objects.
//!
//! Everything that changes the store goes through `commit`, which hands out the next resourceVersion.
//! Deletion of pods is graceful: a bound pod gets a `deletionTimestamp` and stays until its kubelet (or, where
//! there is no world, the end of its grace period) removes it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::collection::{Change, ChangeKind};
use super::object::{Key, Object};
use super::patch::PatchKind;
use super::resource::Resource;
use super::status::Status;
use super::template::Template;
use super::{ApiServer, defaults};

/// Which part of an object a write may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All but `status`.
    Main,
    /// `status` alone.
    Status,
    /// Everything, as controllers inside the simulator do to save themselves a second write.
    All,
}

/// How to delete.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// `None` is the pod's own grace period; zero removes the pod at once.
    pub grace_period_seconds: Option<i64>,
    /// Refuse with 409 if the object has another uid.
    pub uid: Option<String>,
    /// Refuse with 409 if the object has another resourceVersion.
    pub resource_version: Option<String>,
    /// Change nothing, but answer as if.
    pub dry_run: bool,
}

impl DeleteOptions {
    /// Removes at once.
    #[must_use]
    pub fn now() -> Self {
        Self {
            grace_period_seconds: Some(0),
            ..Self::default()
        }
    }

    pub(super) fn from_value(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            grace_period_seconds: value["gracePeriodSeconds"].as_i64(),
            uid: text(&value["preconditions"]["uid"]),
            resource_version: text(&value["preconditions"]["resourceVersion"]),
            dry_run: is_dry_run(&value["dryRun"]),
        }
    }
}

pub(super) fn is_dry_run(value: &Value) -> bool {
    value == "All"
        || value
            .as_array()
            .is_some_and(|list| list.iter().any(|item| item == "All"))
}

/// What became of a deleted object.
#[derive(Clone, Debug)]
pub enum Deleted {
    /// It is gone; its last state.
    Gone(Arc<Object>),
    /// It is being deleted.
    Terminating(Arc<Object>),
}

impl Deleted {
    /// The object, gone or going.
    #[must_use]
    pub fn object(&self) -> &Arc<Object> {
        match self {
            Self::Gone(object) | Self::Terminating(object) => object,
        }
    }
}

impl ApiServer {
    /// Creates an object. `namespace` overrules the one in the object; for a namespaced resource without either
    /// it is `default`.
    ///
    /// # Errors
    /// 404 for an unknown namespace, 409 for a taken name, 422 for what lacks required fields.
    pub fn create(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: Option<&str>,
        object: Value,
    ) -> Result<Arc<Object>, Status> {
        self.create_with(now, resource, namespace, object, false)
    }

    pub(super) fn create_with(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: Option<&str>,
        mut object: Value,
        dry_run: bool,
    ) -> Result<Arc<Object>, Status> {
        let kind = resource.kind();
        if !object.is_object() {
            return Err(Status::bad_request("the object provided is not an object"));
        }
        if let Some(given) = object["kind"].as_str()
            && given != kind.kind
        {
            return Err(Status::bad_request(format!(
                "{given} in version {} cannot be handled as a {}",
                object["apiVersion"], kind.kind
            )));
        }
        if object["metadata"].is_null() {
            object["metadata"] = json!({});
        }
        let namespace = match (kind.namespaced, namespace) {
            (false, _) => String::new(),
            (true, Some(namespace)) => namespace.to_owned(),
            (true, None) => object["metadata"]["namespace"].as_str().unwrap_or("default").to_owned(),
        };
        let given = object["metadata"]["namespace"].as_str().unwrap_or(&namespace);
        if kind.namespaced && given != namespace {
            return Err(Status::bad_request(format!(
                "the namespace of the provided object does not match the namespace sent on the request: {given} != {namespace}"
            )));
        }
        self.name_new(&mut object);
        let metadata = &mut object["metadata"];
        let uid = self.new_uid();
        metadata["uid"] = uid.into();
        metadata["creationTimestamp"] = super::format_time(now).into();
        if kind.namespaced {
            metadata["namespace"] = namespace.clone().into();
        }
        if let Some(metadata) = metadata.as_object_mut() {
            for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"] {
                metadata.remove(field);
            }
            if kind.generation {
                metadata.insert("generation".into(), json!(1));
            }
        }
        defaults::validate_new(resource, &object)?;
        defaults::fill(resource, &mut object);
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if kind.namespaced {
            self.check_namespace(resource, &namespace, &name)?;
        }
        let key: Key = (namespace.into(), name.as_str().into());
        if self.collection(resource).get(&key).is_some() {
            return Err(Status::already_exists(kind, &name));
        }
        Ok(self.commit(now, resource, ChangeKind::Added, None, object, dry_run))
    }

    /// Replaces an object, or the part of it that `part` names.
    ///
    /// # Errors
    /// 404 if it is absent, 409 if the given resourceVersion or uid is not the current one, 422 for a change of
    /// what cannot change.
    pub fn update(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        part: Part,
        object: Value,
    ) -> Result<Arc<Object>, Status> {
        self.update_with(now, resource, namespace, name, part, object, false)
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of one request")]
    pub(super) fn update_with(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        part: Part,
        mut object: Value,
        dry_run: bool,
    ) -> Result<Arc<Object>, Status> {
        let kind = resource.kind();
        let before = self.existing(resource, namespace, name)?;
        let old = before.value();
        let conflict = |why: &str| Status::conflict(kind, name, why);
        if let Some(version) = object["metadata"]["resourceVersion"].as_str()
            && !version.is_empty()
            && old["metadata"]["resourceVersion"] != version
        {
            return Err(conflict(
                "the object has been modified; please apply your changes to the latest version and try again",
            ));
        }
        if let Some(uid) = object["metadata"]["uid"].as_str()
            && !uid.is_empty()
            && old["metadata"]["uid"] != uid
        {
            return Err(conflict(&format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                before.uid
            )));
        }
        if object["metadata"]["name"].as_str().is_some_and(|given| given != name) {
            return Err(Status::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                object["metadata"]["name"].as_str().unwrap_or_default()
            )));
        }
        keep_what_the_server_owns(&mut object, &old, kind.subresources.contains(&"status"), part);
        if part != Part::All {
            defaults::validate_change(resource, &old, &object)?;
        }
        if kind.generation && object["spec"] != old["spec"] {
            let generation = old["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            object["metadata"]["generation"] = generation.into();
        }
        let finished = object["metadata"]["deletionTimestamp"].is_string()
            && old["metadata"]["finalizers"]
                .as_array()
                .is_some_and(|list| !list.is_empty())
            && !has_finalizers(&object)
            && resource != Resource::Pods;
        if finished {
            return Ok(self.commit(now, resource, ChangeKind::Deleted, Some(before), object, dry_run));
        }
        // A write that changes nothing makes no event, as in etcd3/store.go.
        if same_but_for_version(&object, &old) {
            return Ok(before);
        }
        Ok(self.commit(now, resource, ChangeKind::Modified, Some(before), object, dry_run))
    }

    /// Patches an object, or the part of it that `part` names. [`PatchKind::Apply`] creates what is absent.
    ///
    /// # Errors
    /// As [`Self::update`], and 400 or 422 for a patch that cannot be read or applied.
    #[allow(clippy::too_many_arguments, reason = "they are the parts of one request")]
    pub fn patch(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        part: Part,
        kind: PatchKind,
        patch: &Value,
    ) -> Result<Arc<Object>, Status> {
        self.patch_with(now, resource, namespace, name, part, kind, patch, false)
    }

    #[allow(clippy::too_many_arguments, reason = "they are the parts of one request")]
    pub(super) fn patch_with(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        part: Part,
        kind: PatchKind,
        patch: &Value,
        dry_run: bool,
    ) -> Result<Arc<Object>, Status> {
        let mut object = match (self.existing(resource, namespace, name), kind) {
            (Ok(before), _) => before.full_value(),
            (Err(_), PatchKind::Apply) => {
                return self.create_with(now, resource, Some(namespace), patch.clone(), dry_run);
            }
            (Err(status), _) => return Err(status),
        };
        kind.apply(&mut object, patch)?;
        self.update_with(now, resource, namespace, name, part, object, dry_run)
    }

    /// Deletes an object: at once, or gracefully for a bound pod, a namespace, or what has finalizers.
    ///
    /// # Errors
    /// 404 if it is absent, 409 if a precondition does not hold.
    pub fn delete(
        &mut self,
        now: Timestamp,
        resource: Resource,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, Status> {
        let kind = resource.kind();
        let before = self.existing(resource, namespace, name)?;
        if let Some(uid) = &options.uid
            && *uid != before.uid
        {
            let why = format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                before.uid
            );
            return Err(Status::conflict(kind, name, &why));
        }
        if let Some(version) = &options.resource_version
            && *version != before.resource_version.to_string()
        {
            let why = format!(
                "Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {}",
                before.resource_version
            );
            return Err(Status::conflict(kind, name, &why));
        }
        let mut object = before.value();
        match resource {
            Resource::Pods => Ok(self.delete_pod(now, before, object, options)),
            Resource::Namespaces => {
                if object["metadata"]["deletionTimestamp"].is_null() {
                    object["metadata"]["deletionTimestamp"] = super::format_time(now).into();
                    object["status"]["phase"] = "Terminating".into();
                }
                Ok(Deleted::Terminating(self.change(now, before, object, options.dry_run)))
            }
            _ if has_finalizers(&object) => {
                if object["metadata"]["deletionTimestamp"].is_null() {
                    object["metadata"]["deletionTimestamp"] = super::format_time(now).into();
                    object["metadata"]["deletionGracePeriodSeconds"] = json!(0);
                }
                Ok(Deleted::Terminating(self.change(now, before, object, options.dry_run)))
            }
            _ => Ok(Deleted::Gone(self.commit(
                now,
                resource,
                ChangeKind::Deleted,
                Some(before),
                object,
                options.dry_run,
            ))),
        }
    }

    fn delete_pod(
        &mut self,
        now: Timestamp,
        before: Arc<Object>,
        mut object: Value,
        options: &DeleteOptions,
    ) -> Deleted {
        let finished = ["Succeeded", "Failed"].contains(&before.field("status.phase"));
        let unbound = before.field("spec.nodeName").is_empty();
        let own = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
        let deleting = object["metadata"]["deletionTimestamp"].is_string();
        let going = object["metadata"]["deletionGracePeriodSeconds"].as_i64();
        let grace = match options.grace_period_seconds {
            _ if finished || unbound => 0,
            Some(seconds) => seconds.max(0),
            None => going.unwrap_or(own),
        };
        if deleting && grace > 0 && going.is_some_and(|going| grace >= going) {
            return Deleted::Terminating(before);
        }
        if grace == 0 && !has_finalizers(&object) && (!deleting || going == Some(0)) {
            let resource = Resource::Pods;
            let gone = self.commit(
                now,
                resource,
                ChangeKind::Deleted,
                Some(before),
                object,
                options.dry_run,
            );
            return Deleted::Gone(gone);
        }
        let asked = match deleting && grace == 0 {
            // The kubelet's last word: the grace period ends now. Recorded servers send this as an event.
            true => now,
            false => now + std::time::Duration::from_secs(grace.unsigned_abs()),
        };
        object["metadata"]["deletionTimestamp"] = super::format_time(asked).into();
        object["metadata"]["deletionGracePeriodSeconds"] = grace.into();
        if !deleting {
            let generation = object["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            object["metadata"]["generation"] = generation.into();
        }
        let keeps = has_finalizers(&object);
        let changed = self.change(now, before, object, options.dry_run);
        if grace > 0 {
            self.pending_removals
                .insert((asked, changed.key(), changed.uid.clone()));
        } else if !keeps && !options.dry_run {
            let last = changed.value();
            let gone = self.commit(now, Resource::Pods, ChangeKind::Deleted, Some(changed), last, false);
            return Deleted::Gone(gone);
        }
        Deleted::Terminating(changed)
    }

    fn change(&mut self, now: Timestamp, before: Arc<Object>, object: Value, dry_run: bool) -> Arc<Object> {
        if same_but_for_version(&object, &before.value()) {
            return before;
        }
        self.commit(
            now,
            before.resource,
            ChangeKind::Modified,
            Some(before),
            object,
            dry_run,
        )
    }

    /// The object of that name.
    ///
    /// # Errors
    /// 404.
    pub fn existing(&self, resource: Resource, namespace: &str, name: &str) -> Result<Arc<Object>, Status> {
        self.get(resource, namespace, name)
            .cloned()
            .ok_or_else(|| Status::not_found(resource.kind(), name))
    }

    /// Puts a copy of a template in the place of the object of its name, with an event: MODIFIED if it has that uid,
    /// ADDED if there is none. Nothing is checked and little is built, for tests that make thousands of events a second.
    /// `values` are for the gaps from 2 on.
    pub fn put_from(&mut self, now: Timestamp, template: &Template, uid: &str, values: &[&str]) -> Arc<Object> {
        self.revision += 1;
        let version = self.revision.to_string();
        let values: Vec<&str> = [version.as_str(), uid]
            .into_iter()
            .chain(values.iter().copied())
            .collect();
        let object = Arc::new(template.fill(self.revision, &values));
        let before = self.get(object.resource, &object.namespace, &object.name).cloned();
        let change = Change {
            kind: match before {
                Some(_) => ChangeKind::Modified,
                None => ChangeKind::Added,
            },
            time: now,
            before,
            object: object.clone(),
        };
        self.collections[object.resource as usize].apply(change, &self.options.window);
        object
    }

    pub(super) fn commit(
        &mut self,
        now: Timestamp,
        resource: Resource,
        kind: ChangeKind,
        before: Option<Arc<Object>>,
        mut object: Value,
        dry_run: bool,
    ) -> Arc<Object> {
        let version = self.revision + 1;
        if !dry_run {
            object["metadata"]["resourceVersion"] = version.to_string().into();
        }
        let object = Arc::new(Object::new(resource, &object));
        if dry_run {
            return object;
        }
        self.revision = version;
        let change = Change {
            kind,
            time: now,
            before,
            object: object.clone(),
        };
        self.collections[resource as usize].apply(change, &self.options.window);
        object
    }

    fn check_namespace(&self, resource: Resource, namespace: &str, name: &str) -> Result<(), Status> {
        let kind = Resource::Namespaces.kind();
        let found = self
            .get(Resource::Namespaces, "", namespace)
            .ok_or_else(|| Status::not_found(kind, namespace))?;
        // Events may still be written, as they are about what goes away.
        if found.field("status.phase") == "Terminating" && resource != Resource::Events {
            return Err(Status::namespace_terminating(resource.kind(), name, namespace));
        }
        Ok(())
    }

    fn name_new(&mut self, object: &mut Value) {
        let metadata = &mut object["metadata"];
        let named = metadata["name"].as_str().is_some_and(|name| !name.is_empty());
        if let Some(prefix) = metadata["generateName"].as_str()
            && !named
        {
            // The alphabet of apimachinery/pkg/util/rand, which avoids vowels and look-alikes.
            const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
            let suffix: String = (0..5)
                .map(|_| char::from(ALPHABET[self.rng.usize(..ALPHABET.len())]))
                .collect();
            metadata["name"] = format!("{prefix}{suffix}").into();
        }
    }

    pub(super) fn new_uid(&mut self) -> String {
        let bits = self.rng.u128(..);
        let hex = format!("{bits:032x}");
        let variant = ["8", "9", "a", "b"][(bits & 3) as usize];
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }
}

fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"]
        .as_array()
        .is_some_and(|list| !list.is_empty())
}

fn same_but_for_version(new: &Value, old: &Value) -> bool {
    same_fields(new, old, &["kind", "apiVersion", "metadata"])
        && same_fields(
            &new["metadata"],
            &old["metadata"],
            &["resourceVersion", "managedFields"],
        )
}

/// Whether two objects agree in all fields but some.
fn same_fields(left: &Value, right: &Value, but: &[&str]) -> bool {
    let fields = |value: &Value| {
        let object = value.as_object().into_iter().flatten();
        object.filter(|(field, _)| !but.contains(&field.as_str())).count()
    };
    let mut of_left = left.as_object().into_iter().flatten();
    fields(left) == fields(right)
        && of_left.all(|(field, value)| but.contains(&field.as_str()) || right.get(field) == Some(value))
}

/// Puts back the metadata that only the server writes, and the part that this write must not touch.
fn keep_what_the_server_owns(object: &mut Value, old: &Value, has_status: bool, part: Part) {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    if part == Part::Status {
        // A patch of nothing but the status has kept the rest.
        if !same_fields(object, old, &["kind", "apiVersion", "status"]) {
            let status = object["status"].take();
            *object = old.clone();
            object["status"] = status;
        }
        return;
    }
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return;
    };
    for field in [
        "name",
        "namespace",
        "generateName",
        "uid",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
    ] {
        match &old["metadata"][field] {
            Value::Null => metadata.remove(field),
            value => metadata.insert(field.to_owned(), value.clone()),
        };
    }
    metadata.remove("managedFields");
    if has_status && part == Part::Main {
        match old.get("status") {
            Some(status) => object["status"] = status.clone(),
            None => {
                object.as_object_mut().map(|object| object.remove("status"));
            }
        }
    }
}
