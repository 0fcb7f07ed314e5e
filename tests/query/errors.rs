//! What is said of texts that are no queries.

use k8bit::{
    limits::{MAX_QUERY_BYTES, MAX_QUERY_DEPTH, MAX_QUERY_REGEXES},
    view::query::{Query, highlight, meanwhile},
};

/// `marks` is the text with the part at fault between `[` and `]`, which the text has none of.
#[track_caller]
fn check(marks: &str, message: &str) {
    let start = marks.find('[').expect("a mark");
    let end = marks.find(']').expect("a mark") - 1;
    let text = marks.replace(['[', ']'], "");
    let error = Query::parse(&text).expect_err(&text);
    assert_eq!((error.message.as_str(), error.span), (message, start..end), "{text}");
    assert_eq!(highlight(&text).1.map(|error| error.message).as_deref(), Some(message));
}

#[test]
fn what_applies_meanwhile_is_not_a_word_that_is_half_written() {
    for (text, in_force, said) in [
        ("ns:", "", Some("Until then, the page shows all pods.")),
        ("web (ns:", "web", Some("Until then, the page applies the query web.")),
        ("ns:", "api", Some("Until then, the page applies the query api.")),
        ("owner:", "owner", None),
        (" web owner:", "web owner", None),
    ] {
        assert_eq!(meanwhile(text, in_force).as_deref(), said, "{text}");
    }
}

#[test]
fn values_that_are_missing() {
    check("web [ns:]", "Write a value after ns: ns:shop.");
    check("[ns:shop,] web", "Write a value after the comma: ns:shop.");
    check("[owner:]", "Choose a workload, or write its name: owner:deploy/web.");
    check("[app=]", "Write a value after app: app=web.");
    check("[restarts>]", "Write a whole number: restarts>3.");
    check(
        "[age <]",
        "Write a duration with the units s, m, h, d, w or y: age<10m, age>2d12h.",
    );
    check("[!]", "Write the term right after !: !web.");
    check("[-] web", "Write the term right after -: -web.");
    check("(a [!])", "Write the term right after !: !web.");
    check("[\"\"]", "Write something between the quotes.");
    check("[//]", "Write a regular expression between the slashes: /^web-[0-9]/.");
    check("a |[]", "Write something on both sides of |: web | api.");
    check("a | [|] b", "Write something on both sides of |: web | api.");
    check("a ([)]", "Write something between the parentheses: (web | api).");
    check(
        "[=]web",
        "Write a key before this, such as ns:shop, app=web or restarts>3.",
    );
}

#[test]
fn what_is_not_closed() {
    check("a [\"b c]", "Close the quotes with \".");
    check(
        "[/web]",
        "Close the regular expression with /. For text that begins with / write quotes.",
    );
    check("[(a b]", "Close the parenthesis with ).");
    check("a [)] b", "Remove this ), or write ( before it.");
    check("app in [(a]", "Close the list with ): app in (web, api).");
}

#[test]
fn keys_that_are_not_known() {
    check(
        "[nmae:]web",
        "There is no key “nmae”. For a label write nmae=VALUE, for text put it into quotes.",
    );
    check("[statu:]x", "There is no key “statu”. Did you mean status:?");
    check("[nodes:]x", "There is no key “nodes”. Did you mean node:?");
    check(
        "[nginx:]1.27",
        "There is no key “nginx”. For a label write nginx=VALUE, for text put it into quotes.",
    );
    check(
        "[fd00:]",
        "There is no key “fd00”. For an address write ip:fd00:*, for text put it into quotes.",
    );
    let numbers = "Numbers are restarts, restarted, age, ready, cpu, memory; for others write ";
    check("[foo>]3", &format!("“foo” is no number. {numbers}foo=VALUE."));
    check("[ns>]3", &format!("“ns” is no number. {numbers}ns=VALUE."));
    check("[restarts in ](1)", "Compare restarts with a number: restarts>3.");
}

#[test]
fn values_that_are_none() {
    check(
        "restarts>[many]",
        "“many” is not a valid value. Write a whole number: restarts>3.",
    );
    check(
        "restarts>[3,4]",
        "“3,4” is not a valid value. Write a whole number: restarts>3.",
    );
    check(
        "memory>[1gi]",
        "“1gi” is not a valid value. Write bytes with a unit or a percentage of the node: memory>512Mi, memory>1Gi, memory>25%.",
    );
    check("age=[5m]", "Compare age with < or >: age<10m.");
    check(
        "family:[red]",
        "After family: write one of healthy, not-ready, starting, blocked, failing, done, gone.",
    );
    check(
        "is:[bad]",
        "After is: write one of problem, ready, pending, unscheduled, unschedulable, slow, restarted, evicted, failed, finished, resizing, terminating, stuck, \
         lost, cordoned, pressure, node-not-ready, node-unreachable, node-missing, healthy, not-ready, starting, blocked, failing, done, gone.",
    );
    check(
        "ns:[!shop]",
        "Write ! before the whole term, !ns:shop, or put the value into quotes.",
    );
    check(
        "owner:[deploy/]",
        "Write the kind and the name of an owner, owner:deploy/web, or its name alone.",
    );
    check(
        "has:[a*b]",
        "“a*b” cannot be the key of a label. Write app=web, app.kubernetes.io/name=web or has:app.",
    );
    check(
        "[a*b=]c",
        "“a*b” cannot be the key of a label. Write app=web, app.kubernetes.io/name=web or has:app.",
    );
    check(
        "has:[/a/]",
        "Write the key of a label here, without slashes around it: has:app.",
    );
    check(
        "web [/(/] x",
        "This regular expression cannot be used: found open group without closing ')'. For plain text write quotes instead of slashes.",
    );
}

#[test]
fn relations_that_are_one_too_many() {
    check("app==[=x]", "Remove this =, or put the value into quotes.");
    check("ns:a,[>b]", "Remove this >, or put the value into quotes.");
}

#[test]
fn everything_has_a_bound() {
    let is_refused = |text: &str| Query::parse(text).unwrap_err().message;
    assert_eq!(
        is_refused(&"a".repeat(MAX_QUERY_BYTES + 1)),
        format!("Write a shorter query: at most {MAX_QUERY_BYTES} bytes.")
    );
    assert!(Query::parse(&"a".repeat(MAX_QUERY_BYTES)).is_ok());

    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(
        is_refused(&nested(MAX_QUERY_DEPTH + 1)),
        format!("Write at most {MAX_QUERY_DEPTH} parentheses inside of each other.")
    );
    assert!(Query::parse(&nested(MAX_QUERY_DEPTH)).is_ok());
    assert!(Query::parse(&format!("{}a", "!".repeat(MAX_QUERY_BYTES - 1))).is_ok());

    assert_eq!(
        is_refused(&"/a/ ".repeat(MAX_QUERY_REGEXES + 1)),
        format!("Write at most {MAX_QUERY_REGEXES} regular expressions in one query.")
    );
    let too_large =
        "This regular expression is too large: write a shorter one, with fewer alternatives or smaller numbers in {}.";
    assert_eq!(is_refused("/(a{500}){500}/"), too_large);
    assert_eq!(is_refused("/a{300}/"), too_large);
    assert_eq!(
        is_refused("/(.?){20}x/ /(.?){20}y/ /(.?){20}z/"),
        "The regular expressions of this query are too large together: write shorter or fewer ones."
    );
    // What people write is far below.
    let usual = "/(^|-)api-[0-9a-f]{8,10}-[a-z0-9]{5}$/ | /^(web|db|cache|queue)-[0-9]+$/ | /10[.]244[.](1|2|3)[.]/";
    assert!(Query::parse(usual).is_ok());
    assert!(is_refused(&format!("/{}/", "(".repeat(1_000))).contains("cannot be used"));
}
