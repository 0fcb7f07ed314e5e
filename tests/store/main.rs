//! The store beyond the conformance checklist: scopes, duplicates, memory, and comparison with a naive map.

mod properties;

use std::sync::Arc;

use k8bit::resource::{ObjectKey, Pod, SharedStr};
use k8bit_informer::store::{Ignored, Scope, Store};
use k8bit_test_support::{
    changes::{content, handle},
    objects::event,
};

fn namespace(name: &str) -> Scope {
    Scope::Namespace(SharedStr::new(name))
}

#[test]
fn a_first_list_is_told_apart_from_news_in_each_scope() {
    let mut store = Store::default();
    let (shop, bank) = (namespace("shop"), namespace("bank"));
    assert_eq!(
        handle(&mut store, &shop, "INIT\nITEM shop/web A 1 Running\nDONE"),
        ["LISTED shop/web A 1 Running"]
    );
    assert!(store.is_listed(&shop) && !store.is_listed(&bank));
    assert_eq!(
        handle(&mut store, &bank, "INIT\nITEM bank/api B 2 Running\nDONE"),
        ["LISTED bank/api B 2 Running"]
    );
    assert_eq!(
        handle(
            &mut store,
            &shop,
            "INIT\nITEM shop/web A 1 Running\nITEM shop/new C 3 Pending\nDONE\nAPPLY shop/api D 4 Pending"
        ),
        ["ADDED shop/new C 3 Pending", "ADDED shop/api D 4 Pending"],
    );
}

#[test]
fn an_empty_first_list_is_a_list() {
    let mut store = Store::default();
    handle(&mut store, &Scope::Cluster, "INIT\nDONE");
    assert!(store.is_listed(&Scope::Cluster));
    assert!(store.is_empty());
    let changes = handle(&mut store, &Scope::Cluster, "INIT\nITEM shop/web A 1 Running\nDONE");
    assert_eq!(changes, ["ADDED shop/web A 1 Running"]);
}

#[test]
fn a_list_replaces_its_own_scope_alone() {
    let mut store = Store::default();
    let (shop, bank) = (namespace("shop"), namespace("bank"));
    handle(
        &mut store,
        &shop,
        "INIT\nITEM shop/api A 1 Running\nITEM shop/web B 2 Running\nDONE",
    );
    handle(&mut store, &bank, "INIT\nITEM bank/web C 3 Running\nDONE");
    let changes = handle(&mut store, &shop, "INIT\nITEM shop/web B 2 Running\nDONE");
    assert_eq!(changes, ["DELETED shop/api A 1 Running"]);
    assert_eq!(content(&store), ["bank/web C 3 Running", "shop/web B 2 Running"]);
    assert_eq!(
        handle(&mut store, &bank, "INIT\nDONE"),
        ["DELETED bank/web C 3 Running"]
    );
    assert_eq!(content(&store), ["shop/web B 2 Running"]);
}

#[test]
fn scopes_are_staged_apart() {
    let mut store = Store::default();
    let (shop, bank) = (namespace("shop"), namespace("bank"));
    handle(&mut store, &shop, "INIT\nITEM shop/web A 1 Running");
    handle(
        &mut store,
        &bank,
        "INIT\nITEM bank/web B 2 Running\nITEM bank/api C 3 Running",
    );
    assert_eq!((store.staged(&shop), store.staged(&bank)), (1, 2));
    handle(&mut store, &bank, "DONE\nAPPLY bank/new D 4 Pending");
    assert_eq!((store.staged(&shop), store.staged(&bank)), (1, 0));
    assert_eq!((store.is_listed(&shop), store.is_listed(&bank)), (false, true));
    handle(&mut store, &shop, "DONE\nINIT\nITEM shop/api E 5 Running");
    handle(&mut store, &bank, "INIT");
    assert_eq!((store.staged(&shop), store.staged(&bank), store.len()), (1, 0, 4));
    assert_eq!(
        handle(&mut store, &shop, "DONE"),
        ["DELETED shop/web A 1 Running", "ADDED shop/api E 5 Running"]
    );
}

#[test]
fn what_is_out_of_scope_is_ignored() {
    let mut store = Store::default();
    handle(&mut store, &namespace("bank"), "INIT\nITEM bank/web A 1 Running\nDONE");
    let foreign = "INIT\nITEM bank/api B 2 Running\nDONE\nAPPLY bank/web A 3 Pending\nDELETE bank/web A 4";
    assert_eq!(handle(&mut store, &namespace("shop"), foreign), [""; 0]);
    assert_eq!(content(&store), ["bank/web A 1 Running"]);
    assert_eq!(
        store.ignored(),
        Ignored {
            out_of_scope: 3,
            ..Ignored::default()
        }
    );
}

#[test]
fn of_items_with_the_same_key_the_last_counts() {
    let list = "
        INIT
        ITEM shop/web A 9 Running
        ITEM shop/api C 3 Running
        ITEM shop/web B 2 Pending
        ITEM shop/web B 1 Failed
        DONE";
    let mut store = Store::default();
    handle(&mut store, &Scope::Cluster, "INIT\nDONE");
    assert_eq!(
        handle(&mut store, &Scope::Cluster, list),
        ["ADDED shop/api C 3 Running", "ADDED shop/web B 1 Failed"]
    );
    // The same of a first list, whose objects are there as they come.
    let mut store = Store::default();
    assert_eq!(
        handle(&mut store, &Scope::Cluster, list),
        [
            "LISTED shop/web A 9 Running",
            "LISTED shop/api C 3 Running",
            "DELETED shop/web A 9 Running",
            "LISTED shop/web B 2 Pending",
            "MODIFIED shop/web B 2 Pending -> B 1 Failed",
        ]
    );
}

#[test]
fn a_first_list_is_there_as_it_comes_and_is_known_to_be_a_part() {
    let mut store = Store::default();
    let all = &Scope::Cluster;
    assert_eq!(handle(&mut store, all, "INIT"), [""; 0]);
    assert_eq!(
        handle(&mut store, all, "ITEM shop/api A 1 Running"),
        ["LISTED shop/api A 1 Running"]
    );
    assert_eq!((store.is_listed(all), store.staged(all)), (false, 1));
    handle(&mut store, all, "ITEM shop/web B 2 Running");
    // The end changes nothing but what it is.
    assert_eq!(handle(&mut store, all, "DONE"), [""; 0]);
    assert_eq!((store.is_listed(all), store.staged(all)), (true, 0));
    assert_eq!(content(&store), ["shop/api A 1 Running", "shop/web B 2 Running"]);
}

#[test]
fn a_first_list_that_broke_off_stays_until_one_is_complete() {
    let mut store = Store::default();
    let all = &Scope::Cluster;
    handle(
        &mut store,
        all,
        "INIT\nITEM shop/api A 1 Running\nITEM shop/gone B 2 Running",
    );
    // What the next try brings is shown beside it, and none of it twice.
    assert_eq!(
        handle(
            &mut store,
            all,
            "INIT\nITEM shop/api A 1 Running\nITEM shop/new C 3 Pending"
        ),
        ["LISTED shop/new C 3 Pending"]
    );
    assert_eq!(content(&store).len(), 3);
    assert!(!store.is_listed(all));
    assert_eq!(
        handle(&mut store, all, "ITEM shop/web D 4 Running\nDONE"),
        ["LISTED shop/web D 4 Running", "DELETED shop/gone B 2 Running"]
    );
    assert_eq!(
        content(&store),
        ["shop/api A 1 Running", "shop/new C 3 Pending", "shop/web D 4 Running"]
    );
    assert!(store.is_listed(all));
}

#[test]
fn a_list_that_did_not_begin_is_ignored() {
    let mut store = Store::default();
    handle(&mut store, &Scope::Cluster, "APPLY shop/web A 1 Running");
    assert_eq!(
        handle(&mut store, &Scope::Cluster, "ITEM shop/api B 2 Running\nDONE"),
        [""; 0]
    );
    assert_eq!(content(&store), ["shop/web A 1 Running"]);
    assert_eq!(
        store.ignored(),
        Ignored {
            unstaged: 2,
            ..Ignored::default()
        }
    );
}

#[test]
fn an_absent_uid_does_not_tell_objects_apart() {
    let mut store = Store::default();
    let script = "
        APPLY shop/web - 1 Pending
        APPLY shop/web A 2 Running
        APPLY shop/web - - Completed
        DELETE shop/web B -";
    let changes = [
        "ADDED shop/web - 1 Pending",
        "MODIFIED shop/web - 1 Pending -> A 2 Running",
        "MODIFIED shop/web A 2 Running -> - - Completed",
        "DELETED shop/web - - Completed",
    ];
    assert_eq!(handle(&mut store, &Scope::Cluster, script), changes);
}

#[test]
fn a_version_with_nothing_to_show_is_kept_without_a_change() {
    let mut store = Store::default();
    let script = "
        APPLY shop/web A 1 Running
        APPLY shop/web A 5 Running
        APPLY shop/web A 3 Pending";
    assert_eq!(
        handle(&mut store, &Scope::Cluster, script),
        ["ADDED shop/web A 1 Running"]
    );
    assert_eq!(content(&store), ["shop/web A 5 Running"]);
}

#[test]
fn objects_are_found_by_key() {
    let mut store = Store::default();
    handle(
        &mut store,
        &Scope::Cluster,
        "APPLY shop/web A 1 Running\nAPPLY shop-web/x B 2 Running",
    );
    let key = |namespace: &str, name: &str| ObjectKey {
        namespace: SharedStr::new(namespace),
        name: name.into(),
    };
    let uid = |pod: Option<&Arc<Pod>>| pod.map(|pod| pod.meta.uid.to_string());
    assert_eq!(uid(store.get(&key("shop", "web"))).as_deref(), Some("A"));
    assert_eq!(uid(store.find("shop-web", "x")).as_deref(), Some("B"));
    assert_eq!(uid(store.find("shop", "web-x")), None);
    assert_eq!(uid(store.find("shopweb", "")), None);
}

#[test]
fn an_unchanged_list_keeps_the_objects_that_are_there() {
    let mut store = Store::default();
    let list = "INIT\nITEM shop/web A 1 Running\nDONE";
    handle(&mut store, &Scope::Cluster, list);
    let before = Arc::clone(store.find("shop", "web").expect("it was listed"));
    handle(&mut store, &Scope::Cluster, list);
    let after = store.find("shop", "web").expect("it was listed again");
    assert!(
        Arc::ptr_eq(&before, after),
        "whoever shares the object would hold a second one"
    );
}

#[test]
fn memory_is_given_back_by_a_smaller_list() {
    let mut store = Store::default();
    let mut changes = Vec::new();
    for index in 0..10_000 {
        store.handle(
            &Scope::Cluster,
            event(&format!("APPLY shop/web-{index} U{index} 1 Running")),
            &mut changes,
        );
    }
    assert!(store.capacity() >= 10_000);
    handle(&mut store, &Scope::Cluster, "INIT\nITEM shop/web-7 U7 1 Running\nDONE");
    assert_eq!(store.len(), 1);
    assert!(store.capacity() < 16, "room for {} objects", store.capacity());
}

#[test]
fn beyond_its_limit_a_store_leaves_objects_out_and_says_so() {
    let all = &Scope::Cluster;
    let mut store = Store::with_limit(2);
    let changes = handle(
        &mut store,
        all,
        "INIT\nITEM a/a A 1 Running\nITEM a/b B 2 Running\nITEM a/c C 3 Running\nITEM a/d D 4 Running\nDONE",
    );
    assert_eq!(changes, ["LISTED a/a A 1 Running", "LISTED a/b B 2 Running"]);
    assert_eq!((store.len(), store.left_out(), store.ignored().over_limit), (2, 2, 2));
    // What is held goes on; what is new has no room until something goes.
    let changes = handle(
        &mut store,
        all,
        "APPLY a/e E 5 Running\nAPPLY a/a A 6 Completed\nDELETE a/b B 7\nAPPLY a/f F 8 Running",
    );
    assert_eq!(
        changes,
        [
            "MODIFIED a/a A 1 Running -> A 6 Completed",
            "DELETED a/b B 2 Running",
            "ADDED a/f F 8 Running"
        ]
    );
    assert_eq!((store.len(), store.left_out()), (2, 3));
    // A later list is staged within the same bound, and says again how many are left out.
    handle(
        &mut store,
        all,
        "INIT\nITEM a/a A 6 Completed\nITEM a/e E 5 Running\nITEM a/f F 8 Running",
    );
    assert_eq!((store.staged(all), store.left_out()), (2, 3));
    handle(&mut store, all, "DONE");
    assert_eq!(content(&store), ["a/a A 6 Completed", "a/e E 5 Running"]);
    assert_eq!((store.len(), store.left_out()), (2, 1));
    // And one that has room for all says that nothing is left out.
    handle(&mut store, all, "INIT\nITEM a/e E 5 Running\nDONE");
    assert_eq!((store.len(), store.left_out()), (1, 0));
}

#[test]
fn the_limit_is_one_of_all_scopes_of_a_store() {
    let mut store = Store::with_limit(3);
    let (shop, bank) = (namespace("shop"), namespace("bank"));
    let list = |name: &str| format!("INIT\nITEM {name}/a A-{name} 1 Running\nITEM {name}/b B-{name} 2 Running\nDONE");
    handle(&mut store, &shop, &list("shop"));
    handle(&mut store, &bank, &list("bank"));
    assert_eq!((store.len(), store.left_out()), (3, 1));
    handle(&mut store, &bank, &list("bank"));
    assert_eq!((store.count(&shop), store.count(&bank), store.left_out()), (2, 1, 1));
    handle(&mut store, &shop, "DELETE shop/a A-shop 3");
    handle(&mut store, &bank, &list("bank"));
    assert_eq!((store.count(&shop), store.count(&bank), store.left_out()), (1, 2, 0));
}
